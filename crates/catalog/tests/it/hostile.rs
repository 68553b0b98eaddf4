//! Whatever comes from outside is answered, never with a panic.

use catalog::{InSchema, Kind, ParamSpec, Selection, Typing, parse_invoke, shape};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::toy::catalog;

/// Any JSON value of moderate size.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[0-9.eE+-]{0,8}".prop_map(Value::from),
        Just(Value::from("BTC,ETH")),
        Just(Value::from("[1,{\"a\":2}]")),
        Just(Value::from("{\"factor\":\"x\",\"above\":1}")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any_name(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "symbol",
            "symbols",
            "limit",
            "mode",
            "debug",
            "when",
            "name",
            "id",
            "fields",
            "args",
            "operation"
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ]
}

fn any_operation() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "signals.get",
        "signals.scan",
        "rules.add",
        "rules.remove",
        "alerts.send",
        "coins.history",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let catalog = catalog();
        if let Err(refusal) = parse_invoke(&body, catalog.directory(), |_| Ok(())) {
            prop_assert!(refusal.error.code.is_callers_fault());
        }
    }

    #[test]
    fn any_arguments_are_answered(name in any_operation(), args in any_json(), flat in any::<bool>()) {
        let catalog = catalog();
        let mut body = json!({"operation": name});
        match (flat, args) {
            (true, Value::Object(args)) => body.as_object_mut().unwrap().extend(args),
            (_, args) => body["args"] = args,
        }
        if let Err(refusal) = parse_invoke(body.to_string().as_bytes(), catalog.directory(), |_| Ok(())) {
            prop_assert!(refusal.error.code.is_callers_fault(), "{}", refusal.error);
        }
    }

    #[test]
    fn a_valid_body_with_one_byte_changed_is_answered(at in 0..86_usize, byte in any::<u8>()) {
        let catalog = catalog();
        let mut body = br#"{"operation":"rules.add","args":{"name":"oi","when":{"factor":"oiTrend","above":80.5}}}"#.to_vec();
        prop_assert!(parse_invoke(&body, catalog.directory(), |_| Ok(())).is_ok());
        body[at] = byte;
        if let Err(refusal) = parse_invoke(&body, catalog.directory(), |_| Ok(())) {
            prop_assert!(refusal.error.code.is_callers_fault());
        }
    }

    #[test]
    fn what_was_accepted_once_is_accepted_again_and_stays(args in any_json()) {
        let Value::Object(args) = args else { return Ok(()) };
        let catalog = catalog();
        for operation in &catalog {
            for typing in [Typing::Strict, Typing::Text] {
                let Ok(call) = operation.accept(args.clone(), typing) else { continue };
                let again = operation.accept(call.args().clone(), Typing::Strict).unwrap();
                prop_assert_eq!(again.args(), call.args());
            }
        }
    }

    #[test]
    fn accepted_integers_are_whole_and_within_bounds(text in "[ +-]?[0-9]{1,20}(\\.[0-9]{0,3})?(e[0-9]{1,3})?") {
        let schema = InSchema::new(vec![ParamSpec::new("n", Kind::Integer { min: -5, max: 1_000 })]);
        let given = Map::from_iter([("n".to_owned(), Value::from(text.clone()))]);
        match schema.accept(Map::new(), given) {
            Ok(args) => {
                let number = args["n"].as_i64().unwrap();
                prop_assert!((-5..=1_000).contains(&number));
                prop_assert!((text.trim().parse::<f64>().unwrap() - number as f64).abs() < 1e-9);
            }
            Err(problems) => prop_assert_eq!(problems.len(), 1),
        }
    }

    #[test]
    fn shaped_answers_are_json_and_fit(answer in any_json(), max in 800..4_000_usize, limit in 1..5_usize, copies in 1..60_usize) {
        let answer = json!({"rows": vec![answer.clone(); copies], "other": {"rows": vec![answer; copies / 2]}, "note": "n"});
        let selection = Selection { limit: Some(limit), ..Selection::default() };
        for selection in [Selection::default(), selection] {
            if let Ok(shaped) = shape(answer.to_string().into(), &selection, Some(max)) {
                let body = shaped.into_object();
                let text = std::str::from_utf8(&body).unwrap();
                prop_assert!(text.chars().count() <= max, "{} > {max}", text.chars().count());
                prop_assert!(serde_json::from_str::<Value>(text).unwrap().is_object());
            }
        }
    }

    #[test]
    fn any_selection_of_any_answer_is_answered(answer in any_json(), fields in "[a-z.,]{0,20}") {
        if let Ok(selection) = Selection::fields(&fields)
            && let Ok(shaped) = shape(answer.to_string().into(), &selection, None)
        {
            prop_assert!(serde_json::from_slice::<Value>(&shaped.body).is_ok());
        }
    }
}
