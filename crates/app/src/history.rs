//! Own history at hand: series loaded from the store once, extended by what evaluations learn, written back
//! behind them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Clock, DAY_MS, Series, UtcMs};
use market::{Known, SeriesId};
use moka::sync::Cache;
use store::{SeriesKey, Store};
use tokio_util::task::TaskTracker;

/// Points held in memory, over all series (16 bytes each).
const POINTS_IN_MEMORY: u64 = 2_000_000;
/// Longest window that any factor looks at, with room for the bar before it.
const LONGEST_WINDOW_MS: i64 = 370 * DAY_MS;

/// A series in memory.
#[derive(Clone, Debug)]
struct Held {
    series: Arc<Series>,
    /// Whether it holds all that the store does. One that does not serves only while the store is away.
    is_whole: bool,
}

/// Rows of a series that is being loaded or written, so that a load misses none that are on their way.
#[derive(Debug, Default)]
struct Underway {
    users: usize,
    rows: Option<Series>,
}

/// The series in memory, and what is on its way to or from the store.
#[derive(Debug)]
struct Shelf {
    series: Cache<SeriesId, Held>,
    underway: Mutex<HashMap<SeriesId, Underway>>,
}

/// The series in memory, in front of the store's.
#[derive(Debug)]
pub struct Book {
    store: Store,
    clock: Arc<dyn Clock>,
    shelf: Arc<Shelf>,
    /// The rows of each recorded series that were written last.
    recorded: Arc<tokio::sync::Mutex<HashMap<SeriesId, Series>>>,
    /// Writes under way.
    writing: TaskTracker,
}

impl Book {
    /// A book over this store.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let weight = |points: usize| u32::try_from(points + 8).unwrap_or(u32::MAX);
        let series = Cache::builder()
            .weigher(move |_, held: &Held| weight(held.series.points.len()))
            .max_capacity(POINTS_IN_MEMORY)
            .build();
        let shelf = Arc::new(Shelf { series, underway: Mutex::default() });
        Self { store, clock, shelf, recorded: Arc::default(), writing: TaskTracker::new() }
    }

    /// What is known of these series. A store that is away costs history, never the answer.
    pub async fn known(&self, ids: &[SeriesId]) -> Known {
        let mut known = Known::default();
        let mut wanted = Vec::new();
        for id in ids {
            match self.shelf.series.get(id) {
                Some(held) if held.is_whole => known.insert(id.clone(), held.series),
                _ => wanted.push(id.clone()),
            }
        }
        if wanted.is_empty() {
            return known;
        }
        let since = self.clock.now().plus_ms(-LONGEST_WINDOW_MS);
        let keys: Vec<SeriesKey> = wanted.iter().map(key_of).collect();
        let uses: Vec<Use> = wanted.iter().map(|id| self.shelf.begin(id, None)).collect();
        match self.store.load_histories(&keys, since, UtcMs(i64::MAX)).await {
            Ok(loaded) => {
                for (id, points) in wanted.into_iter().zip(loaded) {
                    let series = self.shelf.put(&id, Series { cadence_ms: id.cadence_ms, points });
                    known.insert(id, series);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "own history could not be loaded; factors rank against less");
                for id in wanted {
                    if let Some(held) = self.shelf.series.get(&id) {
                        known.insert(id, held.series);
                    }
                }
            }
        }
        drop(uses);
        known
    }

    /// Takes in the rows of our own record, which may be known already: those that are new or changed are
    /// written, in the order given, and the rest of them not before the next call where one fails. Who reads
    /// one series in the light of another gives that other one last.
    pub fn keep_new(&self, rows: Vec<(SeriesId, Series)>) {
        // A round that still writes is not joined by a second one: the next call has its rows, too.
        let Ok(mut recorded) = Arc::clone(&self.recorded).try_lock_owned() else { return };
        let (store, shelf) = (self.store.clone(), Arc::clone(&self.shelf));
        self.writing.spawn(async move {
            for (id, series) in rows {
                let mut fresh = series.clone();
                if let Some(last) = recorded.get(&id) {
                    fresh.points.retain(|point| last.last_at(point.at) != Some(*point));
                }
                if fresh.points.is_empty() {
                    continue;
                }
                let _use = shelf.begin(&id, Some(&fresh));
                if let Err(error) = append(&store, &id, &fresh).await {
                    tracing::warn!(%error, "rows of our own record are not kept yet; they are tried again");
                    return;
                }
                shelf.extend(&id, &fresh, false);
                recorded.insert(id, series);
            }
        });
    }

    /// Takes in what an evaluation learned: at once in memory, soon in the store.
    pub fn keep(&self, learned: Vec<(SeriesId, Series)>) {
        if learned.is_empty() {
            return;
        }
        let learned: Vec<(SeriesId, Series, Use)> = learned
            .into_iter()
            .map(|(id, fresh)| {
                let used = self.shelf.begin(&id, Some(&fresh));
                self.shelf.extend(&id, &fresh, true);
                (id, fresh, used)
            })
            .collect();
        let store = self.store.clone();
        self.writing.spawn(async move {
            for (id, series, _use) in &learned {
                if let Err(error) = append(&store, id, series).await {
                    tracing::warn!(%error, "new rows of own history were not kept; the providers will be asked again");
                    return;
                }
            }
        });
    }

    /// Waits until everything taken in is written. Nothing new may be taken in after it.
    pub async fn settle(&self) {
        self.writing.close();
        self.writing.wait().await;
    }
}

impl Shelf {
    /// Tells that a series is being loaded, or these rows of it written, until the answer is dropped.
    fn begin(self: &Arc<Self>, id: &SeriesId, rows: Option<&Series>) -> Use {
        let mut underway = self.underway();
        let entry = underway.entry(id.clone()).or_default();
        entry.users += 1;
        if let Some(rows) = rows {
            entry.rows = Some(joined(entry.rows.as_ref(), rows));
        }
        Use { shelf: Arc::clone(self), id: id.clone() }
    }

    /// Takes a series in as the store gave it, with what is on its way there.
    fn put(&self, id: &SeriesId, loaded: Series) -> Arc<Series> {
        let underway = self.underway();
        let mut series = loaded;
        if let Some(held) = self.series.get(id) {
            series = joined(Some(&series), &held.series);
        }
        if let Some(rows) = underway.get(id).and_then(|entry| entry.rows.as_ref()) {
            series = joined(Some(&series), rows);
        }
        let series = Arc::new(series);
        self.series.insert(id.clone(), Held { series: Arc::clone(&series), is_whole: true });
        series
    }

    /// Adds rows to a series in memory. Where it is not there, the rows alone would pass for all of it: they
    /// come in marked as a part, or not at all.
    fn extend(&self, id: &SeriesId, fresh: &Series, as_part: bool) {
        // Held until the series is in: two that add to it at once must not lose each other's rows.
        let _underway = self.underway();
        let held = self.series.get(id);
        if held.is_none() && !as_part {
            return;
        }
        let series = Arc::new(joined(held.as_ref().map(|held| held.series.as_ref()), fresh));
        let is_whole = held.is_some_and(|held| held.is_whole);
        self.series.insert(id.clone(), Held { series, is_whole });
    }

    fn underway(&self) -> MutexGuard<'_, HashMap<SeriesId, Underway>> {
        self.underway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A load or a write of a series, until dropped.
#[derive(Debug)]
struct Use {
    shelf: Arc<Shelf>,
    id: SeriesId,
}

impl Drop for Use {
    fn drop(&mut self) {
        let mut underway = self.shelf.underway();
        if let Some(entry) = underway.get_mut(&self.id) {
            entry.users = entry.users.saturating_sub(1);
            if entry.users == 0 {
                underway.remove(&self.id);
            }
        }
    }
}

fn joined(old: Option<&Series>, fresh: &Series) -> Series {
    market::series::merge(old, fresh, UtcMs(i64::MIN), UtcMs(i64::MAX))
}

async fn append(store: &Store, id: &SeriesId, series: &Series) -> Result<(), store::StoreError> {
    let points: Vec<_> = series.points.iter().map(|point| (point.at.0, point.value)).collect();
    store.append_history(&key_of(id), &points).await.map(drop)
}

fn key_of(id: &SeriesId) -> SeriesKey {
    SeriesKey {
        venue: id.origin(),
        instrument: id.subject.clone(),
        datum: id.datum.as_str().to_owned(),
        cadence_ms: id.cadence_ms,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may stop")]
mod tests {
    use domain::{HOUR_MS, Instrument, Point, Venue};
    use market::Collector;
    use market::collector::kept_ids;
    use store::{DataSource, StoreConfig};
    use testkit::Stopped;

    use super::*;

    const NOW: UtcMs = UtcMs(1_000_000 * HOUR_MS);

    struct Scene {
        book: Book,
        store: Store,
        instrument: Instrument,
        _folder: tempfile::TempDir,
    }

    impl Scene {
        async fn set() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}", folder.path().join("db").display());
            let clock: Arc<dyn Clock> = Arc::new(Stopped(NOW));
            let spool = folder.path().join("spool");
            let config = StoreConfig::new(url, spool, DataSource::Live, Arc::clone(&clock));
            let store = Store::open(config).await.unwrap();
            let book = Book::new(store.clone(), clock);
            Self { book, store, instrument: testkit::bitcoin(Venue::Binance), _folder: folder }
        }

        /// The series of the venue's coverage and of the contract's long and short liquidations.
        fn ids(&self) -> Vec<SeriesId> {
            kept_ids(&self.instrument).into()
        }

        /// Stored hours, of which each was watched and had liquidations.
        async fn stored(&self, hours_back: std::ops::Range<i64>) {
            for id in self.ids().iter().take(3) {
                let points: Vec<_> = hours_back.clone().map(|back| (NOW.0 - back * HOUR_MS, 5.0)).collect();
                self.store.append_history(&key_of(id), &points).await.unwrap();
            }
        }

        async fn written(&self) {
            while !self.book.writing.is_empty() {
                tokio::task::yield_now().await;
            }
        }
    }

    fn rows(hours_back: std::ops::Range<i64>, value: f64) -> Series {
        let at = |back: i64| NOW.plus_ms(-back * HOUR_MS);
        let points = hours_back.rev().map(|back| Point { at: at(back), value }).collect();
        Series { cadence_ms: HOUR_MS, points }
    }

    #[tokio::test]
    async fn new_rows_do_not_hide_the_stored_ones() {
        let scene = Scene::set().await;
        scene.stored(1..10).await;
        let ids = scene.ids();
        // Another coin's evaluation brought the venue's coverage into memory, whole.
        scene.book.known(&ids[..1]).await;
        scene.book.keep_new(ids.iter().rev().map(|id| (id.clone(), rows(0..1, 7.0))).collect());
        scene.written().await;
        let known = scene.book.known(&ids).await;
        for id in &ids[..3] {
            assert_eq!(known.get(id).unwrap().points.len(), 10, "{id:?}");
        }
        let history = Collector::default().history(&scene.instrument, NOW, &known).unwrap().value;
        let longs: Vec<f64> = history.bars.iter().map(|bar| bar.long_usd).collect();
        assert_eq!(longs, [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 7.0]);
    }

    #[tokio::test]
    async fn what_an_evaluation_learned_of_an_absent_series_is_only_a_part_of_it() {
        let scene = Scene::set().await;
        scene.stored(1..10).await;
        let ids = scene.ids();
        scene.book.keep(vec![(ids[1].clone(), rows(0..2, 7.0))]);
        let known = scene.book.known(&ids[1..2]).await;
        let points = &known.get(&ids[1]).unwrap().points;
        assert_eq!(points.iter().map(|point| point.value).collect::<Vec<_>>()[7..], [5.0, 7.0, 7.0]);
        // Without its store, what was learned still serves.
        scene.book.keep(vec![(ids[2].clone(), rows(0..2, 7.0))]);
        scene.written().await;
        scene.store.close().await;
        let known = scene.book.known(&ids[1..3]).await;
        assert_eq!(known.get(&ids[1]).unwrap().points.len(), 10);
        assert_eq!(known.get(&ids[2]).unwrap().points.len(), 2);
    }

    #[tokio::test]
    async fn rows_that_come_while_a_series_is_loaded_are_not_lost() {
        let scene = Scene::set().await;
        let id = scene.ids()[1].clone();
        // A load that read the store before the row was written, and ends after it.
        let loading = scene.book.shelf.begin(&id, None);
        let loaded = rows(1..10, 5.0);
        scene.book.keep_new(vec![(id.clone(), rows(0..1, 7.0))]);
        scene.written().await;
        scene.book.shelf.put(&id, loaded);
        drop(loading);
        let known = scene.book.known(std::slice::from_ref(&id)).await;
        assert_eq!(known.get(&id).unwrap().points.len(), 10);
        assert!(scene.book.shelf.underway().is_empty());
    }

    #[tokio::test]
    async fn rows_that_could_not_be_written_are_tried_again_and_known_ones_are_not_written_twice() {
        let scene = Scene::set().await;
        let ids = scene.ids();
        let at_hand = |value| vec![(ids[1].clone(), rows(0..1, value)), (ids[0].clone(), rows(0..1, 1.0))];
        scene.book.keep_new(at_hand(7.0));
        scene.written().await;
        assert_eq!(scene.book.recorded.lock().await.len(), 2);
        // A late order changes an hour that is written already.
        scene.book.keep_new(at_hand(8.0));
        scene.written().await;
        let stored = scene.store.load_history(&key_of(&ids[1]), UtcMs(0), NOW).await.unwrap();
        assert_eq!(stored.iter().map(|point| point.value).collect::<Vec<_>>(), [8.0]);
        scene.store.close().await;
        scene.book.keep_new(at_hand(9.0));
        scene.written().await;
        assert_eq!(scene.book.recorded.lock().await.get(&ids[1]), Some(&rows(0..1, 8.0)));
    }
}
