//! NFT collections.

use super::endpoints;
use super::params::{DAYS, NFT_ID, NFT_ORDER, PAGE, PER_PAGE};

endpoints! {
    /// Ids, names and addresses of collections.
    LIST = ANY, FIVE_MINUTES, "nfts_list", "/nfts/list", &[NFT_ORDER, PER_PAGE, PAGE];

    /// One collection with floor price, capitalisation, volume and holders.
    NFT = ANY, MINUTE, "nft", "/nfts/{id}", &[NFT_ID];

    /// Collections with floor price, capitalisation and volume.
    MARKETS = PRO, FIVE_MINUTES, "nfts_markets", "/nfts/markets", &[NFT_ORDER, PER_PAGE, PAGE];

    /// Floor price, capitalisation and volume of a collection over time.
    MARKET_CHART = PRO, FIVE_MINUTES, "nft_market_chart", "/nfts/{id}/market_chart", &[NFT_ID, DAYS];

    /// Floor price and volume of a collection by market place.
    TICKERS = PRO, HALF_MINUTE, "nft_tickers", "/nfts/{id}/tickers", &[NFT_ID];
}
