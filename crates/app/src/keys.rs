//! Keys: those of the environment, and those of the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::UtcMs;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// What a key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyScopes {
    /// Read operations.
    pub read: bool,
    /// Operations that change our state or send something.
    pub write: bool,
    /// Weights, clearing, keys.
    pub admin: bool,
}

impl KeyScopes {
    /// Everything.
    pub const ALL: Self = Self { read: true, write: true, admin: true };
    /// Nothing but what is public.
    pub const NONE: Self = Self { read: false, write: false, admin: false };

    /// The scopes of these names; `admin` includes `write`, which includes `read`.
    #[must_use]
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut scopes = Self::NONE;
        for name in names {
            match name {
                "admin" => scopes = Self::ALL,
                "write" => scopes = Self { read: true, write: true, ..scopes },
                "read" => scopes.read = true,
                _ => {}
            }
        }
        scopes
    }
}

/// A key from the environment: `KEY`, or `KEY:admin`.
#[derive(Clone, Debug)]
struct StaticKey {
    id: String,
    secret: SecretString,
    scopes: KeyScopes,
}

/// Fewest characters of a key from the environment.
const SHORTEST: usize = 8;

/// Reads a listed key: `KEY`, which may write, or `KEY:scope`.
///
/// # Errors
/// What is wrong with it, in words that hold nothing of the key.
pub fn listed_key(entry: &str) -> Result<(SecretString, KeyScopes), &'static str> {
    let (key, scopes) = match entry.rsplit_once(':') {
        None => (entry.trim(), KeyScopes::of(["write"])),
        Some((key, scope)) => {
            let scopes = KeyScopes::of([scope.trim()]);
            if scopes == KeyScopes::NONE {
                return Err("what follows its last ':' is no scope; one of read, write, admin");
            }
            (key.trim(), scopes)
        }
    };
    match key.chars().count() {
        0 => Err("it is empty"),
        1..SHORTEST => Err("it is shorter than 8 characters"),
        _ => Ok((key.to_owned().into(), scopes)),
    }
}

/// What became of a key that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyCheck {
    /// It is good.
    Known {
        /// Its id, for limits and logs; never the key itself.
        id: String,
        /// What it allows.
        scopes: KeyScopes,
    },
    /// Nobody issued it, or it was revoked or expired.
    Unknown,
    /// It cannot be checked now.
    Unavailable,
}

/// How long a key that was checked in the store stays checked: a revoked one may open the door for as long,
/// an expired one does not.
pub const REMEMBERED: Duration = Duration::from_secs(20);

/// What the store said of a key.
#[derive(Clone, Debug)]
struct Checked {
    id: String,
    scopes: KeyScopes,
    expires_at: Option<UtcMs>,
}

/// Every key that opens the door.
#[derive(Debug)]
pub struct Keys {
    fixed: Vec<StaticKey>,
    /// Whether keys were listed, right or wrong: a wrong one must not leave the door open.
    is_listed: bool,
    open: AtomicBool,
    store: store::Store,
    /// By digest, so that no key lies in memory longer than its request.
    checked: moka::future::Cache<[u8; 32], Option<Checked>>,
}

impl Keys {
    /// The keys of the environment (each `KEY` or `KEY:scope`) and of the store. A listed key that
    /// [`listed_key`] refuses opens nothing.
    #[must_use]
    pub fn new(listed: &[SecretString], store: store::Store) -> Self {
        let fixed = listed
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let number = index + 1;
                match listed_key(entry.expose_secret()) {
                    Ok((secret, scopes)) => Some(StaticKey { id: format!("env-{number}"), secret, scopes }),
                    Err(reason) => {
                        tracing::error!(number, reason, "a listed key is left out");
                        None
                    }
                }
            })
            .collect();
        let checked = moka::future::Cache::builder().max_capacity(10_000).time_to_live(REMEMBERED).build();
        Self { fixed, is_listed: !listed.is_empty(), open: AtomicBool::new(false), store, checked }
    }

    /// Lets everyone in with every scope; only for loopback, or where the operator says so.
    pub fn open_to_all(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Whether everyone is let in.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Whether there is any key at all.
    ///
    /// # Errors
    /// When the store cannot tell.
    pub async fn any(&self) -> Result<bool, store::StoreError> {
        if self.is_listed {
            return Ok(true);
        }
        self.store.has_keys().await
    }

    /// Checks a key that was shown. Every comparison takes the same time whatever the key.
    pub async fn check(&self, shown: &str) -> KeyCheck {
        let mut hit = None;
        for key in &self.fixed {
            let same = key.secret.expose_secret().as_bytes().ct_eq(shown.as_bytes());
            if bool::from(same) {
                hit = Some(key);
            }
        }
        if let Some(key) = hit {
            return KeyCheck::Known { id: key.id.clone(), scopes: key.scopes };
        }
        if !shown.starts_with("ps_") || shown.len() > 200 {
            return KeyCheck::Unknown;
        }
        let digest = digest(shown);
        let known = match self.checked.get(&digest).await {
            // Checked before its end, shown after it.
            Some(Some(known)) if self.store.has_ended(known.expires_at) => Ok(None),
            Some(known) => Ok(known),
            None => Box::pin(self.look_up(digest, shown)).await,
        };
        match known {
            Ok(Some(Checked { id, scopes, .. })) => KeyCheck::Known { id, scopes },
            Ok(None) => KeyCheck::Unknown,
            Err(error) => {
                tracing::warn!(%error, "a key could not be checked");
                KeyCheck::Unavailable
            }
        }
    }
}

impl Keys {
    async fn look_up(
        &self,
        digest: [u8; 32],
        shown: &str,
    ) -> Result<Option<Checked>, Arc<store::StoreError>> {
        let asked = async {
            let info = self.store.verify_key(shown).await?;
            Ok(info.map(|info| Checked {
                scopes: KeyScopes::of(info.scopes.iter().map(|scope| scope.as_str())),
                id: info.id,
                expires_at: info.expires_at,
            }))
        };
        self.checked.try_get_with(digest, asked).await
    }
}

fn digest(key: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_key_is_long_enough_and_its_scope_is_one() {
        for (entry, key, scopes) in [
            ("some-secret", "some-secret", KeyScopes::of(["write"])),
            ("some-secret:read", "some-secret", KeyScopes::of(["read"])),
            (" some-secret : admin ", "some-secret", KeyScopes::ALL),
            ("with:colon-inside:write", "with:colon-inside", KeyScopes::of(["write"])),
        ] {
            let (secret, told) = listed_key(entry).unwrap();
            assert_eq!((secret.expose_secret(), told), (key, scopes), "{entry}");
        }
        for entry in ["", ":admin", " :admin", "short:admin", "1234567", "some-secret:", "some-secret:amdin"]
        {
            assert!(listed_key(entry).is_err(), "{entry}");
        }
        assert!(!listed_key("some-secret:hidden").unwrap_err().contains("hidden"));
        assert_eq!(KeyScopes::of(["amdin"]), KeyScopes::NONE);
    }
}
