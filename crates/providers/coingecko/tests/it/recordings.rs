//! Every recorded answer is judged and, where there are rows for it, read.

use std::collections::BTreeMap;

use coingecko::convert::{categories, global, markets, trending};
use coingecko::rows::{CategoryRow, DerivativeExchange, GlobalRow, MarketRow, PriceRow, TrendingRow};
use domain::{ErrorKind, UtcMs};

use testkit::recordings;

use super::judge;

/// After every recorded instant.
const NOW: UtcMs = UtcMs(1_795_000_000_000);

fn named(wanted: &[&str], check: impl Fn(&str, &str)) {
    let all = recordings("coingecko");
    for name in wanted {
        for (name, body) in all.iter().filter(|(found, _)| found == name) {
            check(name, &judge(200, body).unwrap());
        }
    }
}

#[test]
fn recorded_answers_are_data_and_recorded_errors_are_not() {
    for (name, body) in recordings("coingecko") {
        match judge(200, &body) {
            Ok(data) => assert_eq!(data, body.trim(), "{name}"),
            Err(error) => {
                assert!(body.starts_with(r#"{"error":"Missing parameter"#), "{name}: {error}");
                assert_eq!(judge(422, &body).unwrap_err().kind, ErrorKind::BadRequest, "{name}");
            }
        }
    }
}

#[test]
fn recorded_market_lists_are_read() {
    let lists = [
        "coins_markets",
        "market_data_for_a_coin",
        "market_data_for_a_coin_in_myr",
        "market_data_for_multiple_coins_in_eth",
    ];
    named(&lists, |name, data| {
        let rows: Vec<MarketRow<'_>> = serde_json::from_str(data).unwrap();
        let coins = markets(&rows, NOW);
        assert_eq!(coins.len(), rows.len(), "{name}");
        assert_eq!((coins[0].id.as_str(), coins[0].symbol.as_str()), ("bitcoin", "BTC"), "{name}");
        assert!(coins[0].price.is_some() && coins[0].market_cap_rank == Some(1) && coins[0].at.is_some());
    });
}

#[test]
fn recorded_trends_categories_and_totals_are_read() {
    named(&["search_trending", "trending_searches"], |name, data| {
        let row: TrendingRow<'_> = serde_json::from_str(data).unwrap();
        let coins = trending(&row);
        assert!(coins.len() == row.coins.len() && coins[0].rank == 1, "{name}");
        assert_eq!(coins[0].price_usd.is_some(), name == "search_trending");
        assert_eq!(coins[0].change_24h_pct.is_some(), name == "search_trending");
    });
    named(&["coins_categories", "the_list_of_categories_with_market_data"], |name, data| {
        let rows: Vec<CategoryRow<'_>> = serde_json::from_str(data).unwrap();
        let read = categories(&rows, NOW);
        assert_eq!(read.len(), rows.len(), "{name}");
        assert!(read[0].market_cap_usd.is_some() && read[0].at.is_some());
        assert_eq!(read[0].top_coin_ids.is_empty(), name != "coins_categories");
    });
    named(&["global"], |_, data| {
        let row: GlobalRow<'_> = serde_json::from_str(data).unwrap();
        let told = global(&row.data, NOW).unwrap();
        assert!(told.btc_dominance_pct.is_some_and(|share| (50.0..70.0).contains(&share)));
    });
}

#[test]
fn recorded_prices_and_exchanges_are_read() {
    let lists = [
        "simple_price",
        "simple_price_for_one_coin",
        "price_for_one_coin",
        "btc_to_usd_exchange_rate",
        "btc_to_eth_exchange_rate_2",
        "price_for_multiple_coins_in_different_currencies",
    ];
    named(&lists, |name, data| {
        let prices: BTreeMap<String, PriceRow<'_>> = serde_json::from_str(data).unwrap();
        assert!(prices["bitcoin"].values().all(|value| value.number().is_some()), "{name}");
    });
    named(&["btc_to_eth_exchange_rate"], |_, data| {
        let prices: BTreeMap<String, PriceRow<'_>> = serde_json::from_str(data).unwrap();
        assert!(prices.get("bitcoin").is_none_or(BTreeMap::is_empty), "an unknown currency gives nothing");
    });
    named(&["a_derivative_exchange"], |_, data| {
        let exchange: DerivativeExchange<'_> = serde_json::from_str(data).unwrap();
        assert!(exchange.tickers.is_none(), "not asked for");
    });
}
