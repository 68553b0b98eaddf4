#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

use domain::{DAY_MS, MINUTE_MS, SECOND_MS, UtcMs, Venue};

use super::days::{DAYS, Stretch, Sums, portion_usd};
use super::hash::{at, join, unit};
use super::roster::Coin;
use super::split::{LEVELS, cut};
use super::{FIRST_MS, SimWorld};
use crate::world::{Bar, Book, DayTicker, Fill, Forced, Window, bar_phase, grid_floor};

const DAY_S: i64 = 86_400;
const FIRST_S: i64 = FIRST_MS / 1_000;

/// What a visit of stretches looks for.
struct Span<'a> {
    coin: &'a Coin,
    venue_key: u64,
    from_s: i64,
    to_s: i64,
    /// The level to go down to; `None` goes down only as far as the edges need.
    level: Option<usize>,
    /// Leave out stretches in which nothing was closed by force.
    forced_only: bool,
}

impl SimWorld {
    fn days_of(&self, coin: &Coin) -> Option<&super::CoinDays> {
        self.days.get(coin.rank)
    }

    /// Calls `each` with the stretches of the span, in order.
    fn visit(&self, span: &Span<'_>, venue: Venue, each: &mut dyn FnMut(i64, &Stretch)) {
        let Some(days) = self.days_of(span.coin) else { return };
        let first = (span.from_s.max(span.coin.onboard_ms / 1_000) - FIRST_S).div_euclid(DAY_S).max(0);
        let last = (span.to_s - FIRST_S + DAY_S - 1).div_euclid(DAY_S).min(DAYS);
        for day in first..last {
            let index = usize::try_from(day).unwrap_or(0);
            let stretch = days.day(&self.market, span.coin, venue, index);
            descend(span, 0, FIRST_S + day * DAY_S, &stretch, each);
        }
    }

    /// Everything from `from_s` to `to_s` (whole seconds) as one; `None` when that is no time at all.
    pub(super) fn between(&self, coin: &Coin, venue: Venue, from_s: i64, to_s: i64) -> Option<Stretch> {
        let span = Span { coin, venue_key: venue as u64, from_s, to_s, level: None, forced_only: false };
        let mut whole: Option<Stretch> = None;
        self.visit(&span, venue, &mut |_, part| match &mut whole {
            None => whole = Some(*part),
            Some(whole) => append(whole, part),
        });
        whole
    }

    /// Stretches of `step_s` from `from_s` on, ascending, complete ones only.
    pub(super) fn stretches(
        &self,
        coin: &Coin,
        venue: Venue,
        step_s: i64,
        from_s: i64,
        count: usize,
    ) -> Vec<(i64, Stretch)> {
        let level = LEVELS.iter().position(|length| step_s % length == 0).unwrap_or(LEVELS.len() - 1);
        let phase = bar_phase(step_s * SECOND_MS) / SECOND_MS;
        let to_s = from_s + i64::try_from(count).unwrap_or(0) * step_s;
        let span =
            Span { coin, venue_key: venue as u64, from_s, to_s, level: Some(level), forced_only: false };
        let mut rows: Vec<(i64, Stretch)> = Vec::with_capacity(count);
        self.visit(&span, venue, &mut |begin, part| {
            let open = grid_floor(begin, step_s, phase);
            match rows.last_mut() {
                Some((known, whole)) if *known == open => append(whole, part),
                _ => rows.push((open, *part)),
            }
        });
        rows
    }

    /// The coin's price at an instant: that of the last whole second.
    pub(crate) fn coin_price(&self, coin: &Coin, at_ms: i64) -> f64 {
        let second = at_ms.div_euclid(SECOND_MS);
        let begin = second.max(coin.onboard_ms / SECOND_MS + 1);
        self.between(coin, Venue::Binance, begin - 1, begin).map_or(coin.base_price, |part| part.close)
    }

    /// The coin's price at the beginning of a UTC day.
    pub(crate) fn midnight_price(&self, coin: &Coin, day_ms: i64) -> f64 {
        let day = usize::try_from((day_ms - FIRST_MS).div_euclid(DAY_MS)).unwrap_or(0);
        self.days_of(coin).map_or(coin.base_price, |days| days.price(&self.market, coin, day))
    }

    pub(super) fn venue_bars(
        &self,
        coin: &Coin,
        venue: Venue,
        step: i64,
        window: Window,
        now: UtcMs,
    ) -> Vec<Bar> {
        let phase = bar_phase(step);
        let (from, count) = window.grid(step, phase, coin.onboard_ms, now.0);
        if count == 0 {
            return Vec::new();
        }
        let step_s = step / SECOND_MS;
        let last_open = from + (i64::try_from(count).unwrap_or(1) - 1) * step;
        let running = last_open + step > now.0;
        let closed = if running { count - 1 } else { count };
        let mut bars: Vec<Bar> = self
            .stretches(coin, venue, step_s, from / SECOND_MS, closed)
            .iter()
            .map(|(open_s, stretch)| bar(coin, venue, open_s * SECOND_MS, step, stretch))
            .collect();
        if running {
            bars.push(self.running_bar(coin, venue, last_open, step, now));
        }
        bars
    }

    /// The bar that is not over: what happened up to the last whole second.
    fn running_bar(&self, coin: &Coin, venue: Venue, open_ms: i64, step: i64, now: UtcMs) -> Bar {
        let until = now.0.div_euclid(SECOND_MS);
        let so_far = self.between(coin, venue, open_ms / SECOND_MS, until).unwrap_or_else(|| {
            let price = self.coin_price(coin, open_ms);
            Stretch { open: price, high: price, low: price, close: price, sums: Sums::default() }
        });
        bar(coin, venue, open_ms, step, &so_far)
    }

    pub(super) fn day_ticker(&self, coin: &Coin, venue: Venue, now: UtcMs) -> DayTicker {
        let until = now.0.div_euclid(SECOND_MS);
        // The window begins on the minute, as on the exchanges.
        let begin_ms = grid_floor(now.0 - DAY_MS, MINUTE_MS, 0).max(coin.onboard_ms);
        let whole = self.between(coin, venue, begin_ms / SECOND_MS, until);
        let bar = whole.map_or_else(
            || self.running_bar(coin, venue, coin.onboard_ms, DAY_MS, UtcMs(coin.onboard_ms)),
            |whole| bar(coin, venue, begin_ms, until * SECOND_MS - begin_ms, &whole),
        );
        let contract = coin.contract(venue);
        let word = at(join(coin.key, 0x70b), until);
        let size = |salt| contract.quantity(1 + (unit(join(word, salt)) * 900.0) as u64);
        let top = [(bar.close, size(1)), (bar.close + contract.tick(), size(2))];
        let top = top.map(|(price, size)| (on_decimals(price, contract.price_decimals), size));
        DayTicker { last_ms: until * SECOND_MS, last_qty: Some(size(3)), top: Some(top), bar }
    }

    pub(super) fn order_book(&self, coin: &Coin, venue: Venue, levels: usize, now: UtcMs) -> Book {
        let ticker = self.day_ticker(coin, venue, now);
        let contract = coin.contract(venue);
        let second = ticker.last_ms / SECOND_MS;
        let key = at(join(coin.key, join(0xb00c, venue as u64)), second);
        // Lots that wait at a level: what trades in a second or so, more of them farther out.
        let lots = (coin.daily_usd / 86_400.0 / (ticker.bar.close * contract.face_value)
            * 10_f64.powi(contract.lot_decimals))
        .max(2.0);
        let side = |salt: u64, sign: f64| -> Vec<(f64, f64)> {
            let best =
                ticker.top.map_or(ticker.bar.close, |[bid, ask]| if sign < 0.0 { bid.0 } else { ask.0 });
            let mut distance = 0_u32;
            (0..levels)
                .map(|level| {
                    let draw = at(join(key, salt), i64::try_from(level).unwrap_or(0));
                    if level > 0 {
                        distance += 1 + (unit(draw) * 3.0) as u32;
                    }
                    let price = contract.tick().mul_add(sign * f64::from(distance), best);
                    let wall = (level as f64).mul_add(0.05, 1.0) * unit(join(draw, 1)).powi(2) * 4.0;
                    let quantity = contract.quantity(1 + (lots * wall) as u64);
                    (on_decimals(price, contract.price_decimals), quantity)
                })
                .take_while(|(price, _)| *price > 0.0)
                .collect()
        };
        Book {
            at_ms: ticker.last_ms,
            update_id: ticker.last_ms.cast_unsigned() * 10,
            bids: side(1, -1.0),
            asks: side(2, 1.0),
        }
    }

    /// The newest fills up to now, ascending; their amounts are those of the bars.
    pub(super) fn newest_fills(&self, coin: &Coin, venue: Venue, limit: usize, now: UtcMs) -> Vec<Fill> {
        let until = now.0.div_euclid(SECOND_MS);
        let mut fills: Vec<Fill> = Vec::new();
        let mut end = until;
        // Quiet coins trade every few seconds: two hours back hold enough, or there is no more.
        for _ in 0..120 {
            let begin = end - 60;
            let mut minute: Vec<Fill> = Vec::new();
            for (second, part) in self.stretches(coin, venue, 1, begin, 60) {
                fills_of(coin, venue, second, &part, &mut minute);
            }
            minute.append(&mut fills);
            fills = minute;
            end = begin;
            if fills.len() >= limit || begin * SECOND_MS <= coin.onboard_ms {
                break;
            }
        }
        let surplus = fills.len().saturating_sub(limit);
        fills.split_off(surplus)
    }

    /// Forced orders whose second is over: one for each second and side in which there was any.
    pub(super) fn forced_orders(&self, coin: &Coin, venue: Venue, after: UtcMs, until: UtcMs) -> Vec<Forced> {
        let span = Span {
            coin,
            venue_key: venue as u64,
            from_s: after.0.div_euclid(SECOND_MS),
            to_s: until.0.div_euclid(SECOND_MS),
            level: Some(LEVELS.len() - 1),
            forced_only: true,
        };
        let contract = coin.contract(venue);
        let portion = portion_usd(coin);
        let mut orders = Vec::new();
        self.visit(&span, venue, &mut |second, part| {
            for (long, portions) in [(true, part.sums.longs), (false, part.sums.shorts)] {
                if portions == 0 {
                    continue;
                }
                let worst = if long { part.low } else { part.high };
                let price = contract.price(f64::midpoint(worst, part.close));
                let beyond = if long { 0.996 } else { 1.004 };
                let bankruptcy_price = on_decimals(price * beyond, contract.price_decimals);
                // Binance tells the fill's price, the others the bankruptcy price: amounts agree with it.
                let told = if venue == Venue::Binance { price } else { bankruptcy_price };
                let unit_usd = told * contract.face_value / 10_f64.powi(contract.lot_decimals);
                let usd = portions as f64 * portion;
                let lots = (usd / unit_usd).round().max(1.0) as u64;
                let draw = at(join(coin.key, u64::from(long)), second);
                let at_ms = second * SECOND_MS + (unit(draw) * 999.0) as i64;
                orders.push(Forced {
                    symbol: contract.symbol.clone(),
                    at_ms,
                    long,
                    price,
                    bankruptcy_price,
                    quantity: contract.quantity(lots),
                    usd,
                });
            }
        });
        orders
    }
}

fn descend(
    span: &Span<'_>,
    level: usize,
    begin: i64,
    stretch: &Stretch,
    each: &mut dyn FnMut(i64, &Stretch),
) {
    let Some(length) = LEVELS.get(level).copied() else { return };
    let end = begin + length;
    if end <= span.from_s || begin >= span.to_s {
        return;
    }
    if span.forced_only && stretch.sums.longs == 0 && stretch.sums.shorts == 0 {
        return;
    }
    let inside = begin >= span.from_s && end <= span.to_s;
    let deep_enough = span.level.is_none_or(|wanted| level >= wanted);
    let Some(next) = LEVELS.get(level + 1).copied().filter(|_| !(inside && deep_enough)) else {
        if inside {
            each(begin, stretch);
        }
        return;
    };
    let parts = usize::try_from(length / next).unwrap_or(1);
    let cut = cut(stretch, parts, span.coin.key, span.venue_key, begin);
    let mut place = begin;
    for part in cut.iter().take(parts) {
        descend(span, level + 1, place, part, each);
        place += next;
    }
}

fn append(whole: &mut Stretch, part: &Stretch) {
    whole.high = whole.high.max(part.high);
    whole.low = whole.low.min(part.low);
    whole.close = part.close;
    whole.sums.add(&part.sums);
}

/// A stretch in the venue's units and on its tick.
fn bar(coin: &Coin, venue: Venue, open_ms: i64, step: i64, stretch: &Stretch) -> Bar {
    let contract = coin.contract(venue);
    let sums = &stretch.sums;
    // OKX counts contracts; bars are told in coins.
    let units = |lots: u64| contract.quantity(lots) * contract.face_value;
    let cents = |cents: u64| cents as f64 / 100.0;
    Bar {
        open_ms,
        end_ms: open_ms + step,
        open: contract.price(stretch.open),
        high: contract.price(stretch.high),
        low: contract.price(stretch.low),
        close: contract.price(stretch.close),
        volume: units(sums.bought + sums.sold),
        quote_volume: Some(cents(sums.bought_cents + sums.sold_cents)),
        trades: Some(sums.trades),
        taker_buy: Some(units(sums.bought)),
        taker_buy_quote: Some(cents(sums.bought_cents)),
    }
}

/// Up to four fills of one second: takers bought near its high and sold near its low.
fn fills_of(coin: &Coin, venue: Venue, second: i64, part: &Stretch, fills: &mut Vec<Fill>) {
    let contract = coin.contract(venue);
    let sides =
        [(part.sums.bought, [part.high, part.close], false), (part.sums.sold, [part.low, part.close], true)];
    let mut place = 0_i64;
    for (lots, prices, buyer_is_maker) in sides {
        let halves = [lots / 2, lots - lots / 2];
        for (lots, price) in halves.into_iter().zip(prices).filter(|(lots, _)| *lots > 0) {
            fills.push(Fill {
                id: (second * 100 + place).cast_unsigned(),
                at_ms: second * SECOND_MS + place * 240,
                price: contract.price(price),
                quantity: contract.quantity(lots),
                buyer_is_maker,
            });
            place += 1;
        }
    }
}

fn on_decimals(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}
