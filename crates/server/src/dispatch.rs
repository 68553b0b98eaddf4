//! Running an operation for a caller: may they, have they units left, and within the operation's time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use catalog::{Call, OpError, Operation, Scope};
use ops::Ctx;

use crate::State;
use crate::auth::Caller;
use crate::limits::{Allowance, Metered, Standing};

/// An answer, and what is left of the caller's allowance.
pub(crate) struct Done {
    pub(crate) body: Bytes,
    pub(crate) standing: Option<Standing>,
}

/// Why there is no answer, and what is left of the allowance where the caller was charged or has too little.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: OpError,
    pub(crate) standing: Option<Standing>,
}

impl From<OpError> for Refused {
    fn from(error: OpError) -> Self {
        Self { error, standing: None }
    }
}

impl From<Refused> for OpError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

/// What passing a cache by costs on top.
const FRESH_COST: u32 = 4;

/// What a surface adds to the terms on which an operation runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// Units that are paid already.
    pub(crate) prepaid: u32,
    /// A shorter time limit than the operation's own.
    pub(crate) time_limit: Option<Duration>,
}

/// Runs a call on the operation's own terms.
pub(crate) async fn run(
    state: &Arc<State>,
    caller: &Caller,
    operation: &Operation,
    call: Call,
) -> Result<Done, Refused> {
    run_on(state, caller, operation, call, Terms::default()).await
}

/// Runs a call. The order is: may they, can they afford it, is there time.
pub(crate) async fn run_on(
    state: &Arc<State>,
    caller: &Caller,
    operation: &Operation,
    call: Call,
    terms: Terms,
) -> Result<Done, Refused> {
    let meta = &operation.meta;
    caller.allow(meta.scope_for(call.args()))?;
    let is_fresh = call.args().get("fresh").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let each = meta.cost + if is_fresh { FRESH_COST } else { 0 };
    let cost = each.saturating_mul(meta.items(call.args()));
    let standing = charge(state, caller, cost.saturating_sub(terms.prepaid))?;
    let time_limit = terms.time_limit.map_or(meta.time_limit, |limit| limit.min(meta.time_limit));
    let deadline = Instant::now() + time_limit;
    // Who it was is asked by what changes things alone, and takes longer to write than most answers to find.
    let name = if matches!(meta.scope, Scope::Write | Scope::Admin) { caller.name() } else { String::new() };
    let ctx = Ctx { app: Arc::clone(&state.app), deadline: Some(deadline), caller: name.into() };
    let work = state.catalog.run(ctx, call);
    let outcome = tokio::time::timeout_at(deadline.into(), work).await.unwrap_or_else(|_| {
        let limit_ms = u64::try_from(time_limit.as_millis()).unwrap_or(u64::MAX);
        Err(OpError::timed_out(limit_ms, "a smaller limit, fewer symbols, or no fresh=true"))
    });
    match outcome {
        Ok(body) => Ok(Done { body, standing }),
        Err(error) => Err(Refused { error, standing }),
    }
}

/// Takes units from the caller's bucket.
pub(crate) fn charge(state: &State, caller: &Caller, cost: u32) -> Result<Option<Standing>, Refused> {
    let allowance = match &caller.metered {
        Metered::Key(_) => state.config.key_allowance,
        // The operator at his own machine.
        Metered::Address(address) if address.is_loopback() && state.app.keys.is_open() => {
            Allowance { per_minute: 0, burst: 0 }
        }
        Metered::Address(_) => state.config.address_allowance,
    };
    state.limits.charge(&caller.metered, allowance, cost, Instant::now()).map_err(|few| {
        let wait_ms = u64::try_from(few.wait.as_millis()).unwrap_or(u64::MAX);
        let detail = format!("This call costs {cost} units and too few are left. Wait, or ask for more.");
        Refused { error: OpError::rate_limited(wait_ms, detail), standing: Some(few.standing) }
    })
}
