//! Any spelling of a coin or contract to the one contract it means.
//!
//! The exchanges' own lists decide; rules about text only propose candidates. [`Directory`] is built once
//! from those lists and answers [`Directory::resolve`], [`Directory::coin`], [`Directory::counterpart`]
//! and [`Directory::universe`]. Tickers are not unique: where two tokens share one, nothing is joined
//! unless it is written down here that they are the same.

mod aliases;
mod clean;
mod counterpart;
mod directory;
mod error;
mod input;
mod multiplier;
mod near;
mod resolve;
#[cfg(test)]
mod tests;

pub(crate) use aliases::is_dollar;
pub use aliases::is_stablecoin;
pub use directory::{Directory, Resolved};
pub use error::SymbolError;
pub use input::{BadSymbol, Symbol};
pub use multiplier::multiplier_of;
