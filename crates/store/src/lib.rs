//! Signals, own history, outcomes, keys: SQLite and PostgreSQL behind one face, and the spool.
//!
//! A signal is promised once its line is on disk (the spool); the database gets it from there, so an
//! outage of the database or `kill -9` loses nothing, and the row's id makes every repetition harmless.

/// Two sets of weights side by side.
pub mod ab_tests;
/// When an alert rule last fired for a coin.
pub mod alert_state;
/// Who changed what, and when.
pub mod audit;
/// What the caller decides: database, spool folder, retention.
pub mod config;
/// The ways in which storing and reading fail.
pub mod error;
/// Checks finished or handed back, many at once.
pub mod finishing;
/// Latency, sizes, backlog.
pub mod health;
/// The series that the factors rank against.
pub mod history;
/// Loading the older program's history.
pub mod import;
/// The log of issued signals, chained by hashes.
pub mod issued;
/// Job state: last runs, poll offsets.
pub mod job_state;
/// Following what is stored and judged, for figures that are kept in memory.
pub mod journal;
/// API keys.
pub mod keys;
/// Claims on due rows: lease and token.
pub mod lease;
/// Runs of the weights' optimisation.
pub mod optimizations;
/// Alerts to be sent.
pub mod outbox;
/// What became of the signals.
pub mod outcomes;
/// Signals: what is written and what is read.
pub mod signals;
/// Giving checks to workers by two clocks, and reading finished ones page by page.
pub mod tracking;
/// Weights of the factors, by version.
pub mod weights;

mod db;
mod gate;
mod spool;
mod store;

pub use config::{Backend, DataSource, Retention, StoreConfig};
pub use error::StoreError;
pub use finishing::Requeue;
pub use history::SeriesKey;
pub use import::{ImportReport, RejectedRow};
pub use issued::{LogFault, LogHead, LogReport};
pub use journal::{JournalHead, JournaledCheck, JournaledSignal, Waiting};
pub use keys::{KeyInfo, NewKey, PlainKey, Scope};
pub use lease::Lease;
pub use outbox::{AlertRow, ClaimedAlert, NewOutbox};
pub use outcomes::{
    ClaimedOutcome, EvaluatedOutcome, FirstTouch, NewOutcome, OutcomeCounts, OutcomeFilter, OutcomeResult,
    OutcomeVerdict,
};
pub use signals::{
    Cursor, Json, NewSignal, Origin, Page, Saved, SignalFilter, Statistics, StoredSignal, StoredWhere,
    score_band,
};
pub use spool::SpoolStatus;
pub use store::Store;
pub use tracking::FactorOutcome;
