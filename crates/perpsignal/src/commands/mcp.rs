//! `mcp`: an assistant at standard input and output. stdout belongs to the protocol.

use std::sync::Arc;

use anyhow::{Context, Result};
use app::jobs::Jobs;

use super::{serve, settings};
use crate::cli::WorldArgs;
use crate::world::World;
use crate::{telemetry, wiring};

pub async fn run(args: &WorldArgs) -> Result<()> {
    let (mut config, environment) = settings(args, true)?;
    let world = World::enter(args, &mut config).await?;
    let metrics = telemetry::metrics()?;
    let service = wiring::service(&config, &environment, &world).await?;
    // Whoever starts the program is its operator.
    service.app.keys.open_to_all();
    let base_url =
        config.server.base_url.clone().unwrap_or_else(|| format!("http://{}", config.server.listen));
    let jobs = Jobs::start(&service.app, &world.streams);
    let surfaces = serve::surfaces(&config.server, &base_url);
    let served = tokio::select! {
        served = server::serve_stdio(Arc::clone(&service.app), surfaces, metrics) => served,
        () = serve::stopped() => Ok(()),
    };
    jobs.stop().await;
    service.app.settle().await;
    service.store.close().await;
    world.leave().await;
    served.context("the assistant did not speak the Model Context Protocol")
}
