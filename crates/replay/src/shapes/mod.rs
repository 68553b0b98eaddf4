//! Answers out of tables: each path of a provider has a template whose fields are formulas over the
//! simulated world. Names and types are the provider's; the figures are the world's, so that they agree with
//! each other and with every other answer.

mod eval;
mod expr;
mod indicators;
mod node;
mod scene;
mod sources;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::{DAY_MS, UtcMs, Venue};
use serde_json::{Map, Value};

use self::eval::Evaluator;
use self::expr::Expr;
use self::node::{Node, Piece};
use self::scene::{Memory, Scene, Val};
use crate::provider::Provider;
use crate::world::sim::hash::join;
use crate::world::sim::{Coin, SimWorld};

/// The tables, with the provider that each is of.
const TEXTS: [(Provider, &str); 9] = [
    (Provider::Coinglass, include_str!("tables/coinglass_futures.json")),
    (Provider::Coinglass, include_str!("tables/coinglass_spot.json")),
    (Provider::Coinglass, include_str!("tables/coinglass_holdings.json")),
    (Provider::Coinglass, include_str!("tables/coinglass_indexes.json")),
    (Provider::LunarCrush, include_str!("tables/lunarcrush.json")),
    (Provider::CoinGecko, include_str!("tables/coingecko.json")),
    (Provider::CoinApi, include_str!("tables/coinapi.json")),
    (Provider::Okx, include_str!("tables/okx.json")),
    (Provider::Binance, include_str!("tables/binance.json")),
];

/// The name under which a table keeps terms that its formulas share.
const TERMS: &str = "terms";

/// Every template of every provider.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    shapes: Vec<Shape>,
    terms: BTreeMap<String, Expr>,
}

#[derive(Debug)]
struct Shape {
    provider: Provider,
    /// Segments of the path; `{name}` stands for any.
    path: Vec<String>,
    node: Node,
}

/// What a provider's question is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject<'a> {
    pub coin: Option<&'a Coin>,
    pub venue: Option<Venue>,
    /// Beginnings of the bars that are asked for, and their length.
    pub grid: (Vec<i64>, i64),
    /// Parameters of the query.
    pub words: BTreeMap<String, String>,
}

static TABLES: LazyLock<Result<Tables, String>> = LazyLock::new(Tables::read);

impl Tables {
    fn read() -> Result<Self, String> {
        let mut rows: Vec<(Provider, String, Value)> = Vec::new();
        let mut tables = Self::default();
        for (provider, text) in TEXTS {
            let table: Map<String, Value> =
                serde_json::from_str(text).map_err(|error| format!("{provider}: {error}"))?;
            for (path, template) in table {
                if path != TERMS {
                    rows.push((provider, path, template));
                    continue;
                }
                for (name, formula) in template.as_object().into_iter().flatten() {
                    let formula = Expr::read(formula.as_str().unwrap_or_default());
                    let formula = formula.map_err(|fault| format!("{provider} {name}: {fault}"))?;
                    if tables.terms.insert(name.clone(), formula).is_some() {
                        return Err(format!("{provider}: {name} has two meanings"));
                    }
                }
            }
        }
        for (provider, path, template) in &rows {
            let told = |fault: String| format!("{provider} {path}: {fault}");
            let node = Node::read(&resolved(&rows, *provider, template).map_err(told)?).map_err(told)?;
            let path = path.trim_matches('/').split('/').map(str::to_owned).collect();
            tables.shapes.push(Shape { provider: *provider, path, node });
        }
        Ok(tables)
    }

    fn term(&self, name: &str) -> Option<&Expr> {
        self.terms.get(name)
    }

    /// The template of a path, the one with the most literal segments, and what its open segments hold.
    fn find(&self, provider: Provider, path: &str) -> Option<(&Shape, Vec<(String, String)>)> {
        let asked: Vec<&str> = path.trim_matches('/').split('/').collect();
        let mut best: Option<(&Shape, Vec<(String, String)>)> = None;
        for shape in self.shapes.iter().filter(|shape| shape.provider == provider) {
            let Some(held) = shape.holds(&asked) else { continue };
            if best.as_ref().is_none_or(|(_, known)| held.len() < known.len()) {
                best = Some((shape, held));
            }
        }
        best
    }
}

/// A template with what it borrows put in its place: `"@/path"` is another path's template, `"@/path#name"`
/// a field of it.
fn resolved(
    rows: &[(Provider, String, Value)],
    provider: Provider,
    template: &Value,
) -> Result<Value, String> {
    Ok(match template {
        Value::String(text) => match text.strip_prefix('@') {
            None => template.clone(),
            Some(wanted) => {
                let (path, field) =
                    wanted.split_once('#').map_or((wanted, None), |(path, f)| (path, Some(f)));
                let row = rows.iter().find(|(of, known, _)| *of == provider && known == path);
                let found = row.map(|(_, _, template)| template);
                let found = field.map_or(found, |field| found.and_then(|template| template.get(field)));
                resolved(rows, provider, found.ok_or_else(|| format!("there is no {wanted}"))?)?
            }
        },
        Value::Array(items) => {
            items.iter().map(|item| resolved(rows, provider, item)).collect::<Result<_, _>>()?
        }
        Value::Object(fields) => {
            let borrowed =
                fields.iter().map(|(name, field)| Ok((name.clone(), resolved(rows, provider, field)?)));
            Value::Object(borrowed.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

impl Shape {
    fn holds(&self, asked: &[&str]) -> Option<Vec<(String, String)>> {
        if asked.len() != self.path.len() {
            return None;
        }
        let mut held = Vec::new();
        for (known, asked) in self.path.iter().zip(asked) {
            match known.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => held.push((name.to_owned(), (*asked).to_owned())),
                None if known == asked => {}
                None => return None,
            }
        }
        Some(held)
    }
}

/// The coin whose token has this address. Addresses that the tables make up end in the coin's rank; a real one
/// is taken for the coin that its last digits point at.
pub(crate) fn coin_at<'a>(sim: &'a SimWorld, address: &str) -> Option<&'a Coin> {
    let digits = address.get(address.len().checked_sub(4)?..)?;
    let coins = sim.roster().coins();
    coins.get(usize::from_str_radix(digits, 16).ok()? % coins.len().max(1))
}

/// What the tables hold for a path; `None` when they do not know it.
pub(crate) fn answer(
    sim: &SimWorld,
    now: UtcMs,
    provider: Provider,
    path: &str,
    subject: &Subject<'_>,
) -> Option<Value> {
    let tables =
        TABLES.as_ref().inspect_err(|fault| tracing::error!(%fault, "the shape tables are wrong")).ok()?;
    let (shape, held) = tables.find(provider, path)?;
    let mut words = subject.words.clone();
    words.extend(held);
    let filled = fill_shape(tables, shape, sim, now, subject, &words);
    filled.inspect_err(|fault| tracing::error!(%fault, path, "a shape cannot be filled")).ok()
}

fn fill_shape(
    tables: &Tables,
    shape: &Shape,
    sim: &SimWorld,
    now: UtcMs,
    subject: &Subject<'_>,
    words: &BTreeMap<String, String>,
) -> Result<Value, String> {
    let coin = subject.coin.or_else(|| sim.roster().trading(now).next()).ok_or("nothing trades yet")?;
    let memory = Memory::default();
    let scene = Scene {
        sim,
        now: now.0,
        coin,
        venue: subject.venue,
        t: now.0,
        step: DAY_MS,
        place: 0,
        name: "".into(),
        key: join(join(sim.seed(), coin.key), 0),
        length_ms: None,
        level: (0.0, 0.0),
        words,
        grid: (&subject.grid.0, subject.grid.1),
        memory: &memory,
    };
    fill(Evaluator { tables }, &shape.node, &scene)
}

fn fill(evaluator: Evaluator<'_>, node: &Node, scene: &Scene<'_>) -> Result<Value, String> {
    Ok(match node {
        Node::Fixed(value) => value.clone(),
        Node::Figure(formula) => told(evaluator.worth(formula, scene)?),
        Node::Text(pieces) => Value::String(text(evaluator, pieces, scene)?),
        Node::List(items) => {
            items.iter().map(|item| fill(evaluator, item, scene)).collect::<Result<_, _>>()?
        }
        Node::Object(fields) => {
            let mut object = Map::new();
            for field in fields {
                let value = match field.length_ms {
                    None => fill(evaluator, &field.node, scene)?,
                    length_ms => fill(evaluator, &field.node, &Scene { length_ms, ..scene.clone() })?,
                };
                object.insert(field.name.clone(), value);
            }
            Value::Object(object)
        }
        Node::Each { source, key: None, row, flat } => {
            let mut list = Vec::new();
            for scene in evaluator.rows(source, scene)? {
                match fill(evaluator, row, &scene)? {
                    Value::Array(rows) if *flat => list.extend(rows),
                    row => list.push(row),
                }
            }
            Value::Array(list)
        }
        Node::Each { source, key: Some(key), row, .. } => {
            let mut object = Map::new();
            for scene in evaluator.rows(source, scene)? {
                let name = fill(evaluator, key, &scene)?;
                let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                object.insert(name, fill(evaluator, row, &scene)?);
            }
            Value::Object(object)
        }
    })
}

fn text(evaluator: Evaluator<'_>, pieces: &[Piece], scene: &Scene<'_>) -> Result<String, String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Fixed(fixed) => text.push_str(fixed),
            Piece::Figure(formula) => text.push_str(&evaluator.worth(formula, scene)?.text()),
        }
    }
    Ok(text)
}

fn told(value: Val) -> Value {
    match value {
        Val::Number(number) => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
        Val::Whole(whole) => Value::from(whole),
        Val::Text(text) => Value::String(text),
        Val::Flag(flag) => Value::Bool(flag),
        Val::Nothing => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: i64 = 1_767_225_600_000; // 2026-01-01
    const STEP: i64 = 14_400_000;

    fn subject(sim: &SimWorld) -> Subject<'_> {
        let said = [
            ("symbol", "BTC"),
            ("exchange", "Binance"),
            ("user_address", "0xabc"),
            ("contract_addresses", "0xdac17f958d2ee523a2206206994597c13d831ec7"),
            ("date", "01-12-2025"),
            ("query", "bit"),
            ("instType", "SWAP"),
            ("index", "BTC-USDT"),
            ("start_time", "1766793600000"),
            ("metric_id", "DERIVATIVES_OPEN_INTEREST"),
            ("limit", "10"),
        ];
        Subject {
            coin: sim.by_coin_name("BTC"),
            venue: Some(Venue::Binance),
            grid: ((0..5).map(|place| AT - (5 - place) * STEP).collect(), STEP),
            words: said.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        }
    }

    fn filled(sim: &SimWorld, tables: &Tables, shape: &Shape, now: i64) -> Value {
        let mut subject = subject(sim);
        for part in &shape.path {
            if let Some(name) = part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                let text = if name.starts_with("asset_id") { "ETH" } else { "sample_7" };
                subject.words.insert(name.to_owned(), text.to_owned());
            }
        }
        let words = subject.words.clone();
        fill_shape(tables, shape, sim, UtcMs(now), &subject, &words)
            .unwrap_or_else(|fault| panic!("{} {}: {fault}", shape.provider, shape.path.join("/")))
    }

    /// Whether anything in it differs from nothing: an empty list, an object without members, null.
    fn holds(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Array(rows) => !rows.is_empty(),
            Value::Object(fields) => fields.values().any(holds),
            _ => true,
        }
    }

    #[test]
    fn every_template_can_be_filled_and_the_same_world_fills_it_alike() {
        let tables = Tables::read().unwrap();
        assert!(tables.shapes.len() > 200, "{}", tables.shapes.len());
        let (sim, same) = (SimWorld::new(7, UtcMs(AT)).unwrap(), SimWorld::new(7, UtcMs(AT)).unwrap());
        let other = SimWorld::new(8, UtcMs(AT)).unwrap();
        let mut fixed = Vec::new();
        for shape in &tables.shapes {
            let path = shape.path.join("/");
            let begun = std::time::Instant::now();
            let value = filled(&sim, &tables, shape, AT);
            if begun.elapsed().as_millis() > 700 {
                eprintln!("{path}: {:?}", begun.elapsed());
            }
            // Nothing was ever delisted here.
            assert!(holds(&value) || path.ends_with("delisted-exchange-pairs"), "{path}: {value}");
            assert_eq!(value, filled(&same, &tables, shape, AT), "{path}");
            if value == filled(&other, &tables, shape, AT) {
                fixed.push(path);
            }
        }
        fixed.sort();
        // What exists under the same name in every world: names, and what a new key has used.
        let names = [
            "api/futures/delisted-exchange-pairs",
            "api/futures/open-interest/aggregated-coin-margin-history",
            "asset_platforms",
            "entities/list",
            "exchanges/list",
            "key",
            "public/searches/{slug}",
            "v1/metrics/asset/listing",
            "v1/metrics/exchange/listing",
        ];
        assert_eq!(fixed, names);
    }

    #[test]
    fn figures_of_different_answers_belong_together() {
        let sim = SimWorld::new(7, UtcMs(AT)).unwrap();
        let subject = subject(&sim);
        let ask = |provider, path: &str| answer(&sim, UtcMs(AT), provider, path, &subject).unwrap();
        let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap();
        let price = sim.coin_price(sim.by_coin_name("BTC").unwrap(), AT);
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-4;

        let candles = ask(Provider::Coinglass, "/api/spot/price/history");
        assert!(near(number(&candles[4]["close"]), price), "{candles}");
        let rates = ask(Provider::CoinGecko, "/exchange_rates");
        assert!(near(number(&rates["rates"]["usd"]["value"]), price));
        let options = ask(Provider::Coinglass, "/api/option/info");
        let parts: f64 = (1..6).map(|place| number(&options[place]["open_interest_usd"])).sum();
        assert!(near(parts, number(&options[0]["open_interest_usd"])), "{options}");
        // What a fund took in is the change of what the funds hold.
        let flows = ask(Provider::Coinglass, "/api/etf/bitcoin/flow-history");
        for day in flows.as_array().unwrap().iter().rev().take(20) {
            let sum: f64 =
                day["etf_flows"].as_array().unwrap().iter().map(|fund| number(&fund["flow_usd"])).sum();
            assert!((sum - number(&day["flow_usd"])).abs() < 1.0, "{day}");
        }
        let balances = ask(Provider::Coinglass, "/api/exchange/balance/list");
        let chart = ask(Provider::Coinglass, "/api/exchange/balance/chart");
        let last = chart["data_map"]["Binance"].as_array().unwrap().last().unwrap();
        assert_eq!(&balances[0]["total_balance"], last);
        let cvd = ask(Provider::Coinglass, "/api/futures/cvd/history");
        let delta: f64 = cvd
            .as_array()
            .unwrap()
            .iter()
            .map(|row| number(&row["taker_buy_vol"]) - number(&row["taker_sell_vol"]))
            .sum();
        assert!((delta - number(&cvd[4]["cum_vol_delta"])).abs() < 0.1);
        let days = ask(Provider::Coinglass, "/api/index/2-year-ma-multiplier");
        let last = days.as_array().unwrap().last().unwrap();
        let prices: Vec<f64> = days.as_array().unwrap().iter().map(|row| number(&row["price"])).collect();
        let mean = prices.iter().rev().take(730).sum::<f64>() / 730.0;
        assert!(near(number(&last["moving_average_730"]), mean));
    }

    fn times(value: &Value, name: &str, coming: &[&str], path: &str) {
        match value {
            Value::Array(rows) => rows.iter().for_each(|row| times(row, name, coming, path)),
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| times(value, name, coming, path));
            }
            Value::Number(number) if !coming.contains(&name) => {
                let at = number.as_i64().unwrap_or(0);
                let stamp = (1_600_000_000_000..1_900_000_000_000).contains(&at);
                let named = name.contains("time") || name.contains("date") || name == "timestamp";
                assert!(!(stamp && named) || at <= AT, "{path} {name}: {at}");
            }
            _ => {}
        }
    }

    #[test]
    fn nothing_later_than_now_is_told() {
        let tables = Tables::read().unwrap();
        let sim = SimWorld::new(7, UtcMs(AT)).unwrap();
        // What is told of the coming belongs to it: expiries, unlocks, the calendar.
        let coming =
            ["next_funding_time", "next_unlock_date", "publish_timestamp", "vesting_end_date", "date"];
        for shape in &tables.shapes {
            let path = shape.path.join("/");
            times(&filled(&sim, &tables, shape, AT), "", &coming, &path);
        }
    }

    #[test]
    fn a_path_is_found_by_its_most_literal_template() {
        let tables = Tables::read().unwrap();
        let found =
            |path| tables.find(Provider::CoinGecko, path).map(|(shape, held)| (shape.path.join("/"), held));
        assert_eq!(found("/exchanges/list").unwrap().0, "exchanges/list");
        let (path, held) = found("/exchanges/okex/volume_chart").unwrap();
        assert_eq!((path.as_str(), held[0].1.as_str()), ("exchanges/{id}/volume_chart", "okex"));
        assert!(found("/nothing/here/at/all").is_none());
        assert!(tables.find(Provider::Bybit, "/exchanges").is_none());
        let borrowed =
            resolved(&[(Provider::Okx, "/a".into(), json!({"b": [1]}))], Provider::Okx, &json!("@/a#b"));
        assert_eq!(borrowed, Ok(json!([1])));
    }
}
