//! CoinGecko as the market and the operations read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::symbols::is_stablecoin;
use domain::{Clock, ErrorKind, Instrument, Observed, ProviderError, Source, UtcMs, Venue};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::convert::{self, Category, Coin, CoinMarket, Global, Trending, exchange_id};
use crate::endpoints::{coins, derivatives, market, simple};
use crate::rows::{CategoryRow, CoinRow, ContractRow, DerivativeExchange, GlobalRow, MarketRow, PriceRow};

/// CoinGecko v3. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CoinGecko {
    lane: Lane,
    clock: Arc<dyn Clock>,
}

/// Which page of the market list, largest coins first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketsQuery {
    /// Currency of the figures: `usd`.
    pub vs_currency: String,
    /// Rows of a page, 1 to 250.
    pub per_page: u32,
    /// From 1.
    pub page: u32,
    /// A category's id.
    pub category: Option<String>,
    /// CoinGecko's ids of the coins wanted; all where empty.
    pub ids: Vec<String>,
}

impl Default for MarketsQuery {
    fn default() -> Self {
        Self { vs_currency: "usd".to_owned(), per_page: 100, page: 1, category: None, ids: Vec::new() }
    }
}

impl CoinGecko {
    /// A client on a lane made with [`crate::CoinGeckoWire`].
    #[must_use]
    pub fn new(lane: Lane, clock: Arc<dyn Clock>) -> Self {
        Self { lane, clock }
    }

    /// The way out, for its state.
    #[must_use]
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Any endpoint of [`crate::ENDPOINTS`]; the answer as it was sent.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    /// The coin's price in USD over all markets, times the contract's multiplier: about what one contract
    /// unit costs. `as_of` is the provider's own time, up to some minutes ago.
    ///
    /// The coin is the one that CoinGecko names beside the venue's contract; tickers alone mean several
    /// coins. Where the contract's own price shows that the two differ, this is `NotFound`. Contracts that
    /// are not quoted in dollars are `Unsupported`.
    pub async fn last_price(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<f64>, ProviderError> {
        let (symbol, quote) = (&instrument.native_symbol, &instrument.quote);
        if !(quote == "USD" || is_stablecoin(quote)) {
            return Err(failure(
                ErrorKind::Unsupported,
                format!("{symbol} is quoted in {quote}, not in dollars"),
            ));
        }
        let exchange = exchange_id(instrument.venue);
        // A list an hour old is as good as a new one.
        let args = Args::new().with("id", exchange).with("include_tickers", "unexpired");
        let listed = self.raw(&derivatives::EXCHANGE, args, Ask { fresh: false, ..ask }).await?;
        let rows: Vec<ContractRow<'_>> = read::<DerivativeExchange<'_>>(&listed)?.tickers.unwrap_or_default();
        let unknown =
            || failure(ErrorKind::NotFound, format!("CoinGecko names no coin for {symbol} on {exchange}"));
        let contract = convert::contract(&rows, instrument).ok_or_else(unknown)?;
        let coin = contract.coin_id.value().ok_or_else(unknown)?;

        let args = Args::new()
            .with("vs_currencies", "usd")
            .with("ids", coin)
            .with("include_last_updated_at", true)
            .with("precision", "full");
        let answer = self.raw(&simple::PRICE, args, ask).await?;
        let prices: BTreeMap<String, PriceRow<'_>> = read(&answer)?;
        let told = prices.get(coin).and_then(|row| convert::price_usd(row, self.clock.now()));
        let (price, as_of) =
            told.ok_or_else(|| failure(ErrorKind::NoData, format!("CoinGecko gives no price for {coin}")))?;
        let multiplier = instrument.multiplier.to_f64().unwrap_or(f64::NAN);
        let value = price * multiplier;
        if !convert::alike(value, contract) {
            let text =
                format!("{coin} at {value} USD is not what {symbol} trades for ({})", contract.last.as_str());
            return Err(failure(ErrorKind::NotFound, text));
        }
        Ok(observed(value, as_of, Some(instrument.venue), &answer))
    }

    /// A page of coins with price, capitalisation, volume and changes over 1 h, 24 h and 7 days.
    pub async fn markets(
        &self,
        query: &MarketsQuery,
        ask: Ask,
    ) -> Result<Observed<Vec<CoinMarket>>, ProviderError> {
        let ids = (!query.ids.is_empty()).then(|| query.ids.join(","));
        let args = Args::new()
            .with("vs_currency", &query.vs_currency)
            .with_opt("ids", ids)
            .with_opt("category", query.category.as_ref())
            .with("per_page", query.per_page)
            .with("page", query.page)
            .with("price_change_percentage", "1h,24h,7d");
        let answer = self.raw(&coins::MARKETS, args, ask).await?;
        let now = self.clock.now();
        let value = convert::markets(&read::<Vec<MarketRow<'_>>>(&answer)?, now);
        let newest = value.iter().filter_map(|coin| coin.at).max();
        self.filled(value, newest, &answer, "market")
    }

    /// The coins searched for most, and their prices in USD.
    pub async fn trending(&self, ask: Ask) -> Result<Observed<Vec<Trending>>, ProviderError> {
        let answer = self.raw(&market::TRENDING, Args::new(), ask).await?;
        let value = convert::trending(&read(&answer)?);
        self.filled(value, None, &answer, "trending coin")
    }

    /// Categories of coins with capitalisation and volume, largest first.
    pub async fn categories(&self, ask: Ask) -> Result<Observed<Vec<Category>>, ProviderError> {
        let answer = self.raw(&coins::CATEGORIES, Args::new(), ask).await?;
        let value = convert::categories(&read::<Vec<CategoryRow<'_>>>(&answer)?, self.clock.now());
        let newest = value.iter().filter_map(|category| category.at).max();
        self.filled(value, newest, &answer, "category")
    }

    /// Every coin with its ticker, which far more than one coin may bear.
    pub async fn coin_list(&self, ask: Ask) -> Result<Observed<Vec<Coin>>, ProviderError> {
        let answer = self.raw(&coins::LIST, Args::new(), ask).await?;
        let value = convert::coins(&read::<Vec<CoinRow<'_>>>(&answer)?);
        self.filled(value, None, &answer, "coin")
    }

    /// Capitalisation, volume and dominance of the whole market.
    pub async fn global(&self, ask: Ask) -> Result<Observed<Global>, ProviderError> {
        let answer = self.raw(&market::GLOBAL, Args::new(), ask).await?;
        let row: GlobalRow<'_> = read(&answer)?;
        let value = convert::global(&row.data, self.clock.now())
            .ok_or_else(|| failure(ErrorKind::NoData, "CoinGecko tells no capitalisation"))?;
        let as_of = value.at;
        Ok(observed(value, as_of, None, &answer))
    }

    /// Rows with their origin; where they tell no time, that of the answer.
    fn filled<T>(
        &self,
        value: Vec<T>,
        newest: Option<UtcMs>,
        answer: &Fetched,
        what: &str,
    ) -> Result<Observed<Vec<T>>, ProviderError> {
        if value.is_empty() {
            return Err(failure(ErrorKind::NoData, format!("CoinGecko gives no {what}")));
        }
        let as_of = newest.unwrap_or_else(|| answer.received_at.min(self.clock.now()));
        Ok(observed(value, as_of, None, answer))
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::CoinGecko, kind, message)
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Fetched) -> Result<T, ProviderError> {
    serde_json::from_slice(answer.data())
        .map_err(|error| failure(ErrorKind::Malformed, format!("the data are not as documented: {error}")))
}

fn observed<T>(value: T, as_of: UtcMs, venue: Option<Venue>, answer: &Fetched) -> Observed<T> {
    Observed { value, source: Source::CoinGecko, venue, as_of, received_at: answer.received_at }
}
