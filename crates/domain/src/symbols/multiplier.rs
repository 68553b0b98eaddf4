//! Contracts that quote a thousand coins or more at once.

use crate::CoinId;

/// Prefixes that multiply, longest first. `1M` is a million.
const PREFIXES: [(&str, u64); 5] =
    [("10000000", 10_000_000), ("1000000", 1_000_000), ("10000", 10_000), ("1000", 1_000), ("1M", 1_000_000)];

/// The suffix that multiplies (`SHIB1000`).
const SUFFIX: (&str, u64) = ("1000", 1_000);

/// Coins that exchanges are known to quote by the thousand or more. Digits in front of any other name
/// belong to the name.
const MULTIPLIED: [&str; 23] = [
    "AIDOGE", "BABYDOGE", "BOB", "BONK", "BTT", "CAT", "CHEEMS", "FLOKI", "LUNC", "MOG", "NEIROCTO", "NEX",
    "NFT", "PEPE", "RATS", "SATS", "SHIB", "TAG", "TOSHI", "TURBO", "WHY", "X", "XEC",
];

/// Base assets that an exchange names differently from the coin's usual ticker.
const RENAMED_BASES: [(&str, &str); 2] = [("LUNA2", "LUNA"), ("NEIROCTO", "NEIRO")];

/// Coin and factor of an exchange's base asset: `1000PEPE` is 1000 `PEPE`, `1MBABYDOGE` a million
/// `BABYDOGE`, `SHIB1000` 1000 `SHIB`; `1INCH`, `0G`, `2Z`, `4` and `42` are names. For crypto contracts
/// only: a share keeps its ticker. Expects the exchange's own spelling (upper case).
#[must_use]
pub fn multiplier_of(native_base: &str) -> (CoinId, u64) {
    let (name, factor) = multiplied(native_base).unwrap_or((native_base, 1));
    let coin = RENAMED_BASES.iter().find(|(base, _)| *base == name).map_or(name, |(_, coin)| *coin);
    (CoinId(coin.to_owned()), factor)
}

fn multiplied(native_base: &str) -> Option<(&str, u64)> {
    let by_prefix = PREFIXES.iter().filter_map(|(prefix, factor)| {
        let coin = native_base.strip_prefix(prefix)?;
        Some((coin, *factor))
    });
    let by_suffix = native_base.strip_suffix(SUFFIX.0).map(|coin| (coin, SUFFIX.1));
    by_prefix.chain(by_suffix).find(|(coin, _)| MULTIPLIED.contains(coin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(base: &str) -> (String, u64) {
        let (coin, factor) = multiplier_of(base);
        (coin.0, factor)
    }

    #[test]
    fn known_multiplied_bases() {
        for (base, coin, factor) in [
            ("1000SHIB", "SHIB", 1_000),
            ("SHIB1000", "SHIB", 1_000),
            ("1000SATS", "SATS", 1_000),
            ("10000SATS", "SATS", 10_000),
            ("1000000MOG", "MOG", 1_000_000),
            ("1MBABYDOGE", "BABYDOGE", 1_000_000),
            ("1000000BABYDOGE", "BABYDOGE", 1_000_000),
            ("10000000AIDOGE", "AIDOGE", 10_000_000),
            ("1000X", "X", 1_000),
            ("1000NEIROCTO", "NEIRO", 1_000),
        ] {
            assert_eq!(of(base), (coin.to_owned(), factor), "{base}");
        }
    }

    #[test]
    fn digits_that_belong_to_the_name() {
        for base in ["1INCH", "0G", "2Z", "4", "42", "1000", "1M", "", "10000", "X1000Y", "币安人生"] {
            assert_eq!(of(base), (base.to_owned(), 1), "{base}");
        }
    }

    #[test]
    fn a_chain_renamed_keeps_its_usual_ticker() {
        assert_eq!(of("LUNA2"), ("LUNA".to_owned(), 1));
        assert_eq!(of("1000LUNC"), ("LUNC".to_owned(), 1_000));
    }
}
