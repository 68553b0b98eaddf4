//! Whether the database is there. While it is away, calls fail at once instead of each waiting for
//! the acquire time-out, and one task looks for it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};

use crate::StoreError;

/// Open while the database answers.
#[derive(Debug)]
pub(crate) struct Gate {
    open: watch::Sender<bool>,
    reason: Mutex<String>,
    doubt: Notify,
}

impl Gate {
    pub(crate) fn new(open: bool) -> Self {
        Self {
            open: watch::Sender::new(open),
            reason: Mutex::new("not connected yet".to_owned()),
            doubt: Notify::new(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if *self.open.borrow() { Ok(()) } else { Err(StoreError::unavailable(self.reason())) }
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    pub(crate) fn reason(&self) -> String {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the gate and wakes the task that looks for the database.
    pub(crate) fn shut(&self, reason: &str) {
        reason.clone_into(&mut self.reason.lock().unwrap_or_else(PoisonError::into_inner));
        if self.open.send_replace(false) {
            tracing::warn!(reason, "the database is away; new signals wait in the spool");
        }
        self.doubt.notify_one();
    }

    /// Asks for a look at the database without closing the gate.
    pub(crate) fn question(&self) {
        self.doubt.notify_one();
    }

    pub(crate) fn open(&self) {
        if !self.open.send_replace(true) {
            tracing::info!("the database is there");
        }
    }

    /// Resolves when somebody closed or questioned the gate.
    pub(crate) async fn doubted(&self) {
        self.doubt.notified().await;
    }

    /// Resolves when the gate is closed.
    pub(crate) async fn closed(&self) {
        let mut open = self.open.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = open.wait_for(|open| !*open).await;
    }

    /// Resolves when the gate is open.
    pub(crate) async fn opened(&self) {
        let mut open = self.open.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = open.wait_for(|open| *open).await;
    }
}
