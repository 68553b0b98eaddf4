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
/// Faults of every provider.
mod faults;
/// The HTTP surface.
mod http;
/// Keys, from making one to the closed door.
mod keys;
/// `kill -9` in the middle of answering.
mod kill;
/// A small folder of history of the test's own.
mod own_folder;
/// Recorded history through the whole program.
mod replay;
/// What else is served: refusals, allowances, documents, GPT Actions, assistants.
mod surfaces;
/// Live operation and replays never mix.
mod worlds;
