//! When the model is not asked at all: its day's calls or tokens are spent, or it has failed too often.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::JudgeConfig;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Keeps count. Days are the program's clock's, pauses run in real time.
#[derive(Debug, Default)]
pub(super) struct Guard(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    day: i64,
    calls: u32,
    tokens: u64,
    failures: u32,
    pause: Option<(Instant, String)>,
}

/// Counts as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub calls: u32,
    pub tokens: u64,
    pub failures: u32,
    /// Seconds left of a pause, and its reason.
    pub paused: Option<(u64, String)>,
}

/// How a call ended, as far as the guard cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A usable verdict.
    Good,
    /// None.
    Bad,
    /// None, and none will come before somebody does something about it: a wrong key, no money, no such
    /// model.
    Hopeless(String),
}

impl Guard {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave for a call of about `tokens`, which are set aside; or why not.
    pub fn admit(&self, config: &JudgeConfig, now_ms: i64, tokens: u64) -> Result<(), String> {
        let mut state = self.lock();
        let day = now_ms.div_euclid(DAY_MS);
        if state.day != day {
            (state.day, state.calls, state.tokens) = (day, 0, 0);
        }
        let now = Instant::now();
        if let Some((until, reason)) = &state.pause {
            if now < *until {
                return Err(format!("the model is not asked for now: {reason}"));
            }
            // One call decides: the next failure pauses again at once.
            state.pause = None;
            state.failures = config.failures.saturating_sub(1);
        }
        if state.calls >= config.calls_per_day {
            return Err(format!("the day's {} calls of the model are spent", config.calls_per_day));
        }
        if state.tokens.saturating_add(tokens) > config.tokens_per_day {
            return Err(format!("the day's {} tokens of the model are spent", config.tokens_per_day));
        }
        state.calls += 1;
        state.tokens = state.tokens.saturating_add(tokens);
        Ok(())
    }

    /// A call ended. `used`: the tokens it took where they are known, else those set aside stay counted.
    pub fn settle(&self, config: &JudgeConfig, reserved: u64, used: Option<u64>, end: &End) {
        let mut state = self.lock();
        if let Some(used) = used {
            state.tokens = state.tokens.saturating_sub(reserved).saturating_add(used);
        }
        match end {
            End::Good => {
                state.failures = 0;
                state.pause = None;
            }
            End::Bad => {
                state.failures = state.failures.saturating_add(1);
                if state.failures >= config.failures {
                    let reason = format!("it failed {} times in a row", state.failures);
                    state.pause = Some((Instant::now() + config.pause, reason));
                }
            }
            End::Hopeless(reason) => {
                state.pause = Some((Instant::now() + config.pause.max(HOPELESS_PAUSE), reason.clone()));
            }
        }
    }

    pub fn counts(&self) -> Counts {
        let state = self.lock();
        let now = Instant::now();
        Counts {
            calls: state.calls,
            tokens: state.tokens,
            failures: state.failures,
            paused: state
                .pause
                .as_ref()
                .filter(|(until, _)| *until > now)
                .map(|(until, reason)| ((*until - now).as_secs().saturating_add(1), reason.clone())),
        }
    }
}

/// Shortest pause after a failure that does not pass by itself.
const HOPELESS_PAUSE: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> JudgeConfig {
        JudgeConfig {
            calls_per_day: 3,
            tokens_per_day: 1_000,
            failures: 2,
            pause: Duration::from_millis(30),
            ..JudgeConfig::default()
        }
    }

    #[test]
    fn calls_and_tokens_of_a_day_are_bounded() {
        let (guard, config) = (Guard::default(), config());
        for _ in 0..3 {
            guard.admit(&config, 0, 100).unwrap();
            guard.settle(&config, 100, Some(10), &End::Good);
        }
        assert!(guard.admit(&config, DAY_MS - 1, 100).unwrap_err().contains("3 calls"));
        assert_eq!(guard.counts().tokens, 30);
        assert!(guard.admit(&config, DAY_MS, 1_001).unwrap_err().contains("tokens"));
        guard.admit(&config, DAY_MS, 1_000).unwrap();
        guard.settle(&config, 1_000, None, &End::Bad);
        assert!(guard.admit(&config, DAY_MS, 1).unwrap_err().contains("tokens"), "what was set aside stays");
    }

    #[test]
    fn failures_in_a_row_pause_and_one_call_decides_after() {
        let (guard, config) = (Guard::default(), config());
        for _ in 0..2 {
            guard.admit(&config, 0, 1).unwrap();
            guard.settle(&config, 1, None, &End::Bad);
        }
        assert!(guard.admit(&config, 0, 1).unwrap_err().contains("in a row"));
        std::thread::sleep(Duration::from_millis(40));
        guard.admit(&config, 0, 1).unwrap();
        guard.settle(&config, 1, None, &End::Bad);
        assert!(guard.counts().paused.is_some(), "one failure pauses it again");
    }

    #[test]
    fn what_does_not_pass_by_itself_is_not_tried_again_soon() {
        let (guard, config) = (Guard::default(), config());
        guard.admit(&config, 0, 1).unwrap();
        guard.settle(&config, 1, None, &End::Hopeless("the key is refused".to_owned()));
        assert!(guard.admit(&config, 0, 1).unwrap_err().contains("the key is refused"));
        assert!(guard.counts().paused.unwrap().0 > 200);
    }
}
