mod histories;
mod lists;
mod paths;
pub(crate) mod stream;

use domain::MINUTE_MS;
use serde_json::{Value, json};

use self::paths::Plan;
use super::{Ask, Charge, Till};
use crate::answer::Answer;
use crate::world::Ground;

const PER_MINUTE: u64 = 300;

/// A Standard key: 300 calls a minute, counted whether they fail or not.
pub(super) fn charge(till: Till<'_>) -> Charge {
    let standing = till.windows.charge("coinglass", 1, PER_MINUTE, MINUTE_MS);
    let headers =
        vec![("api-key-max-limit", PER_MINUTE.to_string()), ("api-key-use-limit", standing.used.to_string())];
    let refusal = (till.enforce && standing.exceeded()).then(|| failure(429));
    Charge { weight: 1, refusal, headers }
}

/// Business errors come under status 200; only an unknown path and the rate limit have their own.
pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let Some(path) = paths::find(ask.path) else { return failure(404) };
    if path.plan == Plan::Professional {
        return refusal("401", "Upgrade plan");
    }
    if let Some(name) = paths::lacks(path, ask) {
        return refusal("400", &format!("Required parameter '{name}' is missing."));
    }
    match data(ask) {
        Ok(Some(data)) => success(&data),
        Ok(None) => success(&if path.object { json!({}) } else { json!([]) }),
        Err(answer) => *answer,
    }
}

/// The data of an endpoint; `None` where the world holds nothing of the kind.
fn data(ask: &Ask<'_>) -> Result<Option<Value>, Box<Answer>> {
    if let Some(rows) = histories::answer(ask)? {
        return Ok(Some(rows));
    }
    if ask.path == "/api/user/account/subscription" {
        let expires = ask.now.0 + 365 * domain::DAY_MS;
        return Ok(Some(json!({"level": "STANDARD", "expire_time": expires, "expired": false})));
    }
    match ask.ground {
        Ground::Files(files) => Ok(lists::recorded(ask, files)),
        Ground::Simulated(sim) => lists::simulated(ask, sim).map_err(Box::new),
    }
}

fn success(data: &Value) -> Answer {
    Answer::ok(&json!({"code": "0", "msg": "success", "data": data}))
}

fn refusal(code: &str, msg: &str) -> Answer {
    Answer::ok(&json!({"code": code, "msg": msg}))
}

fn unknown_pair() -> Answer {
    refusal("400", "The requested pair does not exist on the exchange.")
}

pub(super) fn failure(status: u16) -> Answer {
    let msg = match status {
        401 => "API key missing.",
        403 => "The requested interval is not available for your current API plan.",
        404 => "Endpoint not found.",
        429 => "Too Many Requests",
        _ => "Server Error",
    };
    Answer::json(status, &json!({"code": status.to_string(), "msg": msg}))
}
