//! Recorded market data, where there is any: in `PERPSIGNAL_SHARED`, or in `shared` beside the checkout.

use std::fs;
use std::path::PathBuf;

/// A folder or file of the shared references; `None`, and a line that says so, where it is not.
#[must_use]
pub fn shared(below: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no recordings at {}", path.display());
    None
}

/// A provider's recorded answers: the file's name without its ending, and the text. None where there are no
/// recordings.
///
/// # Panics
/// When there are some and they cannot be read.
#[must_use]
pub fn recordings(provider: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in
        shared(&format!("data/recordings/{provider}")).iter().flat_map(|root| fs::read_dir(root).unwrap())
    {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}
