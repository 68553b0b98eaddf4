//! Rows as a text/csv download: page after page is asked for and sent on, so that neither side holds it all.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use catalog::{Call, ErrorCode, OpError, Operation};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;

use crate::State;
use crate::auth::Caller;
use crate::dispatch::{self, Refused};

/// Where the rows after a part begin, for whoever asked for part of them.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// How often a download waits for units before one part.
const MOST_PAUSES: u32 = 20;

/// A part as the operation gives it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    csv: String,
    next_cursor: Option<String>,
}

fn part(body: &[u8]) -> Result<Part, OpError> {
    serde_json::from_slice(body).map_err(|_| OpError::internal("the part holds no lines"))
}

/// The lines of a call: one part where it names a `limit`, else of all parts. The first part is had before
/// the answer begins, so that what is wrong with the call is told as a problem; where a later one fails, the
/// transfer breaks off, which the receiver notices.
pub(super) async fn download(
    state: &Arc<State>,
    caller: &Caller,
    operation: &Operation,
    call: Call,
) -> Result<Response, Refused> {
    let is_one_part = call.args().contains_key("limit");
    let done = dispatch::run(state, caller, operation, call.clone()).await?;
    let first = part(&done.body)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"{}.csv\"", operation.meta.operation_id());
    if let Ok(value) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    let body = match first.next_cursor {
        Some(cursor) if is_one_part => {
            if let Ok(value) = HeaderValue::from_str(&cursor) {
                headers.insert(NEXT_CURSOR, value);
            }
            Body::from(first.csv)
        }
        Some(cursor) => {
            let rest = Rest { state: Arc::clone(state), caller: caller.clone(), call, cursor };
            Body::from_stream(stream::unfold(Step::First(first.csv, rest), Step::next).fuse())
        }
        None => Body::from(first.csv),
    };
    let mut response = (headers, body).into_response();
    if let Some(standing) = done.standing {
        response.extensions_mut().insert(standing);
    }
    Ok(response)
}

/// The parts that are to come.
struct Rest {
    state: Arc<State>,
    caller: Caller,
    call: Call,
    cursor: String,
}

impl Rest {
    /// The part at the cursor. Each is charged; a caller whose units are spent is slowed down, not cut off.
    async fn part(&self) -> Result<Part, OpError> {
        let unknown = || OpError::unknown_operation(self.call.operation(), &[]);
        let operation = self.state.catalog.find(self.call.operation()).ok_or_else(unknown)?;
        let call = self.call.clone().at_cursor(self.cursor.clone());
        for _ in 0..MOST_PAUSES {
            match dispatch::run(&self.state, &self.caller, operation, call.clone()).await {
                Err(Refused {
                    error: OpError { code: ErrorCode::RateLimited, retry_after_ms: Some(ms), .. },
                    ..
                }) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                outcome => return part(&outcome?.body),
            }
        }
        Err(OpError::rate_limited(0, "Others spend this key's units; download less at a time."))
    }
}

enum Step {
    First(String, Rest),
    Later(Rest),
    End,
}

impl Step {
    async fn next(self) -> Option<(io::Result<Bytes>, Self)> {
        match self {
            Self::First(lines, rest) => Some((Ok(lines.into()), Self::Later(rest))),
            Self::Later(rest) => match rest.part().await {
                Ok(Part { csv, next_cursor }) => {
                    let after = next_cursor.map_or(Self::End, |cursor| Self::Later(Rest { cursor, ..rest }));
                    Some((Ok(csv.into()), after))
                }
                Err(error) => {
                    tracing::warn!(%error, "a download breaks off");
                    Some((Err(io::Error::other(error.to_string())), Self::End))
                }
            },
            Self::End => None,
        }
    }
}
