//! Tests of two sets of weights side by side. One at most runs at a time; what is served never comes from the
//! challenger.

mod checks;
mod decisions;

use domain::UtcMs;
use ulid::Ulid;

use crate::db::{Row, Tx};
use crate::signals::Json;
use crate::signals::record::check_text;
use crate::weights::InPlaceOf;
use crate::{Store, StoreError, audit, weights};

pub use checks::{ClaimedAbCheck, JudgedAbCheck};
pub use decisions::{AbCounts, AbDecision, AbOutcome, StoredAbDecision};

/// A test to be started.
#[derive(Clone, Debug)]
pub struct NewAbTest {
    /// ULID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The weights that signals are served with.
    pub control: AbArm,
    /// The weights in the shadow.
    pub challenger: AbArm,
    /// Time after a signal at which the arms are compared, in seconds.
    pub horizon_s: i64,
    /// It ends when this many independent outcomes are judged.
    pub max_outcomes: Option<i64>,
    /// It ends at this time.
    pub ends_at: Option<UtcMs>,
    /// Why.
    pub note: Option<String>,
    /// Whether the challenger is a version of the weights that is not kept yet.
    pub is_new_version: bool,
    /// Whether a test that runs is ended first.
    pub replace: bool,
}

/// One set of weights of a test.
#[derive(Clone, Debug)]
pub struct AbArm {
    /// The version's name.
    pub weights_id: String,
    /// Factor to weight.
    pub weights: Json,
}

/// A test.
#[derive(Clone, Debug)]
pub struct AbTest {
    /// ULID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it runs; ended otherwise.
    pub is_running: bool,
    /// The weights that signals are served with.
    pub control: AbArm,
    /// The weights in the shadow.
    pub challenger: AbArm,
    /// Time after a signal at which the arms are compared, in seconds.
    pub horizon_s: i64,
    /// It ends when this many independent outcomes are judged.
    pub max_outcomes: Option<i64>,
    /// It ends at this time.
    pub ends_at: Option<UtcMs>,
    /// When it began.
    pub started_at: UtcMs,
    /// Who began it.
    pub started_by: String,
    /// When it ended.
    pub ended_at: Option<UtcMs>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// When the challenger became what is served.
    pub promoted_at: Option<UtcMs>,
    /// Who made it so.
    pub promoted_by: Option<String>,
    /// Why it was begun.
    pub note: Option<String>,
}

const COLUMNS: &str = "SELECT id, name, state, control_id, CAST(control_weights AS TEXT) AS control_weights, \
    challenger_id, CAST(challenger_weights AS TEXT) AS challenger_weights, horizon_s, max_outcomes, ends_at, \
    started_at, started_by, ended_at, ended_by, end_reason, promoted_at, promoted_by, note FROM ab_tests";

impl Store {
    /// Starts a test. `false`: another one runs, nothing was written.
    ///
    /// # Errors
    /// `Invalid` when the challenger is a new version whose name is taken, or a text cannot be stored.
    pub async fn start_ab_test(&self, test: NewAbTest, actor: &str) -> Result<bool, StoreError> {
        check_text("name", &test.name)?;
        if let Some(note) = &test.note {
            check_text("note", note)?;
        }
        let (now, source) = (self.now(), self.data_source().as_str());
        let NewAbTest { id, name, control, challenger, .. } = test;
        let mut tx = self.db().begin().await?;
        if test.replace {
            end_running(&mut tx, source, now, actor, &format!("replaced by {id}")).await?;
        }
        if test.is_new_version {
            let note = format!("challenger of {id}");
            weights::add_in(
                &mut tx,
                &challenger.weights_id,
                challenger.weights.clone(),
                actor,
                Some(&note),
                now,
            )
            .await?;
        }
        let sql = "INSERT INTO ab_tests (id, data_source, name, state, control_id, control_weights, \
            challenger_id, challenger_weights, horizon_s, max_outcomes, ends_at, started_at, started_by, note) \
            VALUES ($1, $2, $3, 'running', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
        let values = vec![
            (&id).into(),
            source.into(),
            name.into(),
            control.weights_id.into(),
            control.weights.into(),
            (&challenger.weights_id).into(),
            (&challenger.weights).into(),
            test.horizon_s.into(),
            test.max_outcomes.into(),
            test.ends_at.into(),
            now.into(),
            actor.into(),
            test.note.into(),
        ];
        // Of two that start at once the second waits for the first's end, and finds its place taken.
        if tx.execute(sql, values).await? == 0 {
            return Ok(false);
        }
        audit::record(&mut tx, now, actor, "ab_test.start", &id, Some(challenger.weights)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The test that runs.
    pub async fn running_ab_test(&self) -> Result<Option<AbTest>, StoreError> {
        let sql = format!("{COLUMNS} WHERE data_source = $1 AND state = 'running'");
        let values = vec![self.data_source().as_str().into()];
        self.db().fetch_optional(sql, values).await?.as_ref().map(ab_test).transpose()
    }

    /// A test by its id.
    ///
    /// # Errors
    /// `Invalid` for a text that no database takes.
    pub async fn ab_test(&self, id: &str) -> Result<Option<AbTest>, StoreError> {
        check_text("test_id", id)?;
        let sql = format!("{COLUMNS} WHERE data_source = $1 AND id = $2");
        let values = vec![self.data_source().as_str().into(), id.into()];
        self.db().fetch_optional(sql, values).await?.as_ref().map(ab_test).transpose()
    }

    /// Tests, the newest first.
    pub async fn ab_tests(&self, limit: u32) -> Result<Vec<AbTest>, StoreError> {
        let sql = format!("{COLUMNS} WHERE data_source = $1 ORDER BY started_at DESC, id DESC LIMIT $2");
        let values = vec![self.data_source().as_str().into(), i64::from(limit).into()];
        self.db().read(sql, values, ab_test).await
    }

    /// Ends a test. `false`: it does not run.
    pub async fn end_ab_test(&self, id: &str, actor: &str, reason: &str) -> Result<bool, StoreError> {
        check_text("reason", reason)?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE ab_tests SET state = 'ended', ended_at = $1, ended_by = $2, end_reason = $3 \
            WHERE id = $4 AND data_source = $5 AND state = 'running'";
        let values =
            vec![now.into(), actor.into(), reason.into(), id.into(), self.data_source().as_str().into()];
        if tx.execute(sql, values).await? == 0 {
            return Ok(false);
        }
        record_end(&mut tx, now, actor, id, reason).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes a test's challenger the active weights in place of those that `instead` says, and ends the test where
    /// it runs. `false`: it was promoted before or something else is active, and nothing was written.
    ///
    /// # Errors
    /// `NotFound` without such a test, or where its challenger's version is gone.
    pub async fn promote_challenger(
        &self,
        id: &str,
        instead: InPlaceOf<'_>,
        actor: &str,
    ) -> Result<bool, StoreError> {
        let (now, source) = (self.now(), self.data_source().as_str());
        let test = self.ab_test(id).await?;
        let test = test.ok_or_else(|| StoreError::NotFound { what: format!("A/B test '{id}'") })?;
        let mut tx = self.db().begin().await?;
        if !weights::take_turn(&mut tx, instead).await? {
            return Ok(false);
        }
        let sql = "UPDATE ab_tests SET promoted_at = $1, promoted_by = $2 \
            WHERE id = $3 AND data_source = $4 AND promoted_at IS NULL";
        if tx.execute(sql, vec![now.into(), actor.into(), id.into(), source.into()]).await? == 0 {
            return Ok(false);
        }
        audit::record(&mut tx, now, actor, "ab_test.promote", id, Some(test.challenger.weights)).await?;
        weights::activate_in(&mut tx, source, &test.challenger.weights_id, actor, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Ends whatever test runs: what it compares with is no longer served.
pub(crate) async fn end_running(
    tx: &mut Tx<'_>,
    source: &str,
    now: UtcMs,
    actor: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE ab_tests SET state = 'ended', ended_at = $1, ended_by = $2, end_reason = $3 \
        WHERE data_source = $4 AND state = 'running' RETURNING id";
    let rows = tx.fetch(sql, vec![now.into(), actor.into(), reason.into(), source.into()]).await?;
    for row in rows {
        record_end(tx, now, actor, &row.get::<String>("id")?, reason).await?;
    }
    Ok(())
}

async fn record_end(
    tx: &mut Tx<'_>,
    now: UtcMs,
    actor: &str,
    id: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let detail = serde_json::value::to_raw_value(reason).ok();
    audit::record(tx, now, actor, "ab_test.end", id, detail).await
}

/// A new id for a test.
#[must_use]
pub fn new_id() -> String {
    format!("ab-{}", Ulid::new())
}

fn ab_test(row: &Row) -> Result<AbTest, StoreError> {
    let arm = |id: &str, weights: &str| {
        let weights = row.json(weights)?;
        Ok::<_, StoreError>(AbArm {
            weights_id: row.get(id)?,
            weights: weights.ok_or_else(|| StoreError::Database("an A/B test without weights".to_owned()))?,
        })
    };
    Ok(AbTest {
        id: row.get("id")?,
        name: row.get("name")?,
        is_running: row.get::<String>("state")? == "running",
        control: arm("control_id", "control_weights")?,
        challenger: arm("challenger_id", "challenger_weights")?,
        horizon_s: row.get("horizon_s")?,
        max_outcomes: row.get("max_outcomes")?,
        ends_at: row.instant_opt("ends_at")?,
        started_at: row.instant("started_at")?,
        started_by: row.get("started_by")?,
        ended_at: row.instant_opt("ended_at")?,
        ended_by: row.get("ended_by")?,
        end_reason: row.get("end_reason")?,
        promoted_at: row.instant_opt("promoted_at")?,
        promoted_by: row.get("promoted_by")?,
        note: row.get("note")?,
    })
}
