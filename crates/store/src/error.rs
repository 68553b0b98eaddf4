//! The ways in which storing and reading fail.

use std::io;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or did not answer in time. Passing; ask again later.
    #[error("the database is away: {reason}")]
    Unavailable {
        /// What failed, in one sentence.
        reason: String,
    },
    /// The database is there, but another transaction or a resource stood in the way. Ask again.
    #[error("the database is busy: {reason}")]
    Busy {
        /// What stood in the way.
        reason: String,
    },
    /// The disk of the spool or of the database is full. Nothing was written or promised.
    #[error("nothing was written, the disk is full ({reason})")]
    SpoolFull {
        /// Whose disk, and the system's or the database's words.
        reason: String,
    },
    /// The row was not taken: the spool's file cannot be written. Nothing was promised.
    #[error("the row was not taken, the spool cannot be written: {reason}")]
    SpoolIo {
        /// The system's words.
        reason: String,
    },
    /// A value that cannot be stored or asked for.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which input.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The deletion was not confirmed.
    #[error("nothing was deleted: the deletion needs an explicit confirmation")]
    NotConfirmed,
    /// No such row.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The settings name no usable database or folder.
    #[error("store settings: {0}")]
    Config(String),
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migration(String),
    /// The database refused a value or broke a constraint: the row will never be taken as it is.
    #[error("the database refused the row: {reason}")]
    Refused {
        /// The database's words.
        reason: String,
    },
    /// The database refused the statement or answered something unreadable: a fault of schema, rights or
    /// program.
    #[error("database: {0}")]
    Database(String),
    /// A file could not be read.
    #[error("reading: {0}")]
    Read(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same call may succeed later without a change.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Busy { .. } | Self::SpoolFull { .. } | Self::SpoolIo { .. }
        )
    }

    /// The stable snake_case code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "database_unavailable",
            Self::Busy { .. } => "database_busy",
            Self::SpoolFull { .. } => "spool_full",
            Self::SpoolIo { .. } => "spool_io",
            Self::Invalid { .. } => "invalid",
            Self::NotConfirmed => "not_confirmed",
            Self::NotFound { .. } => "not_found",
            Self::Config(_) => "store_config",
            Self::Migration(_) => "migration",
            Self::Refused { .. } => "row_refused",
            Self::Database(_) => "database",
            Self::Read(_) => "read",
            Self::Closed => "store_closed",
        }
    }

    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }

    pub(crate) fn spool(fault: &io::Error) -> Self {
        let reason = fault.to_string();
        match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::SpoolFull { reason: format!("the spool's: {reason}") }
            }
            _ => Self::SpoolIo { reason },
        }
    }

    /// The kind of a driver's error decides whether the row waits or is set aside (`Refused`).
    pub(crate) fn from_sqlx(fault: &sqlx::Error) -> Self {
        match fault {
            sqlx::Error::Database(refusal) => {
                let code = refusal.code();
                let code = code.as_deref().unwrap_or_default();
                let reason = format!("{} (code {code})", refusal.message());
                let weight = if refusal.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                    weigh_sqlstate(code)
                } else {
                    weigh_sqlite(code)
                };
                match weight {
                    Weight::Away => Self::Unavailable { reason },
                    Weight::Busy => Self::Busy { reason },
                    Weight::Full => Self::SpoolFull { reason: format!("the database's: {reason}") },
                    Weight::Row => Self::Refused { reason },
                    Weight::Lasting => Self::Database(reason),
                }
            }
            sqlx::Error::PoolTimedOut => Self::unavailable("no connection within the time allowed"),
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::unavailable(fault.to_string()),
            sqlx::Error::Encode(_) => Self::Refused { reason: fault.to_string() },
            _ => Self::Database(fault.to_string()),
        }
    }
}

/// What a database's refusal means for the row that it refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// Wait until the database is back.
    Away,
    /// Try again.
    Busy,
    /// When the operator has made room.
    Full,
    /// This row is never taken, others are.
    Row,
    /// Until somebody repairs something.
    Lasting,
}

/// Connection (08), a read-only standby (25006), log-in (28), shutdown (57P), the system (58) and
/// internal faults (XX): away. A full disk (53100): full. Serialisation (40), resources (53), locks (55), a
/// cancelled statement (57014): busy. Data (22), integrity (23), limits (54): the row.
fn weigh_sqlstate(code: &str) -> Weight {
    let begins_with = |prefixes: &[&str]| prefixes.iter().any(|prefix| code.starts_with(prefix));
    if begins_with(&["08", "25006", "28", "3D", "57P", "58", "XX"]) {
        Weight::Away
    } else if code == "53100" {
        Weight::Full
    } else if begins_with(&["40", "53", "55", "57"]) {
        Weight::Busy
    } else if begins_with(&["22", "23", "54"]) {
        Weight::Row
    } else {
        Weight::Lasting
    }
}

/// SQLite's primary result codes (the low byte) that pass: busy, locked, no memory, read-only,
/// interrupted, I/O, cannot open, protocol. Full has its own. Too big, constraint, mismatch: the row.
fn weigh_sqlite(code: &str) -> Weight {
    match code.parse::<i64>().map(|code| code & 0xff) {
        Ok(13) => Weight::Full,
        Ok(5..=10 | 14..=15) => Weight::Busy,
        Ok(18..=20) => Weight::Row,
        _ => Weight::Lasting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_and_lasting_faults_are_told_apart() {
        for code in ["08006", "57P01", "25006", "58030", "3D000"] {
            assert_eq!(weigh_sqlstate(code), Weight::Away, "{code}");
        }
        for code in ["40001", "40P01", "53300", "57014", "55P03"] {
            assert_eq!(weigh_sqlstate(code), Weight::Busy, "{code}");
        }
        for code in ["23505", "22P05", "54000"] {
            assert_eq!(weigh_sqlstate(code), Weight::Row, "{code}");
        }
        for code in ["42P01", "42601", "25P02"] {
            assert_eq!(weigh_sqlstate(code), Weight::Lasting, "{code}");
        }
        for code in ["5", "261", "14", "10"] {
            assert_eq!(weigh_sqlite(code), Weight::Busy, "{code}");
        }
        for code in ["19", "2067", "18"] {
            assert_eq!(weigh_sqlite(code), Weight::Row, "{code}");
        }
        for code in ["1", "11", "words"] {
            assert_eq!(weigh_sqlite(code), Weight::Lasting, "{code}");
        }
    }

    #[test]
    fn a_full_disk_has_its_own_name() {
        assert_eq!((weigh_sqlite("13"), weigh_sqlstate("53100")), (Weight::Full, Weight::Full));
        let fault = StoreError::spool(&io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(fault, StoreError::SpoolFull { .. }) && fault.is_passing());
    }
}
