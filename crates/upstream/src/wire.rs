//! What a provider crate tells the guarded way out about its own wire.

use std::borrow::Cow;
use std::ops::Range;

use domain::{ProviderError, Source, UtcMs};
use http::{HeaderMap, StatusCode};

/// A provider's conventions: how a call is signed, how an answer is judged, how its quota is metered.
///
/// Implemented once per provider crate. Pure: no I/O, no clock.
pub trait Wire: Send + Sync + std::fmt::Debug + 'static {
    /// Who this is.
    fn source(&self) -> Source;

    /// Adds the key (if any) to an outgoing call. Values must be marked sensitive.
    /// Fails with `KeyMissing`, naming the variable, when the provider needs a key and there is none.
    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError>;

    /// Put between the base URL and the path of every call, for a provider that wants its key in the path.
    /// Never shown anywhere.
    fn path_prefix(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    /// Judges an answer by status, headers and body: the range of the body that holds the data (inside
    /// the provider's envelope), or what kind of failure this is. Errors under HTTP 200 are found here.
    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError>;

    /// The budgets that the provider meters, as configured for this key's plan.
    fn meters(&self) -> Vec<MeterSpec>;

    /// Whether an answer of this status was counted in a budget. A call without an answer is taken to be.
    fn is_charged(&self, meter: &str, status: StatusCode) -> bool {
        let _ = (meter, status);
        true
    }

    /// Budgets of a day or longer of which no answer tells for sure how much is used, so that a restart
    /// would forget it.
    fn kept_meters(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the answer's headers tell about the budgets: used so far in the current window, or left.
    fn corrections(&self, headers: &HeaderMap) -> Vec<Correction> {
        let _ = headers;
        Vec::new()
    }
}

/// One of the provider's budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterSpec {
    /// Its name, as `Cost` refers to it.
    pub name: &'static str,
    /// How much the provider allows in a window.
    pub capacity: u32,
    /// How long the window is.
    pub window_ms: u64,
    /// When the window begins.
    pub anchor: Anchor,
}

/// How a provider's window runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// On the UTC grid (Binance: the clock minute).
    UtcGrid,
    /// Sliding: never more than the capacity in any span of the window's length.
    Sliding,
}

/// A header's word on a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The budget.
    pub meter: &'static str,
    /// Used so far in the provider's present window.
    pub used: Option<u32>,
    /// The provider's own idea of the capacity.
    pub capacity: Option<u32>,
    /// When the window ends.
    pub resets_at: Option<UtcMs>,
}
