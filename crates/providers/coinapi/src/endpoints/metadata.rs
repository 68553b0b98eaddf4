//! What exists: assets and exchanges.

use super::endpoints;
use super::params::{ASSET_PATH, EXCHANGE_PATH, FILTER_ASSETS, FILTER_EXCHANGES, SIZE};

endpoints! {
    /// Assets with price (USD), volumes (USD), supply and how far their data reach back.
    ASSETS = CREDIT, HOUR, "assets", "/v1/assets", &[FILTER_ASSETS];

    /// One asset with price (USD), volumes (USD) and supply, as a list of one.
    ASSET = CREDIT, HOUR, "asset", "/v1/assets/{asset_id}", &[ASSET_PATH];

    /// Addresses of the assets' pictures.
    ASSET_ICONS = CREDIT, DAY, "asset_icons", "/v1/assets/icons/{size}", &[SIZE];

    /// Exchanges with volumes (USD), rank, number of symbols and the metrics they have.
    EXCHANGES = CREDIT, HOUR, "exchanges", "/v1/exchanges", &[FILTER_EXCHANGES];

    /// One exchange with volumes (USD), rank and metrics, as a list of one.
    EXCHANGE = CREDIT, HOUR, "exchange", "/v1/exchanges/{exchange_id}", &[EXCHANGE_PATH];

    /// Addresses of the exchanges' pictures.
    EXCHANGE_ICONS = CREDIT, DAY, "exchange_icons", "/v1/exchanges/icons/{size}", &[SIZE];
}
