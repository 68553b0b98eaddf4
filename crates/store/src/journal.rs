//! Following what is stored and judged, for figures that are kept in memory.
//!
//! Each signal gets a number in the transaction that stores it, each check in the one that finishes it. A
//! reader asks for the [`JournalHead`] first, then for the rows from a number on. Rows below the head's
//! `settled` are final: no transaction can add one there any more, in whatever order they commit. Rows at or
//! above it are visible but may yet be joined by others of lower numbers, so the reader asks for them again
//! and leaves out, by their ids, those that it has. Nothing is written for reading, no instance waits for
//! another, and each reader takes each row once.
//!
//! Rows of earlier versions, and rows that something else wrote, have the number 0; a reader that begins
//! takes them too. A deletion turns the epoch over: readers begin anew.

use domain::UtcMs;

use crate::db::{Row, Statement, Tx};
use crate::{FirstTouch, OutcomeVerdict, Store, StoreError};

/// How far the journal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalHead {
    /// Changes when rows were deleted.
    pub epoch: i64,
    /// Rows below it are final.
    pub settled: i64,
    /// The highest number of a finished check; 0 without any.
    pub newest_check: i64,
    /// The highest number of a signal; 0 without any.
    pub newest_signal: i64,
}

/// A finished check with what figures are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct JournaledCheck {
    /// The check.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// Seconds after the signal's time.
    pub horizon_s: i64,
    /// The judgement.
    pub result: OutcomeVerdict,
    /// Whether the price rose from entry to exit.
    pub rose: Option<bool>,
    /// Gross profit or loss, %.
    pub gross_pct: Option<f64>,
    /// After fees, slippage and funding, %.
    pub net_pct: Option<f64>,
    /// Whether the net figure wins.
    pub net_win: Option<bool>,
    /// What was touched first.
    pub first_touch: Option<FirstTouch>,
    /// Best excursion, %.
    pub best_pct: Option<f64>,
    /// Worst excursion, %.
    pub worst_pct: Option<f64>,
    /// The signal it belongs to.
    pub of: JournaledSignal,
}

/// A signal with what figures are grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct JournaledSignal {
    /// The signal.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// Its time.
    pub timestamp: UtcMs,
    /// The coin.
    pub symbol: String,
    /// `LONG` or `SHORT`.
    pub signal: String,
    /// 0 to 100.
    pub score: f64,
    /// Its band.
    pub score_band: String,
    /// The caller's mode.
    pub mode: Option<String>,
    /// `high`, `medium`, `low`.
    pub confidence: Option<String>,
    /// The verdict.
    pub verdict: Option<String>,
    /// The risk mode.
    pub risk_mode: Option<String>,
    /// Who judged it.
    pub verdict_source: Option<String>,
    /// The weights' version.
    pub weights_id: Option<String>,
    /// `signal`, `mss`, `import`.
    pub origin: String,
    /// Known scores of the factors: `oiTrend=61.5 fearGreed=40`.
    pub factor_scores: Option<String>,
}

/// Checks that are not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Waiting for their time, or for a worker.
    pub pending: u64,
    /// In a worker's hands.
    pub claimed: u64,
    /// The earliest instant among those that wait.
    pub next_due_at: Option<UtcMs>,
}

const OF_SIGNAL: &str = "s.id AS signal_id, s.journal AS signal_journal, s.timestamp AS timestamp, \
    s.symbol AS symbol, s.signal AS signal, s.score AS score, s.score_band AS score_band, s.mode AS mode, \
    s.confidence AS confidence, s.verdict AS verdict, s.risk_mode AS risk_mode, \
    s.verdict_source AS verdict_source, s.weights_id AS weights_id, s.origin AS origin, \
    s.factor_scores AS factor_scores";
const OF_CHECK: &str = "o.id AS id, o.journal AS journal, o.horizon_s AS horizon_s, o.result AS result, \
    o.exit_price > o.entry_price AS rose, o.gross_pct AS gross_pct, o.net_pct AS net_pct, \
    o.net_win AS net_win, o.first_touch AS first_touch, o.best_pct AS best_pct, o.worst_pct AS worst_pct";

impl Store {
    /// How often this process has written to the database: where it is as before, nothing of its own is new.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.db().writes()
    }

    /// How far the journal has come.
    pub async fn journal_head(&self) -> Result<JournalHead, StoreError> {
        let sql = "SELECT {settled_number} AS settled, \
            COALESCE((SELECT MAX(journal) FROM outcomes), 0) AS newest_check, \
            COALESCE((SELECT MAX(journal) FROM signals), 0) AS newest_signal, \
            CAST(COALESCE((SELECT SUM(epoch) FROM journal_epochs), 0) AS BIGINT) AS epoch";
        let row = self.db().fetch_one(sql, Vec::new()).await?;
        Ok(JournalHead {
            epoch: row.get("epoch")?,
            settled: row.get("settled")?,
            newest_check: row.get("newest_check")?,
            newest_signal: row.get("newest_signal")?,
        })
    }

    /// Takes back numbers that the database has not given out yet: one that was restored from another
    /// server's dump counts anew, and would read those rows again and again.
    pub async fn renumber_journal(&self) -> Result<u64, StoreError> {
        let mut touched = 0;
        for table in ["outcomes", "signals"] {
            let sql = format!("UPDATE {table} SET journal = 0 WHERE journal >= {{unborn_number}}");
            touched += self.db().execute(sql, Vec::new()).await?;
        }
        Ok(touched)
    }

    /// Finished checks of this data source, void ones too, with this number or a higher one.
    pub async fn journaled_checks(&self, since: i64) -> Result<Vec<JournaledCheck>, StoreError> {
        let (sql, values) = self.checks(Some(since)).take();
        self.db().read(sql, values, check).await
    }

    /// Every finished check of this data source, one after the other. A call that fails has given some.
    pub async fn every_check(&self, mut take: impl FnMut(JournaledCheck)) -> Result<(), StoreError> {
        let (sql, values) = self.checks(None).take();
        self.db().each(sql, values, |row| check(row).map(&mut take)).await
    }

    /// Signals of this data source with this number or a higher one.
    pub async fn journaled_signals(&self, since: i64) -> Result<Vec<JournaledSignal>, StoreError> {
        let (sql, values) = self.signals(Some(since)).take();
        self.db().read(sql, values, signal).await
    }

    /// Every signal of this data source, one after the other. A call that fails has given some.
    pub async fn every_signal(&self, mut take: impl FnMut(JournaledSignal)) -> Result<(), StoreError> {
        let (sql, values) = self.signals(None).take();
        self.db().each(sql, values, |row| signal(row).map(&mut take)).await
    }

    fn checks(&self, since: Option<i64>) -> Statement {
        let head =
            format!("SELECT {OF_CHECK}, {OF_SIGNAL} FROM outcomes o JOIN signals s ON s.id = o.signal_id");
        let mut statement = Statement::new(&head);
        // Most rows are of one source and finished: their index must not be taken for the one of the number.
        statement.condition("COALESCE(o.data_source, '') = ?", self.data_source().as_str());
        statement.text(" AND COALESCE(o.state, '') IN ('done', 'void')");
        statement.condition_opt("o.journal >= ?", since);
        statement
    }

    fn signals(&self, since: Option<i64>) -> Statement {
        let mut statement = Statement::new(&format!("SELECT {OF_SIGNAL} FROM signals s"));
        statement.condition("s.data_source = ?", self.data_source().as_str());
        statement.condition_opt("s.journal >= ?", since);
        statement
    }

    /// Checks of this data source that are not finished.
    pub async fn waiting(&self) -> Result<Waiting, StoreError> {
        let sql = "SELECT state, COUNT(*) AS n, MIN(due_at) AS first FROM outcomes WHERE data_source = $1 \
            AND state IN ('pending', 'claimed') GROUP BY state";
        let mut waiting = Waiting::default();
        for row in self.db().fetch(sql, vec![self.data_source().as_str().into()]).await? {
            let count = row.count("n")?;
            if row.get::<String>("state")? == "pending" {
                waiting.pending = count;
                waiting.next_due_at = row.instant_opt("first")?;
            } else {
                waiting.claimed = count;
            }
        }
        Ok(waiting)
    }
}

/// Readers begin anew from here on, those of other data sources too: SQLite gives the numbers of deleted rows
/// out again.
pub(crate) async fn turn_over(tx: &mut Tx<'_>, data_source: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO journal_epochs (data_source, epoch) VALUES ($1, 1) \
        ON CONFLICT (data_source) DO UPDATE SET epoch = journal_epochs.epoch + 1";
    tx.execute(sql, vec![data_source.into()]).await.map(|_| ())
}

fn check(row: &Row) -> Result<JournaledCheck, StoreError> {
    let first_touch: Option<String> = row.get("first_touch")?;
    Ok(JournaledCheck {
        id: row.get("id")?,
        number: row.get("journal")?,
        horizon_s: row.get("horizon_s")?,
        result: OutcomeVerdict::parse(&row.get::<String>("result")?)?,
        rose: row.get("rose")?,
        gross_pct: row.get("gross_pct")?,
        net_pct: row.get("net_pct")?,
        net_win: row.get("net_win")?,
        first_touch: first_touch.as_deref().map(FirstTouch::parse).transpose()?,
        best_pct: row.get("best_pct")?,
        worst_pct: row.get("worst_pct")?,
        of: signal(row)?,
    })
}

fn signal(row: &Row) -> Result<JournaledSignal, StoreError> {
    Ok(JournaledSignal {
        id: row.get("signal_id")?,
        number: row.get("signal_journal")?,
        timestamp: row.instant("timestamp")?,
        symbol: row.get("symbol")?,
        signal: row.get("signal")?,
        score: row.get("score")?,
        score_band: row.get("score_band")?,
        mode: row.get("mode")?,
        confidence: row.get("confidence")?,
        verdict: row.get("verdict")?,
        risk_mode: row.get("risk_mode")?,
        verdict_source: row.get("verdict_source")?,
        weights_id: row.get("weights_id")?,
        origin: row.get("origin")?,
        factor_scores: row.get("factor_scores")?,
    })
}
