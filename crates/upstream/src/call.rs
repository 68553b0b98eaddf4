//! One call and its answer.

use std::ops::Range;
use std::time::Instant;

use bytes::Bytes;
use domain::UtcMs;

use crate::{Args, Endpoint};

/// A call to make.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What to call.
    pub endpoint: &'a Endpoint,
    /// With which arguments; they are checked against the endpoint's parameters first.
    pub args: Args,
    /// Deadline (the provider's configured one holds besides) and whether the cache may serve.
    pub ask: Ask,
}

impl<'a> Call<'a> {
    /// A call with the provider's own deadline, served from cache where possible.
    #[must_use]
    pub const fn new(endpoint: &'a Endpoint, args: Args) -> Self {
        Self { endpoint, args, ask: Ask { deadline: None, fresh: false, no_waiting: false } }
    }

    /// As the caller asks.
    #[must_use]
    pub const fn ask(mut self, ask: Ask) -> Self {
        self.ask = ask;
        self
    }
}

/// How a caller wants to be served; handed down unchanged from the request to each call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// The moment after which answers are of no use.
    pub deadline: Option<Instant>,
    /// Pass the caches by.
    pub fresh: bool,
    /// Refuse at once where the budget is spent, instead of waiting for room: another source is at hand.
    pub no_waiting: bool,
}

/// An answer, shared by everyone who asked for it.
#[derive(Clone, Debug)]
pub struct Fetched {
    body: Bytes,
    data: Range<usize>,
    /// When the answer arrived, on the program's clock.
    pub received_at: UtcMs,
    /// The newest answer failed, and this is the one before (stale-while-error).
    pub stale: bool,
    /// Served from the cache.
    pub cached: bool,
}

impl Fetched {
    /// An answer whose data is the given range of its body.
    #[must_use]
    pub const fn new(body: Bytes, data: Range<usize>, received_at: UtcMs) -> Self {
        Self { body, data, received_at, stale: false, cached: false }
    }

    /// Bytes of the whole body.
    pub(crate) const fn body_len(&self) -> usize {
        self.body.len()
    }

    /// The whole answer as received, envelope included.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The data inside the provider's envelope, as received: JSON text.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.body.get(self.data.clone()).unwrap_or_default()
    }

    /// The same bytes, shared without a copy.
    #[must_use]
    pub fn data_bytes(&self) -> Bytes {
        if self.data.end <= self.body.len() && self.data.start <= self.data.end {
            self.body.slice(self.data.clone())
        } else {
            Bytes::new()
        }
    }
}
