use crate::wire::Ask;

/// The lowest plan that has an endpoint. A record is asked with a Standard key, a simulated market with a
/// Professional one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Standard or below.
    Included,
    /// Professional and up.
    Professional,
}

/// One of the provider's endpoints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoint {
    pub path: &'static str,
    pub plan: Plan,
    /// Parameters without which the provider answers an error.
    pub required: &'static [&'static str],
    /// Whether `data` is an object (else a list).
    pub object: bool,
}

const fn list(path: &'static str, required: &'static [&'static str]) -> Endpoint {
    Endpoint { path, plan: Plan::Included, required, object: false }
}

const fn object(path: &'static str, required: &'static [&'static str]) -> Endpoint {
    Endpoint { path, plan: Plan::Included, required, object: true }
}

const fn professional(path: &'static str, required: &'static [&'static str]) -> Endpoint {
    Endpoint { path, plan: Plan::Professional, required, object: true }
}

/// The endpoint at a path.
pub(super) fn find(path: &str) -> Option<&'static Endpoint> {
    PATHS.iter().find(|known| known.path == path)
}

/// A required parameter that the call lacks.
pub(super) fn lacks(path: &Endpoint, ask: &Ask<'_>) -> Option<&'static str> {
    path.required.iter().copied().find(|name| ask.query.text(name).is_none())
}

/// Every published path, with two older names that still answer.
pub(super) const PATHS: &[Endpoint] = &[
    list("/api/futures/supported-coins", &[]),
    list("/api/futures/supported-exchanges", &[]),
    object("/api/futures/supported-exchange-pairs", &[]),
    object("/api/futures/delisted-exchange-pairs", &[]),
    list("/api/futures/exchange-rank", &[]),
    list("/api/futures/coins-markets", &[]),
    list("/api/futures/pairs-markets", &["symbol"]),
    list("/api/futures/coins-price-change", &[]),
    list("/api/futures/price/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/open-interest/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/open-interest/aggregated-history", &["symbol", "interval"]),
    list(
        "/api/futures/open-interest/aggregated-stablecoin-history",
        &["exchange_list", "symbol", "interval"],
    ),
    list(
        "/api/futures/open-interest/aggregated-coin-margin-history",
        &["exchange_list", "symbol", "interval"],
    ),
    list("/api/futures/open-interest/exchange-list", &["symbol"]),
    object("/api/futures/open-interest/exchange-history-chart", &["symbol", "range"]),
    list("/api/futures/funding-rate/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/funding-rate/oi-weight-history", &["symbol", "interval"]),
    list("/api/futures/funding-rate/vol-weight-history", &["symbol", "interval"]),
    list("/api/futures/funding-rate/exchange-list", &[]),
    list("/api/futures/funding-rate/accumulated-exchange-list", &["range"]),
    list("/api/futures/funding-rate/arbitrage", &["usd"]),
    list("/api/futures/global-long-short-account-ratio/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/top-long-short-account-ratio/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/top-long-short-position-ratio/history", &["exchange", "symbol", "interval"]),
    object("/api/futures/taker-buy-sell-volume/exchange-list", &["symbol", "range"]),
    list("/api/futures/net-position/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/v2/net-position/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/liquidation/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/liquidation/aggregated-history", &["exchange_list", "symbol", "interval"]),
    list("/api/futures/liquidation/coin-list", &["exchange"]),
    list("/api/futures/liquidation/exchange-list", &["range"]),
    list("/api/futures/liquidation/order", &["exchange", "symbol", "min_liquidation_amount"]),
    professional("/api/futures/liquidation/heatmap/model1", &["exchange", "symbol", "range"]),
    professional("/api/futures/liquidation/heatmap/model2", &["exchange", "symbol", "range"]),
    professional("/api/futures/liquidation/heatmap/model3", &["exchange", "symbol", "range"]),
    professional("/api/futures/liquidation/aggregated-heatmap/model1", &["symbol", "range"]),
    professional("/api/futures/liquidation/aggregated-heatmap/model2", &["symbol", "range"]),
    professional("/api/futures/liquidation/aggregated-heatmap/model3", &["symbol", "range"]),
    professional("/api/futures/liquidation/map", &["exchange", "symbol", "range"]),
    professional("/api/futures/liquidation/aggregated-map", &["symbol", "range"]),
    professional("/api/futures/liquidation/max-pain", &[]),
    list("/api/futures/orderbook/ask-bids-history", &["exchange", "symbol", "interval"]),
    list("/api/futures/orderbook/aggregated-ask-bids-history", &["exchange_list", "symbol", "interval"]),
    list("/api/futures/orderbook/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/orderbook/large-limit-order", &["exchange", "symbol"]),
    list(
        "/api/futures/orderbook/large-limit-order-history",
        &["exchange", "symbol", "start_time", "end_time", "state"],
    ),
    list("/api/futures/v2/taker-buy-sell-volume/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/aggregated-taker-buy-sell-volume/history", &["exchange_list", "symbol", "interval"]),
    professional("/api/futures/volume/footprint-history", &["exchange", "symbol", "interval"]),
    list("/api/futures/cvd/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/aggregated-cvd/history", &["exchange_list", "symbol", "interval"]),
    list("/api/futures/netflow-list", &[]),
    object("/api/futures/coin/netflow", &["symbol", "exchange_list"]),
    list("/api/hyperliquid/whale-alert", &[]),
    list("/api/hyperliquid/whale-position", &[]),
    object("/api/hyperliquid/position", &["symbol"]),
    object("/api/hyperliquid/user-position", &["user_address"]),
    list("/api/hyperliquid/wallet/position-distribution", &[]),
    list("/api/hyperliquid/wallet/pnl-distribution", &[]),
    list("/api/hyperliquid/global-long-short-account-ratio/history", &["symbol", "interval"]),
    professional(
        "/api/futures/hyperliquid/long-short-account-ratio-by-tag/history",
        &["symbol", "interval", "wallet_tag"],
    ),
    professional(
        "/api/futures/hyperliquid/position-distribution-by-tag/history",
        &["interval", "wallet_tag"],
    ),
    list("/api/futures/rsi/list", &[]),
    list("/api/futures/indicators/rsi", &["exchange", "symbol", "interval"]),
    list("/api/futures/indicators/ma", &["exchange", "symbol", "interval"]),
    list("/api/futures/ma/list", &[]),
    list("/api/futures/indicators/ema", &["exchange", "symbol", "interval"]),
    list("/api/futures/ema/list", &[]),
    list("/api/futures/indicators/boll", &["exchange", "symbol", "interval"]),
    list("/api/futures/indicators/macd", &["exchange", "symbol", "interval"]),
    list("/api/futures/macd/list", &[]),
    list("/api/futures/indicators/avg-true-range", &["exchange", "symbol", "interval"]),
    list("/api/futures/avg-true-range/list", &[]),
    list("/api/futures/indicators/td", &["exchange", "symbol", "interval"]),
    list("/api/futures/td/list", &[]),
    list("/api/futures/basis/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/whale-index/history", &["exchange", "symbol", "interval"]),
    list("/api/futures/cgdi-index/history", &[]),
    list("/api/futures/cdri-index/history", &[]),
    list("/api/spot/supported-coins", &[]),
    object("/api/spot/supported-exchange-pairs", &[]),
    list("/api/spot/coins-markets", &[]),
    list("/api/spot/pairs-markets", &["symbol"]),
    list("/api/spot/price/history", &["exchange", "symbol", "interval"]),
    list("/api/spot/orderbook/ask-bids-history", &["exchange", "symbol", "interval"]),
    list("/api/spot/orderbook/aggregated-ask-bids-history", &["exchange_list", "symbol", "interval"]),
    list("/api/spot/orderbook/history", &["exchange", "symbol", "interval"]),
    list("/api/spot/orderbook/large-limit-order", &["exchange", "symbol"]),
    list(
        "/api/spot/orderbook/large-limit-order-history",
        &["exchange", "symbol", "start_time", "end_time", "state"],
    ),
    list("/api/spot/taker-buy-sell-volume/history", &["exchange", "symbol", "interval"]),
    list("/api/spot/aggregated-taker-buy-sell-volume/history", &["exchange_list", "symbol", "interval"]),
    professional("/api/spot/volume/footprint-history", &["exchange", "symbol", "interval"]),
    list("/api/spot/cvd/history", &["exchange", "symbol", "interval"]),
    list("/api/spot/aggregated-cvd/history", &["exchange_list", "symbol", "interval"]),
    list("/api/spot/netflow-list", &[]),
    object("/api/spot/coin/netflow", &["symbol", "exchange_list"]),
    list("/api/option/max-pain", &["symbol", "exchange"]),
    list("/api/option/info", &["symbol"]),
    object("/api/option/exchange-oi-history", &["symbol", "unit", "range"]),
    object("/api/option/exchange-vol-history", &["symbol", "unit"]),
    list("/api/exchange/assets", &["exchange"]),
    list("/api/exchange/balance/list", &["symbol"]),
    object("/api/exchange/balance/chart", &["symbol"]),
    list("/api/exchange/chain/tx/list", &[]),
    list("/api/chain/v2/whale-transfer", &[]),
    list("/api/coin/unlock-list", &[]),
    object("/api/coin/vesting", &["symbol"]),
    list("/api/coin/market-data-history", &["symbol"]),
    list("/api/etf/bitcoin/list", &[]),
    list("/api/etf/bitcoin/flow-history", &[]),
    list("/api/hk-etf/bitcoin/flow-history", &[]),
    list("/api/etf/bitcoin/net-assets/history", &[]),
    list("/api/etf/bitcoin/premium-discount/history", &[]),
    list("/api/etf/bitcoin/history", &["ticker"]),
    list("/api/etf/bitcoin/price/history", &["ticker", "range"]),
    object("/api/etf/bitcoin/detail", &["ticker"]),
    list("/api/etf/bitcoin/aum", &[]),
    list("/api/etf/ethereum/list", &[]),
    list("/api/etf/ethereum/flow-history", &[]),
    list("/api/etf/ethereum/net-assets/history", &[]),
    list("/api/etf/solana/flow-history", &[]),
    list("/api/etf/xrp/flow-history", &[]),
    list("/api/etf/hype/flow-history", &[]),
    list("/api/grayscale/holdings-list", &[]),
    object("/api/grayscale/premium-history", &["symbol"]),
    object("/api/index/fear-greed-history", &[]),
    list("/api/index/ahr999", &[]),
    list("/api/bull-market-peak-indicator", &[]),
    list("/api/index/puell-multiple", &[]),
    list("/api/index/stock-flow", &[]),
    list("/api/index/pi-cycle-indicator", &[]),
    list("/api/index/golden-ratio-multiplier", &[]),
    list("/api/index/bitcoin/profitable-days", &[]),
    list("/api/index/bitcoin/rainbow-chart", &[]),
    object("/api/index/stableCoin-marketCap-history", &[]),
    list("/api/index/bitcoin/bubble-index", &[]),
    list("/api/index/2-year-ma-multiplier", &[]),
    list("/api/index/200-week-moving-average-heatmap", &[]),
    list("/api/index/altcoin-season", &[]),
    list("/api/index/bitcoin-sth-sopr", &[]),
    list("/api/index/bitcoin-lth-sopr", &[]),
    list("/api/index/bitcoin-sth-realized-price", &[]),
    list("/api/index/bitcoin-lth-realized-price", &[]),
    list("/api/index/bitcoin-short-term-holder-supply", &[]),
    list("/api/index/bitcoin-long-term-holder-supply", &[]),
    list("/api/index/bitcoin-rhodl-ratio", &[]),
    list("/api/index/bitcoin-reserve-risk", &[]),
    list("/api/index/bitcoin-active-addresses", &[]),
    list("/api/index/bitcoin-new-addresses", &[]),
    list("/api/index/bitcoin-net-unrealized-profit-loss", &[]),
    list("/api/index/bitcoin-correlation", &[]),
    list("/api/index/bitcoin-macro-oscillator", &[]),
    list("/api/index/option-vs-futures-oi-ratio", &[]),
    list("/api/index/bitcoin-vs-global-m2-growth", &[]),
    list("/api/index/bitcoin-vs-us-m2-growth", &[]),
    list("/api/index/bitcoin-dominance", &[]),
    list("/api/exchange_assets_transparency/list", &[]),
    list("/api/futures_spot_volume_ratio", &["exchange_list", "symbol", "interval"]),
    list("/api/coinbase-premium-index", &["interval"]),
    list("/api/bitfinex-margin-long-short", &["symbol", "interval"]),
    list("/api/borrow-interest-rate/history", &["exchange", "symbol", "interval"]),
    list("/api/article/list", &[]),
    list("/api/newsflash/list", &[]),
    list("/api/calendar/economic-data", &[]),
    list("/api/calendar/central-bank-activities", &[]),
    list("/api/calendar/financial-events", &[]),
    list("/api/futures/taker-buy-sell-volume/history", &["exchange", "symbol", "interval"]),
    list("/api/chain/whale-transfer", &[]),
    object("/api/user/account/subscription", &[]),
];
