//! `health.*`: facts about the service.

use app::health::HealthAnswer;
use catalog::{Catalog, Meta, NoArgs, OpError, Scope};
use domain::UtcMs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Ctx;

async fn check(ctx: Ctx, _: NoArgs) -> Result<HealthAnswer, OpError> {
    Ok(ctx.app.health().await)
}

/// What this is and where to look next.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RootOut {
    /// perpsignal.
    service: String,
    /// Version of the program.
    version: String,
    /// live, replay or simulated.
    data_source: String,
    /// The program's clock.
    timestamp: UtcMs,
    /// Where the documentation is.
    documentation: String,
    /// The OpenAPI document.
    openapi: String,
    /// The list of operations.
    operations: String,
}

async fn root(ctx: Ctx, _: NoArgs) -> Result<RootOut, OpError> {
    Ok(RootOut {
        service: "perpsignal".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_source: ctx.app.config.data_source.as_str().to_owned(),
        timestamp: ctx.app.clock.now(),
        documentation: "/docs".to_owned(),
        openapi: "/openapi.json".to_owned(),
        operations: "/invoke/operations".to_owned(),
    })
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("health.check", "/health")
            .summary("State of the service: database, spool, providers with their budgets, ages")
            .description("Asks the database and nobody else; providers are told as they were last seen.")
            .scope(Scope::Public)
            .example("Is everything well?", []),
        check,
    );
    catalog.add(
        Meta::get("health.root", "/")
            .summary("What this service is and where to look next")
            .description("Name, version, data source, and the paths of the documentation.")
            .scope(Scope::Public)
            .example("Where am I?", []),
        root,
    );
}
