//! Every figure straight from the rows, as it is defined: what the account of the service must come to.

use std::collections::{BTreeMap, HashMap};

use analysis::statistics::{Z_95, mean, median, round_to};
use analysis::tracking::{Span, brier, effective_sample, profit_factor, wilson_share};
use app::analytics::figures::{
    Dimension, FEW, Figures, GroupFigures, HorizonFigures, Interval95, Reliability, ReliabilityBand,
    horizon_name,
};
use domain::{DAY_MS, HOUR_MS};
use engine::Factor;
use store::{EvaluatedOutcome, FirstTouch, OutcomeVerdict};

/// The factors' known scores of each signal.
pub type Scores = HashMap<String, HashMap<Factor, f64>>;

fn keys(by: Dimension, row: &EvaluatedOutcome, scores: &Scores) -> Vec<String> {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    vec![match by {
        Dimension::Verdict => known(&row.verdict),
        Dimension::RiskMode => known(&row.risk_mode),
        Dimension::Judge => known(&row.verdict_source),
        Dimension::Symbol => row.symbol.clone(),
        Dimension::Mode => known(&row.mode),
        Dimension::ScoreBand => row.score_band.clone(),
        Dimension::Hour => format!("{:02}", row.timestamp.0.rem_euclid(DAY_MS) / HOUR_MS),
        Dimension::Signal => row.signal.clone(),
        Dimension::Confidence => known(&row.confidence),
        Dimension::Weights => known(&row.weights_id),
        Dimension::Scanner => row.origin.clone(),
        Dimension::Factor => {
            let of = scores.get(&row.signal_id);
            let stance = |factor: Factor| match of.and_then(|of| of.get(&factor)) {
                None => "missing",
                Some(50.0) => "neutral",
                Some(score) if (*score > 50.0) == (row.signal == "LONG") => "agrees",
                Some(_) => "conflicts",
            };
            return Factor::ALL.iter().map(|each| format!("{} {}", each.as_str(), stance(*each))).collect();
        }
    }]
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

fn by_horizon(rows: &[EvaluatedOutcome]) -> BTreeMap<i64, Vec<&EvaluatedOutcome>> {
    let mut horizons: BTreeMap<i64, Vec<&EvaluatedOutcome>> = BTreeMap::new();
    for row in rows {
        horizons.entry(row.horizon_s).or_default().push(row);
    }
    horizons
}

pub fn horizons(rows: &[EvaluatedOutcome]) -> Vec<HorizonFigures> {
    by_horizon(rows)
        .into_iter()
        .map(|(horizon_s, rows)| HorizonFigures { horizon: horizon_name(horizon_s), figures: figures(&rows) })
        .collect()
}

/// Figures of each group at each horizon; of one dimension the `most` largest groups.
pub fn groups(rows: &[EvaluatedOutcome], by: Dimension, most: usize, scores: &Scores) -> Vec<GroupFigures> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        for key in keys(by, row, scores) {
            *sizes.entry(key).or_default() += 1;
        }
    }
    let mut largest: Vec<(String, usize)> = sizes.into_iter().collect();
    if largest.len() > most {
        largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        largest.truncate(most);
        largest.sort();
    }
    let mut of_key: BTreeMap<(String, i64), Vec<&EvaluatedOutcome>> = BTreeMap::new();
    for row in rows {
        for key in keys(by, row, scores) {
            of_key.entry((key, row.horizon_s)).or_default().push(row);
        }
    }
    let mut found = Vec::new();
    for ((key, horizon_s), group) in of_key {
        if largest.iter().any(|(large, _)| *large == key) {
            found.push(GroupFigures {
                by: by.as_str().to_owned(),
                key,
                horizon: horizon_name(horizon_s),
                figures: figures(&group),
            });
        }
    }
    found
}

/// Whether the price rose from entry to exit.
fn rose(row: &EvaluatedOutcome) -> Option<bool> {
    let (entry, exit) = (row.outcome.entry_price?, row.outcome.exit_price?);
    Some(exit > entry)
}

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
