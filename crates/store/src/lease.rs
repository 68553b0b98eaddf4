//! Claims on due rows. A worker gets rows for a while (the lease) under a token; whoever comes after
//! the lease ran out gets a new token, and the old one finishes nothing any more.

use domain::UtcMs;
use ulid::Ulid;

use crate::db::Value;
use crate::{Store, StoreError};

/// `MATERIALIZED` keeps the choice of rows from being evaluated twice. Rows that others hold locked
/// are skipped; the token makes the claim readable afterwards.
macro_rules! claim_sql {
    ($table:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (SELECT id FROM ",
            $table,
            " WHERE data_source = $1 AND ((state = 'pending' AND not_before <= COALESCE($2, {now_ms})) \
             OR (state = 'claimed' AND lease_until <= COALESCE($2, {now_ms}))) \
             ORDER BY not_before, id LIMIT $3{skip_locked}) UPDATE ",
            $table,
            " SET state = 'claimed', lease_until = COALESCE($2, {now_ms}) + $4, token = $5, worker = $6, \
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
}

impl Queue {
    const fn claim(self) -> &'static str {
        match self {
            Self::Outcomes => claim_sql!("outcomes"),
            Self::Outbox => claim_sql!("outbox"),
        }
    }
}

impl Store {
    /// Claims due rows and gives the token under which they can be read, or `None` without any.
    pub(crate) async fn claim(
        &self,
        queue: Queue,
        now: Option<UtcMs>,
        worker: &str,
        limit: u32,
        lease_ms: i64,
    ) -> Result<Option<String>, StoreError> {
        let token = Ulid::new().to_string();
        let values: Vec<Value> = vec![
            self.data_source().as_str().into(),
            now.into(),
            i64::from(limit).into(),
            lease_ms.into(),
            (&token).into(),
            worker.into(),
        ];
        let claimed = self.db().execute(queue.claim(), values).await?;
        Ok((claimed > 0).then_some(token))
    }
}
