//! The judge on its own: a coin judged anew, and the rules beside the model. Nothing is stored.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Instrument, Mode, UtcMs};
use engine::{Decision, Report};
use schemars::JsonSchema;
use serde::Serialize;
use upstream::Ask;

use super::{Judgement, MARGIN};
use crate::signals::{Decided, VerdictAnswer};
use crate::{App, AppError};

/// Time for gathering that is not taken from the model's.
const GATHERING: Duration = Duration::from_millis(100);

/// A coin's signal under both judges.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// Coin ticker.
    pub symbol: String,
    /// Exchange of the contract.
    pub venue: String,
    /// The exchange's own name of the contract.
    pub instrument: String,
    /// Decision time.
    pub timestamp: UtcMs,
    /// live, replay or simulated.
    pub data_source: String,
    /// LONG, SHORT or NEUTRAL.
    pub signal: String,
    /// 0-100; 50 is neutral.
    pub score: f64,
    /// conservative, aggressive or ultra.
    pub mode: Mode,
    /// The verdict that holds.
    pub verdict: VerdictAnswer,
    /// The rules' verdict.
    pub rules: VerdictAnswer,
    /// The model's, within the rules' limits; null where it gave none.
    pub model: Option<VerdictAnswer>,
    /// Why the model gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_reason: Option<String>,
    /// What the model asked for before the rules' limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedAnswer>,
    /// Whether both give the same verdict and risk mode; null without the model's.
    pub agree: Option<bool>,
    /// How long the model took, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_ms: Option<u64>,
}

/// What the model asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedAnswer {
    /// CONFIRM, DOWNSIZE, SKIP or WAIT.
    pub verdict: String,
    /// NORMAL, REDUCED, AVOID or AGGRESSIVE.
    pub risk_mode: String,
    /// 0.0-1.5.
    pub risk_multiplier: f64,
    /// 0-100.
    pub confidence: u32,
}

impl App {
    /// The report under the judge's verdict. `began`: when its evaluation did; where gathering took long, the
    /// model has that much less, so that the whole keeps to the judge's limit.
    pub(crate) async fn under_verdict(
        &self,
        report: Report,
        instrument: &Instrument,
        began: Instant,
        deadline: Option<Instant>,
    ) -> (Report, Judgement) {
        let whole = began + self.judge.config.timeout + GATHERING + MARGIN;
        let deadline = Some(deadline.map_or(whole, |callers| callers.min(whole)));
        self.judge.judge(report, instrument, &self.config.engine, self.clock.as_ref(), deadline).await
    }

    /// Judges a coin anew, by the rules and by the model.
    ///
    /// # Errors
    /// An unknown symbol, or too little evidence.
    pub async fn assess(
        self: &Arc<Self>,
        symbol: &str,
        mode: Mode,
        deadline: Option<Instant>,
    ) -> Result<Assessment, AppError> {
        let began = Instant::now();
        let ask =
            Ask { deadline: Some(began + self.config.signal_deadline), fresh: false, no_waiting: false };
        let instrument = self.resolve(symbol, ask).await?.instrument;
        let Decided { snapshot, decision, .. } = self.decide(&instrument, mode, ask).await;
        let report = match decision {
            Decision::Signal(report) => *report,
            Decision::Insufficient(short) => return Err(AppError::insufficient(&short)),
        };
        let verdict_of = |report: &Report| crate::signals::verdict_of(&snapshot, report, &self.config);
        let rules = verdict_of(&report);
        let (report, judgement) = self.under_verdict(report, &instrument, began, deadline).await;
        let mut verdict = verdict_of(&report);
        judgement.sign(&mut verdict);
        let model = judgement.model.is_some().then(|| verdict.clone());
        Ok(Assessment {
            symbol: report.symbol.clone(),
            venue: report.venue.as_str().to_owned(),
            instrument: report.instrument.clone(),
            timestamp: report.at,
            data_source: self.config.data_source.as_str().to_owned(),
            signal: report.signal.as_str().to_owned(),
            score: report.score,
            mode,
            agree: model
                .as_ref()
                .map(|model| model.verdict == rules.verdict && model.risk_mode == rules.risk_mode),
            verdict,
            rules,
            model,
            fallback_reason: judgement.reason,
            asked: judgement.asked.map(|asked| AskedAnswer {
                verdict: asked.verdict.as_str().to_owned(),
                risk_mode: asked.risk_mode.as_str().to_owned(),
                risk_multiplier: asked.risk_multiplier,
                confidence: u32::from(asked.confidence),
            }),
            model_ms: judgement.took_ms,
        })
    }
}
