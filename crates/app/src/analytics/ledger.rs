//! The process's own account of finished checks and stored signals. It follows the store's journal, so that
//! nothing is read twice and every instance on one database comes to the same figures; read from the first
//! row, it comes to them as well.
//!
//! A look at the journal is one short query. Where rows are new, figures are summed anew when they are asked
//! for; where that takes long, those of before are given out meanwhile, for a time in proportion to the work,
//! so that many new outcomes never take more than a share of the machine.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use store::{JournaledCheck, JournaledSignal, Store, StoreError, Waiting};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::columns::Columns;
use super::memo::Facts;
use crate::AppError;

/// How long what others wrote to the database may go unseen. What this process wrote is seen at once, unless
/// summing anew is long work.
const LOOK_PACE: Duration = Duration::from_millis(50);
/// Work from which on nobody waits for newer figures.
const LONG_WORK: Duration = Duration::from_millis(10);
/// Figures that were long work stay for this many times as long,
const REST: u32 = 10;
/// but no longer than this,
const LONGEST_REST: Duration = Duration::from_secs(3);
/// and when the database has not answered for this long, that is told instead.
const OLDEST: Duration = Duration::from_secs(15);
/// What is known at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) facts: Arc<Facts>,
    pub(crate) waiting: Waiting,
    looked_at: Instant,
    /// Writes of this process that this includes.
    writes: u64,
}

/// How far one kind of row has been read.
#[derive(Clone, Debug, Default)]
struct Place {
    next: i64,
    /// Rows at or above `next` that are in already.
    taken: HashSet<String>,
}

impl Place {
    /// Where to read from after what a head tells.
    fn after(&self, newest: i64, settled: i64) -> i64 {
        self.next.max(settled.min(newest.saturating_add(1)))
    }

    /// Leaves of the rows those that are not in yet, and goes on to `next`. `of` gives a row's id and number.
    fn move_on<R>(&mut self, rows: &mut Vec<R>, next: i64, of: impl Fn(&R) -> (&String, i64)) {
        let open =
            rows.iter().map(&of).filter(|(_, number)| *number >= next).map(|(id, _)| id.clone()).collect();
        rows.retain(|row| !self.taken.contains(of(row).0));
        *self = Self { next, taken: open };
    }
}

#[derive(Clone, Debug, Default)]
struct Reader {
    epoch: i64,
    checks: Place,
    signals: Place,
    /// Time that the last look took.
    took: Duration,
}

/// The account.
#[derive(Debug)]
pub(crate) struct Ledger {
    store: Store,
    moment: RwLock<Option<Moment>>,
    reader: Arc<Mutex<Reader>>,
}

impl Ledger {
    pub(crate) fn new(store: Store) -> Arc<Self> {
        Arc::new(Self { store, moment: RwLock::default(), reader: Arc::default() })
    }

    fn moment(&self) -> Option<Moment> {
        self.moment.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the figures, since rows were deleted: whoever asks next waits for new ones.
    pub(crate) fn forget(&self) {
        *self.moment.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What is known now.
    pub(crate) async fn now(self: &Arc<Self>) -> Result<Moment, AppError> {
        let writes = self.store.writes();
        if let Some(moment) = self.moment() {
            let age = moment.looked_at.elapsed();
            if moment.writes == writes && age < LOOK_PACE {
                return Ok(moment);
            }
            let spent = moment.facts.spent();
            if spent > LONG_WORK && age < OLDEST {
                if moment.facts.made_at.elapsed() >= (spent * REST).min(LONGEST_REST)
                    && let Ok(reader) = Arc::clone(&self.reader).try_lock_owned()
                {
                    tokio::spawn(Arc::clone(self).look_behind(reader));
                }
                return Ok(moment);
            }
        }
        let reader = Arc::clone(&self.reader).lock_owned().await;
        if let Some(moment) = self.moment() {
            // Another caller may have looked since.
            if moment.writes >= writes && moment.looked_at.elapsed() < LOOK_PACE {
                return Ok(moment);
            }
            let rest = (reader.took * REST).min(LOOK_PACE).saturating_sub(moment.looked_at.elapsed());
            if !rest.is_zero() {
                tokio::time::sleep(rest).await;
            }
        }
        self.look_to_the_end(reader).await
    }

    /// Takes in all that is stored by now, however long it takes.
    pub(crate) async fn catch_up(self: &Arc<Self>) -> Result<Moment, AppError> {
        let reader = Arc::clone(&self.reader).lock_owned().await;
        self.look_to_the_end(reader).await
    }

    /// Looks in a task of its own: a first look over many rows ends though its caller went away, and the next
    /// caller finds it done.
    async fn look_to_the_end(
        self: &Arc<Self>,
        mut reader: OwnedMutexGuard<Reader>,
    ) -> Result<Moment, AppError> {
        let ledger = Arc::clone(self);
        let work = tokio::spawn(async move { ledger.look(&mut reader).await });
        let looked = work.await.map_err(|fault| StoreError::Read(fault.to_string()))?;
        Ok(looked?)
    }

    async fn look_behind(self: Arc<Self>, mut reader: OwnedMutexGuard<Reader>) {
        if let Err(error) = self.look(&mut reader).await {
            tracing::warn!(%error, "newer outcomes could not be read; the figures of before stay");
        }
    }

    /// Takes in what is new, and puts it up for all. The reader moves on together with the figures or not at
    /// all: what is read and then lost would be missing for good.
    async fn look(&self, reader: &mut Reader) -> Result<Moment, StoreError> {
        let started = Instant::now();
        let writes = self.store.writes();
        let before = self.moment();
        let head = self.store.journal_head().await?;
        let waiting = self.store.waiting().await?;
        let mut moved = reader.clone();
        let facts = match before.filter(|_| reader.epoch == head.epoch) {
            None => {
                moved = Reader { epoch: head.epoch, ..Reader::default() };
                Arc::new(Facts::new(self.everything(&mut moved).await?))
            }
            Some(before) => {
                let checks = self.new_checks(&mut moved, head.newest_check, head.settled).await?;
                let signals = self.new_signals(&mut moved, head.newest_signal, head.settled).await?;
                if checks.is_empty() && signals.is_empty() {
                    before.facts
                } else {
                    added(before.facts, checks, signals).await?
                }
            }
        };
        let moment = Moment { facts, waiting, looked_at: Instant::now(), writes };
        *self.moment.write().unwrap_or_else(PoisonError::into_inner) = Some(moment.clone());
        *reader = Reader { took: started.elapsed(), ..moved };
        Ok(moment)
    }

    async fn new_checks(
        &self,
        reader: &mut Reader,
        newest: i64,
        settled: i64,
    ) -> Result<Vec<JournaledCheck>, StoreError> {
        let place = &mut reader.checks;
        if newest < place.next {
            return Ok(Vec::new());
        }
        let mut rows = self.store.journaled_checks(place.next).await?;
        place.move_on(&mut rows, place.after(newest, settled), |row| (&row.id, row.number));
        Ok(rows)
    }

    async fn new_signals(
        &self,
        reader: &mut Reader,
        newest: i64,
        settled: i64,
    ) -> Result<Vec<JournaledSignal>, StoreError> {
        let place = &mut reader.signals;
        if newest < place.next {
            return Ok(Vec::new());
        }
        let mut rows = self.store.journaled_signals(place.next).await?;
        place.move_on(&mut rows, place.after(newest, settled), |row| (&row.id, row.number));
        Ok(rows)
    }

    /// Every row.
    async fn everything(&self, reader: &mut Reader) -> Result<Columns, StoreError> {
        let started = Instant::now();
        self.store.renumber_journal().await?;
        let head = self.store.journal_head().await?;
        let mut columns = Columns::default();
        let Reader { checks, signals, .. } = reader;
        checks.next = checks.after(head.newest_check, head.settled);
        let take = |row: JournaledCheck| {
            columns.add_check(&row);
            if row.number >= checks.next {
                checks.taken.insert(row.id);
            }
        };
        self.store.every_check(take).await?;
        signals.next = signals.after(head.newest_signal, head.settled);
        let take = |row: JournaledSignal| {
            columns.add_signal(&row);
            if row.number >= signals.next {
                signals.taken.insert(row.id);
            }
        };
        self.store.every_signal(take).await?;
        columns.settle();
        let (checks, took_ms) = (columns.judged(), started.elapsed().as_millis());
        tracing::debug!(checks, took_ms, "finished checks were read");
        Ok(columns)
    }
}

/// The rows of before and new ones, with the figures made ready that were asked for where that is long work.
async fn added(
    before: Arc<Facts>,
    checks: Vec<JournaledCheck>,
    signals: Vec<JournaledSignal>,
) -> Result<Arc<Facts>, StoreError> {
    let work = move || {
        let started = Instant::now();
        let mut columns = before.columns.clone();
        for check in &checks {
            columns.add_check(check);
        }
        for signal in &signals {
            columns.add_signal(signal);
        }
        columns.settle();
        let facts = Facts::new(columns);
        facts.spend(started.elapsed());
        if before.spent() > LONG_WORK {
            facts.prepare(&before);
        }
        Arc::new(facts)
    };
    tokio::task::spawn_blocking(work).await.map_err(|fault| StoreError::Read(fault.to_string()))
}
