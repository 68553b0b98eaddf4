//! Fallback: sources in order, each with half of the time that is left, the last with all of it. Only the last
//! is waited for where its budget is spent.

use std::future::Future;
use std::time::{Duration, Instant};

use domain::{ErrorKind, Missing, Observed, ProviderError, Reading, Source};
use futures_util::future::BoxFuture;
use upstream::Ask;

/// Time for one datum where the caller sets no deadline.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks one source after the other until one answers. Each gets half of the time that is left and the last
/// all of it: a hanging first source still leaves time for the second, and where all are slow alike the
/// first has the best chance.
#[derive(Debug)]
pub(crate) struct Chain {
    deadline: Instant,
    fresh: bool,
    sources_left: u32,
    tried: Vec<ProviderError>,
}

impl Chain {
    pub(crate) fn new(ask: Ask, sources: usize) -> Self {
        Self {
            deadline: ask.deadline.unwrap_or_else(|| Instant::now() + PATIENCE),
            fresh: ask.fresh,
            sources_left: u32::try_from(sources).unwrap_or(u32::MAX),
            tried: Vec::new(),
        }
    }

    /// How the next source is to be asked.
    fn next_ask(&mut self) -> Ask {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let is_last = self.sources_left <= 1;
        let share = if is_last { left } else { left / 2 };
        self.sources_left = self.sources_left.saturating_sub(1);
        Ask { deadline: Some(Instant::now() + share), fresh: self.fresh, no_waiting: !is_last }
    }

    /// Asks a source within its share. `None`: it failed, and the reason is kept.
    pub(crate) async fn ask<T, F, Fut>(&mut self, source: Source, call: F) -> Option<T>
    where
        F: FnOnce(Ask) -> Fut,
        Fut: Future<Output = Result<T, ProviderError>>,
    {
        let ask = self.next_ask();
        let limit = ask.deadline.map_or(PATIENCE, |end| end.saturating_duration_since(Instant::now()));
        let outcome = tokio::time::timeout(limit, call(ask)).await.unwrap_or_else(|_| {
            let waited = limit.as_millis();
            Err(ProviderError::new(source, ErrorKind::Timeout, format!("no answer within {waited} ms")))
        });
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::debug!(source = source.as_str(), kind = error.kind.code(), "{}", error.message);
                self.tried.push(error);
                None
            }
        }
    }

    /// Keeps a failure that is known without a call.
    pub(crate) fn note(&mut self, error: ProviderError) {
        self.sources_left = self.sources_left.saturating_sub(1);
        self.tried.push(error);
    }

    /// Nobody answered.
    pub(crate) fn missing(self) -> Missing {
        Missing::after(self.tried)
    }
}

/// A source to try: who, and how.
pub(crate) type Step<'a, T> =
    (Source, Box<dyn FnOnce(Ask) -> BoxFuture<'a, Result<Observed<T>, ProviderError>> + Send + 'a>);

/// The first answer in the order given.
pub(crate) async fn first_of<T>(ask: Ask, steps: Vec<Step<'_, T>>) -> Reading<T> {
    let mut chain = Chain::new(ask, steps.len());
    for (source, call) in steps {
        if let Some(got) = chain.ask(source, call).await {
            return Ok(got);
        }
    }
    Err(chain.missing())
}
