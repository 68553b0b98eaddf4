//! `documents`: what is generated from the catalogue, written or compared.

use std::path::Path;

use anyhow::{Context, Result, bail};
use catalog::docs::{Access, pretty};

/// Address in documents that are committed; a running server puts its own.
const EXAMPLE_URL: &str = "https://perpsignal.example.org";

pub fn write(dir: &Path, check: bool) -> Result<()> {
    let catalog = ops::catalog();
    let directory = catalog.directory();
    let openapi = server::openapi(directory, env!("CARGO_PKG_VERSION"), EXAMPLE_URL, Access::Keyed);
    let documents = [
        ("openapi.json", format!("{}\n", pretty(&openapi))),
        ("operations.md", directory.reference_markdown()),
    ];
    let mut stale = Vec::new();
    for (name, text) in documents {
        let path = dir.join(name);
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        if committed == text {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
        } else {
            std::fs::create_dir_all(dir)?;
            std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!("stale: {}; run cargo xtask gen", stale.join(", "))
}
