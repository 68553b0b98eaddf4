//! Where recordings are found, if they are.

use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder of recorded answers; `None` (and a line saying so) where there is none.
pub fn folder(below: &str) -> Option<PathBuf> {
    testkit::recordings::shared(&format!("data/{below}"))
}

pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

pub fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}
