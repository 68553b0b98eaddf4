//! Which factor said what came: rank correlation of each factor's score with the price's move afterwards.

use std::collections::BTreeMap;

use analysis::statistics::round_to;
use analysis::tracking::{Span, effective_sample, spearman};
use engine::Factor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FactorOutcome, OutcomeFilter, StoreError};

use super::check_period;
use super::figures::{FEW, horizon_name};
use crate::{App, AppError};

/// Most signals that are looked at, the newest first; each comes with kilobytes of factors.
const MOST_ROWS: u32 = 20_000;

/// One factor against what came.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactorImportance {
    /// The factor.
    pub factor: String,
    /// Its weight now.
    pub weight: f64,
    /// Judged signals in which it was known.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to say anything.
    pub too_few: bool,
    /// Spearman's rank correlation of its score with the price's move, -1 to 1; above 0 it pointed the right
    /// way. Absent where it did not move.
    pub rank_correlation: Option<f64>,
    /// The correlation in standard errors, by the effective count.
    pub t_statistic: Option<f64>,
}

/// All factors at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportanceAnswer {
    /// Time after the signal: 1h, 4h, 24h.
    pub horizon: String,
    /// The weights' version now.
    pub weights_id: String,
    /// Judged signals looked at.
    pub count: u64,
    /// Factors, the strongest correlation first.
    pub factors: Vec<FactorImportance>,
    /// How to read it.
    pub note: String,
}

/// What of a stored factor matters here.
#[derive(Deserialize)]
struct Told {
    factor: String,
    score: Option<f64>,
}

impl App {
    /// How each factor's score went with the price's move at a horizon.
    ///
    /// # Errors
    /// A period that ends before it begins; the store's failures.
    pub async fn factor_importance(
        &self,
        horizon_s: i64,
        filter: OutcomeFilter,
    ) -> Result<ImportanceAnswer, AppError> {
        check_period(filter.from, filter.to)?;
        let filter = OutcomeFilter { horizon_s: Some(horizon_s), ..filter };
        let rows = self.store.factor_outcomes(&filter, MOST_ROWS).await.map_err(AppError::asked)?;
        let (config, count) = (self.engine(), rows.len() as u64);
        let weights = config.weights;
        let ranked =
            tokio::task::spawn_blocking(move || importance(&rows, |factor| weights.of(factor))).await;
        let mut factors = ranked.map_err(|fault| AppError::Store(StoreError::Read(fault.to_string())))?;
        let strength = |row: &FactorImportance| row.rank_correlation.map_or(-1.0, f64::abs);
        factors.sort_by(|one, other| strength(other).total_cmp(&strength(one)));
        Ok(ImportanceAnswer {
            horizon: horizon_name(horizon_s),
            weights_id: config.weights_id(),
            count,
            factors,
            note: "Only signals that were LONG or SHORT are known, so the figures speak of those alone. Eight factors \
                   are compared at once: a t-statistic below 3 is no evidence."
                .to_owned(),
        })
    }
}

/// A factor's scores with the moves after them, and the times over which those ran.
#[derive(Default)]
struct Seen {
    pairs: Vec<(f64, f64)>,
    spans: Vec<Span>,
}

fn importance(rows: &[FactorOutcome], weight: impl Fn(Factor) -> f64) -> Vec<FactorImportance> {
    let mut known: BTreeMap<Factor, Seen> = BTreeMap::new();
    for row in rows {
        // The price's own move, whatever the signal's direction was.
        let moved = if row.signal == "SHORT" { -row.gross_pct } else { row.gross_pct };
        let told: Vec<Told> = serde_json::from_str(row.factors.get()).unwrap_or_default();
        for Told { factor, score } in told {
            if let (Ok(factor), Some(score)) = (factor.parse::<Factor>(), score) {
                let seen = known.entry(factor).or_default();
                seen.pairs.push((score, moved));
                seen.spans.push(Span { from: row.timestamp, to: row.due_at });
            }
        }
    }
    Factor::ALL
        .into_iter()
        .map(|factor| {
            let Seen { pairs, spans } = known.remove(&factor).unwrap_or_default();
            let effective = effective_sample(&spans);
            let correlation = spearman(&pairs);
            let t_statistic = correlation.and_then(|rho| {
                let t = rho * ((effective - 2.0) / (1.0 - rho * rho)).sqrt();
                t.is_finite().then_some(t)
            });
            FactorImportance {
                factor: factor.as_str().to_owned(),
                weight: weight(factor),
                count: pairs.len() as u64,
                effective_count: round_to(effective, 2),
                too_few: effective < FEW,
                rank_correlation: correlation.map(|rho| round_to(rho, 4)),
                t_statistic: t_statistic.map(|t| round_to(t, 2)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::{HOUR_MS, UtcMs};

    use super::*;

    #[test]
    fn a_factor_that_points_the_right_way_correlates() {
        let rows: Vec<FactorOutcome> = (0..40_i64)
            .map(|hour| {
                let score = 30.0 + hour as f64;
                let factors = format!(
                    r#"[{{"factor":"oiTrend","score":{score}}},{{"factor":"fearGreed","score":null}},{{"factor":"else"}}]"#
                );
                let (signal, gross_pct) = if hour < 20 {
                    ("SHORT", f64::from(20 - i32::try_from(hour).unwrap()))
                } else {
                    ("LONG", (hour - 20) as f64 + 0.5)
                };
                FactorOutcome {
                    timestamp: UtcMs(hour * HOUR_MS),
                    due_at: UtcMs((hour + 1) * HOUR_MS),
                    signal: signal.to_owned(),
                    gross_pct,
                    factors: serde_json::value::RawValue::from_string(factors).unwrap(),
                }
            })
            .collect();
        let found = importance(&rows, |_| 10.0);
        let of = |factor: Factor| found.iter().find(|row| row.factor == factor.as_str()).unwrap();
        let oi = of(Factor::OiTrend);
        assert_eq!((oi.rank_correlation, oi.count, oi.too_few), (Some(1.0), 40, false));
        assert_eq!(oi.t_statistic, None);
        let fear = of(Factor::FearGreed);
        assert_eq!((fear.rank_correlation, fear.count, fear.too_few), (None, 0, true));
    }
}
