//! The client over a loopback server.

use std::sync::Arc;

use coingecko::{CoinGecko, CoinGeckoWire, MarketsQuery, Tier, lane_defaults};
use domain::{ErrorKind, Instrument, Source, UtcMs, Venue};
use testkit::{Server, Stopped, bitcoin};
use upstream::{Ask, Lane, LaneConfig};

const NOW: UtcMs = UtcMs(1_779_092_300_000);

/// The head's line that carries the key.
const KEY: &str = "x-cg-demo-api-key: k-123456";

fn client_with(server: &Server, wire: CoinGeckoWire) -> CoinGecko {
    let config = LaneConfig { base_url: server.base_url.clone(), retries: 0, ..lane_defaults() };
    CoinGecko::new(
        Lane::new(upstream::http_client(), Arc::new(Stopped(NOW)), Arc::new(wire), config),
        Arc::new(Stopped(NOW)),
    )
}

fn client(server: &Server) -> CoinGecko {
    client_with(server, CoinGeckoWire::new(Some("k-123456".into()), Tier::Demo))
}

fn pepe() -> Instrument {
    let mut pepe = bitcoin(Venue::Binance);
    (pepe.native_symbol, pepe.native_base, pepe.base.0) =
        ("1000PEPEUSDT".to_owned(), "1000PEPE".to_owned(), "PEPE".to_owned());
    pepe.multiplier = 1_000;
    pepe
}

/// An exchange that trades 1000PEPE at this price, and PEPE at 0.0000125 USD.
async fn market(last: &'static str) -> Server {
    Server::start(KEY, move |target| {
        if target.starts_with("/derivatives/exchanges/") {
            let row = format!(r#"{{"symbol":"1000PEPEUSDT","base":"1000PEPE","target":"USDT","coin_id":"pepe","contract_type":"perpetual","last":{last}}}"#);
            return (200, format!(r#"{{"name":"Binance (Futures)","tickers":[{row}]}}"#));
        }
        (200, r#"{"pepe":{"usd":0.0000125,"last_updated_at":1779092258}}"#.to_owned())
    })
    .await
}

#[tokio::test]
async fn a_price_is_of_the_coin_beside_the_contract_times_the_multiplier() {
    let server = market("0.0124").await;
    let client = client(&server);
    let told = client.last_price(&pepe(), Ask::default()).await.unwrap();
    assert!((told.value - 0.0125).abs() < 1e-12);
    assert_eq!((told.source, told.venue), (Source::CoinGecko, Some(Venue::Binance)));
    assert_eq!(told.as_of, UtcMs(1_779_092_258_000));
    client.last_price(&pepe(), Ask { fresh: true, deadline: None, no_waiting: false }).await.unwrap();
    let price = "/simple/price?vs_currencies=usd&ids=pepe&include_last_updated_at=true&precision=full";
    assert_eq!(
        server.asked(),
        ["/derivatives/exchanges/binance_futures?include_tickers=unexpired", price, price],
        "the list is asked for once"
    );
}

#[tokio::test]
async fn what_is_not_this_contract_has_no_price() {
    let error = client(&market("12.4").await).last_price(&pepe(), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "another coin's price");
    let error =
        client(&market("1").await).last_price(&bitcoin(Venue::Bybit), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "not listed");
    let in_bitcoin = Instrument { quote: "BTC".to_owned(), ..pepe() };
    let error = client(&market("1").await).last_price(&in_bitcoin, Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let server = market("0.0124").await;
    let client = client_with(&server, CoinGeckoWire::new(None, Tier::Demo));
    let error = client.last_price(&pepe(), Ask::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyMissing);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn lists_are_read() {
    let server = Server::start(KEY, |target| {
        let body = match target.split('?').next().unwrap() {
            "/coins/markets" => r#"[{"id":"bitcoin","symbol":"btc","name":"Bitcoin","current_price":77671,"last_updated":"2026-05-18T08:17:00.000Z"}]"#,
            "/search/trending" => r#"{"coins":[{"item":{"id":"bonk","symbol":"BONK","name":"Bonk","score":0}}]}"#,
            "/coins/categories" => r#"[{"id":"layer-1","name":"Layer 1 (L1)","market_cap":1.5}]"#,
            "/coins/list" => r#"[{"id":"bitcoin","symbol":"btc","name":"Bitcoin"}]"#,
            "/global" => r#"{"data":{"total_market_cap":{"usd":3},"market_cap_percentage":{"btc":57.9},"updated_at":1779092000}}"#,
            _ => "[]",
        };
        (200, body.to_owned())
    })
    .await;
    let client = client(&server);
    let query =
        MarketsQuery { per_page: 250, category: Some("layer-1".to_owned()), ..MarketsQuery::default() };
    let markets = client.markets(&query, Ask::default()).await.unwrap();
    assert_eq!(
        (markets.value[0].price, markets.as_of.rfc3339().as_str()),
        (Some(77_671.0), "2026-05-18T08:17:00Z")
    );
    assert_eq!(
        server.asked(),
        [
            "/coins/markets?vs_currency=usd&category=layer-1&per_page=250&page=1&price_change_percentage=1h%2C24h%2C7d"
        ]
    );
    let trending = client.trending(Ask::default()).await.unwrap();
    assert_eq!((trending.value[0].id.as_str(), trending.as_of), ("bonk", NOW));
    assert_eq!(client.categories(Ask::default()).await.unwrap().value[0].market_cap_usd, Some(1.5));
    assert_eq!(client.coin_list(Ask::default()).await.unwrap().value[0].symbol, "BTC");
    let global = client.global(Ask::default()).await.unwrap();
    assert_eq!((global.value.btc_dominance_pct, global.as_of), (Some(57.9), UtcMs(1_779_092_000_000)));
    let too_many = MarketsQuery { per_page: 251, ..MarketsQuery::default() };
    assert_eq!(client.markets(&too_many, Ask::default()).await.unwrap_err().kind, ErrorKind::BadRequest);
}

#[tokio::test]
async fn failed_calls_count_in_the_minute_and_not_in_the_month() {
    let server = Server::start(KEY, |target| {
        let status = if target.contains("nothing") { 404 } else { 200 };
        (
            status,
            r#"{"error":"coin not found","data":1}"#
                .replace("error", if status == 200 { "id" } else { "error" }),
        )
    })
    .await;
    let client = client(&server);
    let get = |id: &str| {
        let args = upstream::Args::new().with("id", id);
        let client = &client;
        async move { client.raw(&coingecko::endpoints::coins::COIN, args, Ask::default()).await }
    };
    get("bitcoin").await.unwrap();
    assert_eq!(get("nothing").await.unwrap_err().kind, ErrorKind::NotFound);
    let used: Vec<(&str, u32)> =
        client.lane().status().meters.iter().map(|meter| (meter.name, meter.used)).collect();
    assert_eq!(used, [("requests_per_minute", 2), ("credits_per_month", 1)]);
}
