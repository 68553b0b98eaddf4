//! What each command does.

mod call;
mod doctor;
mod documents;
mod files;
mod import;
mod key;
mod market;
mod mcp;
mod serve;
mod settings;
mod signal;
mod verify_log;

use std::process::ExitCode;

use anyhow::Result;
use app::AppError;
use clap::CommandFactory;

use crate::cli::{Cli, Command, WorldArgs};
use crate::config::{Config, Environment};
use crate::output;
use crate::wiring::{self, Service};
use crate::world::World;

/// Too little data for an answer.
const INSUFFICIENT: u8 = 3;
/// No such symbol, operation or row.
const NOT_FOUND: u8 = 4;
/// Wrong usage.
pub const USAGE: u8 = 2;

/// An error that ends with a code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// A failure as the error that commands end with.
    pub fn with(code: u8, message: impl Into<String>) -> anyhow::Error {
        Self { code, message: message.into() }.into()
    }
}

/// Runs a command and gives the exit code.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(&format!("{} {error:#}", output::paint_talk("error:", "31")));
            let code = error.downcast_ref::<Failure>().map(|failure| failure.code);
            let code = code.or_else(|| error.downcast_ref::<AppError>().map(code_of));
            ExitCode::from(code.unwrap_or(1))
        }
    }
}

const fn code_of(error: &AppError) -> u8 {
    match error {
        AppError::Symbol(_) => NOT_FOUND,
        AppError::NoListing(_) | AppError::InsufficientData { .. } => INSUFFICIENT,
        _ => 1,
    }
}

async fn dispatch(cli: Cli) -> Result<()> {
    let Cli { world, command } = cli;
    match command {
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "perpsignal", &mut text);
            Ok(output::data(&String::from_utf8_lossy(&text))?)
        }
        Command::Documents { dir, check } => documents::write(&dir, check),
        Command::Operations(args) => call::operations(&args),
        Command::Indicators(args) => files::indicators(&args),
        Command::Smc(args) => files::smc(&args),
        Command::Config(command) => settings::run(command, &world),
        Command::Replay(args) => serve::replay(args, &world).await,
        Command::Demo(args) => serve::demo(args, world).await,
        Command::Serve(args) => serve::serve(args, &world).await,
        Command::Mcp => mcp::run(&world).await,
        Command::Signal(args) => signal::run(args, &world).await,
        Command::Scan(args) => market::scan(args, &world).await,
        Command::Call(args) => call::run(args, &world).await,
        Command::Doctor(flag) => Box::pin(doctor::run(flag.json, &world)).await,
        Command::Import(args) => import::run(args, &world).await,
        Command::VerifyLog(flag) => verify_log::run(flag, &world).await,
        Command::Key(command) => key::run(command, &world).await,
    }
}

/// Configuration and environment for a command, with logs set up.
fn settings(world: &WorldArgs, quiet: bool) -> Result<(Config, Environment)> {
    let environment = Environment::read()?;
    let config = Config::load(world.config.as_deref(), &environment)?;
    crate::telemetry::logs(&config.log, quiet)?;
    Ok((config, environment))
}

/// A service for a command that runs once and ends.
struct Once {
    service: Service,
    world: World,
}

impl Once {
    async fn start(args: &WorldArgs) -> Result<Self> {
        let (mut config, environment) = settings(args, true)?;
        let world = World::enter(args, &mut config).await?;
        let service = wiring::service(&config, &environment, &world).await?;
        service.app.keys.open_to_all();
        Ok(Self { service, world })
    }

    async fn end(self) {
        self.service.app.settle().await;
        self.service.store.close().await;
        self.world.leave().await;
    }
}
