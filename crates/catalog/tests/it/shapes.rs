//! Answers made smaller.

use bytes::Bytes;
use catalog::{ErrorCode, MODEL_CHARS_MAX, Selection, shape};
use serde_json::{Value, json};

fn answer(value: &Value) -> Bytes {
    value.to_string().into()
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn an_answer_that_fits_is_the_very_same_bytes() {
    let whole = answer(&json!({"a": [1, 2, 3]}));
    let shaped = shape(whole.clone(), &Selection::default(), Some(100)).unwrap();
    assert_eq!(shaped.body.as_ptr(), whole.as_ptr());
    assert_eq!(shaped.into_object().as_ptr(), whole.as_ptr());
}

#[test]
fn fields_are_chosen_at_any_depth_and_through_lists() {
    let whole = json!({"price": 1.50, "metrics": {"fundingRate": 0.0001, "x": 1}, "rows": [{"a": 1, "b": 2}, {"b": 3}], "empty": []});
    let chosen =
        |fields: &str| read(&shape(answer(&whole), &Selection::fields(fields).unwrap(), None).unwrap().body);
    assert_eq!(chosen("price"), json!({"price": 1.5}));
    assert_eq!(
        chosen("metrics.fundingRate, rows.a"),
        json!({"metrics": {"fundingRate": 0.0001}, "rows": [{"a": 1}]})
    );
    assert_eq!(chosen("metrics,metrics.x"), json!({"metrics": {"fundingRate": 0.0001, "x": 1}}));
    assert_eq!(chosen("empty.a,price"), json!({"price": 1.5, "empty": []}));
    let error =
        shape(answer(&whole), &Selection::fields("prise,metrics.nothing").unwrap(), None).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    assert_eq!(error.fields[0].accepted, "fields of this answer: price, metrics, rows, empty");
}

#[test]
fn too_many_fields_are_refused_and_empty_ones_are_none() {
    assert_eq!(Selection::fields("a..b, ,.c").unwrap(), Selection::fields("a.b,c").unwrap());
    assert!(Selection::fields(" . ,").unwrap().is_everything());
    assert!(Selection::fields(&",".repeat(50)).is_err());
    assert!(Selection::fields(&(0..51).map(|n| format!("f{n}")).collect::<Vec<_>>().join(",")).is_err());
    assert!(Selection::fields("").unwrap().is_everything());
}

#[test]
fn a_large_list_is_cut_and_the_cut_is_told() {
    let rows: Vec<Value> = (0..5_000).map(|n| json!({"rank": n, "name": format!("coin {n} ä")})).collect();
    let shaped =
        shape(answer(&json!({"data": rows, "total": 5_000})), &Selection::default(), Some(MODEL_CHARS_MAX))
            .unwrap();
    assert_eq!(shaped.cuts.len(), 1);
    let body = shaped.into_object();
    let text = std::str::from_utf8(&body).unwrap();
    assert!(text.chars().count() <= MODEL_CHARS_MAX);
    assert!(text.chars().count() > MODEL_CHARS_MAX * 9 / 10, "no more is cut than must be");
    let object = read(&body);
    assert_eq!(object["total"], 5_000);
    assert_eq!(object["data"][0]["rank"], 0);
    assert_eq!(object["truncated"]["path"], "data");
    assert_eq!(object["truncated"]["end"], "first");
    assert_eq!(object["truncated"]["of"], 5_000);
    assert_eq!(
        object["truncated"]["kept"].as_u64().unwrap(),
        object["data"].as_array().unwrap().len() as u64
    );
}

#[test]
fn of_rows_in_order_of_time_the_newest_stay() {
    let falling: Vec<Value> =
        (0..100).rev().map(|n| json!([1_700_000_000_000_u64 + n * 60_000, "1.0"])).collect();
    let rising: Vec<Value> = falling.iter().rev().cloned().collect();
    let texts: Vec<Value> = (10..99).map(|n| json!({"date": format!("20{n}-01-01T00:00:00Z")})).collect();
    let last = |rows: &[Value], max: usize| {
        let shaped = shape(answer(&json!(rows)), &Selection::default(), Some(max)).unwrap();
        assert_eq!(shaped.cuts[0].path, "");
        read(&shaped.into_object())
    };
    let object = last(&rising, 1_000);
    assert_eq!(object["data"].as_array().unwrap().last(), rising.last());
    assert_eq!(object["truncated"]["path"], "data");
    assert_eq!(object["truncated"]["end"], "last");
    assert_eq!(last(&falling, 1_000)["data"][0], falling[0]);
    assert_eq!(last(&texts, 1_200)["data"].as_array().unwrap().last(), texts.last());
}

#[test]
fn the_longest_lists_give_and_the_short_ones_stay() {
    let whole =
        json!({"short": [1, 2, 3], "a": {"rows": vec!["xxxxxxxxxx"; 300]}, "b": vec!["yyyyyyyyyy"; 200]});
    let shaped = shape(answer(&whole), &Selection::default(), Some(3_000)).unwrap();
    let object = read(&shaped.into_object());
    assert_eq!(object["short"], json!([1, 2, 3]));
    let (a, b) = (object["a"]["rows"].as_array().unwrap().len(), object["b"].as_array().unwrap().len());
    assert!(a > 50 && b > 50 && a.abs_diff(b) <= 2, "{a} {b}");
    assert_eq!(object["truncated"]["more"].as_array().unwrap().len(), 1);
}

#[test]
fn one_row_too_large_is_cut_inside() {
    let row = json!({"symbol": "BTC", "candles": vec![[1, 2, 3]; 1_000]});
    let shaped = shape(answer(&json!({"data": [row, row]})), &Selection::default(), Some(2_000)).unwrap();
    assert_eq!(
        shaped.cuts.iter().map(|cut| cut.path.as_str()).collect::<Vec<_>>(),
        ["data", "data[0].candles"]
    );
    let object = read(&shaped.into_object());
    assert_eq!(object["data"][0]["symbol"], "BTC");
    assert_eq!(object["data"].as_array().unwrap().len(), 1);
}

#[test]
fn what_no_list_can_make_smaller_is_an_error() {
    let error =
        shape(answer(&json!({"text": "x".repeat(2_000)})), &Selection::default(), Some(1_000)).unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
}

#[test]
fn a_limit_cuts_the_answers_list() {
    let selection = Selection { limit: Some(2), ..Selection::default() };
    let rows = |value: Value| read(&shape(answer(&value), &selection, None).unwrap().body);
    assert_eq!(rows(json!([1, 2, 3])), json!([1, 2]));
    assert_eq!(rows(json!({"list": [1, 2, 3], "n": [4]})), json!({"list": [1, 2], "n": [4]}));
    assert_eq!(rows(json!({"n": 1})), json!({"n": 1}));
    assert_eq!(rows(json!(5)), json!(5));
}

#[test]
fn any_answer_becomes_an_object_for_models() {
    let object = |text: &'static str| {
        let body = Bytes::from_static(text.as_bytes());
        read(&shape(body, &Selection::default(), None).unwrap().into_object())
    };
    assert_eq!(object("[1]"), json!({"data": [1]}));
    assert_eq!(object(" 5 "), json!({"data": 5}));
    assert_eq!(object("{}"), json!({}));
}
