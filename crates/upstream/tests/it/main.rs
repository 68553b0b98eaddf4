//! The guarded way out against a real server on loopback.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cache;
mod faults;
mod observed;
mod protection;
mod quota;
mod scene;
mod websocket;
