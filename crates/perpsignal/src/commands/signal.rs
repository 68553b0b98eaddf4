//! `signal`: one signal, explained.

use std::fmt::Write as _;

use anyhow::Result;
use app::signals::{SignalAnswer, SignalRequest};

use super::Once;
use crate::cli::{SignalArgs, WorldArgs};
use crate::output::{self, paint};

pub async fn run(args: SignalArgs, world: &WorldArgs) -> Result<()> {
    let once = Once::start(world).await?;
    let request = SignalRequest { mode: args.mode, fresh: false, deadline: None };
    let outcome = once.service.app.signal(&args.symbol, request).await;
    let printed = match outcome {
        Ok(served) if args.json => {
            let json = served.noted(&once.service.app.notes_on(&args.symbol), args.debug)?;
            output::line(&pretty(json.get())?).map_err(Into::into)
        }
        Ok(served) => {
            for note in once.service.app.notes_on(&args.symbol).iter() {
                output::say(&format!("note: {note}"));
            }
            output::data(&told(&served.answer)).map_err(Into::into)
        }
        Err(error) => {
            if let app::AppError::InsufficientData { missing, .. } = &error {
                for each in missing {
                    output::say(&format!("  missing {}: {}", each.factor, each.reason));
                }
            }
            Err(anyhow::Error::from(error))
        }
    };
    once.end().await;
    printed
}

/// JSON with indentation, its members in their order and its numbers as written.
pub fn pretty(json: &str) -> Result<String> {
    let value: serde_json::Value = serde_json::from_str(json)?;
    Ok(serde_json::to_string_pretty(&value)?)
}

/// The signal as a person reads it.
fn told(answer: &SignalAnswer) -> String {
    let mut text = String::new();
    let colour = match answer.signal.as_str() {
        "LONG" => "1;32",
        "SHORT" => "1;31",
        _ => "1;33",
    };
    // Writing into a String cannot fail.
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line(format!(
        "{} {}  score {:.1}  confidence {}  price {}  ({} {}, {} data, {})",
        paint(&answer.signal, colour),
        paint(&answer.symbol, "1"),
        answer.score,
        answer.confidence,
        answer.price,
        answer.venue,
        answer.instrument,
        answer.data_source,
        answer.timestamp,
    ));
    for reason in &answer.reasons {
        line(format!("  - {reason}"));
    }
    line(String::new());
    line(format!(
        "  {:<16} {:>6} {:>7} {:>8}  {:<12} {}",
        "factor", "score", "weight", "points", "source", "note"
    ));
    for factor in &answer.factors {
        let score = factor.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.1}"));
        line(format!(
            "  {:<16} {score:>6} {:>7} {:>+8.2}  {:<12} {}",
            factor.factor,
            factor.weight,
            factor.contribution,
            factor.source.as_deref().unwrap_or("-"),
            factor.note,
        ));
    }
    let quality = &answer.data_quality;
    line(format!("\n  evidence: {:.0} % ({})", quality.coverage * 100.0, quality.level));
    let verdict = &answer.ai_verdict_layer;
    line(format!(
        "  verdict: {} ({}, multiplier {}), by {}: {}",
        verdict.verdict, verdict.risk_mode, verdict.risk_multiplier, verdict.source, verdict.ai_summary
    ));
    for conflict in &verdict.layer_checks.conflicts {
        line(format!("    against: {conflict}"));
    }
    line(format!("  plan: {}", verdict.volatility_metrics.trade_plan_summary));
    line(format!("  valid until {}. {}", answer.expires_at, answer.disclaimer));
    for attribution in &answer.attribution {
        line(format!("  {attribution}"));
    }
    text
}
