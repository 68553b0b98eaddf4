//! The log of issued signals: one entry per signal, chained by hashes, so that a track record can be
//! checked by whoever noted the head once. Entries are only ever added; clearing the signals keeps them.
//!
//! Each data source has a chain of its own, numbered from 1. An entry's `digest` is the SHA-256 of its
//! `payload`, and its `hash` is the SHA-256 of the text `previous` followed by the text `payload`, where
//! `previous` is the hash of the entry before (64 zeros for the first). All three are lower-case hex.

mod append;
mod payload;
mod verify;

use std::fmt::Write as _;

use domain::UtcMs;
use sha2::{Digest as _, Sha256};

use crate::db::Tx;
use crate::{DataSource, Store, StoreError};

pub(crate) use append::append;

/// What the first entry of a chain follows.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The newest entry of a chain: whoever notes it can tell later that nothing before it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Whose chain.
    pub data_source: DataSource,
    /// The entry's number, which is the number of entries.
    pub seq: i64,
    /// Its hash, 64 hex digits.
    pub hash: String,
}

/// Something that is not as it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFault {
    /// The entry; `None` for a signal that has none.
    pub seq: Option<i64>,
    /// The signal; `None` where the entry itself is gone.
    pub signal_id: Option<String>,
    /// What is wrong, in one sentence.
    pub what: String,
}

/// What a check of the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// Whose chain.
    pub data_source: DataSource,
    /// Entries found.
    pub entries: u64,
    /// When the first signal was issued.
    pub first_at: Option<UtcMs>,
    /// When the last one was.
    pub last_at: Option<UtcMs>,
    /// The hash of the last entry.
    pub head_hash: Option<String>,
    /// Entries whose signals were cleared by order: the log alone has them.
    pub cleared: u64,
    /// Signals from before the log was kept: nothing tells whether they are as they were issued.
    pub before_log: u64,
    /// How many faults there are.
    pub faults_total: u64,
    /// The first thousand of them.
    pub faults: Vec<LogFault>,
}

impl LogReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.faults_total == 0
    }
}

impl Store {
    /// The head of this data source's chain, to be published; `None` before the first signal.
    pub async fn log_head(&self) -> Result<Option<LogHead>, StoreError> {
        let sql = "SELECT seq, hash FROM issued_log WHERE data_source = $1 ORDER BY seq DESC LIMIT 1";
        let row = self.db().fetch_optional(sql, vec![self.data_source().as_str().into()]).await?;
        row.map(|row| {
            Ok(LogHead { data_source: self.data_source(), seq: row.get("seq")?, hash: row.get("hash")? })
        })
        .transpose()
    }
}

/// Notes, in the transaction that clears the signals, that those logged so far may be absent. Keeps the
/// head locked until the transaction ends.
pub(crate) async fn note_clearing(tx: &mut Tx<'_>, data_source: &str) -> Result<(), StoreError> {
    append::lock_head(tx, data_source, 0).await?;
    let sql = "UPDATE issued_heads SET cleared_through = seq WHERE data_source = $1";
    tx.execute(sql, vec![data_source.into()]).await.map(|_| ())
}

fn sha256_hex(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_joined_text() {
        // The standard's own example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(&["abc"]), abc);
        assert_eq!(sha256_hex(&["a", "", "bc"]), abc);
        assert_eq!(GENESIS.len(), 64);
    }
}
