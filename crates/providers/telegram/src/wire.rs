//! Telegram's conventions: the token in the path, an envelope around everything.

use std::borrow::Cow;
use std::ops::Range;

use domain::{ErrorKind, ProviderError, Source};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use upstream::lenient::{excerpt, is_html};
use upstream::{Anchor, MeterSpec, Wire};

use crate::endpoints::CALLS_METER;

/// How Telegram is spoken to.
#[derive(Clone, Debug)]
pub struct TelegramWire {
    token: SecretString,
}

impl TelegramWire {
    /// With this bot's token.
    #[must_use]
    pub const fn new(token: SecretString) -> Self {
        Self { token }
    }

    /// Whether the token looks like one: `digits:letters`. Anything else would change the address.
    fn is_well_formed(&self) -> bool {
        self.token.expose_secret().split_once(':').is_some_and(|(id, secret)| {
            !id.is_empty()
                && id.bytes().all(|byte| byte.is_ascii_digit())
                && secret.len() >= 20
                && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        })
    }
}

#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default)]
    error_code: Option<u16>,
    #[serde(default)]
    description: Option<String>,
}

impl Wire for TelegramWire {
    fn source(&self) -> Source {
        Source::Telegram
    }

    fn sign(&self, _: &mut HeaderMap) -> Result<(), ProviderError> {
        if self.is_well_formed() {
            return Ok(());
        }
        let message = "TELEGRAM_BOT_TOKEN does not look like a bot's token (123456:ABC…)";
        Err(error(ErrorKind::KeyInvalid, message))
    }

    fn path_prefix(&self) -> Cow<'_, str> {
        Cow::Owned(format!("/bot{}", self.token.expose_secret()))
    }

    /// Refusals that concern one call (400, 403, 409, 413, 429) are answers, with the whole envelope as
    /// their data: what they mean depends on the chat. What concerns every call is a failure.
    fn judge(&self, status: StatusCode, _: &HeaderMap, body: &[u8]) -> Result<Range<usize>, ProviderError> {
        let code = status.as_u16();
        let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else {
            let kind = match code {
                401 | 404 => ErrorKind::KeyInvalid,
                // Said by the server in front of Telegram's, before anything was carried out.
                413 => ErrorKind::BadRequest,
                500..=599 => ErrorKind::Unavailable,
                _ => ErrorKind::Malformed,
            };
            let what = if is_html(body) { "a web page" } else { "no envelope" };
            return Err(error(kind, format!("telegram answered HTTP {code} with {what}")));
        };
        let code = envelope.error_code.unwrap_or(code);
        let kind = match code {
            _ if envelope.ok => return Ok(0..body.len()),
            401 | 404 => ErrorKind::KeyInvalid,
            500..=599 => ErrorKind::Unavailable,
            _ => return Ok(0..body.len()),
        };
        let words = excerpt(&envelope.description.unwrap_or_default());
        Err(error(kind, format!("telegram answered {code}: {words}")))
    }

    fn meters(&self) -> Vec<MeterSpec> {
        vec![MeterSpec { name: CALLS_METER, capacity: 60, window_ms: 1_000, anchor: Anchor::Sliding }]
    }
}

pub(crate) fn error(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::Telegram, kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(token: &str) -> TelegramWire {
        TelegramWire::new(token.into())
    }

    #[test]
    fn a_token_that_would_change_the_address_is_refused() {
        let sign = |token: &str| wire(token).sign(&mut HeaderMap::new()).map_err(|error| error.kind);
        assert_eq!(sign("123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"), Ok(()));
        for token in [
            "",
            "123456",
            "123456:short",
            "a:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
            "1:../../AAHdqTcvCH1vGWJxfSeo",
        ] {
            assert_eq!(sign(token), Err(ErrorKind::KeyInvalid), "{token}");
        }
        assert!(!format!("{:?}", wire("123456:AAHdqTcvCH1v")).contains("AAH"));
    }

    #[test]
    fn what_concerns_every_call_is_a_failure() {
        let judged = |status: u16, body: &str| {
            wire("1:x")
                .judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
                .map_err(|error| error.kind)
        };
        assert!(judged(200, r#"{"ok":true,"result":true}"#).is_ok());
        assert!(
            judged(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#)
                .is_ok()
        );
        assert!(judged(429, r#"{"ok":false,"error_code":429,"parameters":{"retry_after":7}}"#).is_ok());
        assert_eq!(
            judged(401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#),
            Err(ErrorKind::KeyInvalid)
        );
        assert_eq!(
            judged(404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#),
            Err(ErrorKind::KeyInvalid)
        );
        assert_eq!(judged(502, "<html></html>"), Err(ErrorKind::Unavailable));
        assert_eq!(
            judged(500, r#"{"ok":false,"error_code":500,"description":"Internal"}"#),
            Err(ErrorKind::Unavailable)
        );
        assert_eq!(judged(200, ""), Err(ErrorKind::Malformed));
        assert_eq!(judged(413, "<html></html>"), Err(ErrorKind::BadRequest));
    }
}
