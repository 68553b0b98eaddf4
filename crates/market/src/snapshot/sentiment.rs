//! What people say and feel: social figures, Fear & Greed.

use domain::{DAY_MS, Missing, Observed, ProviderError, Reading, Series, SocialState, Source};
use upstream::Ask;

use super::{FEAR_GREED_WINDOW_MS, Gather, SOCIAL_WINDOW_MS};
use crate::chain::Chain;
use crate::{Datum, SeriesId};

impl Gather<'_> {
    /// LunarCrush's sentiment and activity of the coin.
    pub(crate) async fn social(&self) -> Reading<SocialState> {
        let Some(coin) =
            self.main().filter(|main| main.class == domain::Class::Crypto).map(|main| &main.base)
        else {
            return Err(Missing::because("not a coin, so no social figures are asked for"));
        };
        let id = |datum| SeriesId {
            datum,
            source: Source::LunarCrush,
            venue: None,
            subject: coin.0.clone(),
            cadence_ms: DAY_MS,
        };
        let (sentiment_id, activity_id) = (id(Datum::Sentiment), id(Datum::SocialActivity));
        let since = self.since(&activity_id, SOCIAL_WINDOW_MS);
        let mut chain = Chain::new(self.ask, 1);
        let client = &self.market.lunarcrush;
        let Some(got) = chain.ask(Source::LunarCrush, |ask| client.social(coin, since, ask)).await else {
            return Err(chain.missing());
        };
        Ok(got.map(|state| SocialState {
            sentiment: state.sentiment.map(|fresh| self.join(sentiment_id, &fresh, SOCIAL_WINDOW_MS)),
            activity: state.activity.map(|fresh| self.join(activity_id, &fresh, SOCIAL_WINDOW_MS)),
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
