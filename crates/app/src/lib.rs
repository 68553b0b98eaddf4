//! Use cases and background jobs: the only crate that brings market, store and engine together.

/// Alerts.
pub mod alerts;
/// How well signals did.
pub mod analytics;
/// Evaluations every interval.
pub mod background;
/// Many coins in one call.
pub mod batch;
mod budgets;
mod error;
/// How the parts are doing.
pub mod health;
mod history;
/// Background work.
pub mod jobs;
/// The judge beside the rules.
pub mod judging;
/// Keys that open the API.
pub mod keys;
/// What becomes of the signals.
pub mod outcomes;
/// Raw data of one coin.
pub mod overview;
/// The whole market, the most promising coins in full.
pub mod scan;
/// The signal.
pub mod signals;
/// Social figures of coins and topics.
pub mod social;
/// Smart money concepts on a coin's candles.
pub mod structure;
/// Books, trades and quotes of one coin, venue by venue.
pub mod venues;
/// Weights of the factors.
pub mod weights;

use std::sync::Arc;
use std::time::Duration;

use domain::symbols::Resolved;
use domain::{Clock, UtcMs};
use engine::EngineConfig;
use market::Market;
use store::{DataSource, Store};
use upstream::Ask;

pub use error::{AppError, StoreFault};

/// What the use cases can be told.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// Every constant of the engine.
    pub engine: EngineConfig,
    /// live, replay or simulated.
    pub data_source: DataSource,
    /// Longest time for the observations of one signal.
    pub signal_deadline: Duration,
    /// How long a signal is served again.
    pub signal_cache: Duration,
    /// How the market is scanned.
    pub scan: scan::ScanConfig,
}

impl AppConfig {
    /// `replay` or `simulated`, where answers are not made from the live market.
    #[must_use]
    pub fn other_than_live(&self) -> Option<&'static str> {
        (self.data_source != DataSource::Live).then(|| self.data_source.as_str())
    }
}

/// Parts that the service can do without.
#[derive(Debug)]
pub struct Extras {
    /// The judge beside the rules.
    pub judge: judging::Judge,
    /// Alerts.
    pub alerts: alerts::Alerts,
}

/// What the parts that signals can do without say of themselves.
#[derive(Debug)]
pub struct Introductions {
    /// How many models the model server offers.
    pub model: Option<Result<usize, domain::ProviderError>>,
    /// Who the bot is.
    pub bot: Option<Result<telegram::Bot, telegram::TelegramError>>,
}

impl Default for Extras {
    fn default() -> Self {
        Self {
            judge: judging::Judge::rules_only("no model is configured"),
            alerts: alerts::Alerts::off("no bot is configured"),
        }
    }
}

/// The service without its surfaces.
#[derive(Debug)]
pub struct App {
    /// What it was told.
    pub config: AppConfig,
    /// The program's clock.
    pub clock: Arc<dyn Clock>,
    /// The providers.
    pub market: Arc<Market>,
    /// What is kept.
    pub store: Store,
    /// Who may call.
    pub keys: keys::Keys,
    /// When the program started.
    pub started_at: UtcMs,
    judge: judging::Judge,
    alerts: alerts::Alerts,
    book: history::Book,
    signals: signals::Signals,
    prices: outcomes::Prices,
    active_engine: weights::ActiveEngine,
    ledger: Arc<analytics::ledger::Ledger>,
}

impl App {
    /// A service over these parts, in which the rules judge alone.
    #[must_use]
    pub fn new(config: AppConfig, market: Arc<Market>, store: Store, keys: keys::Keys) -> Arc<Self> {
        Self::with(config, market, store, keys, Extras::default())
    }

    /// A service over these parts.
    #[must_use]
    pub fn with(
        config: AppConfig,
        market: Arc<Market>,
        store: Store,
        keys: keys::Keys,
        extras: Extras,
    ) -> Arc<Self> {
        let clock = Arc::clone(&market.clock);
        Arc::new(Self {
            started_at: clock.now(),
            book: history::Book::new(store.clone(), Arc::clone(&clock)),
            signals: signals::Signals::new(config.signal_cache),
            prices: outcomes::Prices::default(),
            active_engine: weights::ActiveEngine::new(&config.engine),
            ledger: analytics::ledger::Ledger::new(store.clone()),
            judge: extras.judge,
            alerts: extras.alerts,
            config,
            clock,
            market,
            store,
            keys,
        })
    }

    /// How the judge stands.
    #[must_use]
    pub fn judge_status(&self) -> judging::JudgeStatus {
        self.judge.status()
    }

    /// How the bot stands.
    #[must_use]
    pub fn alert_status(&self) -> alerts::AlertStatus {
        self.alerts.status()
    }

    /// Asks the parts that signals can do without whether they answer: the model server for its models, and
    /// Telegram who the bot is. `None` for one that is not configured.
    pub async fn introduce(&self, deadline: std::time::Instant) -> Introductions {
        let ask = Ask { deadline: Some(deadline), fresh: true, no_waiting: false };
        let (model, bot) = tokio::join!(self.judge.introduce(ask), self.alerts.introduce(deadline));
        Introductions { model, bot }
    }

    /// Waits until everything learned is written; for the end of the program.
    pub async fn settle(&self) {
        self.book.settle().await;
        if let Err(error) = self.sync_budgets().await {
            tracing::warn!(%error, "what was used of the providers' budgets could not be kept");
        }
    }

    /// The contract that a symbol means.
    ///
    /// # Errors
    /// When no list can be had, or the symbol means no one contract that trades.
    pub async fn resolve(&self, symbol: &str, ask: Ask) -> Result<Resolved, AppError> {
        let listing = self.market.listing(ask).await.map_err(AppError::NoListing)?;
        Ok(listing.directory.resolve(listing.main_venue, symbol)?)
    }
}
