use domain::{HOUR_MS, SECOND_MS, UtcMs, Venue};

use super::SimWorld;
use super::days::{Stretch, portion_usd, venue_share};
use super::hash::{join, noise};
use super::positioning::open_interest_coins;
use super::roster::Coin;
use crate::wire::text::interval_ms;
use crate::world::files::{Dataset, Excerpt, HistoryRow};
use crate::world::{Stat, Window, bar_phase};

/// Dollars of positions closed by force.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ForcedTotals {
    pub long_usd: f64,
    pub short_usd: f64,
}

/// What happened in a stretch of time: prices of one coin, and dollars.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub bought_usd: f64,
    pub sold_usd: f64,
    pub long_usd: f64,
    pub short_usd: f64,
    pub trades: u64,
}

/// The venues that a list of exchange names means; other exchanges are not simulated.
fn venues(exchanges: &[&str]) -> Vec<Venue> {
    if exchanges.iter().any(|name| name.eq_ignore_ascii_case("all")) {
        return Venue::ALL.to_vec();
    }
    Venue::ALL
        .into_iter()
        .filter(|venue| exchanges.iter().any(|name| name.eq_ignore_ascii_case(venue.as_str())))
        .collect()
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const OHLC: [&str; 4] = ["open", "high", "low", "close"];

impl SimWorld {
    /// Rows of a Coinglass history. `symbol` is a pair of one exchange, or a coin. `None` when the market
    /// does not know it.
    pub(crate) fn coinglass_rows(
        &self,
        dataset: Dataset,
        symbol: &str,
        exchanges: &[&str],
        interval: &str,
        window: Window,
        now: UtcMs,
    ) -> Option<Excerpt> {
        let step = interval_ms(interval)?;
        let venues = venues(exchanges);
        let venue = *venues.first()?;
        let pair = self.roster().by_symbol(venue, symbol);
        let coin = match dataset {
            Dataset::Liquidations
            | Dataset::OpenInterest
            | Dataset::FundingByOpenInterest
            | Dataset::FundingByVolume
            | Dataset::CoinTaker
            | Dataset::SpotCoinTaker
            | Dataset::BookDepth => self.by_coin_name(symbol),
            _ => pair,
        }?;
        if coin.onboard_ms > now.0 {
            return None;
        }
        let glass = Glass { sim: self, coin, step, window, now };
        Some(match dataset {
            Dataset::Liquidations => glass
                .forced(&venues, &["aggregated_long_liquidation_usd", "aggregated_short_liquidation_usd"]),
            Dataset::PairLiquidations => {
                glass.forced(&venues, &["long_liquidation_usd", "short_liquidation_usd"])
            }
            Dataset::OpenInterest | Dataset::PairOpenInterest => glass.ohlc(|at, price| {
                venues.iter().map(|venue| open_interest_coins(coin, *venue, at) * price).sum()
            }),
            // Percent for one period.
            Dataset::Funding => {
                glass.ohlc(|at, _| self.premium_of(coin, venue, UtcMs(at)).running_rate * 100.0)
            }
            Dataset::FundingByOpenInterest | Dataset::FundingByVolume => glass.ohlc(|at, _| {
                let rate = |venue: &Venue| {
                    self.premium_of(coin, *venue, UtcMs(at)).running_rate * 100.0 * venue_share(*venue)
                };
                venues.iter().map(rate).sum()
            }),
            Dataset::AccountRatio => glass.ratio(venue, Stat::AccountRatio, "global_account"),
            Dataset::TopAccountRatio => glass.ratio(venue, Stat::TopAccountRatio, "top_account"),
            Dataset::TopPositionRatio => glass.ratio(venue, Stat::TopPositionRatio, "top_position"),
            Dataset::PairTaker => glass.taker(&venues, "taker_buy_volume_usd", "taker_sell_volume_usd", 1.0),
            Dataset::CoinTaker => {
                glass.taker(&venues, "aggregated_buy_volume_usd", "aggregated_sell_volume_usd", 1.0)
            }
            Dataset::SpotCoinTaker => {
                glass.taker(&venues, "aggregated_buy_volume_usd", "aggregated_sell_volume_usd", 0.2)
            }
            Dataset::BookDepth => glass.depth(&venues, "aggregated_"),
            Dataset::PairBookDepth => glass.depth(&venues, ""),
            Dataset::Price => glass.price(venue),
        })
    }

    /// By ticker, with or without a venue's multiplier.
    pub(crate) fn by_coin_name(&self, name: &str) -> Option<&Coin> {
        self.roster()
            .by_ticker(name)
            .or_else(|| self.roster().coins().iter().find(|coin| coin.binance.base == name))
    }

    /// Forced closures on a venue in the last `hours`.
    pub(crate) fn forced_totals(&self, coin: &Coin, venue: Venue, hours: i64, now: UtcMs) -> ForcedTotals {
        let until = now.0.div_euclid(SECOND_MS);
        let part = self.between(coin, venue, until - hours * HOUR_MS / SECOND_MS, until).unwrap_or_default();
        let portion = portion_usd(coin);
        ForcedTotals {
            long_usd: part.sums.longs as f64 * portion,
            short_usd: part.sums.shorts as f64 * portion,
        }
    }

    /// All venues over the last `ms`: prices, and dollars bought and sold.
    pub(crate) fn window(&self, coin: &Coin, from: i64, to: i64) -> (Stretch, f64, f64) {
        let mut all = Stretch::default();
        let (mut bought, mut sold) = (0.0, 0.0);
        for venue in Venue::ALL {
            if let Some(part) =
                self.between(coin, venue, from.div_euclid(SECOND_MS), to.div_euclid(SECOND_MS))
            {
                bought += part.sums.bought_cents as f64 / 100.0;
                sold += part.sums.sold_cents as f64 / 100.0;
                all = part;
            }
        }
        (all, bought, sold)
    }

    /// What happened on a venue, or on all of them, from one instant to another; `None` before the coin traded.
    pub(crate) fn flow(&self, coin: &Coin, venue: Option<Venue>, from: i64, to: i64) -> Option<Flow> {
        let portion = portion_usd(coin);
        let mut flow: Option<Flow> = None;
        for one in Venue::ALL.into_iter().filter(|one| venue.is_none_or(|venue| venue == *one)) {
            let part = self.between(coin, one, from.div_euclid(SECOND_MS), to.div_euclid(SECOND_MS));
            let Some(Stretch { open, high, low, close, sums }) = part else { continue };
            let flow = flow.get_or_insert(Flow { open, high, low, close, ..Flow::default() });
            flow.bought_usd += sums.bought_cents as f64 / 100.0;
            flow.sold_usd += sums.sold_cents as f64 / 100.0;
            flow.long_usd += sums.longs as f64 * portion;
            flow.short_usd += sums.shorts as f64 * portion;
            flow.trades += sums.trades;
        }
        flow
    }

    /// Open interest of all venues in dollars.
    pub(crate) fn open_interest_usd(&self, coin: &Coin, at_ms: i64) -> f64 {
        let coins: f64 = Venue::ALL.iter().map(|venue| open_interest_coins(coin, *venue, at_ms)).sum();
        coins * self.coin_price(coin, at_ms)
    }

    /// Dollars bought and sold by takers on one venue.
    pub(crate) fn span(&self, coin: &Coin, venue: Venue, from: i64, to: i64) -> Option<(f64, f64)> {
        let part = self.between(coin, venue, from.div_euclid(SECOND_MS), to.div_euclid(SECOND_MS))?;
        Some((part.sums.bought_cents as f64 / 100.0, part.sums.sold_cents as f64 / 100.0))
    }
}

/// One history question.
struct Glass<'a> {
    sim: &'a SimWorld,
    coin: &'a Coin,
    step: i64,
    window: Window,
    now: UtcMs,
}

impl Glass<'_> {
    /// Bar starts, the running bar's among them.
    fn starts(&self) -> Vec<i64> {
        let (first, count) =
            self.window.grid(self.step, bar_phase(self.step), self.coin.onboard_ms, self.now.0);
        (0..i64::try_from(count).unwrap_or(0)).map(|place| first + place * self.step).collect()
    }

    /// The stretches of the bars, up to now.
    fn stretches(&self, venue: Venue) -> Vec<(i64, Stretch)> {
        let starts = self.starts();
        let closed = starts.iter().filter(|start| **start + self.step <= self.now.0).count();
        let Some(first) = starts.first() else { return Vec::new() };
        let step_s = self.step / SECOND_MS;
        let mut rows = self.sim.stretches(self.coin, venue, step_s, first / SECOND_MS, closed);
        if let Some(running) = starts.get(closed)
            && let Some(part) =
                self.sim.between(self.coin, venue, running / SECOND_MS, self.now.0.div_euclid(SECOND_MS))
        {
            rows.push((running / SECOND_MS, part));
        }
        rows
    }

    /// Rows whose figures are sums over venues.
    fn sums(&self, venues: &[Venue], names: &[&str], figures: impl Fn(&Stretch) -> [f64; 2]) -> Excerpt {
        let mut rows: Vec<(i64, [f64; 2])> = Vec::new();
        for venue in venues {
            for (place, (start, part)) in self.stretches(*venue).iter().enumerate() {
                let [a, b] = figures(part);
                match rows.get_mut(place) {
                    Some((_, sum)) => *sum = [sum[0] + a, sum[1] + b],
                    None => rows.push((start * SECOND_MS, [a, b])),
                }
            }
        }
        let rows = rows.into_iter().map(|(time, sum)| HistoryRow::new(time, sum)).collect();
        Excerpt { columns: columns(names), rows }
    }

    fn forced(&self, venues: &[Venue], names: &[&str]) -> Excerpt {
        let portion = portion_usd(self.coin);
        self.sums(venues, names, |part| [part.sums.longs as f64 * portion, part.sums.shorts as f64 * portion])
    }

    fn taker(&self, venues: &[Venue], bought: &str, sold: &str, share: f64) -> Excerpt {
        self.sums(venues, &[bought, sold], |part| {
            [part.sums.bought_cents, part.sums.sold_cents].map(|cents| cents as f64 / 100.0 * share)
        })
    }

    /// A figure that moves with time and price, as open, high, low, close.
    fn ohlc(&self, value: impl Fn(i64, f64) -> f64) -> Excerpt {
        let rows = self
            .stretches(Venue::Binance)
            .into_iter()
            .map(|(start, part)| {
                let start = start * SECOND_MS;
                let end = (start + self.step).min(self.now.0);
                let open = value(start, part.open);
                let close = value(end, part.close);
                let middle = value(start + (end - start) / 2, f64::midpoint(part.high, part.low));
                let (high, low) = (open.max(close).max(middle), open.min(close).min(middle));
                HistoryRow::new(start, [open, high, low, close].map(|v| (v * 1e6).round() / 1e6))
            })
            .collect();
        Excerpt { columns: columns(&OHLC), rows }
    }

    fn ratio(&self, venue: Venue, stat: Stat, name: &str) -> Excerpt {
        let names = ["long_percent", "short_percent", "long_short_ratio"];
        let rows = self
            .sim
            .statistic(self.coin, venue, stat, self.step, self.window, self.now)
            .iter()
            .map(|row| {
                let long = (row.a / (1.0 + row.a) * 1e4).round() / 1e2;
                let short = ((100.0 - long) * 1e2).round() / 1e2;
                HistoryRow::new(row.at_ms, [long, short, (row.a * 1e2).round() / 1e2])
            })
            .collect();
        Excerpt { columns: names.iter().map(|part| format!("{name}_{part}")).collect(), rows }
    }

    fn depth(&self, venues: &[Venue], prefix: &str) -> Excerpt {
        let names = ["bids_usd", "bids_quantity", "asks_usd", "asks_quantity"];
        let usual: f64 = venues.iter().map(|venue| self.coin.daily_usd * venue_share(*venue) * 0.01).sum();
        let rows = self
            .stretches(Venue::Binance)
            .into_iter()
            .map(|(start, part)| {
                let start = start * SECOND_MS;
                let side =
                    |salt| usual * (noise(join(self.coin.key, salt), start, 11 * HOUR_MS) * 0.25).exp();
                let (bids, asks) = (side(0xb1d), side(0xa5c));
                HistoryRow::new(start, [bids, bids / part.close, asks, asks / part.close])
            })
            .collect();
        Excerpt { columns: names.iter().map(|name| format!("{prefix}{name}")).collect(), rows }
    }

    fn price(&self, venue: Venue) -> Excerpt {
        let contract = self.coin.contract(venue);
        let rows = self
            .stretches(venue)
            .into_iter()
            .map(|(start, part)| {
                let usd = (part.sums.bought_cents + part.sums.sold_cents) as f64 / 100.0;
                let [open, high, low, close] =
                    [part.open, part.high, part.low, part.close].map(|price| contract.price(price));
                HistoryRow::new(start * SECOND_MS, [open, high, low, close, usd])
            })
            .collect();
        Excerpt { columns: columns(&["open", "high", "low", "close", "volume_usd"]), rows }
    }
}
