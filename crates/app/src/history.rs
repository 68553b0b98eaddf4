//! Own history at hand: series loaded from the store once, extended by what evaluations learn, written back
//! behind them.

use std::sync::Arc;

use domain::{Clock, DAY_MS, Series, UtcMs};
use market::{Known, SeriesId};
use moka::sync::Cache;
use store::{SeriesKey, Store};
use tokio_util::task::TaskTracker;

/// Points held in memory, over all series (16 bytes each).
const POINTS_IN_MEMORY: u64 = 2_000_000;
/// Longest window that any factor looks at, with room for the bar before it.
const LONGEST_WINDOW_MS: i64 = 370 * DAY_MS;

/// The series in memory, in front of the store's.
#[derive(Debug)]
pub struct Book {
    store: Store,
    clock: Arc<dyn Clock>,
    series: Cache<SeriesId, Arc<Series>>,
    /// Writes under way.
    writing: TaskTracker,
}

impl Book {
    /// A book over this store.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let series = Cache::builder()
            .weigher(|_, series: &Arc<Series>| u32::try_from(series.points.len() + 8).unwrap_or(u32::MAX))
            .max_capacity(POINTS_IN_MEMORY)
            .build();
        Self { store, clock, series, writing: TaskTracker::new() }
    }

    /// What is known of these series. A store that is away costs history, never the answer.
    pub async fn known(&self, ids: &[SeriesId]) -> Known {
        let mut known = Known::default();
        let mut wanted = Vec::new();
        for id in ids {
            match self.series.get(id) {
                Some(series) => known.insert(id.clone(), series),
                None => wanted.push(id.clone()),
            }
        }
        if wanted.is_empty() {
            return known;
        }
        let since = self.clock.now().plus_ms(-LONGEST_WINDOW_MS);
        let keys: Vec<SeriesKey> = wanted.iter().map(key_of).collect();
        match self.store.load_histories(&keys, since, UtcMs(i64::MAX)).await {
            Ok(loaded) => {
                for (id, points) in wanted.into_iter().zip(loaded) {
                    let series = Arc::new(Series { cadence_ms: id.cadence_ms, points });
                    self.series.insert(id.clone(), Arc::clone(&series));
                    known.insert(id, series);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "own history could not be loaded; factors rank against less");
            }
        }
        known
    }

    /// Takes in rows that may be known already: only those that are new are written.
    pub fn keep_new(&self, rows: Vec<(SeriesId, Series)>) {
        let new = rows
            .into_iter()
            .filter_map(|(id, mut series)| {
                if let Some(known) = self.series.get(&id) {
                    series.points.retain(|point| known.last_at(point.at).is_none_or(|last| last != *point));
                }
                (!series.points.is_empty()).then_some((id, series))
            })
            .collect();
        self.keep(new);
    }

    /// Takes in what an evaluation learned: at once in memory, soon in the store.
    pub fn keep(&self, learned: Vec<(SeriesId, Series)>) {
        if learned.is_empty() {
            return;
        }
        for (id, fresh) in &learned {
            let old = self.series.get(id);
            let merged = market::series::merge(old.as_deref(), fresh, UtcMs(i64::MIN), UtcMs(i64::MAX));
            self.series.insert(id.clone(), Arc::new(merged));
        }
        let store = self.store.clone();
        self.writing.spawn(async move {
            for (id, series) in &learned {
                let points: Vec<_> = series.points.iter().map(|point| (point.at.0, point.value)).collect();
                if let Err(error) = store.append_history(&key_of(id), &points).await {
                    tracing::warn!(%error, "new rows of own history were not kept; the providers will be asked again");
                    return;
                }
            }
        });
    }
}

impl Book {
    /// Waits until everything taken in is written. Nothing new may be taken in after it.
    pub async fn settle(&self) {
        self.writing.close();
        self.writing.wait().await;
    }
}

fn key_of(id: &SeriesId) -> SeriesKey {
    SeriesKey {
        venue: id.origin(),
        instrument: id.subject.clone(),
        datum: id.datum.as_str().to_owned(),
        cadence_ms: id.cadence_ms,
    }
}
