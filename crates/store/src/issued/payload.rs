//! What is logged of a signal: the fields that a track record rests on, as one text.

use domain::UtcMs;
use serde::Serialize;

use crate::StoreError;
use crate::db::Row;
use crate::signals::record::Record;

/// The columns of `signals` (as `s`) that a payload is made of.
pub(super) const COLUMNS: &str = "s.id AS s_id, s.data_source AS s_data_source, s.created_at AS s_created_at, \
    s.symbol AS s_symbol, s.venue AS s_venue, s.instrument AS s_instrument, s.signal AS s_signal, \
    s.score AS s_score, s.price AS s_price, s.timestamp AS s_timestamp, s.mode AS s_mode, \
    s.verdict AS s_verdict, s.risk_mode AS s_risk_mode, s.stop_loss AS s_stop_loss, \
    s.take_profit AS s_take_profit, s.engine_version AS s_engine_version, s.weights_id AS s_weights_id";

/// The canonical form is this struct's JSON: the fields in this order, no spaces, absent values as
/// `null`, numbers in their shortest form that reads back to the same double, times in RFC 3339.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    id: &'a str,
    data_source: &'a str,
    issued_at: UtcMs,
    symbol: &'a str,
    venue: Option<&'a str>,
    instrument: Option<&'a str>,
    signal: &'a str,
    score: f64,
    price: Option<f64>,
    timestamp: UtcMs,
    mode: Option<&'a str>,
    verdict: Option<&'a str>,
    risk_mode: Option<&'a str>,
    stop_loss: Option<f64>,
    take_profit: Option<f64>,
    engine_version: Option<&'a str>,
    weights_id: Option<&'a str>,
}

impl Payload<'_> {
    fn text(mut self) -> Result<String, StoreError> {
        // Zero has one form only: SQLite does not keep its sign.
        self.score += 0.0;
        for price in [&mut self.price, &mut self.stop_loss, &mut self.take_profit] {
            *price = price.map(|price| price + 0.0);
        }
        serde_json::to_string(&self).map_err(|fault| StoreError::invalid("signal", fault.to_string()))
    }
}

/// The payload of a signal that is being stored.
pub(super) fn of_record(record: &Record) -> Result<String, StoreError> {
    let row = &record.row;
    let payload = Payload {
        id: &row.id,
        data_source: record.data_source(),
        issued_at: record.created_at,
        symbol: &row.symbol,
        venue: row.venue.as_deref(),
        instrument: row.instrument.as_deref(),
        signal: &row.signal,
        score: row.score,
        price: row.price,
        timestamp: row.timestamp,
        mode: row.mode.as_deref(),
        verdict: row.verdict.as_deref(),
        risk_mode: row.risk_mode.as_deref(),
        stop_loss: row.stop_loss,
        take_profit: row.take_profit,
        engine_version: row.engine_version.as_deref(),
        weights_id: row.weights_id.as_deref(),
    };
    payload.text()
}

/// The payload of a stored row, selected as [`COLUMNS`]; `None` where the join found none.
pub(super) fn of_row(row: &Row) -> Result<Option<String>, StoreError> {
    let Some(id) = row.get::<Option<String>>("s_id")? else { return Ok(None) };
    let text = |column: &str| row.get::<Option<String>>(column);
    let (data_source, symbol): (String, String) = (row.get("s_data_source")?, row.get("s_symbol")?);
    let (venue, instrument) = (text("s_venue")?, text("s_instrument")?);
    let signal: String = row.get("s_signal")?;
    let (mode, verdict, risk_mode) = (text("s_mode")?, text("s_verdict")?, text("s_risk_mode")?);
    let (engine_version, weights_id) = (text("s_engine_version")?, text("s_weights_id")?);
    let payload = Payload {
        id: &id,
        data_source: &data_source,
        issued_at: row.instant("s_created_at")?,
        symbol: &symbol,
        venue: venue.as_deref(),
        instrument: instrument.as_deref(),
        signal: &signal,
        score: row.get("s_score")?,
        price: row.get("s_price")?,
        timestamp: row.instant("s_timestamp")?,
        mode: mode.as_deref(),
        verdict: verdict.as_deref(),
        risk_mode: risk_mode.as_deref(),
        stop_loss: row.get("s_stop_loss")?,
        take_profit: row.get("s_take_profit")?,
        engine_version: engine_version.as_deref(),
        weights_id: weights_id.as_deref(),
    };
    payload.text().map(Some)
}

/// One field of a payload as text, for comparing it with a column. `None` when the payload is not what
/// this program writes.
pub(super) fn field(payload: &str, name: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(payload).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}

/// Which fields two payloads differ in, in words.
pub(super) fn differences(logged: &str, stored: &str) -> String {
    let read = |text: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
    let (Ok(logged), Ok(stored)) = (read(logged), read(stored)) else {
        return "the logged text cannot be read".to_owned();
    };
    let told: Vec<String> = stored
        .iter()
        .filter_map(|(name, now)| {
            let then = logged.get(name).unwrap_or(&serde_json::Value::Null);
            (then != now).then(|| format!("{name} was {then} and is {now}"))
        })
        .collect();
    if told.is_empty() { "written in another form".to_owned() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataSource, NewSignal};

    #[test]
    fn the_canonical_text_does_not_change() {
        let row = NewSignal {
            id: "01JD".to_owned(),
            symbol: "BTC".to_owned(),
            venue: Some("binance".to_owned()),
            signal: "LONG".to_owned(),
            score: 63.4,
            price: Some(91_250.0),
            stop_loss: Some(-0.0),
            timestamp: UtcMs(1_763_640_007_123),
            ..NewSignal::default()
        };
        let record = Record::new(row, DataSource::Live, UtcMs(1_763_640_008_000)).unwrap();
        let text = of_record(&record).unwrap();
        assert_eq!(
            text,
            "{\"id\":\"01JD\",\"dataSource\":\"live\",\"issuedAt\":\"2025-11-20T12:00:08Z\",\
             \"symbol\":\"BTC\",\"venue\":\"binance\",\"instrument\":null,\"signal\":\"LONG\",\
             \"score\":63.4,\"price\":91250.0,\"timestamp\":\"2025-11-20T12:00:07.123Z\",\"mode\":null,\
             \"verdict\":null,\"riskMode\":null,\"stopLoss\":0.0,\"takeProfit\":null,\
             \"engineVersion\":null,\"weightsId\":null}"
        );
        assert_eq!(field(&text, "id").as_deref(), Some("01JD"));
        let changed = text.replace("63.4", "70.0");
        assert_eq!(differences(&text, &changed), "score was 63.4 and is 70.0");
        assert_eq!(differences("rubbish", &text), "the logged text cannot be read");
    }
}
