//! The benchmarks of the whole program, and the page that holds their figures.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

const PAGE: &str = "docs/benchmarks.md";
/// Everything below this line is written by the benchmark.
const MARK: &str = "<!-- written by cargo xtask bench -->";

/// Builds for release, measures, prints the table and writes it into the page.
pub fn run(root: &Path) -> Result<()> {
    let command = "cargo bench --locked -p perpsignal --bench service";
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(command.split(' ').skip(1))
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the benchmark ended with {}", output.status);
    }
    let table = String::from_utf8_lossy(&output.stdout);
    println!("{table}");
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| PAGE.to_owned())?;
    let (head, _) = page.split_once(MARK).with_context(|| format!("{PAGE} has no line {MARK}"))?;
    let figures = format!("{head}{MARK}\n\n{}\n\n{}\n", machine()?, table.trim());
    fs::write(&path, figures).with_context(|| PAGE.to_owned())
}

/// When, and on what.
fn machine() -> Result<String> {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output().context("date")?;
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, name)| name.trim());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let date = String::from_utf8_lossy(&date.stdout).trim().to_owned();
    Ok(format!("{date}, {model}, {processors} processors, load before the end {load}."))
}
