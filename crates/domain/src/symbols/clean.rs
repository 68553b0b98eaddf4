//! From what was typed to the texts that are looked up, one after the other.

use unicode_normalization::UnicodeNormalization;

use super::error::SymbolError;
use super::input::MAX_CHARS;

/// What other services put in front of a contract's name.
const PREFIXES: [&str; 8] =
    ["BINANCE:", "OKX:", "OKEX:", "BYBIT:", "BINANCEFTS_PERP_", "OKEX_PERP_", "BYBIT_PERP_", "BINANCEFTS:"];

/// What other services put behind it.
const SUFFIXES: [&str; 7] = [".P", "-SWAP", "_SWAP", "-PERP", "_PERP", "/PERP", "PERP"];

/// Settlement currencies in the style `BTC/USDT:USDT`.
const SETTLEMENTS: [&str; 3] = [":USDT", ":USDC", ":USD"];

const SEPARATORS: [char; 5] = ['/', '-', '_', ':', ' '];

/// A text to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The text.
    pub(super) text: String,
    /// Base and quote as the caller separated them, when this text is them joined.
    pub(super) pair: Option<(String, String)>,
}

/// Trims, composes (NFC) and upper-cases ASCII letters only.
pub(super) fn normalise(input: &str) -> Result<String, SymbolError> {
    let input = input.trim();
    if input.is_empty() {
        return Err(SymbolError::Empty);
    }
    if input.chars().nth(MAX_CHARS).is_some() {
        return Err(SymbolError::TooLong);
    }
    let composed: String = input.nfc().collect();
    let accepted = |c: char| c.is_alphanumeric() || SEPARATORS.contains(&c) || matches!(c, '.' | '$');
    if !composed.chars().all(accepted) {
        let shown =
            composed.chars().map(|c| if accepted(c) || c.is_ascii_graphic() { c } else { '?' }).collect();
        return Err(SymbolError::BadCharacters { input: shown });
    }
    Ok(composed.to_ascii_uppercase())
}

/// The texts to look up, from the whole to the barest. Nothing is dropped that would leave nothing.
pub(super) fn forms(upper: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut push = |text: &str, pair: Option<(String, String)>| {
        let text = text.trim();
        if !text.is_empty() && !forms.iter().any(|form: &Form| form.text == text && form.pair == pair) {
            forms.push(Form { text: text.to_owned(), pair });
        }
    };
    push(upper, None);
    let mut text = upper;
    text = without_prefix(text, &["$"]);
    push(text, None);
    text = without_prefix(text, &PREFIXES);
    push(text, None);
    text = without_suffix(text, &[".P"]);
    push(text, None);
    text = without_suffix(text, &SETTLEMENTS);
    push(text, None);
    text = without_suffix(text, &SUFFIXES);
    push(text, None);
    let parts: Vec<&str> = text.split(SEPARATORS).filter(|part| !part.is_empty()).collect();
    let pair = match parts.as_slice() {
        [base, quote] => Some(((*base).to_owned(), (*quote).to_owned())),
        _ => None,
    };
    push(&parts.concat(), pair);
    forms
}

/// Whether the text names a coin-margined contract: `BTCUSD_PERP`, `BTCUSD_260925`.
pub(super) fn is_coin_margined(text: &str) -> bool {
    text.split_once("USD_").is_some_and(|(base, tail)| {
        !base.is_empty() && (tail == "PERP" || (tail.len() == 6 && tail.bytes().all(|b| b.is_ascii_digit())))
    })
}

fn without_prefix<'a>(text: &'a str, prefixes: &[&str]) -> &'a str {
    prefixes
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(text)
}

fn without_suffix<'a>(text: &'a str, suffixes: &[&str]) -> &'a str {
    suffixes
        .iter()
        .find_map(|suffix| text.strip_suffix(suffix))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_decorations_step_by_step() {
        let texts: Vec<String> = forms("BINANCE:BTC-USDT-SWAP").into_iter().map(|form| form.text).collect();
        assert_eq!(texts, ["BINANCE:BTC-USDT-SWAP", "BTC-USDT-SWAP", "BTC-USDT", "BTCUSDT"]);
        assert_eq!(
            forms("PEPE/USDT:USDT").last().unwrap().pair,
            Some(("PEPE".to_owned(), "USDT".to_owned()))
        );
    }

    #[test]
    fn never_drops_everything() {
        for text in ["PERP", "$", ".P", "-", "BINANCE:", "-SWAP"] {
            assert!(forms(text).iter().all(|form| !form.text.is_empty()), "{text}");
        }
    }

    #[test]
    fn tells_coin_margined_contracts() {
        assert!(is_coin_margined("BTCUSD_PERP"));
        assert!(is_coin_margined("ETHUSD_260925"));
        assert!(!is_coin_margined("BTCUSDT_261225"));
        assert!(!is_coin_margined("USD_PERP"));
        assert!(!is_coin_margined("BTC-USD-SWAP"));
    }

    #[test]
    fn composes_and_leaves_other_letters_alone() {
        assert_eq!(normalise(" btc ").unwrap(), "BTC");
        assert_eq!(normalise("龙虾usdt").unwrap(), "龙虾USDT");
        assert_eq!(
            normalise("e\u{301}x").unwrap(),
            "\u{e9}X".replace("\u{e9}", &"e\u{301}".nfc().collect::<String>())
        );
        assert_eq!(normalise("%E9%BE%99").unwrap_err().code(), "symbol_bad_characters");
        assert_eq!(normalise("🚀").unwrap_err().code(), "symbol_bad_characters");
    }
}
