use std::path::Path;

use super::tools::{Tools, ran_well};
use crate::program::{Place, SIMULATED};

async fn understood(package: &str, era: &str) {
    let Some(tools) = Tools::with(&package.replace("==", "-"), &[package], &[]).await else { return };
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/surfaces/mcp_clients.py");
    let mut python = tools.command("bin/python");
    python.arg(script).args([era, &server.url("/mcp")]);
    let said = ran_well(package, python).await;
    assert!(said.contains("calls"), "{said}");
}

#[tokio::test]
async fn the_present_python_client_understands_every_tool() {
    understood("mcp==2.3.0", "modern").await;
}

#[tokio::test]
async fn the_older_python_client_understands_every_tool() {
    understood("mcp==1.30.0", "legacy").await;
}
