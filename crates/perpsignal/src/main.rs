//! perpsignal: explained LONG / SHORT / NEUTRAL signals for crypto perpetual futures.

mod cli;
mod clock;
mod commands;
mod config;
mod output;
mod telemetry;
mod wiring;
mod world;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // The process's own provider of cryptography, chosen once for every TLS connection.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        output::say("a provider of cryptography was installed before; going on with it");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::say(&format!("error: the runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(commands::run(cli));
    // Tasks that still write behind get a moment; none can hold the program up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}
