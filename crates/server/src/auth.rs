//! Who is calling, and what they may do.

use std::net::SocketAddr;
use std::sync::Arc;

use app::App;
use app::keys::{KeyCheck, KeyScopes};
use axum::http::{HeaderMap, header};
use catalog::{ErrorCode, OpError, Scope};

use crate::limits::Metered;

/// A caller that has been let in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose bucket is charged.
    pub metered: Metered,
    /// What the caller may do.
    pub scopes: KeyScopes,
    /// Whether a key was shown.
    pub has_key: bool,
}

impl Caller {
    /// Who this is, for the record of changes: the key's id, else the address.
    pub fn name(&self) -> String {
        match &self.metered {
            Metered::Key(id) => format!("key {id}"),
            Metered::Address(address) => format!("address {address}"),
        }
    }

    /// Whether nothing but what is public is open to the caller.
    pub fn is_stranger(&self) -> bool {
        self.scopes == KeyScopes::NONE
    }

    /// Whether the caller may use an operation of this scope.
    ///
    /// # Errors
    /// 401 without a key, 403 with one that does not allow it.
    pub fn allow(&self, scope: Scope) -> Result<(), OpError> {
        let allowed = match scope {
            Scope::Public => true,
            Scope::Read => self.scopes.read,
            Scope::Write => self.scopes.write,
            Scope::Admin => self.scopes.admin,
        };
        if allowed {
            return Ok(());
        }
        if self.has_key {
            let detail = format!("This key does not have the '{scope}' scope that the operation needs.");
            Err(OpError::new(ErrorCode::Forbidden, detail))
        } else {
            Err(missing_key())
        }
    }
}

/// Finds out who is calling.
///
/// # Errors
/// 401 for a key that is not known, revoked or expired.
pub async fn identify(app: &Arc<App>, headers: &HeaderMap, peer: SocketAddr) -> Result<Caller, OpError> {
    let address = Metered::Address(peer.ip());
    let Some(key) = shown_key(headers) else {
        let scopes = if app.keys.is_open() { KeyScopes::ALL } else { KeyScopes::NONE };
        return Ok(Caller { metered: address, scopes, has_key: false });
    };
    match app.keys.check(key).await {
        KeyCheck::Known { id, scopes } => Ok(Caller { metered: Metered::Key(id), scopes, has_key: true }),
        // Open on loopback: a key that nobody configured opens no door and closes none.
        KeyCheck::Unknown if app.keys.is_open() => {
            Ok(Caller { metered: address, scopes: KeyScopes::ALL, has_key: false })
        }
        KeyCheck::Unknown => Err(OpError::new(
            ErrorCode::Unauthorized,
            "The key is not known, or it was revoked or has expired. Send a valid one as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
        )),
        KeyCheck::Unavailable => Err(OpError::new(
            ErrorCode::Unavailable,
            "Keys cannot be checked now: the database is away. Try again shortly.",
        )
        .retry_after_ms(Some(2_000))),
    }
}

fn missing_key() -> OpError {
    OpError::new(
        ErrorCode::Unauthorized,
        "This needs a key. Send one as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
    )
}

fn shown_key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    bearer.or_else(|| headers.get("x-api-key").and_then(|value| value.to_str().ok()).map(str::trim))
}
