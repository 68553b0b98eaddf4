//! Names and paths of pass-through operations.

use super::Provider;

/// Where the path is not simply the id with `/` for dots.
const PATHS: &[(&str, &str)] = &[
    ("coinglass.hyperliquid.positions.symbol", "/coinglass/hyperliquid/positions/{symbol}"),
    ("coinglass.liquidations.heatmap", "/coinglass/liquidations/{symbol}/heatmap"),
    ("coinglass.open_interest.exchange_list", "/coinglass/open-interest/exchange-list/{symbol}"),
    ("coinglass.long_short_ratio.account_history", "/coinglass/top-long-short-account-ratio/history"),
    ("coinglass.long_short_ratio.position_history", "/coinglass/top-long-short-position-ratio/history"),
    ("coinglass.taker_buy_sell.exchange_list", "/coinglass/taker-buy-sell-volume/exchange-list"),
    ("coinglass.pairs_markets.symbol", "/coinglass/pairs-markets/{symbol}"),
    ("coinglass.onchain.reserves", "/coinglass/on-chain/reserves/{symbol}"),
    ("coinglass.exchange.assets", "/coinglass/exchange/assets/{exchange}"),
];

/// The operation's name: the provider and the endpoint's id in lower case with underscores.
pub(super) fn name_of(provider: Provider, id: &str) -> String {
    let mut name = format!("{}.", provider.namespace());
    let mut before = '.';
    for c in id.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
        before = c;
    }
    name
}

/// The operation's path.
pub(super) fn path_of(name: &str) -> String {
    match PATHS.iter().find(|(known, _)| *known == name) {
        Some((_, path)) => (*path).to_owned(),
        None => format!("/{}", name.replace('.', "/").replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_and_paths_follow() {
        let of = |id: &str| {
            let name = name_of(Provider::Binance, id);
            let path = path_of(&name);
            (name, path)
        };
        assert_eq!(
            of("openInterestHist"),
            ("binance.open_interest_hist".into(), "/binance/open-interest-hist".into())
        );
        assert_eq!(of("ticker.24hr"), ("binance.ticker.24hr".into(), "/binance/ticker/24hr".into()));
        assert_eq!(
            of("ticker.bookTicker"),
            ("binance.ticker.book_ticker".into(), "/binance/ticker/book-ticker".into())
        );
        let name = name_of(Provider::Coinglass, "liquidations.heatmap");
        assert_eq!(path_of(&name), "/coinglass/liquidations/{symbol}/heatmap");
    }
}
