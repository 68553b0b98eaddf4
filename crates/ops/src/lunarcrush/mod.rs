//! `lunarcrush.*`: social figures of coins and topics.

mod coins;
mod topics;

use std::time::Duration;

use catalog::{Catalog, Meta};

use crate::Ctx;

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    coins::register(catalog);
    topics::register(catalog);
}

/// An operation that one call to LunarCrush answers, or one list that is shared.
fn meta(name: &'static str, path: &'static str) -> Meta {
    Meta::get(name, path).cost(5).cache(Duration::from_mins(1))
}

fn rows(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

const fn ten() -> u32 {
    10
}

const fn twenty() -> u32 {
    20
}
