//! Whole-market answers, for scans: many coins in one call.

use crate::rows::{CoinLiquidated, CoinMarketRow, ExchangeLiquidated};

/// A figure over several spans ending now. What the provider does not tell is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spans {
    /// Over 5 minutes.
    pub m5: Option<f64>,
    /// Over 15 minutes.
    pub m15: Option<f64>,
    /// Over 30 minutes.
    pub m30: Option<f64>,
    /// Over an hour.
    pub h1: Option<f64>,
    /// Over 4 hours.
    pub h4: Option<f64>,
    /// Over 12 hours.
    pub h12: Option<f64>,
    /// Over 24 hours.
    pub h24: Option<f64>,
}

/// One coin over all exchanges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoinMarket {
    /// Ticker as the provider spells it.
    pub symbol: String,
    /// Price in USD.
    pub price: Option<f64>,
    /// Funding weighted by open interest, a fraction per funding period.
    pub funding_by_oi: Option<f64>,
    /// Funding weighted by volume, a fraction per funding period.
    pub funding_by_volume: Option<f64>,
    /// Market cap in USD.
    pub market_cap_usd: Option<f64>,
    /// Open interest in USD.
    pub open_interest_usd: Option<f64>,
    /// Open interest in coins.
    pub open_interest_coins: Option<f64>,
    /// Open interest over market cap.
    pub open_interest_to_market_cap: Option<f64>,
    /// Open interest over 24 h volume.
    pub open_interest_to_volume: Option<f64>,
    /// Change of price in percent.
    pub price_change_pct: Spans,
    /// Change of open interest in percent.
    pub open_interest_change_pct: Spans,
    /// Change of volume in percent.
    pub volume_change_pct: Spans,
    /// Long over short volume.
    pub long_short_ratio: Spans,
    /// Longs liquidated in USD.
    pub long_liquidation_usd: Spans,
    /// Shorts liquidated in USD.
    pub short_liquidation_usd: Spans,
}

/// Liquidations on one exchange, or on all of them, over a span.
#[derive(Clone, Debug, PartialEq)]
pub struct ExchangeLiquidations {
    /// Exchange as the provider spells it; `All` for the total.
    pub exchange: String,
    /// Longs liquidated in USD.
    pub long_usd: f64,
    /// Shorts liquidated in USD.
    pub short_usd: f64,
}

/// One coin's liquidations on an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct CoinLiquidations {
    /// Ticker as the provider spells it.
    pub symbol: String,
    /// Longs liquidated in USD, over 1, 4, 12 and 24 hours.
    pub long_usd: Spans,
    /// Shorts liquidated in USD, over the same.
    pub short_usd: Spans,
}

impl CoinMarket {
    /// From a row; percentages of funding become fractions.
    #[must_use]
    pub fn from_row(row: &CoinMarketRow<'_>) -> Self {
        Self {
            symbol: row.symbol.to_string(),
            price: row.current_price.0,
            funding_by_oi: row.avg_funding_rate_by_oi.0.map(|pct| pct / 100.0),
            funding_by_volume: row.avg_funding_rate_by_vol.0.map(|pct| pct / 100.0),
            market_cap_usd: row.market_cap_usd.0,
            open_interest_usd: row.open_interest_usd.0,
            open_interest_coins: row.open_interest_quantity.0,
            open_interest_to_market_cap: row.open_interest_market_cap_ratio.0,
            open_interest_to_volume: row.open_interest_volume_ratio.0,
            price_change_pct: Spans {
                m5: row.price_change_percent_5m.0,
                m15: row.price_change_percent_15m.0,
                m30: row.price_change_percent_30m.0,
                h1: row.price_change_percent_1h.0,
                h4: row.price_change_percent_4h.0,
                h12: row.price_change_percent_12h.0,
                h24: row.price_change_percent_24h.0,
            },
            open_interest_change_pct: Spans {
                m5: row.open_interest_change_percent_5m.0,
                m15: row.open_interest_change_percent_15m.0,
                m30: row.open_interest_change_percent_30m.0,
                h1: row.open_interest_change_percent_1h.0,
                h4: row.open_interest_change_percent_4h.0,
                h12: None,
                h24: row.open_interest_change_percent_24h.0,
            },
            volume_change_pct: Spans {
                m5: row.volume_change_percent_5m.0,
                m15: row.volume_change_percent_15m.0,
                m30: row.volume_change_percent_30m.0,
                h1: row.volume_change_percent_1h.0,
                h4: row.volume_change_percent_4h.0,
                h12: None,
                h24: row.volume_change_percent_24h.0,
            },
            long_short_ratio: Spans {
                m5: row.long_short_ratio_5m.0,
                m15: row.long_short_ratio_15m.0,
                m30: row.long_short_ratio_30m.0,
                h1: row.long_short_ratio_1h.0,
                h4: row.long_short_ratio_4h.0,
                h12: row.long_short_ratio_12h.0,
                h24: row.long_short_ratio_24h.0,
            },
            long_liquidation_usd: Spans {
                h1: row.long_liquidation_usd_1h.0,
                h4: row.long_liquidation_usd_4h.0,
                h12: row.long_liquidation_usd_12h.0,
                h24: row.long_liquidation_usd_24h.0,
                ..Spans::default()
            },
            short_liquidation_usd: Spans {
                h1: row.short_liquidation_usd_1h.0,
                h4: row.short_liquidation_usd_4h.0,
                h12: row.short_liquidation_usd_12h.0,
                h24: row.short_liquidation_usd_24h.0,
                ..Spans::default()
            },
        }
    }
}

impl ExchangeLiquidations {
    /// From a row; `None` where a side is missing.
    #[must_use]
    pub fn from_row(row: &ExchangeLiquidated<'_>) -> Option<Self> {
        Some(Self {
            exchange: row.exchange.to_string(),
            long_usd: row.long_liquidation_usd.0?,
            short_usd: row.short_liquidation_usd.0?,
        })
    }
}

impl CoinLiquidations {
    /// From a row.
    #[must_use]
    pub fn from_row(row: &CoinLiquidated<'_>) -> Self {
        Self {
            symbol: row.symbol.to_string(),
            long_usd: Spans {
                h1: row.long_liquidation_usd_1h.0,
                h4: row.long_liquidation_usd_4h.0,
                h12: row.long_liquidation_usd_12h.0,
                h24: row.long_liquidation_usd_24h.0,
                ..Spans::default()
            },
            short_usd: Spans {
                h1: row.short_liquidation_usd_1h.0,
                h4: row.short_liquidation_usd_4h.0,
                h12: row.short_liquidation_usd_12h.0,
                h24: row.short_liquidation_usd_24h.0,
                ..Spans::default()
            },
        }
    }
}
