//! A whole service over a replay inside this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::keys::Keys;
use app::scan::ScanConfig;
use app::signals::{Served, SignalRequest};
use app::{App, AppConfig};
use domain::{Clock, Mode, UtcMs};
use engine::EngineConfig;
use market::{Exchanges, Market, Vendors};
use replay::{Replay, ReplayConfig, World};
use secrecy::SecretString;
use store::{DataSource, EvaluatedOutcome, NewOutcome, NewSignal, OutcomeFilter, Store, StoreConfig};
use tokio_util::sync::CancellationToken;
use upstream::{Lane, LaneConfig, Wire};

/// The folder of recorded history, or a note that it is not there.
pub fn recordings() -> Option<PathBuf> {
    let root = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let data = root.join("data");
    if data.join("candles").is_dir() {
        return Some(data);
    }
    eprintln!("skipped: no recordings at {}", data.display());
    None
}

pub fn utc(text: &str) -> UtcMs {
    text.parse().unwrap()
}

/// A service in a world at an instant.
pub struct Place {
    pub app: Arc<App>,
    pub replay: Replay,
}

impl Place {
    /// Recorded history at an instant, with the database of that folder.
    pub async fn recorded(data: &Path, at: &str, database: &Path, instance: &str) -> Self {
        let world = World::Files { dir: data.to_owned(), at: utc(at), speed: 0.0 };
        Self::of(world, DataSource::Replay, database, instance).await
    }

    /// A simulated market at an instant, with the database of that folder.
    pub async fn simulated(seed: u64, at: &str, database: &Path, instance: &str) -> Self {
        let world = World::Simulated { seed, at: Some(utc(at)), speed: 0.0 };
        Self::of(world, DataSource::Simulated, database, instance).await
    }

    async fn of(world: World, data_source: DataSource, database: &Path, instance: &str) -> Self {
        let url = format!("sqlite://{}", database.join("perpsignal.db").display());
        Self::on(world, data_source, url, database.join(format!("spool-{instance}"))).await
    }

    /// A world with any database.
    pub async fn on(world: World, data_source: DataSource, url: String, spool: PathBuf) -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let config = ReplayConfig { world, listen, faults: Vec::new(), enforce_limits: false };
        let replay = replay::start(config).await.unwrap();
        let market = Arc::new(market(replay.base_url(), &replay.clock(), true));
        let store = Store::open(StoreConfig::new(url, spool, data_source, replay.clock())).await.unwrap();
        let config = AppConfig {
            engine: EngineConfig::default(),
            data_source,
            signal_deadline: Duration::from_secs(10),
            signal_cache: Duration::from_secs(15),
            scan: ScanConfig { full: 5, at_once: 2, min_quote_volume_usd: 0.0 },
        };
        let keys = Keys::new(&[], store.clone());
        Self { app: App::new(config, market, store, keys), replay }
    }

    pub async fn signal(&self, symbol: &str, mode: Mode) -> Arc<Served> {
        let request = SignalRequest { mode, fresh: false, deadline: None };
        self.app.signal(symbol, request).await.unwrap_or_else(|error| panic!("{symbol}: {error}"))
    }

    pub async fn judge(&self, worker: &str) -> app::outcomes::OutcomeRound {
        self.app.judge_due_outcomes(worker, &CancellationToken::new()).await.unwrap()
    }

    /// Every finished check, by signal and horizon.
    pub async fn judged(&self) -> Vec<EvaluatedOutcome> {
        let filter = OutcomeFilter { with_void: true, ..OutcomeFilter::default() };
        let mut rows = evaluated(&self.app.store, &filter).await;
        rows.sort_by(|one, other| (&one.signal_id, one.horizon_s).cmp(&(&other.signal_id, other.horizon_s)));
        rows
    }

    pub async fn leave(self) {
        self.app.settle().await;
        self.app.store.close().await;
        self.replay.stop().await;
    }
}

/// Every finished check of a filter, the newest signals first.
pub async fn evaluated(store: &Store, filter: &OutcomeFilter) -> Vec<EvaluatedOutcome> {
    let (mut rows, mut after) = (Vec::new(), None);
    for _ in 0..1_000 {
        let page = store.evaluated_page(filter, 1_000, after.as_ref()).await.unwrap();
        rows.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    rows
}

/// A signal as it would have been stored.
pub fn stored(id: &str, symbol: &str, signal: &str, at: UtcMs, plan: Option<(f64, f64)>) -> NewSignal {
    NewSignal {
        id: id.to_owned(),
        symbol: symbol.to_owned(),
        venue: Some("binance".to_owned()),
        instrument: Some(format!("{symbol}USDT")),
        signal: signal.to_owned(),
        score: if signal == "LONG" { 64.0 } else { 36.0 },
        timestamp: at,
        mode: Some("aggressive".to_owned()),
        verdict: Some("CONFIRM".to_owned()),
        stop_loss: plan.map(|(stop, _)| stop),
        take_profit: plan.map(|(_, target)| target),
        outcomes: app::outcomes::HORIZONS_S
            .into_iter()
            .map(|horizon_s| NewOutcome {
                id: format!("{id}-{horizon_s}"),
                horizon_s,
                due_at: at.plus_ms(horizon_s * 1_000),
            })
            .collect(),
        ..NewSignal::default()
    }
}

/// Clients of everyone below this address.
pub fn market(base: &str, clock: &Arc<dyn Clock>, accept_replay: bool) -> Market {
    let http = upstream::http_client();
    let lane = |name: &str, defaults: LaneConfig, wire: Arc<dyn Wire>| {
        let config = LaneConfig { base_url: format!("{base}/{name}"), accept_replay, ..defaults };
        Lane::new(http.clone(), Arc::clone(clock), wire, config)
    };
    let key = || Some(SecretString::from("replay"));
    let exchanges = Exchanges {
        binance: binance::Binance::new(
            lane("binance", binance::lane_defaults(), Arc::new(binance::BinanceWire)),
            Arc::clone(clock),
        ),
        okx: okx::Okx::new(lane("okx", okx::lane_defaults(), Arc::new(okx::OkxWire)), Arc::clone(clock)),
        bybit: bybit::Bybit::new(
            lane("bybit", bybit::lane_defaults(), Arc::new(bybit::BybitWire)),
            Arc::clone(clock),
        ),
    };
    let plan: coinglass::Plan = "professional".parse().unwrap();
    let wire = Arc::new(coinglass::CoinglassWire::new(key(), plan));
    let coinglass = coinglass::Coinglass::new(
        lane("coinglass", coinglass::lane_defaults(), wire),
        Arc::clone(clock),
        plan,
    );
    let wire = Arc::new(lunarcrush::LunarCrushWire::new(key(), "scale".parse().unwrap()));
    let lunarcrush =
        lunarcrush::LunarCrush::new(lane("lunarcrush", lunarcrush::lane_defaults(), wire), Arc::clone(clock));
    let wire = Arc::new(coinapi::CoinApiWire::new(key()));
    let coinapi = coinapi::CoinApi::new(lane("coinapi", coinapi::lane_defaults(), wire), Arc::clone(clock));
    let wire = Arc::new(coingecko::CoinGeckoWire::new(key(), "pro".parse().unwrap()));
    let coingecko =
        coingecko::CoinGecko::new(lane("coingecko", coingecko::lane_defaults(), wire), Arc::clone(clock));
    let wire = Arc::new(fear_greed::FearGreedWire);
    let fear_greed = fear_greed::FearGreed::new(
        lane(replay::Provider::AlternativeMe.slug(), fear_greed::lane_defaults(), wire),
        Arc::clone(clock),
    );
    Market::new(
        Arc::clone(clock),
        exchanges,
        coinglass,
        lunarcrush,
        fear_greed,
        Vendors { coinapi, coingecko },
    )
}

/// Runs work on a PostgreSQL database of its own, which goes afterwards, also where the work fails; without a
/// server named it says so.
pub async fn on_postgres<F>(work: impl FnOnce(String) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    use sqlx::{ConnectOptions as _, Connection as _};
    let Ok(server) = std::env::var("PERPSIGNAL_TEST_PG") else {
        eprintln!("skipped: PERPSIGNAL_TEST_PG names no server");
        return;
    };
    let server = server.trim_end_matches("/postgres").trim_end_matches('/').to_owned();
    let name = format!("perpsignal_app_{}", ulid::Ulid::new().to_string().to_lowercase());
    let options: sqlx::postgres::PgConnectOptions = format!("{server}/postgres").parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    let outcome = tokio::spawn(work(format!("{server}/{name}"))).await;
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    outcome.unwrap();
}
