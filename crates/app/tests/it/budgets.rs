//! Budgets of the providers over restarts and several processes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::keys::Keys;
use app::scan::ScanConfig;
use app::{App, AppConfig};
use coingecko::endpoints::coins;
use domain::{Clock, UtcMs};
use engine::EngineConfig;
use serde_json::value::RawValue;
use store::{DataSource, Store, StoreConfig};
use testkit::{Server, Stopped};
use upstream::{Args, Ask};

use crate::support::market;

/// A process with the common database.
async fn process(base: &str, data_source: DataSource, database: &Path, instance: &str) -> Arc<App> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let clock: Arc<dyn Clock> = Arc::new(Stopped(UtcMs(i64::try_from(now).unwrap())));
    let url = format!("sqlite://{}", database.join("perpsignal.db").display());
    let spool = database.join(format!("spool-{instance}"));
    let store = Store::open(StoreConfig::new(url, spool, data_source, Arc::clone(&clock))).await.unwrap();
    let config = AppConfig {
        engine: EngineConfig::default(),
        data_source,
        signal_deadline: Duration::from_secs(10),
        signal_cache: Duration::from_secs(15),
        scan: ScanConfig { full: 5, at_once: 2, min_quote_volume_usd: 0.0 },
    };
    let keys = Keys::new(&[], store.clone());
    App::new(config, Arc::new(market(base, &clock, false)), store, keys)
}

async fn ask(app: &App, coin: &str) {
    let args = Args::new().with("id", coin);
    app.market.vendors.coingecko.raw(&coins::COIN, args, Ask::default()).await.unwrap();
}

/// Calls counted in this minute and in this month.
fn used(app: &App) -> (u32, u32) {
    let meters = app.market.vendors.coingecko.lane().status().meters;
    (meters[0].used, meters[1].used)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_one_budget_for_every_process_and_outlives_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start("x-cg-pro-api-key: replay", |_| (200, r#"{"id":"a"}"#.to_owned())).await;
    let one = process(&server.base_url, DataSource::Live, folder.path(), "one").await;
    let two = process(&server.base_url, DataSource::Live, folder.path(), "two").await;
    for coin in ["bitcoin", "ethereum", "solana"] {
        ask(&one, coin).await;
    }
    one.sync_budgets().await.unwrap();
    assert_eq!((used(&one), used(&two)), ((3, 3), (0, 0)));
    ask(&two, "bitcoin").await;
    two.sync_budgets().await.unwrap();
    assert_eq!(used(&two), (1, 4));
    one.sync_budgets().await.unwrap();
    assert_eq!(used(&one), (3, 4), "what another process used counts here too, in the month only");
    // What was used since is kept at the end.
    ask(&one, "cardano").await;
    one.settle().await;
    one.store.close().await;
    let again = process(&server.base_url, DataSource::Live, folder.path(), "one").await;
    again.sync_budgets().await.unwrap();
    assert_eq!(used(&again), (0, 5));
    // A sum that nobody can read stops nothing and is begun anew.
    let row = again.store.states("budget.coingecko.").await.unwrap().remove(0);
    let broken = RawValue::from_string("\"?\"".to_owned()).unwrap();
    assert!(again.store.set_state_if(&row.name, row.version, broken).await.unwrap());
    ask(&again, "dogecoin").await;
    again.sync_budgets().await.unwrap();
    assert_eq!(used(&again).1, 1);
    // Nobody counts a replay's calls.
    let replayed = process(&server.base_url, DataSource::Replay, folder.path(), "replay").await;
    ask(&replayed, "bitcoin").await;
    replayed.sync_budgets().await.unwrap();
    assert!(replayed.store.states("budget.").await.unwrap().is_empty());
    assert_eq!(again.store.states("budget.coingecko.").await.unwrap().len(), 1);
    for app in [two, again, replayed] {
        app.store.close().await;
    }
}
