use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use domain::UtcMs;
use serde_json::Value;

use super::table::read_text;

/// Captures of Binance's instrument list: `exchange_info/*exchangeInfo.json.gz`.
#[derive(Debug)]
pub(super) struct Listing {
    newest: Option<PathBuf>,
    rows: OnceLock<Vec<Value>>,
}

/// Delivery date that stands for "none" on a living perpetual.
const NO_DELIVERY_MS: i64 = 4_133_404_800_000;

impl Listing {
    pub(super) fn discover(dir: &Path) -> Self {
        let newest = std::fs::read_dir(dir.join("exchange_info")).ok().and_then(|entries| {
            entries
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .filter(|path| {
                    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                    name.ends_with("exchangeInfo.json.gz") || name.ends_with("exchangeInfo.json")
                })
                .max()
        });
        Self { newest, rows: OnceLock::new() }
    }

    fn rows(&self) -> &[Value] {
        self.rows.get_or_init(|| {
            let Some(path) = &self.newest else { return Vec::new() };
            let read = read_text(path)
                .map_err(|error| error.to_string())
                .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
            match read {
                Ok(mut document) => match document.get_mut("symbols").map(Value::take) {
                    Some(Value::Array(rows)) => rows,
                    _ => Vec::new(),
                },
                Err(error) => {
                    tracing::warn!(path = %path.display(), error, "an instrument list cannot be read");
                    Vec::new()
                }
            }
        })
    }

    /// The captured rows of the contracts that trade at `now` (as `trades` tells), in the state they had
    /// then: trading, without the delivery date of a later delisting.
    pub(super) fn trading(&self, now: UtcMs, trades: impl Fn(&str) -> bool) -> Vec<Value> {
        self.rows()
            .iter()
            .filter(|row| row.get("symbol").and_then(Value::as_str).is_some_and(&trades))
            .map(|row| {
                let mut row = row.clone();
                if let Some(fields) = row.as_object_mut() {
                    fields.insert("status".to_owned(), Value::from("TRADING"));
                    let delivery = fields.get("deliveryDate").and_then(Value::as_i64);
                    if delivery.is_some_and(|at| at > now.0) {
                        fields.insert("deliveryDate".to_owned(), Value::from(NO_DELIVERY_MS));
                    }
                }
                row
            })
            .collect()
    }
}
