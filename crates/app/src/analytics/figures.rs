//! Figures over finished checks: counts, rates with their intervals, profit and loss. Pure.

use std::collections::BTreeMap;

use analysis::statistics::{Z_95, mean, median, round_to};
use analysis::tracking::{Span, brier, effective_sample, profit_factor, wilson_share};
use domain::{DAY_MS, HOUR_MS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{EvaluatedOutcome, FirstTouch, OutcomeVerdict};

/// Below this many independent outcomes a rate says little.
pub const FEW: f64 = 30.0;

/// The range in which the true share lies with 95 % confidence (Wilson).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Interval95 {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What became of a group of signals at one horizon. Percentages are in the signals' direction.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Signals that were judged.
    pub count: u64,
    /// How many independent outcomes they are worth: those that were held at the same time share it, whatever
    /// their coin.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to say anything.
    pub too_few: bool,
    /// Gross gain of at least the threshold.
    pub wins: u64,
    /// Gross loss of at least the threshold.
    pub losses: u64,
    /// In between.
    pub neutral: u64,
    /// Share of wins among all that were judged, 0 to 1.
    pub win_rate: Option<f64>,
    /// Its interval, by the effective count.
    pub win_rate_interval: Option<Interval95>,
    /// Share of those with anything left after fees, slippage and funding.
    pub net_win_rate: Option<f64>,
    /// Its interval, by the effective count.
    pub net_win_rate_interval: Option<Interval95>,
    /// Mean gross profit or loss, %.
    pub average_pnl_pct: Option<f64>,
    /// Median gross profit or loss, %.
    pub median_pnl_pct: Option<f64>,
    /// Mean net profit or loss, %: what one such trade is worth.
    pub expectancy_pct: Option<f64>,
    /// Median net profit or loss, %.
    pub median_net_pnl_pct: Option<f64>,
    /// Sum of net gains over sum of net losses; absent without a loss.
    pub profit_factor: Option<f64>,
    /// Best gross result, %.
    pub best_pnl_pct: Option<f64>,
    /// Worst gross result, %.
    pub worst_pnl_pct: Option<f64>,
    /// Mean of the best excursions on the way, %.
    pub average_best_excursion_pct: Option<f64>,
    /// Mean of the worst excursions on the way, %.
    pub average_worst_excursion_pct: Option<f64>,
    /// Times the target was touched first.
    pub target_first: u64,
    /// Times the stop was touched first, both in one candle included.
    pub stop_first: u64,
}

/// What figures are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Dimension {
    /// CONFIRM, DOWNSIZE, SKIP, WAIT.
    Verdict,
    /// NORMAL, REDUCED, AVOID, AGGRESSIVE.
    RiskMode,
    /// Who judged: openai, rules.
    Judge,
    /// The coin.
    Symbol,
    /// conservative, aggressive, ultra.
    Mode,
    /// Ten points of the score.
    ScoreBand,
    /// Hour of the day, UTC.
    Hour,
    /// LONG, SHORT.
    Signal,
    /// high, medium, low.
    Confidence,
    /// Version of the weights.
    Weights,
    /// What made the signal: signal, mss.
    Scanner,
}

impl Dimension {
    /// The name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::RiskMode => "risk_mode",
            Self::Judge => "judge",
            Self::Symbol => "symbol",
            Self::Mode => "mode",
            Self::ScoreBand => "score_band",
            Self::Hour => "hour",
            Self::Signal => "signal",
            Self::Confidence => "confidence",
            Self::Weights => "weights",
            Self::Scanner => "scanner",
        }
    }

    fn key(self, row: &EvaluatedOutcome) -> String {
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
        match self {
            Self::Verdict => known(&row.verdict),
            Self::RiskMode => known(&row.risk_mode),
            Self::Judge => known(&row.verdict_source),
            Self::Symbol => row.symbol.clone(),
            Self::Mode => known(&row.mode),
            Self::ScoreBand => row.score_band.clone(),
            Self::Hour => format!("{:02}", row.timestamp.0.rem_euclid(DAY_MS) / HOUR_MS),
            Self::Signal => row.signal.clone(),
            Self::Confidence => known(&row.confidence),
            Self::Weights => known(&row.weights_id),
            Self::Scanner => row.origin.clone(),
        }
    }
}

/// `1h`, `4h`, `24h`.
#[must_use]
pub fn horizon_name(horizon_s: i64) -> String {
    if horizon_s % 3_600 == 0 { format!("{}h", horizon_s / 3_600) } else { format!("{horizon_s}s") }
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn interval(share: Option<f64>, effective: f64) -> Option<Interval95> {
    let found = wilson_share(share?, effective, Z_95)?;
    Some(Interval95 { low: round_to(found.low, 4), high: round_to(found.high, 4) })
}

fn worth(rows: &[&EvaluatedOutcome]) -> f64 {
    let spans: Vec<Span> = rows.iter().map(|row| Span { from: row.timestamp, to: row.due_at }).collect();
    effective_sample(&spans)
}

/// Figures over checks of one horizon; void ones do not count.
#[must_use]
pub fn figures(rows: &[&EvaluatedOutcome]) -> Figures {
    let judged: Vec<&EvaluatedOutcome> =
        rows.iter().copied().filter(|row| row.outcome.result != OutcomeVerdict::Void).collect();
    let of = |wanted: OutcomeVerdict| judged.iter().filter(|row| row.outcome.result == wanted).count();
    let touched = |wanted: FirstTouch| {
        judged.iter().filter(|row| row.outcome.first_touch == Some(wanted)).count() as u64
    };
    let all = |value: fn(&EvaluatedOutcome) -> Option<f64>| {
        judged.iter().filter_map(|row| value(row)).collect::<Vec<f64>>()
    };
    let (gross, net) = (all(|row| row.outcome.gross_pct), all(|row| row.outcome.net_pct));
    let effective = worth(&judged);
    let wins = of(OutcomeVerdict::Win);
    let win_rate = share(wins, judged.len());
    let priced: Vec<&EvaluatedOutcome> =
        judged.iter().copied().filter(|row| row.outcome.net_win.is_some()).collect();
    let net_wins = priced.iter().filter(|row| row.outcome.net_win == Some(true)).count();
    let net_win_rate = share(net_wins, priced.len());
    let four = |value: Option<f64>| value.map(|value| round_to(value, 4));
    Figures {
        count: judged.len() as u64,
        effective_count: round_to(effective, 2),
        too_few: effective < FEW,
        wins: wins as u64,
        losses: of(OutcomeVerdict::Loss) as u64,
        neutral: of(OutcomeVerdict::Neutral) as u64,
        win_rate: four(win_rate),
        win_rate_interval: interval(win_rate, effective),
        net_win_rate: four(net_win_rate),
        net_win_rate_interval: interval(net_win_rate, worth(&priced)),
        average_pnl_pct: four(mean(&gross)),
        median_pnl_pct: four(median(&gross)),
        expectancy_pct: four(mean(&net)),
        median_net_pnl_pct: four(median(&net)),
        profit_factor: four(profit_factor(&net)),
        best_pnl_pct: four(gross.iter().copied().reduce(f64::max)),
        worst_pnl_pct: four(gross.iter().copied().reduce(f64::min)),
        average_best_excursion_pct: four(mean(&all(|row| row.outcome.best_pct))),
        average_worst_excursion_pct: four(mean(&all(|row| row.outcome.worst_pct))),
        target_first: touched(FirstTouch::Target),
        stop_first: touched(FirstTouch::Stop),
    }
}

/// Figures of one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HorizonFigures {
    /// Time after the signal: 1h, 4h, 24h.
    pub horizon: String,
    /// What became of them.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures of one group at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupFigures {
    /// What was grouped by.
    pub by: String,
    /// The group.
    pub key: String,
    /// Time after the signal: 1h, 4h, 24h.
    pub horizon: String,
    /// What became of them.
    #[serde(flatten)]
    pub figures: Figures,
}

fn by_horizon(rows: &[EvaluatedOutcome]) -> BTreeMap<i64, Vec<&EvaluatedOutcome>> {
    let mut horizons: BTreeMap<i64, Vec<&EvaluatedOutcome>> = BTreeMap::new();
    for row in rows {
        horizons.entry(row.horizon_s).or_default().push(row);
    }
    horizons
}

/// Figures of each horizon.
#[must_use]
pub fn horizons(rows: &[EvaluatedOutcome]) -> Vec<HorizonFigures> {
    by_horizon(rows)
        .into_iter()
        .map(|(horizon_s, rows)| HorizonFigures { horizon: horizon_name(horizon_s), figures: figures(&rows) })
        .collect()
}

/// Figures of each group at each horizon; of one dimension the `most` largest groups.
#[must_use]
pub fn groups(rows: &[EvaluatedOutcome], by: Dimension, most: usize) -> Vec<GroupFigures> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        *sizes.entry(by.key(row)).or_default() += 1;
    }
    let mut keys: Vec<(String, usize)> = sizes.into_iter().collect();
    if keys.len() > most {
        keys.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        keys.truncate(most);
        keys.sort();
    }
    let horizons = by_horizon(rows);
    keys.iter()
        .flat_map(|(key, _)| {
            horizons.iter().filter_map(move |(horizon_s, rows)| {
                let group: Vec<&EvaluatedOutcome> =
                    rows.iter().copied().filter(|row| by.key(row) == *key).collect();
                (!group.is_empty()).then(|| GroupFigures {
                    by: by.as_str().to_owned(),
                    key: key.clone(),
                    horizon: horizon_name(*horizon_s),
                    figures: figures(&group),
                })
            })
        })
        .collect()
}

/// How often the price rose, of the signals in one band of the score.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReliabilityBand {
    /// Band of the score: 60-70.
    pub score_band: String,
    /// Signals in it.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to say anything.
    pub too_few: bool,
    /// The score read as a probability of a rise: mean score / 100.
    pub stated: f64,
    /// Share that closed higher than the entry.
    pub realised: f64,
    /// Its 95 % interval, by the effective count.
    pub realised_interval: Option<Interval95>,
}

/// Scores against what came, at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reliability {
    /// Time after the signal: 1h, 4h, 24h.
    pub horizon: String,
    /// Signals that were judged.
    pub count: u64,
    /// How many independent ones they are worth.
    pub effective_count: f64,
    /// Whether that is too few (below 30) to say anything.
    pub too_few: bool,
    /// Mean squared distance between score / 100 and what came; 0 is perfect.
    pub brier_score: f64,
    /// Share that closed higher.
    pub base_rate: f64,
    /// Brier score of always stating the base rate.
    pub base_score: f64,
    /// 1 - brierScore / baseScore: above 0 the score knows more than the base rate.
    pub skill: Option<f64>,
    /// By band of the score.
    pub bands: Vec<ReliabilityBand>,
}

/// Whether the price rose from entry to exit.
fn rose(row: &EvaluatedOutcome) -> Option<bool> {
    let (entry, exit) = (row.outcome.entry_price?, row.outcome.exit_price?);
    Some(exit > entry)
}

/// Scores against what came, for each horizon.
#[must_use]
pub fn reliability(rows: &[EvaluatedOutcome]) -> Vec<Reliability> {
    by_horizon(rows)
        .into_iter()
        .filter_map(|(horizon_s, rows)| {
            let told: Vec<(&EvaluatedOutcome, bool)> =
                rows.into_iter().filter_map(|row| Some((row, rose(row)?))).collect();
            let forecasts: Vec<(f64, bool)> = told.iter().map(|(row, up)| (row.score / 100.0, *up)).collect();
            let scored = brier(&forecasts)?;
            let effective = worth(&told.iter().map(|(row, _)| *row).collect::<Vec<_>>());
            let mut bands: BTreeMap<&str, Vec<(&EvaluatedOutcome, bool)>> = BTreeMap::new();
            for (row, up) in &told {
                bands.entry(&row.score_band).or_default().push((row, *up));
            }
            Some(Reliability {
                horizon: horizon_name(horizon_s),
                count: told.len() as u64,
                effective_count: round_to(effective, 2),
                too_few: effective < FEW,
                brier_score: round_to(scored.score, 6),
                base_rate: round_to(scored.base_rate, 4),
                base_score: round_to(scored.base_score, 6),
                skill: scored.skill.map(|skill| round_to(skill, 6)),
                bands: bands.into_iter().filter_map(|(band, told)| reliability_band(band, &told)).collect(),
            })
        })
        .collect()
}

fn reliability_band(band: &str, told: &[(&EvaluatedOutcome, bool)]) -> Option<ReliabilityBand> {
    let rows: Vec<&EvaluatedOutcome> = told.iter().map(|(row, _)| *row).collect();
    let stated = mean(&rows.iter().map(|row| row.score / 100.0).collect::<Vec<_>>())?;
    let realised = share(told.iter().filter(|(_, up)| *up).count(), told.len())?;
    let effective = worth(&rows);
    Some(ReliabilityBand {
        score_band: band.to_owned(),
        count: told.len() as u64,
        effective_count: round_to(effective, 2),
        too_few: effective < FEW,
        stated: round_to(stated, 4),
        realised: round_to(realised, 4),
        realised_interval: interval(Some(realised), effective),
    })
}
