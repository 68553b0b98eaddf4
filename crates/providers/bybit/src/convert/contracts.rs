use std::str::FromStr;

use domain::symbols::multiplier_of;
use domain::{Class, CoinId, Instrument, Kind, ProviderError, Status, Venue};
use percent_encoding::percent_decode_str;
use rust_decimal::Decimal;
use upstream::lenient::Text;

use super::listed;
use crate::rows::InstrumentRow;

/// One page of the list of contracts.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentPage {
    /// The USDT perpetuals on it.
    pub instruments: Vec<Instrument>,
    /// What to ask the next page with, as plain text; `None` on the last one.
    pub cursor: Option<String>,
}

/// The USDT perpetuals of a page of `instruments-info`. The cursor comes percent-encoded and is decoded
/// here, since it is encoded again on its way out.
pub fn instruments(data: &[u8]) -> Result<InstrumentPage, ProviderError> {
    let page = listed::<InstrumentRow<'_>>(data, "list of contracts")?;
    let cursor = page.next_page_cursor.value();
    let cursor = cursor.map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
    Ok(InstrumentPage { instruments: page.list.iter().filter_map(instrument).collect(), cursor })
}

fn instrument(row: &InstrumentRow<'_>) -> Option<Instrument> {
    if row.contract_type.as_str() != "LinearPerpetual" || row.quote_coin.as_str() != "USDT" {
        return None;
    }
    let native_base = row.base_coin.value()?;
    let class = class(&row.symbol_type);
    let (base, multiplier) = match class {
        Class::Crypto => multiplier_of(native_base),
        _ => (CoinId(native_base.to_ascii_uppercase()), 1),
    };
    Some(Instrument {
        venue: Venue::Bybit,
        native_symbol: row.symbol.value()?.to_owned(),
        kind: Kind::Perp,
        base,
        native_base: native_base.to_owned(),
        quote: "USDT".to_owned(),
        multiplier,
        contract_size: Decimal::ONE,
        class,
        status: status(&row.status),
        tick_size: positive(&row.price_filter.tick_size)?,
        lot_step: positive(&row.lot_size_filter.qty_step)?,
        min_notional: positive(&row.lot_size_filter.min_notional_value),
        onboard_at: row.launch_time.instant(),
        delivery_at: row.delivery_time.instant(),
        funding_interval_h: whole_hours(&row.funding_interval),
    })
}

fn class(symbol_type: &Text<'_>) -> Class {
    match symbol_type.as_str() {
        "stock" | "commodity" | "forex" => Class::TradFi,
        _ => Class::Crypto,
    }
}

fn status(status: &Text<'_>) -> Status {
    match status.as_str() {
        "Trading" => Status::Trading,
        "PreLaunch" => Status::Pending,
        _ => Status::Delisted,
    }
}

fn whole_hours(minutes: &Text<'_>) -> Option<u32> {
    let minutes = u32::try_from(minutes.integer()?).ok()?;
    (minutes > 0 && minutes % 60 == 0).then_some(minutes / 60)
}

fn positive(text: &Text<'_>) -> Option<Decimal> {
    Decimal::from_str(text.value()?).ok().filter(|number| *number > Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(from: &str, to: &str) -> Vec<Instrument> {
        let page = r#"{"category":"linear","list":[{"symbol":"SHIB1000USDT","contractType":"LinearPerpetual",
            "status":"Trading","baseCoin":"SHIB1000","quoteCoin":"USDT","settleCoin":"USDT","symbolType":"",
            "launchTime":"1621839600000","deliveryTime":"0","priceScale":"6","leverageFilter":{},
            "priceFilter":{"minPrice":"0.000001","tickSize":"0.000001"},
            "lotSizeFilter":{"minNotionalValue":"5","qtyStep":"10"},"unifiedMarginTrade":true,
            "fundingInterval":480,"preListingInfo":null}],"nextPageCursor":"first%3DA%26last%3DB"}"#;
        let page = instruments(page.replace(from, to).as_bytes()).unwrap();
        assert_eq!(page.cursor.as_deref(), Some("first=A&last=B"));
        page.instruments
    }

    #[test]
    fn a_suffix_multiplies_as_a_prefix_does() {
        let list = with("", "");
        assert_eq!((list[0].base.clone(), list[0].multiplier), (CoinId("SHIB".to_owned()), 1_000));
        assert_eq!((list[0].contract_size, list[0].funding_interval_h), (Decimal::ONE, Some(8)));
        assert_eq!((list[0].delivery_at, list[0].min_notional), (None, Some(Decimal::from(5))));
        let prefixed = with("SHIB1000", "10000SATS");
        assert_eq!((prefixed[0].base.0.as_str(), prefixed[0].multiplier), ("SATS", 10_000));
    }

    #[test]
    fn shares_keep_their_ticker_and_other_contracts_are_left_out() {
        let share = with(r#""symbolType":"""#, r#""symbolType":"stock""#);
        assert_eq!((share[0].class, share[0].base.0.as_str()), (Class::TradFi, "SHIB1000"));
        assert!(with("LinearPerpetual", "LinearFutures").is_empty());
        assert!(with(r#""quoteCoin":"USDT""#, r#""quoteCoin":"USDC""#).is_empty());
        assert_eq!(with(r#""fundingInterval":480"#, r#""fundingInterval":90"#)[0].funding_interval_h, None);
    }
}
