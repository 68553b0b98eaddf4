//! Background work: keeping the lists fresh, watching liquidations, writing their hours down, pruning.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{UtcMs, Venue};
use market::StreamBases;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use upstream::Ask;

use crate::App;
use crate::background::BackgroundScan;

/// How often the exchanges' lists are looked at; they are loaded when old.
const LISTING_PACE: Duration = Duration::from_mins(1);
/// How often finished hours of liquidations are written down.
const COLLECTOR_PACE: Duration = Duration::from_mins(1);
/// How often what was used of the providers' budgets is kept.
const BUDGETS_PACE: Duration = Duration::from_secs(30);
/// How often weights that another instance changed are looked for.
const WEIGHTS_PACE: Duration = Duration::from_secs(20);
/// How often rows beyond their retention are deleted.
const PRUNE_PACE: Duration = Duration::from_hours(6);
/// Longest time for loading the lists.
const LISTING_LIMIT: Duration = Duration::from_secs(20);

/// Background tasks; dropping it stops them at once, [`Jobs::stop`] lets them finish what they do.
#[derive(Debug)]
pub struct Jobs {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Jobs {
    /// Starts all background work of a server.
    #[must_use]
    pub fn start(app: &Arc<App>, streams: &StreamBases) -> Self {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        tasks.spawn(paced(LISTING_PACE, stop.clone(), Arc::clone(app), |app| async move {
            let ask = Ask { deadline: Some(Instant::now() + LISTING_LIMIT), fresh: false, no_waiting: false };
            if let Err(errors) = app.market.refresh_listing(ask).await {
                let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
                tracing::warn!(reasons = reasons.join("; "), "no exchange gave its list of contracts");
            }
        }));
        tasks.spawn(paced(COLLECTOR_PACE, stop.clone(), Arc::clone(app), |app| async move {
            let now = app.clock.now();
            // The hours of the last two days that are not kept yet; rows that are there already stay as they are.
            let rows = app.market.collector.finished_hours(now, UtcMs(now.0 - 48 * domain::HOUR_MS));
            app.book.keep_new(rows);
        }));
        tasks.spawn(paced(PRUNE_PACE, stop.clone(), Arc::clone(app), |app| async move {
            match app.store.prune_history(app.clock.now()).await {
                Ok(deleted) if deleted > 0 => tracing::info!(deleted, "old rows of own history were deleted"),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "old rows of own history could not be deleted"),
            }
        }));
        tasks.spawn(paced(WEIGHTS_PACE, stop.clone(), Arc::clone(app), |app| async move {
            if let Err(error) = app.refresh_weights().await {
                tracing::warn!(%error, "the active weights could not be read; those in use stay");
            }
        }));
        tasks.spawn(paced(BUDGETS_PACE, stop.clone(), Arc::clone(app), |app| async move {
            if let Err(error) = app.sync_budgets().await {
                tracing::warn!(%error, "what was used of the providers' budgets could not be kept");
            }
        }));
        let warmed = Arc::clone(app);
        tasks.spawn(async move {
            if let Err(error) = warmed.catch_up_figures().await {
                tracing::warn!(%error, "finished checks could not be read yet");
            }
        });
        tasks.spawn(crate::outcomes::work(Arc::clone(app), stop.clone()));
        tasks.spawn(crate::weights::ab_test::work(Arc::clone(app), stop.clone()));
        tasks.spawn(crate::weights::optimize::work(Arc::clone(app), stop.clone()));
        tasks.spawn(crate::alerts::work(Arc::clone(app), stop.clone()));
        for venue in Venue::ALL {
            let (market, bases, stop) = (Arc::clone(&app.market), streams.clone(), stop.clone());
            tasks.spawn(async move { market.watch_liquidations(venue, &bases, stop).await });
        }
        Self { tasks, stop }
    }

    /// Starts the background scan besides.
    pub fn scan(&mut self, app: &Arc<App>, scan: BackgroundScan) {
        self.tasks.spawn(Arc::clone(app).background_scan(scan, self.stop.clone()));
    }

    /// Stops the work and waits for it to end.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Does a piece of work now and then at a pace, until stopped.
async fn paced<F, Fut>(pace: Duration, stop: CancellationToken, app: Arc<App>, work: F)
where
    F: Fn(Arc<App>) -> Fut + Send,
    Fut: Future<Output = ()> + Send,
{
    let mut ticks = tokio::time::interval(pace);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => work(Arc::clone(&app)).await,
        }
    }
}
