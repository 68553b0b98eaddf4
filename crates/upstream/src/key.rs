//! A provider's key: sent in a header, shown nowhere.

use std::borrow::Cow;

use domain::{ErrorKind, ProviderError, Source};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::lenient::{excerpt, is_html};

/// A key, if there is one, and the variable that gives it.
#[derive(Clone, Debug)]
pub struct ApiKey {
    source: Source,
    variable: &'static str,
    secret: Option<SecretString>,
}

impl ApiKey {
    /// The key of a provider, by the variable that holds it.
    #[must_use]
    pub const fn new(source: Source, variable: &'static str, secret: Option<SecretString>) -> Self {
        Self { source, variable, secret }
    }

    fn exposed(&self) -> Option<&str> {
        self.secret.as_ref().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty())
    }

    /// The key as the value of a header, behind a scheme (`"Bearer "`, or nothing), marked sensitive.
    ///
    /// # Errors
    /// `KeyMissing` names the variable to set, `KeyInvalid` the one whose key no header can hold.
    pub fn header(&self, scheme: &str) -> Result<HeaderValue, ProviderError> {
        let variable = self.variable;
        let Some(key) = self.exposed() else {
            let text = format!("no key: set {variable}");
            return Err(ProviderError::new(self.source, ErrorKind::KeyMissing, text));
        };
        let Ok(mut value) = HeaderValue::from_str(&format!("{scheme}{key}")) else {
            let text = format!("{variable} holds characters that no header may hold");
            return Err(ProviderError::new(self.source, ErrorKind::KeyInvalid, text));
        };
        value.set_sensitive(true);
        Ok(value)
    }

    /// A provider's sentence, shortened and without the key, should it be echoed.
    #[must_use]
    pub fn quoted(&self, text: &str) -> String {
        let text = match self.exposed() {
            Some(key) if text.contains(key) => Cow::Owned(text.replace(key, "***")),
            _ => Cow::Borrowed(text),
        };
        match text.trim() {
            "" => "no text".to_owned(),
            text if is_html(text.as_bytes()) => "an HTML page".to_owned(),
            text => excerpt(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: Option<&str>) -> ApiKey {
        ApiKey::new(Source::Coinglass, "THE_KEY", secret.map(SecretString::from))
    }

    #[test]
    fn a_key_is_sent_sensitive_and_one_that_cannot_be_sent_is_told_by_its_variable() {
        let value = key(Some("k-1")).header("Bearer ").unwrap();
        assert!(value.is_sensitive() && value == "Bearer k-1");
        for (secret, kind) in [
            (None, ErrorKind::KeyMissing),
            (Some(""), ErrorKind::KeyMissing),
            (Some("a\nb"), ErrorKind::KeyInvalid),
        ] {
            let error = key(secret).header("").unwrap_err();
            assert_eq!(error.kind, kind);
            assert!(error.message.contains("THE_KEY") && !error.message.contains("a\nb"));
        }
        assert!(!format!("{:?}", key(Some("k-1"))).contains("k-1"));
    }

    #[test]
    fn an_echoed_key_is_not_repeated() {
        assert_eq!(key(Some("k-1")).quoted(" wrong key k-1 "), "wrong key ***");
        assert_eq!(key(None).quoted("wrong"), "wrong");
        assert_eq!(key(Some("")).quoted("  "), "no text");
        assert_eq!(key(None).quoted("<html><body>x</body></html>"), "an HTML page");
    }
}
