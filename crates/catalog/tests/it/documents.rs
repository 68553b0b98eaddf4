//! The documents of the toy catalogue, as committed.

use catalog::{Access, Catalog, Directory, Info, check_gpt, parse_cli_args, pretty};
use catalog::{Effect, Kind, Meta, NoArgs, ParamSpec};
use serde_json::{Value, json};

use crate::toy::{App, catalog};

const URL: &str = "https://api.example.org";
const ALL: [&str; 7] = [
    "signals.get",
    "signals.scan",
    "rules.add",
    "rules.remove",
    "alerts.send",
    "health.check",
    "coins.history",
];

fn directory() -> Directory {
    catalog().directory().clone()
}

fn info() -> Info {
    Info { title: "Toy".into(), version: "1.0.0".into(), description: "A few operations.".into() }
}

#[test]
fn the_toy_catalogue_keeps_all_rules() {
    assert_eq!(catalog().check(), Vec::<String>::new());
}

#[test]
fn a_server_that_asks_for_no_key_says_so() {
    let document = directory().openapi(&info(), URL, Access::Open, None);
    let keyed = directory().openapi(&info(), URL, Access::Keyed, None);
    let mut closed = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let of_keyed = &keyed["paths"][path][verb]["security"];
            if operation["x-scope"] == "public" {
                assert_eq!((&operation["security"], of_keyed), (&json!([]), &json!([])), "{path}");
            } else {
                assert_eq!(operation["security"], json!([{}, {"bearer": []}, {"apiKey": []}]), "{path}");
                assert_eq!(*of_keyed, json!([{"bearer": []}, {"apiKey": []}]), "{path}");
                closed += 1;
            }
        }
    }
    assert!(closed > 3);
}

#[test]
fn openapi() {
    insta::assert_snapshot!(pretty(&directory().openapi(&info(), URL, Access::Keyed, None)));
}

#[test]
fn openapi_joins_what_is_written_by_hand() {
    let extra = json!({
        "paths": {"/invoke": {"post": {"operationId": "invoke"}}, "/health": {"head": {"operationId": "health_head"}}},
        "components": {"schemas": {"Envelope": {"type": "object"}, "Problem": {"type": "string"}}},
        "tags": [{"name": "rpc"}]
    });
    let document = directory().openapi(&info(), URL, Access::Keyed, Some(&extra));
    assert_eq!(document["paths"]["/invoke"]["post"]["operationId"], "invoke");
    assert_eq!(document["paths"]["/health"]["get"]["operationId"], "health_check");
    assert_eq!(document["paths"]["/health"]["head"]["operationId"], "health_head");
    assert_eq!(document["components"]["schemas"]["Problem"]["type"], "object", "what stands stays");
    assert!(document["tags"].as_array().unwrap().contains(&json!({"name": "rpc"})));
}

#[test]
fn every_reference_of_the_openapi_document_resolves() {
    let document = directory().openapi(&info(), URL, Access::Keyed, None);
    let nowhere: Vec<_> = check_gpt(&document)
        .into_iter()
        .filter(|violation| violation.rule.contains("points nowhere"))
        .collect();
    assert_eq!(nowhere, []);
}

#[test]
fn gpt_schema() {
    let document = directory()
        .gpt_schema("Toy", URL, &["signals.get", "signals.scan", "alerts.send", "coins.history"])
        .unwrap();
    assert_eq!(check_gpt(&document), []);
    insta::assert_snapshot!(pretty(&document));
}

#[test]
fn invoke_schema() {
    let document = directory().invoke_schema("Toy", URL, &ALL).unwrap();
    assert_eq!(check_gpt(&document), []);
    insta::assert_snapshot!(pretty(&document));
    let reads = directory().invoke_schema("Toy", URL, &[]).unwrap();
    let call = &reads["paths"]["/invoke"]["post"];
    assert_eq!(call["x-openai-isConsequential"], false);
    let names =
        &call["requestBody"]["content"]["application/json"]["schema"]["properties"]["operation"]["enum"];
    assert_eq!(names.as_array().unwrap().len(), 4);
}

#[test]
fn mcp_tools() {
    let tools = directory().mcp_tools(&ALL).unwrap();
    insta::assert_snapshot!(pretty(&serde_json::to_value(&tools).unwrap()));
    for tool in &tools {
        assert!(directory().find_by_operation_id(&tool.name).is_some());
    }
}

#[test]
fn listing() {
    insta::assert_snapshot!(pretty(&directory().listing(None).unwrap()));
    let rules = directory().listing(Some("rules")).unwrap();
    assert_eq!(rules["count"], 2);
    let error = directory().listing(Some("rule")).unwrap_err();
    assert!(error.detail.contains("rules"), "{error}");
}

#[test]
fn reference() {
    insta::assert_snapshot!(directory().reference_markdown());
}

#[test]
fn command_line() {
    let directory = directory();
    let help: String =
        ALL.iter().map(|name| directory.find(name).unwrap().cli_help()).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(help);
    assert_eq!(directory.cli_names("sig").collect::<Vec<_>>(), ["signals.get", "signals.scan"]);

    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let add = directory.find("rules.add").unwrap();
    let (call, _) = parse_cli_args(add, &words(r#"name=oi when={"factor":"x","above":"80"}"#)).unwrap();
    assert_eq!(call.args()["when"], json!({"factor": "x", "above": 80.0}));
    for bad in ["name", "name=a name=b", "name=a when={", "name=a when=[]", "nam=a"] {
        assert!(parse_cli_args(add, &words(bad)).is_err(), "{bad}");
    }
}

#[test]
fn names_that_are_not_offered_are_errors() {
    assert!(directory().gpt_schema("Toy", URL, &["signals.gte"]).is_err());
    assert!(directory().mcp_tools(&["nothing.here"]).is_err());
    assert!(directory().invoke_schema("Toy", URL, &["nothing.here"]).is_err());
}

#[test]
fn the_gpt_check_finds_every_broken_limit() {
    let fine = directory().gpt_schema("Toy", URL, &["signals.get"]).unwrap();
    let breaks: [(&str, Value, &str); 12] = [
        ("/openapi", json!("3.0.0"), "must be 3.1.0"),
        ("/servers/0/url", json!("http://api.example.org"), "https"),
        ("/servers", json!([]), "exactly one"),
        ("/paths/~1signals~1{symbol}/get/operationId", json!("signals.get"), "operationId"),
        ("/paths/~1signals~1{symbol}/get/summary", json!("x".repeat(301)), "300"),
        ("/paths/~1signals~1{symbol}/get/x-openai-isConsequential", json!(null), "isConsequential"),
        ("/paths/~1signals~1{symbol}/get/parameters/1/in", json!("header"), "path or query"),
        ("/paths/~1signals~1{symbol}/get/parameters/1/schema", json!({"type": "array"}), "plain type"),
        ("/paths/~1signals~1{symbol}/get/parameters/1/schema", json!({"anyOf": []}), "no oneOf"),
        ("/paths/~1signals~1{symbol}/get/parameters/1/description", json!("x".repeat(701)), "700"),
        (
            "/paths/~1signals~1{symbol}/get/responses/200/content/application~1json/schema",
            json!({"$ref": "#/nowhere"}),
            "nowhere",
        ),
        ("/paths/~1signals~1{symbol}/get/description", json!("x".repeat(1_000_001)), "1 MB"),
    ];
    for (place, value, rule) in breaks {
        let mut document = fine.clone();
        *document.pointer_mut(place).unwrap() = value;
        let found = check_gpt(&document);
        assert!(found.iter().any(|violation| violation.rule.contains(rule)), "{place} {rule}: {found:?}");
    }
    let mut many = Catalog::<App>::new();
    let names: Vec<String> = (0..31).map(|number| format!("many.op{number}")).collect();
    for name in &names {
        many.add(
            Meta::get(name.clone(), format!("/{name}")).summary("One of many"),
            |_: App, _: NoArgs| async { Ok(1) },
        );
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = check_gpt(&many.directory().gpt_schema("Many", URL, &names).unwrap());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].rule.contains("at most 30"));
}

#[test]
fn the_rules_over_a_catalogue_are_told_when_broken() {
    let mut broken = Catalog::<App>::new();
    let nothing = |_: App, _| async { Ok(bytes::Bytes::new()) };
    let text = || ParamSpec::new("x", Kind::text());
    broken.add_raw(Meta::get("a.one", "/a/{id}"), vec![text()], nothing);
    broken.add_raw(Meta::get("a.one", "/a/{x}").summary("s").effect(Effect::Write), vec![text()], nothing);
    broken.add_raw(
        Meta::get("Bad", "b").summary("s").example("e", [("y", json!(1))]),
        vec![ParamSpec::new("x", Kind::Boolean), ParamSpec::new("args", Kind::Object(None))],
        nothing,
    );
    let found = broken.check().join("\n");
    for rule in [
        "a.one: the name clashes with a.one",
        "is the route of a.one too",
        "spelled differently",
        "'x' is boolean here and string in a.one",
        "a summary of 1 to 300",
        "an example is needed",
        "so it needs the scope write or admin",
        "the path parameter 'id' is no parameter",
        "namespace.action",
        "must begin with /",
        "which a query cannot carry",
        "is a member of POST /invoke",
        "the example 'e' is refused",
    ] {
        assert!(found.contains(rule), "{rule} not in\n{found}");
    }
}

#[test]
fn routes_are_listed_for_any_router() {
    let directory = directory();
    let routes: Vec<String> = directory
        .rest_routes()
        .map(|route| format!("{} {} {:?}", route.verb, route.path, route.segments))
        .collect();
    assert_eq!(routes.len(), 7);
    assert_eq!(routes[0], r#"GET /signals/{symbol} [Literal("signals"), Param("symbol")]"#);
    assert_eq!(directory.namespaces(), ["signals", "rules", "alerts", "health", "coins"]);
}
