//! A catalogue of a few operations, through every door and in every document.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod calls;
mod documents;
mod hostile;
mod shapes;
mod toy;
