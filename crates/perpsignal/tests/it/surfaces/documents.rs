use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::program::{Place, SIMULATED, Server, client, send};

/// The bytes as they travel: no encoding is asked for or undone that the test does not ask for itself.
async fn travelling(
    server: &Server,
    path: &str,
    accepted: Option<&str>,
) -> (reqwest::header::HeaderMap, Vec<u8>) {
    client();
    let plain = reqwest::Client::builder().no_gzip().build().unwrap();
    let mut request = plain.get(server.url(path));
    if let Some(accepted) = accepted {
        request = request.header("accept-encoding", accepted);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn bodies_travel_small_for_those_who_ask() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    for path in ["/signals/BTC", "/openapi.json", "/assets/swagger-ui-bundle.js", "/v1/health"] {
        let (plain_headers, plain) = travelling(&server, path, None).await;
        assert!(!plain_headers.contains_key("content-encoding"), "{path}");
        let (headers, packed) = travelling(&server, path, Some("gzip")).await;
        assert_eq!(headers["content-encoding"], "gzip", "{path}");
        assert!(headers["vary"].to_str().unwrap().to_ascii_lowercase().contains("accept-encoding"), "{path}");
        assert!(packed.len() * 2 < plain.len(), "{path}: {} of {}", packed.len(), plain.len());
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        if path != "/v1/health" {
            assert_eq!(unpacked, plain, "{path}");
            assert_eq!(headers.get("etag"), plain_headers.get("etag"), "{path}");
        }
        let (headers, packed) = travelling(&server, path, Some("br, gzip;q=0.5")).await;
        assert_eq!(headers["content-encoding"], "br", "{path}");
        assert!(packed.len() * 2 < plain.len(), "{path}");
    }
    let (headers, body) = travelling(&server, "/", Some("gzip, br")).await;
    assert!(!headers.contains_key("content-encoding") && body.len() < 1_024, "a tiny body stays as it is");
}

#[tokio::test]
async fn an_answer_that_the_caller_has_is_not_sent_again() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let first = server.get("/signals/BTC").await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert!(first.headers["cache-control"].to_str().unwrap().starts_with("private, max-age="));
    let strong = tag.trim_start_matches("W/").to_owned();
    for known in [tag.clone(), strong, format!("\"other\", {tag}"), "*".to_owned()] {
        let again =
            send(client().get(server.url("/signals/BTC")).header("if-none-match", &known)).await.unwrap();
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.headers["etag"], tag.as_str());
    }
    let other =
        send(client().get(server.url("/signals/BTC")).header("if-none-match", "\"other\"")).await.unwrap();
    assert_eq!(other.ok(), first.ok());
    assert_ne!(server.get("/signals/ETH").await.headers["etag"], tag.as_str());
    assert_eq!(server.get("/health").await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn the_document_asks_for_a_key_where_the_server_does() {
    let security = async |place: Place| {
        let server = place.serve(&SIMULATED).await;
        server.get("/openapi.json").await.ok()["paths"]["/signals/{symbol}"]["get"]["security"].clone()
    };
    let keys = json!([{"bearer": []}, {"apiKey": []}]);
    assert_eq!(security(Place::new()).await, json!([{}, {"bearer": []}, {"apiKey": []}]));
    assert_eq!(security(Place::new().with("API_KEYS", "some-secret:read")).await, keys);
}

#[tokio::test]
async fn documents_can_be_fetched_from_any_page_and_pages_fetch_from_nobody() {
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    for path in ["/openapi.json", "/gpt/action-schema", "/invoke/schema"] {
        let answer = server.get(path).await;
        assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}");
        assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        let document: Value = answer.ok();
        assert_eq!(document["openapi"], "3.1.0", "{path}");
        assert_eq!(document["servers"][0]["url"], server.base, "{path}");
    }
    assert!(!server.get("/signals/BTC").await.headers.contains_key("access-control-allow-origin"));
    for path in ["/docs", "/redoc"] {
        let page = server.get(path).await;
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        for rule in
            ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{path}");
        let mut linked = 0;
        for quoted in page.text.split('"').filter(|text| text.starts_with("/assets/")) {
            assert_eq!(server.get(quoted).await.status, 200, "{quoted}");
            linked += 1;
        }
        assert!(linked >= 3, "{path} links {linked} files");
    }
    let redoc = server.get("/assets/redoc.standalone.js").await.text;
    assert!(!redoc.contains("https://cdn."), "the reference must not fetch from elsewhere");
    assert_eq!(server.get("/assets/nothing.js").await.status, 404);
}
