use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use crate::program::{Place, SIMULATED};

/// Longest time for installing a client.
const INSTALL_LIMIT: Duration = Duration::from_mins(2);

/// A Python with this client installed, kept between runs; or why there is none.
async fn python_with(package: &str) -> Result<PathBuf, String> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{}", package.replace("==", "-")));
    let python = dir.join("bin/python");
    let done = dir.join("installed");
    if done.exists() {
        return Ok(python);
    }
    let make = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir).output();
    finished("python3 -m venv", make).await?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", package]);
    finished("pip install", pip.kill_on_drop(true).output()).await?;
    std::fs::write(done, package).map_err(|error| error.to_string())?;
    Ok(python)
}

async fn finished(
    what: &str,
    running: impl Future<Output = std::io::Result<std::process::Output>>,
) -> Result<String, String> {
    let output = tokio::time::timeout(INSTALL_LIMIT, running)
        .await
        .map_err(|_| format!("{what} took longer than {INSTALL_LIMIT:?}"))?
        .map_err(|error| format!("{what}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{what}: {}", text(&output.stderr)))
    }
}

async fn understood(package: &str, era: &str) {
    let python = match python_with(package).await {
        Ok(python) => python,
        Err(reason) => return eprintln!("skipped: no Python with {package} ({reason})"),
    };
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/surfaces/mcp_clients.py");
    let run = Command::new(python).arg(script).args([era, &server.url("/mcp")]).kill_on_drop(true).output();
    let said = finished(package, run).await.unwrap();
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
