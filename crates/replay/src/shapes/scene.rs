#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

//! Where a formula stands: a coin, a venue or all of them, an instant; and the figures that it sees there.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use domain::{DAY_MS, HOUR_MS, UtcMs, Venue};

use crate::world::sim::hash::{at, join, noise, unit};
use crate::world::sim::{Coin, FIRST_MS, Flow, SimWorld, Social, social_figures};
use crate::world::{Bar, Market, Premium, Stat, Window, grid_floor};

/// What a formula gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    Number(f64),
    Whole(i64),
    Text(String),
    Flag(bool),
    /// The world has no such figure here.
    Nothing,
}

/// Figures that several rows read.
type Shared<T> = Rc<Vec<T>>;

/// A coin's rank, a venue's number (9 for all), and the ends of a stretch of time.
type Stretch = (usize, u64, i64, i64);

/// What one answer has worked out so far.
#[derive(Debug, Default)]
pub(super) struct Memory {
    flows: RefCell<HashMap<Stretch, Option<Flow>>>,
    midnights: RefCell<HashMap<usize, Shared<f64>>>,
    bars: RefCell<HashMap<(usize, u64, i64), Shared<Bar>>>,
    /// Running totals, by name.
    pub totals: RefCell<BTreeMap<String, f64>>,
}

/// Where a formula stands.
#[derive(Clone, Debug)]
pub(super) struct Scene<'a> {
    pub sim: &'a SimWorld,
    pub now: i64,
    pub coin: &'a Coin,
    /// All venues together when absent.
    pub venue: Option<Venue>,
    /// The instant, and the length of the bar that begins there.
    pub t: i64,
    pub step: i64,
    /// The row's place in its list, and its name.
    pub place: i64,
    pub name: Rc<str>,
    /// What made-up figures hang on.
    pub key: u64,
    /// The length of time in the field's name.
    pub length_ms: Option<i64>,
    /// Price and size of an order book's level.
    pub level: (f64, f64),
    /// Parts of the path and parameters of the query.
    pub words: &'a BTreeMap<String, String>,
    /// Bars that the question asks for: their beginnings and length.
    pub grid: (&'a [i64], i64),
    pub memory: &'a Memory,
}

/// How the provider of most lists writes exchanges.
pub(super) const fn venue_name(venue: Venue) -> &'static str {
    match venue {
        Venue::Binance => "Binance",
        Venue::Okx => "OKX",
        Venue::Bybit => "Bybit",
    }
}

impl<'a> Scene<'a> {
    /// The venue whose prices are told: the largest when it is all of them.
    pub(super) fn priced_on(&self) -> Venue {
        self.venue.unwrap_or(Venue::Binance)
    }

    pub(super) fn with_coin(&self, coin: &'a Coin) -> Self {
        Self { coin, key: join(join(self.sim.seed(), coin.key), 0), ..self.clone() }
    }

    pub(super) fn at(&self, t: i64) -> Self {
        Self { t, ..self.clone() }
    }

    /// A smooth random figure of mean 0 and deviation 1 that changes over `scale` milliseconds.
    pub(super) fn wave(&self, salt: i64, scale: i64) -> f64 {
        noise(join(self.key, salt.cast_unsigned()), self.t, scale)
    }

    /// A random figure from 0 to 1 that belongs to the row.
    pub(super) fn draw(&self, salt: i64) -> f64 {
        unit(self.word(salt))
    }

    pub(super) fn word(&self, salt: i64) -> u64 {
        at(join(self.key, 0xd1a7), salt)
    }

    /// Dollars per coin on the venue's tick.
    pub(super) fn price(&self) -> f64 {
        let contract = self.coin.contract(self.priced_on());
        contract.price(self.sim.coin_price(self.coin, self.t.min(self.now))) / contract.multiplier
    }

    /// What was traded in the bar that begins here, or in the time before when a length is given.
    pub(super) fn flow(&self, back: Option<i64>) -> Option<Flow> {
        let (from, to) = back.map_or_else(
            || (self.t, (self.t + self.step).min(self.now)),
            |back| (self.t.min(self.now) - back, self.t.min(self.now)),
        );
        let key = (self.coin.rank, self.venue.map_or(9, |venue| venue as u64), from, to);
        let known = self.memory.flows.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let flow = self.sim.flow(self.coin, self.venue, from, to);
            // A bar that has just begun stands at the price.
            let flow = flow.or_else(|| (to >= self.coin.onboard_ms).then(|| self.still(to)));
            self.memory.flows.borrow_mut().insert(key, flow);
            flow
        })
    }

    fn still(&self, at: i64) -> Flow {
        let price = self.sim.coin_price(self.coin, at);
        Flow { open: price, high: price, low: price, close: price, ..Flow::default() }
    }

    pub(super) fn premium(&self) -> Option<Premium> {
        let venue = self.priced_on();
        self.sim.premium(venue, &self.coin.contract(venue).symbol, UtcMs(self.t.min(self.now))).ok()
    }

    /// Long/short ratio of a group of accounts.
    pub(super) fn ratio(&self, stat: Stat) -> Option<f64> {
        let venue = self.priced_on();
        let window = Window { to: Some(self.t), ..Window::newest(1) };
        let symbol = &self.coin.contract(venue).symbol;
        let rows = self.sim.stat(venue, symbol, stat, 300_000, window, UtcMs(self.now)).ok()?;
        rows.last().map(|row| row.a)
    }

    /// Coins that are held open.
    pub(super) fn open_interest(&self) -> f64 {
        let at = UtcMs(self.t.min(self.now));
        let held = |venue: Venue| {
            let contract = self.coin.contract(venue);
            self.sim
                .open_interest(venue, &contract.symbol, at)
                .map_or(0.0, |(units, _)| units * contract.multiplier)
        };
        self.venue.map_or_else(|| Venue::ALL.into_iter().map(held).sum(), held)
    }

    /// Funding charged in the last `back` milliseconds, as a fraction.
    pub(super) fn settled(&self, back: i64) -> Option<f64> {
        let venue = self.priced_on();
        let window = Window { from: Some(self.t - back + 1), to: Some(self.t), ..Window::newest(9_000) };
        let symbol = &self.coin.contract(venue).symbol;
        let rows = self.sim.settlements(venue, symbol, window, UtcMs(self.now)).ok()?;
        Some(rows.iter().map(|row| row.rate).sum())
    }

    /// Best bid and ask with their sizes.
    fn top(&self, pick: fn([(f64, f64); 2]) -> f64) -> Val {
        let venue = self.priced_on();
        let ticker = self.sim.ticker(venue, &self.coin.contract(venue).symbol, UtcMs(self.t.min(self.now)));
        ticker.ok().and_then(|ticker| ticker.top).map_or(Val::Nothing, |top| Val::Number(pick(top)))
    }

    pub(super) fn social(&self) -> Social {
        let bucket = if self.step >= HOUR_MS { self.step } else { DAY_MS };
        social_figures(self.coin, self.t.min(self.now), bucket)
    }

    /// Sums of the coin's midnight prices up to each day since it has traded.
    fn midnights(&self) -> Shared<f64> {
        let known = self.memory.midnights.borrow().get(&self.coin.rank).cloned();
        known.unwrap_or_else(|| {
            let days = (self.now - self.coin.onboard_ms).div_euclid(DAY_MS).max(0);
            let mut sum = 0.0;
            let sums: Vec<f64> = (0..=days)
                .map(|day| {
                    sum += self.sim.midnight_price(self.coin, self.coin.onboard_ms + day * DAY_MS);
                    sum
                })
                .collect();
            let sums = Rc::new(sums);
            self.memory.midnights.borrow_mut().insert(self.coin.rank, sums.clone());
            sums
        })
    }

    /// Mean of the last `days` midnight prices, of fewer where the coin is younger.
    pub(super) fn mean_price(&self, days: i64) -> Option<f64> {
        let sums = self.midnights();
        let last = usize::try_from((self.t.min(self.now) - self.coin.onboard_ms).div_euclid(DAY_MS)).ok()?;
        let last = last.min(sums.len().checked_sub(1)?);
        let taken = usize::try_from(days).ok()?.clamp(1, last + 1);
        let before = if taken > last { 0.0 } else { sums.get(last - taken).copied()? };
        Some((sums.get(last)? - before) / taken as f64)
    }

    /// The last `count` bars, up to the one that holds this instant; fewer where the coin is younger.
    pub(super) fn bars(&self, count: usize) -> Vec<Bar> {
        let venue = self.priced_on();
        let key = (self.coin.rank, venue as u64, self.step);
        let phase = crate::world::bar_phase(self.step);
        let last = grid_floor(self.t.min(self.now), self.step, phase);
        let first =
            last - i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1).saturating_mul(self.step);
        let covers = |bars: &Shared<Bar>| {
            bars.first().is_some_and(|bar| bar.open_ms <= first.max(self.coin.onboard_ms + self.step))
        };
        let known = self.memory.bars.borrow().get(&key).filter(|bars| covers(bars)).cloned();
        let bars = known.unwrap_or_else(|| {
            let more = usize::try_from((self.now - last) / self.step).unwrap_or(0);
            let symbol = &self.coin.contract(venue).symbol;
            let bars = self
                .sim
                .bars(
                    venue,
                    symbol,
                    self.step,
                    Window::newest((count + more + 1).min(6_000)),
                    UtcMs(self.now),
                )
                .unwrap_or_default();
            let bars = Rc::new(bars);
            self.memory.bars.borrow_mut().insert(key, bars.clone());
            bars
        });
        let end = bars.partition_point(|bar| bar.open_ms <= last);
        bars.get(end.saturating_sub(count)..end).unwrap_or_default().to_vec()
    }

    /// A part of the path or a parameter of the query.
    pub(super) fn said(&self, name: &str) -> Option<&'a str> {
        self.words.get(name).map(String::as_str)
    }

    /// A figure by its name; `None` when there is no such name.
    pub(super) fn figure(&self, name: &str) -> Option<Val> {
        use Val::{Number, Text, Whole};
        let coin = self.coin;
        let contract = coin.contract(self.priced_on());
        let maybe = |value: Option<f64>| value.map_or(Val::Nothing, Number);
        let flow = |pick: fn(&Flow) -> f64| self.flow(None).map_or(Val::Nothing, |flow| Number(pick(&flow)));
        let premium = |pick: fn(&Premium) -> f64| maybe(self.premium().as_ref().map(pick));
        let count = |count: u64| Whole(i64::try_from(count).unwrap_or(i64::MAX));
        Some(match name {
            "t" => Whole(self.t),
            "now" => Whole(self.now),
            "step" => Whole(self.step),
            "i" => Whole(self.place),
            "W" => self.length_ms.map_or(Val::Nothing, Whole),
            "nothing" => Val::Nothing,
            "name" => Text(self.name.to_string()),
            "venue" => Text(self.venue.map_or("All", venue_name).to_owned()),
            "ticker" => Text(coin.ticker.clone()),
            "coin_name" => Text(coin.name.clone()),
            "coin_id" => Text(coin.id.clone()),
            "pair" => Text(contract.symbol.clone()),
            "base" => Text(contract.base.clone()),
            "tick" => Number(contract.tick()),
            "rank" => Whole(i64::try_from(coin.rank).unwrap_or(0) + 1),
            "supply" => Number(coin.supply),
            "daily_usd" => Number(coin.daily_usd),
            "listed" => Whole(coin.onboard_ms),
            "first" => Whole(FIRST_MS),
            "interval_h" => Whole(i64::from(coin.funding_interval_h)),
            "price" => Number(self.price()),
            "cap" => Number(self.price() * coin.supply),
            "p" => Number(self.level.0),
            "q" => Number(self.level.1),
            "open" => flow(|flow| flow.open),
            "high" => flow(|flow| flow.high),
            "low" => flow(|flow| flow.low),
            "close" => flow(|flow| flow.close),
            "bought" => flow(|flow| flow.bought_usd),
            "sold" => flow(|flow| flow.sold_usd),
            "volume" => flow(|flow| flow.bought_usd + flow.sold_usd),
            "trades" => self.flow(None).map_or(Val::Nothing, |flow| count(flow.trades)),
            "oi_coins" => Number(self.open_interest()),
            "oi" => Number(self.open_interest() * self.price()),
            "funding" => premium(|premium| premium.running_rate * 100.0),
            "mark" => premium(|premium| premium.mark),
            "index" => premium(|premium| premium.index),
            "bid" => self.top(|[bid, _]| bid.0),
            "bid_size" => self.top(|[bid, _]| bid.1),
            "ask" => self.top(|[_, ask]| ask.0),
            "ask_size" => self.top(|[_, ask]| ask.1),
            "funding_next" => self.premium().map_or(Val::Nothing, |premium| Whole(premium.next_ms)),
            "account_ratio" => maybe(self.ratio(Stat::AccountRatio)),
            "position_ratio" => maybe(self.ratio(Stat::TopPositionRatio)),
            "galaxy" => Number(self.social().galaxy_score),
            "alt_rank" => count(self.social().alt_rank),
            "sentiment" => count(self.social().sentiment),
            "posts" => count(self.social().posts_active),
            "posts_created" => count(self.social().posts_created),
            "contributors" => count(self.social().contributors_active),
            "contributors_created" => count(self.social().contributors_created),
            "interactions" => count(self.social().interactions),
            "spam" => count(self.social().spam),
            "dominance" => Number(self.social().dominance),
            _ => return None,
        })
    }
}
