//! The coin of an older row, whose symbol may name a contract or a pair. No exchange's list is at hand
//! here, so only what the text itself tells beyond doubt is read.

use domain::multiplier_of;

/// What a contract's name may have behind its quote.
const TAILS: [&str; 4] = [":USDT", ":USDC", "-SWAP", ".P"];
const QUOTES: [&str; 2] = ["USDT", "USDC"];
const SEPARATORS: [char; 4] = ['/', '-', '_', ':'];

/// What today's rows call it: `BTC` for `btcusdt` and `BTC/USDT:USDT`, `PEPE` for `1000PEPEUSDT`. A text of
/// another form is only trimmed and put in upper case.
pub(super) fn coin_of(text: &str) -> String {
    let upper = upper(text);
    multiplier_of(base_of(&upper).unwrap_or(&upper)).0.0
}

/// The text as it is told, without blanks around it and in upper case.
pub(super) fn upper(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// Base of a contract or pair that is quoted in a dollar coin.
fn base_of(upper: &str) -> Option<&str> {
    let without_tail = TAILS.iter().filter_map(|tail| upper.strip_suffix(tail));
    without_tail.chain([upper]).find_map(|pair| {
        let base = QUOTES.iter().find_map(|quote| pair.strip_suffix(quote))?;
        let base = base.strip_suffix(SEPARATORS).unwrap_or(base);
        (!base.is_empty() && base.chars().all(char::is_alphanumeric)).then_some(base)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contracts_and_pairs_are_read_as_their_coin() {
        for (text, coin) in [
            ("BTC", "BTC"),
            (" btc ", "BTC"),
            ("BTCUSDT", "BTC"),
            ("btcusdc", "BTC"),
            ("BTC/USDT", "BTC"),
            ("btc-usdt", "BTC"),
            ("ETH_USDC", "ETH"),
            ("SOL:USDT", "SOL"),
            ("PEPE/USDT:USDT", "PEPE"),
            ("PEPE-USDT-SWAP", "PEPE"),
            ("BTCUSDT.P", "BTC"),
            ("1000pepeusdt", "PEPE"),
            ("1000PEPE", "PEPE"),
            ("SHIB1000USDT", "SHIB"),
            ("1MBABYDOGE/USDT", "BABYDOGE"),
            ("LUNA2USDT", "LUNA"),
            ("1INCHUSDT", "1INCH"),
            ("4USDT", "4"),
            ("AUSDT", "A"),
            ("USDCUSDT", "USDC"),
            ("龙虾usdt", "龙虾"),
        ] {
            assert_eq!(coin_of(text), coin, "{text}");
        }
    }

    #[test]
    fn other_forms_are_left_alone() {
        for text in [
            "USDT",
            "/USDT",
            "1INCH",
            "1000",
            "FDUSD",
            "BTCUSD",
            "BTC-USD-SWAP",
            "BTCUSD_PERP",
            "BTCUSDT_260925",
            "ETHBTC",
            "BTC-ETH-USDT",
            "BINANCE:BTCUSDT",
            "",
        ] {
            assert_eq!(coin_of(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_keeps_something(text in ".*") {
            prop_assert_eq!(coin_of(&text).is_empty(), text.trim().is_empty());
        }
    }
}
