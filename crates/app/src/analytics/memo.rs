//! Figures that were summed already, for as long as the rows stay as they are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use store::OutcomeFilter;

use super::columns::{Columns, Selected};
use super::figures::{self, Dimension, GroupFigures, HorizonFigures, Reliability};
use super::{MOST_GROUPS, SignalTotals};

/// Figures kept of one kind; beyond it all of that kind are dropped.
const MOST_KEPT: usize = 128;

/// A value whose JSON was written when it was made.
#[derive(Clone, Debug)]
pub struct Written<T> {
    value: T,
    json: Option<Box<RawValue>>,
}

impl<T: Serialize> Written<T> {
    fn new(value: T) -> Self {
        // What cannot be written now is tried again, and told, when it is asked for.
        let json = to_raw_value(&value).ok();
        Self { value, json }
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Serialize> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.json {
            Some(json) => json.serialize(serializer),
            None => self.value.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Written<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// One result, or the place where it will be.
#[derive(Debug)]
struct Kept<T> {
    value: OnceLock<Arc<T>>,
    /// Whether anybody asked for it, besides who made it ready beforehand.
    used: AtomicBool,
    asked: OutcomeFilter,
}

#[derive(Debug)]
struct Table<K, T> {
    kept: Mutex<HashMap<K, Arc<Kept<T>>>>,
}

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash, T> Table<K, T> {
    fn known(&self, key: &K) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()?;
        kept.used.store(true, Ordering::Relaxed);
        kept.value.get().cloned()
    }

    /// The value, made once however many ask.
    fn get_or(&self, key: &K, asked: &OutcomeFilter, used: bool, make: impl FnOnce() -> T) -> Arc<T> {
        let kept = {
            let mut table = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if table.len() >= MOST_KEPT && !table.contains_key(key) {
                table.clear();
            }
            let fresh = || {
                let (value, used) = (OnceLock::new(), AtomicBool::new(used));
                Arc::new(Kept { value, used, asked: asked.clone() })
            };
            Arc::clone(table.entry(key.clone()).or_insert_with(fresh))
        };
        if used {
            kept.used.store(true, Ordering::Relaxed);
        }
        Arc::clone(kept.value.get_or_init(|| Arc::new(make())))
    }

    fn used(&self) -> Vec<(K, OutcomeFilter)> {
        let table = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        table
            .iter()
            .filter(|(_, kept)| kept.used.load(Ordering::Relaxed))
            .map(|(key, kept)| (key.clone(), kept.asked.clone()))
            .collect()
    }
}

/// The rows of one moment with the figures that were summed of them.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) columns: Columns,
    pub(crate) made_at: Instant,
    overall: Table<Selected, Written<Vec<HorizonFigures>>>,
    dimensions: Table<(Selected, Dimension), Vec<GroupFigures>>,
    groups: Table<(Selected, Vec<Dimension>), Written<Vec<GroupFigures>>>,
    reliability: Table<Selected, Written<Vec<Reliability>>>,
    totals: Table<Selected, Written<SignalTotals>>,
    spent_us: AtomicU64,
}

impl Facts {
    pub(crate) fn new(columns: Columns) -> Self {
        Self {
            columns,
            made_at: Instant::now(),
            overall: Table::default(),
            dimensions: Table::default(),
            groups: Table::default(),
            reliability: Table::default(),
            totals: Table::default(),
            spent_us: AtomicU64::new(0),
        }
    }

    /// Time spent on these figures so far.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_micros(self.spent_us.load(Ordering::Relaxed))
    }

    pub(crate) fn spend(&self, time: Duration) {
        self.spent_us.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn timed<T>(&self, make: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let made = make();
        self.spend(started.elapsed());
        made
    }

    /// Figures of all selected checks, where they are known.
    pub(crate) fn known_overall(&self, selected: &Selected) -> Option<Arc<Written<Vec<HorizonFigures>>>> {
        self.overall.known(selected)
    }

    /// Figures of all selected checks.
    pub(crate) fn overall(
        &self,
        selected: &Selected,
        asked: &OutcomeFilter,
        used: bool,
    ) -> Arc<Written<Vec<HorizonFigures>>> {
        self.overall.get_or(selected, asked, used, || {
            self.timed(|| Written::new(figures::horizons(&self.columns.rows(selected))))
        })
    }

    /// Figures by these dimensions, where they are known.
    pub(crate) fn known_groups(
        &self,
        selected: &Selected,
        by: &[Dimension],
    ) -> Option<Arc<Written<Vec<GroupFigures>>>> {
        self.groups.known(&(selected.clone(), by.to_vec()))
    }

    /// Figures by these dimensions.
    pub(crate) fn groups(
        &self,
        selected: &Selected,
        by: &[Dimension],
        asked: &OutcomeFilter,
        used: bool,
    ) -> Arc<Written<Vec<GroupFigures>>> {
        self.groups.get_or(&(selected.clone(), by.to_vec()), asked, used, || {
            let all = by.iter().flat_map(|by| self.dimension(selected, *by, asked).to_vec());
            Written::new(all.collect())
        })
    }

    fn dimension(&self, selected: &Selected, by: Dimension, asked: &OutcomeFilter) -> Arc<Vec<GroupFigures>> {
        // Every factor in every stance.
        let most = if by == Dimension::Factor { usize::MAX } else { MOST_GROUPS };
        self.dimensions.get_or(&(selected.clone(), by), asked, true, || {
            self.timed(|| figures::groups(&self.columns.rows(selected), &self.columns.names, by, most))
        })
    }

    /// Scores against what came, where it is known.
    pub(crate) fn known_reliability(&self, selected: &Selected) -> Option<Arc<Written<Vec<Reliability>>>> {
        self.reliability.known(selected)
    }

    /// Scores against what came.
    pub(crate) fn reliability(
        &self,
        selected: &Selected,
        asked: &OutcomeFilter,
        used: bool,
    ) -> Arc<Written<Vec<Reliability>>> {
        self.reliability.get_or(selected, asked, used, || {
            self.timed(|| {
                let rows = self.columns.rows(selected);
                Written::new(figures::reliability(&rows, &self.columns.names))
            })
        })
    }

    /// Signals in numbers, where they are known.
    pub(crate) fn known_totals(&self, selected: &Selected) -> Option<Arc<Written<SignalTotals>>> {
        self.totals.known(selected)
    }

    /// Signals in numbers.
    pub(crate) fn totals(
        &self,
        selected: &Selected,
        asked: &OutcomeFilter,
        used: bool,
    ) -> Arc<Written<SignalTotals>> {
        self.totals.get_or(selected, asked, used, || {
            self.timed(|| Written::new(SignalTotals::of(&self.columns, selected)))
        })
    }

    /// Makes ready what others asked of earlier rows.
    pub(crate) fn prepare(&self, earlier: &Self) {
        for (_, asked) in earlier.overall.used() {
            self.overall(&self.columns.select(&asked), &asked, false);
        }
        for ((_, by), asked) in earlier.groups.used() {
            self.groups(&self.columns.select(&asked), &by, &asked, false);
        }
        for (_, asked) in earlier.reliability.used() {
            self.reliability(&self.columns.select(&asked), &asked, false);
        }
        for (_, asked) in earlier.totals.used() {
            self.totals(&self.columns.select_signals(&asked), &asked, false);
        }
    }
}
