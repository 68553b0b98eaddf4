//! Finished checks and signals in memory, in the order of time: what figures are summed from.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::{DAY_MS, HOUR_MS, UtcMs};
use engine::Factor;
use store::{FirstTouch, JournaledCheck, JournaledSignal, OutcomeFilter, OutcomeVerdict};

use super::figures::Dimension;

/// What stands for a value that is not known.
const UNKNOWN: &str = "unknown";
/// What a factor may have said, beside the signal's direction.
const STANCES: [&str; 4] = ["missing", "neutral", "agrees", "conflicts"];

/// A text by its number.
pub(crate) type Name = u32;

/// Every text once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    fn number(&mut self, text: &str) -> Name {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let (text, number) = (Arc::<str>::from(text), Name::try_from(self.texts.len()).unwrap_or(Name::MAX));
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    fn known(&mut self, text: Option<&String>) -> Name {
        self.number(text.map_or(UNKNOWN, String::as_str))
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: Name) -> &str {
        usize::try_from(number).ok().and_then(|number| self.texts.get(number)).map_or(UNKNOWN, |text| text)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// What a signal is grouped and found by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub(crate) symbol: Name,
    pub(crate) signal: Name,
    pub(crate) mode: Name,
    pub(crate) verdict: Name,
    confidence: Name,
    risk_mode: Name,
    judge: Name,
    weights: Name,
    scanner: Name,
    pub(crate) score_band: Name,
    hour: Name,
    /// Two bits for each factor, in the order of `Factor::ALL`: a place in `STANCES`.
    stances: u16,
}

/// A judged check. Percentages are NaN where they are not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    pub(crate) at: UtcMs,
    pub(crate) score: f64,
    gross_pct: f64,
    net_pct: f64,
    best_pct: f64,
    worst_pct: f64,
    pub(crate) keys: Keys,
    pub(crate) result: OutcomeVerdict,
    pub(crate) rose: Option<bool>,
    pub(crate) net_win: Option<bool>,
    pub(crate) first_touch: Option<FirstTouch>,
}

fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Check {
    pub(crate) fn gross_pct(&self) -> Option<f64> {
        known(self.gross_pct)
    }

    pub(crate) fn net_pct(&self) -> Option<f64> {
        known(self.net_pct)
    }

    pub(crate) fn best_pct(&self) -> Option<f64> {
        known(self.best_pct)
    }

    pub(crate) fn worst_pct(&self) -> Option<f64> {
        known(self.worst_pct)
    }
}

/// A stored signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) at: UtcMs,
    pub(crate) score: f64,
    pub(crate) keys: Keys,
}

/// Judged checks by horizon.
pub(crate) type ByHorizon<'a> = BTreeMap<i64, Vec<&'a Check>>;

/// Which rows a filter means: equal for filters that mean the same rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Selected {
    /// Horizon, first place, place after the last.
    ranges: Vec<(i64, usize, usize)>,
    wanted: Wanted,
}

impl Selected {
    /// How many rows have to be looked at.
    pub(crate) fn span(&self) -> usize {
        self.ranges.iter().map(|(_, first, end)| end - first).sum()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Wanted {
    symbol: Option<Name>,
    signal: Option<Name>,
    mode: Option<Name>,
    verdict: Option<Name>,
    risk_mode: Option<Name>,
    judge: Option<Name>,
    weights: Option<Name>,
    scanner: Option<Name>,
}

impl Wanted {
    fn takes(&self, keys: &Keys) -> bool {
        let is = |wanted: Option<Name>, name: Name| wanted.is_none_or(|wanted| wanted == name);
        is(self.symbol, keys.symbol)
            && is(self.signal, keys.signal)
            && is(self.mode, keys.mode)
            && is(self.verdict, keys.verdict)
            && is(self.risk_mode, keys.risk_mode)
            && is(self.judge, keys.judge)
            && is(self.weights, keys.weights)
            && is(self.scanner, keys.scanner)
    }
}

/// All finished checks and signals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) names: Names,
    checks: BTreeMap<i64, Vec<Check>>,
    signals: Vec<Fact>,
    /// Checks that cannot be judged.
    pub(crate) void: u64,
}

impl Columns {
    /// Adds a finished check; [`Self::settle`] has to follow.
    pub(crate) fn add_check(&mut self, found: &JournaledCheck) {
        if found.result == OutcomeVerdict::Void {
            self.void += 1;
            return;
        }
        let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let check = Check {
            at: found.of.timestamp,
            score: found.of.score,
            gross_pct: or_nan(found.gross_pct),
            net_pct: or_nan(found.net_pct),
            best_pct: or_nan(found.best_pct),
            worst_pct: or_nan(found.worst_pct),
            keys: self.keys(&found.of),
            result: found.result,
            rose: found.rose,
            net_win: found.net_win,
            first_touch: found.first_touch,
        };
        self.checks.entry(found.horizon_s).or_default().push(check);
    }

    /// Adds a signal; [`Self::settle`] has to follow.
    pub(crate) fn add_signal(&mut self, found: &JournaledSignal) {
        let keys = self.keys(found);
        self.signals.push(Fact { at: found.timestamp, score: found.score, keys });
    }

    /// Brings everything into the order of time. Quick where little was added.
    pub(crate) fn settle(&mut self) {
        for checks in self.checks.values_mut() {
            checks.sort_by_key(|check| check.at);
        }
        self.signals.sort_by_key(|signal| signal.at);
    }

    /// Checks that were judged.
    pub(crate) fn judged(&self) -> u64 {
        self.checks.values().map(|checks| checks.len() as u64).sum()
    }

    fn keys(&mut self, of: &JournaledSignal) -> Keys {
        let names = &mut self.names;
        Keys {
            symbol: names.number(&of.symbol),
            signal: names.number(&of.signal),
            mode: names.known(of.mode.as_ref()),
            verdict: names.known(of.verdict.as_ref()),
            confidence: names.known(of.confidence.as_ref()),
            risk_mode: names.known(of.risk_mode.as_ref()),
            judge: names.known(of.verdict_source.as_ref()),
            weights: names.known(of.weights_id.as_ref()),
            scanner: names.number(&of.origin),
            score_band: names.number(&of.score_band),
            hour: names.number(&format!("{:02}", of.timestamp.0.rem_euclid(DAY_MS) / HOUR_MS)),
            stances: stances(of.factor_scores.as_deref().unwrap_or_default(), &of.signal),
        }
    }

    /// The rows that a filter of checks means. Void checks are never among them.
    pub(crate) fn select(&self, filter: &OutcomeFilter) -> Selected {
        let nothing = || Selected { ranges: Vec::new(), wanted: Wanted::default() };
        let Some(wanted) = self.wanted(filter) else { return nothing() };
        let ranges = self
            .checks
            .iter()
            .filter(|(horizon_s, _)| filter.horizon_s.is_none_or(|wanted| wanted == **horizon_s))
            .map(|(horizon_s, checks)| {
                let (first, end) = between(checks, |check| check.at, filter);
                (*horizon_s, first, end)
            })
            .filter(|(_, first, end)| first < end)
            .collect();
        Selected { ranges, wanted }
    }

    /// The signals that a filter means by its times and names.
    pub(crate) fn select_signals(&self, filter: &OutcomeFilter) -> Selected {
        let (first, end) = between(&self.signals, |signal| signal.at, filter);
        match self.wanted(filter) {
            Some(wanted) => Selected { ranges: vec![(0, first, end)], wanted },
            None => Selected { ranges: Vec::new(), wanted: Wanted::default() },
        }
    }

    /// `None`: a name is asked for that nothing has.
    fn wanted(&self, filter: &OutcomeFilter) -> Option<Wanted> {
        let name = |text: &Option<String>| match text {
            Some(text) => self.names.numbers.get(text.as_str()).copied().map(Some),
            None => Some(None),
        };
        Some(Wanted {
            symbol: name(&filter.symbol)?,
            signal: name(&filter.signal)?,
            mode: name(&filter.mode)?,
            verdict: name(&filter.verdict)?,
            risk_mode: name(&filter.risk_mode)?,
            judge: name(&filter.verdict_source)?,
            weights: name(&filter.weights_id)?,
            scanner: name(&filter.origin)?,
        })
    }

    /// Selected checks by horizon, each in the order of time; horizons without any are left out.
    pub(crate) fn rows(&self, selected: &Selected) -> ByHorizon<'_> {
        let everything = Wanted::default();
        let mut rows = ByHorizon::new();
        for (horizon_s, first, end) in &selected.ranges {
            let all = self.checks.get(horizon_s).and_then(|checks| checks.get(*first..*end));
            let all = all.unwrap_or_default().iter();
            let taken: Vec<&Check> = if selected.wanted == everything {
                all.collect()
            } else {
                all.filter(|check| selected.wanted.takes(&check.keys)).collect()
            };
            if !taken.is_empty() {
                rows.insert(*horizon_s, taken);
            }
        }
        rows
    }

    /// Selected signals in the order of time.
    pub(crate) fn signals<'a>(&'a self, selected: &'a Selected) -> impl Iterator<Item = &'a Fact> {
        let (first, end) = selected.ranges.first().map_or((0, 0), |(_, first, end)| (*first, *end));
        let all = self.signals.get(first..end).unwrap_or_default().iter();
        all.filter(|signal| selected.wanted.takes(&signal.keys))
    }
}

fn between<T>(rows: &[T], at: impl Fn(&T) -> UtcMs, filter: &OutcomeFilter) -> (usize, usize) {
    let first = filter.from.map_or(0, |from| rows.partition_point(|row| at(row) < from));
    let end = filter.to.map_or(rows.len(), |to| rows.partition_point(|row| at(row) < to));
    (first, end.max(first))
}

/// How each factor stood to the signal's direction.
fn stances(scores: &str, signal: &str) -> u16 {
    let mut stances = 0;
    for (name, score) in scores.split(' ').filter_map(|pair| pair.split_once('=')) {
        let (Ok(factor), Ok(score)) = (name.parse::<Factor>(), score.parse::<f64>()) else { continue };
        let Some(place) = Factor::ALL.iter().position(|each| *each == factor) else { continue };
        let stance: u16 = match (score.total_cmp(&50.0), signal) {
            (std::cmp::Ordering::Equal, _) => 1,
            (std::cmp::Ordering::Greater, "LONG") | (std::cmp::Ordering::Less, "SHORT") => 2,
            (_, "LONG" | "SHORT") => 3,
            _ => 1,
        };
        stances |= stance << (2 * place);
    }
    stances
}

/// The groups of one dimension that a row belongs to: one, or for factors one of each.
#[derive(Debug)]
pub(crate) enum Grouping {
    Plain(fn(&Keys) -> Name),
    Factors,
}

impl Grouping {
    pub(crate) fn of(by: Dimension) -> Self {
        Self::Plain(match by {
            Dimension::Verdict => |keys| keys.verdict,
            Dimension::RiskMode => |keys| keys.risk_mode,
            Dimension::Judge => |keys| keys.judge,
            Dimension::Symbol => |keys| keys.symbol,
            Dimension::Mode => |keys| keys.mode,
            Dimension::ScoreBand => |keys| keys.score_band,
            Dimension::Hour => |keys| keys.hour,
            Dimension::Signal => |keys| keys.signal,
            Dimension::Confidence => |keys| keys.confidence,
            Dimension::Weights => |keys| keys.weights,
            Dimension::Scanner => |keys| keys.scanner,
            Dimension::Factor => return Self::Factors,
        })
    }

    /// How many numbers groups may have.
    pub(crate) fn width(&self, names: &Names) -> usize {
        match self {
            Self::Plain(_) => names.len(),
            Self::Factors => Factor::ALL.len() * STANCES.len(),
        }
    }

    /// Calls with the number of each group of a row.
    pub(crate) fn each(&self, keys: &Keys, mut put: impl FnMut(usize)) {
        match self {
            Self::Plain(key) => put(usize::try_from(key(keys)).unwrap_or(usize::MAX)),
            Self::Factors => {
                for place in 0..Factor::ALL.len() {
                    put(place * STANCES.len() + usize::from((keys.stances >> (2 * place)) & 3));
                }
            }
        }
    }

    /// What a group is called.
    pub(crate) fn title(&self, names: &Names, group: usize) -> String {
        match self {
            Self::Plain(_) => names.text(Name::try_from(group).unwrap_or(Name::MAX)).to_owned(),
            Self::Factors => {
                let factor = Factor::ALL.get(group / STANCES.len()).map_or(UNKNOWN, |each| each.as_str());
                let stance = STANCES.get(group % STANCES.len()).copied().unwrap_or(UNKNOWN);
                format!("{factor} {stance}")
            }
        }
    }
}
