//! The client against a server on loopback.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use domain::{Clock, ErrorKind, UtcMs};
use openai::{AuthHeader, ModelSettings, OpenAi, OpenAiWire, Question, Unusable, lane_defaults};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use upstream::{Ask, Lane, LaneConfig, http_client};

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> UtcMs {
        UtcMs(1_763_640_000_000)
    }
}

type Bodies = Arc<Mutex<Vec<Value>>>;

async fn server(
    reply: impl Fn(usize, &Value) -> Response + Clone + Send + Sync + 'static,
) -> (String, Bodies) {
    let bodies: Bodies = Arc::default();
    let seen = Arc::clone(&bodies);
    let app = Router::new().fallback(move |body: Bytes| {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(body.clone());
            seen.len()
        };
        let answer = reply(number, &body);
        async move { answer }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (base, bodies)
}

fn client(base_url: &str, settings: ModelSettings) -> OpenAi {
    let config = LaneConfig { base_url: base_url.to_owned(), ..lane_defaults() };
    let wire = OpenAiWire::new(Some("sk-test-secret".into()), AuthHeader::Authorization);
    OpenAi::new(wire, settings, |wire| Lane::new(http_client(), Arc::new(Still), Arc::new(wire), config))
}

async fn ask(client: &OpenAi, limit_ms: u64) -> Result<openai::Reply, domain::ProviderError> {
    let schema = json!({"type": "object"});
    let question = Question { name: "verdict", schema: &schema, rules: "judge", data: "{}" };
    let deadline = Some(Instant::now() + Duration::from_millis(limit_ms));
    client.ask(&question, Ask { deadline, fresh: true, no_waiting: false }).await
}

fn good() -> Response {
    Json(json!({
        "model": "m-1",
        "choices": [{"finish_reason": "stop", "message": {"content": "{\"a\":1}"}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }))
    .into_response()
}

#[tokio::test]
async fn a_question_gets_an_object_and_its_cost() {
    let (base, _) = server(|_, _| good()).await;
    let reply = ask(&client(&base, ModelSettings::default()), 2_000).await.unwrap();
    assert_eq!(reply.said, Ok("{\"a\":1}".to_owned()));
    assert_eq!((reply.model.as_str(), reply.usage.total()), ("m-1", 15));
}

#[tokio::test]
async fn what_the_model_does_not_take_is_left_out_and_remembered() {
    let (base, bodies) = server(|_, body| {
        let refuse = |param: &str| {
            let error = json!({"error": {"message": "no", "param": param, "code": "unsupported_value"}});
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        };
        if body.get("temperature").is_some() {
            refuse("temperature")
        } else if body["messages"][0]["role"] == "system" {
            refuse("messages[0].role")
        } else {
            good()
        }
    })
    .await;
    let client = client(&base, ModelSettings { temperature: Some(0.2), ..ModelSettings::default() });
    assert!(ask(&client, 2_000).await.unwrap().said.is_ok());
    assert_eq!(bodies.lock().unwrap().len(), 3);
    assert!(ask(&client, 2_000).await.unwrap().said.is_ok());
    assert_eq!(bodies.lock().unwrap().len(), 4, "the second question is put right at once");
}

#[tokio::test]
async fn failures_are_told_without_the_key_and_are_not_repeated() {
    let (base, bodies) = server(|_, _| {
        let error = json!({"error": {"message": "bad key sk-test-secret", "code": "invalid_api_key"}});
        (StatusCode::UNAUTHORIZED, Json(error)).into_response()
    })
    .await;
    let error = ask(&client(&base, ModelSettings::default()), 2_000).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::KeyInvalid);
    assert!(!error.to_string().contains("secret"), "{error}");

    let (trouble, hits) = server(|_, _| StatusCode::BAD_GATEWAY.into_response()).await;
    let error = ask(&client(&trouble, ModelSettings::default()), 2_000).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!((bodies.lock().unwrap().len(), hits.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn a_refusal_is_an_answer_of_no_use() {
    let (base, _) = server(|_, _| {
        Json(json!({"choices": [{"finish_reason": "stop", "message": {"content": null, "refusal": "no"}}]}))
            .into_response()
    })
    .await;
    let reply = ask(&client(&base, ModelSettings::default()), 2_000).await.unwrap();
    assert_eq!(reply.said, Err(Unusable::Refused));
}

#[tokio::test]
async fn nobody_there_is_a_connection_error_in_time() {
    let begun = Instant::now();
    let error = ask(&client("http://127.0.0.1:9", ModelSettings::default()), 1_000).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connection);
    assert!(begun.elapsed() < Duration::from_millis(1_250));
}
