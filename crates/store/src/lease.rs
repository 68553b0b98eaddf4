//! Claims on due rows. A worker gets rows for a while (the lease) under a token; whoever comes after
//! the lease ran out gets a new token, and the old one finishes nothing any more.

use domain::UtcMs;
use ulid::Ulid;

use crate::db::Value;
use crate::{Store, StoreError};

/// Rows of dead workers first, then the longest due. What is due is decided by a replay's clock where there is
/// one; the lease always runs by the database's, since a replay's may stand still, and a worker that died in it
/// would hold its rows for ever. Each half reads no more of the index than it takes, however many rows are due;
/// the clock stands in a query of its own, so that the index can be searched for it. `MATERIALIZED` keeps the
/// choice of rows from being evaluated twice. Rows that others hold locked are skipped; the token makes the claim
/// readable afterwards.
macro_rules! claim_sql {
    ($table:literal) => {
        concat!(
            "WITH expired AS MATERIALIZED (SELECT id FROM ",
            $table,
            " WHERE data_source = $1 AND state = 'claimed' AND lease_until <= (SELECT {now_ms}) \
             ORDER BY not_before LIMIT $3{skip_locked}), \
             waiting AS MATERIALIZED (SELECT id FROM ",
            $table,
            " WHERE data_source = $1 AND state = 'pending' AND not_before <= COALESCE($2, (SELECT {now_ms})) \
             ORDER BY not_before LIMIT $3{skip_locked}), \
             due AS MATERIALIZED (SELECT id FROM expired UNION ALL SELECT id FROM waiting LIMIT $3) UPDATE ",
            $table,
            " SET state = 'claimed', lease_until = {now_ms} + $4, token = $5, worker = $6, \
             attempt = attempt + 1 WHERE id IN (SELECT id FROM due)"
        )
    };
}

/// The right to finish one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The row.
    pub id: String,
    /// The claim under which it was given out.
    pub token: String,
}

/// The tables whose rows are claimed; their work columns have the same names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Queue {
    Outcomes,
    Outbox,
    AbChecks,
}

impl Queue {
    const fn claim(self) -> &'static str {
        match self {
            Self::Outcomes => claim_sql!("outcomes"),
            Self::Outbox => claim_sql!("outbox"),
            Self::AbChecks => claim_sql!("ab_checks"),
        }
    }
}

impl Store {
    /// Claims up to `limit` due rows for `lease_ms` of the database's clock, and gives the token under which they
    /// can be read, or `None` without any. `due_by`: a replay's time; `None`: the database's, for live operation.
    pub(crate) async fn claim(
        &self,
        queue: Queue,
        due_by: Option<UtcMs>,
        worker: &str,
        limit: u32,
        lease_ms: i64,
    ) -> Result<Option<String>, StoreError> {
        let token = Ulid::new().to_string();
        let values: Vec<Value> = vec![
            self.data_source().as_str().into(),
            due_by.into(),
            i64::from(limit).into(),
            lease_ms.into(),
            (&token).into(),
            worker.into(),
        ];
        let claimed = self.db().execute(queue.claim(), values).await?;
        Ok((claimed > 0).then_some(token))
    }
}
