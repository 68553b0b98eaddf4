//! Indexes and on-chain cycle indicators; mostly daily, whole history in one answer.

use super::params::{BTC_OR_ETH, COIN, COIN_HISTORY, END, EXCHANGE_OF_THREE, INTERVAL, LIMIT, START};
use super::{HOUR, MINUTE, TEN_MINUTES, endpoints};

endpoints! {
    /// Crypto Fear & Greed Index (0-100) and Bitcoin's price, daily from 2018-02-01, as parallel arrays;
    /// times drift after 00:00 UTC, floor them to the day.
    INDICATORS_FEAR_GREED = Hobbyist, HOUR, "indicators.fear_greed",
        "/api/index/fear-greed-history", &[];

    /// Ahr999 index of Bitcoin, daily: below 0.45 is called the bottom range, above 1.2 expensive. Dates
    /// are text YYYY/MM/DD.
    INDEX_AHR999 = Hobbyist, HOUR, "index.ahr999",
        "/api/index/ahr999", &[];

    /// Thirty indicators of a bull market's top: current and target value (text, may be a range) and
    /// whether each is hit.
    INDEX_BULL_MARKET_PEAK = Hobbyist, HOUR, "index.bull_market_peak",
        "/api/bull-market-peak-indicator", &[];

    /// Puell multiple of Bitcoin, daily: miners' income against its yearly average.
    INDEX_PUELL_MULTIPLE = Hobbyist, HOUR, "index.puell_multiple",
        "/api/index/puell-multiple", &[];

    /// Stock-to-flow of Bitcoin, daily: price and days to the next halving; future rows have no price.
    INDEX_STOCK_TO_FLOW = Hobbyist, HOUR, "index.stock_to_flow",
        "/api/index/stock-flow", &[];

    /// Pi cycle top indicator of Bitcoin, daily: 110-day average and twice the 350-day average, in USD.
    INDEX_PI_CYCLE_INDICATOR = Hobbyist, HOUR, "index.pi_cycle_indicator",
        "/api/index/pi-cycle-indicator", &[];

    /// Golden ratio multiplier of Bitcoin, daily: 350-day average and its multiples, in USD.
    INDICATORS_GOLDEN_RATIO = Hobbyist, HOUR, "indicators.golden_ratio",
        "/api/index/golden-ratio-multiplier", &[];

    /// Days on which holding Bitcoin since then is profitable: side above 0 is profit, else loss (0 or -1).
    INDEX_BITCOIN_PROFITABLE_DAYS = Hobbyist, HOUR, "index.bitcoin.profitable_days",
        "/api/index/bitcoin/profitable-days", &[];

    /// Bitcoin rainbow chart: rows of price, ten band prices and time (ms), by position; future rows have
    /// no price.
    INDEX_RAINBOW_CHART = Hobbyist, HOUR, "index.rainbow_chart",
        "/api/index/bitcoin/rainbow-chart", &[];

    /// Market cap of the stablecoins over time in USD, as parallel arrays: per stablecoin live, plain
    /// numbers as documented.
    INDEX_STABLECOIN_MARKETCAP_HISTORY = Hobbyist, HOUR, "index.stablecoin_marketcap_history",
        "/api/index/stableCoin-marketCap-history", &[];

    /// Bitcoin bubble index per day with its inputs: search trend in percent, difficulty, transactions,
    /// addresses, posts. Seen to end at 2025-01-05.
    INDEX_BITCOIN_BUBBLE_INDEX = Hobbyist, HOUR, "index.bitcoin.bubble_index",
        "/api/index/bitcoin/bubble-index", &[];

    /// Two-year moving average of Bitcoin and five times it, daily, in USD.
    INDEX_2_YEAR_MA_MULTIPLIER = Hobbyist, HOUR, "index.2_year_ma_multiplier",
        "/api/index/2-year-ma-multiplier", &[];

    /// 200-week moving average of Bitcoin in USD and its change (moving_average_1440_ip), daily.
    INDEX_200_WEEK_MOVING_AVERAGE_HEATMAP = Hobbyist, HOUR, "index.200_week_moving_average_heatmap",
        "/api/index/200-week-moving-average-heatmap", &[];

    /// Altcoin season index (0-100) and altcoin market cap in USD over time.
    INDEX_ALTCOIN_SEASON = Startup, MINUTE, "index.altcoin_season",
        "/api/index/altcoin-season", &[];

    /// SOPR of Bitcoin's short-term holders, daily: above 1 they sell at a profit.
    INDEX_BITCOIN_STH_SOPR = Startup, HOUR, "index.bitcoin_sth_sopr",
        "/api/index/bitcoin-sth-sopr", &[];

    /// SOPR of Bitcoin's long-term holders, daily: above 1 they sell at a profit.
    INDEX_BITCOIN_LTH_SOPR = Startup, HOUR, "index.bitcoin_lth_sopr",
        "/api/index/bitcoin-lth-sopr", &[];

    /// Realised price of Bitcoin's short-term holders, daily, in USD.
    INDEX_BITCOIN_STH_REALIZED_PRICE = Startup, HOUR, "index.bitcoin_sth_realized_price",
        "/api/index/bitcoin-sth-realized-price", &[];

    /// Realised price of Bitcoin's long-term holders, daily, in USD.
    INDEX_BITCOIN_LTH_REALIZED_PRICE = Startup, HOUR, "index.bitcoin_lth_realized_price",
        "/api/index/bitcoin-lth-realized-price", &[];

    /// Bitcoin held by short-term holders, daily, in coins.
    INDEX_BITCOIN_SHORT_TERM_HOLDER_SUPPLY = Startup, HOUR, "index.bitcoin_short_term_holder_supply",
        "/api/index/bitcoin-short-term-holder-supply", &[];

    /// Bitcoin held by long-term holders, daily, in coins.
    INDEX_BITCOIN_LONG_TERM_HOLDER_SUPPLY = Startup, HOUR, "index.bitcoin_long_term_holder_supply",
        "/api/index/bitcoin-long-term-holder-supply", &[];

    /// RHODL ratio of Bitcoin, daily: young against older coins by realised value.
    INDEX_BITCOIN_RHODL_RATIO = Startup, HOUR, "index.bitcoin_rhodl_ratio",
        "/api/index/bitcoin-rhodl-ratio", &[];

    /// Reserve risk of Bitcoin, daily, with its parts (MOVCD, HODL bank, VOCD).
    INDEX_BITCOIN_RESERVE_RISK = Startup, HOUR, "index.bitcoin_reserve_risk",
        "/api/index/bitcoin-reserve-risk", &[];

    /// Active Bitcoin addresses per day.
    INDEX_BITCOIN_ACTIVE_ADDRESSES = Startup, HOUR, "index.bitcoin_active_addresses",
        "/api/index/bitcoin-active-addresses", &[];

    /// New Bitcoin addresses per day.
    INDEX_BITCOIN_NEW_ADDRESSES = Startup, HOUR, "index.bitcoin_new_addresses",
        "/api/index/bitcoin-new-addresses", &[];

    /// Net unrealised profit and loss (NUPL) of Bitcoin, daily.
    INDEX_BITCOIN_NET_UNREALIZED_PROFIT_LOSS = Startup, HOUR, "index.bitcoin_net_unrealized_profit_loss",
        "/api/index/bitcoin-net-unrealized-profit-loss", &[];

    /// Correlation of Bitcoin with gold (GLD), small caps (IWM), Nasdaq (QQQ), S&P 500 (SPY) and long bonds
    /// (TLT), daily, -1 to 1.
    INDEX_BITCOIN_CORRELATION = Startup, HOUR, "index.bitcoin_correlation",
        "/api/index/bitcoin-correlation", &[];

    /// Macro oscillator of Bitcoin (BMO), daily.
    INDEX_BITCOIN_MACRO_OSCILLATOR = Startup, HOUR, "index.bitcoin_macro_oscillator",
        "/api/index/bitcoin-macro-oscillator", &[];

    /// Option open interest against futures open interest of BTC and ETH, daily, in percent (the keys say
    /// radio).
    INDEX_OPTION_VS_FUTURES_OI_RATIO = Startup, HOUR, "index.option_vs_futures_oi_ratio",
        "/api/index/option-vs-futures-oi-ratio", &[];

    /// Bitcoin's price beside the yearly growth of global M2 and its amount, weekly.
    INDEX_BITCOIN_VS_GLOBAL_M2_GROWTH = Startup, HOUR, "index.bitcoin_vs_global_m2_growth",
        "/api/index/bitcoin-vs-global-m2-growth", &[];

    /// Bitcoin's price beside the yearly growth of the United States' M2 and its amount.
    INDEX_BITCOIN_VS_US_M2_GROWTH = Startup, HOUR, "index.bitcoin_vs_us_m2_growth",
        "/api/index/bitcoin-vs-us-m2-growth", &[];

    /// Bitcoin's share of the whole market cap in percent, daily, with the market cap in USD.
    INDEX_BITCOIN_DOMINANCE = Startup, HOUR, "index.bitcoin_dominance",
        "/api/index/bitcoin-dominance", &[];

    /// Exchanges' known reserves in USD with changes, inflow over 24 h and 7 d, open interest, volume and
    /// average leverage.
    EXCHANGE_ASSETS_TRANSPARENCY_LIST = Startup, TEN_MINUTES, "exchange_assets_transparency.list",
        "/api/exchange_assets_transparency/list", &[];

    /// Futures volume against spot volume of a coin per bar, with both in USD.
    FUTURES_SPOT_VOLUME_RATIO = Startup, MINUTE, "futures_spot_volume_ratio",
        "/api/futures_spot_volume_ratio", COIN_HISTORY;

    /// Coinbase premium per bar: Coinbase's price above Binance's in USD, and as a rate that live is in
    /// percent. Times in seconds.
    COINBASE_PREMIUM_INDEX = Hobbyist, MINUTE, "coinbase_premium_index",
        "/api/coinbase-premium-index", &[INTERVAL, LIMIT, START, END];

    /// Long and short margin positions on Bitfinex per bar, in coins, BTC or ETH. Times in seconds.
    BITFINEX_MARGIN_LONG_SHORT = Hobbyist, MINUTE, "bitfinex_margin_long_short",
        "/api/bitfinex-margin-long-short", &[BTC_OR_ETH, LIMIT, INTERVAL, START, END];

    /// Daily interest for borrowing a coin on Binance, OKX or Bybit, per bar. Times in seconds.
    BORROW_INTEREST_RATE = Hobbyist, MINUTE, "borrow.interest_rate",
        "/api/borrow-interest-rate/history", &[EXCHANGE_OF_THREE, COIN, INTERVAL, LIMIT, START, END];
}
