use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::real_now_ms;

/// Calls or weight counted in fixed windows of real time, one count per name, as the providers do it.
#[derive(Debug, Default)]
pub struct Windows {
    counts: Mutex<HashMap<String, Window>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    number: i64,
    used: u64,
}

/// How a window stands after a call was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Used in the present window, this call included.
    pub used: u64,
    /// What the window allows.
    pub limit: u64,
    /// Milliseconds until the next window.
    pub resets_in_ms: i64,
}

impl Standing {
    /// Whether this call went beyond.
    #[must_use]
    pub const fn exceeded(self) -> bool {
        self.used > self.limit
    }

    /// Whole seconds until the next window, at least 1.
    #[must_use]
    pub const fn retry_after_s(self) -> i64 {
        let seconds = (self.resets_in_ms + 999) / 1_000;
        if seconds < 1 { 1 } else { seconds }
    }

    /// What is left.
    #[must_use]
    pub const fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// Names beyond which finished windows are thrown away.
const MOST_NAMES: usize = 4_096;

impl Windows {
    /// Counts `amount` under `name` in windows of `window_ms` that begin on the clock's grid.
    pub fn charge(&self, name: &str, amount: u64, limit: u64, window_ms: i64) -> Standing {
        self.charge_at(real_now_ms(), name, amount, limit, window_ms)
    }

    fn charge_at(&self, now_ms: i64, name: &str, amount: u64, limit: u64, window_ms: i64) -> Standing {
        let window_ms = window_ms.max(1);
        let number = now_ms.div_euclid(window_ms);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_NAMES {
            counts.retain(|_, window| window.number == number);
        }
        let window = counts.entry(name.to_owned()).or_default();
        if window.number != number {
            *window = Window { number, used: 0 };
        }
        window.used = window.used.saturating_add(amount);
        Standing { used: window.used, limit, resets_in_ms: window_ms - now_ms.rem_euclid(window_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_the_minute_and_not_a_minute_later() {
        let windows = Windows::default();
        assert!(!windows.charge_at(59_000, "w", 2_400, 2_400, 60_000).exceeded());
        let beyond = windows.charge_at(59_500, "w", 1, 2_400, 60_000);
        assert!(beyond.exceeded());
        assert_eq!(beyond.retry_after_s(), 1);
        assert_eq!(windows.charge_at(60_000, "w", 5, 2_400, 60_000).used, 5);
    }
}
