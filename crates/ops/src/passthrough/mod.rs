//! Pass-through operations: one for each row of a provider's endpoint table, made in a loop. Arguments are
//! checked and symbols spelled the provider's way; the answer is the provider's own JSON, never parsed here.

mod names;
mod params;
mod provider;
mod samples;
mod symbols;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use catalog::{Catalog, ErrorCode, Example, Kind, Meta, OpError, ParamSpec};
use domain::{DAY_MS, MINUTE_MS, UtcMs, Venue};
use serde_json::{Map, Value};
use upstream::{Args, Endpoint, Param, ParamKind};

use crate::Ctx;
use crate::failure::provider_error;

pub(crate) use provider::Provider;
pub(crate) use symbols::{coin, pair};

/// Longest summary, in characters.
const SUMMARY_MAX: usize = 280;

/// A row of a provider's table.
#[derive(Clone, Copy, Debug)]
struct Row {
    provider: Provider,
    endpoint: &'static Endpoint,
}

/// Adds one operation for each row, but for those whose names others have.
pub(crate) fn register(catalog: &mut Catalog<Ctx>, provider: Provider) {
    for endpoint in provider.endpoints() {
        let id = id_of(provider, endpoint);
        let name = names::name_of(provider, id);
        if catalog.find(&name).is_some() {
            continue;
        }
        let row = Row { provider, endpoint };
        let meta = meta(row, name);
        let specs = specs(row, &meta.path);
        catalog.add_raw(meta, specs, move |ctx, args| row.call(ctx, args));
    }
}

/// The endpoint's id, or another where an operation with figures has the plain name.
fn id_of(provider: Provider, endpoint: &Endpoint) -> &'static str {
    match (provider, endpoint.id) {
        (Provider::CoinApi, "symbols") => "symbols_all",
        (Provider::CoinApi, "ohlcv_latest") => "ohlcv_latest_of_symbol",
        (_, id) => id,
    }
}

fn meta(row: Row, name: String) -> Meta {
    let Row { provider, endpoint } = row;
    let label = provider.label();
    let plan = match endpoint.plan {
        "" => String::new(),
        plan => format!(" Needs {label}'s {plan} plan or a higher one."),
    };
    let description = format!(
        "{} The answer is {label}'s own JSON, without its envelope.{plan} Documentation: {}",
        sentence(endpoint.summary),
        endpoint.docs
    );
    let example = Example {
        title: Cow::Borrowed("With usual arguments"),
        args: samples::example(provider, &name, endpoint),
    };
    let path = names::path_of(&name);
    let mut meta = Meta::get(name, path)
        .summary(format!("{label}: {}", first_sentence(endpoint.summary)))
        .description(description)
        .cost(provider.cost());
    if endpoint.ttl > Duration::ZERO {
        meta = meta.cache(endpoint.ttl);
    }
    meta.examples.push(example);
    meta
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn first_sentence(text: &str) -> String {
    let first = text.split_once(". ").map_or(text, |(first, _)| first);
    first.trim_end_matches('.').chars().take(SUMMARY_MAX).collect()
}

fn specs(row: Row, path: &str) -> Vec<ParamSpec> {
    let fresh = ParamSpec::new("fresh", Kind::Boolean)
        .default(false)
        .doc("Asks the provider anew instead of serving an answer that is still good.");
    row.endpoint
        .params
        .iter()
        .map(|param| {
            let in_path = path.contains(&format!("{{{}}}", param.name));
            let mut spec = params::spec_of(param, row.stand_in(param.name).filter(|_| !in_path).as_ref());
            if row.assumes_instant(param) {
                spec.required = false;
                spec.doc = Cow::Owned(format!("{} The last day without it.", param.doc));
            }
            spec
        })
        .chain([fresh])
        .collect()
}

impl Row {
    /// What stands in when a caller leaves out what the provider insists on. Coinglass insists on exchange,
    /// interval and range where one choice is usual; who calls for a coin should get an answer.
    fn stand_in(self, name: &str) -> Option<Value> {
        let param = self.endpoint.params.iter().find(|param| param.name == name && param.required)?;
        let personal = matches!(name, "user_address" | "ticker" | "wallet_tag" | "usd");
        let instant = matches!(param.kind, ParamKind::TimeMs);
        if self.provider != Provider::Coinglass || personal || instant {
            return None;
        }
        samples::sample(self.provider, self.endpoint, param)
    }

    /// One call with the arguments as accepted.
    async fn call(self, ctx: Ctx, given: Map<String, Value>) -> Result<Bytes, OpError> {
        let fresh = given.get("fresh").and_then(Value::as_bool).unwrap_or(false);
        let args = self.args(&ctx, &given).await?;
        upstream::check(self.endpoint, &args).map_err(|message| {
            OpError::new(ErrorCode::BadArgument, format!("{}: {message}", self.provider.label()))
        })?;
        let answer = self.provider.raw(&ctx.app.market, self.endpoint, args, ctx.ask(fresh)).await;
        Ok(answer.map_err(|error| provider_error(&error))?.data_bytes())
    }

    /// The arguments as the provider takes them.
    async fn args(self, ctx: &Ctx, given: &Map<String, Value>) -> Result<Args, OpError> {
        // Lists of contracts are good for long, whatever the caller wants of the answer.
        let ask = ctx.ask(false);
        let mut args = Args::new();
        for param in self.endpoint.params {
            let Some(text) = self.argument(given, param.name) else { continue };
            let text = match param.kind {
                ParamKind::Coin | ParamKind::Pair if self.keeps(&text) => text,
                ParamKind::Coin => coin(ctx, self.provider, &text, ask).await?,
                ParamKind::Pair => pair(ctx, self.venue(given), &text, ask).await,
                // Providers read UTC, and some nothing else.
                ParamKind::TimeIso if text.len() > "2025-03-03".len() => {
                    text.parse::<UtcMs>().map_or(text, UtcMs::rfc3339)
                }
                _ => text,
            };
            args.set(param.name, text);
        }
        self.instants(ctx, &mut args);
        Ok(args)
    }

    fn argument(self, given: &Map<String, Value>, name: &str) -> Option<String> {
        given
            .get(name)
            .and_then(params::on_the_wire)
            .or_else(|| self.stand_in(name).as_ref().and_then(params::on_the_wire))
    }

    /// Words that stand where a symbol may and are none: LunarCrush's numbers, OKX's word for all.
    fn keeps(self, text: &str) -> bool {
        match self.provider {
            Provider::LunarCrush => text.bytes().all(|byte| byte.is_ascii_digit()),
            Provider::Okx => text == "ANY",
            _ => false,
        }
    }

    /// The exchange whose contract names are meant.
    fn venue(self, given: &Map<String, Value>) -> Option<Venue> {
        // Spot pairs and OKX's indexes are named otherwise than the contracts known here.
        let index = self.provider == Provider::Okx && self.endpoint.id.contains("index_");
        if index || self.endpoint.id.starts_with("spot.") {
            return None;
        }
        self.provider
            .venue()
            .or_else(|| self.argument(given, "exchange").and_then(|name| symbols::venue_named(&name)))
    }

    /// Whether an instant that Coinglass insists on may be left out here.
    fn assumes_instant(self, param: &Param) -> bool {
        self.provider == Provider::Coinglass && param.required && matches!(param.kind, ParamKind::TimeMs)
    }

    /// The last day, where the provider insists on a span and none was given.
    fn instants(self, ctx: &Ctx, args: &mut Args) {
        let now = ctx.app.clock.now().floor(MINUTE_MS);
        for param in self.endpoint.params {
            if self.assumes_instant(param) && args.get(param.name).is_none() {
                let back = if samples::is_end(param.name) { 0 } else { DAY_MS };
                args.set(param.name, now.plus_ms(-back).0);
            }
        }
    }
}
