//! One row of the older program's history.

use std::collections::BTreeMap;

use domain::{Mode, UtcMs};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::symbol;
use crate::signals::Json;
use crate::{NewSignal, Origin};

/// A row as the older program saved it, in today's shape.
#[derive(Clone, Debug)]
pub(crate) struct OlderSignal {
    /// When the older program saved it, where it says so.
    pub(crate) saved_at: Option<UtcMs>,
    pub(crate) signal: NewSignal,
}

type Fields = BTreeMap<String, Json>;

/// What today's columns take from the verdict block.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerdictBlock {
    verdict: Option<Json>,
    risk_mode: Option<Json>,
    source: Option<Json>,
    volatility_metrics: Option<Fields>,
}

/// Reads a row, or tells what is wrong with it.
pub(crate) fn parse(bytes: &[u8]) -> Result<OlderSignal, String> {
    let mut outer: Fields =
        serde_json::from_slice(bytes).map_err(|fault| format!("not a JSON object: {fault}"))?;
    let id = outer.remove("id").filter(is_value).ok_or("id is missing")?;
    let id = word(&id).filter(|id| !id.is_empty()).ok_or("id is neither text nor a whole number")?;
    let saved_at = match outer.remove("saved_at").filter(is_value) {
        Some(saved_at) => Some(instant(&saved_at).map_err(|reason| format!("saved_at: {reason}"))?),
        None => None,
    };
    let data = outer.remove("data").filter(is_value).ok_or("data is missing")?;
    let mut data: Fields = serde_json::from_str(data.get()).map_err(|_| "data is not an object")?;

    let mut required =
        |name: &str| data.remove(name).filter(is_value).ok_or_else(|| format!("{name} is missing"));
    let written = required("symbol")?;
    let name = text(&written).ok_or("symbol is not a text")?;
    let symbol = symbol::coin_of(&name);
    let timestamp = instant(&required("timestamp")?).map_err(|reason| format!("timestamp: {reason}"))?;
    let signal = text(&required("signal")?).ok_or("signal is not a text")?.trim().to_ascii_uppercase();
    if !matches!(signal.as_str(), "LONG" | "SHORT" | "NEUTRAL") {
        return Err("signal is none of LONG, SHORT, NEUTRAL".to_owned());
    }
    let score = number(&required("score")?).ok_or("score is not a number")?;
    let price = match data.remove("price").filter(is_value) {
        Some(price) => {
            Some(number(&price).filter(|price| *price > 0.0).ok_or("price is not a positive number")?)
        }
        None => None,
    };

    let mut column = |names: &[&str]| names.iter().find_map(|name| data.remove(*name)).filter(is_value);
    let ai_validation = column(&["aiVerdictLayer", "ai_validation", "aiValidation"]);
    let verdict: VerdictBlock =
        ai_validation.as_ref().and_then(|block| serde_json::from_str(block.get()).ok()).unwrap_or_default();
    let plan = |name: &str| verdict.volatility_metrics.as_ref()?.get(name).and_then(number);
    let is_renamed = symbol != symbol::upper(&name);
    let mut row = NewSignal {
        id,
        symbol,
        signal,
        score,
        price,
        timestamp,
        origin: Origin::Import,
        reasons: column(&["reasons"]),
        metrics: column(&["metrics"]),
        comprehensive_metrics: column(&["comprehensiveMetrics", "comprehensive_metrics"]),
        lunarcrush_metrics: column(&["lunarCrushMetrics", "lunarcrush_metrics", "lunarcrushMetrics"]),
        coinapi_metrics: column(&["coinAPIMetrics", "coinapi_metrics", "coinapiMetrics"]),
        smc_analysis: column(&["smcAnalysis", "smc_analysis"]),
        factors: column(&["factors"]),
        verdict: verdict.verdict.as_ref().and_then(word),
        risk_mode: verdict.risk_mode.as_ref().and_then(word),
        verdict_source: verdict.source.as_ref().and_then(word),
        stop_loss: plan("stopLossPrice"),
        take_profit: plan("takeProfitPrice"),
        ai_validation,
        ..NewSignal::default()
    };
    // What is no word stays among the other fields.
    let mut words = |name: &str| {
        let found = data.get(name).and_then(word).filter(|word| !word.is_empty());
        if found.is_some() {
            data.remove(name);
        }
        found
    };
    row.confidence = words("confidence");
    row.mode = words("mode").map(|mode| mode.parse::<Mode>().map_or(mode, |known| known.as_str().to_owned()));
    row.venue = words("venue");
    row.instrument = words("instrument");
    if is_renamed {
        // Which contract it was tells what its price is the price of.
        data.insert("symbol".to_owned(), written);
    }
    row.extra = others(data, &outer)?;
    Ok(OlderSignal { saved_at, signal: row })
}

/// Every field without a column of its own; those beside `data` under `row`.
fn others(mut data: Fields, outer: &Fields) -> Result<Option<Json>, String> {
    let raw = |fields: &Fields| serde_json::value::to_raw_value(fields).map_err(|fault| fault.to_string());
    if !outer.is_empty() {
        data.insert("row".to_owned(), raw(outer)?);
    }
    if data.is_empty() { Ok(None) } else { raw(&data).map(Some) }
}

fn is_value(json: &Json) -> bool {
    json.get() != "null"
}

fn text(json: &Json) -> Option<String> {
    serde_json::from_str(json.get()).ok()
}

/// A text, or a whole number as text.
fn word(json: &Json) -> Option<String> {
    text(json).or_else(|| json.get().parse::<i64>().ok().map(|number| number.to_string()))
}

/// A number, or a text that holds one.
fn number(json: &Json) -> Option<f64> {
    let number: f64 = match text(json) {
        Some(text) => text.trim().parse().ok()?,
        None => json.get().parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// RFC 3339 with its offset: without one the instant is not known.
fn instant(json: &RawValue) -> Result<UtcMs, String> {
    let text: String = serde_json::from_str(json.get()).map_err(|_| "not a text".to_owned())?;
    if !text.contains([':', 'T', 't']) {
        return Err(format!("'{}' has no time of day", text.chars().take(64).collect::<String>()));
    }
    text.parse().map_err(|fault: domain::time::BadTime| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROW: &str = r#"{"id": "a-1", "saved_at": "2025-11-12T10:15:30+07:00", "note": 7, "data": {"symbol": "btc",
        "timestamp": "2025-11-12T10:15:29+07:00", "signal": "LONG", "score": "58.3", "confidence": "medium",
        "price": 103250.1, "reasons": ["x"], "metrics": {"fundingRate": 0.0001}, "premiumMetrics": {"a": 1},
        "mode": 2, "aiVerdictLayer": {"verdict": "CONFIRM", "riskMode": "NORMAL", "source": "rules",
        "volatilityMetrics": {"stopLossPrice": 100000.5, "takeProfitPrice": null}}}}"#;

    #[test]
    fn an_older_row_keeps_everything() {
        let OlderSignal { saved_at, signal } = parse(ROW.as_bytes()).unwrap();
        assert_eq!(saved_at.unwrap().rfc3339(), "2025-11-12T03:15:30Z");
        assert_eq!(signal.timestamp.rfc3339(), "2025-11-12T03:15:29Z");
        assert_eq!((signal.id.as_str(), signal.symbol.as_str()), ("a-1", "BTC"));
        assert_eq!((signal.score, signal.price), (58.3, Some(103_250.1)));
        assert_eq!((signal.verdict.as_deref(), signal.stop_loss), (Some("CONFIRM"), Some(100_000.5)));
        assert_eq!((signal.take_profit, signal.mode.as_deref()), (None, Some("aggressive")));
        assert_eq!(signal.metrics.unwrap().get(), r#"{"fundingRate": 0.0001}"#);
        assert_eq!(signal.extra.unwrap().get(), r#"{"premiumMetrics":{"a": 1},"row":{"note":7}}"#);
        assert!(signal.outcomes.is_empty());
    }

    #[test]
    fn a_contract_becomes_its_coin_and_stays_among_the_other_fields() {
        let signal = parse(ROW.replace("\"btc\"", "\"1000pepeusdt\"").as_bytes()).unwrap().signal;
        assert_eq!(signal.symbol, "PEPE");
        let extra: serde_json::Value = serde_json::from_str(signal.extra.unwrap().get()).unwrap();
        assert_eq!(extra["symbol"], "1000pepeusdt");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let wrong = |from: &str, to: &str| parse(ROW.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(wrong("\"id\": \"a-1\"", "\"id\": null"), "id is missing");
        assert_eq!(wrong("\"LONG\"", "\"BUY\""), "signal is none of LONG, SHORT, NEUTRAL");
        assert_eq!(wrong("\"58.3\"", "\"high\""), "score is not a number");
        assert_eq!(wrong("103250.1", "-1"), "price is not a positive number");
        assert!(wrong("10:15:29+07:00", "10:15:29").starts_with("timestamp: "));
        assert!(wrong("T10:15:29+07:00", "").starts_with("timestamp: "));
        assert_eq!(wrong("\"symbol\": \"btc\",", ""), "symbol is missing");
        assert!(parse(b"[1]").unwrap_err().starts_with("not a JSON object"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_row_or_a_reason(text in ".*") {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn any_field_value_is_a_row_or_a_reason(
            field in prop_oneof![Just("symbol"), Just("score"), Just("timestamp"), Just("price"), Just("aiVerdictLayer"), Just("mode")],
            value in prop_oneof![Just("null".to_owned()), Just("{}".to_owned()), Just("[1]".to_owned()),
                Just("1e400".to_owned()), any::<f64>().prop_map(|number| number.to_string()),
                ".*".prop_map(|text| serde_json::to_string(&text).unwrap())],
        ) {
            let mut data: serde_json::Map<String, serde_json::Value> = serde_json::Map::new();
            data.insert(field.to_owned(), serde_json::from_str(&value).unwrap_or_default());
            for (name, usual) in [("symbol", "BTC"), ("signal", "LONG"), ("timestamp", "2025-11-12T10:15:29Z"), ("score", "50")] {
                data.entry(name).or_insert_with(|| usual.into());
            }
            let row = serde_json::json!({"id": 5, "data": data}).to_string();
            if let Ok(older) = parse(row.as_bytes()) {
                prop_assert_eq!(older.signal.id, "5");
            }
        }
    }
}
