//! Where Telegram posts what is written to the bot. Only a call with the secret is read; it is answered at once
//! and obeyed afterwards.

use std::sync::Arc;

use app::alerts::{UPDATE_MAX, WebhookRefusal};
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use catalog::{ErrorCode, OpError};

use super::id_of;
use crate::{State, problem, request};

/// Where it is.
const PATH: &str = "/telegram/webhook";
/// What Telegram shows.
const SECRET: HeaderName = HeaderName::from_static("x-telegram-bot-api-secret-token");
/// After this time Telegram may come again, in milliseconds.
const BUSY_MS: u64 = 2_000;

pub(crate) fn routes(state: &Arc<State>) -> Router {
    let state = Arc::clone(state);
    Router::new().route(
        PATH,
        post(move |request: Request| async move {
            let id = id_of(&request);
            match take(&state, request).await {
                Ok(()) => StatusCode::OK.into_response(),
                Err(error) => problem::respond(&error, &id.0),
            }
        }),
    )
}

async fn take(state: &State, request: Request) -> Result<(), OpError> {
    let headers: HeaderMap = request.headers().clone();
    let secret = headers.get(&SECRET).and_then(|value| value.to_str().ok());
    // Before the body: who does not know the secret costs us nothing.
    state.app.telegram_webhook_opens(secret).map_err(refused)?;
    let body = request::body_up_to(UPDATE_MAX, request.into_body()).await?;
    state.app.telegram_update(secret, &body).map_err(refused)
}

fn refused(refusal: WebhookRefusal) -> OpError {
    match refusal {
        WebhookRefusal::NotConfigured => {
            OpError::not_found(format!("There is nothing at {PATH}: updates do not come by webhook here."))
        }
        WebhookRefusal::Unauthorized => {
            OpError::new(ErrorCode::Unauthorized, "The webhook's secret is missing or wrong.")
        }
        WebhookRefusal::Malformed => OpError::malformed("The body is no update."),
        WebhookRefusal::Busy => {
            OpError::new(ErrorCode::Unavailable, "Too many updates are in hand; come again.")
                .retry_after_ms(Some(BUSY_MS))
        }
    }
}
