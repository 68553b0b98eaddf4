//! The symbol as a caller wrote it, checked for shape only.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Longest input that is looked at, in characters.
pub(super) const MAX_CHARS: usize = 40;

/// A coin or contract in any spelling, as typed: 1 to 40 characters without control characters.
/// What it means is decided by [`super::Directory::resolve`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Symbol(String);

/// A text that cannot be a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSymbol {
    /// Nothing, or only blanks.
    #[error("the symbol is empty; write a coin (BTC) or a contract (BTCUSDT)")]
    Empty,
    /// Longer than any name.
    #[error("the symbol is longer than {MAX_CHARS} characters; write a coin (BTC) or a contract (BTCUSDT)")]
    TooLong,
    /// A line break, NUL or the like.
    #[error("the symbol holds control characters; write a coin (BTC) or a contract (BTCUSDT)")]
    ControlCharacters,
}

impl Symbol {
    /// Takes the text, without blanks around it.
    pub fn new(text: &str) -> Result<Self, BadSymbol> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadSymbol::Empty);
        }
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(BadSymbol::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(BadSymbol::ControlCharacters);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as typed, without blanks around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Symbol {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Symbol {
    type Err = BadSymbol;

    fn from_str(text: &str) -> Result<Self, BadSymbol> {
        Self::new(text)
    }
}

impl TryFrom<String> for Symbol {
    type Error = BadSymbol;

    fn try_from(text: String) -> Result<Self, BadSymbol> {
        Self::new(&text)
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> Self {
        symbol.0
    }
}

impl JsonSchema for Symbol {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Symbol".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CHARS,
            // Something besides blanks, and no control characters.
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
            "description": "Coin or contract in any spelling: BTC, btcusdt, BTC/USDT, BTC-USDT-SWAP, BINANCE:BTCUSDT.P",
            "examples": ["BTC"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_any_spelling_and_refuses_what_can_be_none() {
        assert_eq!(Symbol::new("  btc ").unwrap().as_str(), "btc");
        assert_eq!(Symbol::new("币安人生").unwrap().as_str(), "币安人生");
        assert_eq!(Symbol::new(" "), Err(BadSymbol::Empty));
        assert_eq!(Symbol::new(&"x".repeat(41)), Err(BadSymbol::TooLong));
        assert_eq!(Symbol::new("B\0TC"), Err(BadSymbol::ControlCharacters));
        let read: Symbol = serde_json::from_str("\"BTC-USDT-SWAP\"").unwrap();
        assert_eq!(read.as_str(), "BTC-USDT-SWAP");
        assert!(serde_json::from_str::<Symbol>("\"\"").is_err());
    }
}
