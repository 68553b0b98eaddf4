//! The body of a call that sends something.

use bytes::Bytes;
use domain::{ErrorKind, ProviderError, Source};
use http::HeaderValue;
use serde::Serialize;

/// A body and its type.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The type, with its parameters.
    pub content_type: HeaderValue,
    /// The body.
    pub bytes: Bytes,
}

impl Payload {
    /// A value as JSON.
    ///
    /// # Errors
    /// `BadRequest` when it cannot be written as JSON.
    pub fn json(source: Source, value: &impl Serialize) -> Result<Self, ProviderError> {
        match serde_json::to_vec(value) {
            Ok(bytes) => {
                Ok(Self { content_type: HeaderValue::from_static("application/json"), bytes: bytes.into() })
            }
            Err(error) => {
                let message = format!("the body of the call cannot be written as JSON: {error}");
                Err(ProviderError::new(source, ErrorKind::BadRequest, message))
            }
        }
    }
}
