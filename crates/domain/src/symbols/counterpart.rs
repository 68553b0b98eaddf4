//! The same coin's contract on another venue.

use std::cmp::Reverse;
use std::sync::Arc;

use super::aliases::{contested, is_dollar, same_token};
use super::directory::{Directory, VenueIndex};
use super::resolve::quote_rank;
use crate::{Class, Instrument, Kind, Status, Venue};

impl Directory {
    /// The perpetual of the same asset that trades on `venue`: SHIB is `1000SHIBUSDT`, `SHIB-USDT-SWAP`
    /// and `SHIB1000USDT`. `None` where there is none, or where the ticker is shared by different tokens
    /// and it is not known which is which. A price of one is no price of the other: mind the multiplier.
    #[must_use]
    pub fn counterpart(&self, instrument: &Instrument, venue: Venue) -> Option<Arc<Instrument>> {
        if instrument.kind != Kind::Perp || instrument.class == Class::Index {
            return None;
        }
        let coin = instrument.base.0.as_str();
        if instrument.venue == venue {
            return self.get(venue, &instrument.native_symbol).cloned();
        }
        let (here, there) = (self.index(instrument.venue), self.index(venue)?);
        std::iter::once(coin)
            .chain(same_token(coin).map(|(other, _)| other))
            .find_map(|name| best(instrument, here, there, venue, name))
    }
}

fn best(
    instrument: &Instrument,
    here: Option<&VenueIndex>,
    there: &VenueIndex,
    venue: Venue,
    coin: &str,
) -> Option<Arc<Instrument>> {
    let same_quote = |other: &Instrument| {
        other.quote == instrument.quote || (is_dollar(&other.quote) && is_dollar(&instrument.quote))
    };
    let chosen = there
        .of_coin(coin)
        .iter()
        .filter(|other| {
            other.class == instrument.class && other.status == Status::Trading && same_quote(other)
        })
        .min_by_key(|other| (Reverse(other.quote == instrument.quote), quote_rank(&other.quote)))?;
    joined(instrument, chosen, here, there, venue).then(|| Arc::clone(chosen))
}

/// Whether the two are known, or can be taken, to be one asset.
fn joined(
    instrument: &Instrument,
    other: &Instrument,
    here: Option<&VenueIndex>,
    there: &VenueIndex,
    venue: Venue,
) -> bool {
    if instrument.class != Class::Crypto {
        return instrument.native_base == other.native_base;
    }
    if let Some(known) = contested(&instrument.base.0) {
        return [(instrument.venue, instrument), (venue, other)]
            .into_iter()
            .all(|(venue, side)| known.iter().any(|(at, base)| *at == venue && *base == side.native_base));
    }
    // Two base assets of one ticker on one venue are two tokens, and nobody said which is ours.
    let one_token = |index: &VenueIndex, side: &Instrument| {
        index
            .of_coin(&side.base.0)
            .iter()
            .filter(|known| known.class == Class::Crypto)
            .all(|known| known.native_base == side.native_base)
    };
    here.is_none_or(|index| one_token(index, instrument)) && one_token(there, other)
}
