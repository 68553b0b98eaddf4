//! The endpoint table against itself and against the documents it was made from.

use std::collections::BTreeSet;
use std::fs;

use coinglass::{DERIVED, ENDPOINTS, How, Plan};
use upstream::{ParamKind, Place};

#[test]
fn every_path_has_one_row_with_a_name_of_its_own() {
    assert_eq!(ENDPOINTS.len(), 167);
    let ids: BTreeSet<&str> = ENDPOINTS.iter().map(|row| row.id).collect();
    let paths: BTreeSet<&str> = ENDPOINTS.iter().map(|row| row.path).collect();
    assert_eq!((ids.len(), paths.len()), (167, 167));
    for row in ENDPOINTS {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        assert!(!row.id.is_empty() && row.id.chars().all(plain), "{}", row.id);
        assert!(row.path.starts_with("/api/"), "{}", row.path);
        assert!(row.docs.starts_with("https://docs.coinglass.com/"));
        assert!(!row.ttl.is_zero());
        assert!((20..=300).contains(&row.summary.len()) && row.summary.ends_with('.'), "{}", row.id);
        assert!(row.summary.trim() == row.summary && !row.summary.contains("  "), "{}", row.id);
    }
}

#[test]
fn plans_are_spread_as_documented() {
    let of = |plan: Plan| ENDPOINTS.iter().filter(|row| row.plan == plan.as_str()).count();
    assert_eq!([Plan::Hobbyist, Plan::Startup, Plan::Standard, Plan::Professional].map(of), [82, 52, 20, 13]);
}

#[test]
fn parameters_are_told_in_full() {
    for row in ENDPOINTS {
        let names: BTreeSet<&str> = row.params.iter().map(|param| param.name).collect();
        assert_eq!(names.len(), row.params.len(), "{}", row.id);
        for param in row.params {
            assert_eq!(param.place, Place::Query);
            assert!(param.doc.ends_with('.'), "{} {}", row.id, param.name);
            assert!(!(param.required && !param.default.is_empty() && param.name != "limit"), "{}", row.id);
            match param.name {
                "start_time" | "end_time" => assert_eq!(param.kind, ParamKind::TimeMs),
                "interval" => assert!(param.required && matches!(param.kind, ParamKind::OneOf(_))),
                "limit" => assert!(matches!(param.kind, ParamKind::Int { min: 1, max: 100 | 1_000 })),
                _ => {}
            }
        }
    }
}

#[test]
fn derived_operations_stand_on_rows() {
    let ids: BTreeSet<&str> = DERIVED.iter().map(|derived| derived.id).collect();
    assert_eq!(ids.len(), DERIVED.len());
    for derived in DERIVED {
        assert!(!derived.from.is_empty());
        match derived.how {
            How::RowsOfCoin => assert_eq!(derived.from.len(), 1),
            How::ByArgument { values, .. } => assert_eq!(derived.from.len(), values.len()),
            How::Together => assert!(derived.from.len() > 1),
        }
    }
}

#[test]
fn the_table_is_the_page() {
    let Some(page) = testkit::recordings::shared("providers/coinglass.md") else { return };
    let page = fs::read_to_string(page).unwrap();
    let mut rows = 0;
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let Some(path) = cells.get(2).and_then(|cell| cell.strip_prefix("`/api/")?.strip_suffix('`')) else {
            continue;
        };
        let Ok(number) = cells[1].trim_end_matches('•').parse::<usize>() else { continue };
        rows += 1;
        let path = format!("/api/{path}");
        let row = ENDPOINTS.iter().find(|row| row.path == path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(ENDPOINTS[number - 1].path, path, "in the page's order");
        let plan = match &cells[3][..3] {
            "Hob" => "hobbyist",
            "Sta" => "startup",
            "Std" => "standard",
            _ => "professional",
        };
        assert_eq!(row.plan, plan, "{path}");
        let documented: Vec<(&str, bool)> = cells[5]
            .split("; ")
            .filter_map(|param| {
                let name = param.split(' ').next()?;
                let bare = name.trim_end_matches('*');
                let word = bare.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                let typed = matches!(param.split(' ').nth(1)?, "s" | "s†" | "i" | "n");
                (word && typed).then_some((bare, name.ends_with('*')))
            })
            .collect();
        let ours: Vec<(&str, bool)> = row.params.iter().map(|param| (param.name, param.required)).collect();
        if row.id == "price_history" {
            // Documented as required, answered live without.
            assert!(ours.contains(&("limit", false)));
        } else {
            assert_eq!(ours, documented, "{path}");
        }
    }
    assert_eq!(rows, ENDPOINTS.len());
}

#[test]
fn every_operation_that_callers_use_has_its_row() {
    let Some(page) = testkit::recordings::shared("contract/operations.md") else { return };
    let page = fs::read_to_string(page).unwrap();
    let mut seen = 0;
    for line in page.lines().filter(|line| line.starts_with("| `coinglass.")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let id = cells[1].trim_matches('`').trim_start_matches("coinglass.");
        seen += 1;
        if DERIVED.iter().any(|derived| derived.id == id) {
            continue;
        }
        // The old name of the path has a successor, and that is what is called.
        let path = cells[4].replace("/api/chain/whale-transfer", "/api/chain/v2/whale-transfer");
        let row = ENDPOINTS.iter().find(|row| row.path == path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(row.id, id);
    }
    assert_eq!(seen, 65);
}
