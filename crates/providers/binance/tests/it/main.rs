//! Binance on its recordings, on the real list of contracts, and against a server on loopback.

#[cfg(test)]
mod client;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod symbols;
