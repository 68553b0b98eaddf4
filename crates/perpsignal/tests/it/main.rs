//! The program as its users meet it: the real binary, real sockets, a data folder of each test's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::float_cmp,
    reason = "a test may stop and may tell why it was skipped"
)]

/// Starting the program, and what it said.
mod program;
/// Recorded history, read by the tests themselves.
mod recorded;

/// The command line.
mod cli;
/// Slips of hand and full disks: each is told, none does harm.
mod clumsy;
/// Bodies that never come, refusals and their headers, and being told to stop twice.
mod connections;
/// Stored signals as CSV, whole and in parts, and the usual ranges.
mod downloads;
/// Faults of every provider.
mod faults;
/// The HTTP surface.
mod http;
/// Three instances, killed and paused, while outcomes fall due.
mod instances;
/// How long a signal takes whose model hangs.
mod judge_time;
/// Keys, from making one to the closed door.
mod keys;
/// `kill -9` in the middle of answering.
mod kill;
/// A small folder of history of the test's own.
mod own_folder;
/// Recorded history through the whole program.
mod replay;
/// The background scan, killed and started again.
mod rounds;
/// What else is served: refusals, allowances, documents, GPT Actions, assistants.
mod surfaces;
/// Alerts and commands against a server in Telegram's place.
mod telegram;
/// A recorded week at high speed, every outcome computed again.
mod week;
/// Live operation and replays never mix.
mod worlds;
