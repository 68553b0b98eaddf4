use chrono::DateTime;
use domain::{DAY_MS, MINUTE_MS};
use serde_json::{Value, json};

use super::{Ask, Charge, Till};
use crate::answer::Answer;
use crate::world::Ground;

/// Sixty a minute, counted over ten minutes.
const PER_10_MIN: u64 = 600;

pub(super) fn charge(till: Till<'_>) -> Charge {
    let standing = till.windows.charge("alternative.me", 1, PER_10_MIN, 10 * MINUTE_MS);
    let refusal = (till.enforce && standing.exceeded())
        .then(|| Answer::html(429, "<html><body><h1>429 Too Many Requests</h1></body></html>"));
    Charge { weight: 1, refusal, headers: Vec::new() }
}

pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    match ask.path {
        "/fng/" => index(ask),
        "/fng" => Answer::html(301, "").with("location", "/alternative.me/fng/"),
        _ => Answer::html(404, "<html><body><h1>404 Not Found</h1></body></html>"),
    }
}

/// The day's value first, then the days before it.
fn index(ask: &Ask<'_>) -> Answer {
    let limit = match ask.query.int("limit") {
        Ok(None) => 1,
        Ok(Some(limit)) => usize::try_from(limit).unwrap_or(1),
        Err(_) => return wrapped(&[], Some("The limit must be a number.")),
    };
    let days = match ask.ground {
        Ground::Files(files) => files.fear_greed(ask.now),
        Ground::Simulated(sim) => sim.fear_greed(ask.now),
    };
    let date_format = ask.query.text("date_format");
    let newest = days.iter().rev().take(if limit == 0 { usize::MAX } else { limit });
    let rows: Vec<Value> = newest
        .enumerate()
        .map(|(place, (start, value))| {
            let mut row = json!({
                "value": value.to_string(),
                "value_classification": band(*value),
                "timestamp": stamp(*start, date_format),
            });
            if let (0, Some(fields)) = (place, row.as_object_mut()) {
                let left_s = (DAY_MS - ask.now.0.rem_euclid(DAY_MS)) / 1_000;
                fields.insert("time_until_update".to_owned(), Value::from(left_s.to_string()));
            }
            row
        })
        .collect();
    wrapped(&rows, None)
}

fn wrapped(rows: &[Value], error: Option<&str>) -> Answer {
    Answer::ok(&json!({"name": "Fear and Greed Index", "data": rows, "metadata": {"error": error}}))
}

fn stamp(start_ms: i64, date_format: Option<&str>) -> String {
    let pattern = match date_format {
        Some("us") => "%m-%d-%Y",
        Some("cn" | "kr") => "%Y-%m-%d",
        Some("world") => "%d-%m-%Y",
        _ => return (start_ms / 1_000).to_string(),
    };
    DateTime::from_timestamp_millis(start_ms).map(|day| day.format(pattern).to_string()).unwrap_or_default()
}

/// The provider's words by value, as measured over all its days.
pub(super) const fn band(value: u8) -> &'static str {
    match value {
        0..=25 => "Extreme Fear",
        26..=46 => "Fear",
        47..=54 => "Neutral",
        55..=75 => "Greed",
        _ => "Extreme Greed",
    }
}
