//! A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder on a free loopback port.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A running server; stopped and removed when dropped.
pub struct Server {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server, installing Debian's package first where there is none.
    pub fn start() -> Result<Self> {
        let bin = if let Some(bin) = binaries() {
            bin
        } else {
            install()?;
            binaries().context("PostgreSQL was installed, but its programs were not found")?
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let dir = std::env::temp_dir().join(format!("perpsignal-pg-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        if is_root() {
            // The server refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(&dir))?;
        }
        let data = dir.join("data");
        run(as_server_user(&bin.join("initdb"))
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(&dir))?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=300",
            dir.display()
        );
        let server = Self { bin, dir, port };
        run(server.control().args(["-o", &options, "-l"]).arg(server.dir.join("log")).args(["-w", "start"]))?;
        Ok(server)
    }

    /// Where the tests find it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn control(&self) -> Command {
        let mut command = as_server_user(&self.bin.join("pg_ctl"));
        command.arg("-D").arg(self.dir.join("data")).current_dir(&self.dir);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = run(self.control().args(["-m", "immediate", "stop"]));
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The newest installed version's programs.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

fn install() -> Result<()> {
    if !is_root() {
        bail!("PostgreSQL is not installed; run: sudo apt-get install -y postgresql");
    }
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "postgresql"])
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn as_server_user(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output =
        command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
