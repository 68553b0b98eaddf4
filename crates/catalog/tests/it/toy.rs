//! Seven operations that between them use every feature.

use bytes::Bytes;
use catalog::{Catalog, Effect, Kind, Meta, NoArgs, OpError, ParamSpec, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The application's state.
#[derive(Clone, Debug)]
pub struct App {
    pub price: f64,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Widest distance from 50.
    Conservative,
    /// The default.
    #[default]
    Aggressive,
}

/// A coin, checked by its own type.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct Symbol(pub String);

impl TryFrom<String> for Symbol {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fine = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if fine { Ok(Self(text.to_uppercase())) } else { Err(format!("'{text}' is not a symbol")) }
    }
}

impl JsonSchema for Symbol {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Symbol".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": 30})
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetSignal {
    /// The coin, in any usual spelling.
    pub symbol: Symbol,
    /// How far from 50 a score must be.
    #[serde(default)]
    pub mode: Mode,
    /// Also return the arithmetic.
    pub debug: Option<bool>,
}

/// A signal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signal {
    pub symbol: String,
    pub mode: Mode,
    /// 0 to 100, 50 is neutral.
    pub score: f64,
    pub price: Option<f64>,
    pub factors: Vec<Factor>,
}

/// One factor of a signal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Factor {
    pub name: String,
    pub score: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Scan {
    /// Only these coins.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub symbols: Vec<Symbol>,
    /// How many rows.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: u32,
    /// Lowest score shown.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub min_score: Option<f64>,
}

fn ten() -> u32 {
    10
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewRule {
    /// Its name.
    #[schemars(length(min = 1, max = 40))]
    pub name: String,
    /// When it fires.
    pub when: Condition,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Condition {
    /// Which factor.
    pub factor: String,
    /// Above what score.
    pub above: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    pub id: u64,
    pub name: String,
    pub when: Condition,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Remove {
    /// The rule's id.
    #[schemars(range(min = 1))]
    pub id: u64,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Send {
    /// The coin.
    pub symbol: Symbol,
    /// What to say.
    #[schemars(length(max = 500))]
    pub text: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    pub done: bool,
}

fn signal(price: f64, symbol: String, mode: Mode) -> Signal {
    let factors = vec![
        Factor { name: "oiTrend".into(), score: Some(61.5) },
        Factor { name: "fearGreed".into(), score: None },
    ];
    Signal { symbol, mode, score: 63.4, price: Some(price), factors }
}

pub fn catalog() -> Catalog<App> {
    let mut catalog = Catalog::new();
    catalog.add(
        Meta::get("signals.get", "/signals/{symbol}")
            .summary("The signal of one coin")
            .description("Call this for a decision on one coin. Scores are 0 to 100, 50 is neutral.")
            .cost(5)
            .example("Bitcoin", [("symbol", json!("BTC"))])
            .example("Ether, cautious", [("symbol", json!("ETH")), ("mode", json!("conservative"))]),
        |app: App, input: GetSignal| async move {
            if input.symbol.0 == "NONE" {
                return Err(OpError::unknown_symbol("NONE", &["BTC".to_owned()]));
            }
            let mut signal = signal(app.price, input.symbol.0, input.mode);
            if input.debug == Some(true) {
                signal.factors.clear();
            }
            Ok(signal)
        },
    );
    catalog.add(
        Meta::get("signals.scan", "/signals/scan")
            .summary("The strongest signals")
            .example("Five rows", [("limit", json!(5))]),
        |app: App, input: Scan| async move {
            let symbols = if input.symbols.is_empty() {
                vec![Symbol("BTC".into()), Symbol("ETH".into())]
            } else {
                input.symbols
            };
            let limit = usize::try_from(input.limit).unwrap_or(usize::MAX);
            let least = input.min_score.unwrap_or(0.0);
            let rows: Vec<Signal> = symbols
                .into_iter()
                .map(|symbol| signal(app.price, symbol.0, Mode::default()))
                .filter(|row| row.score >= least)
                .take(limit)
                .collect();
            Ok(rows)
        },
    );
    catalog.add(
        Meta::post("rules.add", "/rules")
            .summary("Adds a rule")
            .scope(Scope::Write)
            .effect(Effect::Write)
            .example(
                "High open interest",
                [("name", json!("oi")), ("when", json!({"factor": "oiTrend", "above": 80}))],
            ),
        |_: App, input: NewRule| async move { Ok(Created { id: 7, name: input.name, when: input.when }) },
    );
    catalog.add(
        Meta::delete("rules.remove", "/rules/{id}")
            .summary("Removes a rule")
            .scope(Scope::Admin)
            .effect(Effect::Write)
            .example("Number 7", [("id", json!(7))]),
        |_: App, input: Remove| async move { Ok(Done { done: input.id == 7 }) },
    );
    catalog.add(
        Meta::post("alerts.send", "/alerts/send/{symbol}")
            .summary("Sends an alert by hand")
            .scope(Scope::Write)
            .effect(Effect::External)
            .deprecated("rules.add")
            .example("Bitcoin", [("symbol", json!("BTC"))]),
        |_: App, input: Send| async move { Ok(Done { done: input.text.is_none() && !input.symbol.0.is_empty() }) },
    );
    catalog.add(
        Meta::get("health.check", "/health")
            .summary("Whether the service lives")
            .scope(Scope::Public)
            .example("As it is", []),
        |_: App, _: NoArgs| async move { Ok(Done { done: true }) },
    );
    catalog.add_raw(
        Meta::get("coins.history", "/coins/{exchange}/history")
            .summary("A provider's history, as it sends it")
            .example("Binance", [("exchange", json!("Binance")), ("interval", json!("4h"))]),
        vec![
            ParamSpec::new("exchange", Kind::one_of(&["Binance", "OKX"])).required().doc("The exchange."),
            ParamSpec::new("interval", Kind::one_of(&["1h", "4h", "1d"])).default("4h").doc("Bar length."),
            ParamSpec::new("start", Kind::Integer { min: 0, max: i64::MAX }).doc("Unix milliseconds."),
        ],
        |_: App, args| async move {
            let exchange = args.get("exchange").cloned().unwrap_or_default();
            let rows: Vec<_> = (0..200_u64)
                .map(|i| json!({"time": 1_700_000_000_000_u64 + i * 3_600_000, "close": i}))
                .collect();
            Ok(Bytes::from(json!({"exchange": exchange, "data": rows}).to_string()))
        },
    );
    catalog
}
