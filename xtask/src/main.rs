//! `cargo xtask …`: what continuous integration does, one command each.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks")]

mod bench;
mod deny;
mod postgres;
mod tidy;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  ci           everything below that judges: fmt, clippy, tidy, gen check, tests
  test [ARGS]  all tests, with a PostgreSQL of their own; ARGS go to the test runner
  tidy         forbidden crate edges, file lengths, unfinished work
  gen          write the generated documents
  gen check    fail when a generated document is stale
  bench        the program under load, built for release; writes docs/benchmarks.md
  deny         licences, sources and advisories (needs cargo-deny); ADVISORY_DB names a folder with the
               advisories where they cannot be fetched
";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci(),
        ["test", rest @ ..] => test(rest),
        ["tidy"] => tidy::run(&root()),
        ["gen"] => generate(&[]),
        ["gen", "check"] => generate(&["--check"]),
        ["bench"] => bench::run(&root()),
        ["deny"] => deny::run(&root()),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

fn ci() -> Result<()> {
    step("fmt", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("tidy", || tidy::run(&root()))?;
    step("clippy", || {
        run(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    })?;
    step("test", || test(&[]))?;
    step("gen check", || generate(&["--check"]))
}

/// All tests. A PostgreSQL server is started for them, and Debian's package installed where it is missing.
fn test(args: &[&str]) -> Result<()> {
    let server = postgres::Server::start()?;
    let has_nextest = Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    let mut command = cargo();
    if has_nextest {
        command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    } else {
        command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    }
    let outcome = run(command.args(args).env("PERPSIGNAL_TEST_PG", server.url()));
    drop(server);
    outcome
}

fn generate(args: &[&str]) -> Result<()> {
    run(cargo()
        .args(["run", "--quiet", "--locked", "-p", "perpsignal", "--", "documents", "docs"])
        .args(args))
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let started = std::time::Instant::now();
    work().with_context(|| format!("{name} failed"))?;
    println!("== {name}: passed in {} s", started.elapsed().as_secs());
    Ok(())
}

fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
