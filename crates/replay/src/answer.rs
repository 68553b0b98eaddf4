use serde::Serialize;

/// One answer before it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// A header's text.
pub(crate) struct HeaderText(String);

impl From<&str> for HeaderText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<u64> for HeaderText {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl From<i64> for HeaderText {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

pub(crate) const JSON: &str = "application/json";

impl Answer {
    pub(crate) fn json_text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: JSON, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::json_text(status, body),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Self::json_text(500, "{}")
            }
        }
    }

    pub(crate) fn ok<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::json(200, value)
    }

    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/html", headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<HeaderText>) -> Self {
        self.headers.push((name, value.into().0));
        self
    }
}
