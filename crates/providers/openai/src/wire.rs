//! The servers' conventions: a key in a header, errors in many shapes.

use std::ops::Range;

use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use upstream::lenient::{excerpt, is_html, retry_after_ms};
use upstream::{Anchor, MeterSpec, Wire};

use crate::endpoints::CALLS_METER;
use crate::learned::Learned;
use crate::settings::AuthHeader;

/// Calls a minute that we allow ourselves; what the server allows depends on account and model, and it says
/// so by refusing.
const CALLS_PER_MINUTE: u32 = 300;
/// Longest pause that is taken from a header.
const LONGEST_PAUSE_MS: u64 = 120_000;

/// How a model server is spoken to.
#[derive(Clone, Debug, Default)]
pub struct OpenAiWire {
    key: Option<SecretString>,
    header: AuthHeader,
    pub(crate) learned: Learned,
}

impl OpenAiWire {
    /// With this key, if the server wants one.
    #[must_use]
    pub fn new(key: Option<SecretString>, header: AuthHeader) -> Self {
        Self { key, header, learned: Learned::default() }
    }

    /// The server's words without anything that looks like the key.
    fn redacted(&self, words: &str) -> String {
        let words = excerpt(words);
        // OpenAI repeats parts of a wrong key.
        let mentions_key = words.contains("sk-")
            || self.key.as_ref().is_some_and(|key| {
                let key = key.expose_secret();
                !key.is_empty() && words.contains(key)
            });
        if mentions_key { "(words withheld: they repeat the key)".to_owned() } else { words }
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> ProviderError {
        let told = told(body).unwrap_or_default();
        let (code, kind) = (told.code.as_str(), told.kind.as_str());
        // Where the error comes under HTTP 200, its own code stands for the status.
        let status = match code.parse::<u16>() {
            Ok(code) if (200..300).contains(&status) && code >= 400 => code,
            _ => status,
        };
        if matches!(code, "unsupported_value" | "unsupported_parameter") && !told.param.is_empty() {
            self.learned.refuse(&told.param);
        }
        let error_kind = match status {
            _ if code == "insufficient_quota" || status == 402 => ErrorKind::PlanLimited,
            _ if code == "invalid_api_key" || status == 401 => ErrorKind::KeyInvalid,
            _ if code == "model_not_found" || status == 404 => ErrorKind::NotFound,
            403 => ErrorKind::KeyInvalid,
            429 => ErrorKind::RateLimited,
            _ if code == "rate_limit_exceeded" => ErrorKind::RateLimited,
            413 => ErrorKind::TooLarge,
            408 | 409 | 500..=599 => ErrorKind::Unavailable,
            400..=499 => ErrorKind::BadRequest,
            _ if matches!(code, "server_error") || kind == "server_error" => ErrorKind::Unavailable,
            _ => ErrorKind::BadRequest,
        };
        let words = match told.message.trim() {
            "" if is_html(body) => "a web page".to_owned(),
            "" => "no reason given".to_owned(),
            message => self.redacted(message),
        };
        let code = if code.is_empty() { String::new() } else { format!(", {}", excerpt(code)) };
        error(error_kind, format!("the model server answered HTTP {status}{code}: {words}"))
            .retry_after_ms(pause_ms(headers))
    }
}

/// An error in the shape of any server: `{"error": {…}}`, `{"error": "text"}`, or flat.
#[derive(Default)]
struct Told {
    message: String,
    kind: String,
    param: String,
    code: String,
}

impl Told {
    fn of(error: &Value) -> Self {
        let field = |name: &str| match error.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        match error {
            Value::String(words) => Self { message: words.clone(), ..Self::default() },
            _ => Self {
                message: field("message"),
                kind: field("type"),
                param: field("param"),
                code: field("code"),
            },
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    choices: Vec<Choice>,
}

/// A choice may fail by itself on its way through a router.
#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    error: Option<Value>,
}

impl Envelope {
    fn failure(self) -> Option<Value> {
        self.error.or_else(|| self.choices.into_iter().find_map(|choice| choice.error))
    }
}

/// What an answer says of its failure; `None` where it says nothing that can be read.
fn told(body: &[u8]) -> Option<Told> {
    let failure = serde_json::from_slice::<Envelope>(body).ok()?.failure();
    match failure {
        Some(failure) => Some(Told::of(&failure)),
        None => serde_json::from_slice::<Value>(body).ok().map(|flat| Told::of(&flat)),
    }
}

/// Whether an answer under HTTP 200 is an error after all; `None` where it is no JSON object at all.
fn fails(body: &[u8]) -> Option<bool> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    Some(serde_json::from_slice::<Envelope>(body).ok()?.failure().is_some())
}

/// The pause that a server asks for, where it is one to be believed.
fn pause_ms(headers: &HeaderMap) -> Option<u64> {
    let exact = headers.get("retry-after-ms").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    exact.or_else(|| retry_after_ms(headers)).map(|ms: u64| ms.min(LONGEST_PAUSE_MS))
}

impl Wire for OpenAiWire {
    fn source(&self) -> Source {
        Source::OpenAi
    }

    fn sign(&self, headers: &mut HeaderMap) -> Result<(), ProviderError> {
        let Some(key) = self.key.as_ref().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty())
        else {
            return Ok(());
        };
        let (name, text): (HeaderName, String) = match self.header {
            AuthHeader::Authorization => (header::AUTHORIZATION, format!("Bearer {key}")),
            AuthHeader::ApiKey => (HeaderName::from_static("api-key"), key.to_owned()),
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            error(ErrorKind::KeyInvalid, "OPENAI_API_KEY holds characters that no header may hold")
        })?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    }

    fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Range<usize>, ProviderError> {
        if !status.is_success() {
            return Err(self.refusal(status.as_u16(), headers, body));
        }
        match fails(body) {
            Some(false) => Ok(0..body.len()),
            Some(true) => Err(self.refusal(status.as_u16(), headers, body)),
            None => {
                let what = if is_html(body) { "a web page" } else { "something that is no JSON object" };
                Err(error(ErrorKind::Malformed, format!("the model server answered {what}")))
            }
        }
    }

    fn meters(&self) -> Vec<MeterSpec> {
        vec![MeterSpec {
            name: CALLS_METER,
            capacity: CALLS_PER_MINUTE,
            window_ms: 60_000,
            anchor: Anchor::Sliding,
        }]
    }
}

pub(crate) fn error(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::OpenAi, kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<Range<usize>, ProviderError> {
        OpenAiWire::new(Some("sk-secret".into()), AuthHeader::Authorization).judge(
            StatusCode::from_u16(status).unwrap(),
            &HeaderMap::new(),
            body.as_bytes(),
        )
    }

    #[test]
    fn errors_of_every_server_have_their_kind() {
        let cases = [
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided: sk-secr**","code":"invalid_api_key"}}"#,
                ErrorKind::KeyInvalid,
            ),
            (
                404,
                r#"{"error":{"message":"The model does not exist","code":"model_not_found"}}"#,
                ErrorKind::NotFound,
            ),
            (
                400,
                r#"{"error":{"message":"does not exist","param":"model","code":"model_not_found"}}"#,
                ErrorKind::NotFound,
            ),
            (
                400,
                r#"{"error":{"message":"bad","type":"BadRequestError","param":null,"code":400}}"#,
                ErrorKind::BadRequest,
            ),
            (
                429,
                r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#,
                ErrorKind::RateLimited,
            ),
            (
                429,
                r#"{"error":{"message":"no money","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                ErrorKind::PlanLimited,
            ),
            (402, r#"{"error":{"code":402,"message":"no credits"}}"#, ErrorKind::PlanLimited),
            (200, r#"{"error":{"code":502,"message":"Provider returned error"}}"#, ErrorKind::Unavailable),
            (200, r#"{"choices":[{"error":{"code":429,"message":"busy"}}]}"#, ErrorKind::RateLimited),
            (
                200,
                r#"{"status":"failed","error":{"code":"server_error","message":"x"}}"#,
                ErrorKind::Unavailable,
            ),
            (500, r#"{"error":"llama runner terminated"}"#, ErrorKind::Unavailable),
            (400, r#"{"object":"error","message":"too long","code":400}"#, ErrorKind::BadRequest),
            (502, "<html></html>", ErrorKind::Unavailable),
            (503, "", ErrorKind::Unavailable),
            (200, "<html></html>", ErrorKind::Malformed),
            (200, "", ErrorKind::Malformed),
        ];
        for (status, body, kind) in cases {
            let error = judged(status, body).unwrap_err();
            assert_eq!(error.kind, kind, "{status} {body}");
            assert!(!error.to_string().contains("sk-"), "{error}");
        }
        assert!(judged(200, r#"{"error":null,"choices":[{"message":{}}]}"#).is_ok());
    }

    #[test]
    fn a_refused_parameter_is_learned() {
        let wire = OpenAiWire::default();
        let body = br#"{"error":{"message":"x","param":"temperature","code":"unsupported_value"}}"#;
        assert!(wire.judge(StatusCode::BAD_REQUEST, &HeaderMap::new(), body).is_err());
        assert!(wire.learned.refuses("temperature"));
    }

    #[test]
    fn the_key_is_sensitive_and_optional() {
        let mut headers = HeaderMap::new();
        OpenAiWire::default().sign(&mut headers).unwrap();
        assert!(headers.is_empty());
        let wire = OpenAiWire::new(Some("sk-secret".into()), AuthHeader::ApiKey);
        wire.sign(&mut headers).unwrap();
        assert!(headers["api-key"].is_sensitive());
        assert!(!format!("{wire:?}").contains("sk-secret"));
        let broken = OpenAiWire::new(Some("a\nb".into()), AuthHeader::Authorization);
        assert_eq!(broken.sign(&mut headers).unwrap_err().kind, ErrorKind::KeyInvalid);
    }
}
