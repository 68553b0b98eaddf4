//! Use cases over replayed and simulated markets, with a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::float_cmp,
    missing_docs,
    reason = "a test may stop and may tell why it was skipped"
)]

mod ab_test;
mod budgets;
mod direct;
mod doors;
mod figures;
mod ledger;
mod listing;
mod optimization;
mod outcomes;
mod streams;
mod support;
mod weights;
