//! The client: one question, one answer.

use domain::{ErrorKind, ProviderError};
use serde::{Deserialize, Serialize};
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane, Payload};

use crate::body;
use crate::endpoints::{CHAT, MODELS, RESPONSES};
use crate::learned::Learned;
use crate::reply::{self, Reply};
use crate::settings::{Api, ModelSettings, Question};
use crate::wire::{OpenAiWire, error};

/// How often a question is put anew because the server does not take a part of it.
const ADAPTATIONS: usize = 3;

/// A model server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OpenAi {
    lane: Lane,
    settings: ModelSettings,
    learned: Learned,
}

/// A model that a key may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name.
    pub id: String,
    /// The day it is switched off, where announced: `2027-01-14`.
    #[serde(default)]
    pub shutdown_date: Option<String>,
}

#[derive(Deserialize)]
struct ModelList {
    data: Vec<ModelInfo>,
}

impl OpenAi {
    /// A client on a lane. `lane` makes the lane of the conventions it is given.
    pub fn new(wire: OpenAiWire, settings: ModelSettings, lane: impl FnOnce(OpenAiWire) -> Lane) -> Self {
        let learned = wire.learned.clone();
        Self { lane: lane(wire), settings, learned }
    }

    /// The guarded way out.
    #[must_use]
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// How it is asked.
    #[must_use]
    pub fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    /// Any endpoint of [`crate::ENDPOINTS`] that is read; the answer as it was sent.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        self.lane.get(Call::new(endpoint, args).ask(ask)).await
    }

    /// Puts a question. When the server refuses a field that it need not have, the question is put again
    /// without it, and from then on.
    ///
    /// # Errors
    /// What went wrong on the way; an answer that arrived and is of no use is no error but
    /// [`Reply::said`]'s.
    pub async fn ask(&self, question: &Question<'_>, ask: Ask) -> Result<Reply, ProviderError> {
        let endpoint = match self.settings.api {
            Api::Chat => &CHAT,
            Api::Responses => &RESPONSES,
        };
        let mut adaptations = 0;
        let mut body = body::body(&self.settings, question, &self.learned);
        loop {
            let payload = Payload::json(self.lane.source(), &body)?;
            let failure = match self.lane.post(Call::new(endpoint, Args::new()).ask(ask), payload).await {
                Ok(answer) => return reply::read(self.settings.api, answer.data()),
                Err(failure) => failure,
            };
            let adapted = body::body(&self.settings, question, &self.learned);
            if failure.kind != ErrorKind::BadRequest || adapted == body || adaptations == ADAPTATIONS {
                return Err(failure);
            }
            tracing::debug!(%failure, "the question is put again without what the server refuses");
            adaptations += 1;
            body = adapted;
        }
    }

    /// The models of this key.
    ///
    /// # Errors
    /// When the list cannot be had; not every compatible server has one.
    pub async fn models(&self, ask: Ask) -> Result<Vec<ModelInfo>, ProviderError> {
        let answer = self.raw(&MODELS, Args::new(), ask).await?;
        serde_json::from_slice::<ModelList>(answer.data()).map(|list| list.data).map_err(|fault| {
            error(ErrorKind::Malformed, format!("the list of models cannot be read: {fault}"))
        })
    }
}
