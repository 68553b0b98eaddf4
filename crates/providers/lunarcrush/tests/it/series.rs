//! From a coin's series to its social state.

use domain::{DAY_MS, UtcMs};
use lunarcrush::convert::{coins, social_state};
use lunarcrush::rows::{CoinRow, SeriesRow};
use proptest::prelude::*;

/// 2025-03-01.
const FIRST: i64 = 1_740_787_200;
const EVER: UtcMs = UtcMs(i64::MAX);

fn day(index: i64) -> UtcMs {
    UtcMs((FIRST + index * 86_400) * 1_000)
}

#[test]
fn a_day_is_known_at_its_end_and_the_running_one_is_left_out() {
    let text = format!(
        r#"[{{"time":{},"interactions":300,"sentiment":80,"galaxy_score":60,"alt_rank":"12"}},
            {{"time":{FIRST},"interactions":"100","sentiment":75,"galaxy_score":50,"alt_rank":30}},
            {{"time":{},"interactions":200.5,"sentiment":null,"galaxy_score":null}}]"#,
        FIRST + 2 * 86_400,
        FIRST + 86_400
    );
    let rows: Vec<SeriesRow<'_>> = serde_json::from_str(&text).unwrap();
    // Noon of the third day.
    let (as_of, state) = social_state(&rows, UtcMs(0), day(2).plus_ms(DAY_MS / 2)).unwrap();
    assert_eq!(as_of, day(2));
    let activity = state.activity.unwrap();
    assert_eq!(activity.cadence_ms, DAY_MS);
    let points: Vec<_> = activity.points.iter().map(|point| (point.at, point.value)).collect();
    assert_eq!(points, [(day(1), 100.0), (day(2), 200.5)]);
    assert_eq!(state.activity_name, "interactions");
    assert_eq!(state.sentiment.unwrap().points.len(), 1, "a day without a figure is no point");
    assert_eq!((state.galaxy_score, state.alt_rank), (Some(50.0), Some(30.0)));

    let (as_of, state) = social_state(&rows, day(2), EVER).unwrap();
    assert_eq!((as_of, state.alt_rank), (day(3), Some(12.0)));
    assert_eq!(state.activity.unwrap().points.len(), 2, "since is kept to");
    assert!(social_state(&rows, day(4), EVER).is_none());
    assert!(social_state(&rows, UtcMs(0), day(0)).is_none());
}

#[test]
fn without_interactions_activity_is_the_posts_created() {
    let text = format!(
        r#"[{{"time":{FIRST},"posts_created":663}},{{"time":{},"posts_created":-1}}]"#,
        FIRST + 86_400
    );
    let rows: Vec<SeriesRow<'_>> = serde_json::from_str(&text).unwrap();
    let (as_of, state) = social_state(&rows, UtcMs(0), EVER).unwrap();
    assert_eq!((as_of, state.activity_name.as_str()), (day(1), "posts created"));
    assert_eq!(state.activity.unwrap().points.len(), 1);
    assert_eq!((state.sentiment, state.galaxy_score, state.alt_rank), (None, None, None));
}

#[test]
fn values_outside_their_scale_are_no_values() {
    let text = format!(
        r#"[{{"time":{FIRST},"sentiment":101,"galaxy_score":-1,"alt_rank":0,"interactions":"many"}}]"#
    );
    let rows: Vec<SeriesRow<'_>> = serde_json::from_str(&text).unwrap();
    assert!(social_state(&rows, UtcMs(0), EVER).is_none());
}

#[test]
fn of_coins_with_one_ticker_the_larger_comes_first() {
    let text = r#"[{"symbol":"cat","name":"small","market_cap_rank":900},{"symbol":"CAT","name":"unranked","market_cap_rank":null},
        {"symbol":"CAT","name":"large","market_cap_rank":70,"categories":"meme, ,solana","sentiment":"88"},{"name":"nameless"}]"#;
    let rows: Vec<CoinRow<'_>> = serde_json::from_str(text).unwrap();
    let list = coins(&rows);
    assert_eq!(
        list.iter().map(|coin| coin.name.as_str()).collect::<Vec<_>>(),
        ["large", "small", "unranked"]
    );
    assert_eq!((list[0].sentiment, list[0].categories.len()), (Some(88.0), 2));
    assert!(list.iter().all(|coin| coin.symbol == "CAT"));
}

proptest! {
    #[test]
    fn rows_never_panic(time in any::<i64>(), value in "\\PC{0,20}", since in any::<i64>(), now in any::<i64>()) {
        let value = serde_json::to_string(&value).unwrap();
        let text = format!(
            r#"[{{"time":{time},"interactions":{value},"posts_created":{value},"sentiment":{value},"alt_rank":{value},
                "symbol":{value},"market_cap_rank":{value}}}]"#
        );
        let rows: Vec<SeriesRow<'_>> = serde_json::from_str(&text).unwrap();
        if let Some((as_of, _)) = social_state(&rows, UtcMs(since), UtcMs(now)) {
            prop_assert!(as_of <= UtcMs(now));
        }
        let rows: Vec<CoinRow<'_>> = serde_json::from_str(&text).unwrap();
        let _ = coins(&rows);
    }
}
