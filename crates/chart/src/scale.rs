//! From prices and times to pixels, and where the ticks stand.

use domain::{HOUR_MS, UtcMs};

/// Most ticks of an axis.
const TICKS_MAX: usize = 12;
/// Longest price written in full.
const PRICE_CHARS: usize = 13;

/// Prices on a vertical stretch of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PriceScale {
    low: f64,
    high: f64,
    top: f32,
    bottom: f32,
}

impl PriceScale {
    /// All of these prices with some room around; those that are not finite are left out. `None` without any.
    pub fn over(prices: impl Iterator<Item = f64>, top: f32, bottom: f32) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for price in prices.filter(|price| price.is_finite()) {
            low = low.min(price);
            high = high.max(price);
        }
        if low > high {
            return None;
        }
        // A flat market has a height too.
        let room = ((high - low) * 0.06).max(high.abs() * 1e-5).max(f64::MIN_POSITIVE);
        let (low, high) = (low - room, high + room);
        (high - low).is_finite().then_some(Self { low, high, top, bottom })
    }

    /// Where a price stands, not beyond the stretch.
    pub fn y(&self, price: f64) -> f32 {
        let share = ((self.high - price) / (self.high - self.low)).clamp(0.0, 1.0);
        let share = if share.is_nan() { 0.5 } else { share };
        self.top + narrow(share) * (self.bottom - self.top)
    }

    /// Whether a price lies on the stretch.
    pub fn holds(&self, price: f64) -> bool {
        (self.low..=self.high).contains(&price)
    }

    /// Round prices, about `count` of them.
    pub fn ticks(&self, count: u32) -> Vec<f64> {
        let raw = (self.high - self.low) / f64::from(count.max(1));
        let power = 10_f64.powf(raw.log10().floor());
        if !power.is_normal() {
            return Vec::new();
        }
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= raw)
            .unwrap_or(raw);
        let first = (self.low / step).ceil() * step;
        (0..TICKS_MAX)
            .map(|index| first + step * index as f64)
            .take_while(|tick| *tick <= self.high)
            .filter(|tick| tick.is_finite())
            .collect()
    }
}

/// A share or a pixel in the precision of the canvas.
#[allow(clippy::cast_possible_truncation, reason = "shares and pixels need no more")]
pub(crate) const fn narrow(value: f64) -> f32 {
    value as f32
}

/// A price with the decimals of its tick; in powers of ten where that would be too long.
pub(crate) fn price_text(price: f64, decimals: u32) -> String {
    let decimals = usize::try_from(decimals.min(12)).unwrap_or(12);
    let text = format!("{price:.decimals$}");
    if text.len() > PRICE_CHARS { format!("{price:.4e}") } else { text }
}

/// Round instants in a span with their labels, at most eight or so: hours, days at midnight.
pub(crate) fn time_ticks(from: UtcMs, to: UtcMs) -> Vec<(UtcMs, String, bool)> {
    const STEPS_H: [i64; 9] = [1, 2, 4, 6, 12, 24, 48, 96, 168];
    let span_h = to.0.saturating_sub(from.0) / HOUR_MS;
    let step_h = STEPS_H.into_iter().find(|step| span_h / step <= 8).unwrap_or_else(|| (span_h / 8).max(1));
    let step_ms = step_h.saturating_mul(HOUR_MS);
    let first = from.0.saturating_add(step_ms - 1).div_euclid(step_ms).saturating_mul(step_ms);
    (0..i64::try_from(TICKS_MAX).unwrap_or(12))
        .map(|index| UtcMs(first.saturating_add(index.saturating_mul(step_ms))))
        .take_while(|at| *at <= to)
        .map(|at| {
            let is_midnight = at.0.rem_euclid(24 * HOUR_MS) == 0;
            let text = at.rfc3339();
            let label = if is_midnight {
                format!(
                    "{} {}",
                    text.get(8..10).unwrap_or_default(),
                    month(text.get(5..7).unwrap_or_default())
                )
            } else {
                text.get(11..16).unwrap_or_default().to_owned()
            };
            (at, label, is_midnight)
        })
        .collect()
}

/// `2025-11-20 12:00 UTC`.
pub(crate) fn time_text(at: UtcMs) -> String {
    let text = at.rfc3339();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

fn month(number: &str) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index: usize = number.parse().unwrap_or_default();
    index.checked_sub(1).and_then(|index| NAMES.get(index)).copied().unwrap_or_default()
}

/// Where each label may stand so that none covers another: as near as can be to where it belongs, `gap`
/// apart, within the stretch. In the order of `wanted`.
pub(crate) fn spread(wanted: &[f32], gap: f32, top: f32, bottom: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let at = |index: usize| wanted.get(index).copied().unwrap_or_default();
    order.sort_by(|one, other| at(*one).total_cmp(&at(*other)));
    let mut placed: Vec<f32> = Vec::with_capacity(order.len());
    for index in &order {
        let least = placed.last().map_or(top, |last| last + gap);
        placed.push(at(*index).max(least));
    }
    let mut limit = bottom;
    for place in placed.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - gap;
    }
    let mut out = vec![0.0; wanted.len()];
    for (index, place) in order.into_iter().zip(placed) {
        if let Some(slot) = out.get_mut(index) {
            *slot = place;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_lie_within() {
        let scale = PriceScale::over([91_000.0, 92_000.0].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(scale.ticks(5), [91_000.0, 91_250.0, 91_500.0, 91_750.0, 92_000.0]);
        assert!(scale.y(92_000.0) < scale.y(91_000.0));
        assert!((scale.y(f64::INFINITY) - 0.0).abs() < 1e-6);
        let flat = PriceScale::over([5.0].into_iter(), 0.0, 100.0).unwrap();
        assert!((flat.y(5.0) - 50.0).abs() < 1e-3);
        assert_eq!(PriceScale::over([f64::NAN].into_iter(), 0.0, 1.0), None);
    }

    #[test]
    fn prices_have_the_decimals_of_their_tick() {
        assert_eq!(price_text(91_250.5, 1), "91250.5");
        assert_eq!(price_text(0.000_012_3, 7), "0.0000123");
        assert_eq!(price_text(1e300, 2), "1.0000e300");
    }

    #[test]
    fn days_stand_at_midnight() {
        let from: UtcMs = "2025-11-16T13:00:00Z".parse().unwrap();
        let ticks = time_ticks(from, from.plus_ms(96 * HOUR_MS));
        let labels: Vec<&str> = ticks.iter().map(|(_, label, _)| label.as_str()).collect();
        assert_eq!(labels, ["17 Nov", "12:00", "18 Nov", "12:00", "19 Nov", "12:00", "20 Nov", "12:00"]);
        assert_eq!(time_text(from), "2025-11-16 13:00 UTC");
    }

    #[test]
    fn labels_make_room_for_each_other() {
        assert_eq!(spread(&[50.0, 10.0, 52.0], 20.0, 0.0, 100.0), [50.0, 10.0, 70.0]);
        assert_eq!(spread(&[99.0, 98.0], 20.0, 0.0, 100.0), [100.0, 80.0]);
    }
}
