//! Usual values of providers' parameters: for examples, and as stand-ins where a caller leaves out what the
//! provider insists on.

use serde_json::{Map, Value, json};
use upstream::{Endpoint, Param, ParamKind};

use super::Provider;

/// Choices that are usual, best first.
const USUAL_WORDS: [&str; 14] = [
    "4h",
    "240",
    "24h",
    "1d",
    "usd",
    "linear",
    "SWAP",
    "Binance",
    "Deribit",
    "PERPETUAL",
    "CONTRACTS",
    "cross",
    "twitter",
    "daily",
];

/// Arguments that an endpoint needs though none of them alone is required, or that make it answer at all.
const TOGETHER: &[(&str, &[(&str, &str)])] = &[
    ("okx.market.index_tickers", &[("instId", "BTC-USDT")]),
    ("okx.public.open_interest", &[("instId", "BTC-USDT-SWAP")]),
    ("okx.public.mark_price", &[("instId", "BTC-USDT-SWAP")]),
    ("okx.public.liquidation_orders", &[("instFamily", "BTC-USDT"), ("state", "filled")]),
    ("okx.public.insurance_fund", &[("instFamily", "BTC-USDT")]),
    ("okx.public.position_tiers", &[("instFamily", "BTC-USDT")]),
    ("bybit.market.tickers", &[("symbol", "BTCUSDT")]),
    ("bybit.market.recent_trade", &[("symbol", "BTCUSDT")]),
    ("bybit.market.instruments_info", &[("symbol", "BTCUSDT")]),
    ("bybit.market.risk_limit", &[("symbol", "BTCUSDT")]),
    ("binance.premium_index", &[("symbol", "BTCUSDT")]),
    ("binance.funding_rate", &[("symbol", "BTCUSDT")]),
    ("binance.ticker.24hr", &[("symbol", "BTCUSDT")]),
    ("binance.ticker.price", &[("symbol", "BTCUSDT")]),
    ("binance.ticker.price.v2", &[("symbol", "BTCUSDT")]),
    ("binance.ticker.book_ticker", &[("symbol", "BTCUSDT")]),
    ("binance.asset_index", &[("symbol", "BTCUSD")]),
    ("coingecko.simple_price", &[("ids", "bitcoin")]),
    ("coinapi.symbols_all", &[("filter_exchange_id", "BINANCEFTS"), ("filter_asset_id", "BTC")]),
    ("coinapi.symbols_of_exchange", &[("filter_asset_id", "BTC")]),
    ("coinapi.trades_latest", &[("filter_symbol_id", "BINANCEFTS_PERP_BTC_USDT")]),
    ("coinapi.quotes_current", &[("filter_symbol_id", "BINANCEFTS_PERP_BTC_USDT")]),
    ("coinapi.quotes_latest", &[("filter_symbol_id", "BINANCEFTS_PERP_BTC_USDT")]),
    ("coinapi.orderbooks3_current", &[("filter_symbol_id", "COINBASE_SPOT_BTC_USD")]),
    ("coinapi.orderbook3_current", &[("symbol_id", "COINBASE_SPOT_BTC_USD")]),
    ("coinapi.options_current", &[("exchange_id", "DERIBIT")]),
    ("coinapi.exchange_rate_history", &[("period_id", "1HRS")]),
    ("coinapi.trades_history", &[("date", "2025-03-01")]),
    ("coinapi.quotes_history", &[("date", "2025-03-01")]),
    ("coinapi.orderbooks_history", &[("date", "2025-03-01")]),
    (
        "coinapi.metrics_symbol_current",
        &[("symbol_id", "BINANCEFTS_PERP_BTC_USDT"), ("exchange_id", "BINANCEFTS")],
    ),
    ("coinapi.metrics_symbol_listing", &[("exchange_id", "BINANCEFTS")]),
    ("coinapi.metrics_asset_current", &[("asset_id", "BTC")]),
    ("coinapi.metrics_asset_listing", &[("asset_id", "BTC")]),
    ("coinapi.metrics_asset_history", &[("asset_id", "BTC")]),
    ("lunarcrush.searches_search", &[("term", "bitcoin")]),
];

/// An endpoint's example: what it requires, few rows, and what it needs besides.
pub(super) fn example(provider: Provider, name: &str, endpoint: &Endpoint) -> Map<String, Value> {
    let mut args = Map::new();
    for param in endpoint.params {
        if param.required
            && let Some(value) = sample(provider, endpoint, param)
        {
            args.insert(param.name.to_owned(), value);
        } else if param.name == "limit" {
            args.insert("limit".to_owned(), few(param));
        }
    }
    for (_, more) in TOGETHER.iter().filter(|(known, _)| *known == name) {
        args.extend(more.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    }
    args
}

/// A handful of rows.
fn few(param: &Param) -> Value {
    match param.kind {
        ParamKind::OneOf(words) => {
            let least = words.iter().filter_map(|word| word.parse::<i64>().ok()).min();
            json!(least.unwrap_or(5))
        }
        ParamKind::Int { min, max } => json!(10.clamp(min, max)),
        _ => json!(10),
    }
}

/// A usual value.
pub(super) fn sample(provider: Provider, endpoint: &Endpoint, param: &Param) -> Option<Value> {
    if let Some(text) = by_name(provider, endpoint, param.name) {
        return Some(json!(text));
    }
    Some(match param.kind {
        ParamKind::Coin => json!("BTC"),
        ParamKind::Pair if provider == Provider::Okx => json!("BTC-USDT-SWAP"),
        ParamKind::Pair => json!("BTCUSDT"),
        ParamKind::OneOf(words) => {
            let usual = USUAL_WORDS.iter().find(|usual| words.contains(usual)).or(words.first())?;
            match (param.name, usual.parse::<i64>()) {
                ("limit", Ok(number)) => json!(number),
                _ => json!(usual),
            }
        }
        ParamKind::Int { min, max } => match param.name {
            "usd" => json!(10_000),
            "limit" => json!(max),
            "size" => json!(64),
            _ => json!(min),
        },
        ParamKind::Number => json!(10_000),
        ParamKind::Bool => json!(true),
        // 1 March 2025, and the day after for ends.
        ParamKind::TimeMs => {
            json!(if is_end(param.name) { 1_740_873_600_000_i64 } else { 1_740_787_200_000 })
        }
        ParamKind::TimeSec => json!(if is_end(param.name) { 1_740_873_600 } else { 1_740_787_200 }),
        ParamKind::TimeIso => {
            json!(if is_end(param.name) { "2025-03-02T00:00:00Z" } else { "2025-03-01T00:00:00Z" })
        }
        ParamKind::Text | ParamKind::List => return None,
    })
}

pub(super) fn is_end(name: &str) -> bool {
    matches!(name, "to" | "end" | "end_time" | "endTime" | "time_end")
}

/// Names whose meaning is the provider's own.
#[expect(clippy::match_same_arms, reason = "each provider's words by themselves")]
fn by_name(provider: Provider, endpoint: &Endpoint, name: &str) -> Option<&'static str> {
    let id = endpoint.id;
    Some(match (provider, name) {
        (Provider::Coinglass, "exchange")
            if matches!(endpoint_kind(endpoint, name), Some(ParamKind::Text)) =>
        {
            "Binance"
        }
        (Provider::Coinglass, "exchange_list") => "Binance,OKX,Bybit",
        (Provider::Coinglass, "ticker") => "IBIT",
        (Provider::Coinglass, "user_address") => "0x5078c2fbea2b2ad61bc840bc023e35fce56bedb6",
        (Provider::Coinglass, "unit") if matches!(endpoint_kind(endpoint, name), Some(ParamKind::Text)) => {
            "USD"
        }
        (Provider::LunarCrush, "topic") => "bitcoin",
        (Provider::LunarCrush, "category") => "cryptocurrencies",
        (Provider::LunarCrush, "stock") => "COIN",
        (Provider::LunarCrush, "id") => "lunarcrush",
        (Provider::LunarCrush, "post_type") => "tweet",
        (Provider::LunarCrush, "post_id") => "1756378079893782591",
        (Provider::LunarCrush, "slug") => "my-search",
        (Provider::CoinApi, "symbol_id") => "BINANCEFTS_PERP_BTC_USDT",
        (Provider::CoinApi, "exchange_id") => "BINANCEFTS",
        (Provider::CoinApi, "asset_id" | "asset_id_base") => "BTC",
        (Provider::CoinApi, "asset_id_quote") => "USD",
        (Provider::CoinApi, "period_id") => "1HRS",
        (Provider::CoinApi, "metric_id") => "DERIVATIVES_OPEN_INTEREST",
        (Provider::CoinGecko, "id") if id.starts_with("exchange") => "binance",
        (Provider::CoinGecko, "id") if id.starts_with("derivatives") => "binance_futures",
        (Provider::CoinGecko, "id") if id.starts_with("nft") => "pudgy-penguins",
        (Provider::CoinGecko, "id") if id.contains("contract") || id.contains("token") => "ethereum",
        (Provider::CoinGecko, "id") => "bitcoin",
        (Provider::CoinGecko, "asset_platform_id") => "ethereum",
        (Provider::CoinGecko, "contract_address" | "contract_addresses") => {
            "0xdac17f958d2ee523a2206206994597c13d831ec7"
        }
        (Provider::CoinGecko, "vs_currency" | "vs_currencies") => "usd",
        (Provider::CoinGecko, "days") => "7",
        (Provider::CoinGecko, "date") => "01-03-2025",
        (Provider::CoinGecko, "query") => "bitcoin",
        (Provider::Okx, "instId") if id.contains("index") => "BTC-USDT",
        (Provider::Okx, "index") => "BTC-USDT",
        (Provider::Okx, "expTime") => "20251226",
        _ => return None,
    })
}

fn endpoint_kind(endpoint: &Endpoint, name: &str) -> Option<ParamKind> {
    endpoint.params.iter().find(|param| param.name == name).map(|param| param.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passthrough::{id_of, names};

    const ALL: [Provider; 7] = [
        Provider::Binance,
        Provider::Okx,
        Provider::Bybit,
        Provider::Coinglass,
        Provider::LunarCrush,
        Provider::CoinApi,
        Provider::CoinGecko,
    ];

    #[test]
    fn what_an_endpoint_needs_besides_names_real_endpoints_and_parameters() {
        let mut known = 0;
        for provider in ALL {
            for endpoint in provider.endpoints() {
                let name = names::name_of(provider, id_of(provider, endpoint));
                for (_, args) in TOGETHER.iter().filter(|(of, _)| *of == name) {
                    known += 1;
                    for (arg, _) in *args {
                        assert!(endpoint.params.iter().any(|param| param.name == *arg), "{name}: {arg}");
                    }
                }
            }
        }
        assert_eq!(known, TOGETHER.len());
    }

    #[test]
    fn every_required_parameter_has_a_usual_value() {
        for provider in ALL {
            for endpoint in provider.endpoints() {
                for param in endpoint.params.iter().filter(|param| param.required) {
                    assert!(
                        sample(provider, endpoint, param).is_some(),
                        "{provider:?} {}: {}",
                        endpoint.id,
                        param.name
                    );
                }
            }
        }
    }
}
