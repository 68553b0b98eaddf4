mod alternative_me;
mod binance;
mod bybit;
mod coinapi;
mod coingecko;
mod coinglass;
mod lunarcrush;
mod okx;
/// Numbers and times as providers write them.
pub(crate) mod text;

use domain::UtcMs;

pub(crate) use self::binance::stream as binance_stream;
pub(crate) use self::bybit::stream as bybit_stream;
pub(crate) use self::coinglass::stream as coinglass_stream;
pub(crate) use self::okx::stream as okx_stream;

use crate::answer::Answer;
use crate::limits::Windows;
use crate::provider::Provider;
use crate::query::Query;
use crate::world::Ground;

/// One call to a provider.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub ground: &'a Ground,
    /// The world's time, fixed for the whole answer.
    pub now: UtcMs,
    /// Path below the provider's prefix, decoded.
    pub path: &'a str,
    pub query: &'a Query,
}

/// What a call costs at the provider, and whether the provider still takes it.
#[derive(Debug, Default)]
pub(crate) struct Charge {
    pub weight: u64,
    /// The provider's refusal, when a window is spent and limits are enforced.
    pub refusal: Option<Answer>,
    /// Meter headers of every answer.
    pub headers: Vec<(&'static str, String)>,
}

/// What is needed to charge a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Till<'a> {
    pub windows: &'a Windows,
    pub enforce: bool,
    pub keys: Keys,
}

/// The plans of the keys that are pretended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Coinglass Standard, LunarCrush Builder, CoinGecko Demo: what the record was taken with.
    Usual,
    /// Coinglass Professional, LunarCrush Scale, a paid CoinGecko plan: every endpoint is in them.
    Full,
}

impl Keys {
    /// A record is asked with the keys that it was made with; a simulated market holds everything.
    pub(crate) const fn of(ground: &Ground) -> Self {
        match ground {
            Ground::Files(_) => Self::Usual,
            Ground::Simulated(_) => Self::Full,
        }
    }
}

pub(crate) fn charge(provider: Provider, till: Till<'_>, path: &str, query: &Query) -> Charge {
    match provider {
        Provider::Binance => binance::charge(till, path, query),
        Provider::Okx => okx::charge(till, path, query),
        Provider::Bybit => bybit::charge(till),
        Provider::Coinglass => coinglass::charge(till),
        Provider::LunarCrush => lunarcrush::charge(till),
        Provider::CoinApi => coinapi::charge(till, query),
        Provider::CoinGecko => coingecko::charge(till),
        Provider::AlternativeMe => alternative_me::charge(till),
    }
}

pub(crate) fn answer(provider: Provider, ask: &Ask<'_>) -> Answer {
    match provider {
        Provider::Binance => binance::answer(ask),
        Provider::Okx => okx::answer(ask),
        Provider::Bybit => bybit::answer(ask),
        Provider::Coinglass => coinglass::answer(ask),
        Provider::LunarCrush => lunarcrush::answer(ask),
        Provider::CoinApi => coinapi::answer(ask),
        Provider::CoinGecko => coingecko::answer(ask),
        Provider::AlternativeMe => alternative_me::answer(ask),
    }
}

/// The provider's own body for a failure status, made on purpose.
pub(crate) fn failure(provider: Provider, status: u16, retry_after_s: Option<u64>) -> Answer {
    let answer = match provider {
        Provider::Binance => binance::failure(status, retry_after_s),
        Provider::Okx => okx::failure(status),
        Provider::Bybit => bybit::failure(status),
        Provider::Coinglass => coinglass::failure(status),
        Provider::LunarCrush => lunarcrush::failure(status),
        Provider::CoinApi => coinapi::failure(status),
        Provider::CoinGecko => coingecko::failure(status),
        Provider::AlternativeMe => Answer::html(status, "<html><body><h1>Error</h1></body></html>"),
    };
    match retry_after_s {
        Some(seconds) => answer.with("retry-after", seconds),
        None => answer,
    }
}
