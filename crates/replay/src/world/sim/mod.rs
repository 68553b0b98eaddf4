/// Bars, tickers, fills and books.
mod bars;
/// Prices at midnight.
mod days;
/// Coinglass's view of the market.
mod glass;
/// Keyed numbers.
pub(crate) mod hash;
/// The exchanges' own instrument lists.
mod listings;
/// Funding, open interest, positioning.
mod positioning;
/// Who is traded.
mod roster;
/// What people write about coins.
mod social;
/// A stretch of time cut into parts.
mod split;

use domain::{DAY_MS, UtcMs, Venue};
use serde_json::Value;

use self::days::{CoinDays, MarketDays};
pub(crate) use self::glass::Flow;
pub(crate) use self::roster::{Coin, Roster};
pub(crate) use self::social::{Social, social_figures};
use super::{Bar, Book, DayTicker, Fill, Forced, Lack, Market, Premium, Settlement, Stat, StatRow, Window};
use crate::error::ReplayError;

/// 2019-01-01 and 2036-01-01, between which there is a market.
pub(crate) const FIRST_MS: i64 = 1_546_300_800_000;
pub(crate) const LAST_MS: i64 = 2_082_758_400_000;

/// A market computed from a seed. Nothing is stored but the coins' prices at midnight: any bar is cut out
/// of its day when it is asked for, and equal questions have equal answers in any order.
#[derive(Debug)]
pub(crate) struct SimWorld {
    seed: u64,
    roster: Roster,
    market: MarketDays,
    days: Vec<CoinDays>,
}

impl SimWorld {
    /// A market that lives at `now`.
    pub(crate) fn new(seed: u64, now: UtcMs) -> Result<Self, ReplayError> {
        if !(FIRST_MS + 400 * DAY_MS..LAST_MS - DAY_MS).contains(&now.0) {
            return Err(ReplayError::OutOfRange(now));
        }
        let roster = Roster::new(seed);
        let days = roster.coins().iter().map(|_| CoinDays::default()).collect();
        Ok(Self { seed, market: MarketDays::new(seed), days, roster })
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) const fn roster(&self) -> &Roster {
        &self.roster
    }

    fn coin(&self, venue: Venue, symbol: &str, now: UtcMs) -> Result<&Coin, Lack> {
        self.roster.by_symbol(venue, symbol).filter(|coin| coin.onboard_ms <= now.0).ok_or(Lack::Symbol)
    }
}

impl Market for SimWorld {
    fn listings(&self, venue: Venue, now: UtcMs) -> Vec<Value> {
        self.roster.trading(now).map(|coin| listings::row(coin, venue)).collect()
    }

    fn knows(&self, venue: Venue, symbol: &str) -> bool {
        self.roster.by_symbol(venue, symbol).is_some()
    }

    fn bars(
        &self,
        venue: Venue,
        symbol: &str,
        step: i64,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<Bar>, Lack> {
        let coin = self.coin(venue, symbol, now)?;
        Ok(self.venue_bars(coin, venue, step, window, now))
    }

    fn ticker(&self, venue: Venue, symbol: &str, now: UtcMs) -> Result<DayTicker, Lack> {
        Ok(self.day_ticker(self.coin(venue, symbol, now)?, venue, now))
    }

    fn tickers(&self, venue: Venue, now: UtcMs) -> Vec<(String, DayTicker)> {
        self.roster
            .trading(now)
            .map(|coin| (coin.contract(venue).symbol.clone(), self.day_ticker(coin, venue, now)))
            .collect()
    }

    fn settlements(
        &self,
        venue: Venue,
        symbol: &str,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<Settlement>, Lack> {
        Ok(self.settled(self.coin(venue, symbol, now)?, venue, window, now))
    }

    fn funding_intervals(&self, venue: Venue, now: UtcMs) -> Vec<(String, u32)> {
        self.roster
            .trading(now)
            .map(|coin| (coin.contract(venue).symbol.clone(), coin.funding_interval_h))
            .collect()
    }

    fn premium(&self, venue: Venue, symbol: &str, now: UtcMs) -> Result<Premium, Lack> {
        Ok(self.premium_of(self.coin(venue, symbol, now)?, venue, now))
    }

    fn premiums(&self, venue: Venue, now: UtcMs) -> Vec<(String, Premium)> {
        self.roster
            .trading(now)
            .map(|coin| (coin.contract(venue).symbol.clone(), self.premium_of(coin, venue, now)))
            .collect()
    }

    fn open_interest(&self, venue: Venue, symbol: &str, now: UtcMs) -> Result<(f64, f64), Lack> {
        let coin = self.coin(venue, symbol, now)?;
        let coins = positioning::open_interest_coins(coin, venue, now.0);
        let units = coins / coin.contract(venue).multiplier;
        Ok((units, coins * self.coin_price(coin, now.0)))
    }

    fn stat(
        &self,
        venue: Venue,
        symbol: &str,
        stat: Stat,
        period_ms: i64,
        window: Window,
        now: UtcMs,
    ) -> Result<Vec<StatRow>, Lack> {
        Ok(self.statistic(self.coin(venue, symbol, now)?, venue, stat, period_ms, window, now))
    }

    fn book(&self, venue: Venue, symbol: &str, levels: usize, now: UtcMs) -> Result<Book, Lack> {
        Ok(self.order_book(self.coin(venue, symbol, now)?, venue, levels, now))
    }

    fn fills(&self, venue: Venue, symbol: &str, limit: usize, now: UtcMs) -> Result<Vec<Fill>, Lack> {
        Ok(self.newest_fills(self.coin(venue, symbol, now)?, venue, limit, now))
    }

    fn forced(&self, venue: Venue, symbol: Option<&str>, after: UtcMs, until: UtcMs) -> Vec<Forced> {
        let mut forced: Vec<Forced> = match symbol {
            Some(symbol) => match self.coin(venue, symbol, until) {
                Ok(coin) => self.forced_orders(coin, venue, after, until),
                Err(_) => Vec::new(),
            },
            None => self
                .roster
                .trading(until)
                .flat_map(|coin| self.forced_orders(coin, venue, after, until))
                .collect(),
        };
        forced.sort_by_key(|order| order.at_ms);
        forced
    }
}
