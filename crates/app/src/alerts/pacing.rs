//! Telegram's pace: so many messages a second in all, one a second in a chat, fewer in a group.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// In a private chat.
const CHAT_PACE: Duration = Duration::from_secs(1);
/// In a group or channel: twenty a minute, with some room.
const GROUP_PACE: Duration = Duration::from_millis(3_200);
/// A pause of a chat that is longer than this holds back all.
const FLOOD: Duration = Duration::from_mins(1);
/// Chats that are kept in mind.
const CHATS_MAX: usize = 10_000;

/// When the next message may go.
#[derive(Debug)]
pub(super) struct Pacer {
    gap: Duration,
    next: Instant,
    chats: HashMap<i64, Instant>,
}

impl Pacer {
    pub fn new(per_second: u32, now: Instant) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1), next: now, chats: HashMap::new() }
    }

    /// How long a message to this chat would have to wait.
    pub fn wait(&self, chat: i64, now: Instant) -> Duration {
        let chats = self.chats.get(&chat).copied().unwrap_or(now);
        chats.max(self.next).saturating_duration_since(now)
    }

    /// The moment at which the next message to this chat may go; it is taken.
    pub fn take(&mut self, chat: i64, now: Instant) -> Instant {
        let at = now + self.wait(chat, now);
        self.next = self.next.max(now) + self.gap;
        if self.chats.len() >= CHATS_MAX {
            self.chats.retain(|_, next| *next > now);
        }
        self.chats.insert(chat, at + if chat < 0 { GROUP_PACE } else { CHAT_PACE });
        at
    }

    /// Telegram asked for a pause of this chat.
    pub fn hold(&mut self, chat: i64, pause: Duration, now: Instant) {
        let until = now + pause;
        let next = self.chats.entry(chat).or_insert(until);
        *next = (*next).max(until);
        if pause > FLOOD {
            self.next = self.next.max(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_second_in_a_chat_and_thirty_in_all() {
        let now = Instant::now();
        let mut pacer = Pacer::new(30, now);
        let times: Vec<Duration> = (0..4).map(|_| pacer.take(7, now) - now).collect();
        assert_eq!(times, [0, 1, 2, 3].map(Duration::from_secs));
        let mut pacer = Pacer::new(30, now);
        let last = (0..61).map(|chat| pacer.take(chat, now)).max().unwrap();
        assert!(last - now >= Duration::from_millis(1_990), "{:?}", last - now);
        let mut pacer = Pacer::new(30, now);
        pacer.take(-5, now);
        assert!(pacer.wait(-5, now) > Duration::from_secs(3));
    }

    #[test]
    fn a_pause_is_kept_by_the_chat_and_a_long_one_by_all() {
        let now = Instant::now();
        let mut pacer = Pacer::new(30, now);
        pacer.hold(7, Duration::from_secs(9), now);
        assert_eq!(pacer.wait(7, now), Duration::from_secs(9));
        assert_eq!(pacer.wait(8, now), Duration::ZERO);
        pacer.hold(7, Duration::from_mins(5), now);
        assert_eq!(pacer.wait(8, now), Duration::from_mins(5));
    }
}
