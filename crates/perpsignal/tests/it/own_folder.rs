use domain::{DAY_MS, HOUR_MS, UtcMs};
use serde_json::{Value, json};

use crate::program::{Place, factor, live};

const AT: &str = "2024-06-20T12:00:00Z";
const DAYS: i64 = 45;

fn spaced(at: UtcMs) -> String {
    at.rfc3339().replace('T', " ").trim_end_matches('Z').to_owned()
}

/// A table from its header and a row for each instant.
fn table(header: &str, instants: impl Iterator<Item = UtcMs>, row: impl Fn(UtcMs) -> String) -> String {
    let lines = instants.map(|at| format!("{},{}\n", spaced(at), row(at)));
    std::iter::once(format!("{header}\n")).chain(lines).collect()
}

fn every(ms: i64, from: UtcMs, to: UtcMs) -> impl Iterator<Item = UtcMs> {
    (0..=to.since(from) / ms).map(move |step| from.plus_ms(step * ms))
}

/// A figure that swings, so that every window has a spread.
fn swing(at: UtcMs, hours: f64) -> f64 {
    ((at.0 / HOUR_MS) as f64 / hours).sin()
}

fn price(at: UtcMs) -> f64 {
    (10.0 + 2.0 * swing(at, 37.0) + 0.3 * swing(at, 5.0)).mul_add(1e4, 0.5).floor() / 1e4
}

fn ratio(at: UtcMs) -> f64 {
    (1.5 + 0.4 * swing(at, 51.0)).mul_add(1e4, 0.5).floor() / 1e4
}

fn taker(at: UtcMs) -> f64 {
    (1.1 + 0.2 * swing(at, 13.0)).mul_add(1e4, 0.5).floor() / 1e4
}

fn instrument() -> Value {
    json!({
        "symbol": "ZEDUSDT", "pair": "ZEDUSDT", "contractType": "PERPETUAL", "status": "TRADING",
        "deliveryDate": 4_133_404_800_000_i64, "onboardDate": 1_600_000_000_000_i64,
        "baseAsset": "ZED", "quoteAsset": "USDT", "marginAsset": "USDT", "underlyingType": "COIN",
        "pricePrecision": 4, "quantityPrecision": 0,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.0001", "maxPrice": "10000", "tickSize": "0.0001"},
            {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "1000000", "stepSize": "1"},
        ],
    })
}

/// A folder of a contract that nobody else knows: its candles by this many hours, until so many days later.
pub fn folder_of(candle_hours: i64, days_after: i64) -> (Place, UtcMs) {
    let at: UtcMs = AT.parse().unwrap();
    let (from, to) = (at.plus_ms(-DAYS * DAY_MS), at.plus_ms(days_after * DAY_MS));
    let bar_ms = candle_hours * HOUR_MS;
    let place = Place::new();
    let candles = table("open_time,open,high,low,close,volume,quote_vol", every(bar_ms, from, to), |open| {
        let (first, last) = (price(open), price(open.plus_ms(bar_ms)));
        let (high, low) = (first.max(last) + 0.1, first.min(last) - 0.1);
        format!("{first},{high},{low},{last},1000,10000")
    });
    place.write(&format!("history/candles/{candle_hours}h/ZEDUSDT.csv"), &candles);
    let funding = table("time_utc,funding_rate", every(8 * HOUR_MS, from.floor(DAY_MS), to), |settled| {
        format!("{:.6}", 0.0001 * (1.0 + swing(settled, 80.0)))
    });
    place.write("history/funding/ZEDUSDT.csv", &funding);
    let columns = "time_utc,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,\
                   sum_toptrader_long_short_ratio,count_long_short_ratio,taker_ratio_mean_1h";
    let metrics = table(columns, every(HOUR_MS, from, to), |stamp| {
        let coins = (1e6 * (1.0 + 0.1 * swing(stamp, 60.0))).floor();
        let (value, ratio, taker) = (coins * price(stamp), ratio(stamp), taker(stamp));
        format!("{coins},{value},{ratio},2.5,{ratio},{taker}")
    });
    place.write("history/metrics/1h/ZEDUSDT.csv", &metrics);
    let mut days = String::from("date,value\n");
    for day in every(DAY_MS, from.floor(DAY_MS), to) {
        days += &format!("{},{}\n", &day.rfc3339()[..10], 40 + (day.0 / DAY_MS) % 21);
    }
    place.write("history/fear_greed/daily.csv", &days);
    let list = json!({"timezone": "UTC", "serverTime": at.0, "symbols": [instrument()]});
    place.write("history/exchange_info/2024-06-exchangeInfo.json", &list.to_string());
    (place, at)
}

#[tokio::test]
async fn a_folder_of_own_history_gives_a_signal_of_its_figures() {
    let (place, at) = folder_of(4, 2);
    let dir = place.path().join("history");
    let world = ["--replay", dir.to_str().unwrap(), "--at", AT];
    let signal = place.run(world.iter().chain(&["signal", "zed", "--json"])).await.done().json();
    let expected = ["fundingRate", "priceMomentum", "longShortRatio", "smartMoney", "oiTrend", "fearGreed"];
    assert_eq!(live(&signal), expected, "{}", signal["dataQuality"]);
    assert_eq!(signal["dataQuality"]["coverage"], 0.75);
    assert_eq!((&signal["instrument"], &signal["symbol"]), (&json!("ZEDUSDT"), &json!("ZED")));
    assert_eq!(signal["price"], price(at), "the close of the newest closed bar");
    let value = |name: &str, figure: &str| factor(&signal, name)["value"][figure].as_f64().unwrap();
    assert!((value("longShortRatio", "ratio") - ratio(at)).abs() < 1e-9);
    let day = 100.0 * (price(at) / price(at.plus_ms(-DAY_MS)) - 1.0);
    assert!((value("priceMomentum", "return24hPct") - day).abs() < 1e-9);
    assert_eq!(value("fearGreed", "value"), (40 + (at.0 / DAY_MS) % 21) as f64);
    assert_eq!(factor(&signal, "fundingRate")["asOf"], "2024-06-20T08:00:00Z");
    let taken: f64 = (0..4).map(|hour| taker(at.plus_ms(-hour * HOUR_MS)).ln()).sum();
    assert!((value("smartMoney", "takerRatio4h") - (taken / 4.0).exp()).abs() < 1e-9);
    let missing = signal["dataQuality"]["missing"].as_array().unwrap();
    let mut names: Vec<&str> = missing.iter().map(|each| each["factor"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["liquidations", "socialSentiment"]);
    assert!(missing.iter().all(|each| each["reason"].as_str().is_some_and(|reason| reason.len() > 8)));
}

#[tokio::test]
async fn nothing_later_than_the_instant_changes_the_signal() {
    let (place, at) = folder_of(4, 2);
    let dir = place.path().join("history");
    let run = ["--replay", dir.to_str().unwrap(), "--at", AT, "signal", "ZED", "--json"];
    let before = place.run(run).await.done().json();
    // Whatever comes later is made absurd; the contract must go on existing.
    for name in ["candles/4h/ZEDUSDT.csv", "funding/ZEDUSDT.csv", "metrics/1h/ZEDUSDT.csv"] {
        let path = dir.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            let stamp = line.split(',').next().unwrap();
            let is_later = format!("{}Z", stamp.replacen(' ', "T", 1))
                .parse::<UtcMs>()
                .is_ok_and(|time| if name.starts_with("candles") { time >= at } else { time > at });
            let absurd = || line.split(',').skip(1).map(|_| ",777").collect::<String>();
            lines.push(if is_later { format!("{stamp}{}", absurd()) } else { line.to_owned() });
        }
        std::fs::write(&path, lines.join("\n")).unwrap();
    }
    let mut after = Place::new().run(run).await.done().json();
    after["id"] = before["id"].clone();
    assert_eq!(after, before);
}
