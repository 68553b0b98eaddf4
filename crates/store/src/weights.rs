//! Weights of the factors, by version. A version never changes; one at most is active.

use domain::UtcMs;

use crate::db::{Row, Tx};
use crate::signals::Json;
use crate::signals::record::check_text;
use crate::{Store, StoreError, ab_tests, audit};

/// A version of the weights.
#[derive(Clone, Debug)]
pub struct WeightSet {
    /// Its name: `default-1`.
    pub id: String,
    /// Factor to weight.
    pub weights: Json,
    /// When it was made.
    pub created_at: UtcMs,
    /// By whom.
    pub created_by: String,
    /// Why.
    pub note: Option<String>,
    /// Since when it is active; `None` when it is not.
    pub active_since: Option<UtcMs>,
}

/// What has to be active for another version to take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPlaceOf<'a> {
    /// Whatever is.
    Any,
    /// This version.
    Version(&'a str),
    /// No version: the configured defaults.
    Configured,
}

const COLUMNS: &str = "SELECT id, CAST(weights AS TEXT) AS weights, created_at, created_by, note, active_since \
    FROM weight_sets";

impl Store {
    /// Adds a version, and makes it the active one with `activate`. `false`: something else is active than that
    /// says, and nothing was written.
    ///
    /// # Errors
    /// `Invalid` when a version of this name exists: versions never change.
    pub async fn add_weights(
        &self,
        id: &str,
        weights: Json,
        actor: &str,
        note: Option<&str>,
        activate: Option<InPlaceOf<'_>>,
    ) -> Result<bool, StoreError> {
        check_text("actor", actor)?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        if let Some(instead) = activate
            && !take_turn(&mut tx, instead).await?
        {
            return Ok(false);
        }
        add_in(&mut tx, id, weights, actor, note, now).await?;
        if activate.is_some() {
            activate_in(&mut tx, self.data_source().as_str(), id, actor, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The active version; `None`: the configured defaults hold.
    pub async fn active_weights(&self) -> Result<Option<WeightSet>, StoreError> {
        let sql =
            format!("{COLUMNS} WHERE active_since IS NOT NULL ORDER BY active_since DESC, id DESC LIMIT 1");
        self.db().fetch_optional(sql, Vec::new()).await?.as_ref().map(weight_set).transpose()
    }

    /// No version is active any more: back to the configured defaults.
    pub async fn deactivate_weights(&self, actor: &str) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, InPlaceOf::Any).await?;
        tx.execute("UPDATE weight_sets SET active_since = NULL WHERE active_since IS NOT NULL", Vec::new())
            .await?;
        audit::record(&mut tx, now, actor, "weights.reset", "defaults", None).await?;
        let source = self.data_source().as_str();
        ab_tests::end_running(&mut tx, source, now, actor, "the weights were reset").await?;
        tx.commit().await
    }

    /// A version by its name.
    ///
    /// # Errors
    /// `Invalid` for a text that no database takes.
    pub async fn weight_set(&self, id: &str) -> Result<Option<WeightSet>, StoreError> {
        check_text("weights_id", id)?;
        let sql = format!("{COLUMNS} WHERE id = $1");
        self.db().fetch_optional(sql, vec![id.into()]).await?.as_ref().map(weight_set).transpose()
    }

    /// Versions, newest first.
    pub async fn weight_sets(&self, limit: u32) -> Result<Vec<WeightSet>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY created_at DESC, id DESC LIMIT $1");
        self.db().read(sql, vec![i64::from(limit).into()], weight_set).await
    }
}

/// Adds a version.
pub(crate) async fn add_in(
    tx: &mut Tx<'_>,
    id: &str,
    weights: Json,
    actor: &str,
    note: Option<&str>,
    now: UtcMs,
) -> Result<(), StoreError> {
    check_text("id", id)?;
    if let Some(note) = note.filter(|note| !note.is_empty()) {
        check_text("note", note)?;
    }
    let sql = "INSERT INTO weight_sets (id, weights, created_at, created_by, note) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
    let values = vec![id.into(), (&weights).into(), now.into(), actor.into(), note.into()];
    if tx.execute(sql, values).await? == 0 {
        return Err(StoreError::invalid("id", format!("weights '{id}' exist already")));
    }
    audit::record(tx, now, actor, "weights.add", id, Some(weights)).await
}

/// Waits for whoever changes the active weights now, and tells whether those are active that are to be replaced.
/// The first thing in a transaction: taken after other rows, two could wait for each other.
pub(crate) async fn take_turn(tx: &mut Tx<'_>, instead: InPlaceOf<'_>) -> Result<bool, StoreError> {
    tx.fetch("SELECT 1{turn_of_weights}", Vec::new()).await?;
    let wanted = match instead {
        InPlaceOf::Any => return Ok(true),
        InPlaceOf::Version(id) => Some(id),
        InPlaceOf::Configured => None,
    };
    let sql = "SELECT id FROM weight_sets WHERE active_since IS NOT NULL ORDER BY active_since DESC, id DESC LIMIT 1";
    let rows = tx.fetch(sql, Vec::new()).await?;
    let active = rows.first().map(|row| row.get::<String>("id")).transpose()?;
    Ok(active.as_deref() == wanted)
}

/// Makes a version the active one, in its turn, and ends an A/B test: its control is no longer what is served.
pub(crate) async fn activate_in(
    tx: &mut Tx<'_>,
    source: &str,
    id: &str,
    actor: &str,
    now: UtcMs,
) -> Result<(), StoreError> {
    tx.execute("UPDATE weight_sets SET active_since = NULL WHERE active_since IS NOT NULL", Vec::new())
        .await?;
    let values = vec![now.into(), id.into()];
    if tx.execute("UPDATE weight_sets SET active_since = $1 WHERE id = $2", values).await? == 0 {
        return Err(StoreError::NotFound { what: format!("weights '{id}'") });
    }
    audit::record(tx, now, actor, "weights.activate", id, None).await?;
    ab_tests::end_running(tx, source, now, actor, &format!("{id} became the active weights")).await
}

fn weight_set(row: &Row) -> Result<WeightSet, StoreError> {
    Ok(WeightSet {
        id: row.get("id")?,
        weights: row
            .json("weights")?
            .ok_or_else(|| StoreError::Database("weights without values".to_owned()))?,
        created_at: row.instant("created_at")?,
        created_by: row.get("created_by")?,
        note: row.get("note")?,
        active_since: row.instant_opt("active_since")?,
    })
}
