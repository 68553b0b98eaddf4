//! What became of a signal: profit or loss at an instant after it, net of costs, and what the price did on
//! the way.
//!
//! Entry is the open of the first candle that starts at or after the signal; exit is the close of the candle
//! that ends at or last before the due instant. Both are fixed by the past, so a check made late gives the
//! same figures as a timely one.

use domain::{Candle, Funding, Interval, Side, UtcMs};

use crate::config::OutcomeConfig;

/// A signal to be checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// LONG or SHORT.
    pub side: Side,
    /// The signal's time.
    pub signal_at: UtcMs,
    /// The instant that is judged.
    pub due_at: UtcMs,
    /// Stop price.
    pub stop: Option<f64>,
    /// Target price.
    pub target: Option<f64>,
}

/// The judgement by gross profit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeVerdict {
    /// Gained at least the threshold.
    Win,
    /// Lost at least the threshold.
    Loss,
    /// In between.
    Neutral,
}

/// What the price touched first on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstTouch {
    /// The stop; also when one candle holds both, since its inner order is not known.
    Stop,
    /// The target.
    Target,
    /// Neither.
    None,
}

/// What was found. Percentages are in the signal's direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Entry price.
    pub entry: f64,
    /// When the entry's candle opened.
    pub entry_at: UtcMs,
    /// Exit price.
    pub exit: f64,
    /// When the exit's candle ended.
    pub exit_at: UtcMs,
    /// Gross profit or loss, %.
    pub gross_pct: f64,
    /// After fees, slippage and funding, %; `None` where funding is not known.
    pub net_pct: Option<f64>,
    /// Funding received (negative: paid) over the holding time, % of the position; `None` where not known.
    pub funding_pct: Option<f64>,
    /// By the gross figure.
    pub verdict: OutcomeVerdict,
    /// Whether anything is left after costs.
    pub net_win: Option<bool>,
    /// What was touched first; `None` without stop and target.
    pub first_touch: Option<FirstTouch>,
    /// Best excursion, %; `None` when no candle lies between entry and exit.
    pub best_pct: Option<f64>,
    /// Worst excursion, %.
    pub worst_pct: Option<f64>,
    /// Candles that should lie between entry and exit and were not there.
    pub missing_bars: u64,
}

/// The judgement, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum OutcomeCheck {
    /// Judged.
    Judged(Outcome),
    /// These candles cannot judge it.
    Void {
        /// Why.
        reason: String,
    },
}

impl Position {
    /// The first open that the entry may have.
    #[must_use]
    pub const fn entry_open(&self, interval: Interval) -> UtcMs {
        let floor = self.signal_at.floor(interval.ms());
        if floor.0 == self.signal_at.0 { floor } else { floor.plus_ms(interval.ms()) }
    }

    /// When every candle that the check reads is closed: at the due instant, or when the candle of the entry
    /// ends, where that is later.
    #[must_use]
    pub fn complete_at(&self, interval: Interval) -> UtcMs {
        self.due_at.max(self.entry_open(interval).plus_ms(interval.ms()))
    }

    /// How many candles up to [`Self::complete_at`] the check reads, with one before the signal.
    #[must_use]
    pub fn bars_needed(&self, interval: Interval) -> u32 {
        let span = self.complete_at(interval).since(self.signal_at.floor(interval.ms()));
        u32::try_from(span / interval.ms() + 2).unwrap_or(u32::MAX)
    }

    /// In the position's direction.
    fn directed(&self, change: f64) -> f64 {
        match self.side {
            Side::Long => change,
            Side::Short => -change,
        }
    }

    fn change_pct(&self, entry: f64, price: f64) -> f64 {
        self.directed((price - entry) / entry * 100.0)
    }

    /// What a candle touches, the stop first.
    fn touch(&self, candle: &Candle) -> Option<FirstTouch> {
        let (stopped, reached) = match self.side {
            Side::Long => (
                self.stop.is_some_and(|stop| candle.low <= stop),
                self.target.is_some_and(|target| candle.high >= target),
            ),
            Side::Short => (
                self.stop.is_some_and(|stop| candle.high >= stop),
                self.target.is_some_and(|target| candle.low <= target),
            ),
        };
        if stopped {
            Some(FirstTouch::Stop)
        } else if reached {
            Some(FirstTouch::Target)
        } else {
            None
        }
    }
}

/// Judges a position by candles of one interval, in any order; those outside its time do not matter.
/// `funding`: the settled rates that cover the holding time, or `None` where they are not known; a
/// settlement counts when it falls after the entry and at or before the exit.
#[must_use]
pub fn judge_outcome(
    position: &Position,
    interval: Interval,
    candles: &[Candle],
    funding: Option<&[Funding]>,
    config: &OutcomeConfig,
) -> OutcomeCheck {
    let void = |reason: String| OutcomeCheck::Void { reason };
    let end_of = |candle: &Candle| candle.open_time.plus_ms(interval.ms());
    let mut usable: Vec<&Candle> = candles.iter().filter(|candle| candle.defect().is_none()).collect();
    usable.sort_by_key(|candle| candle.open_time);
    usable.dedup_by_key(|candle| candle.open_time);
    let Some(first) = usable.iter().find(|candle| candle.open_time >= position.signal_at) else {
        return void(format!("no {interval} candle starts at or after the signal"));
    };
    let Some(last) = usable.iter().rfind(|candle| end_of(candle) <= position.due_at) else {
        return void(format!("no {interval} candle ends at or before the due instant"));
    };
    let (entry_at, exit_at) = (first.open_time, end_of(last));
    if exit_at < entry_at {
        return void(format!("the last {interval} candle before the due instant ends before the entry"));
    }
    let (entry, exit) = (first.open, last.close);
    let held: Vec<&Candle> = usable
        .iter()
        .copied()
        .filter(|candle| candle.open_time >= entry_at && end_of(candle) <= exit_at)
        .collect();
    let due_bar = position.due_at.floor(interval.ms());
    let wanted = due_bar.since(position.entry_open(interval)).max(0) / interval.ms();
    let missing_bars = u64::try_from(wanted).unwrap_or_default().saturating_sub(held.len() as u64);

    let gross_pct = position.change_pct(entry, exit);
    let funding_pct = funding.map(|settled| {
        let charged: f64 = settled
            .iter()
            .filter(|funding| !funding.running && funding.at > entry_at && funding.at <= exit_at)
            .map(|funding| funding.rate)
            .sum();
        // Longs pay when the rate is positive.
        -position.directed(charged) * 100.0
    });
    let net_pct = funding_pct.map(|funding_pct| gross_pct - config.round_trip_pct() + funding_pct);
    let by_high = |worth: fn(f64, f64) -> f64| {
        held.iter()
            .flat_map(|candle| [candle.high, candle.low])
            .map(|price| position.change_pct(entry, price))
            .reduce(worth)
    };
    let is_planned = position.stop.is_some() || position.target.is_some();
    let touched = held.iter().find_map(|candle| position.touch(candle)).unwrap_or(FirstTouch::None);
    OutcomeCheck::Judged(Outcome {
        entry,
        entry_at,
        exit,
        exit_at,
        gross_pct,
        net_pct,
        funding_pct,
        verdict: config.verdict(gross_pct),
        net_win: net_pct.map(|net| net > 0.0),
        first_touch: is_planned.then_some(touched),
        best_pct: by_high(f64::max),
        worst_pct: by_high(f64::min),
        missing_bars,
    })
}
