#![allow(clippy::cast_possible_truncation)] // Amounts are bounded far below the edges.

//! Functions that make texts and times.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::eval::Worth;
use super::node::length_ms;
use super::scene::{Scene, Val};
use crate::wire::text::{iso3, iso7, plain};
use crate::world::sim::hash::{join, mix};

/// The key of a thing with a name.
pub(super) fn key_of(key: u64, name: &str) -> u64 {
    join(key, name.bytes().fold(0xa3e_u64, |key, byte| join(key, u64::from(byte))))
}

fn date(ms: i64, format: &str) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms).map(|time| time.format(format).to_string()).unwrap_or_default()
}

/// A function of this name; `None` when it is none of these.
pub(super) fn call(name: &str, args: &[Val], scene: &Scene<'_>) -> Option<Worth> {
    let whole = |value: &Val| value.number().map(|number| number.unwrap_or(0.0) as i64);
    let dated = |value: &Val, format: &str| -> Worth {
        Ok(if *value == Val::Nothing { Val::Nothing } else { Val::Text(date(whole(value)?, format)) })
    };
    let text = |text: String| -> Worth { Ok(Val::Text(text)) };
    Some(match (name, args) {
        // A number in full, as a text.
        ("txt", [value]) => value.number().map(|number| number.map_or(Val::Nothing, |n| Val::Text(plain(n)))),
        ("txt", [value, decimals]) => match (value.number(), whole(decimals)) {
            (Ok(Some(number)), Ok(decimals)) => {
                text(format!("{number:.*}", usize::try_from(decimals).unwrap_or(0)))
            }
            (Ok(None), _) => Ok(Val::Nothing),
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        },
        ("lower", [value]) => text(value.text().to_lowercase()),
        ("upper", [value]) => text(value.text().to_uppercase()),
        ("join", parts) => text(parts.iter().map(Val::text).collect()),
        ("same", [a, b]) => Ok(Val::Flag(a.text().eq_ignore_ascii_case(&b.text()))),
        ("is", [value]) => Ok(Val::Flag(*value != Val::Nothing)),
        // One of several: the one whose turn it is.
        ("pick", [place, choices @ ..]) if !choices.is_empty() => {
            let of = i64::try_from(choices.len()).unwrap_or(1);
            whole(place).map(|place| {
                let place = usize::try_from(place.rem_euclid(of)).unwrap_or(0);
                choices.get(place).cloned().unwrap_or(Val::Nothing)
            })
        }
        // What the path or the query says.
        ("said", [wanted]) => {
            Ok(scene.said(&wanted.text()).map_or(Val::Nothing, |t| Val::Text(t.to_owned())))
        }
        ("asked", [wanted, default]) => Ok(scene
            .said(&wanted.text())
            .and_then(|text| text.parse::<f64>().ok())
            .map_or_else(|| default.clone(), Val::Number)),
        // `4h` in milliseconds.
        ("length", [value, default]) => {
            Ok(length_ms(&value.text()).filter(|ms| *ms > 0).map_or_else(|| default.clone(), Val::Whole))
        }
        // `30-12-2025` in milliseconds.
        ("dmy", [value]) => Ok(chrono::NaiveDate::parse_from_str(&value.text(), "%d-%m-%Y")
            .ok()
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map_or(Val::Nothing, |time| Val::Whole(time.and_utc().timestamp_millis()))),
        // The number at the end of a name.
        ("digits", [value]) => {
            let text = value.text();
            let digits = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            Ok(text.get(digits..).and_then(|tail| tail.parse().ok()).map_or(Val::Nothing, Val::Whole))
        }
        ("hexed", [value, digits]) => match (whole(value), whole(digits)) {
            (Ok(value), Ok(digits)) => {
                text(format!("{value:0width$x}", width = usize::try_from(digits).unwrap_or(0)))
            }
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        },
        ("sec", [value]) => whole(value).map(|ms| Val::Whole(ms.div_euclid(1_000))),
        ("iso", [value]) => whole(value).map(|ms| Val::Text(iso3(ms))),
        ("iso7", [value]) => whole(value).map(|ms| Val::Text(iso7(ms))),
        ("date", [value, format]) => dated(value, &format.text()),
        ("hex", [salt, digits]) => match (whole(salt), whole(digits)) {
            (Ok(salt), Ok(digits)) => {
                let mut word = scene.word(salt);
                let (mut made, digits) = (String::new(), usize::try_from(digits).unwrap_or(0).min(256));
                while made.len() < digits {
                    word = mix(word);
                    // Writing to a String cannot fail.
                    let _ = write!(made, "{word:016x}");
                }
                made.truncate(digits);
                text(made)
            }
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        },
        ("uuid", [salt]) => whole(salt).and_then(|salt| {
            let (a, b) = (scene.word(salt), mix(scene.word(salt)));
            let (high, low) = (format!("{a:016x}"), format!("{b:016x}"));
            let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
            text(format!(
                "{}-{}-4{}-8{}-{}",
                part(&high, 0, 8),
                part(&high, 8, 12),
                part(&high, 13, 16),
                part(&low, 1, 4),
                part(&low, 4, 16)
            ))
        }),
        _ => return None,
    })
}
