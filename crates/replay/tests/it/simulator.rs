//! The simulated market.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use replay::{ReplayConfig, World, start};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::clients::{get, loopback, number, simulated, utc};

const AT: &str = "2026-05-20T10:37:22Z";

fn at_ms() -> i64 {
    utc(AT).0
}

#[tokio::test]
async fn the_same_seed_gives_the_same_market_and_another_seed_another() {
    let (one, same, other) = (simulated(7, AT).await, simulated(7, AT).await, simulated(8, AT).await);
    for path in [
        "/binance/fapi/v1/klines?symbol=DOGEUSDT&interval=15m&limit=50",
        "/binance/fapi/v1/ticker/24hr",
        "/okx/api/v5/public/funding-rate?instId=ANY",
        "/bybit/v5/market/tickers?category=linear&symbol=BTCUSDT",
        "/coinglass/api/futures/liquidation/coin-list?exchange=Binance",
        "/lunarcrush/public/coins/list/v2?limit=20",
        "/alternative.me/fng/?limit=30",
    ] {
        let answer = get(&one, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.json, get(&same, path).await.json, "{path}");
        assert_ne!(answer.json, get(&other, path).await.json, "{path}");
    }
    // Asked in another order, after other questions, the past is the same.
    let path = "/binance/fapi/v1/klines?symbol=SOLUSDT&interval=1m&limit=5&endTime=1700000000000";
    assert_eq!(get(&one, path).await.json, get(&same, path).await.json);
}

#[tokio::test]
async fn five_hundred_coins_trade_on_three_venues_under_their_right_names() {
    let sim = simulated(7, "2026-11-21T00:00:00Z").await;
    let listed = get(&sim, "/binance/fapi/v1/exchangeInfo").await.json;
    let names: BTreeSet<&str> =
        listed["symbols"].as_array().unwrap().iter().map(|row| row["symbol"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 500);
    assert!(
        ["BTCUSDT", "1000PEPEUSDT", "1MBABYDOGEUSDT", "1INCHUSDT"].iter().all(|name| names.contains(name))
    );
    let swaps = get(&sim, "/okx/api/v5/public/instruments?instType=SWAP").await;
    assert_eq!(swaps.data().len(), 500);
    let bitcoin = swaps.data().iter().find(|row| row["instId"] == "BTC-USDT-SWAP").unwrap();
    assert_eq!((bitcoin["ctVal"].as_str(), bitcoin["tickSz"].as_str()), (Some("0.01"), Some("0.1")));
    let mut linear = BTreeSet::new();
    let mut cursor = String::new();
    for _ in 0..4 {
        let path = format!("/bybit/v5/market/instruments-info?category=linear&limit=200&cursor={cursor}");
        let page = get(&sim, &path).await.json;
        let rows = page["result"]["list"].as_array().unwrap().clone();
        linear.extend(rows.iter().map(|row| row["symbol"].as_str().unwrap().to_owned()));
        cursor = page["result"]["nextPageCursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(linear.len(), 500);
    assert!(linear.contains("SHIB1000USDT") && linear.contains("10000SATSUSDT"));
    let tickers = get(&sim, "/binance/fapi/v1/ticker/24hr").await;
    assert_eq!(tickers.rows().len(), 500);
    for row in tickers.rows() {
        assert!(number(&row["lowPrice"]) <= number(&row["lastPrice"]));
        assert!(number(&row["lastPrice"]) <= number(&row["highPrice"]));
        assert!(number(&row["quoteVolume"]) > 0.0, "{row}");
    }
}

#[tokio::test]
async fn topics_carry_the_ranks_of_an_hour_and_a_day_before() {
    let path = "/lunarcrush/public/topics/list/v1";
    let list = |at: &'static str| async move { get(&simulated(7, at).await, path).await.data().to_vec() };
    let (now, hour, day) =
        (list(AT).await, list("2026-05-20T09:37:22Z").await, list("2026-05-19T10:37:22Z").await);
    let rank = |rows: &[Value], topic: &Value| {
        rows.iter().find(|row| row["topic"] == *topic).map_or(Value::Null, |row| row["topic_rank"].clone())
    };
    for (place, row) in now.iter().enumerate() {
        assert_eq!(row["topic_rank"], json!(place + 1), "every rank once, in order");
        assert_eq!(row["topic_rank_1h_previous"], rank(&hour, &row["topic"]), "{row}");
        assert_eq!(row["topic_rank_24h_previous"], rank(&day, &row["topic"]), "{row}");
    }
    let interactions = |row: &Value| number(&row["interactions_24h"]);
    assert!(now.windows(2).all(|pair| interactions(&pair[0]) >= interactions(&pair[1])));
    let climbed = |row: &&Value| row["topic_rank_24h_previous"].as_u64() > row["topic_rank"].as_u64();
    assert!(now.iter().filter(climbed).count() > 20, "some topics gain ranks in a day");

    let one = get(&simulated(7, AT).await, "/lunarcrush/public/topic/bitcoin/v1").await.json;
    assert_eq!(one["data"]["topic_rank"], rank(&now, &json!("bitcoin")));
}

#[tokio::test]
async fn coarse_bars_are_made_of_the_fine_ones() {
    let sim = simulated(11, AT).await;
    for symbol in ["BTCUSDT", "1000PEPEUSDT", "ZORAUSDT"] {
        for (fine, coarse, parts) in [
            ("1m", "5m", 5),
            ("5m", "1h", 12),
            ("1h", "4h", 4),
            ("4h", "1d", 6),
            ("1m", "3m", 3),
            ("1h", "12h", 12),
        ] {
            let whole =
                get(&sim, &format!("/binance/fapi/v1/klines?symbol={symbol}&interval={coarse}&limit=4"))
                    .await;
            for bar in whole.rows() {
                let (from, to) = (bar[0].as_i64().unwrap(), bar[6].as_i64().unwrap());
                let path = format!(
                    "/binance/fapi/v1/klines?symbol={symbol}&interval={fine}&startTime={from}&endTime={to}"
                );
                let rows = get(&sim, &path).await;
                let rows = rows.rows();
                // The running bar is made of fewer.
                assert!(rows.len() == parts || to > at_ms(), "{symbol} {fine} {coarse}");
                let column = |place: usize| rows.iter().map(move |row| number(&row[place]));
                assert_eq!(number(&bar[1]), number(&rows[0][1]), "{symbol} {coarse}");
                assert_eq!(number(&bar[2]), column(2).fold(f64::MIN, f64::max));
                assert_eq!(number(&bar[3]), column(3).fold(f64::MAX, f64::min));
                assert_eq!(number(&bar[4]), number(&rows.last().unwrap()[4]));
                for place in [5, 7, 8, 9, 10] {
                    let (told, summed) = (number(&bar[place]), column(place).sum::<f64>());
                    assert!(
                        (told - summed).abs() <= 1e-9 * told.abs().max(1.0),
                        "{symbol} {place}: {told} {summed}"
                    );
                }
            }
        }
    }
    // The last price is the running bar's close, and the same on all three venues but for the tick.
    let running = get(&sim, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1d&limit=1").await;
    let price = get(&sim, "/binance/fapi/v1/ticker/price?symbol=BTCUSDT").await;
    assert_eq!(price.json["price"], running.rows()[0][4]);
    let okx = get(&sim, "/okx/api/v5/market/ticker?instId=BTC-USDT-SWAP").await;
    assert_eq!(okx.data()[0]["last"], price.json["price"]);
    let taker = get(&sim, "/binance/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=1h&limit=1").await;
    let from = taker.rows()[0]["timestamp"].as_i64().unwrap();
    let bar =
        get(&sim, &format!("/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1h&startTime={from}&limit=1"))
            .await;
    assert_eq!(taker.rows()[0]["buyVol"], bar.rows()[0][9]);
}

#[tokio::test]
async fn nothing_later_than_now_is_told_and_history_looks_alive() {
    let sim = simulated(5, AT).await;
    let bars = get(&sim, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1d&limit=1500").await;
    assert_eq!(bars.rows().len(), 1_500);
    let closes: Vec<f64> = bars.rows().iter().map(|row| number(&row[4])).collect();
    let moves: Vec<f64> = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let deviation = (moves.iter().map(|m| m * m).sum::<f64>() / moves.len() as f64).sqrt();
    assert!((0.012..0.05).contains(&deviation), "{deviation}");
    assert!(moves.iter().any(|m| m.abs() > 0.07), "there are jumps");
    assert!(closes.iter().all(|close| (2_000.0..2_000_000.0).contains(close)));
    let running = bars.rows().last().unwrap();
    assert!(running[0].as_i64().unwrap() <= at_ms() && running[6].as_i64().unwrap() > at_ms());
    for (path, name) in [
        ("/binance/futures/data/openInterestHist?symbol=BTCUSDT&period=5m", "timestamp"),
        ("/binance/fapi/v1/fundingRate?symbol=BTCUSDT", "fundingTime"),
        ("/binance/fapi/v1/trades?symbol=BTCUSDT", "time"),
    ] {
        let got = get(&sim, path).await;
        assert!(!got.rows().is_empty());
        assert!(got.rows().iter().all(|row| row[name].as_i64().unwrap() <= at_ms()), "{path}");
        assert!(got.rows().is_sorted_by_key(|row| row[name].as_i64()), "{path}");
    }
    let now = get(&sim, "/binance/fapi/v1/premiumIndex?symbol=BTCUSDT").await.json;
    assert!(number(&now["lastFundingRate"]).abs() < 0.003);
    assert_eq!(now["nextFundingTime"].as_i64().unwrap() % (8 * 3_600_000), 0);
    let book = get(&sim, "/binance/fapi/v1/depth?symbol=BTCUSDT&limit=20").await.json;
    let price = |side: &str, place: usize| number(&book[side][place][0]);
    assert!(price("bids", 0) < price("asks", 0));
    assert!(price("bids", 1) < price("bids", 0) && price("asks", 1) > price("asks", 0));
    // A settled rate stays what it was.
    let settled = get(&sim, "/binance/fapi/v1/fundingRate?symbol=DOGEUSDT&limit=1").await.json;
    let later = simulated(5, "2026-05-25T00:00:00Z").await;
    let at = settled[0]["fundingTime"].as_i64().unwrap();
    let path = format!("/binance/fapi/v1/fundingRate?symbol=DOGEUSDT&startTime={at}&limit=1");
    assert_eq!(get(&later, &path).await.json, settled);
}

/// Dollars of longs and shorts in forced orders of a stream, by the price that the venue tells.
async fn listen(url: &str, subscribe: Value, seconds: u64) -> Vec<Value> {
    let (mut socket, answer) = connect_async(url).await.unwrap();
    assert_eq!(answer.headers()["x-perpsignal-replay"], "simulated");
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    let mut frames = Vec::new();
    let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
    while let Ok(Some(Ok(message))) = tokio::time::timeout_at(end, socket.next()).await {
        if let Message::Text(text) = message {
            frames.push(serde_json::from_str(&text).unwrap());
        }
    }
    frames
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forced_orders_agree_between_histories_and_streams() {
    // Half an hour passes in each second.
    let world = World::Simulated { seed: 3, at: Some(utc("2026-03-10T00:00:00Z")), speed: 1_800.0 };
    let config = ReplayConfig { world, listen: loopback(), faults: Vec::new(), enforce_limits: false };
    let sim = start(config).await.unwrap();
    let base = sim.base_url().replacen("http", "ws", 1);
    let (binance, okx, bybit) = (
        format!("{base}/binance/market/stream?streams=btcusdt@forceOrder"),
        format!("{base}/okx/ws/v5/public"),
        format!("{base}/bybit/v5/public/linear"),
    );
    let (binance, okx, bybit) = tokio::join!(
        listen(&binance, json!({"method": "LIST_SUBSCRIPTIONS", "id": 1}), 5),
        listen(
            &okx,
            json!({"op": "subscribe", "args": [{"channel": "liquidation-orders", "instType": "SWAP"}]}),
            5
        ),
        listen(&bybit, json!({"op": "subscribe", "req_id": "1", "args": ["allLiquidation.BTCUSDT"]}), 5),
    );
    assert_eq!(binance[0], json!({"result": ["btcusdt@forceOrder"], "id": 1}));
    assert_eq!(okx[0]["event"], "subscribe");
    assert_eq!(bybit[0]["success"], true);
    let now = get(&sim, "/clock").await.json["now"].as_i64().unwrap();
    assert!(binance.iter().chain(&okx).all(|frame| frame["data"]["E"].as_i64().unwrap_or(0) <= now));

    // The first whole hour after connecting, by what the streams told and by what the history says.
    let hour = utc("2026-03-10T01:00:00Z").0..utc("2026-03-10T02:00:00Z").0;
    let mut told = [[0.0; 2]; 3];
    for frame in &binance {
        let order = &frame["data"]["o"];
        if order["T"].as_i64().is_some_and(|at| hour.contains(&at)) {
            let side = usize::from(order["S"] == "BUY");
            told[0][side] += number(&order["ap"]) * number(&order["z"]);
        }
    }
    for frame in okx.iter().filter(|frame| frame["data"][0]["instId"] == "BTC-USDT-SWAP") {
        for order in frame["data"][0]["details"].as_array().unwrap() {
            if hour.contains(&order["ts"].as_str().unwrap().parse().unwrap()) {
                assert_eq!(order["posSide"] == "long", order["side"] == "sell");
                let side = usize::from(order["posSide"] == "short");
                told[1][side] += number(&order["sz"]) * 0.01 * number(&order["bkPx"]);
            }
        }
    }
    for frame in bybit.iter().filter(|frame| frame["topic"] == "allLiquidation.BTCUSDT") {
        for order in frame["data"].as_array().unwrap() {
            if hour.contains(&order["T"].as_i64().unwrap()) {
                told[2][usize::from(order["S"] == "Sell")] += number(&order["v"]) * number(&order["p"]);
            }
        }
    }
    for (place, exchange) in ["Binance", "OKX", "Bybit"].into_iter().enumerate() {
        let path = format!(
            "/coinglass/api/futures/liquidation/aggregated-history?symbol=BTC&interval=1h&exchange_list={exchange}&start_time={}&limit=1",
            hour.start
        );
        let row = get(&sim, &path).await.json["data"][0].clone();
        let wanted = [
            number(&row["aggregated_long_liquidation_usd"]),
            number(&row["aggregated_short_liquidation_usd"]),
        ];
        assert!(wanted[0] + wanted[1] > 0.0, "{exchange}: nothing was closed in that hour");
        for side in 0..2 {
            // Each order is rounded to the venue's lot.
            let difference = (told[place][side] - wanted[side]).abs();
            assert!(
                difference <= 0.03 * wanted[side] + 1.0,
                "{exchange}: {} {}",
                told[place][side],
                wanted[side]
            );
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn liquidations_belong_to_big_moves_and_add_up() {
    let sim = simulated(3, AT).await;
    let base =
        "/coinglass/api/futures/liquidation/aggregated-history?symbol=BTC&exchange_list=Binance,OKX,Bybit";
    let days = get(&sim, &format!("{base}&interval=1d&limit=300")).await;
    let bars = get(&sim, "/binance/fapi/v1/klines?symbol=BTCUSDT&interval=1d&limit=300").await;
    let total = |row: &Value| {
        number(&row["aggregated_long_liquidation_usd"]) + number(&row["aggregated_short_liquidation_usd"])
    };
    let mut by_range: Vec<(f64, f64)> = bars
        .rows()
        .iter()
        .zip(days.data())
        .map(|(bar, row)| {
            assert_eq!(bar[0], row["time"]);
            ((number(&bar[2]) - number(&bar[3])) / number(&bar[1]), total(row))
        })
        .collect();
    by_range.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = |rows: &[(f64, f64)]| rows.iter().map(|row| row.1).sum::<f64>() / rows.len() as f64;
    assert!(mean(&by_range[270..]) > 3.0 * mean(&by_range[..100]));
    let day = &days.data()[298];
    let from = day["time"].as_i64().unwrap();
    let hours =
        get(&sim, &format!("{base}&interval=1h&start_time={from}&end_time={}", from + 86_399_999)).await;
    assert_eq!(hours.data().len(), 24);
    let summed: f64 = hours.data().iter().map(total).sum();
    assert!((summed - total(day)).abs() < 1.0, "{summed} {}", total(day));
}

#[tokio::test]
async fn a_scan_is_not_limited_by_the_simulator() {
    let sim = simulated(9, AT).await;
    let warm = get(&sim, "/binance/fapi/v1/ticker/24hr").await;
    let client = super::clients::client();
    let begun = Instant::now();
    for row in warm.rows().iter().take(50) {
        let path = format!(
            "/binance/fapi/v1/klines?symbol={}&interval=4h&limit=500",
            row["symbol"].as_str().unwrap()
        );
        let bars = client.get(format!("{}{path}", sim.base_url())).send().await.unwrap();
        assert!(bars.bytes().await.unwrap().len() > 20_000);
    }
    let each = begun.elapsed() / 50;
    eprintln!("klines: {each:?} a call, client included");
    let begun = Instant::now();
    let url = format!("{}/binance/fapi/v1/ticker/24hr", sim.base_url());
    client.get(url).send().await.unwrap().bytes().await.unwrap();
    eprintln!("all tickers: {:?}, client included", begun.elapsed());
    assert!(each < Duration::from_millis(30));
}

#[tokio::test]
async fn every_provider_answers_in_its_own_shape() {
    let sim = simulated(2, AT).await;
    for (path, pointer) in [
        ("/okx/api/v5/market/candles?instId=ETH-USDT-SWAP&bar=1Dutc&limit=3", "/data/2/8"),
        (
            "/okx/api/v5/public/liquidation-orders?instType=SWAP&instFamily=BTC-USDT&state=filled",
            "/data/0/details/0/bkPx",
        ),
        (
            "/okx/api/v5/rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP&period=4H",
            "/data/99/3",
        ),
        ("/okx/api/v5/rubik/stat/taker-volume-contract?instId=BTC-USDT-SWAP&period=1H&unit=2", "/data/0/2"),
        ("/okx/api/v5/public/open-interest?instType=SWAP", "/data/400/oiUsd"),
        (
            "/bybit/v5/market/open-interest?category=linear&symbol=BTCUSDT&intervalTime=1h",
            "/result/list/49/singleOpenInterest",
        ),
        (
            "/bybit/v5/market/account-ratio?category=linear&symbol=BTCUSDT&period=1h",
            "/result/list/0/buyRatio",
        ),
        ("/bybit/v5/market/funding/history?category=linear&symbol=BTCUSDT", "/result/list/199/fundingRate"),
        ("/bybit/v5/market/kline?symbol=SHIB1000USDT&interval=60&limit=5", "/result/list/4/6"),
        ("/coinglass/api/futures/coins-markets?per_page=3", "/data/2/liquidation_usd_24h"),
        (
            "/coinglass/api/futures/open-interest/aggregated-history?symbol=SOL&interval=4h&limit=10",
            "/data/9/high",
        ),
        (
            "/coinglass/api/futures/funding-rate/history?exchange=OKX&symbol=BTC-USDT-SWAP&interval=8h&limit=10",
            "/data/9/close",
        ),
        ("/coinglass/api/index/fear-greed-history", "/data/price_list/3000"),
        (
            "/coinglass/api/futures/liquidation/order?exchange=Binance&symbol=BTC&min_liquidation_amount=10000",
            "/data/50/usd_value",
        ),
        ("/binance/fapi/v1/premiumIndexKlines?symbol=BTCUSDT&interval=1h&limit=5", "/4/4"),
        ("/okx/api/v5/market/mark-price-candles?instId=BTC-USDT-SWAP&bar=1H", "/data/99/5"),
        ("/lunarcrush/public/coins/list/v2?limit=1000&sort=market_cap_rank", "/data/0/galaxy_score"),
        ("/lunarcrush/public/coins/1/time-series/v2?bucket=hour&interval=1w", "/data/168/interactions"),
        ("/lunarcrush/public/topic/bitcoin%20cash/v1", "/data/num_posts"),
        ("/lunarcrush/public/topic/bitcoin/v1", "/data/types_sentiment/tweet"),
        ("/coinapi/v1/ohlcv/BINANCEFTS_PERP_BTC_USDT/latest?period_id=1HRS&limit=100", "/99/price_close"),
        (
            "/coinapi/v1/metrics/symbol/current?exchange_id=BINANCEFTS&metric_id=DERIVATIVES_FUNDING_RATE_CURRENT",
            "/300/value_decimal",
        ),
        ("/coinapi/v1/symbols?filter_exchange_id=BINANCEFTS&filter_asset_id=BTC", "/0/symbol_id_exchange"),
        (
            "/coingecko/coins/markets?vs_currency=usd&per_page=250&price_change_percentage=1h,7d",
            "/249/price_change_percentage_7d_in_currency",
        ),
        ("/coingecko/simple/price?ids=bitcoin,ethereum&vs_currencies=usd", "/ethereum/usd"),
        ("/coingecko/api/v3/global", "/data/market_cap_percentage/btc"),
        ("/coingecko/search/trending", "/coins/14/item/data/price"),
        ("/coingecko/derivatives/exchanges/binance_futures?include_tickers=unexpired", "/tickers/0/coin_id"),
    ] {
        let got = get(&sim, path).await;
        assert_eq!(got.status, 200, "{path}");
        assert!(
            got.json.pointer(pointer).is_some(),
            "{path} has no {pointer}: {}",
            &got.json.to_string()[..300]
        );
    }
}
