//! One contract at one instant: every observation the engine needs, asked for at once, each datum with its
//! own order of sources.

mod candles;
mod funding;
mod liquidations;
mod open_interest;
mod positioning;
mod sentiment;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{DAY_MS, Instrument, MarketSnapshot, Missing, Observed, Reading, Series, Source, UtcMs, Venue};
use upstream::Ask;

use crate::series::merge;
use crate::{Datum, Known, Market, SeriesId};

/// Window of own history for positioning, open interest and liquidations.
pub const POSITIONING_WINDOW_MS: i64 = 30 * DAY_MS;
/// Window of own history for funding.
pub const FUNDING_WINDOW_MS: i64 = 90 * DAY_MS;
/// Window of own history for the Fear & Greed Index.
pub const FEAR_GREED_WINDOW_MS: i64 = 365 * DAY_MS;
/// Window of own history for social figures.
pub const SOCIAL_WINDOW_MS: i64 = 90 * DAY_MS;

/// A snapshot, and the rows it brought that the store should keep.
#[derive(Debug)]
pub struct Gathered {
    /// What the engine decides on.
    pub snapshot: MarketSnapshot,
    /// Rows to keep, by series.
    pub learned: Vec<(SeriesId, Series)>,
}

/// One evaluation's way through the providers.
pub(crate) struct Gather<'a> {
    pub(crate) market: &'a Market,
    /// The contract asked for, and the same coin's contracts elsewhere.
    pub(crate) contracts: Vec<Arc<Instrument>>,
    pub(crate) known: &'a Known,
    pub(crate) ask: Ask,
    pub(crate) started: UtcMs,
    learned: Mutex<Vec<(SeriesId, Series)>>,
}

impl Market {
    /// Everything the engine needs of one contract, all sources asked at once.
    ///
    /// `known` is what the store holds already; only what is newer is asked for. Never fails as a whole:
    /// what nobody gave is a reading with its reason.
    pub async fn snapshot(&self, instrument: &Arc<Instrument>, known: &Known, ask: Ask) -> Gathered {
        let gather = Gather {
            market: self,
            contracts: self.contracts_of(instrument),
            known,
            ask,
            started: self.clock.now(),
            learned: Mutex::new(Vec::new()),
        };
        let (
            price,
            candles_4h,
            funding,
            open_interest,
            account_ratio,
            top_positions,
            liquidations,
            social,
            fear_greed,
        ) = tokio::join!(
            gather.price(),
            gather.candles_4h(),
            gather.funding(),
            gather.open_interest(),
            gather.account_ratio(),
            gather.top_positions(),
            gather.liquidations(),
            gather.social(),
            gather.fear_greed(),
        );
        let open_interest = gather.with_own_candles(open_interest, &candles_4h).await;
        let liquidations = gather.with_open_interest(liquidations, &open_interest).await;
        let learned = gather.learned.into_inner().unwrap_or_else(PoisonError::into_inner);
        let snapshot = MarketSnapshot {
            // Taken last: live values may be younger than the moment of asking.
            at: self.clock.now(),
            instrument: Instrument::clone(instrument),
            price,
            candles_4h,
            funding,
            open_interest,
            account_ratio,
            top_positions,
            liquidations,
            social,
            fear_greed,
        };
        Gathered { snapshot, learned }
    }
}

impl Gather<'_> {
    /// The contract on a venue, if the coin has one there.
    pub(crate) fn contract(&self, venue: Venue) -> Option<&Arc<Instrument>> {
        self.contracts.iter().find(|instrument| instrument.venue == venue)
    }

    /// The contracts in the order of venues, the asked one's venue first.
    pub(crate) fn contracts(&self) -> impl Iterator<Item = &Arc<Instrument>> {
        self.contracts.iter()
    }

    /// The contract asked for.
    pub(crate) fn main(&self) -> Option<&Arc<Instrument>> {
        self.contracts.first()
    }

    /// From when on a series is asked for.
    pub(crate) fn since(&self, id: &SeriesId, window_ms: i64) -> UtcMs {
        self.known.since(id, self.started, window_ms)
    }

    /// Joins fresh rows with the known ones, and notes what is new for the store.
    pub(crate) fn join(&self, id: SeriesId, fresh: &Series, window_ms: i64) -> Series {
        let known = self.known.get(&id).map(Arc::as_ref);
        let from = self.started.plus_ms(-window_ms);
        let merged = merge(known, fresh, from, self.market.clock.now());
        let new: Vec<_> = fresh
            .points
            .iter()
            .filter(|point| point.value.is_finite() && known.is_none_or(|series| !holds(series, **point)))
            .copied()
            .collect();
        if !new.is_empty() {
            self.learned
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((id, Series { cadence_ms: fresh.cadence_ms, points: new }));
        }
        merged
    }

    /// Joins an observed series with what is known.
    pub(crate) fn join_observed(
        &self,
        got: Observed<Series>,
        id: SeriesId,
        window_ms: i64,
    ) -> Observed<Series> {
        got.map(|fresh| self.join(id, &fresh, window_ms))
    }
}

/// Whether a series holds this very value at this very instant.
fn holds(series: &Series, point: domain::Point) -> bool {
    series
        .points
        .binary_search_by_key(&point.at, |known| known.at)
        .ok()
        .and_then(|index| series.points.get(index))
        .is_some_and(|known| known.value.to_bits() == point.value.to_bits())
}

/// The id of a contract's series.
pub(crate) fn contract_series(
    datum: Datum,
    source: Source,
    instrument: &Instrument,
    cadence_ms: i64,
) -> SeriesId {
    SeriesId {
        datum,
        source,
        venue: Some(instrument.venue),
        subject: instrument.native_symbol.clone(),
        cadence_ms,
    }
}

/// Why amounts of a contract are no dollars, where they are none.
pub(crate) fn other_money(instrument: &Instrument) -> Option<Missing> {
    let words = || {
        let Instrument { native_symbol, quote, .. } = instrument;
        Missing::because(format!("amounts of {native_symbol} are in {quote}, not in dollars"))
    };
    (!instrument.is_quoted_in_dollars()).then(words)
}

/// A reading that is missing since the coin has no contract on any venue that serves it.
pub(crate) fn nowhere<T>(what: &str) -> Reading<T> {
    Err(Missing::because(format!("no venue lists a contract that serves {what}")))
}

/// The ids of every series that an evaluation over these contracts may want from the store.
pub(crate) fn wanted_series(contracts: &[Arc<Instrument>]) -> Vec<SeriesId> {
    use open_interest::positioning_cadence_ms as cadence;
    let mut ids = Vec::new();
    for instrument in contracts {
        let own = instrument.venue.source();
        for source in [own, Source::Coinglass] {
            for datum in [
                Datum::OpenInterestCoins,
                Datum::OpenInterestUsd,
                Datum::AccountRatio,
                Datum::TopPositionRatio,
                Datum::TakerRatio,
            ] {
                ids.push(contract_series(datum, source, instrument, cadence(source)));
            }
            ids.push(contract_series(Datum::FundingAnnualised, source, instrument, 8 * domain::HOUR_MS));
        }
        for datum in [Datum::LiquidationLongUsd, Datum::LiquidationShortUsd] {
            ids.push(contract_series(datum, Source::Coinglass, instrument, 4 * domain::HOUR_MS));
        }
        ids.extend(crate::collector::kept_ids(instrument));
    }
    let market_wide = |datum, source, subject: &str| SeriesId {
        datum,
        source,
        venue: None,
        subject: subject.to_owned(),
        cadence_ms: DAY_MS,
    };
    ids.push(market_wide(Datum::FearGreed, Source::AlternativeMe, "market"));
    if let Some(main) = contracts.first() {
        for datum in [Datum::Sentiment, Datum::SocialActivity, Datum::SocialPosts] {
            ids.push(market_wide(datum, Source::LunarCrush, &main.base.0));
        }
    }
    ids
}
