//! The operations: for each namespace its types, its functions and one registration each. No logic of their
//! own: they read arguments, call a use case, and shape the answer.

/// Weights, and the operator's view.
mod admin;
/// Alerts by hand.
mod alerts;
/// What became of signals.
mod analytics;
/// Many coins in one call.
mod batch;
/// CoinAPI.
mod coinapi;
/// Coinglass.
mod coinglass;
/// Which error code a use case's failure has.
mod failure;
/// Service facts.
mod health;
/// Stored signals.
mod history;
/// LunarCrush.
mod lunarcrush;
/// Raw data of one coin.
mod market;
/// The judge, and words on the market.
mod openai;
/// One operation for each row of a provider's endpoint table.
mod passthrough;
/// An answer that is JSON already.
mod prepared;
/// The whole market.
mod scan;
/// The signal.
mod signals;
/// Smart money concepts.
mod smc;
/// Arguments of the operations on stored signals.
mod tracked;

use std::sync::Arc;
use std::time::Instant;

use app::App;
use catalog::Catalog;

pub use failure::op_error;

/// What every operation is handed.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// The service.
    pub app: Arc<App>,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
    /// Who is calling: a key's id, an address, or the command line. For the record of changes; may be empty where
    /// nothing is changed.
    pub caller: Arc<str>,
}

impl Ctx {
    /// How providers are to be asked for this call.
    #[must_use]
    pub const fn ask(&self, fresh: bool) -> upstream::Ask {
        upstream::Ask { deadline: self.deadline, fresh, no_waiting: false }
    }
}

/// Every operation there is.
#[must_use]
pub fn catalog() -> Catalog<Ctx> {
    let mut catalog = Catalog::new();
    signals::register(&mut catalog);
    market::register(&mut catalog);
    scan::register(&mut catalog);
    smc::register(&mut catalog);
    openai::register(&mut catalog);
    alerts::register(&mut catalog);
    analytics::register(&mut catalog);
    history::register(&mut catalog);
    admin::register(&mut catalog);
    health::register(&mut catalog);
    batch::register(&mut catalog);
    coinglass::register(&mut catalog);
    lunarcrush::register(&mut catalog);
    coinapi::register(&mut catalog);
    for provider in passthrough::Provider::PLAIN {
        passthrough::register(&mut catalog, provider);
    }
    catalog
}
