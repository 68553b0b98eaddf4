//! Series as they are kept: what a coin is ranked against, and how new rows join the known ones.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Point, Series, Source, UtcMs, Venue};

/// What a kept series measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// Settled funding, annualised, as a fraction.
    FundingAnnualised,
    /// Open interest in coins.
    OpenInterestCoins,
    /// Open interest in quote dollars.
    OpenInterestUsd,
    /// Long/short ratio of all accounts.
    AccountRatio,
    /// Long/short ratio of the top traders' positions.
    TopPositionRatio,
    /// Taker buy / sell volume ratio per bar.
    TakerRatio,
    /// Longs liquidated per bar, USD.
    LiquidationLongUsd,
    /// Shorts liquidated per bar, USD.
    LiquidationShortUsd,
    /// 1 for each hour in which a venue's liquidation stream was watched without a gap.
    LiquidationCoverage,
    /// Crypto Fear & Greed Index.
    FearGreed,
    /// Share of positive posts, 0-100.
    Sentiment,
    /// Interactions per bucket.
    SocialActivity,
    /// Posts created per bucket.
    SocialPosts,
}

impl Datum {
    /// Name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FundingAnnualised => "funding_annualised",
            Self::OpenInterestCoins => "open_interest_coins",
            Self::OpenInterestUsd => "open_interest_usd",
            Self::AccountRatio => "account_ratio",
            Self::TopPositionRatio => "top_position_ratio",
            Self::TakerRatio => "taker_ratio",
            Self::LiquidationLongUsd => "liquidation_long_usd",
            Self::LiquidationShortUsd => "liquidation_short_usd",
            Self::LiquidationCoverage => "liquidation_coverage",
            Self::FearGreed => "fear_greed",
            Self::Sentiment => "sentiment",
            Self::SocialActivity => "social_activity",
            Self::SocialPosts => "social_posts",
        }
    }
}

/// A kept series: one datum of one contract (or coin, or of the market) from one source and venue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId {
    /// What it measures.
    pub datum: Datum,
    /// Who serves it.
    pub source: Source,
    /// The venue it speaks of.
    pub venue: Option<Venue>,
    /// Native symbol, coin ticker, or `market`.
    pub subject: String,
    /// Distance between neighbours.
    pub cadence_ms: i64,
}

impl SeriesId {
    /// Source and venue in one word, as the store keeps it: `binance`, `coinglass:binance`.
    #[must_use]
    pub fn origin(&self) -> String {
        match self.venue {
            Some(venue) if venue.source() != self.source => format!("{}:{venue}", self.source),
            _ => self.source.as_str().to_owned(),
        }
    }
}

/// What the store knows already of the series that one evaluation may need.
#[derive(Clone, Debug, Default)]
pub struct Known(HashMap<SeriesId, Arc<Series>>);

impl Known {
    /// Adds a series.
    pub fn insert(&mut self, id: SeriesId, series: Arc<Series>) {
        self.0.insert(id, series);
    }

    /// The series, if any of it is known.
    #[must_use]
    pub fn get(&self, id: &SeriesId) -> Option<&Arc<Series>> {
        self.0.get(id)
    }

    /// From when on to ask a provider: a little before the end of what is known without a hole (so that
    /// late rows are caught), else the start of the window.
    ///
    /// What is known counts only if it begins near the window's start; a provider's whole reach is asked
    /// for again otherwise, which happens once per series.
    #[must_use]
    pub fn since(&self, id: &SeriesId, now: UtcMs, window_ms: i64) -> UtcMs {
        let start = now.plus_ms(-window_ms);
        let Some(series) = self.0.get(id) else { return start };
        let Some(last) = series.last_at(now) else { return start };
        let inside = series.points.partition_point(|point| point.at < start);
        let held = series.points.len().saturating_sub(inside) as f64;
        let wanted = window_ms as f64 / id.cadence_ms.max(1) as f64;
        if held < FILLED * wanted {
            return start;
        }
        last.at.plus_ms(-2 * id.cadence_ms).max(start)
    }
}

/// Share of a window that must be known before only its end is asked for. Providers reach 20 to 30 days
/// back, and some coins are younger; asking again for what cannot be had would cost quota for ever.
const FILLED: f64 = 0.5;

/// Known and fresh points in one ascending series within `[from, to]`; a fresh value replaces a known one
/// at the same instant.
#[must_use]
pub fn merge(known: Option<&Series>, fresh: &Series, from: UtcMs, to: UtcMs) -> Series {
    let old = known.map(|series| series.points.as_slice()).unwrap_or_default();
    let mut points: Vec<Point> = Vec::with_capacity(old.len() + fresh.points.len());
    let (mut left, mut right) = (old.iter().peekable(), fresh.points.iter().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a.at < b.at => left.next(),
            (Some(a), Some(b)) if a.at == b.at => {
                left.next();
                right.next()
            }
            (_, Some(_)) => right.next(),
            (Some(_), None) => left.next(),
            (None, None) => break,
        };
        if let Some(point) = next
            && point.at >= from
            && point.at <= to
            && point.value.is_finite()
            && points.last().is_none_or(|last| last.at < point.at)
        {
            points.push(*point);
        }
    }
    Series { cadence_ms: fresh.cadence_ms, points }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(i64, f64)]) -> Series {
        Series {
            cadence_ms: 10,
            points: points.iter().map(|&(at, value)| Point { at: UtcMs(at), value }).collect(),
        }
    }

    #[test]
    fn fresh_values_replace_known_ones_and_nothing_outside_the_window_enters() {
        let known = series(&[(0, 1.0), (10, 2.0), (20, 3.0)]);
        let fresh = series(&[(20, 9.0), (30, 4.0), (40, 5.0)]);
        let merged = merge(Some(&known), &fresh, UtcMs(10), UtcMs(30));
        assert_eq!(merged, series(&[(10, 2.0), (20, 9.0), (30, 4.0)]));
    }

    #[test]
    fn a_filled_window_is_asked_for_its_end_only() {
        let id = SeriesId {
            datum: Datum::AccountRatio,
            source: Source::Binance,
            venue: Some(Venue::Binance),
            subject: "BTCUSDT".into(),
            cadence_ms: 10,
        };
        let mut known = Known::default();
        assert_eq!(known.since(&id, UtcMs(100), 100), UtcMs(0));
        let points: Vec<_> = (0..=9).map(|i| (i * 10, 1.0)).collect();
        known.insert(id.clone(), Arc::new(series(&points)));
        assert_eq!(known.since(&id, UtcMs(100), 100), UtcMs(70));
        known.insert(id.clone(), Arc::new(series(&[(90, 1.0)])));
        assert_eq!(known.since(&id, UtcMs(100), 100), UtcMs(0), "a hole-ridden window is asked for whole");
    }
}
