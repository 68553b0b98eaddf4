//! The bot's commands.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::UtcMs;
use telegram::html::escape;

use super::chats::{ALL, Chats, WATCH_MAX};
use super::sender::Parcel;
use super::{App, SignalRequest};
use crate::analytics::OutcomeFilter;

/// Longest time for one command.
pub(super) const COMMAND_LIMIT: Duration = Duration::from_secs(30);
/// Rows of a scan.
const SCAN_ROWS: usize = 10;
/// Days that /performance looks back.
const PERFORMANCE_DAYS: i64 = 30;
/// Mute without a time.
const MUTE_DEFAULT_MS: i64 = 3_600_000;
/// Longest mute.
const MUTE_MAX_MS: i64 = 30 * 86_400_000;

const HELP: &str = "/signal BTC – the signal of a coin\n/scan – the coins farthest from neutral\n/status – how the \
service is doing\n/performance – how the signals of 30 days did\n/watch BTC – alerts of this coin here\n/unwatch BTC – \
no longer\n/mute BTC 2h – no alerts of this coin for a while; without a coin, of none";

/// A text as an answer.
pub(super) fn reply(html: String) -> Parcel {
    Parcel { chat_id: 0, html, silent: false, caption: None, sketch: None }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Signal(String),
    Scan,
    Status,
    Performance,
    Watch(String),
    Unwatch(String),
    /// A coin or all of them, for this long.
    Mute(String, i64),
    Help,
}

impl Command {
    /// `/signal@the_bot BTC` and the like; `None` for what is no command.
    pub fn parse(text: &str) -> Option<Self> {
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
            ("performance", _) => Self::Performance,
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

    /// Carries it out for a chat, and gives the answer.
    pub async fn run(self, app: &Arc<App>, chat: i64, now: UtcMs) -> Parcel {
        let deadline = Some(Instant::now() + COMMAND_LIMIT);
        let text = match self {
            Self::Signal(symbol) => {
                let request = SignalRequest { mode: app.alerts.config.mode, fresh: false, deadline };
                match app.signal(&symbol, request).await {
                    Ok(served) => return Parcel::of(&served.answer, false),
                    Err(error) => escape(&error.to_string()),
                }
            }
            Self::Help => HELP.to_owned(),
            Self::Scan => scan(app, deadline).await,
            Self::Status => status(app).await,
            Self::Performance => performance(app, now).await,
            Self::Watch(symbol) => watch(app, chat, &symbol).await,
            Self::Unwatch(symbol) => unwatch(app, chat, &symbol).await,
            Self::Mute(symbol, span_ms) => mute(app, chat, symbol, now.plus_ms(span_ms), now).await,
        };
        reply(text)
    }
}

async fn scan(app: &Arc<App>, deadline: Option<Instant>) -> String {
    let scan = match app.scan(app.alerts.config.mode, SCAN_ROWS, deadline, |_| {}).await {
        Ok(scan) => scan,
        Err(error) => return escape(&error.to_string()),
    };
    let mut text = format!("{} coins looked at in full, {} data\n", scan.evaluated.len(), scan.data_source);
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

async fn status(app: &Arc<App>) -> String {
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

async fn performance(app: &Arc<App>, now: UtcMs) -> String {
    let from = now.plus_ms(-PERFORMANCE_DAYS * domain::DAY_MS);
    let filter = OutcomeFilter { from: Some(from), ..OutcomeFilter::default() };
    let answer = match app.performance(&filter, &[]).await {
        Ok(answer) => answer,
        Err(error) => return escape(&error.to_string()),
    };
    let mut text = format!("<b>Signals of {PERFORMANCE_DAYS} days</b> · {} data\n", answer.data_source);
    if answer.based_on == 0 {
        text.push_str("None of them has been judged yet.");
        return text;
    }
    for row in answer.overall.iter() {
        let figures = &row.figures;
        if figures.count == 0 {
            continue;
        }
        let pct = |share: f64| format!("{:.0} %", 100.0 * share);
        let _ = write!(text, "<b>{}</b>: {} judged", escape(&row.horizon), figures.count);
        if let Some(rate) = figures.win_rate {
            let _ = write!(text, ", {} won", pct(rate));
        }
        if let Some(range) = &figures.win_rate_interval {
            let _ = write!(text, " ({} to {})", pct(range.low), pct(range.high));
        }
        if let Some(worth) = figures.expectancy_pct {
            let _ = write!(text, ", {worth:+.2} % each after costs");
        }
        text.push_str(if figures.too_few { "; too few to tell\n" } else { "\n" });
    }
    text
}

async fn watch(app: &Arc<App>, chat: i64, symbol: &str) -> String {
    let coin = match coin_of(app, symbol).await {
        Ok(coin) => coin,
        Err(text) => return text,
    };
    match changed(app, |chats| chats.watch(chat, &coin)).await {
        Ok(true) => format!("Alerts of {} come here.", escape(&coin)),
        Ok(false) => format!(
            "{} is not watched: this chat watches {WATCH_MAX} coins already, and that is the most. /unwatch one first.",
            escape(&coin)
        ),
        Err(text) => text,
    }
}

async fn unwatch(app: &Arc<App>, chat: i64, symbol: &str) -> String {
    let coin = coin_of(app, symbol).await.unwrap_or_else(|_| symbol.to_uppercase());
    let removed = changed(app, |chats| {
        if let Some(coins) = chats.watched.get_mut(&chat) {
            coins.remove(&coin);
        }
    });
    removed.await.map_or_else(|text| text, |()| format!("{} is no longer watched here.", escape(&coin)))
}

async fn mute(app: &Arc<App>, chat: i64, symbol: String, until: UtcMs, now: UtcMs) -> String {
    let coin = if symbol == ALL { Ok(symbol) } else { coin_of(app, &symbol).await };
    let coin = match coin {
        Ok(coin) => coin,
        Err(text) => return text,
    };
    let muted = changed(app, |chats| {
        let mutes = chats.muted.entry(chat).or_default();
        mutes.retain(|_, until| *until > now);
        mutes.insert(coin.clone(), until);
    });
    let what = if coin == ALL { "any coin" } else { &coin };
    muted.await.map_or_else(|text| text, |()| format!("No alerts of {} until {until}.", escape(what)))
}

/// Changes what is known of the chats; a text where that failed.
async fn changed<T>(app: &Arc<App>, change: impl Fn(&mut Chats) -> T) -> Result<T, String> {
    Chats::change(&app.store, change).await.map_err(|error| {
        tracing::warn!(%error, "a chat's wish could not be kept");
        "That could not be kept; try again later.".to_owned()
    })
}

/// The ticker that a symbol means, or a text that says why it means none.
async fn coin_of(app: &Arc<App>, symbol: &str) -> Result<String, String> {
    let ask =
        upstream::Ask { deadline: Some(Instant::now() + COMMAND_LIMIT), fresh: false, no_waiting: false };
    match app.resolve(symbol, ask).await {
        Ok(resolved) => Ok(resolved.instrument.symbol().to_owned()),
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
        assert_eq!(parse("/performance@the_bot"), Some(Command::Performance));
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
