//! The background task that keeps an exchange's liquidation stream open and fills the record.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Liquidation, Source, Venue};
use tokio_util::sync::CancellationToken;
use upstream::{Ask, Socket, SocketEvent};

use crate::Market;

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
/// How long to wait before looking for a venue's list again.
const LIST_PAUSE: Duration = Duration::from_secs(15);

/// What a frame holds for the record.
enum Told {
    Liquidations(Vec<Liquidation>),
    Refused(String),
    Nothing,
}

impl Market {
    /// Keeps one venue's liquidation stream open until `stop`, and writes what it tells into the record.
    pub async fn watch_liquidations(
        self: &Arc<Self>,
        venue: Venue,
        bases: &StreamBases,
        stop: CancellationToken,
    ) {
        let Some(socket) = self.liquidation_socket(venue, bases, &stop).await else { return };
        let market = Arc::clone(self);
        let read = move |event: SocketEvent| {
            market.take_event(venue, event);
            std::future::ready(())
        };
        upstream::websocket::run(socket, Arc::clone(&self.clock), stop.cancelled_owned(), read).await;
    }

    fn take_event(&self, venue: Venue, event: SocketEvent) {
        match event {
            SocketEvent::Up { at } => {
                tracing::info!(%venue, "liquidation stream is up");
                self.collector.up(venue, at);
            }
            SocketEvent::Down { at, reason } => {
                tracing::warn!(%venue, reason, "liquidation stream is down: a gap begins");
                self.collector.down(venue, at);
            }
            SocketEvent::Text(text) => match told(venue, &text) {
                Told::Liquidations(rows) => self.take_liquidations(venue, rows),
                Told::Refused(reason) => tracing::warn!(%venue, reason, "liquidation stream"),
                Told::Nothing => {}
            },
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

    /// What to connect to. Waits for the venue's list where the stream must be told every contract.
    async fn liquidation_socket(
        &self,
        venue: Venue,
        bases: &StreamBases,
        stop: &CancellationToken,
    ) -> Option<Socket> {
        let symbols = self.listed_symbols(venue, stop).await?;
        let mut socket = match venue {
            Venue::Binance => {
                let mut socket = Socket::at(Source::Binance, binance::stream_url(&bases.binance));
                socket.rotate_after = Some(BINANCE_LIFE);
                // The server pings every few minutes; our own pings at half the time keep it honest.
                socket.idle_timeout = Duration::from_secs(90);
                socket
            }
            Venue::Okx => {
                let mut socket = Socket::at(Source::Okx, format!("{}/ws/v5/public", bases.okx));
                socket.subscribe = okx::stream::subscriptions();
                socket.keep_alive = Some((
                    Duration::from_secs(okx::stream::KEEP_ALIVE_S),
                    okx::stream::KEEP_ALIVE.to_owned(),
                ));
                socket
            }
            Venue::Bybit => {
                let mut socket = Socket::at(Source::Bybit, format!("{}/v5/public/linear", bases.bybit));
                socket.subscribe = bybit::stream::subscriptions(&symbols);
                let pace = Duration::from_secs(bybit::stream::KEEP_ALIVE_S);
                socket.keep_alive = Some((pace, bybit::stream::KEEP_ALIVE.to_owned()));
                socket
            }
        };
        socket.accept_replay = bases.accept_replay;
        Some(socket)
    }

    /// The venue's contracts; without its list no liquidation could be valued, so this waits for it.
    async fn listed_symbols(&self, venue: Venue, stop: &CancellationToken) -> Option<Vec<String>> {
        loop {
            let ask = Ask { deadline: Some(Instant::now() + LIST_PAUSE), fresh: false, no_waiting: false };
            if let Ok(listing) = self.listing(ask).await {
                let symbols: Vec<String> = listing
                    .directory
                    .universe(venue, "USDT")
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
            okx::stream::Frame::Error(reason) => Told::Refused(reason),
            _ => Told::Nothing,
        },
        Venue::Bybit => match bybit::stream::parse_frame(text) {
            bybit::stream::Frame::Liquidations(rows) => Told::Liquidations(rows),
            bybit::stream::Frame::Error(reason) => Told::Refused(reason),
            _ => Told::Nothing,
        },
    }
}
