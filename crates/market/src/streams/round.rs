//! One round of a venue's stream: its connections with the subscriptions they were made with. The venue counts
//! as watched while every connection's subscription is confirmed. A round ends when the exchange refuses one,
//! announces that it will hang up, or lists a contract that no subscription names; the next one begins with
//! the list of then.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::{Clock, Liquidation, UtcMs, Venue};
use tokio_util::sync::CancellationToken;
use upstream::SocketEvent;

use crate::Collector;

/// What a frame says to the record.
enum Told {
    Liquidations(Vec<Liquidation>),
    Subscribed,
    /// What was asked for is not given, or what was given cannot be read.
    Refused(String),
    /// The exchange will soon hang up.
    Leaving(String),
    Nothing,
}

/// How one connection stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Away,
    /// Connected, and the subscription not yet confirmed.
    Asking(Instant),
    Subscribed,
}

#[derive(Debug)]
struct State {
    parts: Vec<Part>,
    refusals: Vec<String>,
    /// Whether a contract is listed that no subscription names.
    is_old: bool,
}

#[derive(Debug)]
pub(super) struct Round {
    pub(super) venue: Venue,
    /// Cancelled when the round is over.
    pub(super) over: CancellationToken,
    collector: Arc<Collector>,
    clock: Arc<dyn Clock>,
    /// The contracts subscribed, where that is by name.
    named: Option<BTreeSet<String>>,
    state: Mutex<State>,
}

impl Round {
    pub(super) fn new(
        venue: Venue,
        collector: Arc<Collector>,
        clock: Arc<dyn Clock>,
        connections: usize,
        named: Option<BTreeSet<String>>,
        over: CancellationToken,
    ) -> Self {
        let parts = vec![Part::Away; connections];
        let state = Mutex::new(State { parts, refusals: Vec::new(), is_old: false });
        Self { venue, over, collector, clock, named, state }
    }

    /// Takes what happened on a connection, and gives the liquidations it told of.
    pub(super) fn take(&self, part: usize, event: SocketEvent) -> Vec<Liquidation> {
        match event {
            // Binance's address names the stream: there is nothing to confirm.
            SocketEvent::Up { at } if self.venue == Venue::Binance => self.subscribed(part, at),
            SocketEvent::Up { .. } => self.state().set(part, Part::Asking(Instant::now())),
            SocketEvent::Down { at, reason } => self.lost(part, at, &reason),
            SocketEvent::Text(text) => {
                let told = told(self.venue, &text);
                if let Told::Liquidations(rows) = told {
                    self.end_if_old();
                    return rows;
                }
                self.heed(part, told);
                self.end_if_old();
            }
        }
        Vec::new()
    }

    fn heed(&self, part: usize, told: Told) {
        match told {
            Told::Subscribed => self.subscribed(part, self.clock.now()),
            Told::Refused(reason) => self.refused(part, reason),
            Told::Leaving(reason) => {
                tracing::info!(venue = %self.venue, reason, "liquidation stream: connecting anew");
                self.over.cancel();
            }
            Told::Liquidations(_) | Told::Nothing => {}
        }
    }

    fn subscribed(&self, part: usize, at: UtcMs) {
        let mut state = self.state();
        state.set(part, Part::Subscribed);
        if !self.over.is_cancelled() && state.parts.iter().all(|part| *part == Part::Subscribed) {
            tracing::info!(venue = %self.venue, "liquidation stream is up");
            self.collector.up(self.venue, at, self.named.as_ref());
        }
    }

    fn lost(&self, part: usize, at: UtcMs, reason: &str) {
        tracing::warn!(venue = %self.venue, reason, "liquidation stream is down: a gap begins");
        let mut state = self.state();
        state.set(part, Part::Away);
        self.collector.down(self.venue, at);
        if state.is_old {
            self.over.cancel();
        }
    }

    fn refused(&self, part: usize, reason: String) {
        self.lost(part, self.clock.now(), &reason);
        self.state().refusals.push(reason);
        self.over.cancel();
    }

    /// Just after a sign of life, so that the gap is as short as can be.
    fn end_if_old(&self) {
        if self.state().is_old {
            self.over.cancel();
        }
    }

    /// Ends the round where a subscription is not confirmed after this long.
    pub(super) fn refuse_unconfirmed(&self, after: Duration) {
        let is_late = |part: &Part| matches!(part, Part::Asking(since) if since.elapsed() >= after);
        let late = self.state().parts.iter().position(is_late);
        if let Some(part) = late {
            self.refused(part, "the subscription was not confirmed".to_owned());
        }
    }

    /// Marks the round as old where a listed contract is not subscribed.
    pub(super) fn compare<'a>(&self, mut listed: impl Iterator<Item = &'a str>) {
        if let Some(named) = &self.named
            && listed.any(|symbol| !named.contains(symbol))
        {
            self.state().is_old = true;
        }
    }

    /// What the exchange refused.
    pub(super) fn refusals(&self) -> Vec<String> {
        self.state().refusals.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn set(&mut self, part: usize, to: Part) {
        if let Some(slot) = self.parts.get_mut(part) {
            *slot = to;
        }
    }
}

fn told(venue: Venue, text: &str) -> Told {
    match venue {
        Venue::Binance => match binance::parse_frame(text) {
            binance::Frame::Liquidations(rows) => Told::Liquidations(rows),
            binance::Frame::Error(reason) => Told::Refused(reason),
            _ => Told::Nothing,
        },
        Venue::Okx => match okx::stream::parse_frame(text) {
            okx::stream::Frame::Liquidations(rows) => Told::Liquidations(rows),
            okx::stream::Frame::Ack => Told::Subscribed,
            okx::stream::Frame::Error(reason) => Told::Refused(reason),
            okx::stream::Frame::Notice(reason) => Told::Leaving(reason),
            _ => Told::Nothing,
        },
        Venue::Bybit => match bybit::stream::parse_frame(text) {
            bybit::stream::Frame::Liquidations(rows) => Told::Liquidations(rows),
            bybit::stream::Frame::Ack => Told::Subscribed,
            bybit::stream::Frame::Error(reason) => Told::Refused(reason),
            _ => Told::Nothing,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use domain::MINUTE_MS;

    use super::*;

    const ACK: &str = r#"{"success":true,"ret_msg":"","conn_id":"1","op":"subscribe"}"#;
    const NO: &str = r#"{"success":false,"ret_msg":"error:handler not found,topic:allLiquidation.NOPEUSDT","op":"subscribe"}"#;

    #[derive(Debug, Default)]
    struct Hands(AtomicI64);

    impl Clock for Hands {
        fn now(&self) -> UtcMs {
            UtcMs(self.0.load(Ordering::SeqCst))
        }
    }

    struct Scene {
        round: Round,
        collector: Arc<Collector>,
        hands: Arc<Hands>,
    }

    impl Scene {
        fn of(venue: Venue, connections: usize) -> Self {
            let (collector, hands) = (Arc::<Collector>::default(), Arc::<Hands>::default());
            let named = (venue == Venue::Bybit).then(|| BTreeSet::from(["BTCUSDT".to_owned()]));
            let clock: Arc<dyn Clock> = hands.clone();
            let round = Round::new(
                venue,
                Arc::clone(&collector),
                clock,
                connections,
                named,
                CancellationToken::new(),
            );
            Self { round, collector, hands }
        }

        fn up(&self, part: usize) {
            self.round.take(part, SocketEvent::Up { at: self.hands.now() });
        }

        fn hears(&self, part: usize, text: &str) {
            self.round.take(part, SocketEvent::Text(text.to_owned()));
        }

        fn is_up(&self) -> bool {
            self.collector.status(self.hands.now()).iter().any(|status| status.up)
        }

        fn watched_hours(&self) -> usize {
            self.collector.status(self.hands.now()).iter().map(|status| status.watched_hours).sum()
        }

        fn wait(&self, minutes: i64) {
            self.hands.0.fetch_add(minutes * MINUTE_MS, Ordering::SeqCst);
        }
    }

    #[test]
    fn only_a_confirmed_subscription_is_watched() {
        for (venue, ack) in [
            (Venue::Bybit, ACK),
            (Venue::Okx, r#"{"event":"subscribe","arg":{"channel":"liquidation-orders","instType":"SWAP"}}"#),
        ] {
            let scene = Scene::of(venue, 1);
            scene.up(0);
            scene.wait(60);
            assert_eq!((scene.is_up(), scene.watched_hours()), (false, 0), "{venue}");
            scene.hears(0, ack);
            scene.wait(60);
            assert_eq!((scene.is_up(), scene.watched_hours()), (true, 1), "{venue}");
        }
        let binance = Scene::of(Venue::Binance, 1);
        binance.up(0);
        assert!(binance.is_up());
    }

    #[test]
    fn a_refusal_ends_the_watch_and_the_round() {
        for (venue, refusal) in [
            (Venue::Bybit, NO),
            (Venue::Okx, r#"{"event":"error","msg":"Wrong URL or channel","code":"60018"}"#),
        ] {
            let scene = Scene::of(venue, 1);
            scene.up(0);
            scene.hears(0, refusal);
            scene.wait(120);
            assert_eq!((scene.is_up(), scene.watched_hours()), (false, 0), "{venue}");
            assert!(scene.round.over.is_cancelled(), "{venue}");
            assert_eq!(scene.round.refusals().len(), 1, "{venue}");
        }
        let scene = Scene::of(Venue::Bybit, 1);
        scene.hears(0, NO);
        let refusals = scene.round.refusals();
        let named = refusals.first().and_then(|reason| bybit::stream::refused_contract(reason));
        assert_eq!(named.as_deref(), Some("NOPEUSDT"));
    }

    #[test]
    fn a_notice_ends_the_round_without_a_refusal() {
        let scene = Scene::of(Venue::Okx, 1);
        scene.hears(0, r#"{"event":"notice","code":"64008","msg":"closed for a service upgrade"}"#);
        assert!(scene.round.over.is_cancelled());
        assert!(scene.round.refusals().is_empty());
    }

    #[test]
    fn a_venue_is_watched_while_all_its_connections_are() {
        let scene = Scene::of(Venue::Bybit, 2);
        scene.up(0);
        scene.up(1);
        scene.hears(0, ACK);
        assert!(!scene.is_up());
        scene.hears(1, ACK);
        assert!(scene.is_up());
        scene.round.take(1, SocketEvent::Down { at: scene.hands.now(), reason: "lost".to_owned() });
        assert!(!scene.is_up());
        scene.up(1);
        scene.hears(1, ACK);
        assert!(scene.is_up());
    }

    #[test]
    fn a_new_contract_is_subscribed_with_a_new_round() {
        let scene = Scene::of(Venue::Bybit, 1);
        scene.up(0);
        scene.hears(0, ACK);
        scene.round.compare(["BTCUSDT"].into_iter());
        scene.hears(0, r#"{"success":true,"ret_msg":"pong","op":"ping"}"#);
        assert!(!scene.round.over.is_cancelled());
        scene.round.compare(["BTCUSDT", "NEWUSDT"].into_iter());
        assert!(!scene.round.over.is_cancelled(), "only after a sign of life");
        scene.hears(0, r#"{"success":true,"ret_msg":"pong","op":"ping"}"#);
        assert!(scene.round.over.is_cancelled());
    }

    #[test]
    fn a_subscription_without_an_answer_is_given_up() {
        let scene = Scene::of(Venue::Okx, 1);
        scene.up(0);
        scene.round.refuse_unconfirmed(Duration::from_mins(1));
        assert!(!scene.round.over.is_cancelled());
        scene.round.refuse_unconfirmed(Duration::ZERO);
        assert!(scene.round.over.is_cancelled());
    }
}
