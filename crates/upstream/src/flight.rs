//! Single flight: equal calls under way at the same time are one call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ProviderError;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Fetched;
use crate::cache::Key;

/// What those who wait see of a flight.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    Running,
    /// Held back by our side of the quota; goes on at this instant at the earliest.
    Waiting {
        until: Instant,
    },
    Done(Result<Fetched, ProviderError>),
}

/// Flights under way.
#[derive(Debug, Default)]
pub(crate) struct Flights(Arc<Mutex<HashMap<Key, Flight>>>);

#[derive(Debug)]
struct Flight {
    seat: watch::Receiver<Progress>,
    /// It refuses where others would wait (see [`crate::Ask::no_waiting`]).
    is_hurried: bool,
}

/// How a caller got aboard.
#[derive(Debug)]
pub(crate) enum Boarding {
    /// The same call is under way; `is_hurried`: it does not wait for room in the budget.
    Joined { seat: watch::Receiver<Progress>, is_hurried: bool },
    /// Nobody makes this call yet: the caller has to start it.
    Leading(watch::Receiver<Progress>, Lead),
}

/// The end of a flight that makes the call. Dropped without landing (a panic), those who wait find the
/// channel closed.
#[derive(Debug)]
pub(crate) struct Lead {
    key: Key,
    progress: watch::Sender<Progress>,
    flights: Arc<Mutex<HashMap<Key, Flight>>>,
}

impl Flights {
    /// `is_hurried`: how the flight is, should the caller be the one who starts it.
    pub fn board(&self, key: &Key, is_hurried: bool) -> Boarding {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match flights.entry(Arc::clone(key)) {
            Entry::Occupied(flight) => {
                let Flight { seat, is_hurried } = flight.get();
                Boarding::Joined { seat: seat.clone(), is_hurried: *is_hurried }
            }
            Entry::Vacant(place) => {
                let (progress, seat) = watch::channel(Progress::Running);
                place.insert(Flight { seat: seat.clone(), is_hurried });
                let flights = Arc::clone(&self.0);
                Boarding::Leading(seat, Lead { key: Arc::clone(key), progress, flights })
            }
        }
    }

    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Lead {
    /// Tells those who wait how long the quota holds the call back.
    pub fn waiting(&self, until: Instant) {
        self.progress.send_replace(Progress::Waiting { until });
    }

    /// The wait is over.
    pub fn running(&self) {
        self.progress.send_replace(Progress::Running);
    }

    /// Whether anyone still waits; the table of flights itself holds one seat.
    pub fn awaited(&self) -> bool {
        self.progress.receiver_count() > 1
    }

    /// Hands everyone the outcome. Who comes later starts a new flight.
    pub fn land(self, outcome: Result<Fetched, ProviderError>) {
        self.leave();
        self.progress.send_replace(Progress::Done(outcome));
    }

    fn leave(&self) {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // After landing the place may already belong to the next flight.
        if !matches!(*self.progress.borrow(), Progress::Done(_)) {
            self.leave();
        }
    }
}
