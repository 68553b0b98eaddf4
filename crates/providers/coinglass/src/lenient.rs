//! Numbers as this provider sends them: the same field is a number one month and text the next.

use std::fmt;

use domain::UtcMs;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A number that came as a number or as text. Empty text, null, text that is no number and values that
/// are not finite hold nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Num(pub Option<f64>);

impl Num {
    /// The number as an instant, its unit told by its size.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and such times are dropped later"
    )]
    pub fn time(self) -> Option<UtcMs> {
        self.0.map(|value| UtcMs::from_unix_any(value.round() as i64))
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumVisitor)
    }
}

struct NumVisitor;

impl Visitor<'_> for NumVisitor {
    type Value = Num;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or text that holds one")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Num, E> {
        Ok(Num(value.is_finite().then_some(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Num, E> {
        Ok(Num(Some(value as f64)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Num, E> {
        Ok(Num(Some(value as f64)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Num, E> {
        Ok(Num(text.trim().parse().ok().filter(|value: &f64| value.is_finite())))
    }

    fn visit_unit<E: Error>(self) -> Result<Num, E> {
        Ok(Num(None))
    }
}

/// A list whose key may be absent or null.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_many_clothes() {
        let read = |text: &str| serde_json::from_str::<Num>(text).unwrap().0;
        assert_eq!(read("1.5"), Some(1.5));
        assert_eq!(read("-3"), Some(-3.0));
        assert_eq!(read(r#"" 0.0071 ""#), Some(0.0071));
        for nothing in ["null", r#""""#, r#""N/A""#, r#""NaN""#, r#""inf""#] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
        assert!(serde_json::from_str::<Num>("[1]").is_err());
    }

    #[test]
    fn times_come_in_any_unit_and_as_decimals() {
        let read = |text: &str| serde_json::from_str::<Num>(text).unwrap().time();
        for text in ["1763164800", "1763164800000.0", r#""1763164800000""#, "1763164800000000000"] {
            assert_eq!(read(text), Some(UtcMs(1_763_164_800_000)), "{text}");
        }
        assert_eq!(read("null"), None);
        assert!(read("1e300").is_some());
    }
}
