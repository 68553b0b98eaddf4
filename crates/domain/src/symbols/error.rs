//! Why an input means no contract.

use crate::{UtcMs, Venue};

/// Why an input means no contract one could trade.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// Nothing was typed.
    #[error("the symbol is empty; write a coin (BTC) or a contract (BTCUSDT, BTC-USDT-SWAP)")]
    Empty,
    /// Longer than any name.
    #[error("the symbol is longer than 40 characters; write a coin (BTC) or a contract (BTCUSDT)")]
    TooLong,
    /// Characters that occur in no name (percent-encoding, control characters, emoji).
    #[error(
        "'{input}' holds characters that no symbol has; letters, digits and - _ / : . $ are accepted, \
         for example BTC, BTC/USDT or BINANCE:BTCUSDT.P"
    )]
    BadCharacters {
        /// The input, its odd characters replaced.
        input: String,
    },
    /// The venue's list of contracts has not been fetched.
    #[error("the list of contracts of {venue} is not loaded")]
    NoList {
        /// The venue asked for.
        venue: Venue,
    },
    /// No such coin or contract.
    #[error("'{input}' is no coin or contract of {venue}{}", did_you_mean(near))]
    Unknown {
        /// As typed.
        input: String,
        /// The venue asked.
        venue: Venue,
        /// Contracts with names near to it, nearest first.
        near: Vec<String>,
    },
    /// It traded once.
    #[error("{symbol} was delisted{}{}", on_day(*at), and_now(instead.as_deref()))]
    Delisted {
        /// The venue's name of the contract.
        symbol: String,
        /// When, where the list tells.
        at: Option<UtcMs>,
        /// What may be meant today, in words.
        instead: Option<String>,
    },
    /// Announced or parked.
    #[error("{symbol} is listed but not open for trading")]
    NotOpen {
        /// The venue's name of the contract.
        symbol: String,
    },
    /// A coin-margined contract, which we do not follow.
    #[error(
        "'{input}' is a coin-margined (COIN-M) contract; only contracts margined in dollars are followed, \
         for example BTCUSDT"
    )]
    CoinMargined {
        /// As typed.
        input: String,
    },
    /// Several contracts, none preferred.
    #[error("'{input}' may be any of {}; write one of them", candidates.join(", "))]
    Ambiguous {
        /// As typed.
        input: String,
        /// The venue's names of the contracts.
        candidates: Vec<String>,
    },
}

impl SymbolError {
    /// The stable snake_case code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "symbol_empty",
            Self::TooLong => "symbol_too_long",
            Self::BadCharacters { .. } => "symbol_bad_characters",
            Self::NoList { .. } => "symbol_list_not_loaded",
            Self::Unknown { .. } => "symbol_unknown",
            Self::Delisted { .. } => "symbol_delisted",
            Self::NotOpen { .. } => "symbol_not_open",
            Self::CoinMargined { .. } => "symbol_coin_margined",
            Self::Ambiguous { .. } => "symbol_ambiguous",
        }
    }
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() {
        "; write a coin (BTC) or a contract (BTCUSDT)".to_owned()
    } else {
        format!("; near names: {}", near.join(", "))
    }
}

fn on_day(at: Option<UtcMs>) -> String {
    at.map(|at| format!(" on {}", day(at))).unwrap_or_default()
}

fn and_now(instead: Option<&str>) -> String {
    instead.map(|text| format!("; {text}")).unwrap_or_default()
}

/// The UTC date of an instant.
pub(super) fn day(at: UtcMs) -> String {
    at.rfc3339().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_tell_what_happened_and_what_is_accepted() {
        let delisted = SymbolError::Delisted {
            symbol: "FTMUSDT".into(),
            at: Some(UtcMs(1_736_154_000_000)),
            instead: Some("its successor is SUSDT".into()),
        };
        assert_eq!(delisted.to_string(), "FTMUSDT was delisted on 2025-01-06; its successor is SUSDT");
        let unknown = SymbolError::Unknown {
            input: "BTCC".into(),
            venue: Venue::Binance,
            near: vec!["BTCUSDT".into()],
        };
        assert_eq!(unknown.to_string(), "'BTCC' is no coin or contract of binance; near names: BTCUSDT");
    }
}
