#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

//! What a formula is worth where it stands.

use domain::Venue;

use super::Tables;
use super::expr::{Expr, Op};
use super::indicators;
use super::scene::{Scene, Val};
use super::{coin_at, words};
use crate::world::Bar;
use crate::world::sim::Flow;
use crate::world::sim::hash::mix;

/// What is wrong with a formula: a fault of the tables, which their test finds.
pub(super) type Worth = Result<Val, String>;

/// The formulas of a table at work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluator<'a> {
    pub tables: &'a Tables,
}

impl Val {
    pub(super) fn number(&self) -> Result<Option<f64>, String> {
        Ok(match self {
            Self::Number(number) => Some(*number).filter(|number| number.is_finite()),
            Self::Whole(whole) => Some(*whole as f64),
            Self::Nothing => None,
            other => return Err(format!("{other:?} is no number")),
        })
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(number) => format!("{number}"),
            Self::Whole(whole) => whole.to_string(),
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Nothing => String::new(),
        }
    }
}

fn maybe(value: Option<f64>) -> Val {
    value.filter(|value| value.is_finite()).map_or(Val::Nothing, Val::Number)
}

impl Evaluator<'_> {
    pub(super) fn worth(self, expr: &Expr, scene: &Scene<'_>) -> Worth {
        Ok(match expr {
            Expr::Number(number) => Val::Number(*number),
            Expr::Whole(whole) => Val::Whole(*whole),
            Expr::Text(text) => Val::Text(text.clone()),
            Expr::Name(name) => match self.tables.term(name) {
                Some(term) => self.worth(term, scene)?,
                None => scene.figure(name).ok_or_else(|| format!("{name} is no figure"))?,
            },
            Expr::Two(op, left, right) => two(*op, &self.worth(left, scene)?, &self.worth(right, scene)?)?,
            Expr::Call(name, args) => self.call(name, args, scene)?,
        })
    }

    pub(super) fn number(self, expr: &Expr, scene: &Scene<'_>) -> Result<Option<f64>, String> {
        self.worth(expr, scene)?.number()
    }

    /// A number that must be there: a length, a count, a salt.
    pub(super) fn whole(self, expr: &Expr, scene: &Scene<'_>) -> Result<i64, String> {
        let number = self.number(expr, scene)?;
        number.map(|number| number as i64).ok_or_else(|| format!("{expr:?} has no value"))
    }

    fn call(self, name: &str, args: &[Expr], scene: &Scene<'_>) -> Worth {
        // Those that choose where the rest stands.
        match (name, args) {
            ("if", [condition, yes, no]) => {
                let chosen = if self.worth(condition, scene)? == Val::Flag(true) { yes } else { no };
                return self.worth(chosen, scene);
            }
            ("or", [first, second]) => {
                let first = self.worth(first, scene)?;
                return if first == Val::Nothing { self.worth(second, scene) } else { Ok(first) };
            }
            ("ago", [inner, back]) => {
                return self.worth(inner, &scene.at(scene.t - self.whole(back, scene)?));
            }
            ("at", [instant, inner]) => return self.worth(inner, &scene.at(self.whole(instant, scene)?)),
            ("per", [step, inner]) => {
                let step = self.whole(step, scene)?.max(1);
                return self.worth(inner, &Scene { step, ..scene.clone() });
            }
            ("of", [ticker, inner]) => {
                let ticker = self.worth(ticker, scene)?.text();
                let found = scene.sim.by_coin_name(&ticker).filter(|coin| coin.onboard_ms <= scene.t);
                return found.map_or(Ok(Val::Nothing), |coin| self.worth(inner, &scene.with_coin(coin)));
            }
            // The coin behind the address of a token: our own addresses end in its rank.
            ("of_contract", [address, inner]) => {
                let address = self.worth(address, scene)?.text();
                let found = coin_at(scene.sim, &address).filter(|coin| coin.onboard_ms <= scene.t);
                return found.map_or(Ok(Val::Nothing), |coin| self.worth(inner, &scene.with_coin(coin)));
            }
            ("on", [venue, inner]) => {
                let name = self.worth(venue, scene)?.text();
                let venue = Venue::ALL.into_iter().find(|venue| venue.as_str().eq_ignore_ascii_case(&name));
                return self.worth(inner, &Scene { venue, ..scene.clone() });
            }
            ("named", [name, inner]) => {
                let name = self.worth(name, scene)?.text();
                let key = words::key_of(scene.key, &name);
                return self.worth(inner, &Scene { name: name.into(), key, ..scene.clone() });
            }
            ("change", [inner, back]) => {
                let before = self.number(inner, &scene.at(scene.t - self.whole(back, scene)?))?;
                let now = self.number(inner, scene)?;
                let change = now.zip(before).map(|(now, before)| (now / before - 1.0) * 100.0);
                return Ok(maybe(change.map(|change| rounded(change, 4))));
            }
            ("total", [count, inner]) => {
                let count = usize::try_from(self.whole(count, scene)?).unwrap_or(0);
                let mut sum = 0.0;
                for coin in scene.sim.roster().trading(domain::UtcMs(scene.t.min(scene.now))).take(count) {
                    sum += self.number(inner, &scene.with_coin(coin))?.unwrap_or(0.0);
                }
                return Ok(Val::Number(sum));
            }
            ("mean", [inner, count, apart]) => {
                let (count, apart) = (self.whole(count, scene)?.max(1), self.whole(apart, scene)?);
                let (mut sum, mut held) = (0.0, 0.0);
                for place in 0..count {
                    if let Some(one) = self.number(inner, &scene.at(scene.t - place * apart))? {
                        (sum, held) = (sum + one, held + 1.0);
                    }
                }
                return Ok(maybe(Some(sum / held)));
            }
            ("running", [label, inner]) => {
                let label = self.worth(label, scene)?.text();
                let more = self.number(inner, scene)?.unwrap_or(0.0);
                let mut totals = scene.memory.totals.borrow_mut();
                let total = totals.entry(label).or_default();
                *total += more;
                return Ok(Val::Number(*total));
            }
            _ => {}
        }
        let worth: Vec<Val> = args.iter().map(|arg| self.worth(arg, scene)).collect::<Result<_, _>>()?;
        if let Some(found) = words::call(name, &worth, scene) {
            return found;
        }
        figures(name, &worth, scene)?.ok_or_else(|| format!("{name} of {} is no function", worth.len()))
    }
}

fn two(op: Op, left: &Val, right: &Val) -> Worth {
    if let (Val::Whole(a), Val::Whole(b)) = (left, right) {
        match op {
            Op::Plus => return Ok(Val::Whole(a.saturating_add(*b))),
            Op::Minus => return Ok(Val::Whole(a.saturating_sub(*b))),
            Op::Times => return Ok(Val::Whole(a.saturating_mul(*b))),
            _ => {}
        }
    }
    let (Some(a), Some(b)) = (left.number()?, right.number()?) else { return Ok(Val::Nothing) };
    Ok(match op {
        Op::Plus => Val::Number(a + b),
        Op::Minus => Val::Number(a - b),
        Op::Times => Val::Number(a * b),
        Op::Over => maybe(Some(a / b)),
        Op::Above => Val::Flag(a > b),
        Op::Below => Val::Flag(a < b),
    })
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let scaled = value * scale;
    if scaled.abs() < 1e15 { scaled.round() / scale } else { value }
}

/// Functions of numbers; `None` when there is no such function.
fn figures(name: &str, args: &[Val], scene: &Scene<'_>) -> Result<Option<Val>, String> {
    // The earlier or later of two instants is one.
    if let ("min" | "max", [Val::Whole(a), Val::Whole(b)]) = (name, args) {
        return Ok(Some(Val::Whole(if name == "min" { *a.min(b) } else { *a.max(b) })));
    }
    let mut numbers = Vec::with_capacity(args.len());
    for arg in args {
        match arg.number()? {
            Some(number) => numbers.push(number),
            None => return Ok(Some(Val::Nothing)),
        }
    }
    let flow = |back: f64, pick: fn(&Flow) -> f64| maybe(scene.flow(Some(back as i64)).as_ref().map(pick));
    let over = |count: f64, extra: usize, find: fn(&[Bar], usize) -> Option<f64>| {
        let count = count.clamp(1.0, 1_000.0) as usize;
        maybe(find(&scene.bars(count * extra + 1), count))
    };
    Ok(Some(match (name, numbers.as_slice()) {
        ("round", [value, decimals]) => Val::Number(rounded(*value, *decimals as i32)),
        ("int", [value]) => Val::Whole(value.round() as i64),
        // A price where the venue can have an order.
        ("ticked", [value]) => {
            let contract = scene.coin.contract(scene.priced_on());
            Val::Number(contract.price(*value) / contract.multiplier)
        }
        ("floor", [value]) => Val::Whole(value.floor() as i64),
        ("abs", [value]) => Val::Number(value.abs()),
        ("exp", [value]) => Val::Number(value.exp()),
        ("ln", [value]) => maybe(Some(value.ln())),
        ("sqrt", [value]) => maybe(Some(value.sqrt())),
        ("pow", [value, power]) => maybe(Some(value.powf(*power))),
        ("mod", [value, by]) => maybe(Some(value.rem_euclid(*by))),
        ("min", [a, b]) => Val::Number(a.min(*b)),
        ("max", [a, b]) => Val::Number(a.max(*b)),
        ("clamp", [value, low, high]) => Val::Number(value.max(*low).min(*high)),
        ("wave", [salt, scale]) => Val::Number(scene.wave(*salt as i64, *scale as i64)),
        ("common", [salt, scale]) => Val::Number(
            Scene { key: mix(scene.sim.seed()), ..scene.clone() }.wave(*salt as i64, *scale as i64),
        ),
        ("draw", [salt]) => Val::Number(scene.draw(*salt as i64)),
        ("grid", [step]) => Val::Whole(crate::world::grid_floor(scene.t, (*step as i64).max(1), 0)),
        ("sma", [days]) => maybe(scene.mean_price(*days as i64)),
        ("high", [back]) => flow(*back, |flow| flow.high),
        ("low", [back]) => flow(*back, |flow| flow.low),
        ("open", [back]) => flow(*back, |flow| flow.open),
        ("bought", [back]) => flow(*back, |flow| flow.bought_usd),
        ("sold", [back]) => flow(*back, |flow| flow.sold_usd),
        ("volume", [back]) => flow(*back, |flow| flow.bought_usd + flow.sold_usd),
        ("longs", [back]) => flow(*back, |flow| flow.long_usd),
        ("shorts", [back]) => flow(*back, |flow| flow.short_usd),
        ("settled", [back]) => maybe(scene.settled(*back as i64)),
        ("trades", [back]) => flow(*back, |flow| flow.trades as f64),
        ("rsi", [count]) => over(*count, 6, indicators::rsi),
        ("ma", [count]) => over(*count, 1, indicators::mean),
        ("ema", [count]) => over(*count, 6, indicators::ema),
        ("deviation", [count]) => over(*count, 1, indicators::deviation),
        ("atr", [count]) => over(*count, 6, indicators::true_range),
        ("macd" | "macd_signal", [fast, slow, signal]) => {
            let spans = [*fast, *slow, *signal].map(|span| span.clamp(1.0, 400.0) as usize);
            let bars = scene.bars(spans.iter().max().copied().unwrap_or(1) * 6 + spans[2]);
            let found = indicators::macd(&bars, spans);
            maybe(found.map(|(line, signal)| if name == "macd" { line } else { signal }))
        }
        ("setup", []) => Val::Whole(indicators::setup(&scene.bars(14))),
        _ => return Ok(None),
    }))
}
