//! What people say and feel: social figures, Fear & Greed.

use domain::{CoinId, DAY_MS, Missing, Observed, ProviderError, Reading, Series, SocialState, Source, UtcMs};
use lunarcrush::convert::POSTS_CREATED;
use upstream::Ask;

use super::{FEAR_GREED_WINDOW_MS, Gather, SOCIAL_WINDOW_MS};
use crate::chain::Chain;
use crate::{Datum, Known, SeriesId};

impl Gather<'_> {
    /// LunarCrush's sentiment and activity of the coin.
    pub(crate) async fn social(&self) -> Reading<SocialState> {
        let Some(coin) = self.main().filter(|main| main.is_of_a_coin()).map(|main| &main.base) else {
            return Err(Missing::because("not a coin, so no social figures are asked for"));
        };
        let since = social_since(self.known, coin, self.started);
        let mut chain = Chain::new(self.ask, 1);
        let client = &self.market.lunarcrush;
        let Some(got) = chain.ask(Source::LunarCrush, |ask| client.social(coin, since, ask)).await else {
            return Err(chain.missing());
        };
        let join = |datum, fresh: Series| self.join(social_id(datum, coin), &fresh, SOCIAL_WINDOW_MS);
        Ok(got.map(|state| SocialState {
            sentiment: state.sentiment.map(|fresh| join(Datum::Sentiment, fresh)),
            activity: state.activity.map(|fresh| join(activity_datum(&state.activity_name), fresh)),
            ..state
        }))
    }

    /// The daily index: alternative.me, then Coinglass's copy of it.
    pub(crate) async fn fear_greed(&self) -> Reading<Series> {
        let mut chain = Chain::new(self.ask, 2);
        for source in [Source::AlternativeMe, Source::Coinglass] {
            if let Some(got) = chain.ask(source, |ask| self.fear_greed_at(source, ask)).await {
                return Ok(got);
            }
        }
        Err(chain.missing())
    }

    async fn fear_greed_at(&self, source: Source, ask: Ask) -> Result<Observed<Series>, ProviderError> {
        // Both serve the same index, so both are kept as one series.
        let id = SeriesId {
            datum: Datum::FearGreed,
            source: Source::AlternativeMe,
            venue: None,
            subject: "market".to_owned(),
            cadence_ms: DAY_MS,
        };
        let since = self.since(&id, FEAR_GREED_WINDOW_MS);
        let days = u32::try_from(self.started.since(since) / DAY_MS + 2).unwrap_or(400);
        let got = if source == Source::Coinglass {
            self.market.coinglass.fear_greed(days, ask).await?
        } else {
            self.market.fear_greed.history(days, ask).await?
        };
        Ok(self.join_observed(got, id, FEAR_GREED_WINDOW_MS))
    }
}

/// The id of a coin's social series.
fn social_id(datum: Datum, coin: &CoinId) -> SeriesId {
    SeriesId { datum, source: Source::LunarCrush, venue: None, subject: coin.0.clone(), cadence_ms: DAY_MS }
}

/// What an answer's activity measures. Posts are some thousand times fewer than interactions: joined in one
/// series, neither could be ranked.
fn activity_datum(name: &str) -> Datum {
    if name == POSTS_CREATED { Datum::SocialPosts } else { Datum::SocialActivity }
}

/// From when on social figures are asked for. Which of the two activities comes is known only afterwards, so
/// the one that came last is taken to come again.
fn social_since(known: &Known, coin: &CoinId, now: UtcMs) -> UtcMs {
    let told = [Datum::SocialActivity, Datum::SocialPosts].map(|datum| {
        let id = social_id(datum, coin);
        let newest = known.get(&id).and_then(|series| series.last_at(now)).map(|point| point.at);
        (newest, known.since(&id, now, SOCIAL_WINDOW_MS))
    });
    let newest = told.iter().map(|(newest, _)| *newest).max().flatten();
    let since = told.iter().filter(|(at, _)| *at == newest).map(|(_, since)| *since).min();
    since.unwrap_or_else(|| now.plus_ms(-SOCIAL_WINDOW_MS))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::Point;
    use lunarcrush::convert::INTERACTIONS;

    use super::*;
    use crate::series::merge;

    const NOW: UtcMs = UtcMs(20_000 * DAY_MS);

    fn btc() -> CoinId {
        CoinId("BTC".to_owned())
    }

    /// One value for every day from `first` to `last` days ago.
    fn days(first: i64, last: i64, value: f64) -> Series {
        let points =
            (last..=first).rev().map(|ago| Point { at: NOW.plus_ms(-ago * DAY_MS), value }).collect();
        Series { cadence_ms: DAY_MS, points }
    }

    fn known(series: [(&str, Series); 2]) -> Known {
        let mut known = Known::default();
        for (name, series) in series {
            known.insert(social_id(activity_datum(name), &btc()), Arc::new(series));
        }
        known
    }

    #[test]
    fn posts_and_interactions_are_never_one_series() {
        let id = |name| social_id(activity_datum(name), &btc());
        assert_eq!(id(INTERACTIONS).datum.as_str(), "social_activity", "as it was kept before");
        assert_eq!(id(POSTS_CREATED).datum.as_str(), "social_posts");
        let known = known([(INTERACTIONS, days(80, 3, 1e8)), (POSTS_CREATED, days(90, 81, 2e5))]);
        let joined = |name| {
            let earlier = known.get(&id(name)).map(Arc::as_ref);
            merge(earlier, &days(2, 0, 1e5), NOW.plus_ms(-SOCIAL_WINDOW_MS), NOW)
        };
        let posts = joined(POSTS_CREATED);
        assert_eq!(posts.points.len(), 13);
        assert!(posts.points.iter().all(|point| point.value < 1e6));
    }

    #[test]
    fn both_units_are_wanted_from_the_store() {
        let wanted = super::super::wanted_series(&[Arc::new(contract())]);
        for name in [INTERACTIONS, POSTS_CREATED] {
            assert!(wanted.contains(&social_id(activity_datum(name), &btc())), "{name}");
        }
    }

    #[test]
    fn the_unit_that_came_last_decides_from_when_on_is_asked() {
        let start = NOW.plus_ms(-SOCIAL_WINDOW_MS);
        let since = |interactions, posts| {
            social_since(&known([(INTERACTIONS, interactions), (POSTS_CREATED, posts)]), &btc(), NOW)
        };
        assert_eq!(social_since(&Known::default(), &btc(), NOW), start);
        assert_eq!(since(days(90, 1, 1e8), Series::default()), NOW.plus_ms(-3 * DAY_MS));
        assert_eq!(since(days(90, 1, 1e8), days(90, 40, 1e5)), NOW.plus_ms(-3 * DAY_MS));
        assert_eq!(since(days(90, 2, 1e8), days(3, 1, 1e5)), start, "posts are new: their whole window");
        assert_eq!(since(days(90, 40, 1e8), days(90, 1, 1e5)), NOW.plus_ms(-3 * DAY_MS));
    }

    fn contract() -> domain::Instrument {
        use rust_decimal::Decimal;
        domain::Instrument {
            venue: domain::Venue::Binance,
            native_symbol: "BTCUSDT".to_owned(),
            kind: domain::Kind::Perp,
            base: btc(),
            native_base: "BTC".to_owned(),
            quote: "USDT".to_owned(),
            multiplier: 1,
            contract_size: Decimal::ONE,
            class: domain::Class::Crypto,
            status: domain::Status::Trading,
            tick_size: Decimal::new(1, 1),
            lot_step: Decimal::new(1, 3),
            min_notional: None,
            onboard_at: None,
            delivery_at: None,
            funding_interval_h: Some(8),
        }
    }
}
