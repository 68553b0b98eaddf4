use domain::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UtcMs, Venue};

use super::SimWorld;
use super::days::venue_share;
use super::hash::{join, noise};
use super::roster::Coin;
use crate::world::{Premium, Settlement, Stat, StatRow, Window, grid_floor};

/// The rate that a balanced market pays for eight hours.
const INTEREST_8H: f64 = 0.0001;
/// How far the premium moves the rate before it counts in full.
const DAMPER: f64 = 0.0005;
/// Samples of the premium in one funding period.
const SAMPLES: i64 = 16;
/// Statistics begin on this grid.
const STAT_GRID_MS: i64 = 5 * MINUTE_MS;

impl SimWorld {
    /// Contract above index, as a fraction.
    fn premium_fraction(&self, coin: &Coin, venue: Venue, at_ms: i64) -> f64 {
        let key = join(coin.key, join(0xf0d, venue as u64));
        let common = noise(join(self.seed(), 0xf0d), at_ms, 4 * DAY_MS) * 0.0003;
        let slow = noise(key, at_ms, 2 * DAY_MS) * 0.0003;
        common + slow + noise(join(key, 1), at_ms, 5 * HOUR_MS) * 0.0002
    }

    /// The rate of the period that ends at `end_ms`, as far as it is known at `now_ms`.
    fn rate(&self, coin: &Coin, venue: Venue, end_ms: i64, now_ms: i64) -> f64 {
        let period = i64::from(coin.funding_interval_h) * HOUR_MS;
        let begin = end_ms - period;
        let (mut sum, mut count) = (0.0, 0.0);
        for sample in 0..SAMPLES {
            let at = begin + sample * period / SAMPLES;
            if at > now_ms && sample > 0 {
                break;
            }
            sum += self.premium_fraction(coin, venue, at);
            count += 1.0;
        }
        let premium: f64 = sum / count;
        let for_8h = premium + (INTEREST_8H - premium).clamp(-DAMPER, DAMPER);
        // Venues publish eight digits.
        let rate = for_8h * f64::from(coin.funding_interval_h) / 8.0;
        (rate * 1e8).round() / 1e8
    }

    fn settlement(&self, coin: &Coin, venue: Venue, at_ms: i64) -> Settlement {
        let mark = coin.contract(venue).price(self.coin_price(coin, at_ms));
        Settlement { at_ms, rate: self.rate(coin, venue, at_ms, at_ms), mark: Some(mark) }
    }

    pub(super) fn settled(&self, coin: &Coin, venue: Venue, window: Window, now: UtcMs) -> Vec<Settlement> {
        let period = i64::from(coin.funding_interval_h) * HOUR_MS;
        let (first, count) = window.grid(period, 0, coin.onboard_ms + period, now.0);
        (0..i64::try_from(count).unwrap_or(0))
            .map(|place| self.settlement(coin, venue, first + place * period))
            .collect()
    }

    pub(super) fn premium_of(&self, coin: &Coin, venue: Venue, now: UtcMs) -> Premium {
        let period = i64::from(coin.funding_interval_h) * HOUR_MS;
        let last = grid_floor(now.0, period, 0);
        let contract = coin.contract(venue);
        let mark = self.coin_price(coin, now.0);
        let index = mark / (1.0 + self.premium_fraction(coin, venue, now.0));
        Premium {
            mark: contract.price(mark),
            index: index * contract.multiplier,
            running_rate: self.rate(coin, venue, last + period, now.0),
            last_settled: Settlement { at_ms: last, rate: self.rate(coin, venue, last, last), mark: None },
            interest: INTEREST_8H * f64::from(coin.funding_interval_h) / 8.0,
            next_ms: last + period,
            interval_h: coin.funding_interval_h,
        }
    }

    /// Rows of a statistic on its grid. A period's flow is told once it is over.
    pub(super) fn statistic(
        &self,
        coin: &Coin,
        venue: Venue,
        stat: Stat,
        period: i64,
        window: Window,
        now: UtcMs,
    ) -> Vec<StatRow> {
        let period = period.max(STAT_GRID_MS);
        let flow = stat == Stat::Taker;
        let last = if flow { now.0 - period } else { now.0 };
        let (first, count) = window.grid(period, 0, coin.onboard_ms + period, last);
        let row = |at_ms, a, b, c| StatRow { at_ms, a, b, c };
        let instants = (0..i64::try_from(count).unwrap_or(0)).map(|place| first + place * period);
        match stat {
            Stat::AccountRatio | Stat::TopAccountRatio | Stat::TopPositionRatio => {
                instants.map(|at| row(at, ratio(coin, venue, stat, at), None, None)).collect()
            }
            Stat::OpenInterest => {
                // The price of an instant is the close of the stretch before it.
                let before = (first - period) / SECOND_MS;
                let closes = self.stretches(coin, venue, period / SECOND_MS, before, count);
                let multiplier = coin.contract(venue).multiplier;
                instants
                    .zip(closes)
                    .map(|(at, (_, stretch))| {
                        let coins = open_interest_coins(coin, venue, at);
                        row(at, coins / multiplier, Some(coins * stretch.close), None)
                    })
                    .collect()
            }
            Stat::Taker => {
                let contract = coin.contract(venue);
                let units = |lots: u64| contract.quantity(lots) * contract.face_value;
                self.stretches(coin, venue, period / SECOND_MS, first / SECOND_MS, count)
                    .iter()
                    .filter(|(_, part)| part.sums.sold > 0)
                    .map(|(open_s, part)| {
                        let (bought, sold) = (units(part.sums.bought), units(part.sums.sold));
                        let ratio = (bought / sold * 1e4).round() / 1e4;
                        row(open_s * SECOND_MS, ratio, Some(bought), Some(sold))
                    })
                    .collect()
            }
        }
    }
}

/// Open interest in coins.
pub(super) fn open_interest_coins(coin: &Coin, venue: Venue, at_ms: i64) -> f64 {
    let key = join(coin.key, join(0x01, venue as u64));
    let level = noise(key, at_ms, 9 * DAY_MS) * 0.22
        + noise(join(key, 1), at_ms, 2 * DAY_MS) * 0.1
        + noise(join(key, 2), at_ms, 7 * HOUR_MS) * 0.04
        + noise(join(key, 3), at_ms, 40 * MINUTE_MS) * 0.008;
    let coins = coin.daily_usd * venue_share(venue) * 0.55 / coin.base_price * level.exp();
    let lot = coin.contract(venue).coins_per_lot();
    (coins / lot).round() * lot
}

/// Long/short ratio of a group of accounts.
fn ratio(coin: &Coin, venue: Venue, stat: Stat, at_ms: i64) -> f64 {
    let (salt, mean) = match stat {
        Stat::AccountRatio => (0x11, 0.45),
        Stat::TopAccountRatio => (0x12, 0.35),
        _ => (0x13, 0.25),
    };
    let key = join(coin.key, join(salt, venue as u64));
    let level = noise(key, at_ms, 6 * DAY_MS) * 0.35
        + noise(join(key, 1), at_ms, 20 * HOUR_MS) * 0.15
        + noise(join(key, 2), at_ms, 3 * HOUR_MS) * 0.04;
    let ratio: f64 = (mean + level).exp();
    (ratio * 1e4).round() / 1e4
}
