//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use domain::{Mode, UtcMs};

const AFTER: &str = "\
Examples:
  perpsignal demo                                        replay and server together, nothing needed
  perpsignal signal BTC                                  one signal, explained
  perpsignal --simulate 7 signal BTC --json              the same from the simulator
  perpsignal --replay DIR --at 2025-03-03T12:00:00Z scan the market of that instant
  perpsignal serve --listen 127.0.0.1:8080               the HTTP server

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 too little data for an answer, 4 not found.
stdout is data, stderr is talk. NO_COLOR is respected.";

/// Explained LONG / SHORT / NEUTRAL signals for crypto perpetual futures.
#[derive(Debug, Parser)]
#[command(name = "perpsignal", version, after_help = AFTER, max_term_width = 110)]
pub struct Cli {
    /// Where the data comes from, and the configuration file.
    #[command(flatten)]
    pub world: WorldArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags before any command: which world the program lives in.
#[derive(Clone, Debug, Default, Args)]
pub struct WorldArgs {
    /// Configuration file (default: perpsignal.toml here, if there is one)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Live from recorded history: a folder of market data (see docs/replay.md)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["simulate", "replay_url"])]
    pub replay: Option<PathBuf>,
    /// Live in a simulated market made from this seed
    #[arg(long, value_name = "SEED", conflicts_with = "replay_url")]
    pub simulate: Option<u64>,
    /// Live from a replay server that is running already (see 'perpsignal replay')
    #[arg(long, value_name = "URL")]
    pub replay_url: Option<String>,
    /// The instant at which a replay or the simulator begins (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub at: Option<UtcMs>,
    /// How fast its clock runs: 0 stands still (a replay's default), 1 is real time (the simulator's)
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// A fault of a replayed provider: 'binance:latency=100', 'okx:hang', 'coinglass:429=5', 'all:error@0.1'
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub fault: Vec<String>,
}

/// A speed of a clock.
fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| speed.is_finite() && *speed >= 0.0);
    speed.ok_or_else(|| "a number from 0 (the clock stands still) up".to_owned())
}

/// A fault as it is written, if it is one.
fn fault(text: &str) -> Result<String, String> {
    text.parse::<replay::Fault>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API
    Serve(ServeArgs),
    /// Serve an assistant over standard input and output (Model Context Protocol)
    Mcp,
    /// One signal, explained
    Signal(SignalArgs),
    /// Scan all USDT perpetuals, the most promising ones in full
    Scan(ScanArgs),
    /// Call any operation: perpsignal call signals.get symbol=BTC
    Call(CallArgs),
    /// List the operations
    Operations(OperationsArgs),
    /// Check configuration, database, clock and providers, and say what to do
    Doctor(JsonFlag),
    /// Show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Load the older program's history
    Import(ImportArgs),
    /// Check the log of issued signals: hashes, links and the stored rows
    VerifyLog(JsonFlag),
    /// Serve recorded or simulated market data in the providers' own formats
    Replay(ReplayArgs),
    /// Start a simulated market (or a replay) and the server on it
    Demo(DemoArgs),
    /// Keys that open the API
    #[command(subcommand)]
    Key(KeyCommand),
    /// Indicators over a file of candles
    Indicators(IndicatorArgs),
    /// Smart money concepts over a file of candles
    Smc(SmcArgs),
    /// Write the completions of a shell to stdout
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write the generated documents into a folder
    #[command(hide = true)]
    Documents {
        /// The folder
        dir: PathBuf,
        /// Only compare, and fail when they are stale
        #[arg(long)]
        check: bool,
    },
}

/// `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address and port
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Refuse to start without keys
    #[arg(long)]
    pub production: bool,
    /// Serve other addresses than loopback without any key
    #[arg(long)]
    pub open: bool,
}

/// `--json`.
#[derive(Clone, Copy, Debug, Args)]
pub struct JsonFlag {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `signal`.
#[derive(Debug, Args)]
pub struct SignalArgs {
    /// Coin or contract in any spelling: BTC, pepe, BTC-USDT-SWAP
    pub symbol: String,
    /// conservative (1), aggressive (2) or ultra (3)
    #[arg(long, default_value_t = Mode::Aggressive)]
    pub mode: Mode,
    /// Add the raw figures and the arithmetic of each factor
    #[arg(long)]
    pub debug: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Rows wanted
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub top: u32,
    /// conservative (1), aggressive (2) or ultra (3)
    #[arg(long, default_value_t = Mode::Aggressive)]
    pub mode: Mode,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `call`.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// Name of the operation; 'perpsignal operations' lists them
    pub operation: String,
    /// Its arguments, each name=value; none shows what it takes when something is required
    pub arguments: Vec<String>,
    /// Only say what the operation takes
    #[arg(long)]
    pub describe: bool,
}

/// `operations`.
#[derive(Debug, Args)]
pub struct OperationsArgs {
    /// Only this namespace
    pub namespace: Option<String>,
    /// Only count them, by namespace
    #[arg(long)]
    pub count: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `config`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the configuration in force, secrets hidden
    Print,
    /// Check it and list every variable that is read
    Check,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A JSON array of saved signals; they go to the live rows, so into no replay or simulation
    pub file: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Folder of market data (see docs/replay.md); without one a seeded simulator answers
    #[arg(long, value_name = "DIR", requires = "at")]
    pub data: Option<PathBuf>,
    /// Seed of the simulator
    #[arg(long, default_value_t = 7, value_name = "SEED")]
    pub seed: u64,
    /// The instant at which it begins (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub at: Option<UtcMs>,
    /// How fast its clock runs; 0 stands still
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// Address and port
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// A fault: 'binance:latency=100', 'okx:hang', 'coinglass:429=5'
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub fault: Vec<String>,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Address and port of the server
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
}

/// `key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key; it is shown once
    Create {
        /// What it is for
        name: String,
        /// read, write or admin; may be given more than once
        #[arg(long, default_values = ["read"])]
        scope: Vec<KeyScope>,
        /// When it stops working (RFC 3339)
        #[arg(long, value_name = "TIME")]
        expires: Option<UtcMs>,
    },
    /// List the keys
    List(JsonFlag),
    /// Replace a key's secret; the new one is shown once
    Rotate {
        /// Its id
        id: String,
    },
    /// Make a key useless, within 20 s where a server runs
    Revoke {
        /// Its id
        id: String,
    },
}

/// A scope.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KeyScope {
    /// Read operations
    Read,
    /// Operations that change state or send something
    Write,
    /// Everything
    Admin,
}

impl KeyScope {
    /// `read`, `write`, `admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// `indicators`.
#[derive(Debug, Args)]
pub struct IndicatorArgs {
    /// CSV (or .csv.gz) with `open_time`, open, high, low, close, volume
    #[arg(long, value_name = "FILE")]
    pub candles: PathBuf,
    /// Print JSON instead of CSV
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print CSV (the default)
    #[arg(long)]
    pub csv: bool,
}

/// `smc`.
#[derive(Debug, Args)]
pub struct SmcArgs {
    /// CSV (or .csv.gz) with `open_time`, open, high, low, close, volume
    #[arg(long, value_name = "FILE")]
    pub candles: PathBuf,
    /// Bars on either side of a swing
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=500))]
    pub swing_length: u16,
    /// Reproduce another program's numbers as they are, its looking ahead included
    #[arg(long, value_name = "PROGRAM")]
    pub compat: Option<Compat>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print CSV (the default)
    #[arg(long)]
    pub csv: bool,
}

/// Programs whose numbers can be reproduced.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Compat {
    /// smartmoneyconcepts 0.0.27
    Smartmoneyconcepts,
}
