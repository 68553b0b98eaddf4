//! Keys: those of the environment, and those of the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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

/// How long a key that was checked in the store stays checked.
const REMEMBERED: Duration = Duration::from_secs(20);

/// Every key that opens the door.
#[derive(Debug)]
pub struct Keys {
    fixed: Vec<StaticKey>,
    open: AtomicBool,
    store: store::Store,
    /// By digest, so that no key lies in memory longer than its request.
    checked: moka::future::Cache<[u8; 32], Option<(String, KeyScopes)>>,
}

impl Keys {
    /// The keys of the environment (each `KEY` or `KEY:scope`) and of the store.
    #[must_use]
    pub fn new(listed: &[SecretString], store: store::Store) -> Self {
        let fixed = listed
            .iter()
            .enumerate()
            .map(|(index, entry)| {
                let text = entry.expose_secret();
                let (key, scopes) = match text.rsplit_once(':') {
                    Some((key, scope @ ("read" | "write" | "admin"))) => (key, KeyScopes::of([scope])),
                    _ => (text, KeyScopes::of(["write"])),
                };
                StaticKey { id: format!("env-{}", index + 1), secret: key.to_owned().into(), scopes }
            })
            .collect();
        let checked = moka::future::Cache::builder().max_capacity(10_000).time_to_live(REMEMBERED).build();
        Self { fixed, open: AtomicBool::new(false), store, checked }
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
        if !self.fixed.is_empty() {
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
            Some(known) => Ok(known),
            None => Box::pin(self.look_up(digest, shown)).await,
        };
        match known {
            Ok(Some((id, scopes))) => KeyCheck::Known { id, scopes },
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
    ) -> Result<Option<(String, KeyScopes)>, Arc<store::StoreError>> {
        let asked = async {
            let info = self.store.verify_key(shown).await?;
            Ok(info.map(|info| (info.id, KeyScopes::of(info.scopes.iter().map(|scope| scope.as_str())))))
        };
        self.checked.try_get_with(digest, asked).await
    }
}

fn digest(key: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(key.as_bytes()).into()
}
