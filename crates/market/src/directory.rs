//! The exchanges' instrument lists in one directory, loaded at need and kept fresh.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use domain::symbols::Directory;
use domain::{Clock, ErrorKind, HOUR_MS, Instrument, MINUTE_MS, ProviderError, UtcMs, Venue};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};
use upstream::Ask;

use crate::{Exchanges, Market};

/// How old a list may become before it is loaded anew in the background.
const FRESH_MS: i64 = 30 * MINUTE_MS;
/// How old a list may become before callers wait for a new one.
const USABLE_MS: i64 = 12 * HOUR_MS;
/// How long a venue may take for its list; a slower one is left out until the next round.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How much longer the other venues are waited for once the main one is known; their lists still come in
/// when they come.
const GRACE: Duration = Duration::from_millis(400);
/// How soon venues that did not answer are asked again.
const RETRY_MS: i64 = MINUTE_MS;

/// The lists as loaded last.
#[derive(Clone, Debug)]
pub struct Listing {
    /// All venues' contracts, searchable.
    pub directory: Arc<Directory>,
    /// When it was loaded.
    pub loaded_at: UtcMs,
    /// The venue whose contract a coin means unless the caller says otherwise: the first whose list is here.
    pub main_venue: Venue,
    /// Venues that did not give their list, with the reason.
    pub failed: Vec<ProviderError>,
}

/// Holds the newest listing; one load at a time.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    current: RwLock<Option<Listing>>,
    venues: RwLock<[Option<Arc<Vec<Instrument>>>; 3]>,
    loading: Mutex<Option<watch::Receiver<Outcome>>>,
}

/// What a round of loading has told so far: the newest that can be used.
type Outcome = Option<Result<Listing, Vec<ProviderError>>>;

/// How a venue's list came out in the present round.
type Came = Option<Result<(), ProviderError>>;

impl Market {
    /// The instrument lists at hand, loaded where there are none. Only a list of half a day ago makes a caller
    /// wait for a new one; until then [`Self::refresh_listing`] renews it behind the callers.
    ///
    /// # Errors
    /// When no venue has ever given a list: each venue's failure.
    pub async fn listing(&self, ask: Ask) -> Result<Listing, Vec<ProviderError>> {
        match self.usable_listing() {
            Some(listing) => Ok(listing),
            None => self.refresh_listing(ask).await,
        }
    }

    /// The listing at hand, unless it is so old that callers wait for a new one.
    pub fn usable_listing(&self) -> Option<Listing> {
        self.known_listing().filter(|listing| self.clock.now().since(listing.loaded_at) < USABLE_MS)
    }

    /// Loads the lists anew if they are old or a venue is missing. A venue that does not answer keeps its
    /// older list.
    ///
    /// What a symbol means is decided by the main venue alone, so its list, or its failure, is waited for;
    /// a venue behind it that hangs is not, beyond a short grace: its list is added when it comes, even
    /// after the caller has gone.
    ///
    /// # Errors
    /// When no venue has ever given a list: each venue's failure.
    pub async fn refresh_listing(&self, ask: Ask) -> Result<Listing, Vec<ProviderError>> {
        if let Some(listing) = self.fresh_listing() {
            return Ok(listing);
        }
        let Some(mut outcome) = self.round(ask) else {
            return self.known_listing().ok_or_else(late);
        };
        let first = outcome.wait_for(Option::is_some);
        let first = match ask.deadline {
            Some(deadline) => timeout_at(deadline.into(), first).await.ok().and_then(Result::ok),
            None => first.await.ok(),
        };
        match first.and_then(|outcome| outcome.clone()) {
            Some(outcome) => outcome,
            None => self.known_listing().ok_or_else(late),
        }
    }

    /// The round of loading that runs, or a new one; nothing where one ended just now.
    fn round(&self, ask: Ask) -> Option<watch::Receiver<Outcome>> {
        let mut loading = self.listings.loading.lock().unwrap_or_else(PoisonError::into_inner);
        // A round that has ended has let go of its end.
        if let Some(running) = loading.as_ref().filter(|running| running.has_changed().is_ok()) {
            return Some(running.clone());
        }
        if self.fresh_listing().is_some() {
            return None;
        }
        let (told, outcome) = watch::channel(None);
        *loading = Some(outcome.clone());
        let load = Load {
            exchanges: self.exchanges.clone(),
            listings: Arc::clone(&self.listings),
            clock: Arc::clone(&self.clock),
        };
        // On its own: what comes late must come in though nobody waits any more.
        tokio::spawn(load.run(ask, told));
        Some(outcome)
    }

    /// The listing at hand, however old.
    pub fn known_listing(&self) -> Option<Listing> {
        self.listings.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fresh_listing(&self) -> Option<Listing> {
        let listing = self.known_listing()?;
        let age = self.clock.now().since(listing.loaded_at);
        let limit = if listing.failed.is_empty() { FRESH_MS } else { RETRY_MS };
        (age < limit).then_some(listing)
    }

    /// The contract itself and the same coin's contracts on the other venues.
    pub(crate) fn contracts_of(&self, instrument: &Arc<Instrument>) -> Vec<Arc<Instrument>> {
        let mut contracts = vec![Arc::clone(instrument)];
        if let Some(listing) = self.known_listing() {
            contracts.extend(
                Venue::ALL
                    .into_iter()
                    .filter(|venue| *venue != instrument.venue)
                    .filter_map(|venue| listing.directory.counterpart(instrument, venue)),
            );
        }
        contracts
    }
}

/// One round of loading, apart from the callers.
struct Load {
    exchanges: Exchanges,
    listings: Arc<Listings>,
    clock: Arc<dyn Clock>,
}

impl Load {
    /// Loads every list and tells the first outcome that can be used, then what is added to it.
    async fn run(self, ask: Ask, told: watch::Sender<Outcome>) {
        let end = Instant::now() + PATIENCE;
        let ask = Ask { deadline: Some(end.into_std()), ..ask };
        let mut loads: FuturesUnordered<_> = Venue::ALL
            .into_iter()
            .enumerate()
            .map(|(place, venue)| {
                let exchanges = &self.exchanges;
                async move { (place, exchanges.at(venue).instruments(ask).await) }
            })
            .collect();
        let mut came: [Came; 3] = Default::default();
        let mut enough_at = None;
        let mut is_told = false;
        loop {
            let wake = enough_at.filter(|_| !is_told).unwrap_or(end + GRACE);
            tokio::select! {
                next = loads.next() => match next {
                    Some((place, outcome)) => self.take(place, outcome, &mut came),
                    None => break,
                },
                () = sleep_until(wake) => {
                    is_told = true;
                    told.send_replace(Some(self.publish(&came)));
                    if wake > end {
                        return;
                    }
                }
            }
            if enough_at.is_none() && self.is_main_known(&came) {
                enough_at = Some(Instant::now() + GRACE);
            }
            if is_told {
                told.send_replace(Some(self.publish(&came)));
            }
        }
        told.send_replace(Some(self.publish(&came)));
    }

    fn take(&self, place: usize, outcome: Result<Vec<Instrument>, ProviderError>, came: &mut [Came; 3]) {
        let result = outcome.map(|list| {
            let mut venues = self.listings.venues.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(slot) = venues.get_mut(place).filter(|_| !list.is_empty()) {
                *slot = Some(Arc::new(list));
            }
        });
        if let Some(slot) = came.get_mut(place) {
            *slot = Some(result);
        }
    }

    /// Whether the first venue with a list stays the first, whatever else comes.
    fn is_main_known(&self, came: &[Came; 3]) -> bool {
        let venues = self.listings.venues.read().unwrap_or_else(PoisonError::into_inner);
        let first = venues.iter().position(Option::is_some);
        first.is_some_and(|first| came.iter().take(first + 1).all(Option::is_some))
    }

    /// Makes the listing of what is here.
    fn publish(&self, came: &[Came; 3]) -> Result<Listing, Vec<ProviderError>> {
        let failed: Vec<ProviderError> = Venue::ALL
            .into_iter()
            .zip(came)
            .filter_map(|(venue, outcome)| match outcome {
                Some(outcome) => outcome.clone().err(),
                None => Some(missing(venue)),
            })
            .collect();
        let mut all = Vec::new();
        let mut main_venue = None;
        {
            let venues = self.listings.venues.read().unwrap_or_else(PoisonError::into_inner);
            for (venue, list) in Venue::ALL.into_iter().zip(venues.iter()) {
                if let Some(list) = list {
                    main_venue = main_venue.or(Some(venue));
                    all.extend(list.iter().cloned());
                }
            }
        }
        let Some(main_venue) = main_venue else { return Err(failed) };
        let directory = Arc::new(Directory::new(all));
        let listing = Listing { directory, loaded_at: self.clock.now(), main_venue, failed };
        *self.listings.current.write().unwrap_or_else(PoisonError::into_inner) = Some(listing.clone());
        Ok(listing)
    }
}

/// What is told of a venue whose list is still awaited.
fn missing(venue: Venue) -> ProviderError {
    ProviderError::new(venue.source(), ErrorKind::Timeout, "its list of contracts has not come yet")
}

/// What a caller is told whose deadline ended before any list came.
fn late() -> Vec<ProviderError> {
    Venue::ALL.map(missing).into()
}
