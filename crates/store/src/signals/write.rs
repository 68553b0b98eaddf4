//! One signal with its outcome checks and alerts, in one transaction.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::record::Record;
use super::score_band;
use crate::StoreError;
use crate::db::{Statement, Tx, Value};

const INSERT: &str = "INSERT INTO signals (id, symbol, signal, score, confidence, price, timestamp, created_at, \
    mode, reasons, metrics, comprehensive_metrics, lunarcrush_metrics, coinapi_metrics, smc_analysis, \
    ai_validation, factors, extra, venue, instrument, engine_version, weights_id, data_source, origin, verdict, \
    risk_mode, verdict_source, stop_loss, take_profit, score_band, factor_scores, journal) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
    $23, $24, $25, $26, $27, $28, $29, $30, $31, {signal_number}) ON CONFLICT (id) DO NOTHING";

/// What of a stored factor is kept beside it, to be read without the rest.
#[derive(Deserialize)]
struct Scored<'a> {
    #[serde(borrow)]
    factor: Cow<'a, str>,
    #[serde(default)]
    score: Option<serde_json::Number>,
}

/// The known scores of the factors, `name=score` with a space between; `None` where none is known.
fn scores_of(factors: &RawValue) -> Option<String> {
    let all: Vec<Scored<'_>> = serde_json::from_str(factors.get()).ok()?;
    let known = all.iter().filter_map(|each| Some(format!("{}={}", each.factor, each.score.as_ref()?)));
    let text = known.collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// A row that is there already stays as it is, with what belongs to it: it was written whole.
/// `true` when the row is new.
pub(crate) async fn insert(tx: &mut Tx<'_>, record: &Record) -> Result<bool, StoreError> {
    let row = &record.row;
    let values: Vec<Value> = vec![
        (&row.id).into(),
        (&row.symbol).into(),
        (&row.signal).into(),
        row.score.into(),
        row.confidence.as_ref().into(),
        row.price.into(),
        row.timestamp.into(),
        record.created_at.into(),
        row.mode.as_ref().into(),
        row.reasons.as_ref().into(),
        row.metrics.as_ref().into(),
        row.comprehensive_metrics.as_ref().into(),
        row.lunarcrush_metrics.as_ref().into(),
        row.coinapi_metrics.as_ref().into(),
        row.smc_analysis.as_ref().into(),
        row.ai_validation.as_ref().into(),
        row.factors.as_ref().into(),
        row.extra.as_ref().into(),
        row.venue.as_ref().into(),
        row.instrument.as_ref().into(),
        row.engine_version.as_ref().into(),
        row.weights_id.as_ref().into(),
        record.data_source().into(),
        row.origin.as_str().into(),
        row.verdict.as_ref().into(),
        row.risk_mode.as_ref().into(),
        row.verdict_source.as_ref().into(),
        row.stop_loss.into(),
        row.take_profit.into(),
        score_band(row.score).into(),
        row.factors.as_deref().and_then(scores_of).into(),
    ];
    if tx.execute(INSERT, values).await? == 0 {
        return Ok(false);
    }
    if !row.outcomes.is_empty() {
        let mut statement = Statement::new(
            "INSERT INTO outcomes (id, signal_id, data_source, horizon_s, due_at, not_before) VALUES ",
        );
        statement.groups(row.outcomes.iter().map(|outcome| {
            vec![
                (&outcome.id).into(),
                (&row.id).into(),
                record.data_source().into(),
                outcome.horizon_s.into(),
                outcome.due_at.into(),
                outcome.due_at.into(),
            ]
        }));
        let (sql, values) = statement.text(" ON CONFLICT DO NOTHING").take();
        tx.execute(sql, values).await?;
    }
    crate::outbox::insert(tx, Some(&row.id), record.data_source(), record.created_at, &row.alerts).await?;
    Ok(true)
}
