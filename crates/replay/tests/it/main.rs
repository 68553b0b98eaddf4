//! The replay over real HTTP and WebSockets.
#![allow(clippy::float_cmp)] // Figures must come through to the last digit.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod files;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod misbehaviour;
#[cfg(test)]
mod simulator;
