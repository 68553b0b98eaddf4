//! The series that the factors rank against, kept longer than the providers reach back.

use std::collections::BTreeMap;

use domain::{DAY_MS, Point, UtcMs};

use crate::db::{Row, Statement, Value};
use crate::{Store, StoreError};

/// Points per statement. Few sizes make few texts, which stay prepared on their connections.
const CHUNKS: [usize; 4] = [256, 32, 4, 1];

/// Which series. History ranks against the same venue's history, so the venue is part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesKey {
    /// Who served it: `binance`, `coinglass`.
    pub venue: String,
    /// The contract or coin.
    pub instrument: String,
    /// What it is: `open_interest_coins`, `account_ratio`.
    pub datum: String,
    /// Distance between neighbours, in milliseconds.
    pub cadence_ms: i64,
}

impl SeriesKey {
    /// A key from its parts.
    pub fn new(
        venue: impl Into<String>,
        instrument: impl Into<String>,
        datum: impl Into<String>,
        cadence_ms: i64,
    ) -> Self {
        Self { venue: venue.into(), instrument: instrument.into(), datum: datum.into(), cadence_ms }
    }
}

impl Store {
    /// Keeps points `(milliseconds, value)`; one that is there already takes the newer value. Values
    /// that are not finite are left out. All or none; gives how many rows were new or changed.
    pub async fn append_history(&self, key: &SeriesKey, points: &[(i64, f64)]) -> Result<u64, StoreError> {
        let points: BTreeMap<i64, f64> =
            points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
        if points.is_empty() {
            return Ok(0);
        }
        let series_id = self.series_id(key).await?;
        let points: Vec<(i64, f64)> = points.into_iter().collect();
        let mut tx = self.db().begin().await?;
        let mut written = 0;
        let mut rest = points.as_slice();
        for size in CHUNKS {
            let sql = insert_points(size);
            while let Some((chunk, after)) = rest.split_at_checked(size) {
                let mut values: Vec<Value> = Vec::with_capacity(1 + 2 * size);
                values.push(series_id.into());
                values.extend(chunk.iter().flat_map(|(at, value)| [Value::from(*at), Value::from(*value)]));
                written += tx.execute(sql.clone(), values).await?;
                rest = after;
            }
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Points within `since <= at <= until`, ascending. An unknown series is empty.
    pub async fn load_history(
        &self,
        key: &SeriesKey,
        since: UtcMs,
        until: UtcMs,
    ) -> Result<Vec<Point>, StoreError> {
        let mut loaded = self.load_histories(std::slice::from_ref(key), since, until).await?;
        Ok(loaded.pop().unwrap_or_default())
    }

    /// Several series at once, in the order of the keys.
    pub async fn load_histories(
        &self,
        keys: &[SeriesKey],
        since: UtcMs,
        until: UtcMs,
    ) -> Result<Vec<Vec<Point>>, StoreError> {
        let ids = self.known_series(keys).await?;
        let known: Vec<i64> = ids.iter().flatten().copied().collect();
        let mut by_id = BTreeMap::<i64, Vec<Point>>::new();
        if !known.is_empty() {
            let mut statement = Statement::new("SELECT series_id, at, value FROM points");
            statement.condition("at >= ?", since).condition("at <= ?", until);
            in_list(&mut statement, " AND series_id IN (", known.into_iter().map(Value::from));
            statement.text(" ORDER BY series_id, at");
            let (sql, values) = statement.take();
            for row in self.db().fetch(sql, values).await? {
                let point = Point { at: row.instant("at")?, value: row.get("value")? };
                by_id.entry(row.get("series_id")?).or_default().push(point);
            }
        }
        // A key may stand twice in the list.
        let points_of = |id: Option<i64>| id.and_then(|id| by_id.get(&id)).cloned().unwrap_or_default();
        Ok(ids.into_iter().map(points_of).collect())
    }

    /// The newest instant that a series holds.
    pub async fn last_history_at(&self, key: &SeriesKey) -> Result<Option<UtcMs>, StoreError> {
        let Some(id) = self.known_series(std::slice::from_ref(key)).await?.into_iter().flatten().next()
        else {
            return Ok(None);
        };
        let row = self
            .db()
            .fetch_one("SELECT MAX(at) AS last FROM points WHERE series_id = $1", vec![id.into()])
            .await?;
        row.instant_opt("last")
    }

    /// Deletes points older than their datum's retention, and gives how many.
    pub async fn prune_history(&self, now: UtcMs) -> Result<u64, StoreError> {
        let source = self.data_source().as_str();
        let rows = self
            .db()
            .fetch("SELECT DISTINCT datum FROM series WHERE data_source = $1", vec![source.into()])
            .await?;
        let mut deleted = 0;
        for row in rows {
            let datum: String = row.get("datum")?;
            let before = now.plus_ms(-i64::from(self.retention().days(&datum)).saturating_mul(DAY_MS));
            let sql = "DELETE FROM points WHERE at < $1 AND series_id IN \
                (SELECT id FROM series WHERE data_source = $2 AND datum = $3)";
            deleted += self.db().execute(sql, vec![before.into(), source.into(), datum.into()]).await?;
        }
        Ok(deleted)
    }

    async fn series_id(&self, key: &SeriesKey) -> Result<i64, StoreError> {
        let lookup = std::slice::from_ref(key);
        if let Some(id) = self.known_series(lookup).await?.into_iter().flatten().next() {
            return Ok(id);
        }
        let sql = "INSERT INTO series (data_source, venue, instrument, datum, cadence_ms) \
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let values = vec![
            self.data_source().as_str().into(),
            (&key.venue).into(),
            (&key.instrument).into(),
            (&key.datum).into(),
            key.cadence_ms.into(),
        ];
        self.db().execute(sql, values).await?;
        let id = self.known_series(lookup).await?.into_iter().flatten().next();
        id.ok_or_else(|| StoreError::Database("a series was made and is not there".to_owned()))
    }

    /// The ids of the keys' series, `None` where there is no such series. Ids never change, so those
    /// once seen are remembered.
    async fn known_series(&self, keys: &[SeriesKey]) -> Result<Vec<Option<i64>>, StoreError> {
        let unknown: Vec<&SeriesKey> = {
            let ids = self.series_ids();
            keys.iter().filter(|key| !ids.contains_key(*key)).collect()
        };
        if !unknown.is_empty() {
            let mut statement = Statement::new("SELECT id, venue, instrument, datum, cadence_ms FROM series");
            statement.condition("data_source = ?", self.data_source().as_str());
            in_list(
                &mut statement,
                " AND instrument IN (",
                unknown.iter().map(|key| Value::from(&key.instrument)),
            );
            let (sql, values) = statement.take();
            let rows = self.db().fetch(sql, values).await?;
            let found = rows.iter().map(series_of).collect::<Result<Vec<_>, _>>()?;
            self.series_ids().extend(found);
        }
        let ids = self.series_ids();
        Ok(keys.iter().map(|key| ids.get(key).copied()).collect())
    }
}

/// `$1` is the series, the rest are instants and values in turn.
fn insert_points(count: usize) -> String {
    let rows: Vec<String> = (1..=count).map(|row| format!("($1, ${}, ${})", 2 * row, 2 * row + 1)).collect();
    format!(
        "INSERT INTO points (series_id, at, value) VALUES {} ON CONFLICT (series_id, at) \
         DO UPDATE SET value = excluded.value WHERE points.value <> excluded.value",
        rows.join(", ")
    )
}

fn series_of(row: &Row) -> Result<(SeriesKey, i64), StoreError> {
    let key = SeriesKey {
        venue: row.get("venue")?,
        instrument: row.get("instrument")?,
        datum: row.get("datum")?,
        cadence_ms: row.get("cadence_ms")?,
    };
    Ok((key, row.get("id")?))
}

fn in_list(statement: &mut Statement, head: &str, values: impl Iterator<Item = Value>) {
    statement.text(head);
    for (index, value) in values.enumerate() {
        statement.push(if index == 0 { "?" } else { ", ?" }, value);
    }
    statement.text(")");
}
