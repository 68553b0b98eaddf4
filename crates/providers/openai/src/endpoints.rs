//! What a model server offers, as far as it is used here.

use std::time::Duration;

use upstream::{Cost, Endpoint};

/// Name of the one budget: calls.
pub(crate) const CALLS_METER: &str = "calls";

const COST: Cost = Cost::Fixed { meter: CALLS_METER, weight: 1 };

/// Every endpoint in use.
pub const ENDPOINTS: &[Endpoint] = &[CHAT, RESPONSES, MODELS];

/// One answer to a list of messages (POST).
pub const CHAT: Endpoint = Endpoint {
    id: "chat.completions",
    path: "/chat/completions",
    params: &[],
    plan: "",
    ttl: Duration::ZERO,
    cost: COST,
    summary: "One answer of a model to a list of messages",
    docs: "https://platform.openai.com/docs/api-reference/chat/create",
};

/// One answer to an input (POST).
pub const RESPONSES: Endpoint = Endpoint {
    id: "responses",
    path: "/responses",
    params: &[],
    plan: "",
    ttl: Duration::ZERO,
    cost: COST,
    summary: "One answer of a model to an input",
    docs: "https://platform.openai.com/docs/api-reference/responses/create",
};

/// The models of this key.
pub const MODELS: Endpoint = Endpoint {
    id: "models",
    path: "/models",
    params: &[],
    plan: "",
    ttl: Duration::from_hours(1),
    cost: COST,
    summary: "The models that this key may use",
    docs: "https://platform.openai.com/docs/api-reference/models/list",
};
