//! The bot's commands, by long polling, for allowed chats only.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::UtcMs;
use serde_json::value::to_raw_value;
use telegram::html::escape;
use telegram::{IncomingMessage, Message, Reason, TelegramError};
use tokio_util::sync::CancellationToken;

use super::chats::{ALL, Chats, WATCH_MAX};
use super::sender::Sender;
use super::{App, SignalRequest, message};

/// How long one poll waits.
const POLL: Duration = Duration::from_secs(25);
/// Pause after a poll that failed.
const PAUSE: Duration = Duration::from_secs(5);
/// Pause when somebody else reads the updates.
const CONFLICT_PAUSE: Duration = Duration::from_secs(30);
/// Longest time for one command.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
/// Commands older than this, in seconds, were not meant for now.
const COMMAND_AGE_S: i64 = 300;
/// Rows of a scan.
const SCAN_ROWS: usize = 10;
/// Where the number of the next update is kept.
const OFFSET: &str = "telegram.offset";
/// Mute without a time.
const MUTE_DEFAULT_MS: i64 = 3_600_000;
/// Longest mute.
const MUTE_MAX_MS: i64 = 30 * 86_400_000;

const HELP: &str = "/signal BTC – the signal of a coin\n/scan – the coins farthest from neutral\n/status – how the \
service is doing\n/watch BTC – alerts of this coin here\n/unwatch BTC – no longer\n/mute BTC 2h – no alerts of this \
coin for a while; without a coin, of none";

/// Reads and obeys commands until stopped.
pub(super) async fn listen(app: &Arc<App>, sender: &Sender, stop: &CancellationToken) {
    let mut offset = match app.store.state(OFFSET).await {
        Ok(Some(entry)) => entry.value.get().parse().unwrap_or_default(),
        _ => 0_i64,
    };
    loop {
        let polled = tokio::select! {
            () = stop.cancelled() => return,
            polled = sender.bot.updates(offset, POLL) => polled,
        };
        let pause = match polled {
            Ok(updates) => {
                for update in updates {
                    offset = offset.max(update.update_id.saturating_add(1));
                    if let Some(message) = update.message {
                        obey(app, sender, &message).await;
                    }
                }
                if let Ok(value) = to_raw_value(&offset)
                    && let Err(error) = app.store.set_state(OFFSET, value).await
                {
                    tracing::debug!(%error, "the number of the next update could not be kept");
                }
                continue;
            }
            Err(TelegramError::Refused(refusal)) => match refusal.reason {
                Reason::Conflict => {
                    tracing::warn!(%refusal, "another program reads this bot's messages");
                    CONFLICT_PAUSE
                }
                Reason::RetryAfter(seconds) => Duration::from_secs(seconds.clamp(1, 300)),
                _ => CONFLICT_PAUSE,
            },
            Err(TelegramError::Provider(error)) => {
                tracing::debug!(%error, "the bot's messages cannot be read");
                PAUSE.max(Duration::from_millis(error.retry_after_ms.unwrap_or_default().min(300_000)))
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn obey(app: &Arc<App>, sender: &Sender, incoming: &IncomingMessage) {
    let chat = incoming.chat.id;
    if !app.alerts.config.allows(chat) {
        tracing::debug!(chat, "a command of a chat that is not allowed is not obeyed");
        return;
    }
    let age_s = sender.now().0 / 1_000 - incoming.date;
    let Some(command) = incoming.text.as_deref().and_then(Command::parse) else { return };
    if age_s > COMMAND_AGE_S {
        return;
    }
    // Whoever writes to the bot can be written to again.
    let reopened = changed(app, |chats| {
        chats.closed.remove(&chat);
    });
    reopened.await;
    let reply = tokio::time::timeout(COMMAND_LIMIT, command.run(app, chat, sender.now())).await;
    let text = reply.unwrap_or_else(|_| "That took too long; try again.".to_owned());
    sender.wait_turn(chat).await;
    let message = Message { chat_id: chat, thread_id: None, text, html: true, silent: false };
    if let Err(error) = sender.send(message).await {
        tracing::warn!(%error, "a command's answer could not be sent");
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Command {
    Signal(String),
    Scan,
    Status,
    Watch(String),
    Unwatch(String),
    /// A coin or all of them, for this long.
    Mute(String, i64),
    Help,
}

impl Command {
    /// `/signal@the_bot BTC` and the like; `None` for what is no command.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let name = words.next()?.strip_prefix('/')?;
        let name = name.split('@').next().unwrap_or_default().to_ascii_lowercase();
        let (first, second) = (words.next(), words.next());
        // The resolver judges symbols; here they are only kept short.
        let coin = |word: &str| word.chars().take(40).collect::<String>();
        Some(match (name.as_str(), first) {
            ("signal", Some(symbol)) => Self::Signal(coin(symbol)),
            ("watch", Some(symbol)) => Self::Watch(coin(symbol)),
            ("unwatch", Some(symbol)) => Self::Unwatch(coin(symbol)),
            ("scan", _) => Self::Scan,
            ("status", _) => Self::Status,
            ("mute", None) => Self::Mute(ALL.to_owned(), MUTE_DEFAULT_MS),
            ("mute", Some(word)) => match (span_ms(word), second.map(span_ms)) {
                (Some(span), None) => Self::Mute(ALL.to_owned(), span),
                (_, None) => Self::Mute(coin(word), MUTE_DEFAULT_MS),
                (_, Some(Some(span))) => Self::Mute(coin(word), span),
                (_, Some(None)) => Self::Help,
            },
            _ => Self::Help,
        })
    }

    async fn run(self, app: &Arc<App>, chat: i64, now: UtcMs) -> String {
        match self {
            Self::Help => HELP.to_owned(),
            Self::Signal(symbol) => {
                let deadline = Some(Instant::now() + COMMAND_LIMIT);
                let request = SignalRequest { mode: app.alerts.config.mode, fresh: false, deadline };
                match app.signal(&symbol, request).await {
                    Ok(served) => message::render(&served.answer),
                    Err(error) => escape(&error.to_string()),
                }
            }
            Self::Scan => {
                let deadline = Some(Instant::now() + COMMAND_LIMIT);
                match app.scan(app.alerts.config.mode, SCAN_ROWS, deadline, |_| {}).await {
                    Err(error) => escape(&error.to_string()),
                    Ok(scan) => {
                        let mut text = format!(
                            "{} coins looked at in full, {} data\n",
                            scan.evaluated.len(),
                            scan.data_source
                        );
                        for row in &scan.results {
                            let _ = writeln!(
                                text,
                                "<b>{}</b> {} {:.1} · {}",
                                escape(&row.symbol),
                                row.signal,
                                row.score,
                                row.verdict
                            );
                        }
                        text
                    }
                }
            }
            Self::Status => {
                let health = app.health().await;
                let judge = app.judge_status();
                let model = match (&judge.model, &judge.paused_because) {
                    (Some(model), None) => format!("openai ({model})"),
                    (Some(_), Some(reason)) => format!("rules ({reason})"),
                    (None, _) => "rules".to_owned(),
                };
                format!(
                    "{} · {} data · up {} min\ndatabase {}\njudge: {}",
                    escape(&health.status),
                    escape(&health.data_source),
                    health.uptime_seconds / 60,
                    if health.database.reachable { "answers" } else { "is away; rows wait in the spool" },
                    escape(&model)
                )
            }
            Self::Watch(symbol) => match coin_of(app, &symbol).await {
                Err(text) => text,
                Ok(coin) => {
                    let added = changed(app, |chats| {
                        let coins = chats.watched.entry(chat).or_default();
                        if coins.len() < WATCH_MAX {
                            coins.insert(coin.clone());
                        }
                    });
                    added.await.unwrap_or_else(|| format!("Alerts of {} come here.", escape(&coin)))
                }
            },
            Self::Unwatch(symbol) => {
                let coin = coin_of(app, &symbol).await.unwrap_or_else(|_| symbol.to_uppercase());
                let removed = changed(app, |chats| {
                    if let Some(coins) = chats.watched.get_mut(&chat) {
                        coins.remove(&coin);
                    }
                });
                removed.await.unwrap_or_else(|| format!("{} is no longer watched here.", escape(&coin)))
            }
            Self::Mute(symbol, span_ms) => {
                let coin = if symbol == ALL { Ok(symbol) } else { coin_of(app, &symbol).await };
                match coin {
                    Err(text) => text,
                    Ok(coin) => {
                        let until = now.plus_ms(span_ms);
                        let muted = changed(app, |chats| {
                            let mutes = chats.muted.entry(chat).or_default();
                            mutes.retain(|_, until| *until > now);
                            mutes.insert(coin.clone(), until);
                        });
                        let what = if coin == ALL { "any coin" } else { &coin };
                        muted.await.unwrap_or_else(|| format!("No alerts of {} until {until}.", escape(what)))
                    }
                }
            }
        }
    }
}

/// Changes what is known of the chats; a text where that failed.
async fn changed(app: &Arc<App>, change: impl Fn(&mut Chats)) -> Option<String> {
    let error = Chats::change(&app.store, change).await.err()?;
    tracing::warn!(%error, "a chat's wish could not be kept");
    Some("That could not be kept; try again later.".to_owned())
}

/// The ticker that a symbol means, or a text that says why it means none.
async fn coin_of(app: &Arc<App>, symbol: &str) -> Result<String, String> {
    let ask = upstream::Ask { deadline: Some(Instant::now() + COMMAND_LIMIT), fresh: false };
    match app.resolve(symbol, ask).await {
        Ok(resolved) => Ok(resolved.instrument.base.0.clone()),
        Err(error) => Err(escape(&error.to_string())),
    }
}

/// `30m`, `2h`, `1d`, in milliseconds.
fn span_ms(word: &str) -> Option<i64> {
    let unit_ms = match word.chars().last()? {
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let count: i64 = word.get(..word.len().checked_sub(1)?)?.parse().ok()?;
    (count > 0).then(|| count.saturating_mul(unit_ms).min(MUTE_MAX_MS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_read_as_people_write_them() {
        let parse = |text: &str| Command::parse(text);
        assert_eq!(parse("/signal btc"), Some(Command::Signal("btc".to_owned())));
        assert_eq!(parse("/Signal@the_bot  BTC now"), Some(Command::Signal("BTC".to_owned())));
        assert_eq!(parse("/signal"), Some(Command::Help));
        assert_eq!(parse("/scan"), Some(Command::Scan));
        assert_eq!(parse("/mute"), Some(Command::Mute(ALL.to_owned(), MUTE_DEFAULT_MS)));
        assert_eq!(parse("/mute 2h"), Some(Command::Mute(ALL.to_owned(), 7_200_000)));
        assert_eq!(parse("/mute BTC 1d"), Some(Command::Mute("BTC".to_owned(), 86_400_000)));
        assert_eq!(parse("/mute BTC forever"), Some(Command::Help));
        assert_eq!(parse("/mute BTC 999999999d"), Some(Command::Mute("BTC".to_owned(), MUTE_MAX_MS)));
        assert_eq!(parse("hello"), None);
        assert_eq!(parse(""), None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_parser(text in "\\PC{0,60}") {
            let _ = Command::parse(&text);
            let _ = Command::parse(&format!("/mute {text}"));
            let _ = span_ms(&text);
        }
    }
}
