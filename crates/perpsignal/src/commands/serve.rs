//! `serve`, `replay`, `demo`: what stays up.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use app::background::BackgroundScan;
use app::jobs::Jobs;
use server::{AcceptConfig, Allowance, ServerConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::settings;
use crate::cli::{DemoArgs, ReplayArgs, ServeArgs, WorldArgs};
use crate::config::{Config, Environment, ServerSettings};
use crate::world::{self, World};
use crate::{output, telemetry, wiring};

pub async fn serve(args: ServeArgs, world: &WorldArgs) -> Result<()> {
    let (mut config, environment) = settings(world, false)?;
    let entered = World::enter(world, &mut config).await?;
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    config.server.production |= args.production;
    config.server.open |= args.open;
    up(&config, &environment, entered, |_| {}).await
}

pub async fn demo(args: DemoArgs, mut world: WorldArgs) -> Result<()> {
    if world.replay.is_none() && world.replay_url.is_none() && world.simulate.is_none() {
        world.simulate = Some(7);
    }
    let (mut config, environment) = settings(&world, true)?;
    let entered = World::enter(&world, &mut config).await?;
    config.server.listen = args.listen;
    let replay = entered.replay_url().map(str::to_owned);
    let source = entered.data_source;
    up(&config, &environment, entered, move |address| {
        output::say(&format!("perpsignal is up on {source} data; nothing here is the live market."));
        output::say(&format!("  http://{address}/signals/BTC       a signal"));
        output::say(&format!("  http://{address}/market/BTC        the raw figures behind it"));
        output::say(&format!("  http://{address}/scan/market       the whole market"));
        output::say(&format!("  http://{address}/docs              every operation, to try"));
        output::say(&format!("  http://{address}/health            the state of all parts"));
        if let Some(url) = &replay {
            output::say(&format!(
                "  {url}/             the market behind it; POST {url}/faults breaks a provider"
            ));
        }
        output::say("Ctrl-C ends it.");
    })
    .await
}

pub async fn replay(args: ReplayArgs, world: &WorldArgs) -> Result<()> {
    let (_, _) = settings(world, false)?;
    let faults = world::faults(&args.fault)?;
    let made = match args.data {
        Some(dir) => {
            let at = args.at.context("--data needs --at TIME")?;
            replay::World::Files { dir, at, speed: args.speed.unwrap_or(0.0) }
        }
        None => replay::World::Simulated { seed: args.seed, at: args.at, speed: args.speed.unwrap_or(1.0) },
    };
    let replay = world::start(made, faults, args.listen).await?;
    output::say(&format!("{} data at {}", replay.data_source(), replay.base_url()));
    output::say(&format!("  perpsignal --replay-url {} signal BTC", replay.base_url()));
    stopped().await;
    replay.stop().await;
    Ok(())
}

/// Serves until told to stop, then lets everything under way finish.
async fn up(
    config: &Config,
    environment: &Environment,
    world: World,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    let started = Instant::now();
    let metrics = telemetry::metrics()?;
    let service = wiring::service(config, environment, &world).await?;
    let settings = &config.server;
    guard(config, &service.app).await?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let base_url = settings.base_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let answers =
        server::service(std::sync::Arc::clone(&service.app), surfaces(settings, &base_url), metrics);
    let mut jobs = Jobs::start(&service.app, &world.streams);
    if let Some(seconds) = config.background.every_s {
        let scan = BackgroundScan {
            every_ms: i64::from(seconds) * 1_000,
            symbols: config.background.symbols.clone(),
            mode: config.background.mode,
        };
        jobs.scan(&service.app, scan);
    }
    let stop = CancellationToken::new();
    let accept = AcceptConfig {
        drain: Duration::from_secs(settings.drain_s),
        max_connections: settings.max_connections,
        ..AcceptConfig::default()
    };
    let serving = tokio::spawn(server::serve(listener, answers, accept, stop.clone()));
    tracing::info!(
        %address,
        data_source = %world.data_source,
        database = service.store.backend().as_str(),
        ready_ms = started.elapsed().as_secs_f64() * 1_000.0,
        "serving"
    );
    ready(address);
    stopped().await;
    tracing::info!("stopping");
    stop.cancel();
    serving.await.context("the server ended in a panic")?;
    jobs.stop().await;
    service.app.settle().await;
    service.store.close().await;
    world.leave().await;
    Ok(())
}

/// What the surfaces are told.
pub(super) fn surfaces(settings: &ServerSettings, base_url: &str) -> ServerConfig {
    let allowance = |per_minute: u32| Allowance { per_minute, burst: (per_minute / 2).max(10) };
    ServerConfig {
        base_url: base_url.trim_end_matches('/').to_owned(),
        key_allowance: allowance(settings.key_units_per_minute),
        address_allowance: allowance(settings.address_units_per_minute),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Without keys the server is open, but only to this machine; other addresses need keys or the operator's
/// word.
async fn guard(config: &Config, app: &app::App) -> Result<()> {
    let settings = &config.server;
    let has_keys = match app.keys.any().await {
        Ok(any) => any,
        // The database is away: keys of the store may exist, so nothing is opened.
        Err(error) => {
            tracing::warn!(%error, "the store's keys are not known yet; only keys of the environment open the door");
            true
        }
    };
    if has_keys {
        return Ok(());
    }
    if settings.production {
        bail!("--production needs keys: set API_KEYS, or make one with 'perpsignal key create NAME'");
    }
    if settings.open {
        tracing::warn!(listen = %settings.listen, "open to everyone who can reach this address");
    } else if !settings.listen.ip().is_loopback() {
        bail!(
            "{} can be reached from outside and there is no key: set API_KEYS, make one with 'perpsignal key create NAME', or say --open",
            settings.listen
        );
    }
    app.keys.open_to_all();
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM. From then on a second one ends the program where it stands: what was promised
/// lies in the spool, and the next start takes it up.
pub(super) async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    either(&mut interrupt, &mut terminate).await;
    tokio::spawn(async move {
        let code = either(&mut interrupt, &mut terminate).await;
        tracing::warn!("told to stop a second time: not waiting for what is under way");
        std::process::exit(code);
    });
}

/// The exit code by which shells know the signal that came.
async fn either(interrupt: &mut Signal, terminate: &mut Signal) -> i32 {
    tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
    }
}
