//! The exchanges' instrument lists in one directory, loaded at need and kept fresh.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use domain::symbols::Directory;
use domain::{HOUR_MS, Instrument, MINUTE_MS, ProviderError, UtcMs, Venue};
use futures_util::future::join_all;
use tokio::sync::Mutex;
use upstream::Ask;

use crate::Market;

/// How old a list may become before it is loaded anew in the background.
const FRESH_MS: i64 = 30 * MINUTE_MS;
/// How old a list may become before callers wait for a new one.
const USABLE_MS: i64 = 12 * HOUR_MS;
/// How long a venue may take for its list; a slower one is left out until the next round.
const PATIENCE: Duration = Duration::from_millis(2_500);
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
    loading: Mutex<()>,
}

impl Market {
    /// The instrument lists at hand, loaded where there are none. Only a list of half a day ago makes a caller
    /// wait for a new one; until then [`Self::refresh_listing`] renews it behind the callers.
    ///
    /// # Errors
    /// When no venue has ever given a list: each venue's failure.
    pub async fn listing(&self, ask: Ask) -> Result<Listing, Vec<ProviderError>> {
        match self.known_listing() {
            Some(listing) if self.clock.now().since(listing.loaded_at) < USABLE_MS => Ok(listing),
            _ => self.refresh_listing(ask).await,
        }
    }

    /// Loads the lists anew if they are old or a venue is missing. A venue that does not answer keeps its
    /// older list.
    ///
    /// # Errors
    /// When no venue has ever given a list: each venue's failure.
    pub async fn refresh_listing(&self, ask: Ask) -> Result<Listing, Vec<ProviderError>> {
        if let Some(listing) = self.fresh_listing() {
            return Ok(listing);
        }
        let guard = self.listings.loading.lock().await;
        if let Some(listing) = self.fresh_listing() {
            return Ok(listing);
        }
        let patience = Instant::now() + PATIENCE;
        let ask = Ask { deadline: Some(ask.deadline.map_or(patience, |end| end.min(patience))), ..ask };
        let loaded = join_all(Venue::ALL.map(|venue| self.exchanges.at(venue).instruments(ask))).await;
        let now = self.clock.now();
        let mut failed = Vec::new();
        let mut all = Vec::new();
        let mut main_venue = None;
        {
            let mut venues = self.listings.venues.write().unwrap_or_else(PoisonError::into_inner);
            for ((venue, slot), outcome) in Venue::ALL.into_iter().zip(venues.iter_mut()).zip(loaded) {
                match outcome {
                    Ok(list) if list.is_empty() => {}
                    Ok(list) => *slot = Some(Arc::new(list)),
                    Err(error) => failed.push(error),
                }
                if let Some(list) = slot {
                    main_venue = main_venue.or(Some(venue));
                    all.extend(list.iter().cloned());
                }
            }
        }
        drop(guard);
        let Some(main_venue) = main_venue else { return Err(failed) };
        let listing =
            Listing { directory: Arc::new(Directory::new(all)), loaded_at: now, main_venue, failed };
        *self.listings.current.write().unwrap_or_else(PoisonError::into_inner) = Some(listing.clone());
        Ok(listing)
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
