//! Every recorded answer is judged and, where there are rows for it, read.

use domain::{ErrorKind, UtcMs};
use lunarcrush::convert::{answered_symbol, coins, generated_at, social_state};
use lunarcrush::rows::{CoinRow, SeriesRow};

use testkit::recordings;

use super::judge;

#[test]
fn recorded_answers_are_successes_and_recorded_errors_are_not() {
    for (name, body) in recordings("lunarcrush") {
        match judge(200, &body) {
            Ok(data) => {
                assert!(data.starts_with(['[', '{']), "{name}");
                assert!(!body.contains("\"error\""), "{name}");
            }
            Err(error) => {
                assert!(name.starts_with("searches_"), "{name}: {error}");
                let expected =
                    if name.ends_with("delete") { ErrorKind::NotFound } else { ErrorKind::BadRequest };
                assert_eq!(error.kind, expected, "{name}");
            }
        }
    }
}

#[test]
fn recorded_coin_lists_are_read() {
    for (_, body) in recordings("lunarcrush").iter().filter(|(name, _)| name == "coins_list_v1") {
        let data = judge(200, body).unwrap();
        let rows: Vec<CoinRow<'_>> = serde_json::from_str(&data).unwrap();
        let bitcoin = &coins(&rows)[0];
        assert_eq!((bitcoin.symbol.as_str(), bitcoin.id, bitcoin.market_cap_rank), ("BTC", Some(1), Some(1)));
        assert!(bitcoin.galaxy_score.is_some() && bitcoin.sentiment.is_some() && bitcoin.price.is_some());
        assert!(generated_at(body.as_bytes()).unwrap() > UtcMs(1_750_000_000_000));
    }
}

#[test]
fn recorded_series_are_read() {
    for (name, body) in recordings("lunarcrush") {
        if !name.ends_with("time-series_v2") && name != "topic_bitcoin_time-series_v1" {
            continue;
        }
        let data = judge(200, &body).unwrap();
        let rows: Vec<SeriesRow<'_>> = serde_json::from_str(&data).unwrap();
        let (as_of, state) = social_state(&rows, UtcMs(0), UtcMs(i64::MAX)).unwrap();
        assert!(as_of > UtcMs(1_700_000_000_000), "{name}");
        assert!(state.sentiment.is_some() && state.activity.is_some(), "{name}");
        assert_eq!(state.activity_name, "interactions");
        if name.starts_with("coins_2") {
            assert_eq!(answered_symbol(body.as_bytes()).unwrap(), "ETH");
        }
    }
}
