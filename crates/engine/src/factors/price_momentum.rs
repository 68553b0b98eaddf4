//! Price momentum: moves over 4h, 24h, 7d and 28d in deviations of the coin's own 4h returns.
//!
//! `m_h = ln(P_T / P_{T-h}) / (sigma sqrt(n_h))`, `s = sum v_h tanh(m_h / 1.5)`. It needs no own
//! history but sigma's, does not decay with age, and is missing when the newest closed bar ended more
//! than two bars ago.

use domain::MarketSnapshot;

use super::{Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{leaning, signed_pct};
use crate::{Basis, FactorOutcome};

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let momentum = shared.momentum.as_ref().map_err(Clone::clone)?;
    let candles = snapshot.candles_4h.as_ref().map_err(|missing| missing.reason.clone())?;
    let strength = momentum.strength(config);
    let horizons = [
        ("return4hPct", "m4h", "4h", momentum.h4),
        ("return24hPct", "m24h", "24h", Some(momentum.h24)),
        ("return7dPct", "m7d", "7d", momentum.d7),
        ("return28dPct", "m28d", "28d", momentum.d28),
    ];
    let (mut raw, mut steps, mut moves) = (Vec::new(), Vec::new(), Vec::new());
    for (raw_name, step_name, label, horizon) in horizons {
        if let Some(horizon) = horizon {
            raw.push(figure(raw_name, horizon.percent()));
            steps.push(figure(step_name, horizon.m));
            moves.push(format!("{} over {label}", signed_pct(horizon.percent())));
        }
    }
    raw.push(figure("sigma4hPct", 100.0 * momentum.sigma));
    steps.push(figure("s", strength));
    let note = format!(
        "Price {}, with a usual 4h move of {:.2} %: {}.",
        moves.join(", "),
        100.0 * momentum.sigma,
        leaning(strength)
    );
    let observations = shared.bars.len().saturating_sub(1);
    let draft = Draft {
        strength,
        confidence: 1.0,
        basis: Basis::OwnHistory { observations },
        source: candles.source,
        venue: candles.venue,
        as_of: momentum.ended_at,
        raw,
        steps,
        note,
    };
    draft.with_freshness(1.0, config)
}
