//! Reading requests: text of path and query, and bounded bodies.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use catalog::{ErrorCode, OpError};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Largest body of a request.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// The whole body, bounded.
pub(crate) async fn body(body: Body) -> Result<bytes::Bytes, OpError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(OpError::too_large(format!("The body is larger than {MAX_BODY} bytes.")))
        }
        Err(_) => Err(OpError::malformed("The body did not arrive whole.")),
    }
}

/// Refuses a body that says it is something else than JSON.
pub(crate) fn must_be_json(headers: &HeaderMap) -> Result<(), OpError> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let essence = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json") {
        return Ok(());
    }
    Err(OpError::new(ErrorCode::UnsupportedMediaType, "Send the body as application/json."))
}

/// `name=value` pairs of a query, percent-decoded, in order.
pub(crate) fn query_pairs(query: Option<&str>) -> Result<Vec<(String, String)>, OpError> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(Vec::new()) };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<String, OpError> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| OpError::malformed("The query holds bytes that are not UTF-8."))
}
