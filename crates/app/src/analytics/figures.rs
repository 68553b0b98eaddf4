//! Figures over finished checks: counts, rates with their intervals, profit and loss. Pure.
//!
//! All spans of one horizon have one length, so that what they are worth together is the time that any of them
//! covers: sums, medians and worth come of one pass over the checks in the order of time.

use std::collections::BTreeMap;

use analysis::statistics::{Z_95, mean, median, round_to};
use analysis::tracking::{EqualSpans, brier, profit_factor, wilson_share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FirstTouch, OutcomeVerdict};

use super::columns::{ByHorizon, Check, Grouping, Name, Names};

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
    /// Each factor by how it stood to the signal: agrees, conflicts, neutral, missing.
    Factor,
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
            Self::Factor => "factor",
        }
    }
}

/// `1h`, `4h`, `24h`.
#[must_use]
pub fn horizon_name(horizon_s: i64) -> String {
    if horizon_s % 3_600 == 0 { format!("{}h", horizon_s / 3_600) } else { format!("{horizon_s}s") }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn interval(share: Option<f64>, effective: f64) -> Option<Interval95> {
    let found = wilson_share(share?, effective, Z_95)?;
    Some(Interval95 { low: round_to(found.low, 4), high: round_to(found.high, 4) })
}

/// Sums over checks of one horizon, added in the order of their signals' times.
#[derive(Debug)]
struct Sums {
    wins: u64,
    losses: u64,
    neutral: u64,
    priced: u64,
    net_wins: u64,
    gross: Vec<f64>,
    net: Vec<f64>,
    best: Vec<f64>,
    worst: Vec<f64>,
    target_first: u64,
    stop_first: u64,
    held: EqualSpans,
    held_priced: EqualSpans,
}

impl Sums {
    fn new(horizon_s: i64) -> Self {
        let spans = EqualSpans::new(horizon_s.saturating_mul(1_000));
        Self {
            wins: 0,
            losses: 0,
            neutral: 0,
            priced: 0,
            net_wins: 0,
            gross: Vec::new(),
            net: Vec::new(),
            best: Vec::new(),
            worst: Vec::new(),
            target_first: 0,
            stop_first: 0,
            held: spans,
            held_priced: spans,
        }
    }

    fn count(&self) -> u64 {
        self.wins + self.losses + self.neutral
    }

    fn add(&mut self, check: &Check) {
        match check.result {
            OutcomeVerdict::Win => self.wins += 1,
            OutcomeVerdict::Loss => self.losses += 1,
            OutcomeVerdict::Neutral => self.neutral += 1,
            OutcomeVerdict::Void => return,
        }
        self.held.add(check.at);
        if let Some(is_win) = check.net_win {
            self.priced += 1;
            self.net_wins += u64::from(is_win);
            self.held_priced.add(check.at);
        }
        self.gross.extend(check.gross_pct());
        self.net.extend(check.net_pct());
        self.best.extend(check.best_pct());
        self.worst.extend(check.worst_pct());
        match check.first_touch {
            Some(FirstTouch::Target) => self.target_first += 1,
            Some(FirstTouch::Stop) => self.stop_first += 1,
            Some(FirstTouch::None) | None => {}
        }
    }

    fn figures(&self) -> Figures {
        let (count, effective) = (self.count(), self.held.worth());
        let win_rate = share(self.wins, count);
        let net_win_rate = share(self.net_wins, self.priced);
        let four = |value: Option<f64>| value.map(|value| round_to(value, 4));
        Figures {
            count,
            effective_count: round_to(effective, 2),
            too_few: effective < FEW,
            wins: self.wins,
            losses: self.losses,
            neutral: self.neutral,
            win_rate: four(win_rate),
            win_rate_interval: interval(win_rate, effective),
            net_win_rate: four(net_win_rate),
            net_win_rate_interval: interval(net_win_rate, self.held_priced.worth()),
            average_pnl_pct: four(mean(&self.gross)),
            median_pnl_pct: four(median(&self.gross)),
            expectancy_pct: four(mean(&self.net)),
            median_net_pnl_pct: four(median(&self.net)),
            profit_factor: four(profit_factor(&self.net)),
            best_pnl_pct: four(self.gross.iter().copied().reduce(f64::max)),
            worst_pnl_pct: four(self.gross.iter().copied().reduce(f64::min)),
            average_best_excursion_pct: four(mean(&self.best)),
            average_worst_excursion_pct: four(mean(&self.worst)),
            target_first: self.target_first,
            stop_first: self.stop_first,
        }
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

/// Figures of each horizon.
pub(crate) fn horizons(rows: &ByHorizon<'_>) -> Vec<HorizonFigures> {
    rows.iter()
        .map(|(horizon_s, checks)| {
            let mut sums = Sums::new(*horizon_s);
            for check in checks {
                sums.add(check);
            }
            HorizonFigures { horizon: horizon_name(*horizon_s), figures: sums.figures() }
        })
        .collect()
}

/// Figures of each group at each horizon; of one dimension the `most` largest groups.
pub(crate) fn groups(rows: &ByHorizon<'_>, names: &Names, by: Dimension, most: usize) -> Vec<GroupFigures> {
    let grouping = Grouping::of(by);
    let mut found: BTreeMap<usize, BTreeMap<i64, Sums>> = BTreeMap::new();
    for (horizon_s, checks) in rows {
        let mut sums: Vec<Option<Box<Sums>>> = Vec::new();
        sums.resize_with(grouping.width(names), || None);
        for check in checks {
            grouping.each(&check.keys, |group| {
                if let Some(sums) = sums.get_mut(group) {
                    sums.get_or_insert_with(|| Box::new(Sums::new(*horizon_s))).add(check);
                }
            });
        }
        for (group, sums) in sums.into_iter().enumerate() {
            if let Some(sums) = sums {
                found.entry(group).or_default().insert(*horizon_s, *sums);
            }
        }
    }
    let size = |of: &BTreeMap<i64, Sums>| of.values().map(Sums::count).sum::<u64>();
    let mut groups: Vec<(String, BTreeMap<i64, Sums>)> =
        found.into_iter().map(|(group, of)| (grouping.title(names, group), of)).collect();
    groups.sort_by(|one, other| one.0.cmp(&other.0));
    if groups.len() > most {
        groups.sort_by_key(|(_, of)| std::cmp::Reverse(size(of)));
        groups.truncate(most);
        groups.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let told = |key: &str, horizon_s: i64, sums: &Sums| GroupFigures {
        by: by.as_str().to_owned(),
        key: key.to_owned(),
        horizon: horizon_name(horizon_s),
        figures: sums.figures(),
    };
    groups
        .iter()
        .flat_map(|(key, of)| of.iter().map(move |(horizon_s, sums)| told(key, *horizon_s, sums)))
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

/// Scores against what came, for each horizon.
pub(crate) fn reliability(rows: &ByHorizon<'_>, names: &Names) -> Vec<Reliability> {
    rows.iter()
        .filter_map(|(horizon_s, checks)| {
            let mut all = Forecasts::new(*horizon_s);
            let mut bands: BTreeMap<Name, Forecasts> = BTreeMap::new();
            for check in checks {
                if let Some(rose) = check.rose {
                    all.add(check, rose);
                    let band = check.keys.score_band;
                    bands.entry(band).or_insert_with(|| Forecasts::new(*horizon_s)).add(check, rose);
                }
            }
            let scored = brier(&all.told)?;
            let effective = all.held.worth();
            let mut bands: Vec<ReliabilityBand> =
                bands.iter().filter_map(|(band, told)| told.band(names.text(*band))).collect();
            bands.sort_by(|one, other| one.score_band.cmp(&other.score_band));
            Some(Reliability {
                horizon: horizon_name(*horizon_s),
                count: all.told.len() as u64,
                effective_count: round_to(effective, 2),
                too_few: effective < FEW,
                brier_score: round_to(scored.score, 6),
                base_rate: round_to(scored.base_rate, 4),
                base_score: round_to(scored.base_score, 6),
                skill: scored.skill.map(|skill| round_to(skill, 6)),
                bands,
            })
        })
        .collect()
}

/// Scores read as probabilities, with what came.
struct Forecasts {
    told: Vec<(f64, bool)>,
    held: EqualSpans,
}

impl Forecasts {
    fn new(horizon_s: i64) -> Self {
        Self { told: Vec::new(), held: EqualSpans::new(horizon_s.saturating_mul(1_000)) }
    }

    fn add(&mut self, check: &Check, rose: bool) {
        self.told.push((check.score / 100.0, rose));
        self.held.add(check.at);
    }

    fn band(&self, band: &str) -> Option<ReliabilityBand> {
        let stated = mean(&self.told.iter().map(|(stated, _)| *stated).collect::<Vec<_>>())?;
        let rose = self.told.iter().filter(|(_, rose)| *rose).count() as u64;
        let realised = share(rose, self.told.len() as u64)?;
        let effective = self.held.worth();
        Some(ReliabilityBand {
            score_band: band.to_owned(),
            count: self.told.len() as u64,
            effective_count: round_to(effective, 2),
            too_few: effective < FEW,
            stated: round_to(stated, 4),
            realised: round_to(realised, 4),
            realised_interval: interval(Some(realised), effective),
        })
    }
}
