use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::provider::Provider;

/// A failure on purpose.
///
/// As text (`FromStr`): `binance:latency=100`, `binance:latency=100..400`, `coinglass:hang`, `okx:429=5`
/// (Retry-After 5 s), `bybit:garbage`, `lunarcrush:error=503`, `coinapi:half_body`, `all:none`; a share of
/// the calls by `@`: `binance:error=500@0.3`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FaultWire", into = "FaultWire")]
pub struct Fault {
    /// Whom it strikes; `None` is all providers.
    pub provider: Option<Provider>,
    /// What happens.
    pub kind: FaultKind,
    /// The share of calls struck, from 0 to 1.
    pub rate: f64,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The answer comes late, evenly between the two.
    Latency {
        /// Shortest delay in milliseconds.
        min_ms: u64,
        /// Longest delay in milliseconds.
        max_ms: u64,
    },
    /// A failure status with the provider's own body for it.
    Error {
        /// The HTTP status, 400 to 599.
        status: u16,
    },
    /// 429 with the provider's own body.
    RateLimit {
        /// The `Retry-After` header in seconds.
        retry_after_s: u64,
    },
    /// No answer until the caller leaves, or for 120 s.
    Hang,
    /// Status 200 with random bytes or with JSON that breaks off.
    Garbage,
    /// A `Content-Length` that promises more than is sent; then the connection closes.
    HalfBody,
    /// Takes the provider's faults away.
    None,
}

impl FaultKind {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Error { .. } => "error",
            Self::RateLimit { .. } => "rate_limit",
            Self::Hang => "hang",
            Self::Garbage => "garbage",
            Self::HalfBody => "half_body",
            Self::None => "none",
        }
    }
}

/// A text or document that is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFault(pub String);

const KINDS: &str = "latency=<ms>[..<ms>], error=<status>, 429[=<seconds>], hang, garbage, half_body, none";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultWire {
    provider: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency_max_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
}

impl TryFrom<FaultWire> for Fault {
    type Error = BadFault;

    fn try_from(wire: FaultWire) -> Result<Self, BadFault> {
        let kind = match wire.kind.as_str() {
            "latency" => {
                let min_ms = wire.latency_ms.ok_or_else(|| BadFault("latency needs latency_ms".into()))?;
                FaultKind::Latency { min_ms, max_ms: wire.latency_max_ms.unwrap_or(min_ms).max(min_ms) }
            }
            "error" => FaultKind::Error { status: failure_status(wire.status.unwrap_or(500))? },
            "rate_limit" => FaultKind::RateLimit { retry_after_s: wire.retry_after_s.unwrap_or(1) },
            "hang" => FaultKind::Hang,
            "garbage" => FaultKind::Garbage,
            "half_body" => FaultKind::HalfBody,
            "none" => FaultKind::None,
            other => {
                return Err(BadFault(format!(
                    "'{other}' is no kind of fault; one of latency, error, rate_limit, hang, garbage, half_body, none"
                )));
            }
        };
        Ok(Self {
            provider: provider_or_all(&wire.provider)?,
            kind,
            rate: valid_rate(wire.rate.unwrap_or(1.0))?,
        })
    }
}

impl From<Fault> for FaultWire {
    fn from(fault: Fault) -> Self {
        let mut wire = Self {
            provider: fault.provider.map_or("all", Provider::slug).to_owned(),
            kind: fault.kind.name().to_owned(),
            rate: Some(fault.rate),
            ..Self::default()
        };
        match fault.kind {
            FaultKind::Latency { min_ms, max_ms } => {
                wire.latency_ms = Some(min_ms);
                wire.latency_max_ms = Some(max_ms);
            }
            FaultKind::Error { status } => wire.status = Some(status),
            FaultKind::RateLimit { retry_after_s } => wire.retry_after_s = Some(retry_after_s),
            FaultKind::Hang | FaultKind::Garbage | FaultKind::HalfBody | FaultKind::None => {}
        }
        wire
    }
}

impl FromStr for Fault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        let (provider, what) = text
            .split_once(':')
            .ok_or_else(|| BadFault(format!("'{text}' is no fault; write <provider|all>:<{KINDS}>")))?;
        let (what, rate) = match what.split_once('@') {
            Some((what, rate)) => {
                let rate = rate.parse().map_err(|_| BadFault(format!("'{rate}' is no share of calls")))?;
                (what, rate)
            }
            None => (what, 1.0),
        };
        let (name, value) = what.split_once('=').map_or((what, None), |(name, value)| (name, Some(value)));
        let number = |value: &str| -> Result<u64, BadFault> {
            value.parse().map_err(|_| BadFault(format!("'{value}' in '{text}' is no number")))
        };
        let kind = match (name, value) {
            ("latency", Some(value)) => {
                let (min, max) = value.split_once("..").unwrap_or((value, value));
                let (min_ms, max_ms) = (number(min)?, number(max)?);
                FaultKind::Latency { min_ms, max_ms: max_ms.max(min_ms) }
            }
            ("error", value) => {
                let status = value.map_or(Ok(500), number)?;
                FaultKind::Error { status: failure_status(u16::try_from(status).unwrap_or(0))? }
            }
            ("429" | "rate_limit", value) => {
                FaultKind::RateLimit { retry_after_s: value.map_or(Ok(1), number)? }
            }
            ("hang", None) => FaultKind::Hang,
            ("garbage", None) => FaultKind::Garbage,
            ("half_body", None) => FaultKind::HalfBody,
            ("none", None) => FaultKind::None,
            _ => return Err(BadFault(format!("'{what}' is no kind of fault; one of {KINDS}"))),
        };
        Ok(Self { provider: provider_or_all(provider)?, kind, rate: valid_rate(rate)? })
    }
}

fn provider_or_all(text: &str) -> Result<Option<Provider>, BadFault> {
    if text == "all" { Ok(None) } else { text.parse().map(Some).map_err(BadFault) }
}

fn failure_status(status: u16) -> Result<u16, BadFault> {
    if (400..600).contains(&status) {
        Ok(status)
    } else {
        Err(BadFault(format!("{status} is no failure status; one of 400 to 599")))
    }
}

fn valid_rate(rate: f64) -> Result<f64, BadFault> {
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(BadFault(format!("{rate} is no share of calls; from 0 to 1")))
    }
}

/// The faults in force. Cheap to clone: all clones are the same book.
#[derive(Clone, Debug, Default)]
pub struct FaultBook {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Mutex<Vec<Fault>>,
    draws: AtomicU64,
}

/// What is to happen to one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub delay: Duration,
    pub strike: Option<FaultKind>,
}

impl Verdict {
    /// Waits out the delay. Even a sleep of nothing would cost a timer's tick.
    pub(crate) async fn wait(self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }
}

impl FaultBook {
    /// A book with these faults in force.
    #[must_use]
    pub fn new(faults: impl IntoIterator<Item = Fault>) -> Self {
        let book = Self::default();
        for fault in faults {
            book.set(fault);
        }
        book
    }

    /// Puts a fault in force, in place of one of the same kind for the same provider. A latency may stand
    /// beside another kind; of the other kinds the newest holds. `none` takes the provider's faults away,
    /// for all providers everything.
    pub fn set(&self, fault: Fault) {
        let mut faults = self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let is_latency = matches!(fault.kind, FaultKind::Latency { .. });
        faults.retain(|old| {
            let same_target = old.provider == fault.provider;
            match fault.kind {
                FaultKind::None => !(same_target || fault.provider.is_none()),
                _ => !(same_target && matches!(old.kind, FaultKind::Latency { .. }) == is_latency),
            }
        });
        if fault.kind != FaultKind::None {
            faults.push(fault);
        }
    }

    /// The faults in force.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn verdict(&self, provider: Provider) -> Verdict {
        let mut verdict = Verdict::default();
        for fault in self.list() {
            if fault.provider.is_some_and(|struck| struck != provider) || self.draw() >= fault.rate {
                continue;
            }
            if let FaultKind::Latency { min_ms, max_ms } = fault.kind {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let extra = (self.draw() * (max_ms - min_ms + 1) as f64) as u64;
                verdict.delay += Duration::from_millis(min_ms + extra);
            } else {
                verdict.strike = Some(fault.kind);
            }
        }
        verdict
    }

    /// The next number of a fixed even sequence in 0..1, so that runs can be repeated.
    fn draw(&self) -> f64 {
        let count = self.inner.draws.fetch_add(1, Ordering::Relaxed);
        crate::world::sim::hash::unit(crate::world::sim::hash::mix(count ^ 0x5eed_fa17))
    }

    /// Bytes that are no answer: for every second call random ones, else `whole` broken off in the middle.
    pub(crate) fn garbage(&self, whole: &[u8]) -> Vec<u8> {
        let count = self.inner.draws.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(2) && whole.len() > 2 {
            return whole.iter().copied().take(whole.len() / 2).collect();
        }
        (0..64_u64)
            .flat_map(|word| crate::world::sim::hash::mix(count.wrapping_mul(64) ^ word).to_le_bytes())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        text.parse().unwrap()
    }

    #[test]
    fn faults_are_read_from_text() {
        assert_eq!(
            fault("binance:latency=100"),
            Fault {
                provider: Some(Provider::Binance),
                kind: FaultKind::Latency { min_ms: 100, max_ms: 100 },
                rate: 1.0
            }
        );
        assert_eq!(fault("binance:latency=10..30").kind, FaultKind::Latency { min_ms: 10, max_ms: 30 });
        assert_eq!(fault("coinglass:hang").kind, FaultKind::Hang);
        assert_eq!(fault("okx:429=5").kind, FaultKind::RateLimit { retry_after_s: 5 });
        assert_eq!(fault("bybit:garbage").kind, FaultKind::Garbage);
        assert_eq!(fault("coinapi:half_body").kind, FaultKind::HalfBody);
        assert_eq!(fault("all:latency=100").provider, None);
        assert_eq!(fault("alternative.me:error=503@0.25").kind, FaultKind::Error { status: 503 });
        assert!((fault("alternative.me:error=503@0.25").rate - 0.25).abs() < f64::EPSILON);
        for bad in ["", "binance", "nobody:hang", "binance:latency", "binance:error=200", "okx:hang@2"] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fault_survives_its_json() {
        for text in ["binance:latency=1..9", "all:error=451", "okx:429=7@0.5", "bybit:hang"] {
            let before = fault(text);
            let json = serde_json::to_string(&before).unwrap();
            assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), before);
        }
        assert!(serde_json::from_str::<Fault>(r#"{"provider":"okx","kind":"latency"}"#).is_err());
    }

    #[test]
    fn latency_stands_beside_another_fault_and_none_takes_all_away() {
        let book = FaultBook::new([fault("all:latency=5"), fault("okx:hang"), fault("okx:garbage")]);
        let verdict = book.verdict(Provider::Okx);
        assert_eq!(verdict.delay, Duration::from_millis(5));
        assert_eq!(verdict.strike, Some(FaultKind::Garbage));
        assert_eq!(book.verdict(Provider::Bybit).strike, None);
        book.set(fault("okx:none"));
        assert_eq!(book.verdict(Provider::Okx).strike, None);
        book.set(fault("all:none"));
        assert!(book.list().is_empty());
    }

    #[test]
    fn a_rate_strikes_about_that_share_of_calls() {
        let book = FaultBook::new([fault("okx:error=500@0.3")]);
        let struck = (0..2_000).filter(|_| book.verdict(Provider::Okx).strike.is_some()).count();
        assert!((500..700).contains(&struck), "{struck}");
    }
}
