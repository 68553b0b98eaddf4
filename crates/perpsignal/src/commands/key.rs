//! `key`: keys that open the API.

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{KeyInfo, NewKey, Scope, Store, StoreError};

use super::{Failure, NOT_FOUND, USAGE, settings};
use crate::cli::{KeyCommand, WorldArgs};
use crate::world::World;
use crate::{output, wiring};

/// Who is written down as having done it.
const ACTOR: &str = "command line";

pub async fn run(command: KeyCommand, world: &WorldArgs) -> Result<()> {
    let (mut config, environment) = settings(world, true)?;
    let world = World::enter(world, &mut config).await?;
    let store = wiring::open_store(&config, &environment, &world).await?;
    let outcome = act(command, &store).await;
    store.close().await;
    world.leave().await;
    outcome
}

async fn act(command: KeyCommand, store: &Store) -> Result<()> {
    match command {
        KeyCommand::Create { name, scope, expires } => {
            let scopes = scope
                .iter()
                .map(|scope| scope.as_str().parse::<Scope>())
                .collect::<Result<Vec<_>, _>>()
                .context("scope")?;
            let made = store.create_key(NewKey { name, scopes, expires_at: expires }, ACTOR).await;
            let made = made.map_err(told)?;
            output::say(&format!("key {} is made; this is the only time it is shown:", made.info.id));
            Ok(output::line(made.key.expose_secret())?)
        }
        KeyCommand::Rotate { id } => {
            let made = store.rotate_key(&id, ACTOR).await.map_err(told)?;
            output::say(&format!(
                "the old secret stops working {}; this is the only time the new one is shown:",
                soon()
            ));
            Ok(output::line(made.key.expose_secret())?)
        }
        KeyCommand::Revoke { id } => {
            if store.revoke_key(&id, ACTOR).await? {
                output::say(&format!("key {id} stops working {}", soon()));
                return Ok(());
            }
            Err(Failure::with(NOT_FOUND, format!("there is no key {id} that still works")))
        }
        KeyCommand::List(flag) => {
            let keys = store.keys().await?;
            if flag.json {
                let rows: Vec<_> = keys.iter().map(row).collect();
                return Ok(output::line(&serde_json::to_string_pretty(&rows)?)?);
            }
            for key in &keys {
                let state = match (key.revoked_at, key.expires_at) {
                    (Some(at), _) => format!("revoked {at}"),
                    (None, Some(at)) if store.has_ended(Some(at)) => format!("expired {at}"),
                    (None, Some(at)) => format!("expires {at}"),
                    (None, None) => "works".to_owned(),
                };
                let used =
                    key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
                let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                output::line(&format!(
                    "{}  ps_{}…  {:<12} {:<24} {state}, {used}",
                    key.id,
                    key.prefix,
                    scopes.join(","),
                    key.name
                ))?;
            }
            if keys.is_empty() {
                output::say("no keys; make one with: perpsignal key create NAME");
            }
            Ok(())
        }
    }
}

/// When a running server learns that a key has ended.
fn soon() -> String {
    format!("within {} s", app::keys::REMEMBERED.as_secs())
}

/// A failure of the store with the exit code of what was asked wrongly.
fn told(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::NotFound { .. } => Failure::with(NOT_FOUND, error.to_string()),
        StoreError::Invalid { field: "expires_at", reason } => {
            Failure::with(USAGE, format!("--expires: {reason}"))
        }
        StoreError::Invalid { .. } => Failure::with(USAGE, error.to_string()),
        other => other.into(),
    }
}

fn row(key: &KeyInfo) -> serde_json::Value {
    json!({
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "lastUsedAt": key.last_used_at,
        "revokedAt": key.revoked_at,
    })
}
