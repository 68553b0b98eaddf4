//! Putting the parts together.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use app::alerts::{Alerts, Pictures};
use app::judging::Judge;
use app::keys::Keys;
use app::{App, AppConfig, Extras};
use coinapi::CoinApiWire;
use coingecko::{CoinGeckoWire, Tier};
use domain::Clock;
use lunarcrush::LunarCrushWire;
use market::{Exchanges, Market, Vendors};
use openai::{OpenAi, OpenAiWire};
use secrecy::SecretString;
use store::{Retention, Store, StoreConfig};
use upstream::{Lane, LaneConfig, Wire};

use crate::config::{Config, Environment, ProviderSettings};
use crate::world::World;

/// A wired service.
pub struct Service {
    /// The use cases.
    pub app: Arc<App>,
    /// Its store, to be closed at the end.
    pub store: Store,
}

/// Wires everything: providers, market, store, use cases.
pub async fn service(config: &Config, environment: &Environment, world: &World) -> Result<Service> {
    let market = Arc::new(market(config, world)?);
    let store = open_store(config, environment, world).await?;
    let keys = Keys::new(&config.server.api_keys, store.clone());
    let app_config = AppConfig {
        engine: config.engine.clone(),
        data_source: world.data_source,
        signal_deadline: config.signal.deadline(),
        signal_cache: std::time::Duration::from_secs(config.signal.cache_s),
        scan: app::scan::ScanConfig {
            full: config.scan.full,
            at_once: config.scan.at_once,
            min_quote_volume_usd: config.scan.min_quote_volume_usd,
        },
    };
    let extras = Extras { judge: judge(config, world), alerts: alerts(config, world, &store, &market) };
    let app = App::with(app_config, market, store.clone(), keys, extras);
    if let Err(error) = app.refresh_weights().await {
        tracing::warn!(%error, "weights changed earlier cannot be read; the configured ones hold until then");
    }
    if let Err(error) = app.sync_budgets().await {
        tracing::warn!(%error, "what was used of the providers' budgets cannot be read yet");
    }
    Ok(Service { app, store })
}

/// The judge beside the rules. The model server is no market: its answers carry no replay's mark.
fn judge(config: &Config, world: &World) -> Judge {
    let settings = &config.judge;
    if let Some(reason) = settings.why_not(world.is_replay()) {
        return Judge::new(Err(reason), settings.config());
    }
    let mut lane = openai::lane_defaults();
    if let Some(url) = &settings.base_url {
        lane.base_url.clone_from(url);
    }
    lane.max_in_flight = settings.at_once.max(1);
    // When the model is left alone is the judge's to decide, by its settings.
    lane.breaker_failures = lane.breaker_failures.max(settings.failures);
    let wire = OpenAiWire::new(settings.key.clone(), settings.auth_header);
    let model = OpenAi::new(wire, settings.model.clone(), |wire| {
        Lane::new(upstream::http_client(), Arc::clone(&world.clock), Arc::new(wire), lane)
    });
    Judge::new(Ok(model), settings.config())
}

/// Alerts by Telegram, from the store's outbox.
fn alerts(config: &Config, world: &World, store: &Store, market: &Arc<Market>) -> Alerts {
    let settings = &config.alerts;
    let token = match settings.token(world.is_replay()) {
        Ok(token) => token,
        Err(reason) => return Alerts::off(reason),
    };
    let mut lane = telegram::lane_defaults();
    if let Some(url) = &settings.base_url {
        lane.base_url.clone_from(url);
    }
    let clock = Arc::clone(&world.clock);
    let wire = Arc::new(telegram::TelegramWire::new(token.clone()));
    let bot = telegram::Telegram::new(Lane::new(upstream::http_client(), Arc::clone(&clock), wire, lane));
    let pictures = settings.charts.then(|| Pictures::new(Arc::clone(market), settings.chart_theme));
    Alerts::new(bot, settings.config(&token), store.clone(), clock, world.data_source, pictures)
}

/// The clients of all providers, each on its lane.
fn market(config: &Config, world: &World) -> Result<Market> {
    let http = upstream::http_client();
    let clock = Arc::clone(&world.clock);
    let lane = |settings: &ProviderSettings, defaults: LaneConfig, wire: Arc<dyn Wire>| {
        let mut lane = settings.lane(defaults);
        lane.accept_replay = world.is_replay();
        Lane::new(http.clone(), Arc::clone(&clock), wire, lane)
    };
    let each = &config.providers;
    let exchanges = Exchanges {
        binance: binance::Binance::new(
            lane(&each.binance, binance::lane_defaults(), Arc::new(binance::BinanceWire)),
            Arc::clone(&clock),
        ),
        okx: okx::Okx::new(lane(&each.okx, okx::lane_defaults(), Arc::new(okx::OkxWire)), Arc::clone(&clock)),
        bybit: bybit::Bybit::new(
            lane(&each.bybit, bybit::lane_defaults(), Arc::new(bybit::BybitWire)),
            Arc::clone(&clock),
        ),
    };
    let plan: coinglass::Plan = parsed(each.coinglass.plan.as_deref(), "coinglass.plan")?;
    let wire = coinglass::CoinglassWire::new(each.coinglass.key.clone(), plan);
    let wire = set(wire, each.coinglass.calls_per_minute, coinglass::CoinglassWire::calls_per_minute);
    let coinglass = coinglass::Coinglass::new(
        lane(&each.coinglass, coinglass::lane_defaults(), Arc::new(wire)),
        Arc::clone(&clock),
        plan,
    );
    let plan: lunarcrush::Plan = parsed(each.lunarcrush.plan.as_deref(), "lunarcrush.plan")?;
    let wire = LunarCrushWire::new(each.lunarcrush.key.clone(), plan);
    let wire = set(wire, each.lunarcrush.calls_per_minute, LunarCrushWire::calls_per_minute);
    let wire = set(wire, each.lunarcrush.calls_per_day, LunarCrushWire::calls_per_day);
    let lunarcrush = lunarcrush::LunarCrush::new(
        lane(&each.lunarcrush, lunarcrush::lane_defaults(), Arc::new(wire)),
        Arc::clone(&clock),
    );
    let wire = CoinApiWire::new(each.coinapi.key.clone());
    let wire = set(wire, each.coinapi.credits_per_day, CoinApiWire::credits_per_day);
    let coinapi = coinapi::CoinApi::new(
        lane(&each.coinapi, coinapi::lane_defaults(), Arc::new(wire)),
        Arc::clone(&clock),
    );
    let tier: Tier = match each.coingecko.plan.as_deref() {
        Some(_) => parsed(each.coingecko.plan.as_deref(), "coingecko.plan")?,
        None => Tier::Demo,
    };
    let wire = CoinGeckoWire::new(each.coingecko.key.clone(), tier);
    let wire = set(wire, each.coingecko.calls_per_minute, CoinGeckoWire::calls_per_minute);
    let wire = set(wire, each.coingecko.calls_per_month, CoinGeckoWire::calls_per_month);
    let defaults =
        LaneConfig { base_url: coingecko::base_url(tier).to_owned(), ..coingecko::lane_defaults() };
    let coingecko =
        coingecko::CoinGecko::new(lane(&each.coingecko, defaults, Arc::new(wire)), Arc::clone(&clock));
    let fear_greed = fear_greed::FearGreed::new(
        lane(&each.fear_greed, fear_greed::lane_defaults(), Arc::new(fear_greed::FearGreedWire)),
        Arc::clone(&clock),
    );
    Ok(Market::new(clock, exchanges, coinglass, lunarcrush, fear_greed, Vendors { coinapi, coingecko }))
}

/// A wire with a configured limit, where there is one.
fn set<W>(wire: W, limit: Option<u32>, with: fn(W, u32) -> W) -> W {
    match limit {
        Some(limit) => with(wire, limit),
        None => wire,
    }
}

fn parsed<T>(text: Option<&str>, name: &str) -> Result<T>
where
    T: std::str::FromStr + Default,
    T::Err: std::fmt::Display,
{
    match text {
        None => Ok(T::default()),
        Some(text) => text.parse().map_err(|error| anyhow::anyhow!("providers.{name}: {error}")),
    }
}

/// The database: the one that is named, else SQLite in the data folder. Replayed and simulated worlds have
/// a folder of their own.
pub async fn open_store(config: &Config, environment: &Environment, world: &World) -> Result<Store> {
    let mut dir: PathBuf = config.data_dir(environment);
    if let Some(own) = &world.own_folder {
        dir = dir.join(own);
    }
    std::fs::create_dir_all(&dir).with_context(|| {
        format!("the data folder {} cannot be made; set PERPSIGNAL_DATA_DIR", dir.display())
    })?;
    let url = match &config.database.url {
        Some(url) => url.clone(),
        None => SecretString::from(format!("sqlite://{}", dir.join("perpsignal.db").display())),
    };
    let clock: Arc<dyn Clock> = Arc::clone(&world.clock);
    let mut settings = StoreConfig::new(url, dir.join("spool"), world.data_source, clock);
    settings.direct_url.clone_from(&config.database.direct_url);
    if let Some(days) = config.database.history_days {
        settings.retention = Retention { default_days: days, ..Retention::default() };
    }
    Store::open(settings).await.context("the store cannot be opened")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::WorldArgs;

    async fn meters(text: &str) -> Vec<(String, u32)> {
        let mut config: Config = toml::from_str(text).unwrap();
        config.check().unwrap();
        let world = World::enter(&WorldArgs::default(), &mut config).await.unwrap();
        let market = market(&config, &world).unwrap();
        let lanes = market.lanes().map(Lane::status);
        lanes
            .iter()
            .flat_map(|lane| lane.meters.iter().map(move |meter| (lane.source, meter)))
            .map(|(source, meter)| (format!("{source}.{}", meter.name), meter.capacity))
            .collect()
    }

    #[tokio::test]
    async fn every_configured_limit_reaches_its_client() {
        let text = "
            [providers.coinglass]
            plan = 'standard'
            calls_per_minute = 101
            [providers.lunarcrush]
            calls_per_minute = 102
            calls_per_day = 103
            [providers.coinapi]
            credits_per_day = 104
            [providers.coingecko]
            plan = 'pro'
            calls_per_minute = 105
            calls_per_month = 106
        ";
        let set = meters(text).await;
        let unset = meters("").await;
        for (name, capacity, usual) in [
            ("coinglass.requests_per_minute", 101, 80),
            ("lunarcrush.requests_per_minute", 102, 10),
            ("lunarcrush.requests_per_day", 103, 2_000),
            ("coinapi.credits_per_day", 104, 10_000),
            ("coingecko.requests_per_minute", 105, 30),
            ("coingecko.credits_per_month", 106, 10_000),
        ] {
            assert!(set.contains(&(name.to_owned(), capacity)), "{name}: {set:?}");
            assert!(unset.contains(&(name.to_owned(), usual)), "{name}: {unset:?}");
        }
    }

    #[test]
    fn a_limit_that_a_provider_does_not_have_is_refused() {
        for (section, key) in [
            ("binance", "calls_per_minute = 5"),
            ("coinapi", "calls_per_minute = 5"),
            ("coinglass", "calls_per_day = 5"),
            ("coingecko", "credits_per_day = 5"),
            ("lunarcrush", "calls_per_month = 5"),
            ("lunarcrush", "calls_per_day = 0"),
            ("coinapi", "plan = 'pro'"),
            ("okx", "key = 'k'"),
            ("coinapi", "stream_url = 'wss://x'"),
        ] {
            let config: Config = toml::from_str(&format!("[providers.{section}]\n{key}")).unwrap();
            let told = config.check().unwrap_err().to_string();
            let name = key.split(' ').next().unwrap();
            assert!(told.contains(&format!("providers.{section}.{name}")), "{told}");
        }
        let unknown = toml::from_str::<Config>("[providers.coinapi]\ncredits_per_hour = 5").unwrap_err();
        assert!(unknown.to_string().contains("credits_per_hour"), "{unknown}");
    }
}
