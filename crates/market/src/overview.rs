//! Raw data of one coin: the newest value of each datum from every provider that answers, nothing fused.

use std::sync::Arc;

use domain::{
    DAY_MS, Funding, HOUR_MS, Instrument, Observed, ProviderError, Series, Source, Ticker, UtcMs, Venue,
};
use futures_util::future::join_all;
use upstream::Ask;

use crate::{Exchange, Market};

/// One value as one provider gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it is: `price`, `fundingRate`, `openInterestUsd`. The unit is in the name.
    pub name: &'static str,
    /// The value.
    pub value: f64,
    /// Who served it.
    pub source: Source,
    /// The venue it speaks of.
    pub venue: Option<Venue>,
    /// The instant it stands for.
    pub as_of: UtcMs,
}

/// All facts of one coin, and who did not answer.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The contracts that were asked about.
    pub contracts: Vec<Arc<Instrument>>,
    /// What was answered.
    pub facts: Vec<Fact>,
    /// What could not be had, from whom, and why.
    pub failed: Vec<(&'static str, ProviderError)>,
}

/// How far back the newest row of a series is looked for.
const LOOK_BACK_MS: i64 = 12 * HOUR_MS;

#[derive(Default)]
struct Notes {
    facts: Vec<Fact>,
    failed: Vec<(&'static str, ProviderError)>,
}

impl Notes {
    fn value(&mut self, name: &'static str, got: Result<Observed<f64>, ProviderError>) {
        self.take(name, got, |observed, facts| {
            facts.push((name, observed.value));
        });
    }

    fn last(&mut self, name: &'static str, got: Result<Observed<Series>, ProviderError>) {
        self.take(name, got, |observed, facts| {
            facts.extend(observed.value.points.last().map(|point| (name, point.value)));
        });
    }

    /// What an answer holds; `what` it was asked for, where it fails.
    fn take<T>(
        &mut self,
        what: &'static str,
        got: Result<Observed<T>, ProviderError>,
        read: impl FnOnce(&Observed<T>, &mut Vec<(&'static str, f64)>),
    ) {
        match got {
            Ok(observed) => {
                let mut named = Vec::new();
                read(&observed, &mut named);
                self.facts.extend(named.into_iter().filter(|(_, value)| value.is_finite()).map(
                    |(name, value)| Fact {
                        name,
                        value,
                        source: observed.source,
                        venue: observed.venue,
                        as_of: observed.as_of,
                    },
                ));
            }
            Err(error) => self.failed.push((what, error)),
        }
    }
}

impl Market {
    /// A venue's whole market: its tickers, and where funding comes in a call of its own, joined with it.
    ///
    /// # Errors
    /// When the tickers cannot be had; funding alone missing leaves its fields empty.
    pub async fn tickers(&self, venue: Venue, ask: Ask) -> Result<Vec<Ticker>, ProviderError> {
        if venue == Venue::Binance
            && let Ok(got) = self.exchanges.binance.funding_all(ask).await
        {
            return Ok(got.value);
        }
        Ok(self.exchanges.at(venue).tickers(ask).await?.value)
    }

    /// The newest of everything about one coin, from everyone at once.
    pub async fn overview(&self, instrument: &Arc<Instrument>, ask: Ask) -> Overview {
        let contracts = self.contracts_of(instrument);
        let venues = join_all(
            contracts
                .iter()
                .map(|contract| self.venue_facts(self.exchanges.at(contract.venue), contract, ask)),
        );
        let (venues, others) = tokio::join!(venues, self.coin_facts(instrument, ask));
        let mut overview = Overview { contracts, facts: Vec::new(), failed: Vec::new() };
        for notes in venues.into_iter().chain([others]) {
            overview.facts.extend(notes.facts);
            overview.failed.extend(notes.failed);
        }
        overview
    }

    async fn venue_facts(&self, exchange: Exchange<'_>, contract: &Instrument, ask: Ask) -> Notes {
        let since = self.clock.now().plus_ms(-LOOK_BACK_MS);
        let (price, funding, interest, accounts, top, taker) = tokio::join!(
            exchange.last_price(contract, ask),
            funding(exchange, contract, since, ask),
            exchange.open_interest_history(contract, since, ask),
            exchange.account_ratio(contract, since, ask),
            exchange.top_position_ratio(contract, since, ask),
            exchange.taker_ratio(contract, since, ask),
        );
        let mut notes = Notes::default();
        notes.value("price", price);
        notes.take("fundingRate", funding, |got, facts| {
            facts.push(("fundingRate", got.value.rate));
            facts.push(("fundingIntervalHours", got.value.interval_h));
        });
        notes.take("openInterest", interest, |got, facts| {
            if let Some(last) = got.value.points.last() {
                facts.push(("openInterestCoins", last.coins));
                if contract.is_quoted_in_dollars() {
                    facts.push(("openInterestUsd", last.usd));
                }
            }
        });
        notes.last("longShortAccountRatio", accounts);
        notes.last("topPositionRatio", top);
        notes.last("takerBuySellRatio", taker);
        notes
    }

    /// What is kept by coin is asked for coins alone: a share's ticker would give some coin's figures.
    async fn coin_facts(&self, instrument: &Instrument, ask: Ask) -> Notes {
        let by_coin = async {
            if instrument.is_of_a_coin() { Some(self.by_coin(instrument, ask).await) } else { None }
        };
        let (by_coin, mood, coingecko, coinapi) = tokio::join!(
            by_coin,
            self.fear_greed.history(2, ask),
            self.vendors.coingecko.last_price(instrument, ask),
            self.vendors.coinapi.last_price(instrument, ask),
        );
        let mut notes = by_coin.unwrap_or_default();
        notes.last("fearGreed", mood);
        notes.value("price", coingecko);
        notes.value("price", coinapi);
        notes
    }

    async fn by_coin(&self, instrument: &Instrument, ask: Ask) -> Notes {
        let now = self.clock.now();
        let (liquidations, social) = tokio::join!(
            self.coinglass.liquidation_history(&instrument.base, instrument.venue, now.plus_ms(-DAY_MS), ask),
            self.lunarcrush.social(&instrument.base, now.plus_ms(-7 * DAY_MS), ask),
        );
        let mut notes = Notes::default();
        notes.take("liquidations", liquidations, |got, facts| {
            if let Some(last) = got.value.last() {
                facts.push(("longLiquidations4hUsd", last.long_usd));
                facts.push(("shortLiquidations4hUsd", last.short_usd));
            }
        });
        notes.take("social", social, |got, facts| {
            let last = |series: &Option<Series>| {
                series.as_ref().and_then(|series| series.points.last()).map(|point| point.value)
            };
            facts.extend(last(&got.value.sentiment).map(|value| ("sentimentPct", value)));
            facts.extend(last(&got.value.activity).map(|value| ("socialActivity", value)));
            facts.extend(got.value.galaxy_score.map(|value| ("galaxyScore", value)));
            facts.extend(got.value.alt_rank.map(|value| ("altRank", value)));
        });
        notes
    }
}

/// The running rate, else the last settlement: `as_of` tells which.
async fn funding(
    exchange: Exchange<'_>,
    contract: &Instrument,
    since: UtcMs,
    ask: Ask,
) -> Result<Observed<Funding>, ProviderError> {
    let error = match exchange.funding_now(contract, ask).await {
        Ok(now) => return Ok(now),
        Err(error) => error,
    };
    let settled = exchange.funding_history(contract, since, ask).await;
    let last = settled.ok().and_then(|rows| rows.value.last().copied().map(|last| (last, rows)));
    last.map(|(last, rows)| Observed { as_of: last.at, ..rows.map(|_| last) }).ok_or(error)
}
