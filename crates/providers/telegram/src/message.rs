//! What is sent.

use bytes::Bytes;
use domain::{ErrorKind, ProviderError};
use http::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use upstream::Payload;

use crate::wire::error;

/// A text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The chat; groups and channels have negative ids.
    pub chat_id: i64,
    /// The topic of a forum.
    pub thread_id: Option<i64>,
    /// The text, in Telegram's HTML or plain.
    pub text: String,
    /// Whether it is HTML.
    pub html: bool,
    /// Without a sound.
    pub silent: bool,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// The chat.
    pub chat_id: i64,
    /// The picture: PNG or JPEG, up to 10 MB.
    pub bytes: Bytes,
    /// A name for it: `chart.png`.
    pub file_name: String,
    /// What stands below it, in Telegram's HTML.
    pub caption: String,
    /// Without a sound.
    pub silent: bool,
}

/// A message that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its id within the chat.
    pub message_id: i64,
    /// When, in Unix seconds.
    pub date: i64,
}

impl Message {
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("chat_id".into(), json!(self.chat_id));
        body.insert("text".into(), json!(self.text));
        body.insert("link_preview_options".into(), json!({"is_disabled": true}));
        body.insert("disable_notification".into(), json!(self.silent));
        if self.html {
            body.insert("parse_mode".into(), json!("HTML"));
        }
        if let Some(thread) = self.thread_id {
            body.insert("message_thread_id".into(), json!(thread));
        }
        Value::Object(body)
    }
}

impl Photo {
    /// The form that carries it. The boundary must not occur in the picture; it is lengthened until it
    /// does not.
    pub(crate) fn payload(&self) -> Result<Payload, ProviderError> {
        let mut boundary = "perpsignal-picture".to_owned();
        while contains(&self.bytes, boundary.as_bytes()) {
            boundary.push('x');
        }
        let mut form = Vec::with_capacity(self.bytes.len() + 1_024);
        let chat = self.chat_id.to_string();
        let silent = self.silent.to_string();
        for (name, value) in [
            ("chat_id", chat.as_str()),
            ("caption", self.caption.as_str()),
            ("parse_mode", "HTML"),
            ("disable_notification", silent.as_str()),
        ] {
            let part =
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            form.extend_from_slice(part.as_bytes());
        }
        let name: String = self
            .file_name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            .collect();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(&self.bytes);
        form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|_| error(ErrorKind::BadRequest, "the form's boundary is no header"))?;
        Ok(Payload { content_type, bytes: form.into() })
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
