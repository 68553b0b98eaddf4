use domain::Venue;
use serde_json::{Value, json};

use super::roster::{Coin, Contract};
use crate::wire::text::plain;

/// A coin's row in a venue's own instrument list.
pub(super) fn row(coin: &Coin, venue: Venue) -> Value {
    match venue {
        Venue::Binance => binance(coin),
        Venue::Okx => okx(coin),
        Venue::Bybit => bybit(coin),
    }
}

fn step(decimals: i32) -> String {
    plain(10_f64.powi(-decimals))
}

fn lot(contract: &Contract) -> String {
    step(contract.lot_decimals)
}

fn binance(coin: &Coin) -> Value {
    let contract = &coin.binance;
    let (tick, lot) = (step(contract.price_decimals), lot(contract));
    json!({
        "symbol": contract.symbol, "pair": contract.symbol, "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000_i64, "onboardDate": coin.onboard_ms, "status": "TRADING",
        "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
        "baseAsset": contract.base, "quoteAsset": "USDT", "marginAsset": "USDT",
        "pricePrecision": contract.price_decimals, "quantityPrecision": contract.lot_decimals,
        "baseAssetPrecision": 8, "quotePrecision": 8,
        "underlyingType": "COIN", "underlyingSubType": [],
        "triggerProtect": "0.0500", "liquidationFee": "0.012500", "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": plain(coin.base_price * contract.multiplier * 100.0), "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "10000000", "stepSize": lot},
            {"filterType": "MARKET_LOT_SIZE", "minQty": lot, "maxQty": "2000000", "stepSize": lot},
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {"filterType": "PERCENT_PRICE", "multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": "4"}
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"], "permissionSets": ["GRID", "COPY"]
    })
}

fn okx(coin: &Coin) -> Value {
    let contract = &coin.okx;
    let lot = lot(contract);
    let family = format!("{}-USDT", coin.ticker);
    json!({
        "instType": "SWAP", "instId": contract.symbol, "instFamily": family, "uly": family,
        "settleCcy": "USDT", "baseCcy": "", "quoteCcy": "", "ctType": "linear",
        "ctVal": plain(contract.face_value), "ctMult": "1", "ctValCcy": coin.ticker,
        "tickSz": step(contract.price_decimals), "lotSz": lot, "minSz": lot, "lever": "50",
        "listTime": coin.onboard_ms.to_string(), "expTime": "", "state": "live", "ruleType": "normal",
        "instCategory": "1", "groupId": "4", "instIdCode": 10_000 + coin.rank, "futureSettlement": false,
        "tradeQuoteCcyList": [], "upcChg": [], "alias": "", "category": "1", "optType": "", "stk": ""
    })
}

fn bybit(coin: &Coin) -> Value {
    let contract = &coin.bybit;
    let (tick, lot) = (step(contract.price_decimals), lot(contract));
    json!({
        "symbol": contract.symbol, "contractType": "LinearPerpetual", "status": "Trading",
        "baseCoin": contract.base, "quoteCoin": "USDT", "settleCoin": "USDT", "symbolType": "",
        "launchTime": coin.onboard_ms.to_string(), "deliveryTime": "0", "deliveryFeeRate": "",
        "priceScale": contract.price_decimals.to_string(),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "50.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": tick, "maxPrice": plain(coin.base_price * contract.multiplier * 100.0), "tickSize": tick},
        "lotSizeFilter": {"minNotionalValue": "5", "maxOrderQty": "10000000", "maxMktOrderQty": "2000000", "minOrderQty": lot, "qtyStep": lot},
        "unifiedMarginTrade": true, "fundingInterval": coin.funding_interval_h * 60, "copyTrading": "both",
        "upperFundingRate": "0.005", "lowerFundingRate": "-0.005", "isPreListing": false, "preListingInfo": null,
        "riskParameters": {"priceLimitRatioX": "0.05", "priceLimitRatioY": "0.1"}
    })
}
