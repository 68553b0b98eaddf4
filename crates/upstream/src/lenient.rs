//! Reading what providers send, as loosely as they send it: numbers as text or as numbers, empty text and
//! null for "no value", envelopes around the data. Nothing here copies a body.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use domain::UtcMs;
use http::HeaderMap;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

/// A scalar that may come as text, number, bool or null; null and absent are the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text itself; empty where there is no value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, if there is any.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        let text = self.0.trim();
        if text.is_empty() { None } else { Some(text) }
    }

    /// A finite number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.value()?.parse::<f64>().ok().filter(|number| number.is_finite())
    }

    /// A whole number, if it is one.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        self.value()?.parse().ok()
    }

    /// An instant in Unix time of any unit (seconds, milliseconds and finer are told by size);
    /// zero and negative mean "none".
    #[must_use]
    pub fn instant(&self) -> Option<UtcMs> {
        self.integer().filter(|&value| value > 0).map(UtcMs::from_unix_any)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a bool or null")
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_owned())))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Where `part`, borrowed out of `body`, lies in it; `None` when it does not come from this body.
#[must_use]
pub fn range_in(body: &[u8], part: &RawValue) -> Option<Range<usize>> {
    let text = part.get();
    let start = text.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let range = start..start.checked_add(text.len())?;
    (body.get(range.clone()) == Some(text.as_bytes())).then_some(range)
}

/// The pause that a `Retry-After` header in seconds asks for, in milliseconds.
#[must_use]
pub fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000))
}

/// Whether a body is a web page instead of data.
#[must_use]
pub fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The text of a JSON string, or the JSON itself where it is no string.
#[must_use]
pub fn words(raw: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<String>(raw.get()).map_or(Cow::Borrowed(raw.get()), Cow::Owned)
}

/// A provider's own words, shortened for a message and stripped of control characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_reads_in_every_guise() {
        let row: Vec<Text<'_>> =
            serde_json::from_str(r#"["1.5",2,-3.25,null,"",true,"caf\u00e9","NaN"]"#).unwrap();
        assert_eq!(row[0].number(), Some(1.5));
        assert_eq!(row[1].integer(), Some(2));
        assert_eq!(row[2].number(), Some(-3.25));
        assert_eq!((row[3].value(), row[4].number()), (None, None));
        assert_eq!(row[5].as_str(), "true");
        assert_eq!(row[6].as_str(), "caf\u{e9}");
        assert_eq!(row[7].number(), None);
    }

    #[test]
    fn times_are_told_by_size_and_zero_is_none() {
        let row: Vec<Text<'_>> = serde_json::from_str(r#"["1786820400000","1786820400","0",""]"#).unwrap();
        assert_eq!(row[0].instant(), Some(UtcMs(1_786_820_400_000)));
        assert_eq!(row[1].instant(), Some(UtcMs(1_786_820_400_000)));
        assert_eq!((row[2].instant(), row[3].instant()), (None, None));
    }

    #[test]
    fn the_place_of_the_data_is_found_without_a_copy() {
        #[derive(serde::Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let body = br#"{"code":"0", "data": [1, 2] }"#;
        let envelope: Envelope<'_> = serde_json::from_slice(body).unwrap();
        let range = range_in(body, envelope.data).unwrap();
        assert_eq!(body.get(range).unwrap(), b"[1, 2]");
        assert_eq!(range_in(b"{}", envelope.data), None);
    }

    #[test]
    fn pages_and_pauses_are_told() {
        assert!(is_html(b"\n <!DOCTYPE html>"));
        assert!(!is_html(b"{}"));
        let mut headers = HeaderMap::new();
        headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("3"));
        assert_eq!(retry_after_ms(&headers), Some(3_000));
    }
}
