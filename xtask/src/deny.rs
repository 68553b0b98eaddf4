//! Licences, sources, forbidden crates and known faults of dependencies, by cargo-deny.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// Names a folder that holds the advisories of <https://github.com/RustSec/advisory-db>, for machines that
/// cannot fetch them.
pub const VARIABLE: &str = "ADVISORY_DB";
/// What cargo-deny fetches, as deny.toml names it.
const ORIGIN: &str = "https://github.com/RustSec/advisory-db";
const CHECKS: [&str; 4] = ["bans", "licenses", "sources", "advisories"];

/// Judges every dependency by deny.toml.
pub fn run(root: &Path) -> Result<()> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).arg("deny");
    if let Some(folder) = env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        let folder =
            fs::canonicalize(&folder).with_context(|| format!("{VARIABLE}: {}", folder.display()))?;
        offline(&mut command, root, &folder)?;
    }
    let status = command.arg("check").args(CHECKS).status().context("cannot start cargo")?;
    if !status.success() {
        bail!("cargo deny ended with {status}; it is installed with: cargo install --locked cargo-deny");
    }
    Ok(())
}

/// Lets cargo-deny fetch the advisories from a folder: it knows Git repositories on the net only, so the
/// folder's files are made one, and Git is told that it stands for the origin.
fn offline(command: &mut Command, root: &Path, folder: &Path) -> Result<()> {
    let stage = root.join("target/deny");
    if stage.exists() {
        fs::remove_dir_all(&stage).context("target/deny")?;
    }
    fs::create_dir_all(&stage)?;
    let repository = stage.join("advisories.git");
    git([
        OsStr::new("init"),
        "-q".as_ref(),
        "--bare".as_ref(),
        "-b".as_ref(),
        "main".as_ref(),
        repository.as_os_str(),
    ])?;
    let within =
        [OsStr::new("--git-dir"), repository.as_os_str(), "--work-tree".as_ref(), folder.as_os_str()];
    git(within.into_iter().chain(["add", "-A"].map(OsStr::new)))?;
    let author = ["-c", "user.name=xtask", "-c", "user.email=xtask@localhost"].map(OsStr::new);
    git(author.into_iter().chain(within).chain(["commit", "-q", "-m", "advisories"].map(OsStr::new)))?;

    // A database of its own: the user's would be taken for the origin's.
    let text = fs::read_to_string(root.join("deny.toml")).context("deny.toml")?;
    let database = stage.join("databases");
    let section = format!("[advisories]\ndb-path = {:?}\n", database.display().to_string());
    let config = stage.join("deny.toml");
    fs::write(&config, text.replacen("[advisories]\n", &section, 1))?;
    command
        .arg("--config")
        .arg(config)
        .env("CARGO_NET_OFFLINE", "true")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", repository.display()))
        .env("GIT_CONFIG_VALUE_0", ORIGIN);
    Ok(())
}

fn git<'a>(arguments: impl IntoIterator<Item = &'a OsStr>) -> Result<()> {
    let mut command = Command::new("git");
    let status = command.args(arguments).status().context("cannot start git")?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
