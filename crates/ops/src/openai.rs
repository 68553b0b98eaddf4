//! `openai.*`: the judge on its own, and words on the market.

use std::time::Duration;

use app::judging::{Assessment, JudgeStatus, SentimentAnswer};
use app::signals::{DataQuality, SignalRequest, VerdictAnswer};
use catalog::{Catalog, Effect, Meta, NoArgs, OpError};
use domain::symbols::Symbol;
use domain::{Mode, UtcMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ctx, op_error};

/// Longest time for a judgement: observations, and the model.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, Deserialize, JsonSchema)]
struct CoinIn {
    symbol: Symbol,
    /// How far from 50 the score must be to act on it: conservative (1) most, aggressive (2), ultra (3) least.
    #[serde(default)]
    mode: Mode,
}

/// The verdict on a coin's signal, with what it stands on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AnalyzeOut {
    /// The signal's id.
    id: String,
    /// Coin ticker.
    symbol: String,
    /// Decision time.
    timestamp: UtcMs,
    /// live, replay or simulated.
    data_source: String,
    /// LONG, SHORT or NEUTRAL.
    signal: String,
    /// 0-100; 50 is neutral.
    score: f64,
    /// high, medium or low.
    confidence: String,
    /// The verdict and the trade plan; its `source` says who judged.
    verdict: VerdictAnswer,
    /// The three strongest factors, one sentence each.
    reasons: Vec<String>,
    /// How much of the evidence was there.
    data_quality: DataQuality,
    /// Sources that ask to be named.
    attribution: Vec<String>,
    /// Always there.
    disclaimer: String,
}

async fn analyze(ctx: Ctx, input: CoinIn) -> Result<AnalyzeOut, OpError> {
    let request = SignalRequest { mode: input.mode, fresh: false, deadline: ctx.deadline };
    let served = ctx.app.signal(input.symbol.as_str(), request).await.map_err(op_error)?;
    let answer = &served.answer;
    Ok(AnalyzeOut {
        id: answer.id.clone(),
        symbol: answer.symbol.clone(),
        timestamp: answer.timestamp,
        data_source: answer.data_source.clone(),
        signal: answer.signal.clone(),
        score: answer.score,
        confidence: answer.confidence.clone(),
        verdict: answer.ai_verdict_layer.clone(),
        reasons: answer.reasons.clone(),
        data_quality: answer.data_quality.clone(),
        attribution: answer.attribution.clone(),
        disclaimer: answer.disclaimer.clone(),
    })
}

async fn assess(ctx: Ctx, input: CoinIn) -> Result<Assessment, OpError> {
    ctx.app.assess(input.symbol.as_str(), input.mode, ctx.deadline).await.map_err(op_error)
}

async fn sentiment(ctx: Ctx, _: NoArgs) -> Result<SentimentAnswer, OpError> {
    ctx.app.market_sentiment(ctx.deadline).await.map_err(op_error)
}

async fn status(ctx: Ctx, _: NoArgs) -> Result<JudgeStatus, OpError> {
    Ok(ctx.app.judge_status())
}

/// How the judge is doing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HealthOut {
    /// ok (a model judges), off (the rules judge by configuration) or degraded (the model is left alone
    /// after failures, and the rules judge).
    status: String,
    /// Who judges the next signal first: openai or rules.
    judge: String,
    /// The judge's settings and counts.
    details: JudgeStatus,
}

async fn health(ctx: Ctx, _: NoArgs) -> Result<HealthOut, OpError> {
    let details = ctx.app.judge_status();
    let (status, judge) = match (details.enabled, details.paused_for_s) {
        (false, _) => ("off", "rules"),
        (true, Some(_)) => ("degraded", "rules"),
        (true, None) => ("ok", "openai"),
    };
    Ok(HealthOut { status: status.to_owned(), judge: judge.to_owned(), details })
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    catalog.add(
        Meta::get("openai.analyze", "/openai/analyze/{symbol}")
            .summary("The verdict on one coin's signal: confirm, downsize, skip or wait, with reasons for and against")
            .description(
                "The verdict of signals.get with the reasons and the data quality it stands on. A model judges where \
                 one is configured, within the limits of the rules; else the rules judge, and 'source' says so.",
            )
            .time_limit(LIMIT)
            .cache(Duration::from_secs(15))
            .example("What to think of Bitcoin's signal", [("symbol", "BTC".into())]),
        analyze,
    );
    catalog.add(
        Meta::get("openai.sentiment_market", "/openai/sentiment/market")
            .summary("The mood of the market, counted from the signals of ten large coins")
            .description("Mean score, counts of LONG, SHORT and NEUTRAL, and a commentary written by rules from these figures.")
            .cost(5)
            .time_limit(LIMIT)
            .cache(Duration::from_secs(15))
            .example("Is the market bullish?", []),
        sentiment,
    );
    for (name, path) in [
        ("openai.validate", "/openai/validate/{symbol}"),
        ("openai.v2_validate", "/openai/v2/validate/{symbol}"),
    ] {
        catalog.add(
            Meta::post(name, path)
                .summary("Judges one coin's signal anew, by the model where one is configured and by the rules")
                .description(
                    "Evaluates the coin and judges it without storing anything: the verdict that holds, the rules' own, \
                     the model's within the rules' limits, and why the model gave none where it did not.",
                )
                .effect(Effect::Read)
                .cost(2)
                .time_limit(LIMIT)
                .example("A second opinion on Ethereum", [("symbol", "ETH".into())]),
            assess,
        );
    }
    catalog.add(
        Meta::get("openai.v2_compare", "/openai/v2/compare/{symbol}")
            .summary("The rules' verdict on one coin beside the model's")
            .description("As openai.validate: both verdicts on the same evidence, and whether they agree.")
            .cost(2)
            .time_limit(LIMIT)
            .example("Where do rules and model differ?", [("symbol", "BTC".into())]),
        assess,
    );
    catalog.add(
        Meta::get("openai.config", "/openai/config")
            .summary("How the judge is set: model, time limit, daily caps, what of them is used")
            .description("Settings and counts of the judge; no secrets.")
            .example("Which model judges?", []),
        status,
    );
    for (name, path) in [("openai.health", "/openai/health"), ("openai.v2_health", "/openai/v2/health")] {
        catalog.add(
            Meta::get(name, path)
                .summary("Whether the model judges at the moment, and why not")
                .description("As the judge was last seen; asks nobody.")
                .example("Is the model up?", []),
            health,
        );
    }
}
