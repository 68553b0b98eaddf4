//! Which operation a request asks for.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, Method};
use catalog::{Directory, MODEL_CHARS_MAX, OpError, Operation, Verb};

use super::gpt;

/// The operations by path and method. Beside the router, not in it: nearly every request is for an operation, and
/// the router would box its work, copy it, and hand caller and id on by the request's extensions.
#[derive(Debug)]
pub(crate) struct Table(matchit::Router<Vec<Route>>);

/// What is known of a route before it is asked.
#[derive(Debug)]
pub(crate) struct Route {
    verb: Verb,
    /// The path as it is counted: `/signals/{symbol}`.
    pub(crate) pattern: Box<str>,
    /// The operation's name.
    pub(super) operation: Box<str>,
    /// With it the answer is an object, and its lists lose rows until it is that small, which it tells.
    pub(super) max_chars: Option<usize>,
    /// How long an answer may be kept, if it may.
    pub(super) cache_control: Option<HeaderValue>,
}

/// A path of the table.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    routes: &'a [Route],
    /// The path's parameters, decoded; or why they cannot be.
    pub(crate) params: Result<Vec<(String, String)>, OpError>,
}

impl Route {
    fn new(operation: &Operation, pattern: &str, max_chars: Option<usize>) -> Self {
        let keeping = |time: std::time::Duration| format!("private, max-age={}", time.as_secs());
        Self {
            verb: operation.meta.verb,
            pattern: pattern.into(),
            operation: operation.name().into(),
            max_chars,
            cache_control: operation.meta.cache.and_then(|time| HeaderValue::try_from(keeping(time)).ok()),
        }
    }
}

impl Table {
    pub(crate) fn new(directory: &Directory) -> Self {
        let plain = directory.rest_routes().map(|route| Route::new(route.operation, route.path, None));
        let capped = gpt::capped(directory)
            .map(|(operation, path)| Route::new(operation, &path, Some(MODEL_CHARS_MAX)));
        let mut by_path: BTreeMap<Box<str>, Vec<Route>> = BTreeMap::new();
        for route in plain.chain(capped) {
            by_path.entry(route.pattern.clone()).or_default().push(route);
        }
        let mut table = matchit::Router::new();
        for (path, routes) in by_path {
            if let Err(error) = table.insert(String::from(path), routes) {
                tracing::error!(%error, "a path of the catalogue is not served");
            }
        }
        Self(table)
    }

    /// The path's operations, plain or under `/v1`.
    pub(crate) fn find(&self, path: &str) -> Option<Found<'_>> {
        let path = match path.strip_prefix("/v1") {
            Some("") => "/",
            Some(inner) if inner.starts_with('/') => inner,
            _ => path,
        };
        let found = self.0.at(path).ok()?;
        let decoded = |(name, value): (&str, &str)| {
            let value = percent_encoding::percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| OpError::malformed("The path holds bytes that are not UTF-8."))?;
            Ok((name.to_owned(), value.into_owned()))
        };
        Some(Found { routes: found.value, params: found.params.iter().map(decoded).collect() })
    }
}

impl<'a> Found<'a> {
    /// The path as it is counted.
    pub(crate) fn pattern(&self) -> &'a str {
        self.routes.first().map_or("", |route| &route.pattern)
    }

    /// The route of this method.
    pub(crate) fn route(&self, method: &Method) -> Option<&'a Route> {
        let verb = match *method {
            Method::GET | Method::HEAD => Verb::Get,
            Method::POST => Verb::Post,
            Method::PUT => Verb::Put,
            Method::DELETE => Verb::Delete,
            _ => return None,
        };
        self.routes.iter().find(|route| route.verb == verb)
    }

    /// The methods that the path has, as `Allow` tells them.
    pub(crate) fn methods(&self) -> String {
        let names = self.routes.iter().map(|route| match route.verb {
            Verb::Get => "GET,HEAD",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Delete => "DELETE",
        });
        names.collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_path() {
        let catalog = ops::catalog();
        let table = Table::new(catalog.directory());
        for route in catalog.directory().rest_routes() {
            let path = route.path.replace(['{', '}'], "");
            let method = Method::from_bytes(route.verb.as_str().as_bytes()).unwrap();
            for path in [path.clone(), format!("/v1{}", path.trim_end_matches('/'))] {
                let found = table.find(&path).unwrap_or_else(|| panic!("{path}"));
                assert_eq!(found.pattern(), route.path);
                assert_eq!(&*found.route(&method).unwrap().operation, route.operation.name(), "{path}");
                let names = found.params.unwrap();
                assert!(names.iter().all(|(name, value)| name == value), "{path}: {names:?}");
            }
        }
    }

    #[test]
    fn paths_are_taken_literally_and_parameters_decoded() {
        let catalog = ops::catalog();
        let table = Table::new(catalog.directory());
        let found = table.find("/signals/BTC%2FUSDT+x").unwrap();
        assert_eq!(found.params, Ok(vec![("symbol".to_owned(), "BTC/USDT+x".to_owned())]));
        assert_eq!((found.methods().as_str(), found.route(&Method::POST).is_none()), ("GET,HEAD", true));
        assert!(table.find("/signals/%ff").unwrap().params.is_err());
        assert!(table.find("/gpt/market/BTC").unwrap().route(&Method::HEAD).unwrap().max_chars.is_some());
        for nothing in ["", "/v1x", "/v1/v1/signals/BTC", "/signals/", "/signals//", "/nothing"] {
            assert!(table.find(nothing).is_none(), "{nothing}");
        }
    }
}
