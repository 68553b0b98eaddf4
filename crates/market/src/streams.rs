//! The background task that keeps an exchange's liquidation stream open and fills the record.

mod round;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Liquidation, Source, Venue};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use upstream::{Ask, Socket, SocketEvent};

use self::round::Round;
use crate::Market;
use crate::collector::BYBIT_QUOTE;

/// Base URLs of the exchanges' WebSockets, without path.
#[derive(Clone, Debug)]
pub struct StreamBases {
    /// `wss://fstream.binance.com`
    pub binance: String,
    /// `wss://ws.okx.com:8443`
    pub okx: String,
    /// `wss://stream.bybit.com`
    pub bybit: String,
    /// Whether a replay's streams are taken.
    pub accept_replay: bool,
}

impl Default for StreamBases {
    fn default() -> Self {
        Self {
            binance: binance::STREAM_BASE.to_owned(),
            okx: "wss://ws.okx.com:8443".to_owned(),
            bybit: "wss://stream.bybit.com".to_owned(),
            accept_replay: false,
        }
    }
}

/// Binance cuts a connection after 24 h; we leave before.
const BINANCE_LIFE: Duration = Duration::from_mins(23 * 60 + 30);
/// How long to wait before looking for a venue's list again, and before connecting again after a refusal.
const LIST_PAUSE: Duration = Duration::from_secs(15);
/// How often a round is looked at: whether its subscriptions were confirmed, and name every contract.
const LOOK_PACE: Duration = Duration::from_secs(30);

impl Market {
    /// Keeps one venue's liquidation stream open until `stop`, and writes what it tells into the record.
    pub async fn watch_liquidations(
        self: &Arc<Self>,
        venue: Venue,
        bases: &StreamBases,
        stop: CancellationToken,
    ) {
        // Contracts that the exchange lists and does not stream.
        let mut refused = BTreeSet::new();
        loop {
            let Some(symbols) = self.listed_symbols(venue, &stop).await else { return };
            let named: BTreeSet<String> =
                symbols.into_iter().filter(|symbol| !refused.contains(symbol)).collect();
            let sockets = sockets(venue, bases, &named);
            let begun = Instant::now();
            let named = (venue == Venue::Bybit).then_some(named);
            let (collector, clock) = (Arc::clone(&self.collector), Arc::clone(&self.clock));
            let round =
                Arc::new(Round::new(venue, collector, clock, sockets.len(), named, stop.child_token()));
            let reading = join_all(sockets.into_iter().enumerate().map(|(part, socket)| {
                let (market, told) = (Arc::clone(self), Arc::clone(&round));
                let read = move |event: SocketEvent| {
                    market.take_liquidations(venue, told.take(part, event));
                    std::future::ready(())
                };
                let over = round.over.clone().cancelled_owned();
                upstream::websocket::run(socket, Arc::clone(&self.clock), over, read)
            }));
            tokio::join!(reading, self.look_after(&round, &refused));
            if stop.is_cancelled() {
                return;
            }
            let refusals = round.refusals();
            refused.extend(refusals.iter().filter_map(|reason| bybit::stream::refused_contract(reason)));
            // A round that ended soon would end as soon again.
            if !refusals.is_empty() || begun.elapsed() < LIST_PAUSE {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(LIST_PAUSE) => {}
                }
            }
        }
    }

    /// Ends a round that was never confirmed, and marks one as old when a contract is listed that it does not
    /// name.
    async fn look_after(&self, round: &Round, refused: &BTreeSet<String>) {
        loop {
            tokio::select! {
                () = round.over.cancelled() => return,
                () = tokio::time::sleep(LOOK_PACE) => {}
            }
            round.refuse_unconfirmed(LOOK_PACE);
            if let Some(listing) = self.known_listing() {
                let listed = listing.directory.universe(round.venue, BYBIT_QUOTE);
                round.compare(
                    listed
                        .iter()
                        .map(|instrument| instrument.native_symbol.as_str())
                        .filter(|symbol| !refused.contains(*symbol)),
                );
            }
        }
    }

    fn take_liquidations(&self, venue: Venue, rows: Vec<Liquidation>) {
        let Some(listing) = self.known_listing() else { return };
        for row in rows {
            // Contracts that are not listed (coin-margined ones, tests) have no size to value them by.
            if let Some(instrument) = listing.directory.get(venue, &row.native_symbol) {
                let instrument = Arc::clone(instrument);
                self.collector.record(&instrument, row);
            }
        }
    }

    /// The venue's contracts; without its list no liquidation could be valued, so this waits for it.
    async fn listed_symbols(&self, venue: Venue, stop: &CancellationToken) -> Option<Vec<String>> {
        while !stop.is_cancelled() {
            let ask = Ask { deadline: Some(Instant::now() + LIST_PAUSE), fresh: false, no_waiting: false };
            if let Ok(listing) = self.listing(ask).await {
                let symbols: Vec<String> = listing
                    .directory
                    .universe(venue, BYBIT_QUOTE)
                    .iter()
                    .map(|instrument| instrument.native_symbol.clone())
                    .collect();
                if !symbols.is_empty() {
                    return Some(symbols);
                }
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(LIST_PAUSE) => {}
            }
        }
        None
    }
}

/// What to connect to, each with its own share of the subscriptions.
fn sockets(venue: Venue, bases: &StreamBases, named: &BTreeSet<String>) -> Vec<Socket> {
    let mut sockets = match venue {
        Venue::Binance => {
            let mut socket = Socket::at(Source::Binance, binance::stream_url(&bases.binance));
            socket.rotate_after = Some(BINANCE_LIFE);
            // The server pings every few minutes; our own pings at half the time keep it honest.
            socket.idle_timeout = Duration::from_secs(90);
            vec![socket]
        }
        Venue::Okx => {
            let mut socket = Socket::at(Source::Okx, format!("{}/ws/v5/public", bases.okx));
            socket.subscribe = okx::stream::subscriptions();
            let pace = Duration::from_secs(okx::stream::KEEP_ALIVE_S);
            socket.keep_alive = Some((pace, okx::stream::KEEP_ALIVE.to_owned()));
            vec![socket]
        }
        Venue::Bybit => {
            let symbols: Vec<String> = named.iter().cloned().collect();
            let pace = Duration::from_secs(bybit::stream::KEEP_ALIVE_S);
            // One connection bears only so many topics.
            bybit::stream::subscriptions(&symbols)
                .into_iter()
                .map(|message| {
                    let url = format!("{}/v5/public/linear", bases.bybit);
                    let mut socket = Socket::at(Source::Bybit, url);
                    socket.subscribe = vec![message];
                    socket.keep_alive = Some((pace, bybit::stream::KEEP_ALIVE.to_owned()));
                    socket
                })
                .collect()
        }
    };
    for socket in &mut sockets {
        socket.accept_replay = bases.accept_replay;
    }
    sockets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bybit_connection_bears_one_message_of_topics() {
        let named: BTreeSet<String> = (0..1_500).map(|number| format!("COIN{number:04}USDT")).collect();
        let sockets = sockets(Venue::Bybit, &StreamBases::default(), &named);
        assert_eq!(sockets.len(), 3);
        assert!(sockets.iter().all(|socket| socket.subscribe.len() == 1 && socket.keep_alive.is_some()));
    }
}
