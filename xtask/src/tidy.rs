//! What the compiler does not check: the direction of the crates' arrows, the length of files, and words
//! that betray unfinished work.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Lines that a person can hold in mind.
const MAX_LINES: usize = 600;

/// For each crate, the crates of ours that it may know. Providers know `domain` and `upstream` alone.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("analysis", &["domain"]),
    ("engine", &["domain", "analysis"]),
    ("catalog", &[]),
    ("chart", &["domain"]),
    ("upstream", &["domain"]),
    (
        "market",
        &[
            "domain",
            "upstream",
            "binance",
            "okx",
            "bybit",
            "coinglass",
            "lunarcrush",
            "coinapi",
            "coingecko",
            "fear_greed",
        ],
    ),
    ("store", &["domain"]),
    // Besides these, `app` and `ops` may know the providers: they ask one by name where a caller names it.
    ("app", &["domain", "market", "store", "engine", "analysis", "chart", "upstream"]),
    ("ops", &["domain", "catalog", "app", "upstream", "market", "engine"]),
    ("server", &["domain", "catalog", "ops", "app", "upstream"]),
    ("replay", &["domain"]),
    ("xtask", &[]),
];
/// Crates that may know the providers beside what they are listed for.
const NAME_PROVIDERS: &[&str] = &["app", "ops"];
const PROVIDERS: &[&str] = &[
    "binance",
    "okx",
    "bybit",
    "coinglass",
    "lunarcrush",
    "coinapi",
    "coingecko",
    "fear_greed",
    "openai",
    "telegram",
];
/// Crates that must stay pure: no runtime, no sockets, no clock, no randomness.
const PURE: &[&str] = &["domain", "analysis", "engine", "catalog", "chart"];
const IMPURE_CRATES: &[&str] = &["tokio", "reqwest", "hyper", "axum", "sqlx", "rand", "upstream"];
const IMPURE_WORDS: &[&str] =
    &["SystemTime::now", "Instant::now", "std::env::", "std::fs::", "std::net::", "Utc::now"];
const UNFINISHED: &[&str] = &["todo!(", "unimplemented!(", "FIXME", "XXX:"];

/// Runs every check and tells all that is wrong.
pub fn run(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    check_arrows(root, &mut faults)?;
    for file in sources(root)? {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        check_file(&name, &text, &mut faults);
    }
    if faults.is_empty() {
        return Ok(());
    }
    faults.sort();
    bail!("{} faults:\n  {}", faults.len(), faults.join("\n  "))
}

fn check_file(name: &str, text: &str, faults: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        faults.push(format!("{name}: {lines} lines, at most {MAX_LINES}"));
    }
    if name.starts_with("xtask/") {
        return;
    }
    for word in UNFINISHED {
        if text.contains(word) {
            faults.push(format!("{name}: unfinished: {word}"));
        }
    }
    let is_pure = PURE.iter().any(|krate| name.starts_with(&format!("crates/{krate}/src/")));
    if is_pure {
        for word in IMPURE_WORDS {
            if text.contains(word) {
                faults.push(format!("{name}: a pure crate must not use {word}"));
            }
        }
    }
}

fn check_arrows(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let rules: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let packages = metadata.get("packages").and_then(Value::as_array).context("no packages")?;
    let ours: Vec<&str> =
        packages.iter().filter_map(|package| package.get("name").and_then(Value::as_str)).collect();
    for package in packages {
        let Some(name) = package.get("name").and_then(Value::as_str) else { continue };
        if matches!(name, "perpsignal" | "testkit") {
            continue;
        }
        let allowed: &[&str] = match rules.get(name) {
            Some(allowed) => allowed,
            None if PROVIDERS.contains(&name) => &["domain", "upstream"],
            None => {
                faults.push(format!("crate {name} has no rule in xtask/src/tidy.rs"));
                continue;
            }
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        for dependency in dependencies {
            let is_dev = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            let Some(to) = dependency.get("name").and_then(Value::as_str) else { continue };
            if is_dev {
                continue;
            }
            let by_name = NAME_PROVIDERS.contains(&name) && PROVIDERS.contains(&to);
            if ours.contains(&to) && !allowed.contains(&to) && !by_name {
                faults.push(format!("{name} must not depend on {to}"));
            }
            if PURE.contains(&name) && IMPURE_CRATES.contains(&to) {
                faults.push(format!("{name} is pure and must not depend on {to}"));
            }
        }
    }
    Ok(())
}

/// Every Rust source in the tree.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}
