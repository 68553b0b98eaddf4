//! The endpoint table against itself.

use std::collections::BTreeSet;

use lunarcrush::{ENDPOINTS, WRITES};
use upstream::Place;

#[test]
fn every_path_has_one_row_and_every_hole_its_parameter() {
    let all: Vec<_> = ENDPOINTS.iter().chain(WRITES).collect();
    let ids: BTreeSet<&str> = all.iter().map(|row| row.id).collect();
    let paths: BTreeSet<&str> = all.iter().map(|row| row.path).collect();
    assert_eq!((ENDPOINTS.len(), WRITES.len(), ids.len(), paths.len()), (34, 3, 37, 37));
    for row in all {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(row.id.chars().all(plain), "{}", row.id);
        assert!(row.path.starts_with("/public/"), "{}", row.path);
        assert!((20..=300).contains(&row.summary.len()) && row.summary.ends_with('.'), "{}", row.id);
        let holes: BTreeSet<&str> =
            row.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        let filled: BTreeSet<&str> =
            row.params.iter().filter(|param| param.place == Place::Path).map(|param| param.name).collect();
        assert_eq!(holes, filled, "{}", row.id);
        assert!(row.params.iter().all(|param| param.doc.ends_with('.')));
    }
}

#[test]
fn only_what_reads_is_cached() {
    assert!(ENDPOINTS.iter().all(|row| !row.ttl.is_zero()));
    assert!(WRITES.iter().all(|row| row.ttl.is_zero()));
}
