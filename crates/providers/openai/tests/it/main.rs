//! A model server on loopback, and recorded answers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects, and fails where it is not so"
)]

mod recordings;
mod served;
