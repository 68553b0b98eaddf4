//! Every recorded answer reads, and every recorded error has its kind.

use std::path::PathBuf;

use domain::ErrorKind;
use http::{HeaderMap, StatusCode};
use openai::{Api, AuthHeader, OpenAiWire, Unusable, reply};
use proptest::prelude::*;
use testkit::recordings::shared;
use upstream::Wire;

fn folder() -> Option<PathBuf> {
    shared("data/recordings/openai")
}

fn answers(sub: &str) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut list: Vec<_> = std::fs::read_dir(folder.join(sub))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".json") && !name.ends_with(".meta.json")
        })
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    list.sort();
    list
}

/// The status in a name such as `openai-chat-error400-01.json`.
fn status_of(name: &str) -> u16 {
    name.split("error").nth(1).map_or(200, |rest| rest[..3].parse().unwrap())
}

#[test]
fn every_recorded_answer_of_the_servers_reads() {
    for (name, body) in answers("pydantic-ai-cassettes-2026-08") {
        let status = status_of(&name);
        let wire = OpenAiWire::new(None, AuthHeader::Authorization);
        let judged = wire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
        if status == 200 {
            let range = judged.unwrap_or_else(|error| panic!("{name}: {error}"));
            let api = if name.contains("responses") || body.windows(11).any(|w| w == b"\"response\",") {
                Api::Responses
            } else {
                Api::Chat
            };
            let reply = reply::read(api, &body[range]).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!reply.model.is_empty(), "{name}");
            if name.contains("json_schema") || name.contains("json_object") || name.starts_with("ollama") {
                assert!(
                    matches!(reply.said, Ok(_) | Err(Unusable::Unfinished | Unusable::Empty)),
                    "{name}: {:?}",
                    reply.said
                );
            }
        } else {
            let expected = match status {
                429 => ErrorKind::RateLimited,
                404 => ErrorKind::NotFound,
                _ if String::from_utf8_lossy(&body).contains("model_not_found") => ErrorKind::NotFound,
                _ => ErrorKind::BadRequest,
            };
            assert_eq!(judged.unwrap_err().kind, expected, "{name}");
        }
    }
}

#[test]
fn the_sdk_s_own_snapshots_read() {
    for (name, body) in answers("openai-python-snapshots") {
        let api = if name.starts_with("responses") { Api::Responses } else { Api::Chat };
        let reply = reply::read(api, &body).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name.contains("refusal") {
            assert_eq!(reply.said, Err(Unusable::Refused), "{name}");
        }
        if name.contains("max_tokens_reached") {
            assert_eq!(reply.said, Err(Unusable::Truncated), "{name}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_the_readers(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100_u16..600) {
        let wire = OpenAiWire::default();
        let _ = wire.judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
        let _ = reply::read(Api::Chat, &body);
        let _ = reply::read(Api::Responses, &body);
    }
}
