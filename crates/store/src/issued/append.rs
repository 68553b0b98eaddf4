//! Adding to the chain, one transaction after the other.

use std::collections::{BTreeMap, HashSet};

use super::{GENESIS, payload, sha256_hex};
use crate::db::{Row, Statement, Tx, Value};
use crate::signals::record::Record;
use crate::{Origin, StoreError};

const INSERT: &str = "INSERT INTO issued_log (data_source, seq, signal_id, issued_at, digest, payload, previous, hash) \
    VALUES ";
/// Entries per statement. Few sizes make few texts, which stay prepared on their connections. Larger
/// statements (32 entries and more) took some 45 ms each over TCP, whatever their size.
const CHUNKS: [usize; 3] = [16, 4, 1];

/// Where a chain ends.
#[derive(Debug)]
struct Tip {
    seq: i64,
    hash: String,
}

/// Logs the signals among records whose rows this transaction has just made. It comes last before the
/// commit: whoever holds the head waits for no other row, and holds it briefly.
pub(crate) async fn append(tx: &mut Tx<'_>, fresh: &[&Record]) -> Result<(), StoreError> {
    let mut by_source = BTreeMap::<&str, Vec<&Record>>::new();
    for record in fresh.iter().filter(|record| record.row.origin == Origin::Signal) {
        by_source.entry(record.data_source()).or_default().push(record);
    }
    // The heads are locked in the order of their names, so that two transactions cannot block each other.
    for (data_source, records) in by_source {
        append_to(tx, data_source, &records).await?;
    }
    Ok(())
}

async fn append_to(tx: &mut Tx<'_>, data_source: &str, records: &[&Record]) -> Result<(), StoreError> {
    let wanted = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let reserved = lock_head(tx, data_source, wanted).await?;
    let mut tip = Tip { seq: reserved - wanted, hash: GENESIS.to_owned() };
    let mut logged = HashSet::new();
    let mut newest = 0;
    for row in found(tx, data_source, records).await? {
        logged.insert(row.get::<String>("signal_id")?);
        let seq = row.get("seq")?;
        if seq > newest && row.get::<String>("data_source")? == data_source {
            newest = seq;
            tip.hash = row.get("hash")?;
        }
    }
    // A head that knows less than there is, or more, is a fault that a check finds; no signal waits for it.
    tip.seq = tip.seq.max(newest);
    let mut entries: Vec<Vec<Value>> = Vec::with_capacity(records.len());
    for record in records.iter().filter(|record| !logged.contains(&record.row.id)) {
        let payload = payload::of_record(record)?;
        let hash = sha256_hex(&[&tip.hash, &payload]);
        let previous = std::mem::replace(&mut tip.hash, hash.clone());
        tip.seq += 1;
        entries.push(vec![
            data_source.into(),
            tip.seq.into(),
            (&record.row.id).into(),
            record.created_at.into(),
            sha256_hex(&[&payload]).into(),
            payload.into(),
            previous.into(),
            hash.into(),
        ]);
    }
    let mut entries = entries.into_iter();
    for size in CHUNKS {
        while entries.len() >= size {
            let (sql, values) = Statement::new(INSERT).groups(entries.by_ref().take(size)).take();
            tx.execute(sql, values).await?;
        }
    }
    if tip.seq != reserved {
        let sql = "UPDATE issued_heads SET seq = $1 WHERE data_source = $2";
        tx.execute(sql, vec![tip.seq.into(), data_source.into()]).await?;
    }
    Ok(())
}

/// Takes the chain for this transaction (the head's row is locked until it ends), counts further by `by`
/// and gives the count.
pub(super) async fn lock_head(tx: &mut Tx<'_>, data_source: &str, by: i64) -> Result<i64, StoreError> {
    let sql = "UPDATE issued_heads SET seq = seq + $1 WHERE data_source = $2 RETURNING seq";
    let values: Vec<Value> = vec![by.into(), data_source.into()];
    let mut rows = tx.fetch(sql, values.clone()).await?;
    if rows.is_empty() {
        let first = "INSERT INTO issued_heads (data_source, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING";
        tx.execute(first, vec![data_source.into()]).await?;
        rows = tx.fetch(sql, values).await?;
    }
    let row = rows.first().ok_or_else(|| StoreError::Database("the log's head cannot be made".to_owned()))?;
    row.get("seq")
}

/// The newest entry of the chain, and those entries that the signals have already: a row that was
/// cleared and is loaded once more from the backup files keeps its first entry.
async fn found(tx: &mut Tx<'_>, data_source: &str, records: &[&Record]) -> Result<Vec<Row>, StoreError> {
    let mut statement = Statement::new("SELECT data_source, seq, signal_id, hash FROM issued_log");
    statement.condition("data_source = ?", data_source).push(
        " AND seq = (SELECT MAX(seq) FROM issued_log WHERE data_source = ?) UNION \
         SELECT data_source, seq, signal_id, hash FROM issued_log WHERE signal_id IN ",
        data_source,
    );
    let ids = records.iter().map(|record| Value::from(&record.row.id)).collect();
    let (sql, values) = statement.groups([ids]).take();
    tx.fetch(sql, values).await
}
