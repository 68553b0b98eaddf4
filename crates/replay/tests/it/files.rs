//! The world of recorded files, on the real recordings.

use proptest::prelude::*;
use serde_json::Value;

use super::clients::{files_at, get, number, recordings};

const NOON: &str = "2025-03-03T12:00:00Z";
const NOON_MS: i64 = 1_741_003_200_000;
const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn binance_answers_as_it_stood_at_noon() {
    let Some(dir) = recordings() else { return };
    let replay = files_at(dir, NOON).await;

    let listed = get(&replay, "/binance/fapi/v1/exchangeInfo").await;
    let symbols: Vec<&str> = listed.json["symbols"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["symbol"].as_str().unwrap())
        .collect();
    assert_eq!(symbols.len(), 17, "{symbols:?}");
    assert!(symbols.contains(&"1000SHIBUSDT") && !symbols.contains(&"ETHUSDT"));
    assert_eq!(listed.json["symbols"][0]["status"], "TRADING");

    let klines = get(&replay, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=4h&limit=3").await;
    let last = klines.rows().last().unwrap();
    assert_eq!(last[0], NOON_MS - 4 * 3_600_000);
    assert_eq!(last[6], NOON_MS - 1);
    let told: Vec<f64> = [1, 2, 3, 4, 5, 7].map(|place| number(&last[place])).to_vec();
    assert_eq!(told, [92_318.0, 92_888.0, 91_100.0, 92_700.0, 37_107.704, 3_413_931_817.371_3]);

    let interest =
        get(&replay, "/binance/futures/data/openInterestHist?symbol=BTCUSDT&period=1h&limit=2").await;
    let last = interest.rows().last().unwrap();
    assert_eq!(last["timestamp"], NOON_MS);
    assert_eq!(last["sumOpenInterest"], "74166.571");
    assert_eq!(last["sumOpenInterestValue"], "6874314049.56");
    for (path, ratio) in [
        ("globalLongShortAccountRatio", 1.314_731_46),
        ("topLongShortAccountRatio", 1.620_567_38),
        ("topLongShortPositionRatio", 1.933_298),
    ] {
        let got = get(&replay, &format!("/binance/futures/data/{path}?symbol=BTCUSDT&period=1h")).await;
        let last = got.rows().last().unwrap();
        assert_eq!(last["timestamp"], NOON_MS, "{path}");
        assert!((number(&last["longShortRatio"]) - ratio).abs() < 1e-12, "{path}");
        assert!((number(&last["longAccount"]) + number(&last["shortAccount"]) - 1.0).abs() < 1e-9);
    }
    // Flows are stamped with the start of their period.
    let taker = get(&replay, "/binance/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=1h").await;
    let last = taker.rows().last().unwrap();
    assert_eq!(last["timestamp"], NOON_MS - 3_600_000);
    assert_eq!(last["buySellRatio"], "1.120481");
    assert_eq!(last.get("buyVol"), None);
    let taker = get(&replay, "/binance/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=5m").await;
    assert_eq!(taker.rows().last().unwrap()["timestamp"], NOON_MS - 300_000);

    let funding = get(&replay, "/binance/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1").await;
    assert_eq!(funding.rows()[0]["fundingTime"], NOON_MS - 4 * 3_600_000);
    assert_eq!(funding.rows()[0]["fundingRate"], "0.00000791");
    assert!(!funding.headers.contains_key("x-mbx-used-weight-1m"));
    let info = get(&replay, "/binance/fapi/v1/fundingInfo").await;
    let hours = info.rows().iter().find(|row| row["symbol"] == "BTCUSDT").unwrap();
    assert_eq!(hours["fundingIntervalHours"], 8);

    let price = get(&replay, "/binance/fapi/v1/ticker/price?symbol=BTCUSDT").await;
    assert_eq!(price.json["price"], "92700");
    assert_eq!(price.json["time"], NOON_MS);
    let day = get(&replay, "/binance/fapi/v1/ticker/24hr?symbol=BTCUSDT").await;
    assert!(number(&day.json["quoteVolume"]) > 1e9);
    assert!(day.headers.contains_key("x-mbx-used-weight-1m"));
    assert_eq!(get(&replay, "/binance/fapi/v1/ticker/24hr").await.rows().len(), 17);
    replay.stop().await;
}

#[tokio::test]
async fn the_other_providers_answer_as_they_stood_at_noon() {
    let Some(dir) = recordings() else { return };
    let replay = files_at(dir, NOON).await;

    let base = "/coinglass/api/futures/liquidation/aggregated-history?interval=4h&limit=1&symbol=";
    let closed = get(&replay, &format!("{base}BTC&exchange_list=Binance")).await;
    let row = &closed.data()[0];
    assert_eq!(row["time"], NOON_MS - 4 * 3_600_000);
    assert_eq!(number(&row["aggregated_long_liquidation_usd"]), 1_126_294.497_08);
    assert_eq!(number(&row["aggregated_short_liquidation_usd"]), 1_395_696.069_95);
    // Not for other exchanges, nor for several, nor for a coin that is not held.
    for other in ["BTC&exchange_list=OKX", "BTC&exchange_list=Binance,OKX", "DOGE&exchange_list=Binance"] {
        let got = get(&replay, &format!("{base}{other}")).await;
        assert!(got.status == 200 && got.data().is_empty(), "{other}");
    }
    let ratio = get(
        &replay,
        "/coinglass/api/futures/global-long-short-account-ratio/history?exchange=Binance&symbol=BTCUSDT&interval=4h",
    )
    .await;
    assert_eq!(ratio.data().last().unwrap()["time"], NOON_MS, "a ratio is known at its own time");
    let interest =
        get(&replay, "/coinglass/api/futures/open-interest/aggregated-history?symbol=BTC&interval=4h").await;
    assert_eq!(interest.data().last().unwrap()["time"], NOON_MS - 4 * 3_600_000);
    let weighted =
        get(&replay, "/coinglass/api/futures/funding-rate/oi-weight-history?symbol=BTC&interval=4h").await;
    assert_eq!(number(&weighted.data().last().unwrap()["close"]), 0.008_002);
    let takers = "/coinglass/api/futures/aggregated-taker-buy-sell-volume/history?symbol=BTC&interval=4h&exchange_list=";
    assert!(get(&replay, &format!("{takers}Binance")).await.data().is_empty(), "it covers more than Binance");
    let coins = get(&replay, "/coinglass/api/futures/supported-coins").await;
    assert_eq!(coins.json["data"], serde_json::json!(["BTC", "SOL"]));
    assert_eq!(
        get(&replay, "/coinglass/api/futures/liquidation/map?exchange=Binance&symbol=BTCUSDT&range=1d")
            .await
            .json["msg"],
        "Upgrade plan"
    );
    assert_eq!(get(&replay, "/coinglass/api/nothing").await.status, 404);
    let unknown =
        get(&replay, "/coinglass/api/futures/price/history?exchange=Binance&symbol=NOPEUSDT&interval=4h")
            .await;
    assert_eq!((unknown.status, unknown.json["code"].as_str()), (200, Some("400")));

    let index = get(&replay, "/alternative.me/fng/?limit=2").await;
    assert_eq!(index.data()[0]["value"], "33");
    assert_eq!(index.data()[0]["value_classification"], "Fear");
    assert_eq!(index.data()[0]["timestamp"], "1740960000");
    assert_eq!(index.data()[0]["time_until_update"], "43200");
    assert_eq!(index.data()[1]["value"], "26");
    assert!(get(&replay, "/alternative.me/fng/?limit=0").await.data().len() > 2_500);

    let social = get(&replay, "/lunarcrush/public/coins/BTC/time-series/v2?bucket=day&interval=1m").await;
    let last = social.data().last().unwrap();
    assert_eq!(last["time"], 1_740_873_600, "the day before is the last one that is over");
    assert_eq!(last["posts_created"], 1_253);
    assert_eq!(last["contributors_active"], 18_591);
    assert_eq!(number(&last["social_dominance"]), 22.389_8);
    assert_eq!(last.get("sentiment"), None);
    assert!(get(&replay, "/lunarcrush/public/coins/BTC/time-series/v2?bucket=hour").await.data().is_empty());
    assert_eq!(get(&replay, "/lunarcrush/public/coins/DOGE/time-series/v2?bucket=day").await.status, 404);

    assert!(get(&replay, "/okx/api/v5/public/instruments?instType=SWAP").await.data().is_empty());
    let candles = get(&replay, "/okx/api/v5/market/candles?instId=BTC-USDT-SWAP&bar=4H").await;
    assert_eq!((candles.status, candles.json["code"].as_str()), (200, Some("51001")));
    let kline = get(&replay, "/bybit/v5/market/kline?category=linear&symbol=BTCUSDT&interval=240").await;
    assert_eq!((kline.status, kline.json["retCode"].as_i64()), (200, Some(10_001)));
    assert_eq!(
        get(&replay, "/coinapi/v1/ohlcv/BINANCEFTS_PERP_BTC_USDT/latest?period_id=1HRS").await.status,
        550
    );
    assert!(get(&replay, "/coingecko/coins/markets?vs_currency=usd").await.rows().is_empty());
    replay.stop().await;
}

#[tokio::test]
async fn what_no_file_holds_is_refused_in_the_providers_words() {
    let Some(dir) = recordings() else { return };
    let replay = files_at(dir, NOON).await;
    let minutes = get(&replay, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1m").await;
    assert_eq!((minutes.status, minutes.json["code"].as_i64()), (400, Some(-1_120)));
    for path in [
        "/binance/fapi/v1/klines?symbol=ETHUSDT&interval=4h",
        "/binance/fapi/v1/premiumIndex?symbol=BTCUSDT",
        "/binance/fapi/v1/depth?symbol=BTCUSDT",
        "/binance/fapi/v1/trades?symbol=BTCUSDT",
        "/binance/fapi/v1/openInterest?symbol=BTCUSDT",
        "/binance/fapi/v1/ticker/bookTicker?symbol=BTCUSDT",
        "/binance/futures/data/openInterestHist?symbol=ETHUSDT&period=1h",
    ] {
        let got = get(&replay, path).await;
        assert_eq!((got.status, got.json["code"].as_i64()), (400, Some(-1_121)), "{path}");
    }
    assert!(get(&replay, "/binance/fapi/v1/premiumIndex").await.rows().is_empty());
    // Known, but without such figures.
    assert!(
        get(&replay, "/binance/futures/data/openInterestHist?symbol=XLMUSDT&period=1h")
            .await
            .rows()
            .is_empty()
    );
    assert!(
        get(&replay, "/binance/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=4h")
            .await
            .rows()
            .is_empty()
    );
    assert!(get(&replay, "/binance/fapi/v1/fundingRate?symbol=XLMUSDT").await.rows().is_empty());
    // Coarser bars are made of complete finer ones; a day's volume is that of its parts.
    let days = get(&replay, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1d&limit=2").await;
    assert_eq!(days.rows().last().unwrap()[0], NOON_MS - 36 * 3_600_000);
    // The files of 4h begin in 2020, those of 1h in 2019.
    let early =
        get(&replay, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=4h&startTime=1569888000000&limit=2")
            .await;
    assert_eq!(early.rows()[0][0], 1_569_888_000_000_i64);
    assert_eq!(early.rows()[0][7], "", "hours hold no quote volume");
    // Statistics reach back thirty days.
    let month = NOON_MS - 31 * 86_400_000;
    let old = get(
        &replay,
        &format!("/binance/futures/data/openInterestHist?symbol=BTCUSDT&period=1d&startTime={month}"),
    )
    .await;
    assert_eq!((old.status, old.json["code"].as_i64()), (400, Some(-1_130)));
    let all = get(&replay, "/binance/futures/data/openInterestHist?symbol=BTCUSDT&period=1d&limit=500").await;
    assert!((29..=31).contains(&all.rows().len()), "{}", all.rows().len());
    replay.stop().await;
}

/// Every time in an answer, in milliseconds, with the length of what begins there.
fn latest(path: &str, json: &Value) -> i64 {
    let times = |name: &str, scale: i64, length: i64| -> i64 {
        let rows = json.as_array().or_else(|| json["data"].as_array()).cloned().unwrap_or_default();
        rows.iter()
            .filter_map(|row| match &row[name] {
                Value::String(text) => text.parse::<i64>().ok(),
                value => value.as_i64(),
            })
            .map(|time| time * scale + length)
            .max()
            .unwrap_or(0)
    };
    if path.contains("klines") {
        return json.as_array().unwrap().iter().map(|row| row[6].as_i64().unwrap() + 1).max().unwrap_or(0);
    }
    if path.contains("ratio/history") {
        return times("time", 1, 0);
    }
    if path.starts_with("/coinglass") {
        return times("time", 1, 4 * HOUR);
    }
    if path.starts_with("/lunarcrush") {
        return times("time", 1_000, 24 * HOUR);
    }
    if path.starts_with("/alternative.me") {
        return times("timestamp", 1_000, 0);
    }
    if path.contains("takerlongshortRatio") {
        return times("timestamp", 1, HOUR);
    }
    times("timestamp", 1, 0).max(times("fundingTime", 1, 0)).max(times("closeTime", 1, 0))
}

const PATHS: [&str; 13] = [
    "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=5",
    "/binance/fapi/v1/klines?symbol=SOLUSDT&interval=4h&limit=5",
    "/binance/fapi/v1/klines?symbol=SOLUSDT&interval=1w&limit=5",
    "/binance/fapi/v1/ticker/24hr",
    "/binance/fapi/v1/fundingRate?symbol=SOLUSDT&limit=5",
    "/binance/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=5",
    "/binance/futures/data/globalLongShortAccountRatio?symbol=DOGEUSDT&period=1h&limit=5",
    "/binance/futures/data/takerlongshortRatio?symbol=SOLUSDT&period=1h&limit=5",
    "/coinglass/api/futures/liquidation/aggregated-history?symbol=SOL&exchange_list=Binance&interval=4h&limit=5",
    "/coinglass/api/futures/funding-rate/vol-weight-history?symbol=BTC&interval=4h&limit=5",
    "/coinglass/api/futures/top-long-short-position-ratio/history?exchange=Binance&symbol=BTCUSDT&interval=4h&limit=5",
    "/lunarcrush/public/coins/BTC/time-series/v2?bucket=day",
    "/alternative.me/fng/?limit=5",
];

#[test]
fn nothing_later_than_now_is_ever_told() {
    let Some(dir) = recordings() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    // 2024-11-20 to 2025-05-07, to the second.
    proptest!(config, |(second in 1_732_060_800_i64..1_746_600_000)| {
        let at = domain::UtcMs(second * 1_000);
        runtime.block_on(async {
            let replay = files_at(dir.clone(), &at.rfc3339()).await;
            for path in PATHS {
                let got = get(&replay, path).await;
                assert_eq!(got.status, 200, "{path}");
                let latest = latest(path, &got.json);
                assert!(latest > 0, "{path} at {at}: no rows");
                assert!(latest <= at.0, "{path} at {at}: {latest}");
            }
            replay.stop().await;
        });
    });
}
