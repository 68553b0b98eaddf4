use std::time::Duration;

use crate::program::{Answer, Place, SIMULATED, Server, client, send};

async fn with_key(server: &Server, path: &str, header: (&str, &str)) -> Answer {
    send(client().get(server.url(path)).header(header.0, header.1)).await.unwrap()
}

#[tokio::test]
async fn a_key_opens_the_door_until_it_is_revoked() {
    let place = Place::new();
    let refused = place.simulated(&["serve", "--listen", "127.0.0.1:0", "--production"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("key create"), "{}", refused.err);

    let made = place.simulated(&["key", "create", "a caller"]).await.done();
    let key = made.out.trim();
    assert!(key.starts_with("ps_") && made.out.lines().count() == 1, "{}", made.out);
    assert!(!made.err.contains(key), "the secret belongs on stdout alone");
    let listed = place.simulated(&["key", "list", "--json"]).await.done();
    assert!(!listed.out.contains(key), "a secret is shown once");
    let rows = listed.json();
    let id = rows[0]["id"].as_str().unwrap().to_owned();
    assert_eq!((rows.as_array().unwrap().len(), rows[0]["name"].as_str()), (1, Some("a caller")));

    let server = place.serve_with(&SIMULATED, &["--production"]).await;
    let closed = server.get("/signals/BTC").await;
    closed.problem(401, "unauthorized");
    assert!(closed.headers.contains_key("www-authenticate"));
    with_key(&server, "/signals/BTC", ("x-api-key", "ps_wrong")).await.problem(401, "unauthorized");
    let signal = with_key(&server, "/signals/BTC", ("x-api-key", key)).await.ok();
    let bearer = format!("Bearer {key}");
    let again = with_key(&server, "/v1/signals/BTC", ("authorization", &bearer)).await;
    assert_eq!(again.ok()["id"], signal["id"]);
    assert!(again.headers.contains_key("ratelimit-remaining"), "{:?}", again.headers);
    for open in ["/healthz", "/readyz"] {
        assert_eq!(server.get(open).await.status, 200, "{open}");
    }

    // Revoked from another process while the server runs: what was checked is believed for some seconds.
    place.simulated(&["key", "revoke", &id]).await.done();
    let mut closed = false;
    for _ in 0..60 {
        closed = with_key(&server, "/signals/BTC", ("x-api-key", key)).await.status == 401;
        if closed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(closed, "a revoked key still opens the door after half a minute");
    let again = place.simulated(&["key", "revoke", &id]).await;
    assert_eq!(again.code, 4, "{}", again.err);
    assert_eq!(place.simulated(&["key", "list", "--json"]).await.done().json()[0]["id"], id.as_str());
    assert!(!server.running.said().contains(key), "a key in the log");
}

#[tokio::test]
async fn keys_of_the_environment_open_the_door_and_stay_hidden() {
    let place = Place::new().with("API_KEYS", "first-secret:read,second-secret:admin");
    let server = place.serve(&SIMULATED).await;
    server.get("/signals/BTC").await.problem(401, "unauthorized");
    for key in ["first-secret", "second-secret"] {
        with_key(&server, "/signals/BTC", ("x-api-key", key)).await.ok();
    }
    let shown = place.run(["config", "print"]).await.done();
    let checked = place.run(["config", "check"]).await.done();
    for text in [&shown.out, &checked.out, &server.running.said()] {
        assert!(!text.contains("-secret"), "{text}");
    }
}

#[tokio::test]
async fn sending_to_chats_takes_a_key_that_may_write() {
    let place = Place::new().with("API_KEYS", "reader-secret:read,writer-secret:write");
    let server = place.serve(&SIMULATED).await;
    for path in ["/signals/BTC", "/signals/debug/premium/BTC"] {
        let path = format!("{path}?send_telegram=true");
        with_key(&server, &path, ("x-api-key", "reader-secret")).await.problem(403, "forbidden");
        with_key(&server, &path, ("x-api-key", "writer-secret")).await.ok();
    }
    with_key(&server, "/signals/BTC?send_telegram=false", ("x-api-key", "reader-secret")).await.ok();
}

#[tokio::test]
async fn without_a_key_only_this_machine_may_call() {
    let place = Place::new();
    let ended = place.simulated(&["serve", "--listen", "0.0.0.0:0"]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("--open") && ended.err.contains("API_KEYS"), "{}", ended.err);
}
