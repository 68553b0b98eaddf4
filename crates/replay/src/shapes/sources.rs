#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

//! Where the rows of a list come from.

use domain::{DAY_MS, HOUR_MS, SECOND_MS, UtcMs, Venue};

use super::eval::Evaluator;
use super::expr::Expr;
use super::scene::{Scene, venue_name};
use super::words::key_of;
use crate::world::sim::hash::{at, join, unit};
use crate::world::{Market, grid_floor};

/// Most rows of a list.
const MOST: i64 = 5_000;

impl Evaluator<'_> {
    /// One scene for each row.
    pub(super) fn rows<'a>(self, source: &Expr, scene: &Scene<'a>) -> Result<Vec<Scene<'a>>, String> {
        let (name, args) = match source {
            Expr::Name(name) => (name.as_str(), [].as_slice()),
            Expr::Call(name, args) => (name.as_str(), args.as_slice()),
            other => return Err(format!("{other:?} is no source of rows")),
        };
        let texts =
            || args.iter().map(|arg| Ok(self.worth(arg, scene)?.text())).collect::<Result<Vec<_>, String>>();
        let whole = |place: usize| args.get(place).map_or(Ok(0), |arg| self.whole(arg, scene));
        let mut rows: Vec<Scene<'a>> = match name {
            "names" => texts()?
                .into_iter()
                .map(|name| Scene { key: key_of(scene.key, &name), name: name.into(), ..scene.clone() })
                .collect(),
            // What a comma-separated parameter names.
            "listed" => {
                let wanted = texts()?;
                let said = wanted.first().and_then(|name| scene.said(name)).unwrap_or_default();
                said.split([',', ';'])
                    .filter(|name| !name.is_empty())
                    .map(|name| Scene { key: key_of(scene.key, name), name: name.into(), ..scene.clone() })
                    .collect()
            }
            "venues" => venues(scene),
            // All together first, then each.
            "exchanges" => {
                std::iter::once(Scene { venue: None, ..scene.clone() }).chain(venues(scene)).collect()
            }
            "tickers" => texts()?
                .iter()
                .filter_map(|ticker| scene.sim.by_coin_name(ticker))
                .filter(|coin| coin.onboard_ms <= scene.now)
                .map(|coin| scene.with_coin(coin))
                .collect(),
            "coins" => page(scene, whole(0)?),
            // The largest but Bitcoin.
            "basket" => {
                let coins = scene.sim.roster().trading(UtcMs(scene.now)).take(whole(0)? as usize);
                coins.filter(|coin| coin.ticker != "BTC").map(|coin| scene.with_coin(coin)).collect()
            }
            "newest_coins" => {
                let mut coins: Vec<_> = scene.sim.roster().trading(UtcMs(scene.now)).collect();
                coins.sort_by_key(|coin| -coin.onboard_ms);
                coins.into_iter().take(whole(0)? as usize).map(|coin| scene.with_coin(coin)).collect()
            }
            "sorted_coins" => {
                let figure = args.first().ok_or("sorted_coins by what?")?;
                let mut coins = Vec::new();
                for coin in scene.sim.roster().trading(UtcMs(scene.now)).take(whole(2)?.max(1) as usize) {
                    let scene = scene.with_coin(coin);
                    coins.push((self.number(figure, &scene)?.unwrap_or(0.0), scene));
                }
                coins.sort_by(|a, b| b.0.total_cmp(&a.0));
                coins.into_iter().take(whole(1)? as usize).map(|(_, scene)| scene).collect()
            }
            "days" => days(scene, args.first().map(|arg| self.whole(arg, scene)).transpose()?),
            "grid" => {
                let (starts, step) = scene.grid;
                starts.iter().map(|t| Scene { t: *t, step, ..scene.clone() }).collect()
            }
            // The newest `count` of a time grid, newest first; `past` oldest first.
            "times" | "past" => {
                let (count, step) = (whole(0)?.clamp(0, MOST), whole(1)?.max(1));
                let last = grid_floor(scene.now, step, 0);
                let mut rows: Vec<_> =
                    (0..count).map(|back| Scene { t: last - back * step, step, ..scene.clone() }).collect();
                if name == "past" {
                    rows.reverse();
                }
                rows
            }
            // Things that happen now and then, newest first, or those to come.
            "events" | "ahead" => {
                let (count, apart) = (whole(0)?.clamp(0, MOST), whole(1)?.max(1));
                let last = grid_floor(scene.now, apart, 0);
                (0..count)
                    .map(|place| {
                        let slot = if name == "ahead" {
                            last + (place + 1) * apart
                        } else {
                            last - (place + 1) * apart
                        };
                        event(scene, slot, apart)
                    })
                    .collect()
            }
            // The same within the asked-for time, the newest `most` of them.
            "happened" => happened(scene, whole(0)?.max(1), whole(1)?.clamp(0, MOST)),
            // Both sides of now, in order.
            "around" => {
                let (count, apart) = (whole(0)?.clamp(0, MOST), whole(1)?.max(1));
                let first = grid_floor(scene.now, apart, 0) - count / 2 * apart;
                let (from, to) = asked_time(scene);
                (0..count)
                    .map(|place| event(scene, first + place * apart, apart))
                    .filter(|row| from.is_none_or(|from| row.t >= from) && to.is_none_or(|to| row.t <= to))
                    .collect()
            }
            // The days on which options end: Fridays at 08:00 UTC.
            "fridays" => {
                let last = grid_floor(scene.now, 7 * DAY_MS, DAY_MS + 8 * HOUR_MS);
                let coming = (1..=whole(0)?.clamp(0, MOST)).map(|week| last + week * 7 * DAY_MS);
                coming.map(|t| Scene { t, key: at(scene.key, t), ..scene.clone() }).collect()
            }
            // Coins whose name holds the words asked for.
            "matching" => {
                let said =
                    texts()?.first().and_then(|name| scene.said(name)).unwrap_or_default().to_lowercase();
                let coins = scene.sim.roster().trading(UtcMs(scene.now));
                coins
                    .filter(|coin| coin.id.contains(&said) || coin.ticker.to_lowercase().contains(&said))
                    .take(whole(1)? as usize)
                    .map(|coin| scene.with_coin(coin))
                    .collect()
            }
            "numbers" => (0..whole(0)?.clamp(0, MOST))
                .map(|place| Scene { key: join(scene.key, place.cast_unsigned()), ..scene.clone() })
                .collect(),
            "bids" | "asks" => {
                let venue = scene.priced_on();
                let symbol = &scene.coin.contract(venue).symbol;
                let levels = whole(0)?.clamp(1, 500) as usize;
                let book =
                    scene.sim.book(venue, symbol, levels, UtcMs(scene.t.min(scene.now))).unwrap_or_default();
                let side = if name == "bids" { book.bids } else { book.asks };
                side.into_iter().map(|level| Scene { level, ..scene.clone() }).collect()
            }
            other => return Err(format!("{other} is no source of rows")),
        };
        for (place, row) in rows.iter_mut().enumerate() {
            row.place = i64::try_from(place).unwrap_or(i64::MAX);
        }
        Ok(rows)
    }
}

/// What happens in one slot of time.
fn event<'a>(scene: &Scene<'a>, slot: i64, apart: i64) -> Scene<'a> {
    let key = at(scene.key, slot);
    let t = slot + (unit(join(key, 0x7e)) * apart as f64) as i64;
    Scene { t, key, ..scene.clone() }
}

/// The time that the query names, in milliseconds or in seconds.
fn asked_time(scene: &Scene<'_>) -> (Option<i64>, Option<i64>) {
    let said = |name, scale: i64| {
        let at = scene.said(name)?.parse::<i64>().ok()?;
        Some(at.saturating_mul(scale).clamp(0, scene.now + 366 * DAY_MS))
    };
    let either = |long, short| said(long, 1).or_else(|| said(short, SECOND_MS));
    (either("start_time", "start"), either("end_time", "end"))
}

fn happened<'a>(scene: &Scene<'a>, apart: i64, most: i64) -> Vec<Scene<'a>> {
    let (from, to) = asked_time(scene);
    let to = to.unwrap_or(scene.now).min(scene.now);
    let first = scene.coin.onboard_ms.max(from.unwrap_or(i64::MIN));
    let last = grid_floor(to, apart, 0);
    (0..most)
        .map(|place| event(scene, last - place * apart, apart))
        .skip_while(|row| row.t > to)
        .take_while(|row| row.t >= first)
        .collect()
}

fn venues<'a>(scene: &Scene<'a>) -> Vec<Scene<'a>> {
    Venue::ALL
        .into_iter()
        .map(|venue| Scene {
            venue: Some(venue),
            key: join(scene.key, venue as u64),
            name: venue_name(venue).into(),
            ..scene.clone()
        })
        .collect()
}

/// The page of coins that is asked for, `default` of them when no size is named.
fn page<'a>(scene: &Scene<'a>, default: i64) -> Vec<Scene<'a>> {
    let said = |name| scene.said(name).and_then(|text| text.parse::<i64>().ok());
    let size = said("per_page").unwrap_or(default).clamp(1, MOST) as usize;
    let skipped = (said("page").unwrap_or(1).max(1) as usize - 1).saturating_mul(size);
    let coins = scene.sim.roster().trading(UtcMs(scene.now)).skip(skipped).take(size);
    coins.map(|coin| scene.with_coin(coin)).collect()
}

/// Every UTC day of the coin's life up to today, or the last `count` of them.
fn days<'a>(scene: &Scene<'a>, count: Option<i64>) -> Vec<Scene<'a>> {
    let today = grid_floor(scene.now, DAY_MS, 0);
    let first = count.map_or(scene.coin.onboard_ms, |count| {
        (today - (count - 1).max(0) * DAY_MS).max(scene.coin.onboard_ms)
    });
    (0..=(today - first).div_euclid(DAY_MS).clamp(-1, MOST))
        .map(|day| Scene { t: first + day * DAY_MS, step: DAY_MS, ..scene.clone() })
        .collect()
}
