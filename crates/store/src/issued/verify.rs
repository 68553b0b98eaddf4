//! Checking the whole chain, page by page, against itself and against the stored signals.

use super::{GENESIS, LogFault, LogReport, payload, sha256_hex};
use crate::db::{Row, Value};
use crate::{Store, StoreError};

const PAGE_ROWS: i64 = 500;
/// Faults told one by one; the rest is only counted.
const TOLD_FAULTS: usize = 1_000;

/// What is known of the chain before its entries are read.
#[derive(Debug)]
struct Outline {
    head: Option<i64>,
    cleared_through: i64,
    newest: i64,
}

/// An entry.
#[derive(Debug)]
struct Entry {
    seq: i64,
    signal_id: String,
    payload: String,
    digest: String,
    previous: String,
    hash: String,
}

impl Store {
    /// Checks every entry of this data source's chain: its number, digest, hash and link, and that its
    /// signal is stored as it was logged. Then that every stored signal of the engine is logged. Signals
    /// that are stored meanwhile do no harm; those logged after the start are not looked at.
    ///
    /// # Errors
    /// The database's. What is wrong with the log is no error but a fault in the report.
    pub async fn verify_log(&self) -> Result<LogReport, StoreError> {
        let outline = self.outline().await?;
        let mut check = Check::new(self);
        let mut cleared_through = outline.cleared_through;
        loop {
            let rows = self.entries(check.last_seq, outline.newest).await?;
            let is_last = rows.len() < usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
            let mut absent = Vec::new();
            for row in &rows {
                let entry = entry_of(row)?;
                check.chain(&entry, row)?;
                let stored = payload::of_row(row)?;
                match stored {
                    None => absent.push((entry.seq, entry.signal_id)),
                    Some(stored) => check.stored(&entry, &stored, row)?,
                }
            }
            // Somebody may be clearing meanwhile; the note is there as soon as the rows are not.
            if absent.last().is_some_and(|(seq, _)| *seq > cleared_through) {
                cleared_through = self.outline().await?.cleared_through;
            }
            for (seq, signal_id) in absent {
                if seq <= cleared_through {
                    check.report.cleared += 1;
                } else {
                    check.fault(Some(seq), Some(signal_id), "the logged signal is no longer stored");
                }
            }
            if is_last {
                break;
            }
        }
        check.end(&outline);
        self.find_unlogged(&mut check).await?;
        Ok(check.report)
    }

    /// Head and newest entry of the same instant.
    async fn outline(&self) -> Result<Outline, StoreError> {
        let sql = "SELECT h.seq AS seq, h.cleared_through AS cleared_through, l.newest AS newest \
            FROM (SELECT MAX(seq) AS newest FROM issued_log WHERE data_source = $1) l \
            LEFT JOIN issued_heads h ON h.data_source = $1";
        let row = self.db().fetch_one(sql, vec![self.data_source().as_str().into()]).await?;
        Ok(Outline {
            head: row.get("seq")?,
            cleared_through: row.get::<Option<i64>>("cleared_through")?.unwrap_or_default(),
            newest: row.get::<Option<i64>>("newest")?.unwrap_or_default(),
        })
    }

    async fn entries(&self, after: i64, until: i64) -> Result<Vec<Row>, StoreError> {
        let sql = format!(
            "SELECT l.seq AS seq, l.signal_id AS signal_id, l.issued_at AS issued_at, l.payload AS payload, \
             l.digest AS digest, l.previous AS previous, l.hash AS hash, s.origin AS s_origin, {} \
             FROM issued_log l LEFT JOIN signals s ON s.id = l.signal_id \
             WHERE l.data_source = $1 AND l.seq > $2 AND l.seq <= $3 ORDER BY l.seq LIMIT $4",
            payload::COLUMNS
        );
        let source = self.data_source().as_str();
        self.db().fetch(sql, vec![source.into(), after.into(), until.into(), PAGE_ROWS.into()]).await
    }

    /// Every stored signal of the engine is in this chain, or is older than the log.
    async fn find_unlogged(&self, check: &mut Check) -> Result<(), StoreError> {
        let sql = "SELECT s.id AS id, l.seq AS seq, b.signal_id AS before_log FROM signals s \
            LEFT JOIN issued_log l ON l.signal_id = s.id AND l.data_source = s.data_source \
            LEFT JOIN issued_before b ON b.signal_id = s.id \
            WHERE s.data_source = $1 AND s.origin = 'signal' AND s.id > $2 ORDER BY s.id LIMIT $3";
        let mut after = String::new();
        loop {
            let values: Vec<Value> = vec![self.data_source().as_str().into(), after.into(), PAGE_ROWS.into()];
            let rows = self.db().fetch(sql, values).await?;
            for row in &rows {
                if row.get::<Option<i64>>("seq")?.is_some() {
                    continue;
                }
                if row.get::<Option<String>>("before_log")?.is_some() {
                    check.report.before_log += 1;
                } else {
                    check.fault(None, Some(row.get("id")?), "the stored signal was never logged");
                }
            }
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get("id")?;
        }
    }
}

fn entry_of(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        seq: row.get("seq")?,
        signal_id: row.get("signal_id")?,
        payload: row.get("payload")?,
        digest: row.get("digest")?,
        previous: row.get("previous")?,
        hash: row.get("hash")?,
    })
}

/// The check so far.
struct Check {
    report: LogReport,
    last_seq: i64,
    last_hash: String,
    /// Whether the entry at hand still carries the text that it was logged with.
    is_intact: bool,
}

impl Check {
    fn new(store: &Store) -> Self {
        let report = LogReport {
            data_source: store.data_source(),
            entries: 0,
            first_at: None,
            last_at: None,
            head_hash: None,
            cleared: 0,
            before_log: 0,
            faults_total: 0,
            faults: Vec::new(),
        };
        Self { report, last_seq: 0, last_hash: GENESIS.to_owned(), is_intact: true }
    }

    fn fault(&mut self, seq: Option<i64>, signal_id: Option<String>, what: impl Into<String>) {
        self.report.faults_total += 1;
        if self.report.faults.len() < TOLD_FAULTS {
            self.report.faults.push(LogFault { seq, signal_id, what: what.into() });
        }
    }

    fn gap(&mut self, until: i64) {
        let first = self.last_seq + 1;
        if until == first {
            self.fault(Some(first), None, "the entry is missing");
        } else if until > first {
            self.fault(Some(first), None, format!("the entries {first} to {until} are missing"));
        }
    }

    /// The entry by itself and its link to the one before.
    fn chain(&mut self, entry: &Entry, row: &Row) -> Result<(), StoreError> {
        let at = |what: &str| (Some(entry.seq), Some(entry.signal_id.clone()), what.to_owned());
        let mut found = Vec::new();
        let follows = entry.seq == self.last_seq + 1;
        if follows && entry.previous != self.last_hash {
            found.push(at("the entry does not follow the one before: it names another hash"));
        }
        let fits_digest = sha256_hex(&[&entry.payload]) == entry.digest;
        let fits_hash = sha256_hex(&[&entry.previous, &entry.payload]) == entry.hash;
        match (fits_digest, fits_hash) {
            (true, true) => {}
            (false, false) => found.push(at("the logged payload was changed: digest and hash do not fit it")),
            (true, false) => found.push(at("the hash is not that of the previous one and the payload")),
            (false, true) => found.push(at("the digest is not that of the payload")),
        }
        self.is_intact = fits_digest || fits_hash;
        let issued_at = row.instant("issued_at")?;
        let said = |name: &str| payload::field(&entry.payload, name);
        if self.is_intact
            && (said("id").as_ref() != Some(&entry.signal_id)
                || said("dataSource").as_deref() != Some(self.report.data_source.as_str())
                || said("issuedAt") != Some(issued_at.rfc3339()))
        {
            found.push(at("the entry's columns say another id, data source or time than its payload"));
        }
        if !follows {
            self.gap(entry.seq - 1);
        }
        for (seq, signal_id, what) in found {
            self.fault(seq, signal_id, what);
        }
        self.report.entries += 1;
        self.report.first_at = self.report.first_at.or(Some(issued_at));
        self.report.last_at = Some(issued_at);
        self.last_seq = entry.seq;
        self.last_hash.clone_from(&entry.hash);
        Ok(())
    }

    /// The stored signal against what was logged of it. A changed payload proves nothing about the row.
    fn stored(&mut self, entry: &Entry, stored: &str, row: &Row) -> Result<(), StoreError> {
        let at = (Some(entry.seq), Some(entry.signal_id.clone()));
        if self.is_intact && stored != entry.payload {
            let what = payload::differences(&entry.payload, stored);
            self.fault(at.0, at.1.clone(), format!("the stored signal was changed: {what}"));
        }
        let origin: String = row.get("s_origin")?;
        if origin != "signal" {
            self.fault(at.0, at.1, format!("the stored signal was changed: its origin is now {origin}"));
        }
        Ok(())
    }

    /// The last entry against the head.
    fn end(&mut self, outline: &Outline) {
        self.report.head_hash = (self.report.entries > 0).then(|| self.last_hash.clone());
        let last = self.last_seq;
        match outline.head {
            None if self.report.entries > 0 => self.fault(None, None, "the log's head is missing"),
            Some(seq) if seq > last => self.gap(seq),
            Some(seq) if seq < last => {
                let what = format!("the head ends at {seq}, but there are entries up to {last}");
                self.fault(Some(seq + 1), None, what);
            }
            None | Some(_) => {}
        }
    }
}
