//! Writing a signal down.

use engine::{Report, Signal};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use store::{NewSignal, Origin};

use super::SignalAnswer;
use crate::{App, AppError};

impl App {
    /// Keeps a LONG or SHORT; a NEUTRAL is not kept. When this returns, the row survives anything.
    pub(super) async fn keep_signal(&self, answer: &SignalAnswer, report: &Report) -> Result<(), AppError> {
        let alerts = self.alerts.of(&self.store, answer).await;
        if report.signal == Signal::Neutral {
            return Ok(());
        }
        let plan = &report.volatility;
        let verdict = &answer.ai_verdict_layer;
        let row = NewSignal {
            id: answer.id.clone(),
            symbol: answer.symbol.clone(),
            venue: Some(answer.venue.clone()),
            instrument: Some(answer.instrument.clone()),
            signal: answer.signal.clone(),
            score: answer.score,
            confidence: Some(answer.confidence.clone()),
            price: Some(answer.price),
            timestamp: answer.timestamp,
            mode: Some(answer.mode.as_str().to_owned()),
            engine_version: Some(answer.engine_version.clone()),
            weights_id: Some(answer.weights_id.clone()),
            origin: Origin::Signal,
            verdict: Some(verdict.verdict.clone()),
            risk_mode: Some(verdict.risk_mode.clone()),
            verdict_source: Some(verdict.source.clone()),
            stop_loss: plan.stop_loss_price,
            take_profit: plan.take_profit_price,
            reasons: json(&answer.reasons),
            metrics: json(&answer.metrics),
            comprehensive_metrics: json(&answer.comprehensive_metrics),
            lunarcrush_metrics: answer.lunar_crush_metrics.as_ref().and_then(json),
            coinapi_metrics: answer.coin_api_metrics.as_ref().and_then(json),
            smc_analysis: answer.smc_analysis.as_ref().and_then(json),
            ai_validation: json(verdict),
            factors: json(&answer.factors),
            extra: json(&serde_json::json!({
                "premiumMetrics": answer.premium_metrics,
                "dataQuality": answer.data_quality,
                "expiresAt": answer.expires_at,
                "priceMultiplier": answer.price_multiplier,
            })),
            outcomes: crate::outcomes::checks(&answer.id, answer.timestamp),
            alerts,
        };
        self.store.save(row).await?;
        Ok(())
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> Option<Box<RawValue>> {
    to_raw_value(value)
        .inspect_err(|error| tracing::error!(%error, "a column could not be written as JSON"))
        .ok()
}
