//! What GPT Actions use: the documents that a GPT imports, and under `/gpt` the routes that they name, with
//! answers that are never longer than a GPT takes.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use catalog::shape::shape;
use catalog::{Directory, MODEL_CHARS_MAX, OpError, Operation, Surfaces, parse_invoke, read_object};
use serde_json::{Map, Value, json};

use super::documents::document;
use super::id_of;
use crate::auth::Caller;
use crate::dispatch::{self, Done, Refused};
use crate::{State, problem, request};

/// Calls with a flat JSON body: the route and the operation behind it.
const FLAT: &[(&str, &str)] = &[
    ("/gpt/signal", "signals.get"),
    ("/gpt/smart-money-scan", "smart_money.scan"),
    ("/gpt/mss-discover", "mss.discover"),
];

/// Operations that a GPT gets besides, in this order; those that do not exist are left out. The importer
/// takes about thirty in all.
const CHOSEN: &[&str] = &[
    "health.check",
    "market.get",
    "market.summary",
    "scan.market",
    "signals.debug",
    "smc.analyze",
    "smart_money.analyze",
    "smart_money.scan_accumulation",
    "smart_money.scan_distribution",
    "mss.analyze",
    "mss.scan",
    "mss.top_scores",
    "smart_entry.analyze",
    "scalping.quick",
    "openai.analyze",
    "openai.sentiment_market",
    "narratives.discover_realtime",
    "lunarcrush.coins_discovery",
    "lunarcrush.coin_comprehensive",
    "coinglass.liquidations.symbol",
    "new_listings.multi_exchange",
    "new_listings.analyze",
    "spike.recent_activity",
    "analytics.performance.summary",
    "analytics.performance.symbol",
    "history.statistics",
];

const _: () = assert!(FLAT.len() + CHOSEN.len() <= 30, "a GPT's importer takes thirty operations");

pub(crate) fn routes(state: &Arc<State>) -> Router {
    let directory = state.catalog.directory();
    let mut router = Router::new()
        .route(
            "/gpt/action-schema",
            document(state, |state, _| action_schema(state.catalog.directory(), &state.config.base_url)),
        )
        .route(
            "/invoke/schema",
            document(state, |state, _| invoke_schema(state.catalog.directory(), &state.config.base_url)),
        );
    for (path, name) in offered_flat(directory) {
        let state = Arc::clone(state);
        router = router
            .route(path, post(move |request: Request| async move { flat(&state, name, request).await }));
    }
    router
}

fn offered_flat(directory: &Directory) -> impl Iterator<Item = (&'static str, &'static str)> {
    let offered = |name| directory.get(name, Surfaces::GPT | Surfaces::REST).is_ok();
    FLAT.iter().copied().filter(move |(_, name)| offered(name))
}

fn offered(directory: &Directory) -> impl Iterator<Item = &'static str> {
    let on_both = |name: &&&str| directory.get(name, Surfaces::GPT | Surfaces::REST).is_ok();
    CHOSEN.iter().filter(on_both).copied()
}

/// The operations with answers that are never longer than a GPT takes, each with its path.
pub(super) fn capped(directory: &Directory) -> impl Iterator<Item = (&Operation, String)> {
    let operations = offered(directory).filter_map(|name| directory.find(name));
    operations.map(|operation| (operation, capped_path(&operation.meta.path)))
}

/// Where the capped twin of a REST route stands.
fn capped_path(path: &str) -> String {
    format!("/gpt{}", path.trim_end_matches('/'))
}

/// The document for `POST /invoke`: one call that reaches every operation that changes nothing.
fn invoke_schema(directory: &Directory, base_url: &str) -> Value {
    directory.invoke_schema("perpsignal: any operation", base_url, &[]).unwrap_or_default()
}

/// The document for `/gpt`, made from the catalogue's own for the REST routes.
fn action_schema(directory: &Directory, base_url: &str) -> Value {
    let title = "perpsignal";
    let mut paths = Map::new();
    for (path, name) in offered_flat(directory) {
        let schema = directory.gpt_schema(title, base_url, &[name]).unwrap_or_default();
        let operations = schema.get("paths").and_then(Value::as_object).into_iter().flat_map(Map::values);
        for operation in operations.filter_map(Value::as_object).flat_map(Map::values) {
            paths.insert(path.to_owned(), json!({"post": with_flat_body(operation)}));
        }
    }
    let names: Vec<&str> = offered(directory).collect();
    let mut schema = directory.gpt_schema(title, base_url, &names).unwrap_or_default();
    if let Some(Value::Object(of_rest)) = schema.get_mut("paths") {
        paths.extend(std::mem::take(of_rest).into_iter().map(|(path, item)| (capped_path(&path), item)));
        *of_rest = paths;
    }
    schema
}

/// The same operation with all its parameters in one flat JSON body.
fn with_flat_body(operation: &Value) -> Value {
    let mut flat = operation.as_object().cloned().unwrap_or_default();
    let Some(Value::Array(parameters)) = flat.remove("parameters") else { return Value::Object(flat) };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for parameter in &parameters {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut schema = parameter.get("schema").and_then(Value::as_object).cloned().unwrap_or_default();
        schema.insert("description".into(), text("description").into());
        properties.insert(text("name").to_owned(), Value::Object(schema));
        if parameter.get("required").and_then(Value::as_bool) == Some(true) {
            required.push(text("name").to_owned());
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty()
        && let Value::Object(schema) = &mut schema
    {
        schema.insert("required".into(), json!(required));
    }
    let body = json!({"required": !required.is_empty(), "content": {"application/json": {"schema": schema}}});
    flat.insert("requestBody".into(), body);
    Value::Object(flat)
}

async fn flat(state: &Arc<State>, name: &str, request: Request) -> Response {
    let id = id_of(&request);
    match call(state, name, request).await {
        Ok(done) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            let mut response = (headers, done.body).into_response();
            if let Some(standing) = done.standing {
                response.extensions_mut().insert(standing);
            }
            response
        }
        Err(refused) => problem::refuse(&refused, &id.0),
    }
}

/// A flat body is read as that of `POST /invoke`: models fill in whole forms.
async fn call(state: &Arc<State>, name: &str, request: Request) -> Result<Done, Refused> {
    let caller =
        request.extensions().get::<Caller>().cloned().ok_or_else(|| OpError::internal("no caller"))?;
    let directory = state.catalog.directory();
    caller.allow(directory.get(name, Surfaces::GPT)?.meta.scope)?;
    request::must_be_json(request.headers())?;
    let bytes = request::body(request.into_body()).await?;
    let mut members = if bytes.is_empty() { Map::new() } else { read_object(&bytes)? };
    members.insert("operation".to_owned(), name.into());
    let body = Value::Object(members).to_string();
    // The route's own scope was checked before the body was read.
    let invocation = parse_invoke(body.as_bytes(), directory, |_| Ok(())).map_err(|refusal| refusal.error)?;
    let done = dispatch::run(state, &caller, invocation.operation, invocation.call).await?;
    let standing = done.standing;
    let shaped = shape(done.body, &invocation.selection, Some(MODEL_CHARS_MAX))
        .map_err(|error| Refused { error, standing })?;
    Ok(Done { body: shaped.into_object(), standing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpt_can_import_both_documents() {
        let catalog = ops::catalog();
        let actions = action_schema(catalog.directory(), "https://signals.example.org");
        assert_eq!(catalog::check_gpt(&actions), Vec::new(), "{actions:#}");
        let paths = actions["paths"].as_object().unwrap();
        assert!(paths.contains_key("/gpt/signal") && paths.contains_key("/gpt/health"), "{paths:?}");
        let body = &paths["/gpt/signal"]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body["required"], json!(["symbol"]));
        assert!(body["properties"]["mode"]["description"].is_string());
        let invoke = invoke_schema(catalog.directory(), "https://signals.example.org");
        assert_eq!(catalog::check_gpt(&invoke), Vec::new());
    }
}
