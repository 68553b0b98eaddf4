mod histories;
mod lists;
mod paths;
mod shaped;
pub(crate) mod stream;

use domain::MINUTE_MS;
use serde_json::{Value, json};

use self::paths::Plan;
use super::{Ask, Charge, Keys, Till};
use crate::answer::Answer;
use crate::world::Ground;

/// Calls a minute of a Standard and of a Professional key, counted whether they fail or not.
const fn per_minute(keys: Keys) -> u64 {
    match keys {
        Keys::Usual => 300,
        Keys::Full => 1_200,
    }
}

pub(super) fn charge(till: Till<'_>) -> Charge {
    let limit = per_minute(till.keys);
    let standing = till.windows.charge("coinglass", 1, limit, MINUTE_MS);
    let headers =
        vec![("api-key-max-limit", limit.to_string()), ("api-key-use-limit", standing.used.to_string())];
    let refusal = (till.enforce && standing.exceeded()).then(|| failure(429));
    Charge { weight: 1, refusal, headers }
}

/// Business errors come under status 200; only an unknown path and the rate limit have their own.
pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    let Some(path) = paths::find(ask.path) else { return failure(404) };
    if path.plan == Plan::Professional && Keys::of(ask.ground) == Keys::Usual {
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
        let level = match Keys::of(ask.ground) {
            Keys::Usual => "STANDARD",
            Keys::Full => "PROFESSIONAL",
        };
        return Ok(Some(json!({"level": level, "expire_time": expires, "expired": false})));
    }
    match ask.ground {
        Ground::Files(files) => Ok(lists::recorded(ask, files)),
        Ground::Simulated(sim) => match lists::simulated(ask, sim).map_err(Box::new)? {
            Some(found) => Ok(Some(found)),
            None => shaped::answer(ask, sim),
        },
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
