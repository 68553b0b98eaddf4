//! Where recordings are found, if they are.

use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder of recorded answers; `None` (and a line saying so) where there is none.
pub fn folder(below: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let folder = root.join("data").join(below);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no recordings at {}", folder.display());
    None
}

pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

pub fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}
