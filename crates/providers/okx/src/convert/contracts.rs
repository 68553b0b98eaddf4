use std::str::FromStr;

use domain::{Class, CoinId, Instrument, Kind, ProviderError, Status, Venue};
use rust_decimal::Decimal;
use upstream::lenient::Text;

use super::rows;
use crate::rows::InstrumentRow;

/// The linear USDT swaps of `public/instruments`. The exchange's test contracts are left out, and so are
/// the linear swaps that settle in USD, which repeat a coin that has a USDT swap.
pub fn instruments(data: &[u8]) -> Result<Vec<Instrument>, ProviderError> {
    Ok(rows::<InstrumentRow<'_>>(data, "list of contracts")?.iter().filter_map(instrument).collect())
}

fn instrument(row: &InstrumentRow<'_>) -> Option<Instrument> {
    let native_symbol = row.inst_id.value()?;
    if row.inst_type.as_str() != "SWAP"
        || row.ct_type.as_str() != "linear"
        || row.settle_ccy.as_str() != "USDT"
        || native_symbol.starts_with("TEST")
    {
        return None;
    }
    let native_base = row.ct_val_ccy.value().or_else(|| row.uly.value()?.split('-').next())?;
    let contract_size = positive(&row.ct_val)?.checked_mul(positive(&row.ct_mult)?)?.normalize();
    Some(Instrument {
        venue: Venue::Okx,
        native_symbol: native_symbol.to_owned(),
        kind: Kind::Perp,
        base: CoinId(native_base.to_ascii_uppercase()),
        native_base: native_base.to_owned(),
        quote: "USDT".to_owned(),
        multiplier: 1,
        contract_size,
        class: class(&row.inst_category),
        status: status(&row.state),
        tick_size: positive(&row.tick_sz)?,
        lot_step: positive(&row.lot_sz)?,
        min_notional: None,
        onboard_at: row.list_time.instant(),
        delivery_at: row.exp_time.instant(),
        funding_interval_h: None,
    })
}

/// Coins are category 1. Lists from before there were shares do not carry the field.
fn class(category: &Text<'_>) -> Class {
    match category.value() {
        Some("1") | None => Class::Crypto,
        Some(_) => Class::TradFi,
    }
}

fn status(state: &Text<'_>) -> Status {
    match state.as_str() {
        "live" => Status::Trading,
        "settling" | "expired" => Status::Delisted,
        _ => Status::Pending,
    }
}

fn positive(text: &Text<'_>) -> Option<Decimal> {
    Decimal::from_str(text.value()?).ok().filter(|number| *number > Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEPE: &str = r#"[{"instType":"SWAP","instId":"PEPE-USDT-SWAP","uly":"PEPE-USDT","settleCcy":"USDT",
        "ctType":"linear","ctVal":"10000000","ctMult":"1","ctValCcy":"PEPE","tickSz":"0.000000001",
        "lotSz":"0.1","listTime":"1683201600000","expTime":"","state":"live","instCategory":"1",
        "instIdCode":null,"upcChg":[]}]"#;

    fn with(from: &str, to: &str) -> Vec<Instrument> {
        instruments(PEPE.replace(from, to).as_bytes()).unwrap()
    }

    #[test]
    fn a_swap_keeps_its_contract_size_and_no_multiplier() {
        let list = instruments(PEPE.as_bytes()).unwrap();
        let pepe = &list[0];
        assert_eq!(pepe.base, CoinId("PEPE".to_owned()));
        assert_eq!((pepe.multiplier, pepe.contract_size), (1, Decimal::from(10_000_000)));
        assert_eq!((pepe.class, pepe.status), (Class::Crypto, Status::Trading));
        assert_eq!(pepe.delivery_at, None);
        assert_eq!(pepe.tick_size, Decimal::new(1, 9));
    }

    #[test]
    fn what_is_no_linear_usdt_swap_is_left_out() {
        for (from, to) in [
            ("\"settleCcy\":\"USDT\"", "\"settleCcy\":\"USD\""),
            ("\"ctType\":\"linear\"", "\"ctType\":\"inverse\""),
            ("PEPE-USDT-SWAP", "TEST01-USDT-SWAP"),
            ("\"instType\":\"SWAP\"", "\"instType\":\"FUTURES\""),
            ("\"ctVal\":\"10000000\"", "\"ctVal\":\"\""),
        ] {
            assert!(with(from, to).is_empty(), "{to}");
        }
    }

    #[test]
    fn shares_and_metals_are_told_apart_and_states_are_kept() {
        assert_eq!(with(r#""instCategory":"1""#, r#""instCategory":"3""#)[0].class, Class::TradFi);
        assert_eq!(with(r#""state":"live""#, r#""state":"suspend""#)[0].status, Status::Pending);
        assert_eq!(with(r#""state":"live""#, r#""state":"expired""#)[0].status, Status::Delisted);
    }
}
