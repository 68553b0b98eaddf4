//! A small folder of our own making, for machines without the recordings, and for the rules.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::clients::{files_at, get, loopback, utc};
use replay::{ReplayConfig, ReplayError, World, start};

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = GzEncoder::new(fs::File::create(path).unwrap(), Compression::fast());
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap();
}

fn small_world(dir: &Path) {
    let candles = (0..48).map(|hour| {
        let (day, hour_of_day, price) = (1 + hour / 24, hour % 24, 100 + hour);
        let (high, low) = (price + 2, price - 1);
        format!("2025-01-0{day} {hour_of_day:02}:00:00,{price},{high},{low},{price},10\n")
    });
    let candles = format!("open_time,open,high,low,close,volume\n{}", candles.collect::<String>());
    put(dir, "candles/1h/ABCUSDT.csv.gz", &candles);
    put(
        dir,
        "exchange_info/20260101T000000Z_fapi-v1-exchangeInfo.json.gz",
        r#"{"symbols":[{"symbol":"ABCUSDT","status":"SETTLING","onboardDate":5,"deliveryDate":1770000000000},
            {"symbol":"XYZUSDT","status":"TRADING"}]}"#,
    );
    put(
        dir,
        "funding/ABCUSDT.csv.gz",
        "time_utc,funding_rate,n_sources,sources\n2025-01-01 08:00:00,0.0001,1,a\n2025-01-01 12:00:00,-2.5e-07,1,a\n2025-01-01 16:00:00,0.0003,1,a\n",
    );
    put(
        dir,
        "metrics/5m/ABCUSDT.csv.gz",
        "create_time,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio\n\
         2025-01-01 12:00:00,5,500,1.1,1.2,1.3,0.9\n2025-01-01 12:05:09,6,600,,1.2,1.4,0.8\n2025-01-01 12:10:00,0.0,0.0,1.1,1.2,1.5,0.7\n",
    );
    put(
        dir,
        "coinglass/liquidation_aggregated_ABC_4h.csv.gz",
        "time,time_utc,aggregated_long_liquidation_usd,aggregated_short_liquidation_usd,snapshot,partial_bar\n\
         1735718400000,x,11,22,20250101,0\n1735732800000,x,33,44,20250101,1\n",
    );
    put(dir, "fear_greed/daily.csv.gz", "date,value\n2024-12-31,40\n2025-01-01,55\n2025-01-02,60\n");
    put(
        dir,
        "social/ABC_lunarcrush_x_1d.csv.gz",
        "date,abc_postscreated,abc_sentiment\n2024-12-31,7,\n2025-01-01,9,81\n",
    );
}

#[tokio::test]
async fn a_folder_of_the_same_formats_is_a_world() {
    let dir = tempfile::tempdir().unwrap();
    small_world(dir.path());
    let replay = files_at(dir.path().to_owned(), "2025-01-01T12:10:00Z").await;

    let page = get(&replay, "/").await.json;
    assert_eq!(page["service"], "perpsignal-replay");
    assert_eq!(page["dataSource"], "replay");
    assert_eq!(page["clock"]["now"], utc("2025-01-01T12:10:00Z").0);
    assert_eq!(page["providers"]["binance"]["rest"], format!("{}/binance", replay.base_url()));
    assert!(page["providers"]["okx"]["stream"].as_str().unwrap().starts_with("ws://127.0.0.1:"));
    assert_eq!(page["providers"].as_object().unwrap().len(), 8);
    assert_eq!(page["files"]["symbols"], serde_json::json!(["ABCUSDT"]));
    assert_eq!(get(&replay, "/clock").await.json["speed"], 0.0);

    let listed = get(&replay, "/binance/fapi/v1/exchangeInfo").await.json;
    assert_eq!(listed["symbols"].as_array().unwrap().len(), 1);
    assert_eq!(listed["symbols"][0]["status"], "TRADING");
    assert_eq!(listed["symbols"][0]["deliveryDate"], 4_133_404_800_000_i64, "its end was not known then");

    // 12 closed hours make three bars of 4h; the hour under way is not told.
    let bars = get(&replay, "/binance/fapi/v1/klines?symbol=abcusdt&interval=4h").await;
    assert_eq!(bars.rows().len(), 3);
    let last = bars.rows().last().unwrap();
    assert_eq!(
        last.as_array().unwrap()[1..6],
        ["108", "113", "107", "111", "40"].map(serde_json::Value::from)
    );
    let range = get(
        &replay,
        "/binance/fapi/v1/klines?symbol=ABCUSDT&interval=1h&startTime=1735689600000&endTime=1735696800000",
    )
    .await;
    assert_eq!(range.rows().len(), 3, "both ends are inclusive");
    assert_eq!(
        get(&replay, "/binance/fapi/v1/klines?symbol=ABCUSDT&interval=1h&limit=1501").await.json["code"],
        -1_130
    );
    assert_eq!(
        get(&replay, "/binance/fapi/v1/klines?symbol=ABCUSDT&interval=30m").await.json["code"],
        -1_120
    );

    let funding = get(&replay, "/binance/fapi/v1/fundingRate?symbol=ABCUSDT").await;
    assert_eq!(funding.rows().len(), 2);
    assert_eq!(funding.rows()[1]["fundingRate"], "-0.00000025");
    assert_eq!(get(&replay, "/binance/fapi/v1/fundingInfo").await.rows()[0]["fundingIntervalHours"], 4);
    let interest = get(&replay, "/binance/futures/data/openInterestHist?symbol=ABCUSDT&period=5m").await;
    assert_eq!(interest.rows().len(), 2, "a zero is no figure");
    assert_eq!(interest.rows()[1]["timestamp"], utc("2025-01-01T12:05:00Z").0);
    let ratio = get(&replay, "/binance/futures/data/topLongShortAccountRatio?symbol=ABCUSDT&period=5m").await;
    assert_eq!(ratio.rows().len(), 2, "an empty cell is no figure");

    let closed = get(
        &replay,
        "/coinglass/api/futures/liquidation/aggregated-history?exchange_list=Binance&symbol=ABC&interval=4h",
    )
    .await;
    assert_eq!(closed.data().len(), 1);
    assert_eq!(get(&replay, "/alternative.me/fng/").await.data()[0]["value"], "55");
    let social = get(&replay, "/lunarcrush/public/coins/abc/time-series/v2?bucket=day").await;
    assert_eq!(social.data().len(), 1);
    assert_eq!(social.data()[0]["posts_created"], 7);
    replay.stop().await;

    // Before the first candle and after the last one the contract does not trade.
    for at in ["2024-12-31T23:00:00Z", "2025-01-03T00:00:01Z"] {
        let replay = files_at(dir.path().to_owned(), at).await;
        assert!(
            get(&replay, "/binance/fapi/v1/exchangeInfo").await.json["symbols"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        assert_eq!(get(&replay, "/binance/fapi/v1/ticker/price?symbol=ABCUSDT").await.json["code"], -1_121);
        replay.stop().await;
    }
    // A row that came late is not told before it came; a day's value not before the day.
    let replay = files_at(dir.path().to_owned(), "2025-01-01T12:05:08Z").await;
    let interest = get(&replay, "/binance/futures/data/openInterestHist?symbol=ABCUSDT&period=5m").await;
    assert_eq!(interest.rows().len(), 1);
    replay.stop().await;
    let replay = files_at(dir.path().to_owned(), "2025-01-02T00:00:00Z").await;
    assert_eq!(get(&replay, "/alternative.me/fng/").await.data()[0]["value"], "55");
    replay.stop().await;
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused_at_the_start() {
    let empty = tempfile::tempdir().unwrap();
    let config = |world, listen: &str| ReplayConfig {
        world,
        listen: listen.parse().unwrap(),
        faults: Vec::new(),
        enforce_limits: true,
    };
    let files = |dir: &Path, speed| World::Files { dir: dir.to_owned(), at: utc("2025-01-01"), speed };
    let error = start(config(files(empty.path(), 0.0), "127.0.0.1:0")).await.unwrap_err();
    assert!(matches!(error, ReplayError::EmptyFolder(_)), "{error}");
    let error = start(config(files(Path::new("/nowhere/at/all"), 0.0), "127.0.0.1:0")).await.unwrap_err();
    assert!(matches!(error, ReplayError::NoFolder { .. }), "{error}");
    let error = start(config(files(empty.path(), 0.0), "0.0.0.0:0")).await.unwrap_err();
    assert!(matches!(error, ReplayError::NotLoopback(_)), "{error}");
    let error = start(config(files(empty.path(), f64::NAN), "127.0.0.1:0")).await.unwrap_err();
    assert!(matches!(error, ReplayError::BadSpeed(_)), "{error}");
    let early = World::Simulated { seed: 1, at: Some(utc("2018-01-01")), speed: 1.0 };
    let error = start(config(early, &loopback().to_string())).await.unwrap_err();
    assert!(matches!(error, ReplayError::OutOfRange(_)), "{error}");
}
