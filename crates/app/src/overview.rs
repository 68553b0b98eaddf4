//! Raw data of one coin as callers read it.

use std::collections::BTreeMap;

use domain::UtcMs;
use domain::symbols::Resolved;
use schemars::JsonSchema;
use serde::Serialize;
use upstream::Ask;

use crate::{App, AppError};

/// Raw data of one coin from every provider that answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarketAnswer {
    /// Coin ticker; the contract's own name where it is no coin's perpetual in dollars.
    pub symbol: String,
    /// When it was asked.
    pub timestamp: UtcMs,
    /// live, replay or simulated.
    pub data_source: String,
    /// The coin's contracts, by venue.
    pub contracts: BTreeMap<String, ContractAnswer>,
    /// Values by provider and name; the unit is in the name.
    pub providers: BTreeMap<String, BTreeMap<String, ValueAnswer>>,
    /// Who did not answer, and why.
    pub failed: Vec<FailureAnswer>,
    /// What one should know of the contract that the symbol was taken for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the providers' terms ask to be shown beside their data.
    pub attribution: Vec<String>,
}

/// One contract.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractAnswer {
    /// The exchange's own name.
    pub instrument: String,
    /// Coins per price unit.
    pub price_multiplier: u64,
    /// Smallest price step.
    pub tick_size: f64,
}

/// One value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueAnswer {
    /// The value as observed.
    pub value: f64,
    /// The instant it stands for.
    pub as_of: UtcMs,
    /// The venue whose contract it speaks of; its price unit is in `contracts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
}

/// A provider that did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureAnswer {
    /// Who.
    pub source: String,
    /// The kind of failure.
    pub kind: String,
    /// One sentence.
    pub message: String,
}

impl From<domain::ProviderError> for FailureAnswer {
    fn from(error: domain::ProviderError) -> Self {
        Self {
            source: error.source_.as_str().to_owned(),
            kind: error.kind.code().to_owned(),
            message: error.message,
        }
    }
}

impl App {
    /// Raw data of one coin from every provider that answers in time.
    ///
    /// # Errors
    /// An unknown symbol, or nobody answered at all.
    pub async fn overview(&self, symbol: &str, ask: Ask) -> Result<MarketAnswer, AppError> {
        let Resolved { instrument, notes, .. } = self.resolve(symbol, ask).await?;
        let overview = self.market.overview(&instrument, ask).await;
        let mut providers: BTreeMap<String, BTreeMap<String, ValueAnswer>> = BTreeMap::new();
        let mut attribution: Vec<String> = Vec::new();
        for fact in &overview.facts {
            let values = providers.entry(fact.source.as_str().to_owned()).or_default();
            let venue = fact.venue.map(|venue| venue.as_str().to_owned());
            values.insert(fact.name.to_owned(), ValueAnswer { value: fact.value, as_of: fact.as_of, venue });
            if let Some(text) = fact.source.attribution().map(str::to_owned)
                && !attribution.contains(&text)
            {
                attribution.push(text);
            }
        }
        let mut failures: Vec<(FailureAnswer, Vec<&str>)> = Vec::new();
        for (what, error) in overview.failed {
            let failure = FailureAnswer::from(error);
            match failures.iter_mut().find(|(known, _)| *known == failure) {
                Some((_, names)) => names.push(what),
                None => failures.push((failure, vec![what])),
            }
        }
        let named = |(failure, names): (FailureAnswer, Vec<&str>)| {
            let message = format!("{}: {}", names.join(", "), failure.message);
            FailureAnswer { message, ..failure }
        };
        let failed: Vec<FailureAnswer> = failures.into_iter().map(named).collect();
        if providers.is_empty() {
            return Err(AppError::InsufficientData {
                coverage: 0.0,
                floor: self.config.engine.coverage_floor,
                missing: failed
                    .into_iter()
                    .map(|failure| crate::signals::MissingFactor {
                        factor: failure.source,
                        reason: failure.message,
                    })
                    .collect(),
            });
        }
        let contracts = overview
            .contracts
            .iter()
            .map(|contract| {
                let tick =
                    rust_decimal::prelude::ToPrimitive::to_f64(&contract.tick_size).unwrap_or_default();
                let answer = ContractAnswer {
                    instrument: contract.native_symbol.clone(),
                    price_multiplier: contract.multiplier,
                    tick_size: tick,
                };
                (contract.venue.as_str().to_owned(), answer)
            })
            .collect();
        Ok(MarketAnswer {
            symbol: instrument.symbol().to_owned(),
            timestamp: self.clock.now(),
            data_source: self.config.data_source.as_str().to_owned(),
            contracts,
            providers,
            failed,
            notes,
            attribution,
        })
    }
}
