//! Social figures of coins and topics, as LunarCrush tells them and as computed from its series.

/// Changes, momentum, correlation.
pub mod figures;
/// Figures of all coins.
pub mod list;
/// A coin's figures over time.
pub mod series;
/// Topics, news, creators.
pub mod topics;

use domain::symbols::SymbolError;
use domain::{DAY_MS, ErrorKind, HOUR_MS, ProviderError, Source, UtcMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upstream::Ask;

use crate::overview::FailureAnswer;
use crate::{App, AppError};

use figures::{Change, Correlation, Momentum};
use list::CoinFigures;
use series::{Bucket, Reach};
use topics::{NewsItem, TopicFigures};

/// What LunarCrush's terms ask to be named.
const SOURCE: &str = "LunarCrush";
/// News beside other figures of a coin.
const NEWS_ROWS: usize = 5;

fn failure(kind: ErrorKind, message: impl Into<String>) -> AppError {
    AppError::Provider(ProviderError::new(Source::LunarCrush, kind, message))
}

fn read<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, AppError> {
    serde_json::from_slice(data)
        .map_err(|error| failure(ErrorKind::Malformed, format!("the data are not as documented: {error}")))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Span of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ChangeWindow {
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// Four hours.
    #[serde(rename = "4h")]
    FourHours,
    /// 24 hours.
    #[default]
    #[serde(rename = "24h")]
    Day,
    /// Seven days.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
}

impl ChangeWindow {
    const fn ms(self) -> i64 {
        match self {
            Self::Hour => HOUR_MS,
            Self::FourHours => 4 * HOUR_MS,
            Self::Day => DAY_MS,
            Self::Week => 7 * DAY_MS,
            Self::Month => 30 * DAY_MS,
        }
    }

    const fn series(self) -> (Bucket, Reach) {
        match self {
            Self::Hour | Self::FourHours | Self::Day => (Bucket::Hour, Reach::Week),
            Self::Week => (Bucket::Day, Reach::Month),
            Self::Month => (Bucket::Day, Reach::Quarter),
        }
    }
}

/// How a coin's figures changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// The span of the change, against the span of the same length before it.
    pub window: ChangeWindow,
    /// Length of the buckets it was computed from.
    pub bucket: Bucket,
    /// End of the newest closed bucket.
    pub as_of: UtcMs,
    /// One row for each figure with two complete windows.
    pub changes: Vec<Change>,
    /// Who is to be named beside the data.
    pub source: String,
}

/// A coin's social momentum.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MomentumAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// End of the last closed day.
    pub as_of: UtcMs,
    /// The figures.
    pub momentum: Momentum,
    /// Who is to be named beside the data.
    pub source: String,
}

/// How a coin's attention and price move together.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorrelationAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// Length of the buckets.
    pub bucket: Bucket,
    /// End of the newest closed bucket.
    pub as_of: UtcMs,
    /// The figures.
    pub correlation: Correlation,
    /// Who is to be named beside the data.
    pub source: String,
}

/// Everything about a coin at once. What could not be had is listed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComprehensiveAnswer {
    /// Coin ticker.
    pub symbol: String,
    /// When it was asked.
    pub timestamp: UtcMs,
    /// Figures of now.
    pub coin: Option<CoinFigures>,
    /// Changes over 24 hours.
    pub change_24h: Option<Vec<Change>>,
    /// Momentum against the last 30 days.
    pub momentum: Option<Momentum>,
    /// Correlation of attention and price by day.
    pub correlation: Option<Correlation>,
    /// The coin's topic.
    pub topic: Option<TopicFigures>,
    /// Newest news. The texts are third parties'.
    pub news: Option<Vec<NewsItem>>,
    /// What could not be had, and why.
    pub failed: Vec<FailureAnswer>,
    /// Who is to be named beside the data.
    pub source: String,
}

impl App {
    /// The ticker that LunarCrush is asked for. Coins without a contract go as typed: it knows more of them.
    async fn social_coin(&self, symbol: &str, ask: Ask) -> Result<String, AppError> {
        let typed = symbol.trim();
        if is_number(typed) {
            return Ok(typed.to_owned());
        }
        let ask = Ask { fresh: false, ..ask };
        match self.resolve(typed, ask).await {
            Ok(resolved) => Ok(resolved.instrument.base.0.clone()),
            Err(AppError::Symbol(
                error @ (SymbolError::Empty | SymbolError::TooLong | SymbolError::BadCharacters { .. }),
            )) => Err(error.into()),
            Err(_) => Ok(typed.to_ascii_uppercase()),
        }
    }

    /// How a coin's figures changed over a window.
    ///
    /// # Errors
    /// No series, or no two complete windows of any figure.
    pub async fn social_change(
        &self,
        symbol: &str,
        window: ChangeWindow,
        ask: Ask,
    ) -> Result<ChangeAnswer, AppError> {
        let (bucket, reach) = window.series();
        let series = match self.social_series(symbol, bucket, reach, ask).await {
            // Where there are no hours, days tell as much of a day.
            Err(AppError::Provider(error))
                if error.kind == ErrorKind::NoData && window == ChangeWindow::Day =>
            {
                self.social_series(symbol, Bucket::Day, Reach::Week, ask).await?
            }
            other => other?,
        };
        let changes = figures::changes(&series.points, series.bucket.ms(), window.ms());
        if changes.is_empty() {
            return Err(failure(
                ErrorKind::NoData,
                format!("the series of {} has no two complete windows", series.symbol),
            ));
        }
        Ok(ChangeAnswer {
            as_of: end_of(&series),
            symbol: series.symbol,
            window,
            bucket: series.bucket,
            changes,
            source: SOURCE.to_owned(),
        })
    }

    /// A coin's attention against its own last thirty days.
    ///
    /// # Errors
    /// No series, or too few days.
    pub async fn social_momentum(&self, symbol: &str, ask: Ask) -> Result<MomentumAnswer, AppError> {
        let series = self.social_series(symbol, Bucket::Day, Reach::Quarter, ask).await?;
        let Some(momentum) = figures::momentum(&series.points) else {
            return Err(failure(
                ErrorKind::NoData,
                format!("fewer than 15 days of interactions for {}", series.symbol),
            ));
        };
        Ok(MomentumAnswer {
            as_of: end_of(&series),
            symbol: series.symbol,
            momentum,
            source: SOURCE.to_owned(),
        })
    }

    /// How a coin's attention and price move together.
    ///
    /// # Errors
    /// No series, or too few buckets with both.
    pub async fn social_correlation(
        &self,
        symbol: &str,
        bucket: Bucket,
        reach: Reach,
        ask: Ask,
    ) -> Result<CorrelationAnswer, AppError> {
        let series = self.social_series(symbol, bucket, reach, ask).await?;
        let Some(correlation) = figures::correlation(&series.points, bucket.ms()) else {
            let text = format!(
                "fewer than 20 neighbouring buckets with price and interactions for {}",
                series.symbol
            );
            return Err(failure(ErrorKind::NoData, text));
        };
        Ok(CorrelationAnswer {
            as_of: end_of(&series),
            symbol: series.symbol,
            bucket,
            correlation,
            source: SOURCE.to_owned(),
        })
    }

    /// Everything about a coin at once.
    ///
    /// # Errors
    /// When nothing at all could be had: the first failure.
    pub async fn social_comprehensive(
        &self,
        symbol: &str,
        ask: Ask,
    ) -> Result<ComprehensiveAnswer, AppError> {
        let coin = self.social_coin(symbol, ask).await?;
        let (figures, change, momentum, correlation, topic, news) = tokio::join!(
            self.social_coin_figures(&coin, ask),
            self.social_change(&coin, ChangeWindow::Day, ask),
            self.social_momentum(&coin, ask),
            self.social_correlation(&coin, Bucket::Day, Reach::Quarter, ask),
            self.coin_topic(&coin, ask),
            self.coin_news(&coin, NEWS_ROWS, ask),
        );
        let mut failed = Failed::default();
        let answer = ComprehensiveAnswer {
            symbol: coin,
            timestamp: self.clock.now(),
            coin: failed.take("coin", figures),
            change_24h: failed.take("change24h", change).map(|answer| answer.changes),
            momentum: failed.take("momentum", momentum).map(|answer| answer.momentum),
            correlation: failed.take("correlation", correlation).map(|answer| answer.correlation),
            topic: failed.take("topic", topic),
            news: failed.take("news", news),
            failed: Vec::new(),
            source: SOURCE.to_owned(),
        };
        let nothing = answer.coin.is_none()
            && answer.change_24h.is_none()
            && answer.momentum.is_none()
            && answer.topic.is_none();
        match failed.first {
            Some(error) if nothing => Err(error),
            _ => Ok(ComprehensiveAnswer { failed: failed.told, ..answer }),
        }
    }
}

fn end_of(series: &series::SocialSeries) -> UtcMs {
    series.points.last().map_or(series.computed_at, |point| point.time.plus_ms(series.bucket.ms()))
}

/// Parts of an answer that could not be had.
#[derive(Default)]
pub(crate) struct Failed {
    /// As told to the caller.
    pub(crate) told: Vec<FailureAnswer>,
    /// The first of them.
    pub(crate) first: Option<AppError>,
}

impl Failed {
    /// The part, or a note of its failure.
    pub(crate) fn take<T>(&mut self, part: &str, got: Result<T, AppError>) -> Option<T> {
        match got {
            Ok(value) => Some(value),
            Err(error) => {
                self.told.push(FailureAnswer {
                    source: part.to_owned(),
                    kind: error.code().to_owned(),
                    message: error.to_string(),
                });
                self.first.get_or_insert(error);
                None
            }
        }
    }
}
