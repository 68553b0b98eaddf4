//! `doctor`: what works, what does not, and what to do.

use std::time::{Duration, Instant};

use anyhow::Result;
use domain::{ErrorKind, ProviderError, Source};
use secrecy::ExposeSecret;
use serde::Serialize;
use telegram::TelegramError;
use upstream::Ask;

use super::{Failure, settings};
use crate::cli::WorldArgs;
use crate::config::{Config, Environment, VARIABLES};
use crate::output::{self, paint};
use crate::wiring;
use crate::world::World;

/// Longest time for one provider.
const LIMIT: Duration = Duration::from_secs(8);
/// Clocks farther apart than this spoil ages and closes.
const CLOCK_TOLERANCE_MS: i64 = 2_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    part: String,
    state: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_to_do: Option<String>,
}

impl Finding {
    fn new(part: impl Into<String>, state: &'static str, detail: impl Into<String>) -> Self {
        Self { part: part.into(), state, detail: detail.into(), what_to_do: None }
    }

    fn advise(mut self, text: impl Into<String>) -> Self {
        self.what_to_do = Some(text.into());
        self
    }
}

pub async fn run(json: bool, args: &WorldArgs) -> Result<()> {
    let (mut config, environment) = settings(args, true)?;
    let set: Vec<&str> =
        VARIABLES.iter().filter(|each| environment.get(each.name).is_some()).map(|each| each.name).collect();
    let mut findings = vec![Finding::new(
        "configuration",
        "ok",
        if set.is_empty() {
            "defaults, no variable is set".to_owned()
        } else {
            format!("set: {}", set.join(", "))
        },
    )];
    let world = World::enter(args, &mut config).await?;
    findings.push(Finding::new(
        "world",
        "ok",
        format!("{} data, clock {}", world.data_source, world.clock.now()),
    ));
    match wiring::service(&config, &environment, &world).await {
        Err(error) => findings.push(
            Finding::new("database", "failed", format!("{error:#}")).advise(advice(&config, &environment)),
        ),
        Ok(service) => {
            findings.push(database(&service, &config, &environment).await);
            let (providers, extras) = tokio::join!(providers(&service, &world), extras(&service));
            findings.extend(providers);
            findings.extend(extras);
            service.app.settle().await;
            service.store.close().await;
        }
    }
    world.leave().await;
    report(&findings, json)
}

/// What to do about a database that cannot be used.
fn advice(config: &Config, environment: &Environment) -> String {
    let url = config.database.url.as_ref().map(ExposeSecret::expose_secret);
    if url.is_some_and(|url| !url.starts_with("sqlite:")) {
        return "start the database or check DATABASE_URL; without it SQLite in the data folder is used"
            .to_owned();
    }
    let folder = config.data_dir(environment);
    let place = match url {
        Some(_) => "the file that DATABASE_URL names".to_owned(),
        None => format!("the data folder {} (PERPSIGNAL_DATA_DIR names another)", folder.display()),
    };
    format!(
        "SQLite is in use: see that {place} can be read and written and its disk has room; a damaged file is \
         restored from a copy, or moved away to begin a new one"
    )
}

async fn database(service: &wiring::Service, config: &Config, environment: &Environment) -> Finding {
    let backend = service.store.backend().as_str();
    let pending = service.store.spool_status().pending;
    match service.store.ping().await {
        Ok(latency) => {
            let ms = latency.as_secs_f64() * 1_000.0;
            Finding::new(
                "database",
                "ok",
                format!("{backend} answers in {ms:.1} ms, {pending} rows wait in the spool"),
            )
        }
        Err(error) => Finding::new(
            "database",
            "failed",
            format!("{backend}: {error}; {pending} rows wait in the spool"),
        )
        .advise(format!("{}; signals are kept in the spool meanwhile", advice(config, environment))),
    }
}

/// Asks each provider one cheap thing, all at once.
async fn providers(service: &wiring::Service, world: &World) -> Vec<Finding> {
    let market = &service.app.market;
    let ask = Ask { deadline: Some(Instant::now() + LIMIT), fresh: true, no_waiting: false };
    let binance = &market.exchanges.binance;
    let started = Instant::now();
    let listing = market.listing(ask).await;
    let took_ms = started.elapsed().as_millis();
    let mut findings = Vec::new();
    let failed: Vec<ProviderError> = match &listing {
        Ok(listing) => listing.failed.clone(),
        Err(errors) => errors.clone(),
    };
    for venue in domain::Venue::ALL {
        let listed = listing.as_ref().map_or(0, |listing| listing.directory.instruments(venue).len());
        let source = venue.source();
        findings.push(match failed.iter().find(|error| error.source_ == source) {
            Some(error) => trouble(error),
            None if listed == 0 => Finding::new(source.as_str(), "empty", "lists no contract"),
            None => Finding::new(source.as_str(), "ok", format!("{listed} contracts listed, {took_ms} ms")),
        });
    }
    let bitcoin = listing.ok().and_then(|listing| {
        listing.directory.resolve(listing.main_venue, "BTC").ok().map(|resolved| resolved.instrument)
    });
    if let Ok(at) = binance.server_time(ask).await {
        let apart_ms = world.clock.now().since(at);
        findings.push(if world.is_replay() || apart_ms.abs() <= CLOCK_TOLERANCE_MS {
            Finding::new("clock", "ok", format!("{apart_ms} ms from Binance's"))
        } else {
            Finding::new("clock", "failed", format!("{apart_ms} ms from Binance's"))
                .advise("synchronise this machine's clock (NTP): ages and candle closes depend on it")
        });
    }
    if let Some(instrument) = bitcoin {
        let (coinglass, lunarcrush, coinapi, coingecko, mood) = tokio::join!(
            market.coinglass.supported_coins(ask),
            market.lunarcrush.social(&instrument.base, world.clock.now().plus_ms(-7 * domain::DAY_MS), ask),
            market.vendors.coinapi.last_price(&instrument, ask),
            market.vendors.coingecko.last_price(&instrument, ask),
            market.fear_greed.history(1, ask),
        );
        findings.push(answered(Source::Coinglass, coinglass.map(|got| format!("{} coins", got.value.len()))));
        findings.push(answered(
            Source::LunarCrush,
            lunarcrush.map(|got| format!("Bitcoin's figures of {}", got.as_of)),
        ));
        findings.push(answered(Source::CoinApi, coinapi.map(|got| format!("Bitcoin at {}", got.value))));
        findings.push(answered(Source::CoinGecko, coingecko.map(|got| format!("Bitcoin at {}", got.value))));
        findings.push(answered(Source::AlternativeMe, mood.map(|got| format!("the index of {}", got.as_of))));
    }
    for lane in market.lanes() {
        let status = lane.status();
        let budgets: Vec<String> = status
            .meters
            .iter()
            .filter(|meter| meter.used > 0)
            .map(|meter| format!("{} {}/{}", meter.name, meter.used, meter.allowed))
            .collect();
        if let Some(finding) = findings.iter_mut().find(|each| each.part == status.source.as_str())
            && !budgets.is_empty()
        {
            finding.detail = format!("{}; quota used: {}", finding.detail, budgets.join(", "));
        }
    }
    findings
}

/// The parts that signals can do without: the model that judges, and Telegram.
async fn extras(service: &wiring::Service) -> Vec<Finding> {
    let (judge, alerts) = (service.app.judge_status(), service.app.alert_status());
    let told = service.app.introduce(Instant::now() + LIMIT).await;
    let model = match told.model {
        None => Finding::new("openai", "off", judge.reason.unwrap_or_default()).advise(
            "set OPENAI_API_KEY and ENABLE_AI_JUDGE=true to have a model judge; the rules do without it",
        ),
        Some(Ok(models)) => {
            let model = judge.model.unwrap_or_default();
            Finding::new("openai", "ok", format!("{model} judges; the server offers {models} models"))
        }
        // Not every compatible server has a list of its models.
        Some(Err(error)) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Malformed) => {
            let model = judge.model.unwrap_or_default();
            Finding::new("openai", "ok", format!("{model} judges; the server answers and lists no models"))
        }
        Some(Err(error)) => {
            let mut finding = trouble(&error);
            "openai".clone_into(&mut finding.part);
            finding.advise(
                "until it answers the rules judge; check OPENAI_API_KEY, OPENAI_BASE_URL and the network",
            )
        }
    };
    let bot = match told.bot {
        None => Finding::new("telegram", "off", alerts.reason.unwrap_or_default())
            .advise("set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID to be told of signals"),
        Some(Ok(bot)) => {
            let name = bot.username.unwrap_or_else(|| bot.id.to_string());
            let detail = format!(
                "the bot {name} tells {} chats{}, updates by {}",
                alerts.chats,
                if alerts.pictures { " with pictures" } else { "" },
                alerts.updates
            );
            let finding = Finding::new("telegram", "ok", detail);
            if alerts.chats == 0 {
                finding.advise("set TELEGRAM_CHAT_ID to be told of every coin")
            } else {
                finding
            }
        }
        Some(Err(TelegramError::Provider(error))) => trouble(&error)
            .advise("alerts wait in the outbox until it answers; check TELEGRAM_BOT_TOKEN and the network"),
        Some(Err(TelegramError::Refused(refusal))) => {
            Finding::new("telegram", "waiting", refusal.to_string()).advise("alerts wait in the outbox")
        }
    };
    vec![model, bot]
}

fn answered(source: Source, outcome: Result<String, ProviderError>) -> Finding {
    match outcome {
        Ok(detail) => Finding::new(source.as_str(), "ok", detail),
        Err(error) => trouble(&error),
    }
}

fn trouble(error: &ProviderError) -> Finding {
    let (state, advice) = match error.kind {
        ErrorKind::KeyMissing => ("no key", "set the key to use this provider; signals work without it"),
        ErrorKind::KeyInvalid => ("failed", "the key is refused: check it for typing errors and expiry"),
        ErrorKind::PlanLimited => {
            ("limited", "the key's plan does not include this; set the plan or upgrade")
        }
        ErrorKind::RegionBlocked => ("failed", "this region is refused; other sources stand in for it"),
        ErrorKind::Banned | ErrorKind::RateLimited => {
            ("waiting", "leave it alone for a while; lower quota_pct if it comes again")
        }
        ErrorKind::Timeout | ErrorKind::Connection => ("failed", "check the network, a proxy or a firewall"),
        ErrorKind::NotFound | ErrorKind::NoData => ("empty", "it answers, but not for Bitcoin"),
        ErrorKind::Unsupported => ("off", "it is switched off, or is not what it claims to be"),
        _ => ("failed", "it is in trouble; other sources stand in for it"),
    };
    Finding::new(error.source_.as_str(), state, error.message.clone()).advise(advice)
}

fn report(findings: &[Finding], json: bool) -> Result<()> {
    if json {
        output::line(&serde_json::to_string_pretty(findings)?)?;
    } else {
        for finding in findings {
            let colour = match finding.state {
                "ok" => "32",
                "failed" => "31",
                _ => "33",
            };
            output::line(&format!(
                "{:<15} {:<9} {}",
                finding.part,
                paint(finding.state, colour),
                finding.detail
            ))?;
            if let Some(advice) = &finding.what_to_do {
                output::line(&format!("{:<25} -> {advice}", ""))?;
            }
        }
    }
    let venues_up = findings
        .iter()
        .any(|each| each.state == "ok" && ["binance", "okx", "bybit"].contains(&each.part.as_str()));
    let database_down = findings.iter().any(|each| each.part == "database" && each.state == "failed");
    if database_down {
        return Err(Failure::with(1, "the database does not answer"));
    }
    if !venues_up {
        return Err(Failure::with(1, "no exchange answers, so there can be no signal"));
    }
    Ok(())
}
