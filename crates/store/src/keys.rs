//! API keys: `ps_<prefix>_<secret>`, shown once. Stored are the prefix, by which a key is found, and
//! the SHA-256 of the whole; a random key of 192 bits needs no slow hash.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use domain::UtcMs;
use rand::RngExt as _;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use ulid::Ulid;

use crate::db::{Row, Statement};
use crate::{Store, StoreError, audit};

const PREFIX_BYTES: usize = 5;
const SECRET_BYTES: usize = 24;
/// A key's last use is written down at most this often.
const TOUCH_EVERY_MS: i64 = 60_000;
const MAX_NAME_BYTES: usize = 512;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Reads that cost or tell something.
    Read,
    /// Changes and outside effects.
    Write,
    /// Everything.
    Admin,
}

impl Scope {
    /// The word in rows and settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        [Self::Read, Self::Write, Self::Admin]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| StoreError::invalid("scope", "one of read, write, admin"))
    }
}

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends; `None`: never.
    pub expires_at: Option<UtcMs>,
}

/// A key as it is known afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// ULID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The part by which people recognise it.
    pub prefix: String,
    /// When it was made.
    pub created_at: UtcMs,
    /// When it ends.
    pub expires_at: Option<UtcMs>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<UtcMs>,
    /// When it was revoked.
    pub revoked_at: Option<UtcMs>,
}

/// A new key: the only time that its text is seen.
#[derive(Debug)]
pub struct PlainKey {
    /// The key itself.
    pub key: SecretString,
    /// What is stored of it.
    pub info: KeyInfo,
}

const COLUMNS: &str = "SELECT id, name, prefix, hash, scopes, created_at, expires_at, last_used_at, revoked_at \
    FROM api_keys";

impl Store {
    /// Makes a key. The answer holds its text, which is not stored.
    ///
    /// # Errors
    /// `Invalid` for a name that is no line of text, for no scope, and for an end that has passed.
    pub async fn create_key(&self, new: NewKey, actor: &str) -> Result<PlainKey, StoreError> {
        check_name(&new.name)?;
        if self.has_ended(new.expires_at) {
            return Err(StoreError::invalid("expires_at", "this time has passed; a time to come is wanted"));
        }
        let mut scopes = new.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(StoreError::invalid("scopes", "at least one of read, write, admin"));
        }
        let (key, prefix) = random_key();
        let info = KeyInfo {
            id: Ulid::new().to_string(),
            name: new.name,
            scopes,
            prefix,
            created_at: self.now(),
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let values = vec![
            (&info.id).into(),
            (&info.name).into(),
            (&info.prefix).into(),
            hash(key.expose_secret()).into(),
            join(&info.scopes).into(),
            info.created_at.into(),
            info.expires_at.into(),
        ];
        let sql = "INSERT INTO api_keys (id, name, prefix, hash, scopes, created_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let mut tx = self.db().begin().await?;
        tx.execute(sql, values).await?;
        audit::record(&mut tx, info.created_at, actor, "key.create", &info.id, None).await?;
        tx.commit().await?;
        Ok(PlainKey { key, info })
    }

    /// Gives a key a new text; the old one ends at once. Name, scopes and end stay.
    pub async fn rotate_key(&self, id: &str, actor: &str) -> Result<PlainKey, StoreError> {
        let now = self.now();
        let (key, prefix) = random_key();
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE api_keys SET prefix = $1, hash = $2, last_used_at = NULL \
            WHERE id = $3 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)";
        let values = vec![(&prefix).into(), hash(key.expose_secret()).into(), id.into(), now.into()];
        if tx.execute(sql, values).await? == 0 {
            return Err(StoreError::NotFound { what: format!("valid key '{id}'") });
        }
        let rows = tx.fetch(format!("{COLUMNS} WHERE id = $1"), vec![id.into()]).await?;
        let info = rows.first().map(key_info).transpose()?;
        let info = info.ok_or_else(|| StoreError::NotFound { what: format!("key '{id}'") })?;
        audit::record(&mut tx, now, actor, "key.rotate", id, None).await?;
        tx.commit().await?;
        Ok(PlainKey { key, info })
    }

    /// Ends a key. `false`: there is none, or it ended before.
    pub async fn revoke_key(&self, id: &str, actor: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        let is_revoked = tx.execute(sql, vec![now.into(), id.into()]).await? == 1;
        if is_revoked {
            audit::record(&mut tx, now, actor, "key.revoke", id, None).await?;
        }
        tx.commit().await?;
        Ok(is_revoked)
    }

    /// All keys, the revoked ones too, newest first.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY created_at DESC, id DESC");
        self.db().read(sql, Vec::new(), key_info).await
    }

    /// Whether a key that ends then has ended, by the store's clock.
    #[must_use]
    pub fn has_ended(&self, expires_at: Option<UtcMs>) -> bool {
        expires_at.is_some_and(|end| end <= self.now())
    }

    /// Whether any valid key exists.
    pub async fn has_keys(&self) -> Result<bool, StoreError> {
        let mut statement = Statement::new("SELECT COUNT(*) AS n FROM api_keys");
        statement
            .condition("(expires_at IS NULL OR expires_at > ?)", self.now())
            .text(" AND revoked_at IS NULL");
        let (sql, values) = statement.take();
        Ok(self.db().fetch_one(sql, values).await?.count("n")? > 0)
    }

    /// Whose key this is; `None` for one that is unknown, wrong, revoked or expired. Notes the use.
    pub async fn verify_key(&self, presented: &str) -> Result<Option<KeyInfo>, StoreError> {
        let Some(prefix) = prefix_of(presented) else { return Ok(None) };
        let sql = format!("{COLUMNS} WHERE prefix = $1");
        let Some(row) = self.db().fetch_optional(sql, vec![prefix.into()]).await? else { return Ok(None) };
        let stored: String = row.get("hash")?;
        if !bool::from(stored.as_bytes().ct_eq(hash(presented).as_bytes())) {
            return Ok(None);
        }
        let info = key_info(&row)?;
        let now = self.now();
        if info.revoked_at.is_some() || self.has_ended(info.expires_at) {
            return Ok(None);
        }
        if info.last_used_at.is_none_or(|last| now.since(last) >= TOUCH_EVERY_MS)
            && let Err(fault) = self.touch_key(&info.id, now).await
        {
            // The key is good all the same.
            tracing::debug!(%fault, "a key's use could not be noted");
        }
        Ok(Some(info))
    }

    async fn touch_key(&self, id: &str, now: UtcMs) -> Result<(), StoreError> {
        let sql = "UPDATE api_keys SET last_used_at = $1 \
            WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";
        let values = vec![now.into(), id.into(), now.plus_ms(-TOUCH_EVERY_MS).into()];
        self.db().execute(sql, values).await.map(|_| ())
    }
}

/// A name is shown in a line of a list.
fn check_name(name: &str) -> Result<(), StoreError> {
    let is_line = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if is_line && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    let reason = format!("1 to {MAX_NAME_BYTES} bytes of text on one line, not blank, no control characters");
    Err(StoreError::invalid("name", reason))
}

fn key_info(row: &Row) -> Result<KeyInfo, StoreError> {
    let scopes: String = row.get("scopes")?;
    Ok(KeyInfo {
        id: row.get("id")?,
        name: row.get("name")?,
        scopes: scopes.split(' ').map(str::parse).collect::<Result<_, _>>()?,
        prefix: row.get("prefix")?,
        created_at: row.instant("created_at")?,
        expires_at: row.instant_opt("expires_at")?,
        last_used_at: row.instant_opt("last_used_at")?,
        revoked_at: row.instant_opt("revoked_at")?,
    })
}

fn join(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn random_key() -> (SecretString, String) {
    let prefix: [u8; PREFIX_BYTES] = rand::rng().random();
    let secret: [u8; SECRET_BYTES] = rand::rng().random();
    let prefix = hex(&prefix);
    (format!("ps_{prefix}_{}", hex(&secret)).into(), prefix)
}

fn prefix_of(key: &str) -> Option<&str> {
    let (prefix, secret) = key.strip_prefix("ps_")?.split_once('_')?;
    let is_hex = |text: &str, bytes: usize| {
        text.len() == 2 * bytes && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    (is_hex(prefix, PREFIX_BYTES) && is_hex(secret, SECRET_BYTES)).then_some(prefix)
}

fn hash(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_carries_its_prefix_and_shows_no_secret() {
        let (key, prefix) = random_key();
        assert_eq!(prefix_of(key.expose_secret()), Some(prefix.as_str()));
        assert!(!format!("{key:?}").contains(&prefix));
        for text in ["", "ps_", "ps__", "ps_abc_def", "Bearer x", "ps_zzzzzzzzzz_00"] {
            assert_eq!(prefix_of(text), None, "{text}");
        }
    }

    #[test]
    fn the_hash_is_sha_256() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
