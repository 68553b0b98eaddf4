//! How many requests each route had, how they ended, and how long they took.

use std::cell::RefCell;
use std::collections::HashMap;

use axum::http::StatusCode;
use foldhash::fast::FixedState;
use metrics::{Counter, Histogram};

/// By the first digit of the status, less one.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The measures of one route, found in the recorder once.
struct Measures {
    requests: [Option<Counter>; CLASSES.len()],
    seconds: Histogram,
}

thread_local! {
    /// Routes are patterns, so there are no more of them than the router has.
    static ROUTES: RefCell<HashMap<String, Measures, FixedState>> = RefCell::default();
}

/// Counts a request of this route pattern.
pub(crate) fn count(route: &str, status: StatusCode, seconds: f64) {
    ROUTES.with_borrow_mut(|routes| {
        if let Some(measures) = routes.get_mut(route) {
            measures.count(route, status, seconds);
        } else {
            let seconds_of =
                metrics::histogram!("perpsignal_http_request_seconds", "route" => route.to_owned());
            let mut measures = Measures { requests: [const { None }; CLASSES.len()], seconds: seconds_of };
            measures.count(route, status, seconds);
            routes.insert(route.to_owned(), measures);
        }
    });
}

impl Measures {
    fn count(&mut self, route: &str, status: StatusCode, seconds: f64) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1).min(CLASSES.len() - 1);
        if let (Some(counter), Some(name)) = (self.requests.get_mut(class), CLASSES.get(class)) {
            let counter = counter.get_or_insert_with(|| {
                metrics::counter!("perpsignal_http_requests_total", "route" => route.to_owned(), "status" => *name)
            });
            counter.increment(1);
        }
        self.seconds.record(seconds);
    }
}
