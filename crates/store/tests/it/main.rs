//! One suite against a real SQLite file and a real PostgreSQL server, and what must survive: kills,
//! outages, full disks, torn lines, paused workers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::float_cmp,
    reason = "a test fails by panicking, and stored figures come back to the last bit"
)]

mod ab_tests;
mod access;
mod claims;
mod history;
mod import;
mod issued;
mod journal;
mod outage;
mod signals;
mod spool;
mod support;
mod tracking;

/// Makes one test per database out of a function that takes a place to open stores at.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::Place::postgres().await).await;
            })*
        }
    };
}
