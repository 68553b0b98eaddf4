//! Symbol normalisation over the real list of contracts.

use std::collections::BTreeSet;

use binance::convert::instruments::instruments;
use binance::rows::ExchangeInfo;
use domain::{Class, Directory, Instrument, Kind, Status, SymbolError, Venue, multiplier_of};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::shared::{folder, gunzip};

fn binance_list() -> Option<Vec<Instrument>> {
    let folder = folder("exchange_info")?;
    let body = gunzip(&folder.join("20260704T155543Z_fapi-v1-exchangeInfo.json.gz"));
    Some(instruments(&serde_json::from_str::<ExchangeInfo<'_>>(&body).unwrap()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Swap {
    inst_id: String,
    inst_category: String,
    settle_ccy: String,
}

#[derive(Deserialize)]
struct Swaps {
    data: Vec<Swap>,
}

/// OKX's swaps that settle in USDT, with just what normalisation needs.
fn okx_list() -> Option<Vec<Instrument>> {
    let folder = folder("exchange_info")?;
    let body = gunzip(&folder.join("okx_burakoner_get-instruments-swap.json.gz"));
    let swaps: Swaps = serde_json::from_str(&body).unwrap();
    let usdt = swaps.data.into_iter().filter(|swap| swap.settle_ccy == "USDT" && swap.inst_category != "3");
    let list = usdt.map(|swap| {
        let native_base = swap.inst_id.split('-').next().unwrap().to_owned();
        let class = if swap.inst_category == "1" { Class::Crypto } else { Class::TradFi };
        let (base, multiplier) = multiplier_of(&native_base);
        Instrument {
            venue: Venue::Okx,
            native_symbol: swap.inst_id,
            kind: Kind::Perp,
            base,
            native_base,
            quote: "USDT".to_owned(),
            multiplier,
            contract_size: Decimal::ONE,
            class,
            status: Status::Trading,
            tick_size: Decimal::ONE,
            lot_step: Decimal::ONE,
            min_notional: None,
            onboard_at: None,
            delivery_at: None,
            funding_interval_h: None,
        }
    });
    Some(list.collect())
}

#[test]
fn every_native_symbol_in_either_case_is_itself() {
    let Some(list) = binance_list() else { return };
    let directory = Directory::new(list.clone());
    for instrument in &list {
        let name = &instrument.native_symbol;
        for typed in [name.clone(), name.to_lowercase(), format!(" {name} "), format!("BINANCE:{name}.P")] {
            match (instrument.status, directory.resolve(Venue::Binance, &typed)) {
                (Status::Trading, Ok(resolved)) => assert_eq!(&resolved.instrument.native_symbol, name),
                (Status::Delisted, Err(SymbolError::Delisted { symbol, at, .. })) => {
                    assert_eq!(&symbol, name);
                    assert!(at.is_some());
                }
                (Status::Pending, Err(SymbolError::NotOpen { symbol })) => assert_eq!(&symbol, name),
                (status, answer) => panic!("{typed} ({status:?}): {answer:?}"),
            }
        }
    }
}

#[test]
fn every_base_asset_and_coin_is_one_contract() {
    let Some(list) = binance_list() else { return };
    let directory = Directory::new(list.clone());
    let mut names: BTreeSet<String> = list.iter().map(|i| i.native_base.clone()).collect();
    names.extend(list.iter().filter(|i| i.multiplier > 1).map(|i| i.base.0.clone()));
    assert_eq!(names.len(), 785);
    let mut followed = Vec::new();
    for name in &names {
        let mine = |i: &Instrument| i.native_base == *name || i.base.0 == *name;
        match directory.resolve(Venue::Binance, name) {
            Ok(resolved) if mine(&resolved.instrument) => {
                assert_eq!(resolved.instrument.quote, "USDT", "{name}");
                assert_eq!(resolved.instrument.kind, Kind::Perp, "{name}");
            }
            Ok(resolved) => followed.push(format!("{name}={}", resolved.instrument.native_symbol)),
            Err(SymbolError::Delisted { symbol, .. } | SymbolError::NotOpen { symbol }) => {
                let instrument = directory.get(Venue::Binance, &symbol).unwrap();
                assert!(mine(instrument), "{name}: {symbol}");
                let trades =
                    list.iter().any(|i| mine(i) && i.status == Status::Trading && i.kind == Kind::Perp);
                assert!(!trades, "{name} trades");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert_eq!(followed, ["FTM=SUSDT", "MKR=SKYUSDT", "TON=GRAMUSDT"]);
    let clashes: Vec<&String> = names
        .iter()
        .filter(|name| {
            let assets: BTreeSet<_> = list
                .iter()
                .filter(|i| i.base.0 == **name && i.kind == Kind::Perp)
                .map(|i| &i.native_base)
                .collect();
            assets.len() > 1
        })
        .collect();
    assert_eq!(clashes, ["BOB", "CAT"]);
}

#[test]
fn the_table_of_tricky_cases_on_the_real_list() {
    let Some(list) = binance_list() else { return };
    let directory = Directory::new(list);
    for (input, expected) in [
        ("btc", "BTCUSDT"),
        ("BTC/USDT", "BTCUSDT"),
        ("BTC-USDT-SWAP", "BTCUSDT"),
        ("BTCUSDT.P", "BTCUSDT"),
        ("BINANCE:BTCUSDT", "BTCUSDT"),
        ("BTCUSD", "BTCUSDT"),
        ("PEPE", "1000PEPEUSDT"),
        ("pepeusdt", "1000PEPEUSDT"),
        ("1000PEPE", "1000PEPEUSDT"),
        ("PEPEUSDC", "1000PEPEUSDC"),
        ("SHIB", "1000SHIBUSDT"),
        ("SATS", "1000SATSUSDT"),
        ("BABYDOGE", "1MBABYDOGEUSDT"),
        ("MOG", "1000000MOGUSDT"),
        ("1INCH", "1INCHUSDT"),
        ("0G", "0GUSDT"),
        ("2Z", "2ZUSDT"),
        ("4", "4USDT"),
        ("MU", "MUUSDT"),
        ("XAU", "XAUUSDT"),
        ("PENGU", "PENGUUSDT"),
        ("PUMPBTC", "PUMPBTCUSDT"),
        ("BTCUSDT_261225", "BTCUSDT_261225"),
        ("CAT", "1000CATUSDT"),
        ("CATUSDT", "CATUSDT"),
        ("BOB", "1000000BOBUSDT"),
        ("V", "VUSDT"),
        ("COIN", "COINUSDT"),
        ("NOW", "NOWUSDT"),
        ("BE", "BEUSDT"),
        ("ARM", "ARMUSDT"),
        ("META", "METAUSDT"),
        ("DIS", "DISUSDT"),
        ("币安人生", "币安人生USDT"),
        ("龙虾", "龙虾USDT"),
        ("我踏马来了", "我踏马来了USDT"),
        ("ETHBTC", "ETHBTC"),
        ("BTCDOM", "BTCDOMUSDT"),
        ("ALL", "ALLUSDT"),
        ("OPENAI", "OPENAIUSDT"),
        ("ANTHROPIC", "ANTHROPICUSDT"),
        ("USDC", "USDCUSDT"),
        ("LUNA", "LUNA2USDT"),
        ("LUNC", "1000LUNCUSDT"),
        ("NEIRO", "NEIROUSDT"),
        ("RNDR", "RENDERUSDT"),
        ("MATIC", "POLUSDT"),
        ("MATICUSDT", "POLUSDT"),
        ("EOS", "AUSDT"),
        ("FTM", "SUSDT"),
        ("MKR", "SKYUSDT"),
        ("TON", "GRAMUSDT"),
        ("IOTA", "IOTAUSDT"),
        ("BEAMX", "BEAMXUSDT"),
        ("HYPE", "HYPEUSDT"),
        ("HYPER", "HYPERUSDT"),
        ("GOLD", "XAUUSDT"),
        ("BTCU", "BTCU"),
        ("BTCUSD1", "BTCUSD1"),
    ] {
        let answer = directory.resolve(Venue::Binance, input);
        let native = answer.map(|resolved| resolved.instrument.native_symbol.clone());
        assert_eq!(native.as_deref(), Ok(expected), "{input}");
    }
    for input in ["42", "PERP", "X", "DEFI", "NEIROETH", "IP"] {
        assert!(
            matches!(directory.resolve(Venue::Binance, input), Err(SymbolError::Delisted { .. })),
            "{input}"
        );
    }
    for input in ["牛来", "BTT", "BTTC", "TONCOIN", "MIOTA", "BEAM", "TEST01-USDT-SWAP"] {
        assert!(
            matches!(directory.resolve(Venue::Binance, input), Err(SymbolError::Unknown { .. })),
            "{input}: {:?}",
            directory.resolve(Venue::Binance, input)
        );
    }
    assert!(matches!(
        directory.resolve(Venue::Binance, "BTCUSD_PERP"),
        Err(SymbolError::CoinMargined { .. })
    ));
    assert!(matches!(directory.resolve(Venue::Binance, "OIL"), Err(SymbolError::Ambiguous { .. })));
    for coin in ["V", "COIN", "BTCDOM", "XAU", "CATUSDT"] {
        assert_eq!(directory.coin(coin), Ok(None), "{coin}");
    }
}

#[test]
fn the_universe_of_july_2026() {
    let Some(list) = binance_list() else { return };
    let directory = Directory::new(list);
    let count = |quote: &str| directory.universe(Venue::Binance, quote).len();
    assert_eq!(["USDT", "USDC", "USD1", "U", "BTC"].map(count), [528, 38, 2, 2, 1]);
}

#[test]
fn counterparts_at_okx() {
    let (Some(mut list), Some(okx)) = (binance_list(), okx_list()) else { return };
    list.extend(okx);
    let directory = Directory::new(list);
    let across = |name: &str| {
        let instrument = directory.get(Venue::Binance, name).unwrap();
        directory.counterpart(instrument, Venue::Okx).map(|other| other.native_symbol.clone())
    };
    for (name, expected) in [
        ("BTCUSDT", Some("BTC-USDT-SWAP")),
        ("BTCUSDC", Some("BTC-USDT-SWAP")),
        ("1000SHIBUSDT", Some("SHIB-USDT-SWAP")),
        ("1000SATSUSDT", Some("SATS-USDT-SWAP")),
        ("LUNA2USDT", Some("LUNA-USDT-SWAP")),
        ("GRAMUSDT", Some("TON-USDT-SWAP")),
        ("NEIROUSDT", None),
        ("CATUSDT", None),
        ("1000CATUSDT", None),
        ("1000000BOBUSDT", None),
        ("BTCDOMUSDT", None),
    ] {
        assert_eq!(across(name).as_deref(), expected, "{name}");
    }
    let joined = directory
        .universe(Venue::Binance, "USDT")
        .iter()
        .filter(|instrument| directory.counterpart(instrument, Venue::Okx).is_some())
        .count();
    // 246 by name; NEIRO is contested, LUNA and TON are found under their other names.
    assert_eq!(joined, 246 - 1 + 2);
}
