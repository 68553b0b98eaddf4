//! ETFs and trusts.

use super::params::{RANGE_ETF, TICKER, TICKER_OPTIONAL, TRUST};
use super::{HOUR, LIVE, TEN_MINUTES, endpoints};

endpoints! {
    /// US spot Bitcoin ETFs: assets, shares, fee, price, volume, net asset value, premium in percent and
    /// holdings. Many numbers are text; holdings are spelled in two ways.
    ETF_BITCOIN_LIST = Hobbyist, LIVE, "etf.bitcoin.list",
        "/api/etf/bitcoin/list", &[];

    /// Daily net flow of the US spot Bitcoin ETFs in USD, in total and per fund; a fund without flow_usd
    /// has not reported yet.
    ETF_BITCOIN_FLOW_HISTORY = Hobbyist, TEN_MINUTES, "etf.bitcoin.flow_history",
        "/api/etf/bitcoin/flow-history", &[];

    /// Daily net flow of the Hong Kong Bitcoin ETFs in USD, in total and per fund; a fund without flow_usd
    /// has not reported yet.
    HK_ETF_BITCOIN_FLOW_HISTORY = Hobbyist, TEN_MINUTES, "hk_etf.bitcoin.flow_history",
        "/api/hk-etf/bitcoin/flow-history", &[];

    /// Net assets of the Bitcoin ETFs, or of one fund, per day in USD, with the change and Bitcoin's price.
    ETF_BITCOIN_NET_ASSETS_HISTORY = Hobbyist, TEN_MINUTES, "etf.bitcoin.net_assets.history",
        "/api/etf/bitcoin/net-assets/history", &[TICKER_OPTIONAL];

    /// Net asset value, market price and premium or discount in percent of the Bitcoin ETFs, per day.
    ETF_BITCOIN_PREMIUM_DISCOUNT_HISTORY = Hobbyist, TEN_MINUTES, "etf.bitcoin.premium_discount.history",
        "/api/etf/bitcoin/premium-discount/history", &[TICKER_OPTIONAL];

    /// One Bitcoin ETF per day: holdings in BTC, net asset value, net assets, market price, premium in
    /// percent, shares.
    ETF_BITCOIN_HISTORY = Hobbyist, TEN_MINUTES, "etf.bitcoin.history",
        "/api/etf/bitcoin/history", &[TICKER];

    /// Candles of one Bitcoin ETF's price in USD. Live answers send every value, time too, as text.
    ETF_BITCOIN_PRICE_HISTORY = Hobbyist, TEN_MINUTES, "etf.bitcoin.price.history",
        "/api/etf/bitcoin/price/history", &[TICKER, RANGE_ETF];

    /// One Bitcoin ETF in detail: registration, session, last quote and trade (times in nanoseconds),
    /// 52-week range.
    ETF_BITCOIN_DETAIL = Hobbyist, TEN_MINUTES, "etf.bitcoin.detail",
        "/api/etf/bitcoin/detail", &[TICKER];

    /// Assets under management of the Bitcoin ETFs, or of one fund, per day in USD.
    ETF_BITCOIN_AUM = Hobbyist, HOUR, "etf.bitcoin.aum",
        "/api/etf/bitcoin/aum", &[TICKER_OPTIONAL];

    /// US spot Ethereum ETFs: assets, shares, fee, price, volume, net asset value and holdings. Documented
    /// and live key names differ.
    ETF_ETHEREUM_LIST = Hobbyist, TEN_MINUTES, "etf.ethereum.list",
        "/api/etf/ethereum/list", &[];

    /// Daily net flow of the US spot Ethereum ETFs in USD, in total and per fund; a fund without flow_usd
    /// has not reported yet.
    ETF_ETHEREUM_FLOW_HISTORY = Hobbyist, TEN_MINUTES, "etf.ethereum.flow_history",
        "/api/etf/ethereum/flow-history", &[];

    /// Net assets of the Ethereum ETFs per day in USD, with the change.
    ETF_ETHEREUM_NET_ASSETS_HISTORY = Hobbyist, TEN_MINUTES, "etf.ethereum.net_assets.history",
        "/api/etf/ethereum/net-assets/history", &[];

    /// Daily net flow of the Solana ETFs in USD, in total and per fund; a fund without flow_usd has not
    /// reported yet.
    ETF_SOLANA_FLOW_HISTORY = Hobbyist, TEN_MINUTES, "etf.solana.flow_history",
        "/api/etf/solana/flow-history", &[];

    /// Daily net flow of the XRP ETFs in USD, in total and per fund; a fund without flow_usd has not
    /// reported yet.
    ETF_XRP_FLOW_HISTORY = Hobbyist, TEN_MINUTES, "etf.xrp.flow_history",
        "/api/etf/xrp/flow-history", &[];

    /// Daily net flow of the HYPE ETFs in USD, in total and per fund; a fund without flow_usd has not
    /// reported yet.
    ETF_HYPE_FLOW_HISTORY = Hobbyist, TEN_MINUTES, "etf.hype.flow_history",
        "/api/etf/hype/flow-history", &[];

    /// Grayscale's trusts: holdings in coins and USD, changes over 1, 7 and 30 days, premium in percent.
    GRAYSCALE_HOLDINGS_LIST = Hobbyist, TEN_MINUTES, "grayscale.holdings_list",
        "/api/grayscale/holdings-list", &[];

    /// Premium in percent of one Grayscale trust over time, as parallel arrays; the time list is named
    /// date_list or time_list.
    GRAYSCALE_PREMIUM_HISTORY = Hobbyist, TEN_MINUTES, "grayscale.premium_history",
        "/api/grayscale/premium-history", &[TRUST];
}
