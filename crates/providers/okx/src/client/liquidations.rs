use domain::{DAY_MS, ErrorKind, Instrument, Liquidation, Observed, ProviderError, UtcMs};
use upstream::{Args, Ask};

use super::{Okx, observed};
use crate::convert;
use crate::endpoints::LIQUIDATION_ORDERS;
use crate::wire::error;

/// Most orders of a page.
const ORDERS_PER_PAGE: usize = 100;
/// Most pages of one read: 2,000 orders.
const MOST_PAGES: usize = 20;
/// The shortest reach of the endpoint that was ever reported; some saw seven days.
const LEAST_REACH_MS: i64 = DAY_MS;

/// Liquidations of one contract, with how far back they are complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Liquidations {
    /// Ascending.
    pub liquidations: Vec<Liquidation>,
    /// From this instant on none is missing; what comes before it is only what was seen.
    pub complete_since: UtcMs,
}

impl Okx {
    /// Liquidation orders from `since` on, read backwards page by page. The exchange no longer documents
    /// this endpoint and keeps one to seven days; where it is gone the error is `Unsupported`.
    pub async fn liquidations(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Liquidations>, ProviderError> {
        let symbol = instrument.native_symbol.as_str();
        let family = symbol.strip_suffix("-SWAP").unwrap_or(symbol);
        let now = self.now();
        let mut read = Backwards::new(since);
        let mut received_at = UtcMs::default();
        for _ in 0..MOST_PAGES {
            let args = Args::new()
                .with("instType", "SWAP")
                .with("instFamily", family)
                .with("state", "filled")
                .with_opt("after", read.after.map(|at| at.0))
                .with("limit", ORDERS_PER_PAGE);
            let page = self.raw(&LIQUIDATION_ORDERS, args, ask).await.map_err(gone)?;
            received_at = received_at.max(page.received_at);
            if read.take(convert::liquidations(page.data())?) {
                break;
            }
        }
        let mut value = read.finish(now);
        value.liquidations.retain(|order| {
            order.at >= since && order.at <= now && order.native_symbol == instrument.native_symbol
        });
        Ok(observed(value, now.min(received_at), received_at))
    }
}

/// An endpoint that is no longer there is no fault of the contract asked for.
fn gone(fault: ProviderError) -> ProviderError {
    if fault.kind == ErrorKind::NotFound {
        error(ErrorKind::Unsupported, format!("OKX no longer lists liquidations: {}", fault.message))
    } else {
        fault
    }
}

/// A read that goes back in time.
#[derive(Debug)]
struct Backwards {
    since: UtcMs,
    /// Only orders older than this are asked for next.
    after: Option<UtcMs>,
    oldest: Option<UtcMs>,
    orders: Vec<Liquidation>,
    /// The provider gave all it has.
    exhausted: bool,
}

impl Backwards {
    const fn new(since: UtcMs) -> Self {
        Self { since, after: None, oldest: None, orders: Vec::new(), exhausted: false }
    }

    /// Takes a page in; true when the read is over.
    fn take(&mut self, page: Vec<Liquidation>) -> bool {
        self.exhausted = page.len() < ORDERS_PER_PAGE;
        if let Some(oldest) = page.iter().map(|order| order.at).min() {
            // The page before may have ended inside this millisecond: it is asked for again, and what is
            // known of it gives way.
            self.orders.retain(|order| self.after.is_none_or(|after| order.at >= after));
            self.orders.extend(page);
            let stuck = self.oldest == Some(oldest);
            self.oldest = Some(oldest);
            self.after = Some(if stuck { oldest } else { oldest.plus_ms(1) });
        }
        self.exhausted || self.oldest.is_some_and(|oldest| oldest < self.since)
    }

    fn finish(mut self, now: UtcMs) -> Liquidations {
        self.orders.sort_by_key(|order| order.at);
        // Inside the oldest millisecond the last page may have broken off.
        let seen_since = self.oldest.map_or(now, |oldest| oldest.plus_ms(1));
        let complete_since =
            if self.exhausted { seen_since.min(now.plus_ms(-LEAST_REACH_MS)) } else { seen_since };
        Liquidations { liquidations: self.orders, complete_since: complete_since.max(self.since) }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Side, Venue};

    use super::*;

    const NOW: UtcMs = UtcMs(1_786_820_000_000);

    fn order(at: i64) -> Liquidation {
        Liquidation {
            venue: Venue::Okx,
            native_symbol: "BTC-USDT-SWAP".to_owned(),
            side: Side::Long,
            price: 1.0,
            quantity: 1.0,
            at: UtcMs(at),
        }
    }

    fn page(newest: i64) -> Vec<Liquidation> {
        (0..100).map(|index| order(newest - index)).collect()
    }

    #[test]
    fn an_order_at_the_seam_of_two_pages_is_counted_once() {
        let newest = NOW.0 - 10;
        let mut read = Backwards::new(UtcMs(newest - 150));
        assert!(!read.take(page(newest)));
        assert_eq!(read.after, Some(UtcMs(newest - 98)), "the oldest millisecond is asked for again");
        assert!(read.take(page(newest - 99)));
        let done = read.finish(NOW);
        assert_eq!(done.liquidations.len(), 199);
        assert_eq!(done.complete_since, UtcMs(newest - 150));
    }

    #[test]
    fn a_read_that_breaks_off_says_how_far_it_came() {
        let mut read = Backwards::new(NOW.plus_ms(-7 * DAY_MS));
        assert!(!read.take(page(NOW.0 - 10)));
        assert_eq!(read.finish(NOW).complete_since, UtcMs(NOW.0 - 10 - 98));
    }

    #[test]
    fn a_short_page_is_all_there_is_within_the_least_reach() {
        let mut read = Backwards::new(NOW.plus_ms(-7 * DAY_MS));
        assert!(read.take(vec![order(NOW.0 - 5)]));
        assert_eq!(read.finish(NOW).complete_since, NOW.plus_ms(-DAY_MS));
        let mut quiet = Backwards::new(NOW.plus_ms(-1_000));
        assert!(quiet.take(Vec::new()));
        let done = quiet.finish(NOW);
        assert_eq!((done.liquidations.len(), done.complete_since), (0, NOW.plus_ms(-1_000)));
    }

    #[test]
    fn many_orders_in_one_millisecond_do_not_stop_the_read() {
        let same: Vec<Liquidation> = (0..100).map(|_| order(NOW.0 - 10)).collect();
        let mut read = Backwards::new(NOW.plus_ms(-DAY_MS));
        assert!(!read.take(same.clone()));
        assert!(!read.take(same));
        assert_eq!(read.after, Some(UtcMs(NOW.0 - 10)), "the next page steps over it");
    }
}
