use domain::Clock;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::faults::Fault;
use crate::provider::Provider;
use crate::server::Shared;
use crate::world::Ground;

/// What the replay is, where each provider is found, and what it is made of.
pub(crate) fn announcement(shared: &Shared) -> Answer {
    let base = &shared.base_url;
    let stream_base = base.replacen("http://", "ws://", 1);
    let providers: Map<String, Value> = Provider::ALL
        .into_iter()
        .map(|provider| {
            let slug = provider.slug();
            let mut addresses = json!({"rest": format!("{base}/{slug}"), "standsFor": provider.stands_for()});
            if let (true, Some(fields)) = (provider.streams(), addresses.as_object_mut()) {
                fields.insert("stream".to_owned(), Value::from(format!("{stream_base}/{slug}")));
            }
            (slug.to_owned(), addresses)
        })
        .collect();
    let mut page = json!({
        "service": "perpsignal-replay",
        "dataSource": shared.ground.data_source(),
        "clock": {"now": shared.clock.now().0, "speed": shared.clock.speed()},
        "enforceLimits": shared.enforce_limits,
        "providers": providers,
    });
    if let Some(fields) = page.as_object_mut() {
        match shared.ground.as_ref() {
            Ground::Files(files) => {
                let held = json!({"dir": files.dir().display().to_string(), "symbols": files.symbols()});
                fields.insert("files".to_owned(), held);
            }
            Ground::Simulated(sim) => {
                let made =
                    json!({"seed": sim.seed(), "coins": sim.roster().trading(shared.clock.now()).count()});
                fields.insert("simulated".to_owned(), made);
            }
        }
    }
    Answer::ok(&page)
}

pub(crate) fn clock(shared: &Shared) -> Answer {
    let now = shared.clock.now();
    Answer::ok(&json!({"now": now.0, "time": now.rfc3339(), "speed": shared.clock.speed()}))
}

pub(crate) fn stats(shared: &Shared) -> Answer {
    Answer::ok(&json!({"providers": shared.stats.snapshot()}))
}

pub(crate) fn faults(shared: &Shared) -> Answer {
    Answer::ok(&json!({"faults": shared.faults.list()}))
}

/// One fault as an object, or several as a list.
pub(crate) fn set_faults(shared: &Shared, body: &[u8]) -> Answer {
    let asked = serde_json::from_slice::<Vec<Fault>>(body)
        .or_else(|_| serde_json::from_slice::<Fault>(body).map(|fault| vec![fault]));
    match asked {
        Ok(asked) => {
            for fault in asked {
                shared.faults.set(fault);
            }
            faults(shared)
        }
        Err(error) => Answer::json(400, &json!({"error": error.to_string()})),
    }
}
