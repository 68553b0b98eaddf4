//! The endpoint table against itself.

use std::collections::BTreeSet;

use coinapi::ENDPOINTS;
use upstream::Place;

#[test]
fn every_path_has_one_row_and_every_hole_its_parameter() {
    let ids: BTreeSet<&str> = ENDPOINTS.iter().map(|row| row.id).collect();
    let paths: BTreeSet<&str> = ENDPOINTS.iter().map(|row| row.path).collect();
    assert_eq!((ENDPOINTS.len(), ids.len(), paths.len()), (43, 43, 43));
    for row in ENDPOINTS {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(row.id.chars().all(plain), "{}", row.id);
        assert!(row.path.starts_with("/v1/"), "{}", row.path);
        assert!((15..=300).contains(&row.summary.len()) && row.summary.ends_with('.'), "{}", row.id);
        assert!(!row.ttl.is_zero());
        let holes: BTreeSet<&str> =
            row.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        let filled: BTreeSet<&str> =
            row.params.iter().filter(|param| param.place == Place::Path).map(|param| param.name).collect();
        assert_eq!(holes, filled, "{}", row.id);
        assert!(row.params.iter().all(|param| param.doc.ends_with('.')));
    }
}
