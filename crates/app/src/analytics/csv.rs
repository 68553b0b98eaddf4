//! Rows as CSV: RFC 4180, with CRLF and quotes where they are needed. Text that a spreadsheet would take for a
//! formula begins with an apostrophe.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use store::{OutcomeFilter, SignalFilter};

use super::rows::{OutcomeRow, PageRequest, SignalRow, TrackedRow};
use crate::{App, AppError};

/// A part of a download.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CsvPage {
    /// Lines; the first part begins with the names of the columns.
    pub csv: String,
    /// Pass it as 'cursor' for the next part; absent at the end.
    pub next_cursor: Option<String>,
}

/// Horizons that have columns of their own.
const HORIZONS: [&str; 3] = ["1h", "4h", "24h"];
/// What a check has at each horizon.
const OF_OUTCOME: [&str; 14] = [
    "due_at",
    "evaluated_at",
    "outcome",
    "entry_price",
    "exit_price",
    "interval",
    "candles_of",
    "pnl_pct",
    "net_pnl_pct",
    "net_win",
    "first_touch",
    "best_pct",
    "worst_pct",
    "outcome_reason",
];
const OF_SIGNAL: [&str; 21] = [
    "id",
    "symbol",
    "venue",
    "instrument",
    "signal",
    "score",
    "confidence",
    "price",
    "timestamp",
    "created_at",
    "mode",
    "data_source",
    "origin",
    "engine_version",
    "weights_id",
    "verdict",
    "risk_mode",
    "verdict_source",
    "stop_loss",
    "take_profit",
    "reasons",
];
const OF_TRACKED: [&str; 11] = [
    "signal_id",
    "symbol",
    "signal",
    "score",
    "timestamp",
    "mode",
    "verdict",
    "risk_mode",
    "verdict_source",
    "weights_id",
    "horizon",
];

/// One line after the other.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    is_begun: bool,
}

impl Lines {
    fn comma(&mut self) {
        if self.is_begun {
            self.text.push(',');
        }
        self.is_begun = true;
    }

    /// A cell that somebody else may have written.
    fn words(&mut self, text: &str) {
        self.comma();
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let needs_quotes = text.contains(['"', ',', '\r', '\n']);
        if needs_quotes {
            self.text.push('"');
        }
        if is_formula {
            self.text.push('\'');
        }
        if needs_quotes {
            self.text.push_str(&text.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(text);
        }
    }

    fn words_opt(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.words(text),
            None => self.comma(),
        }
    }

    /// A cell of ours: a number, an instant, true or false.
    fn plain(&mut self, value: Option<impl std::fmt::Display>) {
        self.comma();
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(self.text, "{value}");
        }
    }

    fn end(&mut self) {
        self.text.push_str("\r\n");
        self.is_begun = false;
    }

    fn outcome(&mut self, row: Option<&OutcomeRow>) {
        let Some(row) = row else {
            for _ in OF_OUTCOME {
                self.comma();
            }
            return;
        };
        self.plain(Some(row.due_at));
        self.plain(row.evaluated_at);
        self.words(&row.outcome);
        self.plain(row.entry_price);
        self.plain(row.exit_price);
        self.words_opt(row.interval.as_deref());
        self.words_opt(row.venue.as_deref());
        self.plain(row.pnl_pct);
        self.plain(row.net_pnl_pct);
        self.plain(row.net_win);
        self.words_opt(row.first_touch.as_deref());
        self.plain(row.best_pct);
        self.plain(row.worst_pct);
        self.words_opt(row.reason.as_deref());
    }
}

/// Signals as lines; with the names of the columns first.
fn signals(rows: &[SignalRow], with_head: bool) -> String {
    let mut lines = Lines::default();
    if with_head {
        for name in OF_SIGNAL {
            lines.words(name);
        }
        for horizon in HORIZONS {
            for name in OF_OUTCOME {
                lines.words(&format!("{name}_{horizon}"));
            }
        }
        lines.end();
    }
    for row in rows {
        lines.words(&row.id);
        lines.words(&row.symbol);
        lines.words_opt(row.venue.as_deref());
        lines.words_opt(row.instrument.as_deref());
        lines.words(&row.signal);
        lines.plain(Some(row.score));
        lines.words_opt(row.confidence.as_deref());
        lines.plain(row.price);
        lines.plain(Some(row.timestamp));
        lines.plain(Some(row.created_at));
        lines.words_opt(row.mode.as_deref());
        lines.words(&row.data_source);
        lines.words(&row.origin);
        lines.words_opt(row.engine_version.as_deref());
        lines.words_opt(row.weights_id.as_deref());
        lines.words_opt(row.verdict.as_deref());
        lines.words_opt(row.risk_mode.as_deref());
        lines.words_opt(row.verdict_source.as_deref());
        lines.plain(row.stop_loss);
        lines.plain(row.take_profit);
        let sentences = row.reasons.as_ref().map(|json| {
            serde_json::from_str::<Vec<String>>(json.get())
                .map_or_else(|_| json.get().to_owned(), |reasons| reasons.join(" | "))
        });
        lines.words_opt(sentences.as_deref());
        for horizon in HORIZONS {
            lines.outcome(row.outcomes.iter().find(|outcome| outcome.horizon == horizon));
        }
        lines.end();
    }
    lines.text
}

/// Checks as lines; with the names of the columns first.
fn checks(rows: &[TrackedRow], with_head: bool) -> String {
    let mut lines = Lines::default();
    if with_head {
        for name in OF_TRACKED.iter().chain(&OF_OUTCOME) {
            lines.words(name);
        }
        lines.end();
    }
    for row in rows {
        lines.words(&row.signal_id);
        lines.words(&row.symbol);
        lines.words(&row.signal);
        lines.plain(Some(row.score));
        lines.plain(Some(row.timestamp));
        lines.words_opt(row.mode.as_deref());
        lines.words_opt(row.verdict.as_deref());
        lines.words_opt(row.risk_mode.as_deref());
        lines.words_opt(row.verdict_source.as_deref());
        lines.words_opt(row.weights_id.as_deref());
        lines.words(&row.outcome.horizon);
        lines.outcome(Some(&row.outcome));
        lines.end();
    }
    lines.text
}

impl App {
    /// Stored signals of a filter as CSV, one line each with what became of it, newest first.
    ///
    /// # Errors
    /// As [`App::signal_page`].
    pub async fn signals_csv(
        &self,
        filter: &SignalFilter,
        request: &PageRequest,
    ) -> Result<CsvPage, AppError> {
        let (rows, next_cursor) = self.signals_of_page(filter, request).await?;
        Ok(CsvPage { csv: signals(&rows, request.cursor.is_none()), next_cursor })
    }

    /// Finished checks of a filter as CSV, one line each, newest signals first.
    ///
    /// # Errors
    /// As [`App::tracked_page`].
    pub async fn checks_csv(
        &self,
        filter: &OutcomeFilter,
        request: &PageRequest,
    ) -> Result<CsvPage, AppError> {
        let page = self.tracked_page(filter, request).await?;
        let csv = checks(&page.outcomes, request.cursor.is_none());
        Ok(CsvPage { csv, next_cursor: page.next_cursor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let mut lines = Lines::default();
        for cell in cells {
            lines.words(cell);
        }
        lines.end();
        lines.text
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(line(&["", "a"]), ",a\r\n");
        assert_eq!(
            line(&["1,5", "say \"hi\"", "two\nlines"]),
            "\"1,5\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"x\",\"y\")"] {
            let read = line(&[text, "end"]);
            let mut cells = ::csv::ReaderBuilder::new().has_headers(false).from_reader(read.as_bytes());
            let row = cells.records().next().unwrap().unwrap();
            assert_eq!((&row[0], &row[1]), (format!("'{text}").as_str(), "end"));
        }
        let mut lines = Lines::default();
        lines.plain(Some(-1.5));
        lines.plain(None::<f64>);
        lines.plain(Some(true));
        assert_eq!(lines.text, "-1.5,,true");
    }
}
