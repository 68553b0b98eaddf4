//! Hyperliquid positions and wallets.

use super::params::{
    COIN, CURRENT_PAGE, END, INTERVAL_5M_1H_1D, INTERVAL_10M_1H_1D, LIMIT, START, USER_ADDRESS, WALLET_TAG,
};
use super::{LIVE, MINUTE, endpoints};

endpoints! {
    /// Positions of 1 M USD and more just opened (1) or closed (2) on Hyperliquid, newest first. A negative
    /// size is a short.
    HYPERLIQUID_WHALE_ALERTS = Startup, LIVE, "hyperliquid.whale_alerts",
        "/api/hyperliquid/whale-alert", &[];

    /// Large positions open on Hyperliquid with entry, mark and liquidation price, leverage, margin and
    /// profit in USD. A negative size is a short.
    HYPERLIQUID_WHALE_POSITIONS = Startup, LIVE, "hyperliquid.whale_positions",
        "/api/hyperliquid/whale-position", &[];

    /// Open positions of one coin on Hyperliquid, in pages of up to 1000 with the number of pages. A
    /// negative size is a short.
    HYPERLIQUID_POSITIONS_SYMBOL = Standard, LIVE, "hyperliquid.positions.symbol",
        "/api/hyperliquid/position", &[COIN, CURRENT_PAGE];

    /// One Hyperliquid address: account value, margin and every open position; numbers in USD, size signed.
    HYPERLIQUID_USER_POSITION = Startup, LIVE, "hyperliquid.user_position",
        "/api/hyperliquid/user-position", &[USER_ADDRESS];

    /// Hyperliquid wallets grouped by size: how many hold positions, long and short USD, profit and loss
    /// counts, and a bias score with its word.
    HYPERLIQUID_WALLET_POSITION_DISTRIBUTION = Standard, LIVE, "hyperliquid.wallet.position_distribution",
        "/api/hyperliquid/wallet/position-distribution", &[];

    /// Hyperliquid wallets grouped by profit and loss: how many hold positions, long and short USD, and a
    /// bias score with its word.
    HYPERLIQUID_WALLET_PNL_DISTRIBUTION = Standard, LIVE, "hyperliquid.wallet.pnl_distribution",
        "/api/hyperliquid/wallet/pnl-distribution", &[];

    /// Hyperliquid accounts long and short a coin over time: counts, percent (0-100) and ratio.
    HYPERLIQUID_GLOBAL_LONG_SHORT_ACCOUNT_RATIO_HISTORY =
        Standard, MINUTE, "hyperliquid.global_long_short_account_ratio.history",
        "/api/hyperliquid/global-long-short-account-ratio/history",
        &[COIN, INTERVAL_5M_1H_1D, LIMIT, START, END];

    /// Hyperliquid accounts of one wallet group long and short a coin over time: counts and USD, from
    /// 2026-03-20 on.
    HYPERLIQUID_LONG_SHORT_ACCOUNT_RATIO_BY_TAG_HISTORY =
        Professional, MINUTE, "hyperliquid.long_short_account_ratio_by_tag.history",
        "/api/futures/hyperliquid/long-short-account-ratio-by-tag/history",
        &[COIN, INTERVAL_10M_1H_1D, WALLET_TAG, LIMIT, START, END];

    /// Position distribution of one Hyperliquid wallet group over time: addresses, long and short USD, bias
    /// score with its word.
    HYPERLIQUID_POSITION_DISTRIBUTION_BY_TAG_HISTORY =
        Professional, MINUTE, "hyperliquid.position_distribution_by_tag.history",
        "/api/futures/hyperliquid/position-distribution-by-tag/history",
        &[INTERVAL_10M_1H_1D, WALLET_TAG, LIMIT, START, END];
}
