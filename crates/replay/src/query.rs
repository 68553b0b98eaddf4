use std::collections::BTreeMap;

use axum::extract::Query as AxumQuery;
use http::Uri;

/// The parameters of a call, decoded, in the order sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

/// A parameter that is there but cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct BadParam(pub &'static str);

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        AxumQuery::<Vec<(String, String)>>::try_from_uri(uri).map_or_else(|_| Self::default(), |q| Self(q.0))
    }

    /// A parameter's text; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// All parameters that hold something, by name; of several with one name the first.
    pub(crate) fn words(&self) -> BTreeMap<String, String> {
        let mut words = BTreeMap::new();
        for (name, value) in self.0.iter().filter(|(_, value)| !value.trim().is_empty()) {
            words.entry(name.clone()).or_insert_with(|| value.trim().to_owned());
        }
        words
    }

    pub(crate) fn int(&self, name: &'static str) -> Result<Option<i64>, BadParam> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| BadParam(name)),
        }
    }

    /// The members of a comma-separated parameter.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.text(name).map(|text| text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_count_as_absent() {
        let uri: Uri = "/x?symbol=%E5%B8%81%E5%AE%89USDT&limit=5&interval=&bad=1x".parse().unwrap();
        let query = Query::of(&uri);
        assert_eq!(query.text("symbol"), Some("币安USDT"));
        assert_eq!(query.text("interval"), None);
        assert_eq!(query.int("limit").unwrap(), Some(5));
        assert!(query.int("bad").is_err());
    }
}
