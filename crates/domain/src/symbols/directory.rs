//! The exchanges' lists, indexed once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::clean::normalise;
use super::resolve;
use crate::{Class, CoinId, Instrument, Kind, Status, SymbolError, Venue};

/// What an input means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The contract.
    pub instrument: Arc<Instrument>,
    /// What the caller should know about the choice, in sentences.
    pub notes: Vec<String>,
    /// Other contracts of the venue that the input could have meant: other quotes, other tokens.
    pub others: Vec<String>,
}

/// All contracts of the venues by name, base asset and coin. Built once from the exchanges' own lists.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    venues: BTreeMap<Venue, VenueIndex>,
}

/// One venue's contracts.
#[derive(Clone, Debug, Default)]
pub(super) struct VenueIndex {
    pub(super) instruments: Vec<Arc<Instrument>>,
    by_native: HashMap<String, Arc<Instrument>>,
    by_base: HashMap<String, Vec<Arc<Instrument>>>,
    by_coin: HashMap<String, Vec<Arc<Instrument>>>,
    /// Quotes that contracts of this venue have, longest first.
    pub(super) quotes: Vec<String>,
}

impl VenueIndex {
    fn add(&mut self, instrument: Arc<Instrument>) {
        let native = instrument.native_symbol.to_ascii_uppercase();
        if self.by_native.contains_key(&native) {
            return;
        }
        if instrument.kind == Kind::Perp {
            let base = instrument.native_base.to_ascii_uppercase();
            let coin = instrument.base.0.to_ascii_uppercase();
            self.by_base.entry(base).or_default().push(Arc::clone(&instrument));
            self.by_coin.entry(coin).or_default().push(Arc::clone(&instrument));
        }
        if !self.quotes.contains(&instrument.quote) {
            self.quotes.push(instrument.quote.clone());
        }
        self.by_native.insert(native, Arc::clone(&instrument));
        self.instruments.push(instrument);
    }

    /// The contract of exactly this name (upper case).
    pub(super) fn native(&self, name: &str) -> Option<&Arc<Instrument>> {
        self.by_native.get(name)
    }

    /// Perpetuals whose base asset or coin is this name (upper case), each once.
    pub(super) fn of_name(&self, name: &str) -> Vec<Arc<Instrument>> {
        let mut hits = self.by_base.get(name).cloned().unwrap_or_default();
        for instrument in self.of_coin(name) {
            if !hits.iter().any(|hit| hit.native_symbol == instrument.native_symbol) {
                hits.push(Arc::clone(instrument));
            }
        }
        hits
    }

    /// Perpetuals of a coin (upper case).
    pub(super) fn of_coin(&self, coin: &str) -> &[Arc<Instrument>] {
        self.by_coin.get(coin).map_or(&[], Vec::as_slice)
    }
}

impl Directory {
    /// Indexes contracts of any venues, from the exchanges' own lists. Of two with one name the first stays.
    #[must_use]
    pub fn new(instruments: Vec<Instrument>) -> Self {
        let mut venues: BTreeMap<Venue, VenueIndex> = BTreeMap::new();
        for instrument in instruments {
            venues.entry(instrument.venue).or_default().add(Arc::new(instrument));
        }
        for index in venues.values_mut() {
            index.quotes.sort_by_key(|quote| std::cmp::Reverse(quote.len()));
        }
        Self { venues }
    }

    pub(super) fn index(&self, venue: Venue) -> Option<&VenueIndex> {
        self.venues.get(&venue)
    }

    /// All contracts of a venue, in the order of its list.
    #[must_use]
    pub fn instruments(&self, venue: Venue) -> &[Arc<Instrument>] {
        self.index(venue).map_or(&[], |index| index.instruments.as_slice())
    }

    /// The contract of exactly this name, in any letter case.
    #[must_use]
    pub fn get(&self, venue: Venue, native_symbol: &str) -> Option<&Arc<Instrument>> {
        self.index(venue)?.native(&native_symbol.to_ascii_uppercase())
    }

    /// The one contract of `venue` that the input means: a coin, a contract's name, or a decorated
    /// spelling of either.
    ///
    /// # Errors
    /// Tells why there is none, and what is near or takes its place.
    pub fn resolve(&self, venue: Venue, input: &str) -> Result<Resolved, SymbolError> {
        let upper = normalise(input)?;
        let index = self.index(venue).ok_or(SymbolError::NoList { venue })?;
        resolve::resolve(venue, index, input.trim(), &upper)
    }

    /// The coin that the input means, for sources that know coins and no contracts: bare ticker without
    /// multiplier. `None` for shares, metals and baskets. Asks the venues in their order; a coin whose
    /// contracts were all delisted is still a coin.
    ///
    /// # Errors
    /// As [`Directory::resolve`], when no venue knows it.
    pub fn coin(&self, input: &str) -> Result<Option<CoinId>, SymbolError> {
        let coin_of =
            |instrument: &Instrument| (instrument.class == Class::Crypto).then(|| instrument.base.clone());
        let mut closed: Option<Arc<Instrument>> = None;
        let mut failure: Option<SymbolError> = None;
        for venue in Venue::ALL {
            match self.resolve(venue, input) {
                Ok(resolved) => return Ok(coin_of(&resolved.instrument)),
                Err(error) => {
                    if let SymbolError::Delisted { symbol, .. } | SymbolError::NotOpen { symbol } = &error
                        && closed.is_none()
                    {
                        closed = self.get(venue, symbol).cloned();
                    }
                    let missing_list = matches!(failure, None | Some(SymbolError::NoList { .. }));
                    if missing_list {
                        failure = Some(error);
                    }
                }
            }
        }
        match (closed, failure) {
            (Some(instrument), _) => Ok(coin_of(&instrument)),
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(SymbolError::Empty),
        }
    }

    /// Crypto perpetuals of a venue that trade now, quoted in `quote`, in the order of its list.
    #[must_use]
    pub fn universe(&self, venue: Venue, quote: &str) -> Vec<Arc<Instrument>> {
        self.instruments(venue)
            .iter()
            .filter(|instrument| {
                instrument.kind == Kind::Perp
                    && instrument.class == Class::Crypto
                    && instrument.status == Status::Trading
                    && instrument.quote == quote
            })
            .cloned()
            .collect()
    }
}
