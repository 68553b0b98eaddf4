//! The engine from snapshot to report.
#![allow(
    clippy::unnecessary_wraps,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::float_cmp,
    missing_docs,
    reason = "a test may stop and may tell why it was skipped"
)]

mod decision;
mod factors;
mod fixture;
mod judge;
mod liquidations;
mod outcome;
mod plan;
mod properties;
mod real_data;
