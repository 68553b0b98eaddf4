//! The mood of the market in words, counted from the signals of its largest coins.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use domain::{Mode, UtcMs};
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;

use crate::overview::FailureAnswer;
use crate::signals::SignalRequest;
use crate::{App, AppError};

/// The coins that are counted.
const COINS: [&str; 10] = ["BTC", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "LINK", "AVAX", "LTC"];
/// A mean score this far from 50 is a mood.
const MOOD: f64 = 5.0;

/// The mood of the market.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentimentAnswer {
    /// When it was asked.
    pub timestamp: UtcMs,
    /// live, replay or simulated.
    pub data_source: String,
    /// bullish, bearish or neutral.
    pub sentiment: String,
    /// Mean score of the coins, 0-100.
    pub mean_score: f64,
    /// Coins with a LONG.
    pub long: usize,
    /// Coins with a SHORT.
    pub short: usize,
    /// Coins with neither.
    pub neutral: usize,
    /// Crypto Fear & Greed's score as a factor, where it was there: above 50 speaks for rising prices.
    pub fear_greed_score: Option<f64>,
    /// The mood in a sentence or two.
    pub commentary: String,
    /// Who wrote the commentary: always rules, from the figures beside it.
    pub source: String,
    /// The coins counted.
    pub coins: Vec<CoinMood>,
    /// Coins that gave no signal, and why.
    pub failed: Vec<FailureAnswer>,
    /// Sources that ask to be named.
    pub attribution: Vec<String>,
}

/// A coin's part in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoinMood {
    /// Coin ticker.
    pub symbol: String,
    /// LONG, SHORT or NEUTRAL.
    pub signal: String,
    /// 0-100; 50 is neutral.
    pub score: f64,
    /// The strongest factor, in a sentence.
    pub reason: Option<String>,
}

impl App {
    /// The mood of the market, from the signals of its largest coins.
    ///
    /// # Errors
    /// When no coin gave a signal.
    pub async fn market_sentiment(
        self: &Arc<Self>,
        deadline: Option<Instant>,
    ) -> Result<SentimentAnswer, AppError> {
        let request = SignalRequest { mode: Mode::default(), fresh: false, deadline };
        let signals = join_all(COINS.map(|symbol| self.signal(symbol, request))).await;
        let (mut coins, mut failed, mut last) = (Vec::new(), Vec::new(), None);
        let (mut fear_greed_score, mut attribution) = (None, Vec::new());
        for (symbol, signal) in COINS.into_iter().zip(signals) {
            match signal {
                Ok(served) => {
                    let answer = &served.answer;
                    let fear = answer.factors.iter().find(|factor| factor.factor == "fearGreed");
                    fear_greed_score = fear_greed_score.or_else(|| fear.and_then(|factor| factor.score));
                    for line in &answer.attribution {
                        if !attribution.contains(line) {
                            attribution.push(line.clone());
                        }
                    }
                    coins.push(CoinMood {
                        symbol: answer.symbol.clone(),
                        signal: answer.signal.clone(),
                        score: answer.score,
                        reason: answer.reasons.first().cloned(),
                    });
                }
                Err(error) => {
                    failed.push(FailureAnswer {
                        source: symbol.to_owned(),
                        kind: error.code().to_owned(),
                        message: error.to_string(),
                    });
                    last = Some(error);
                }
            }
        }
        if let Some(error) = last.filter(|_| coins.is_empty()) {
            return Err(error);
        }
        let count = |signal: &str| coins.iter().filter(|coin| coin.signal == signal).count();
        let (long, short, neutral) = (count("LONG"), count("SHORT"), count("NEUTRAL"));
        let mean = coins.iter().map(|coin| coin.score).sum::<f64>() / coins.len() as f64;
        let mean_score = (10.0 * mean).round() / 10.0;
        let sentiment = match mean_score - 50.0 {
            above if above >= MOOD => "bullish",
            below if below <= -MOOD => "bearish",
            _ => "neutral",
        };
        let commentary = commentary(&coins, sentiment, mean_score, (long, short, neutral));
        Ok(SentimentAnswer {
            timestamp: self.clock.now(),
            data_source: self.config.data_source.as_str().to_owned(),
            sentiment: sentiment.to_owned(),
            mean_score,
            long,
            short,
            neutral,
            fear_greed_score,
            commentary,
            source: "rules".to_owned(),
            coins,
            failed,
            attribution,
        })
    }
}

fn commentary(
    coins: &[CoinMood],
    sentiment: &str,
    mean: f64,
    (long, short, neutral): (usize, usize, usize),
) -> String {
    let mut text = format!(
        "The {} coins looked at are {sentiment} on average, with a mean score of {mean:.1}: {long} LONG, {short} SHORT, {neutral} NEUTRAL.",
        coins.len()
    );
    let farthest = coins.iter().max_by(|a, b| (a.score - 50.0).abs().total_cmp(&(b.score - 50.0).abs()));
    if let Some(coin) = farthest {
        let _ = write!(text, " {} stands farthest from neutral, at {:.1}.", coin.symbol, coin.score);
    }
    text
}
