#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

use std::sync::OnceLock;

use domain::{DAY_MS, Venue};

use super::hash::{at, gauss, join, unit};
use super::roster::Coin;
use super::{FIRST_MS, LAST_MS};

/// Days that the simulator knows.
#[allow(clippy::cast_sign_loss)]
pub(crate) const DAYS: i64 = (LAST_MS - FIRST_MS) / DAY_MS;

/// What the whole market did on each day: moods that last for weeks, and now and then a crash.
#[derive(Debug)]
pub(crate) struct MarketDays {
    moves: Vec<MarketDay>,
}

#[derive(Clone, Copy, Debug)]
struct MarketDay {
    /// Logarithmic move.
    shift: f32,
    /// Deviation of the day's moves, in the mood it is in.
    sigma: f32,
}

/// A mood of the market.
#[derive(Clone, Copy)]
enum Mood {
    Calm,
    Rising,
    Falling,
    Wild,
}

impl Mood {
    const fn drift_and_sigma(self) -> (f64, f64) {
        match self {
            Self::Calm => (0.0002, 0.013),
            Self::Rising => (0.006, 0.022),
            Self::Falling => (-0.006, 0.026),
            Self::Wild => (0.0, 0.045),
        }
    }

    /// Moods change about every three weeks.
    fn next(self, draw: f64) -> Self {
        match draw {
            _ if draw >= 0.05 => self,
            _ if draw < 0.02 => Self::Calm,
            _ if draw < 0.03 => Self::Rising,
            _ if draw < 0.04 => Self::Falling,
            _ => Self::Wild,
        }
    }
}

impl MarketDays {
    pub(crate) fn new(seed: u64) -> Self {
        let key = join(seed, 0x3a12);
        let mut mood = Mood::Calm;
        let moves = (0..DAYS)
            .map(|day| {
                let word = at(key, day);
                mood = mood.next(unit(join(word, 1)));
                let (drift, sigma) = mood.drift_and_sigma();
                let mut shift = gauss(join(word, 2)).mul_add(sigma, drift);
                let jump = unit(join(word, 3));
                if jump < 0.012 {
                    // Crashes are more common than leaps.
                    let size = unit(join(word, 4)).mul_add(0.10, 0.05);
                    shift += if jump < 0.008 { -size } else { size };
                }
                MarketDay { shift: shift as f32, sigma: sigma.max(shift.abs() * 0.8) as f32 }
            })
            .collect();
        Self { moves }
    }

    fn day(&self, day: usize) -> MarketDay {
        self.moves.get(day).copied().unwrap_or(MarketDay { shift: 0.0, sigma: 0.02 })
    }
}

/// One coin's price at each 00:00 UTC.
#[derive(Debug, Default)]
pub(crate) struct CoinDays {
    prices: OnceLock<Vec<f32>>,
}

/// A stretch of time: prices per coin, and amounts that add up exactly over its parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stretch {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub sums: Sums,
}

/// What adds up. Counted in whole lots, cents and portions, so that parts make the whole to the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Lots that takers bought and sold.
    pub bought: u64,
    pub sold: u64,
    /// The same in cents.
    pub bought_cents: u64,
    pub sold_cents: u64,
    pub trades: u64,
    /// Portions of forced closures.
    pub longs: u64,
    pub shorts: u64,
}

impl Sums {
    pub(crate) const fn add(&mut self, other: &Self) {
        self.bought += other.bought;
        self.sold += other.sold;
        self.bought_cents += other.bought_cents;
        self.sold_cents += other.sold_cents;
        self.trades += other.trades;
        self.longs += other.longs;
        self.shorts += other.shorts;
    }
}

impl CoinDays {
    /// The coin's price at the beginning of a day.
    pub(crate) fn price(&self, market: &MarketDays, coin: &Coin, day: usize) -> f64 {
        let prices = self.prices.get_or_init(|| walk(market, coin));
        prices.get(day).or(prices.last()).copied().map_or(coin.base_price, f64::from)
    }

    /// A whole day on one venue.
    pub(crate) fn day(&self, market: &MarketDays, coin: &Coin, venue: Venue, day: usize) -> Stretch {
        let (open, close) = (self.price(market, coin, day), self.price(market, coin, day + 1));
        let word = at(join(coin.key, 0xda1), i64::try_from(day).unwrap_or(0));
        let sigma = f64::from(market.day(day).sigma).mul_add(coin.beta, coin.own_sigma);
        let reach = |salt| gauss(join(word, salt)).abs() * sigma * 0.55;
        let high = open.max(close) * (1.0 + reach(1));
        let low = open.min(close) * (1.0 - reach(2).min(0.6));
        let range = (high - low) / open;
        // More is traded, and closed by force, on days of wide range.
        let busy = (range / 0.05).clamp(0.25, 6.0);
        let turnover = coin.daily_usd
            * venue_share(venue)
            * busy.sqrt()
            * gauss(join(word, 3)).mul_add(0.2, 0.0).exp()
            * (close / coin.base_price).powf(0.3);
        let typical = (open + high + low + close) / 4.0;
        let tilt = ((close - open) / (high - low).max(f64::MIN_POSITIVE)).clamp(-1.0, 1.0);
        let bought_share = tilt.mul_add(0.03, 0.5) + gauss(join(word, 4)) * 0.01;
        let contract = coin.contract(venue);
        let lot_usd = contract.coins_per_lot() * typical;
        let lots = |usd: f64| whole(usd / lot_usd);
        let (bought, sold) = (lots(turnover * bought_share), lots(turnover * (1.0 - bought_share)));
        let forced = turnover * 0.0022 * busy.powf(1.6);
        let longs = forced * 0.45_f64.mul_add(-tilt, 0.5);
        let portion = portion_usd(coin);
        Stretch {
            open,
            high,
            low,
            close,
            sums: Sums {
                bought,
                sold,
                bought_cents: whole(bought as f64 * lot_usd * 100.0),
                sold_cents: whole(sold as f64 * lot_usd * 100.0),
                trades: whole(turnover / 900.0).max(bought.min(2) + sold.min(2)),
                longs: whole(longs / portion),
                shorts: whole((forced - longs) / portion),
            },
        }
    }
}

/// The part of the day's turnover that a venue has.
pub(crate) const fn venue_share(venue: Venue) -> f64 {
    match venue {
        Venue::Binance => 0.55,
        Venue::Okx => 0.2,
        Venue::Bybit => 0.25,
    }
}

/// Dollars in one portion of forced closures.
pub(crate) fn portion_usd(coin: &Coin) -> f64 {
    ((coin.daily_usd * 2e-7 / 50.0).round() * 50.0).max(50.0)
}

/// A count out of an amount.
fn whole(amount: f64) -> u64 {
    amount.max(0.0) as u64
}

/// Day by day: the market's move times beta, an own move, own jumps, and a weak pull back to the base.
fn walk(market: &MarketDays, coin: &Coin) -> Vec<f32> {
    let key = join(coin.key, 0xbea7);
    let anchor = coin.base_price.ln();
    let mut level = anchor + gauss(join(key, 1)) * 0.4;
    (0..=DAYS)
        .map(|day| {
            let price = level.exp() as f32;
            let word = at(key, day);
            let common = market.day(usize::try_from(day).unwrap_or(0));
            let own = gauss(word) * coin.own_sigma;
            let leap = match unit(join(word, 2)) {
                draw if draw < 0.004 => unit(join(word, 3)) * 8.0 * coin.own_sigma,
                draw if draw < 0.008 => -unit(join(word, 3)) * 8.0 * coin.own_sigma,
                _ => 0.0,
            };
            level += f64::from(common.shift).mul_add(coin.beta, own + leap) - (level - anchor) * 0.006;
            price
        })
        .collect()
}
