//! Rows of our own making, and of anyone's.

use std::collections::BTreeMap;

use coingecko::convert::{alike, categories, coins, contract, global, markets, price_usd, trending};
use coingecko::rows::{CategoryRow, CoinRow, ContractRow, GlobalRow, MarketRow, PriceRow, TrendingRow};
use domain::{UtcMs, Venue};
use proptest::prelude::*;
use testkit::bitcoin;

const NOW: UtcMs = UtcMs(1_790_000_000_000);

#[test]
fn a_contract_is_found_by_the_venues_name_or_its_pair() {
    let found = |rows: &str, venue| {
        let rows: Vec<ContractRow<'_>> = serde_json::from_str(rows).unwrap();
        contract(&rows, &bitcoin(venue)).map(|row| row.coin_id.as_str().to_owned())
    };
    let exact = r#"[{"symbol":"BTC-USDT","coin_id":"wrong"},{"symbol":"BTCUSDT","coin_id":"bitcoin"}]"#;
    assert_eq!(found(exact, Venue::Binance).as_deref(), Some("bitcoin"));
    let bare = r#"[{"symbol":"btc_usdt_swap","coin_id":"bitcoin"}]"#;
    assert_eq!(found(bare, Venue::Okx).as_deref(), Some("bitcoin"));
    let pair = r#"[{"symbol":"BTC/USDT:X","base":"BTC","target":"USDT","contract_type":"futures","coin_id":"dated"},
        {"symbol":"BTC/USDT","base":"BTC","target":"USDT","contract_type":"perpetual","coin_id":"bitcoin"}]"#;
    assert_eq!(found(pair, Venue::Okx).as_deref(), Some("bitcoin"));
    assert_eq!(
        found(
            r#"[{"symbol":"BTCUSDT","coin_id":null},{"symbol":"BTCUSDC","coin_id":"bitcoin"}]"#,
            Venue::Bybit
        ),
        None
    );
    assert_eq!(found("[]", Venue::Bybit), None);
}

#[test]
fn a_price_far_from_the_contracts_own_is_of_something_else() {
    let row =
        |text: &str| serde_json::from_str::<ContractRow<'_>>(text).map(|row| row.last.number()).unwrap();
    assert_eq!(row(r#"{"last":"0.011"}"#), Some(0.011));
    let contract: ContractRow<'_> = serde_json::from_str(r#"{"last":0.011}"#).unwrap();
    assert!(alike(0.010_9, &contract) && !alike(0.000_010_9, &contract) && !alike(f64::NAN, &contract));
    assert!(alike(5.0, &ContractRow::default()));
}

#[test]
fn a_price_needs_its_time() {
    let price = |text: &str| {
        let row: PriceRow<'_> = serde_json::from_str(text).unwrap();
        price_usd(&row, NOW)
    };
    assert_eq!(
        price(r#"{"usd":76975,"last_updated_at":1779092258}"#),
        Some((76_975.0, UtcMs(1_779_092_258_000)))
    );
    assert_eq!(price(r#"{"usd":1e-9,"last_updated_at":1990000000}"#), Some((1e-9, NOW)));
    for without in [
        r#"{"usd":76975}"#,
        r#"{"usd":null,"last_updated_at":1779092258}"#,
        r#"{"usd":0,"last_updated_at":1779092258}"#,
        "{}",
    ] {
        assert_eq!(price(without), None);
    }
}

#[test]
fn nulls_and_texts_are_no_obstacle() {
    let rows: Vec<MarketRow<'_>> = serde_json::from_str(
        r#"[{"id":"x","symbol":"xyz","name":"X","current_price":null,"market_cap":0,"market_cap_rank":null,
        "last_updated":null,"new_key":[1]},{"id":null,"symbol":"a"},{"id":"y","symbol":"y","current_price":"1.5"}]"#,
    )
    .unwrap();
    let read = markets(&rows, NOW);
    assert_eq!((read.len(), read[0].symbol.as_str(), read[1].price), (2, "XYZ", Some(1.5)));
    assert!(read[0].price.is_none() && read[0].market_cap.is_none() && read[0].at.is_none());
    let rows: Vec<CoinRow<'_>> =
        serde_json::from_str(r#"[{"id":"x","symbol":"XyZ","name":"X"},{"id":""}]"#).unwrap();
    assert_eq!(coins(&rows).len(), 1);
    let row: TrendingRow<'_> = serde_json::from_str(
        r#"{"coins":[{"item":{"id":"b","symbol":"b","score":1}},{"item":{"id":"a","symbol":"a","score":0,"data":{"price":2,"price_change_percentage_24h":null}}}]}"#,
    )
    .unwrap();
    let read = trending(&row);
    assert_eq!((read[0].id.as_str(), read[0].price_usd, read[1].rank), ("a", Some(2.0), 2));
    let row: GlobalRow<'_> =
        serde_json::from_str(r#"{"data":{"total_market_cap":{"usd":1},"updated_at":0}}"#).unwrap();
    assert_eq!(global(&row.data, NOW), None);
}

proptest! {
    #[test]
    fn any_rows_are_read(number in "-?[0-9]{1,25}(\\.[0-9]{1,20})?(e-?[0-9]{1,3})?", word in "\\PC{0,20}") {
        let word = serde_json::to_string(&word).unwrap();
        for value in [number.as_str(), "null", &word] {
            let row = format!(
                r#"{{"id":{word},"symbol":{word},"name":{word},"current_price":{value},"market_cap":{value},"market_cap_rank":{value},
                "last_updated":{word},"updated_at":{value},"volume_24h":{value},"usd":{value},"last_updated_at":{value},"last":{value},
                "coin_id":{word},"base":{word},"target":{word},"coins":[{{"item":{{"id":{word},"symbol":{word},"score":{value}}}}}],
                "data":{{"total_market_cap":{{"usd":{value}}},"updated_at":{value}}}}}"#
            );
            if let Ok(row) = serde_json::from_str::<MarketRow<'_>>(&row) {
                let _ = markets(&[row], NOW);
            }
            if let Ok(row) = serde_json::from_str::<CategoryRow<'_>>(&row) {
                let _ = categories(&[row], NOW);
            }
            if let Ok(row) = serde_json::from_str::<TrendingRow<'_>>(&row) {
                let _ = trending(&row);
            }
            if let Ok(row) = serde_json::from_str::<GlobalRow<'_>>(&row) {
                prop_assert!(global(&row.data, NOW).is_none_or(|told| told.at <= NOW && told.market_cap_usd > 0.0));
            }
            if let Ok(row) = serde_json::from_str::<ContractRow<'_>>(&row) {
                let _ = alike(1.0, &row);
                let _ = contract(&[row], &bitcoin(Venue::Okx));
            }
            let prices = format!(r#"{{"usd":{value},"last_updated_at":{value}}}"#);
            if let Ok(row) = serde_json::from_str::<PriceRow<'_>>(&prices) {
                prop_assert!(price_usd(&row, NOW).is_none_or(|(price, at)| price > 0.0 && at <= NOW));
            }
            let _ = serde_json::from_str::<BTreeMap<String, PriceRow<'_>>>(&row);
        }
    }
}
