use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::provider::Provider;

/// Calls to one endpoint.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EndpointCount {
    /// Calls that arrived.
    pub calls: u64,
    /// Of these, answered with a status of 400 and above, or not at all.
    pub failed: u64,
    /// Weight that the provider would have charged.
    pub weight: u64,
}

/// What was asked so far, by provider and endpoint.
#[derive(Debug, Default)]
pub struct Stats {
    endpoints: Mutex<BTreeMap<(&'static str, String), EndpointCount>>,
}

/// Different paths beyond which new ones are counted together, so that nonsense cannot fill the memory.
const MOST_PATHS: usize = 512;

impl Stats {
    pub(crate) fn count(&self, provider: Provider, path: &str, weight: u64, failed: bool) {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (provider.slug(), path.to_owned());
        if endpoints.len() >= MOST_PATHS && !endpoints.contains_key(&key) {
            "(others)".clone_into(&mut key.1);
        }
        let entry = endpoints.entry(key).or_default();
        entry.calls += 1;
        entry.failed += u64::from(failed);
        entry.weight += weight;
    }

    /// Counts by provider, then endpoint.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<&'static str, BTreeMap<String, EndpointCount>> {
        let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_provider: BTreeMap<&'static str, BTreeMap<String, EndpointCount>> = BTreeMap::new();
        for ((provider, path), count) in endpoints.iter() {
            by_provider.entry(provider).or_default().insert(path.clone(), count.clone());
        }
        by_provider
    }
}
