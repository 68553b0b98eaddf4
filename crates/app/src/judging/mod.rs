//! The judge beside the rules: a model that may lower the risk of a signal and never raise it, turn it round
//! or move its levels. Within one time budget; whenever it does not answer as it should, the rules stand.

mod assess;
mod guard;
mod opinion;
mod prompt;
mod sentiment;
mod state;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use domain::{Clock, ErrorKind, Instrument};
use engine::{EngineConfig, Report, Signal, Verdict};
use openai::{OpenAi, Question};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use upstream::Ask;

use crate::signals::VerdictAnswer;
use guard::{End, Guard};

pub use assess::{AskedAnswer, Assessment};
pub use sentiment::{CoinMood, SentimentAnswer};
pub use state::JudgeStatus;

/// Time kept back from a caller's deadline for what comes after the verdict.
const MARGIN: Duration = Duration::from_millis(250);
/// Less than this is not worth a call.
const LEAST_TIME: Duration = Duration::from_millis(50);
/// About how many bytes of text make a token, on the careful side.
const BYTES_PER_TOKEN: u64 = 3;

/// How the model is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeConfig {
    /// Longest time for a verdict, everything included.
    pub timeout: Duration,
    /// Questions at once; beyond them the rules judge.
    pub at_once: usize,
    /// Questions a day, by UTC.
    pub calls_per_day: u32,
    /// Tokens a day, by UTC, of questions and answers.
    pub tokens_per_day: u64,
    /// Failures in a row after which the model is left alone for a while.
    pub failures: u32,
    /// For how long.
    pub pause: Duration,
}

impl Default for JudgeConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            at_once: 8,
            calls_per_day: 2_000,
            tokens_per_day: 5_000_000,
            failures: 5,
            pause: Duration::from_mins(1),
        }
    }
}

/// The model, or why there is none.
#[derive(Debug)]
pub struct Judge {
    model: Result<OpenAi, String>,
    config: JudgeConfig,
    places: Semaphore,
    guard: Guard,
    schema: Value,
}

/// Who judged, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The model that judged; `None` where the rules did.
    pub model: Option<String>,
    /// Why the rules judged.
    pub reason: Option<String>,
    /// What the model asked for, before the rules' limits.
    pub asked: Option<Verdict>,
    /// How long the model took, in milliseconds, where it was asked.
    pub took_ms: Option<u64>,
}

impl Judgement {
    fn by_rules(reason: impl Into<String>) -> Self {
        Self { model: None, reason: Some(reason.into()), asked: None, took_ms: None }
    }

    /// `openai` or `rules`.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        if self.model.is_some() { "openai" } else { "rules" }
    }

    /// Puts the name of the judge to a verdict.
    pub fn sign(&self, verdict: &mut VerdictAnswer) {
        self.source().clone_into(&mut verdict.source);
        verdict.model.clone_from(&self.model);
    }

    /// Adds how the verdict came about to the debug block.
    pub fn explain(&self, debug: &mut Map<String, Value>) {
        let asked = self.asked.as_ref().map(|asked| {
            json!({
                "verdict": asked.verdict.as_str(),
                "riskMode": asked.risk_mode.as_str(),
                "riskMultiplier": asked.risk_multiplier,
                "confidence": asked.confidence,
            })
        });
        let block = debug.entry("judge").or_insert_with(|| json!({}));
        if let Value::Object(block) = block {
            block.insert("source".into(), json!(self.source()));
            block.insert("model".into(), json!(self.model));
            block.insert("fallbackReason".into(), json!(self.reason));
            block.insert("asked".into(), json!(asked));
            block.insert("tookMs".into(), json!(self.took_ms));
        }
    }
}

/// A call of the model that ended without a verdict.
struct Failure {
    reason: String,
    used: Option<u64>,
    end: End,
}

impl Judge {
    /// A judge with a model, or with the reason why there is none.
    #[must_use]
    pub fn new(model: Result<OpenAi, String>, config: JudgeConfig) -> Self {
        let places = Semaphore::new(config.at_once.clamp(1, Semaphore::MAX_PERMITS));
        Self { model, config, places, guard: Guard::default(), schema: prompt::schema() }
    }

    /// The rules alone.
    #[must_use]
    pub fn rules_only(reason: &str) -> Self {
        Self::new(Err(reason.to_owned()), JudgeConfig::default())
    }

    /// Asks the model server for its models, which costs no tokens. `None` without a model.
    pub(crate) async fn introduce(&self, ask: Ask) -> Option<Result<usize, domain::ProviderError>> {
        let model = self.model.as_ref().ok()?;
        Some(model.models(ask).await.map(|models| models.len()))
    }

    /// The report under the model's verdict where it gives one in time, else as it is. `deadline`: when the
    /// caller stops waiting.
    pub async fn judge(
        &self,
        report: Report,
        instrument: &Instrument,
        engine: &EngineConfig,
        clock: &dyn Clock,
        deadline: Option<Instant>,
    ) -> (Report, Judgement) {
        let (model, reason) = match &self.model {
            Err(reason) => (None, reason.as_str()),
            Ok(_) if report.signal == Signal::Neutral => (None, "a NEUTRAL signal needs no judge"),
            Ok(model) => (Some(model), ""),
        };
        let Some(model) = model else {
            return (report, Judgement::by_rules(reason));
        };
        let began = Instant::now();
        let asked = self.ask(model, &report, clock, deadline).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).ok();
        let (report, judgement) = match asked {
            Ok((name, verdict)) => {
                let mut report = report.with_verdict(verdict.clone(), instrument, engine);
                limited(&mut report.verdict, &verdict);
                let judgement = Judgement { model: Some(name), reason: None, asked: Some(verdict), took_ms };
                (report, judgement)
            }
            Err(reason) => {
                tracing::debug!(reason, "the rules judge in the model's place");
                (report, Judgement { took_ms, ..Judgement::by_rules(reason) })
            }
        };
        metrics::counter!("perpsignal_judgements_total", "source" => judgement.source()).increment(1);
        (report, judgement)
    }

    /// The model's name and verdict, or why there is none.
    async fn ask(
        &self,
        model: &OpenAi,
        report: &Report,
        clock: &dyn Clock,
        deadline: Option<Instant>,
    ) -> Result<(String, Verdict), String> {
        let now = Instant::now();
        let own = now + self.config.timeout;
        let end = match deadline.and_then(|deadline| deadline.checked_sub(MARGIN)) {
            Some(callers) => own.min(callers),
            None => own,
        };
        if end.saturating_duration_since(now) < LEAST_TIME {
            return Err("no time is left to ask the model".to_owned());
        }
        let Ok(_place) = self.places.try_acquire() else {
            return Err(format!("the model is busy with {} other signals", self.config.at_once));
        };
        let figures = prompt::figures(report);
        let data = figures.to_string();
        let length = u64::try_from(prompt::RULES.len() + data.len()).unwrap_or(u64::MAX);
        let reserved =
            (length / BYTES_PER_TOKEN).saturating_add(u64::from(model.settings().max_output_tokens));
        self.guard.admit(&self.config, clock.now().0, reserved)?;
        let question =
            Question { name: prompt::SCHEMA_NAME, schema: &self.schema, rules: prompt::RULES, data: &data };
        let ours = prompt::numbers(&figures);
        let call = self.call(model, &question, &ours, end);
        // The call knows its deadline; this holds though it should not keep it.
        let outcome = tokio::time::timeout_at(end.into(), call).await.unwrap_or_else(|_| Err(late(now)));
        match outcome {
            Ok((name, verdict, used)) => {
                self.guard.settle(&self.config, reserved, used, &End::Good);
                Ok((name, verdict))
            }
            Err(Failure { reason, used, end }) => {
                self.guard.settle(&self.config, reserved, used, &end);
                Err(reason)
            }
        }
    }

    async fn call(
        &self,
        model: &OpenAi,
        question: &Question<'_>,
        ours: &[f64],
        end: Instant,
    ) -> Result<(String, Verdict, Option<u64>), Failure> {
        let reply = model
            .ask(question, Ask { deadline: Some(end), fresh: true, no_waiting: false })
            .await
            .map_err(|error| {
                let hopeless = matches!(
                    error.kind,
                    ErrorKind::KeyInvalid
                        | ErrorKind::KeyMissing
                        | ErrorKind::PlanLimited
                        | ErrorKind::NotFound
                        | ErrorKind::RegionBlocked
                );
                let reason = format!("the model gave no answer: {}", error.message);
                let end = if hopeless { End::Hopeless(error.message) } else { End::Bad };
                Failure { reason, used: None, end }
            })?;
        let used = Some(reply.usage.total()).filter(|tokens| *tokens > 0);
        let bad = |reason: String| Failure { reason, used, end: End::Bad };
        let said = reply.said.map_err(|fault| bad(fault.to_string()))?;
        let verdict = opinion::read(&said, ours)
            .map_err(|fault| bad(format!("the model's answer is outside of the schema: {fault}")))?;
        // The server's word for the model is a text from outside; ours for it is known.
        Ok((model.settings().model.clone(), verdict, used))
    }
}

fn late(since: Instant) -> Failure {
    let reason = format!("the model gave no answer within {} ms", since.elapsed().as_millis());
    Failure { reason, used: None, end: End::Bad }
}

/// Says so where the rules left less of a verdict than the model asked for.
fn limited(verdict: &mut Verdict, asked: &Verdict) {
    let same = verdict.verdict == asked.verdict
        && verdict.risk_mode == asked.risk_mode
        && (verdict.risk_multiplier - asked.risk_multiplier).abs() < 1e-9;
    if !same {
        verdict.summary = format!(
            "{} Within the rules' limits this is {} at {} of the usual risk ({}).",
            verdict.summary.trim_end(),
            verdict.verdict,
            verdict.risk_multiplier,
            verdict.risk_mode
        );
    }
}
