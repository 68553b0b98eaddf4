//! Budgets of the providers that a restart would forget: a day's calls, a month's.

use serde_json::value::to_raw_value;
use store::{DataSource, StoreError};
use upstream::Tally;

use crate::App;

/// How often a change of a kept budget is tried while others change it too.
const TRIES: usize = 8;

impl App {
    /// Adds what this process used of the kept budgets to the common sum in the store, and takes that sum for
    /// the truth. So a restart forgets nothing but the time since the last call, and several processes with
    /// one key keep one budget. Only live: nobody counts a replay's calls.
    ///
    /// # Errors
    /// The first failure of the store; the budgets after it are added all the same, and what could not be
    /// added is added the next time.
    pub async fn sync_budgets(&self) -> Result<(), StoreError> {
        if self.config.data_source != DataSource::Live {
            return Ok(());
        }
        let mut outcome = Ok(());
        for lane in self.market.lanes() {
            for meter in lane.kept_meters() {
                let used = lane.draw(meter);
                match self.add_to_kept(&format!("budget.{}.{meter}", lane.source()), &used).await {
                    Ok(kept) => lane.adopt(meter, &kept),
                    Err(error) => {
                        lane.put_back(meter, &used);
                        outcome = outcome.and(Err(error));
                    }
                }
            }
        }
        outcome
    }

    /// The common sum after `used` was added.
    async fn add_to_kept(&self, name: &str, used: &Tally) -> Result<Tally, StoreError> {
        for _ in 0..TRIES {
            let entry = self.store.state(name).await?;
            let seen = entry.as_ref().map_or(0, |entry| entry.version);
            let mut kept: Tally = match entry {
                // Written anew with the next use.
                Some(entry) => serde_json::from_str(entry.value.get()).unwrap_or_else(|error| {
                    tracing::warn!(%error, name, "a kept budget cannot be read and counts as unused");
                    Tally::default()
                }),
                None => Tally::default(),
            };
            if used.is_empty() {
                return Ok(kept);
            }
            kept.merge(used);
            // Budgets run on real time; live, that is the program's.
            kept.forget_until(self.clock.now());
            let json = to_raw_value(&kept).map_err(|fault| StoreError::Database(fault.to_string()))?;
            if self.store.set_state_if(name, seen, json).await? {
                return Ok(kept);
            }
        }
        Err(StoreError::Busy { reason: format!("{name} is changed by others all the time") })
    }
}
