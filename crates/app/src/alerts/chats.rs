//! What is known of the chats: which are closed, which moved, what they watch and what they want to hear
//! nothing of. Kept in the store, so that it survives restarts and all instances share it.

use std::collections::{BTreeMap, BTreeSet};

use domain::UtcMs;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use store::{Store, StoreError};

/// Where it is kept.
const NAME: &str = "telegram.chats";
/// Tries to change it while others do.
const TRIES: usize = 8;
/// Most coins that one chat may watch.
pub(super) const WATCH_MAX: usize = 50;
/// Stands for every coin.
pub(super) const ALL: &str = "*";

/// What is known of the chats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Chats {
    /// Chats that take nothing, and why.
    pub closed: BTreeMap<i64, String>,
    /// Groups that became supergroups: the old id and the new.
    pub moved: BTreeMap<i64, i64>,
    /// Coins that a chat watches.
    pub watched: BTreeMap<i64, BTreeSet<String>>,
    /// Until when a chat wants to hear nothing of a coin, or of any.
    pub muted: BTreeMap<i64, BTreeMap<String, UtcMs>>,
}

impl Chats {
    /// As they are kept.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        Ok(read(store).await?.0)
    }

    /// Changes them, whoever else does at the same time; gives what the change that was kept gave.
    pub async fn change<T>(store: &Store, change: impl Fn(&mut Self) -> T) -> Result<T, StoreError> {
        for _ in 0..TRIES {
            let (mut chats, version) = read(store).await?;
            let before = chats.clone();
            let told = change(&mut chats);
            if chats == before {
                return Ok(told);
            }
            let json = to_raw_value(&chats).map_err(|fault| StoreError::Database(fault.to_string()))?;
            if store.set_state_if(NAME, version, json).await? {
                return Ok(told);
            }
        }
        Err(StoreError::Database("the list of chats is changed by others all the time".to_owned()))
    }

    /// Puts a coin on a chat's list; `false`: the list is full.
    pub fn watch(&mut self, chat: i64, coin: &str) -> bool {
        let coins = self.watched.entry(chat).or_default();
        let has_room = coins.contains(coin) || coins.len() < WATCH_MAX;
        if has_room {
            coins.insert(coin.to_owned());
        }
        has_room
    }

    /// Where a chat is now.
    pub fn current(&self, chat: i64) -> i64 {
        self.moved.get(&chat).copied().unwrap_or(chat)
    }

    /// Who is told of a coin: the configured chats and those that watch it, without those that are closed
    /// or want to hear nothing.
    pub fn audience(&self, configured: &[i64], symbol: &str, now: UtcMs) -> BTreeSet<i64> {
        let watching = self.watched.iter().filter(|(_, coins)| coins.contains(symbol)).map(|(chat, _)| *chat);
        let muted = |chat: i64| {
            let until = |name: &str| self.muted.get(&chat).and_then(|mutes| mutes.get(name)).copied();
            [until(symbol), until(ALL)].into_iter().flatten().any(|until| until > now)
        };
        configured
            .iter()
            .copied()
            .chain(watching)
            .map(|chat| self.current(chat))
            .filter(|chat| !self.closed.contains_key(chat) && !muted(*chat))
            .collect()
    }

    /// Every coin that is watched.
    pub fn all_watched(&self) -> BTreeSet<String> {
        self.watched.values().flatten().cloned().collect()
    }
}

async fn read(store: &Store) -> Result<(Chats, i64), StoreError> {
    match store.state(NAME).await? {
        None => Ok((Chats::default(), 0)),
        Some(entry) => {
            let chats = serde_json::from_str(entry.value.get()).unwrap_or_else(|error| {
                tracing::warn!(%error, "the list of chats cannot be read and is begun anew");
                Chats::default()
            });
            Ok((chats, entry.version))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_list_takes_no_coin_but_those_it_holds() {
        let mut chats = Chats::default();
        assert!((0..WATCH_MAX).all(|number| chats.watch(5, &format!("C{number}"))));
        assert!(!chats.watch(5, "BTC"));
        assert!(chats.watch(5, "C7"));
        assert_eq!(chats.watched[&5].len(), WATCH_MAX);
        assert!(chats.watch(6, "BTC"));
    }

    #[test]
    fn who_is_told_depends_on_watches_mutes_moves_and_closures() {
        let mut chats = Chats::default();
        chats.watched.entry(5).or_default().insert("ETH".to_owned());
        chats.moved.insert(-1, -100);
        let now = UtcMs(1_000);
        assert_eq!(chats.audience(&[1, -1], "ETH", now), [-100, 1, 5].into());
        assert_eq!(chats.audience(&[1, -1], "BTC", now), [-100, 1].into());
        chats.closed.insert(1, "blocked".to_owned());
        chats.muted.entry(-100).or_default().insert("BTC".to_owned(), UtcMs(2_000));
        assert_eq!(chats.audience(&[1, -1], "BTC", now), BTreeSet::new());
        assert_eq!(chats.audience(&[1, -1], "BTC", UtcMs(2_000)), [-100].into());
        chats.muted.entry(-100).or_default().insert(ALL.to_owned(), UtcMs(9_000));
        assert_eq!(chats.audience(&[-1], "BTC", UtcMs(2_000)), BTreeSet::new());
        let json = serde_json::to_string(&chats).unwrap();
        assert_eq!(serde_json::from_str::<Chats>(&json).unwrap(), chats);
    }
}
