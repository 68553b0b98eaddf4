//! Two sets of weights judged side by side: the same decisions, the same prices, and the difference between
//! them with what is known of it.

use analysis::statistics::{ConfidenceInterval, Z_95, mean};
use analysis::tracking::{Span, uniqueness, wilson_share};
use domain::UtcMs;

use crate::config::OutcomeConfig;
use crate::{OutcomeVerdict, Signal};

/// Below this many independent outcomes nothing is concluded.
pub const FEW: f64 = 30.0;

/// One decision of both sets, and what the price did until a horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialRow {
    /// The decision's time.
    pub at: UtcMs,
    /// The instant that is judged.
    pub due_at: UtcMs,
    /// What the control said.
    pub control: Signal,
    /// What the challenger said; too little evidence under its weights counts as NEUTRAL.
    pub challenger: Signal,
    /// Move of the price, %.
    pub move_pct: f64,
    /// What a long was worth after fees, slippage and funding, %; `None` where funding is not known.
    pub net_long_pct: Option<f64>,
    /// The same of a short.
    pub net_short_pct: Option<f64>,
}

impl TrialRow {
    /// What following a decision was worth, gross and net, %; no position is worth 0.
    const fn worth(&self, signal: Signal) -> (f64, Option<f64>) {
        match signal {
            Signal::Long => (self.move_pct, self.net_long_pct),
            Signal::Short => (-self.move_pct, self.net_short_pct),
            Signal::Neutral => (0.0, Some(0.0)),
        }
    }

    const fn span(&self) -> Span {
        Span { from: self.at, to: self.due_at }
    }
}

/// What became of one arm's LONG and SHORT.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmFigures {
    /// Judged LONG and SHORT.
    pub count: u64,
    /// How many independent outcomes they are worth.
    pub effective: f64,
    /// Gross gain of at least the threshold.
    pub wins: u64,
    /// Gross loss of at least the threshold.
    pub losses: u64,
    /// In between.
    pub neutral: u64,
    /// Share of wins, 0 to 1.
    pub win_rate: Option<f64>,
    /// Wilson's 95 % interval of it, by the effective count.
    pub win_rate_interval: Option<ConfidenceInterval>,
    /// Mean gross result, %.
    pub average_pct: Option<f64>,
    /// Mean net result, %.
    pub expectancy_pct: Option<f64>,
}

/// A mean with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// The mean, each value counting by its worth.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How many independent values stand behind it.
    pub effective: f64,
}

/// What the comparison shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Fewer than 30 independent outcomes on which the arms differ.
    TooFew,
    /// The interval of the difference lies above 0.
    ChallengerBetter,
    /// It lies below 0.
    ControlBetter,
    /// It holds 0.
    NoDifference,
}

impl Finding {
    /// The word in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFew => "too_few_to_tell",
            Self::ChallengerBetter => "challenger_better",
            Self::ControlBetter => "control_better",
            Self::NoDifference => "no_difference_shown",
        }
    }
}

/// The arms against each other, where they said different things: everywhere else they are worth the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Judged decisions on which the arms differ, with a known net result of both.
    pub disagreements: u64,
    /// How many independent ones they are worth.
    pub effective: f64,
    /// Share of them on which the challenger was worth more, 0 to 1.
    pub challenger_ahead: Option<f64>,
    /// Net result of the challenger less that of the control, percentage points per disagreement.
    pub difference: Option<MeanInterval>,
    /// What that shows.
    pub finding: Finding,
}

/// Figures of one arm over the rows on which it said LONG or SHORT.
#[must_use]
pub fn arm(rows: &[TrialRow], said: fn(&TrialRow) -> Signal, config: &OutcomeConfig) -> ArmFigures {
    let taken: Vec<&TrialRow> = rows.iter().filter(|row| said(row) != Signal::Neutral).collect();
    let spans: Vec<Span> = taken.iter().map(|row| row.span()).collect();
    let effective: f64 = uniqueness(&spans).iter().sum();
    let results: Vec<(f64, Option<f64>)> = taken.iter().map(|row| row.worth(said(row))).collect();
    let of = |wanted: OutcomeVerdict| {
        results.iter().filter(|(gross, _)| config.verdict(*gross) == wanted).count() as u64
    };
    let wins = of(OutcomeVerdict::Win);
    let win_rate = (!results.is_empty()).then(|| wins as f64 / results.len() as f64);
    ArmFigures {
        count: results.len() as u64,
        effective,
        wins,
        losses: of(OutcomeVerdict::Loss),
        neutral: of(OutcomeVerdict::Neutral),
        win_rate,
        win_rate_interval: win_rate.and_then(|share| wilson_share(share, effective, Z_95)),
        average_pct: mean(&results.iter().map(|(gross, _)| *gross).collect::<Vec<_>>()),
        expectancy_pct: mean(&results.iter().filter_map(|(_, net)| *net).collect::<Vec<_>>()),
    }
}

/// The paired comparison.
#[must_use]
pub fn paired(rows: &[TrialRow]) -> Paired {
    let (mut spans, mut differences) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| row.control != row.challenger) {
        if let ((_, Some(control)), (_, Some(challenger))) =
            (row.worth(row.control), row.worth(row.challenger))
        {
            spans.push(row.span());
            differences.push(challenger - control);
        }
    }
    let worth = uniqueness(&spans);
    let effective: f64 = worth.iter().sum();
    let ahead = differences.iter().filter(|difference| **difference > 0.0).count();
    let difference = mean_interval(&differences, &worth);
    let finding = match difference {
        Some(found) if effective >= FEW => {
            if found.low > 0.0 {
                Finding::ChallengerBetter
            } else if found.high < 0.0 {
                Finding::ControlBetter
            } else {
                Finding::NoDifference
            }
        }
        _ => Finding::TooFew,
    };
    Paired {
        disagreements: differences.len() as u64,
        effective,
        challenger_ahead: (!differences.is_empty()).then(|| ahead as f64 / differences.len() as f64),
        difference,
        finding,
    }
}

/// The mean of values that each count by their worth, with Student's 95 % interval by the sum of the worths;
/// `None` below three independent values.
#[must_use]
pub fn mean_interval(values: &[f64], worth: &[f64]) -> Option<MeanInterval> {
    let effective: f64 = worth.iter().sum();
    if !effective.is_finite() || effective < 3.0 {
        return None;
    }
    let weighted = |of: &dyn Fn(f64) -> f64| {
        values.iter().zip(worth).map(|(value, worth)| worth * of(*value)).sum::<f64>()
    };
    let mean = weighted(&|value| value) / effective;
    let variance = weighted(&|value| (value - mean).powi(2)) / (effective - 1.0);
    let half = student_95(effective - 1.0) * (variance / effective).sqrt();
    let found = MeanInterval { mean, low: mean - half, high: mean + half, effective };
    (found.low.is_finite() && found.high.is_finite()).then_some(found)
}

/// The two-sided 95 % point of Student's t, for degrees of freedom that need not be whole: the expansion of
/// Cornish and Fisher around the normal's (Abramowitz and Stegun 26.7.5), 3 % short at two and exact to a thousandth from ten on.
fn student_95(freedom: f64) -> f64 {
    let z = Z_95;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    let (mut sum, mut power) = (z, 1.0);
    for term in terms {
        power /= freedom;
        sum += term * power;
    }
    sum
}

#[cfg(test)]
mod tests {
    use domain::HOUR_MS;

    use super::*;

    fn row(hour: i64, control: Signal, challenger: Signal, move_pct: f64) -> TrialRow {
        TrialRow {
            at: UtcMs(hour * HOUR_MS),
            due_at: UtcMs((hour + 1) * HOUR_MS),
            control,
            challenger,
            move_pct,
            net_long_pct: Some(move_pct - 0.14),
            net_short_pct: Some(-move_pct - 0.14),
        }
    }

    #[test]
    fn the_t_distribution_is_that_of_the_tables() {
        for (freedom, table) in [(10.0, 2.2281), (29.0, 2.0452), (120.0, 1.9799)] {
            let found = student_95(freedom);
            assert!((found - table).abs() < 1e-3, "{freedom}: {found}");
        }
        assert!((student_95(2.0) / 4.303 - 1.0).abs() < 0.035);
    }

    #[test]
    fn both_arms_are_judged_by_the_same_prices() {
        let rows = [
            row(0, Signal::Long, Signal::Short, 2.0),
            row(1, Signal::Long, Signal::Neutral, -1.5),
            row(2, Signal::Short, Signal::Short, -0.5),
        ];
        let config = OutcomeConfig::default();
        let control = arm(&rows, |row| row.control, &config);
        assert_eq!((control.count, control.wins, control.losses, control.neutral), (3, 1, 1, 1));
        assert!((control.average_pct.unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert!((control.expectancy_pct.unwrap() - (1.0 / 3.0 - 0.14)).abs() < 1e-12);
        let challenger = arm(&rows, |row| row.challenger, &config);
        assert_eq!((challenger.count, challenger.wins, challenger.losses), (2, 0, 1));
        let paired = paired(&rows);
        // -4 on the first (both pay costs), +1.64 on the second; the third is no disagreement.
        assert_eq!((paired.disagreements, paired.challenger_ahead), (2, Some(0.5)));
        assert_eq!(paired.finding, Finding::TooFew);
        assert_eq!(paired.difference, None);
    }

    #[test]
    fn a_clear_difference_needs_thirty_independent_outcomes() {
        let clear = |hours: i64, apart: i64| -> Vec<TrialRow> {
            (0..hours)
                .map(|hour| {
                    let move_pct = if hour % 5 == 0 { 0.5 } else { -1.0 };
                    row(hour * apart, Signal::Long, Signal::Short, move_pct)
                })
                .collect()
        };
        assert_eq!(paired(&clear(29, 1)).finding, Finding::TooFew);
        let found = paired(&clear(40, 1));
        assert_eq!((found.finding, found.disagreements), (Finding::ChallengerBetter, 40));
        let difference = found.difference.unwrap();
        // Short less long is twice the fall: 2 on four of five, -1 on the fifth.
        assert!((difference.mean - 1.4).abs() < 1e-12 && difference.low > 0.9 && difference.high < 1.9);
        // The same forty at the same hour are worth one.
        assert_eq!(paired(&clear(40, 0)).finding, Finding::TooFew);
        let mirrored: Vec<TrialRow> = clear(40, 1)
            .into_iter()
            .map(|row| TrialRow { control: row.challenger, challenger: row.control, ..row })
            .collect();
        assert_eq!(paired(&mirrored).finding, Finding::ControlBetter);
        let even: Vec<TrialRow> = (0..60)
            .map(|hour| row(hour, Signal::Long, Signal::Neutral, if hour % 2 == 0 { 1.14 } else { -0.86 }))
            .collect();
        assert_eq!(paired(&even).finding, Finding::NoDifference);
        // Where funding is not known, neither is the difference.
        let unknown: Vec<TrialRow> =
            clear(40, 1).into_iter().map(|row| TrialRow { net_long_pct: None, ..row }).collect();
        assert_eq!(paired(&unknown).disagreements, 0);
    }

    #[test]
    fn arms_that_are_worth_the_same_are_told_apart_no_more_often_than_by_chance() {
        let (mut dice, mut told) = (1_u64, 0);
        let mut roll = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(dice >> 33).unwrap()) / f64::from(1_u32 << 31) * 2.0 - 1.0
        };
        for _ in 0..400 {
            // Hourly decisions of four hours each on one path: neighbours share three quarters of it.
            let path: Vec<f64> = (0..244).map(|_| roll()).collect();
            let rows: Vec<TrialRow> = path
                .windows(4)
                .zip(0..240_i64)
                .map(|(hours, hour)| TrialRow {
                    due_at: UtcMs((hour + 4) * HOUR_MS),
                    ..row(hour, Signal::Long, Signal::Short, hours.iter().sum())
                })
                .collect();
            let found = paired(&rows);
            assert!((60.0..62.0).contains(&found.effective), "{}", found.effective);
            told += usize::from(found.finding != Finding::NoDifference);
        }
        println!("{told} of 400 told apart");
        // One in twenty is meant; by the plain count of decisions it would be a third of them.
        assert!((4..=36).contains(&told), "{told} of 400");
    }
}
