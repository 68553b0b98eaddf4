//! Social sentiment, and activity in the direction of the price.
//!
//! `s = 0.6 tanh(z / 1.5)` of sentiment `+ 0.4 tanh(max(0, z) / 1.5) sign(m_24)` of activity. Only
//! activity known: the second part alone, confidence 0.5. With too little history of sentiment:
//! `(value - 75) / 25`, confidence 0.5 (and the half of every absolute form). Activity has no absolute
//! form: without enough history its part is absent.

use domain::{MarketSnapshot, Point, Series, UtcMs};

use super::{Draft, Shared, figure};
use crate::config::EngineConfig;
use crate::figures::{camel_case, leaning};
use crate::observations::{Sample, freshness, known};
use crate::{Basis, FactorOutcome};

/// A social series against its history, unless it is stale.
fn sample(
    series: Option<&Series>,
    at: UtcMs,
    config: &EngineConfig,
    valid: impl Fn(f64) -> bool,
) -> Result<Option<Sample>, String> {
    let Some(series) = series else { return Ok(None) };
    let points: Vec<Point> = known(&series.points, at, |value| valid(value).then_some(value));
    let days = config.history.positioning_days;
    let Some(sample) = Sample::split(&points, at, days, series.cadence_ms, &config.history) else {
        return Ok(None);
    };
    freshness(sample.newest.at, at, &config.ages.social_sentiment)?;
    Ok(Some(sample))
}

pub(super) fn read(snapshot: &MarketSnapshot, config: &EngineConfig, shared: &Shared) -> FactorOutcome {
    let reading = snapshot.social.as_ref().map_err(|missing| missing.reason.clone())?;
    let at = snapshot.at;
    let constants = &config.social;
    let social = &reading.value;
    let sentiment = sample(social.sentiment.as_ref(), at, config, |value| (0.0..=100.0).contains(&value));
    let activity = sample(social.activity.as_ref(), at, config, |value| value >= 0.0);
    let stale = sentiment.as_ref().err().or(activity.as_ref().err()).cloned();
    let (sentiment, activity) = (sentiment.unwrap_or_default(), activity.unwrap_or_default());

    let direction = shared.momentum().map(|momentum| {
        if momentum.h24.m > 0.0 {
            1.0
        } else if momentum.h24.m < 0.0 {
            -1.0
        } else {
            0.0
        }
    });
    let activity_z = activity.as_ref().and_then(Sample::z);
    let activity_part = activity_z.zip(direction).map(|(z, direction)| {
        constants.activity_weight * (z.max(0.0) / constants.z_scale).tanh() * direction
    });

    let mut steps = Vec::new();
    let mut raw = Vec::new();
    let mut phrases = Vec::new();
    let (strength, confidence, basis) = match (&sentiment, activity_part) {
        (Some(sentiment), part) => {
            raw.push(figure("sentiment", sentiment.newest.value));
            phrases.push(format!("{:.0} % of posts are positive", sentiment.newest.value));
            if let Some(z) = sentiment.z() {
                steps.push(figure("zSentiment", z));
                let own = constants.sentiment_weight * (z / constants.z_scale).tanh();
                (own + part.unwrap_or(0.0), 1.0, sentiment.own())
            } else {
                let distance =
                    (sentiment.newest.value - constants.neutral_sentiment) / constants.sentiment_span;
                (distance.clamp(-1.0, 1.0), constants.absolute_confidence, Basis::Absolute)
            }
        }
        (None, Some(part)) => {
            let basis = activity.as_ref().map_or(Basis::Absolute, Sample::own);
            (part, constants.activity_confidence, basis)
        }
        (None, None) => return Err(why_missing(stale, activity.as_ref(), shared)),
    };
    if let Some(activity) = &activity {
        raw.push((camel_case(&social.activity_name).into(), activity.newest.value));
        let usual = activity_z.map(|z| format!(" ({z:+.1} deviations)")).unwrap_or_default();
        phrases.push(format!("{:.0} {}{usual}", activity.newest.value, social.activity_name));
    }
    steps.extend(activity_z.map(|z| figure("zActivity", z)));
    steps.push(figure("s", strength));
    let as_of =
        [&sentiment, &activity].into_iter().flatten().map(|sample| sample.newest.at).min().unwrap_or(at);
    let draft = Draft {
        strength,
        confidence,
        basis,
        source: reading.source,
        venue: reading.venue,
        as_of,
        raw,
        steps,
        note: format!("Social: {}: {}.", phrases.join(", "), leaning(strength)),
    };
    draft.finish(at, &config.ages.social_sentiment, config)
}

fn why_missing(stale: Option<String>, activity: Option<&Sample>, shared: &Shared) -> String {
    if let Some(stale) = stale {
        return stale;
    }
    match (activity, &shared.momentum) {
        (None, _) => "no social figure known at the decision time".to_owned(),
        (Some(_), Err(reason)) => format!("activity without the price's move says nothing ({reason})"),
        (Some(_), Ok(_)) => "only activity is known, with too little history".to_owned(),
    }
}
