//! The list of contracts.

use domain::{Class, CoinId, Instrument, Kind, Status, UtcMs, Venue, multiplier_of};
use rust_decimal::Decimal;
use upstream::lenient::Text;

use crate::rows::{ExchangeInfo, SymbolRow};

/// From here on a delivery date means "never".
const YEAR_2100_MS: i64 = 4_102_444_800_000;

/// All perpetuals and dated futures of the list, delisted ones too, in its order.
#[must_use]
pub fn instruments(info: &ExchangeInfo<'_>) -> Vec<Instrument> {
    info.symbols.iter().filter_map(instrument).collect()
}

fn instrument(row: &SymbolRow<'_>) -> Option<Instrument> {
    let symbol = row.symbol.value()?;
    let native_base = row.base_asset.value()?;
    let kind = kind(row, symbol)?;
    let class = class(row);
    let (base, multiplier) = match class {
        Class::Crypto => multiplier_of(native_base),
        Class::TradFi | Class::Index => (CoinId(native_base.to_owned()), 1),
    };
    Some(Instrument {
        venue: Venue::Binance,
        native_symbol: symbol.to_owned(),
        kind,
        base,
        native_base: native_base.to_owned(),
        quote: row.quote_asset.value()?.to_owned(),
        multiplier,
        contract_size: Decimal::ONE,
        class,
        status: status(row.status.as_str()),
        // A list without the filter tells no step: prices then stay as they are.
        tick_size: filter(row, "PRICE_FILTER", |filter| &filter.tick_size).unwrap_or_default(),
        lot_step: filter(row, "LOT_SIZE", |filter| &filter.step_size).unwrap_or_default(),
        min_notional: filter(row, "MIN_NOTIONAL", |filter| &filter.notional),
        onboard_at: row.onboard_date.instant(),
        delivery_at: row.delivery_date.instant().filter(|at| *at < UtcMs(YEAR_2100_MS)),
        funding_interval_h: None,
    })
}

fn kind(row: &SymbolRow<'_>, symbol: &str) -> Option<Kind> {
    match row.contract_type.as_ref().map(Text::as_str) {
        Some("PERPETUAL" | "TRADIFI_PERPETUAL" | "PERPETUAL_DELIVERING") => Some(Kind::Perp),
        Some("CURRENT_QUARTER" | "NEXT_QUARTER" | "CURRENT_MONTH" | "NEXT_MONTH") => Some(Kind::Quarterly),
        // In 2020 there were only perpetuals, and no such key.
        None if !symbol.contains('_') => Some(Kind::Perp),
        other => {
            tracing::debug!(symbol, contract_type = other, "contract of an unknown type left out");
            None
        }
    }
}

fn class(row: &SymbolRow<'_>) -> Class {
    let tradfi = row.contract_type.as_ref().is_some_and(|kind| kind.as_str() == "TRADIFI_PERPETUAL");
    match row.underlying_type.value() {
        _ if tradfi => Class::TradFi,
        Some("COIN") | None => Class::Crypto,
        Some("INDEX") => Class::Index,
        Some(_) => Class::TradFi,
    }
}

fn status(text: &str) -> Status {
    match text {
        "TRADING" => Status::Trading,
        "SETTLING" | "CLOSE" | "PRE_DELIVERING" | "DELIVERING" | "DELIVERED" | "PRE_SETTLE" => {
            Status::Delisted
        }
        // PENDING_TRADING, and what we do not know: listed, not to be traded.
        _ => Status::Pending,
    }
}

fn filter<'r>(
    row: &'r SymbolRow<'_>,
    kind: &str,
    field: impl Fn(&'r crate::rows::FilterRow<'_>) -> &'r Text<'r>,
) -> Option<Decimal> {
    let filter = row.filters.iter().find(|filter| filter.filter_type.as_str() == kind)?;
    let value: Decimal = field(filter).value()?.parse().ok()?;
    (value > Decimal::ZERO).then(|| value.normalize())
}
