//! Reading requests: text of path and query, and bounded bodies.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, header};
use catalog::{ErrorCode, OpError};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Largest body of a request.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// Longest time for a body to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The whole body, bounded in size and in time.
pub(crate) async fn body(body: Body) -> Result<bytes::Bytes, OpError> {
    body_up_to(MAX_BODY, body).await
}

/// The same with a bound of the caller's own, in bytes.
pub(crate) async fn body_up_to(most: usize, body: Body) -> Result<bytes::Bytes, OpError> {
    body_within(BODY_TIME, most, body).await
}

async fn body_within(time: Duration, most: usize, body: Body) -> Result<bytes::Bytes, OpError> {
    let too_large = || OpError::too_large(format!("The body is larger than {most} bytes."));
    // What is announced as too large is not waited for.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(time, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(OpError::malformed("The body did not arrive whole.")),
        Err(_) => {
            let detail = format!("The body did not arrive within {} s.", time.as_secs());
            Err(OpError::new(ErrorCode::TimedOut, detail))
        }
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt as _, stream};
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_body_that_stalls_is_not_waited_for() {
        let start = stream::iter([Ok::<_, Infallible>(bytes::Bytes::from_static(b"{"))]);
        let stalled = Body::from_stream(start.chain(stream::pending()));
        let limit = Duration::from_millis(100);
        let outcome = tokio::time::timeout(limit * 50, body_within(limit, MAX_BODY, stalled)).await;
        assert_eq!(outcome.unwrap().unwrap_err().code, ErrorCode::TimedOut);
    }

    #[tokio::test]
    async fn a_body_has_at_most_its_bound() {
        let body = |bytes: &'static [u8]| Body::new(Full::new(bytes::Bytes::from_static(bytes)));
        assert_eq!(body_up_to(4, body(b"four")).await.unwrap(), "four");
        assert_eq!(body_up_to(4, body(b"five!")).await.unwrap_err().code, ErrorCode::TooLarge);
        let unannounced = stream::iter([Ok::<_, Infallible>("fi"), Ok("ve!")]);
        let unannounced = body_up_to(4, Body::from_stream(unannounced)).await;
        assert_eq!(unannounced.unwrap_err().code, ErrorCode::TooLarge);
    }
}
