//! What symbols meant lately. Reading one tries many spellings, which takes longer than the rest of an answer
//! that is at hand.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use domain::Instrument;
use domain::symbols::Directory;
use market::Listing;

/// Symbols kept; all are forgotten when there are more.
const KEPT: usize = 4_000;
/// Longest symbol that is kept, in bytes.
const LONGEST: usize = 32;

/// Symbols as callers wrote them, each with the contract it meant and the lists by which it did.
#[derive(Debug, Default)]
pub(super) struct Meanings(RwLock<HashMap<Box<str>, Meaning>>);

#[derive(Debug)]
struct Meaning {
    lists: Weak<Directory>,
    meant: Meant,
}

/// What a symbol means.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    pub(super) instrument: Arc<Instrument>,
    /// What one should know of it.
    pub(super) notes: Arc<[String]>,
}

impl Meanings {
    /// What a symbol means by these lists, if it means one contract.
    pub(super) fn of(&self, symbol: &str, listing: &Listing) -> Option<Meant> {
        if let Some(meaning) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(symbol)
            && std::ptr::eq(meaning.lists.as_ptr(), Arc::as_ptr(&listing.directory))
        {
            return Some(meaning.meant.clone());
        }
        let resolved = listing.directory.resolve(listing.main_venue, symbol).ok()?;
        let meant = Meant { instrument: resolved.instrument, notes: resolved.notes.into() };
        if symbol.len() <= LONGEST {
            let meaning = Meaning { lists: Arc::downgrade(&listing.directory), meant: meant.clone() };
            let mut meanings = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if meanings.len() >= KEPT {
                meanings.clear();
            }
            meanings.insert(symbol.into(), meaning);
        }
        Some(meant)
    }
}
