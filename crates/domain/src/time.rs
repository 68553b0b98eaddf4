//! Instants and bar intervals. Everything inside is UTC milliseconds; RFC 3339 only at the edges.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One second, in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One minute, in milliseconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour, in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day, in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. On our wire it is RFC 3339 text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcMs(pub i64);

impl UtcMs {
    /// Milliseconds from `earlier` to `self`; negative when `self` comes first.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This instant moved by `ms` (which may be negative), saturating at the ends of time.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The start of the UTC bar of length `ms` that holds this instant.
    #[must_use]
    pub const fn floor(self, ms: i64) -> Self {
        if ms <= 0 { self } else { Self(self.0 - self.0.rem_euclid(ms)) }
    }

    /// A provider's time of unknown unit, decided by magnitude: seconds, milliseconds,
    /// microseconds or nanoseconds.
    #[must_use]
    pub const fn from_unix_any(value: i64) -> Self {
        let magnitude = value.unsigned_abs();
        if magnitude < 100_000_000_000 {
            Self(value.saturating_mul(1_000))
        } else if magnitude < 100_000_000_000_000 {
            Self(value)
        } else if magnitude < 100_000_000_000_000_000 {
            Self(value / 1_000)
        } else {
            Self(value / 1_000_000)
        }
    }

    /// RFC 3339 in UTC; milliseconds are written only when there are any.
    #[must_use]
    pub fn rfc3339(self) -> String {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(time) if self.0.rem_euclid(1_000) == 0 => time.to_rfc3339_opts(SecondsFormat::Secs, true),
            Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
            None => format!("{}ms", self.0),
        }
    }
}

impl fmt::Display for UtcMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// A text that is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time; write RFC 3339, for example 2025-03-03T12:00:00Z")]
pub struct BadTime(pub String);

impl FromStr for UtcMs {
    type Err = BadTime;

    /// RFC 3339 with any offset, or a bare date (its 00:00 UTC).
    fn from_str(text: &str) -> Result<Self, BadTime> {
        let text = text.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(time.timestamp_millis()));
        }
        if let Ok(date) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            && let Some(midnight) = date.and_hms_opt(0, 0, 0)
        {
            return Ok(Self(midnight.and_utc().timestamp_millis()));
        }
        Err(BadTime(text.chars().take(64).collect()))
    }
}

impl Serialize for UtcMs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for UtcMs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for UtcMs {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "description": "RFC 3339, UTC"})
    }
}

/// Where the time comes from. The core never asks; only edges hold one.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant of the world this program lives in (live, or a replay's).
    fn now(&self) -> UtcMs;
}

/// Length of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Interval {
    /// One minute.
    #[serde(rename = "1m")]
    M1,
    /// Three minutes.
    #[serde(rename = "3m")]
    M3,
    /// Five minutes.
    #[serde(rename = "5m")]
    M5,
    /// A quarter of an hour.
    #[serde(rename = "15m")]
    M15,
    /// Half an hour.
    #[serde(rename = "30m")]
    M30,
    /// One hour.
    #[serde(rename = "1h")]
    H1,
    /// Two hours.
    #[serde(rename = "2h")]
    H2,
    /// Four hours.
    #[serde(rename = "4h")]
    H4,
    /// Six hours.
    #[serde(rename = "6h")]
    H6,
    /// Eight hours.
    #[serde(rename = "8h")]
    H8,
    /// Twelve hours.
    #[serde(rename = "12h")]
    H12,
    /// A UTC day.
    #[serde(rename = "1d")]
    D1,
    /// A week that begins on Monday.
    #[serde(rename = "1w")]
    W1,
}

impl Interval {
    /// Every interval, shortest first.
    pub const ALL: [Self; 13] = [
        Self::M1,
        Self::M3,
        Self::M5,
        Self::M15,
        Self::M30,
        Self::H1,
        Self::H2,
        Self::H4,
        Self::H6,
        Self::H8,
        Self::H12,
        Self::D1,
        Self::W1,
    ];

    /// Its length in milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        match self {
            Self::M1 => MINUTE_MS,
            Self::M3 => 3 * MINUTE_MS,
            Self::M5 => 5 * MINUTE_MS,
            Self::M15 => 15 * MINUTE_MS,
            Self::M30 => 30 * MINUTE_MS,
            Self::H1 => HOUR_MS,
            Self::H2 => 2 * HOUR_MS,
            Self::H4 => 4 * HOUR_MS,
            Self::H6 => 6 * HOUR_MS,
            Self::H8 => 8 * HOUR_MS,
            Self::H12 => 12 * HOUR_MS,
            Self::D1 => DAY_MS,
            Self::W1 => 7 * DAY_MS,
        }
    }

    /// The customary spelling: `1m`, `4h`, `1d`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M3 => "3m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H2 => "2h",
            Self::H4 => "4h",
            Self::H6 => "6h",
            Self::H8 => "8h",
            Self::H12 => "12h",
            Self::D1 => "1d",
            Self::W1 => "1w",
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an interval; one of 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 1w")]
pub struct BadInterval(pub String);

impl FromStr for Interval {
    type Err = BadInterval;

    fn from_str(text: &str) -> Result<Self, BadInterval> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.as_str() == text)
            .ok_or_else(|| BadInterval(text.chars().take(16).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc3339_with_any_offset() {
        let time: UtcMs = "2025-11-12T10:15:29+07:00".parse().unwrap();
        assert_eq!(time.rfc3339(), "2025-11-12T03:15:29Z");
        assert_eq!(UtcMs(1).rfc3339(), "1970-01-01T00:00:00.001Z");
        assert_eq!("2025-03-03".parse::<UtcMs>().unwrap().rfc3339(), "2025-03-03T00:00:00Z");
        assert!("yesterday".parse::<UtcMs>().is_err());
    }

    #[test]
    fn a_time_of_any_unit_is_told_by_its_size() {
        let expected = UtcMs(1_763_164_800_000);
        for value in [1_763_164_800, 1_763_164_800_000, 1_763_164_800_000_000, 1_763_164_800_000_000_000] {
            assert_eq!(UtcMs::from_unix_any(value), expected);
        }
    }

    #[test]
    fn bars_begin_on_the_utc_grid_also_before_1970() {
        assert_eq!(UtcMs(5 * HOUR_MS + 1).floor(4 * HOUR_MS), UtcMs(4 * HOUR_MS));
        assert_eq!(UtcMs(-1).floor(HOUR_MS), UtcMs(-HOUR_MS));
    }
}
