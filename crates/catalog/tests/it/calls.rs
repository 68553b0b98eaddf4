//! Calls through every door, and the errors they meet.

use catalog::{ErrorCode, OpError, Selection, Style, Typing, parse_invoke, shape};
use serde_json::{Map, Value, json};

use crate::toy::{App, catalog};

const APP: App = App { price: 91_250.5 };

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

async fn invoke(name: &str, args: Value) -> Result<Value, OpError> {
    let answer = catalog().invoke(APP, name, object(args)).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn an_operation_answers_with_what_its_function_returns() {
    let answer =
        invoke("signals.get", json!({"symbol": "btc", "mode": "CONSERVATIVE", "debug": null})).await.unwrap();
    assert_eq!(answer["symbol"], "BTC");
    assert_eq!(answer["mode"], "conservative");
    assert_eq!(answer["price"], 91_250.5);
}

#[tokio::test]
async fn every_example_runs() {
    let catalog = catalog();
    for operation in &catalog {
        assert!(!operation.meta.examples.is_empty());
        for example in &operation.meta.examples {
            catalog.invoke(APP, operation.name(), example.args.clone()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn all_faults_of_a_call_are_told_at_once() {
    let error = invoke("signals.scan", json!({"limit": 500, "min_score": "high", "symols": ["BTC"]}))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::BadArgument);
    let told: Vec<(&str, &str)> =
        error.fields.iter().map(|field| (field.field.as_str(), field.problem)).collect();
    assert_eq!(told, [("limit", "out_of_range"), ("min_score", "wrong_type"), ("symols", "unknown")]);
    assert_eq!(error.fields[0].accepted, "integer from 1 to 100");
    assert_eq!(error.fields[1].got.as_deref(), Some("'high'"));
    assert_eq!(error.fields[2].accepted, "symbols, limit, min_score (did you mean symbols?)");
}

#[tokio::test]
async fn a_value_that_only_its_type_refuses_is_told_with_its_field() {
    let error = invoke("signals.get", json!({"symbol": "B T C"})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::BadArgument);
    assert_eq!(error.fields[0].field, "symbol");
    assert_eq!(error.detail, "'symbol': 'B T C' is not a symbol");
}

#[tokio::test]
async fn strict_arguments_keep_their_json_types() {
    for args in [
        json!({"symbol": 5}),
        json!({"symbol": "BTC", "debug": "true"}),
        json!({"symbol": ["BTC"]}),
        json!({}),
    ] {
        assert_eq!(invoke("signals.get", args).await.unwrap_err().code, ErrorCode::BadArgument);
    }
    assert!(invoke("signals.scan", json!({"limit": 5.0})).await.is_ok());
    assert!(invoke("signals.scan", json!({"limit": 5.5})).await.is_err());
    assert!(
        invoke("rules.add", json!({"name": "a", "when": {"factor": "x", "above": 1, "extra": 1}}))
            .await
            .is_err()
    );
    let error = invoke("rules.add", json!({"name": "a", "when": {"factor": "x"}})).await.unwrap_err();
    assert_eq!((error.fields[0].field.as_str(), error.fields[0].problem), ("when.above", "missing"));
}

#[tokio::test]
async fn an_unknown_operation_is_answered_with_similar_names() {
    let error = invoke("signal.get", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UnknownOperation);
    assert_eq!(error.extra["near"][0], "signals.get");
}

#[tokio::test]
async fn a_request_of_path_and_query_is_text_of_any_type() {
    let catalog = catalog();
    let scan = catalog.find("signals.scan").unwrap();
    let (call, selection) = scan
        .accept_request(
            pairs(&[
                ("symbols", "btc, eth,"),
                ("limit", " 5 "),
                ("min_score", ""),
                ("fields", "score,symbol"),
            ]),
            None,
        )
        .unwrap();
    assert_eq!(Value::Object(call.args().clone()), json!({"symbols": ["btc", "eth"], "limit": 5}));
    assert_eq!(call.key(), r#"signals.scan {"symbols":["btc","eth"],"limit":5}"#);
    let answer = catalog.run(APP, call).await.unwrap();
    let shaped = shape(answer, &selection, None).unwrap();
    let rows: Value = serde_json::from_slice(&shaped.body).unwrap();
    assert_eq!(rows, json!([{"symbol": "BTC", "score": 63.4}, {"symbol": "ETH", "score": 63.4}]));

    let (call, _) = scan.accept_request(pairs(&[("symbols", "BTC"), ("symbols", "ETH")]), None).unwrap();
    assert_eq!(call.args()["symbols"], json!(["BTC", "ETH"]));
    let error = scan.accept_request(pairs(&[("limit", "1"), ("limit", "2")]), None).unwrap_err();
    assert_eq!(error.fields[0].problem, "duplicate");
    for bad in ["inf", "nan", "1e999", "5x", "0x10", "99999999999999999999"] {
        assert!(scan.accept_request(pairs(&[("limit", bad)]), None).is_err(), "{bad}");
        assert!(scan.accept_request(pairs(&[("min_score", bad)]), None).is_err(), "{bad}");
    }
    assert!(scan.accept_request(pairs(&[("symbols", "a\0b")]), None).is_err());
}

#[tokio::test]
async fn path_and_body_make_one_call_and_never_the_same_field() {
    let catalog = catalog();
    let send = catalog.find("alerts.send").unwrap();
    let body = object(json!({"text": "hello"}));
    let (call, _) = send.accept_request(pairs(&[("symbol", "BTC")]), Some(body)).unwrap();
    assert_eq!(call.args().len(), 2);
    let body = object(json!({"symbol": "ETH"}));
    let error = send.accept_request(pairs(&[("symbol", "BTC")]), Some(body)).unwrap_err();
    assert_eq!(error.fields[0].problem, "duplicate");
}

#[test]
fn booleans_and_words_have_their_usual_spellings() {
    let catalog = catalog();
    let get = catalog.find("signals.get").unwrap();
    for (text, value) in [("true", true), ("1", true), ("YES", true), ("0", false), ("off", false)] {
        let args = object(json!({"symbol": "BTC", "debug": text}));
        assert_eq!(get.accept(args, Typing::Text).unwrap().args()["debug"], value);
    }
    let error = get.accept(object(json!({"symbol": "BTC", "mode": "wild"})), Typing::Text).unwrap_err();
    assert_eq!(error.fields[0].accepted, "one of conservative, aggressive");
}

#[test]
fn nested_bodies_are_strict() {
    let catalog = catalog();
    let body = br#"{"operation":"signals.get","args":{"symbol":"BTC"},"fields":"score"}"#;
    let invocation = parse_invoke(body, catalog.directory(), |_| Ok(())).unwrap();
    assert_eq!(invocation.style, Style::Nested);
    assert_eq!(invocation.call.operation(), "signals.get");
    assert_eq!(invocation.selection, Selection::fields("score").unwrap());
    for body in [
        r#"{"operation":"signals.get","args":{"symbol":"BTC","limit":5}}"#,
        r#"{"operation":"signals.get","args":{"symbol":"BTC"},"mode":"aggressive"}"#,
        r#"{"operation":"signals.get","args":{"symbol":"BTC","symbol":"ETH"}}"#,
        r#"{"operation":"signals.get","args":[]}"#,
        r#"{"operation":"signals.get"}"#,
        r#"{"operation":5}"#,
        r#"{"args":{}}"#,
        "{}",
        "[]",
        "",
    ] {
        let refusal = parse_invoke(body.as_bytes(), catalog.directory(), |_| Ok(())).unwrap_err();
        assert!(refusal.error.code.is_callers_fault(), "{body}");
    }
}

#[test]
fn who_may_not_call_learns_nothing_about_the_arguments() {
    let catalog = catalog();
    let closed = |operation: &catalog::Operation| Err(OpError::forbidden(operation.name().to_owned()));
    for body in [
        r#"{"operation":"signals.get","args":{"symbl":"BTC"}}"#,
        r#"{"operation":"signals.get","symbl":"BTC"}"#,
        r#"{"operation":"signals.get","args":[]}"#,
    ] {
        let refusal = parse_invoke(body.as_bytes(), catalog.directory(), closed).unwrap_err();
        assert_eq!(refusal.error, OpError::forbidden("signals.get"), "{body}");
        assert_eq!(refusal.operation.as_deref(), Some("signals.get"));
    }
}

#[test]
fn flat_bodies_forgive_what_models_do() {
    let catalog = catalog();
    let body = br#"{"operation":"signals.get","symbol":"BTC","debug":"true","limit":20,"id":null,"mode":"","args":{}}"#;
    let invocation = parse_invoke(body, catalog.directory(), |_| Ok(())).unwrap();
    assert_eq!(invocation.style, Style::Flat);
    assert_eq!(Value::Object(invocation.call.args().clone()), json!({"symbol": "BTC", "debug": true}));

    let refusal =
        parse_invoke(br#"{"operation":"signals.get","symbl":"BTC"}"#, catalog.directory(), |_| Ok(()))
            .unwrap_err();
    assert_eq!(refusal.operation.as_deref(), Some("signals.get"));
    assert_eq!(refusal.error.fields[0].problem, "unknown");
    assert!(refusal.error.fields[0].accepted.contains("did you mean symbol?"), "{}", refusal.error);
}

#[tokio::test]
async fn a_pass_through_answer_can_be_limited_to_its_newest_rows() {
    let catalog = catalog();
    let body = br#"{"operation":"coins.history","exchange":"binance","limit":"2"}"#;
    let invocation = parse_invoke(body, catalog.directory(), |_| Ok(())).unwrap();
    let answer = catalog.run(APP, invocation.call).await.unwrap();
    let shaped = shape(answer, &invocation.selection, None).unwrap();
    let object: Value = serde_json::from_slice(&shaped.into_object()).unwrap();
    assert_eq!(object["exchange"], "Binance");
    assert_eq!(object["data"][1]["close"], 199);
    assert_eq!(object["truncated"]["kept"], 2);
    assert_eq!(object["truncated"]["of"], 200);
    assert_eq!(object["truncated"]["end"], "last");
}

#[test]
fn a_flood_of_wrong_names_is_told_in_part_and_costs_little() {
    let catalog = catalog();
    for style in ["nested", "flat"] {
        let fields: Map<String, Value> =
            (0..20_000).map(|n| (format!("wrong_{n}_{}", "x".repeat(40)), json!(1))).collect();
        let body = if style == "nested" {
            json!({"operation": "signals.get", "args": fields})
        } else {
            let mut body = fields;
            body.insert("operation".into(), "signals.get".into());
            Value::Object(body)
        };
        let refusal = parse_invoke(body.to_string().as_bytes(), catalog.directory(), |_| Ok(())).unwrap_err();
        assert!(refusal.error.fields.len() <= 21, "{}", refusal.error.fields.len());
        assert!(refusal.error.detail.contains("more"));
    }
}
