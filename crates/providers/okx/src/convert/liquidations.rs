use domain::{Instrument, Liquidation, ProviderError, Side, Venue};
use rust_decimal::prelude::ToPrimitive;

use super::rows;
use crate::rows::{LiquidationDetail, LiquidationRow};

/// The orders of `public/liquidation-orders`, ascending.
pub fn liquidations(data: &[u8]) -> Result<Vec<Liquidation>, ProviderError> {
    Ok(from_rows(&rows::<LiquidationRow<'_>>(data, "liquidations")?))
}

/// The orders of rows that came by REST or by stream, ascending.
pub(crate) fn from_rows(rows: &[LiquidationRow<'_>]) -> Vec<Liquidation> {
    let mut list: Vec<Liquidation> =
        rows.iter().flat_map(|row| row.details.iter().filter_map(|detail| one(row, detail))).collect();
    list.sort_by_key(|liquidation| liquidation.at);
    list
}

fn one(row: &LiquidationRow<'_>, detail: &LiquidationDetail<'_>) -> Option<Liquidation> {
    let side = match detail.pos_side.as_str() {
        "long" => Side::Long,
        "short" => Side::Short,
        // Net mode, or an answer without the position's side: the order closes the position.
        _ => match detail.side.as_str() {
            "sell" => Side::Long,
            "buy" => Side::Short,
            _ => return None,
        },
    };
    Some(Liquidation {
        venue: Venue::Okx,
        native_symbol: row.inst_id.value()?.to_owned(),
        side,
        price: detail.bk_px.number().filter(|price| *price > 0.0)?,
        quantity: detail.sz.number().filter(|contracts| *contracts > 0.0)?,
        at: detail.ts.instant()?,
    })
}

/// The dollar value of a liquidation of a linear contract: contracts × contract size × bankruptcy price.
#[must_use]
pub fn liquidation_usd(instrument: &Instrument, liquidation: &Liquidation) -> f64 {
    // A Decimal always has a nearest f64.
    let contract_size = instrument.contract_size.to_f64().unwrap_or(f64::NAN);
    liquidation.quantity * contract_size * liquidation.price
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_side_decides_and_the_order_side_stands_in() {
        let data = br#"[{"instId":"X","details":[
            {"bkPx":"2","side":"sell","sz":"1","ts":"1786810247004"},
            {"bkPx":"2","posSide":"net","side":"buy","sz":"1","ts":"1786810247003"},
            {"bkPx":"2","posSide":"","side":"sell","sz":"1","ts":"1786810247002"},
            {"bkPx":"2","posSide":"short","side":"buy","sz":"1","ts":"1786810247001"},
            {"bkPx":"","posSide":"short","side":"buy","sz":"1","ts":"1786810247000"},
            {"bkPx":"2","side":"","sz":"1","ts":"1786810247000"}]},{"instId":"EMPTY"}]"#;
        let sides: Vec<Side> = liquidations(data).unwrap().iter().map(|order| order.side).collect();
        assert_eq!(sides, [Side::Short, Side::Long, Side::Short, Side::Long]);
    }
}
