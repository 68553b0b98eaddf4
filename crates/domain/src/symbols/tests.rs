//! The tricky cases, on a small list of our own.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{Class, CoinId, Instrument, Kind, Status, UtcMs, Venue};

fn contract(venue: Venue, native: &str, native_base: &str, quote: &str) -> Instrument {
    let (base, multiplier) = multiplier_of(native_base);
    Instrument {
        venue,
        native_symbol: native.to_owned(),
        kind: Kind::Perp,
        base,
        native_base: native_base.to_owned(),
        quote: quote.to_owned(),
        multiplier,
        contract_size: Decimal::ONE,
        class: Class::Crypto,
        status: Status::Trading,
        tick_size: Decimal::new(1, 2),
        lot_step: Decimal::ONE,
        min_notional: None,
        onboard_at: None,
        delivery_at: None,
        funding_interval_h: None,
    }
}

fn binance(native_base: &str, quote: &str) -> Instrument {
    contract(Venue::Binance, &format!("{native_base}{quote}"), native_base, quote)
}

fn tradfi(ticker: &str) -> Instrument {
    let mut instrument = binance(ticker, "USDT");
    instrument.base = CoinId(ticker.to_owned());
    instrument.class = Class::TradFi;
    instrument
}

fn delisted(native_base: &str, at_ms: i64) -> Instrument {
    let mut instrument = binance(native_base, "USDT");
    instrument.status = Status::Delisted;
    instrument.delivery_at = Some(UtcMs(at_ms));
    instrument
}

fn directory() -> Directory {
    let coins = [
        "BTC",
        "ETH",
        "SOL",
        "1000PEPE",
        "1000SHIB",
        "1000SATS",
        "1MBABYDOGE",
        "1000000MOG",
        "1000CAT",
        "1000000BOB",
        "1000LUNC",
        "LUNA2",
        "1INCH",
        "0G",
        "2Z",
        "4",
        "PENGU",
        "PUMPBTC",
        "NEIRO",
        "RENDER",
        "POL",
        "A",
        "S",
        "SKY",
        "GRAM",
        "DATAIP",
        "PAXG",
        "HYPE",
        "HYPER",
        "BEAMX",
        "IOTA",
        "USDC",
        "AR",
        "ARB",
        "币安人生",
        "龙虾",
    ];
    let mut list: Vec<Instrument> = coins.into_iter().map(|base| binance(base, "USDT")).collect();
    list.extend(["BTC", "1000PEPE", "ETH"].into_iter().map(|base| binance(base, "USDC")));
    list.extend([binance("BTC", "USD1"), binance("BTC", "U"), binance("ETH", "BTC")]);
    list.extend(["CAT", "MU", "XAU", "V", "COIN", "CL", "BZ", "OPENAI"].into_iter().map(tradfi));
    list.extend([
        delisted("1000X", 1_763_110_800_000),
        delisted("BOB", 1_777_366_800_000),
        delisted("42", 1_769_763_600_000),
        delisted("PERP", 1_763_715_600_000),
        delisted("FTM", 1_736_154_000_000),
        delisted("MKR", 1_757_322_000_000),
        delisted("TON", 1_782_205_200_000),
        delisted("IP", 1_782_637_200_000),
        delisted("NEIROETH", 1_758_877_200_000),
    ]);
    let mut parked = binance("GAIB", "USDT");
    parked.status = Status::Pending;
    let mut basket = binance("BTCDOM", "USDT");
    basket.class = Class::Index;
    let mut dated = binance("BTC", "USDT");
    dated.native_symbol = "BTCUSDT_261225".to_owned();
    dated.kind = Kind::Quarterly;
    list.extend([parked, basket, dated]);
    let okx = |base: &str| contract(Venue::Okx, &format!("{base}-USDT-SWAP"), base, "USDT");
    list.extend(
        ["BTC", "PEPE", "SHIB", "SATS", "LUNA", "NEIRO", "TON", "BOB", "CAT", "MATIC"].into_iter().map(okx),
    );
    list.push(contract(Venue::Okx, "BTC-USD-SWAP", "BTC", "USD"));
    list.push(contract(Venue::Okx, "BTC-USD_UM-SWAP", "BTC", "USD"));
    let bybit = |base: &str| contract(Venue::Bybit, &format!("{base}USDT"), base, "USDT");
    list.extend(
        ["BTC", "SHIB1000", "10000SATS", "1000000BABYDOGE", "1000NEIROCTO", "1000CAT", "LUNA2"]
            .into_iter()
            .map(bybit),
    );
    list.push(contract(Venue::Bybit, "BTCPERP", "BTC", "USDC"));
    list.push(contract(Venue::Bybit, "SHIB1000PERP", "SHIB1000", "USDC"));
    Directory::new(list)
}

fn native(directory: &Directory, venue: Venue, input: &str) -> String {
    match directory.resolve(venue, input) {
        Ok(resolved) => resolved.instrument.native_symbol.clone(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[test]
fn spellings_of_the_tricky_cases() {
    let directory = directory();
    for (input, expected) in [
        ("btc", "BTCUSDT"),
        ("BTC/USDT", "BTCUSDT"),
        ("BTC-USDT-SWAP", "BTCUSDT"),
        ("BTCUSDT.P", "BTCUSDT"),
        ("BINANCE:BTCUSDT", "BTCUSDT"),
        ("binance:btcusdt.p", "BTCUSDT"),
        ("$btc", "BTCUSDT"),
        ("BTC/USDT:USDT", "BTCUSDT"),
        ("BTC-PERP", "BTCUSDT"),
        ("BTCPERP", "BTCUSDT"),
        ("BINANCEFTS_PERP_BTC_USDT", "BTCUSDT"),
        (" btc_usdt ", "BTCUSDT"),
        ("BTCUSD", "BTCUSDT"),
        ("BTC-USD", "BTCUSDT"),
        ("BTCUSD1", "BTCUSD1"),
        ("BTC/U", "BTCU"),
        ("PEPE", "1000PEPEUSDT"),
        ("pepeusdt", "1000PEPEUSDT"),
        ("1000PEPE", "1000PEPEUSDT"),
        ("PEPE-USDT-SWAP", "1000PEPEUSDT"),
        ("PEPEUSDC", "1000PEPEUSDC"),
        ("1000PEPEUSDC", "1000PEPEUSDC"),
        ("1000PEPEPERP", "1000PEPEUSDT"),
        ("SHIB", "1000SHIBUSDT"),
        ("SHIB1000USDT", "1000SHIBUSDT"),
        ("SATS", "1000SATSUSDT"),
        ("10000SATSUSDT", "1000SATSUSDT"),
        ("BABYDOGE", "1MBABYDOGEUSDT"),
        ("1000000BABYDOGEUSDT", "1MBABYDOGEUSDT"),
        ("MOG", "1000000MOGUSDT"),
        ("1INCH", "1INCHUSDT"),
        ("0G", "0GUSDT"),
        ("2z", "2ZUSDT"),
        ("4", "4USDT"),
        ("MU", "MUUSDT"),
        ("XAU", "XAUUSDT"),
        ("PENGU", "PENGUUSDT"),
        ("PUMPBTC", "PUMPBTCUSDT"),
        ("BTCUSDT_261225", "BTCUSDT_261225"),
        ("btcusdt_261225", "BTCUSDT_261225"),
        ("CAT", "1000CATUSDT"),
        ("CATUSDT", "CATUSDT"),
        ("BOB", "1000000BOBUSDT"),
        ("V", "VUSDT"),
        ("COIN", "COINUSDT"),
        ("币安人生", "币安人生USDT"),
        ("龙虾usdt", "龙虾USDT"),
        ("ETHBTC", "ETHBTC"),
        ("ETH/BTC", "ETHBTC"),
        ("BTCDOM", "BTCDOMUSDT"),
        ("OPENAI", "OPENAIUSDT"),
        ("USDC", "USDCUSDT"),
        ("LUNA", "LUNA2USDT"),
        ("LUNA2", "LUNA2USDT"),
        ("LUNC", "1000LUNCUSDT"),
        ("NEIRO", "NEIROUSDT"),
        ("1000NEIROCTOUSDT", "NEIROUSDT"),
        ("NEIROCTO", "NEIROUSDT"),
        ("RNDR", "RENDERUSDT"),
        ("RNDRUSDT", "RENDERUSDT"),
        ("MATIC", "POLUSDT"),
        ("MATIC/USDT", "POLUSDT"),
        ("EOS", "AUSDT"),
        ("FTM", "SUSDT"),
        ("MKR", "SKYUSDT"),
        ("TON", "GRAMUSDT"),
        ("GOLD", "XAUUSDT"),
        ("PAXG", "PAXGUSDT"),
        ("HYPE", "HYPEUSDT"),
        ("HYPER", "HYPERUSDT"),
        ("ARBUSD", "ARBUSDT"),
        ("ARUSDT", "ARUSDT"),
    ] {
        assert_eq!(native(&directory, Venue::Binance, input), expected, "{input}");
    }
}

#[test]
fn refusals_of_the_tricky_cases() {
    let directory = directory();
    let refusal = |input: &str| directory.resolve(Venue::Binance, input).unwrap_err();
    for (input, symbol, day) in [
        ("42", "42USDT", "2026-01-30"),
        ("PERP", "PERPUSDT", "2025-11-21"),
        ("X", "1000XUSDT", "2025-11-14"),
        ("FTMUSDT", "FTMUSDT", "2025-01-06"),
        ("TONUSDT", "TONUSDT", "2026-06-23"),
        ("BOBUSDT", "BOBUSDT", "2026-04-28"),
        ("NEIROETH", "NEIROETHUSDT", "2025-09-26"),
        ("IP", "IPUSDT", "2026-06-28"),
    ] {
        let error = refusal(input);
        assert!(
            matches!(&error, SymbolError::Delisted { symbol: found, .. } if found == symbol),
            "{input}: {error}"
        );
        assert!(error.to_string().contains(day), "{error}");
    }
    assert!(refusal("TONUSDT").to_string().contains("GRAMUSDT"));
    assert!(refusal("IP").to_string().contains("not confirmed"));
    for input in ["BTCUSD_PERP", "btcusd_260925", "BINANCE:ETHUSD_PERP"] {
        assert!(matches!(refusal(input), SymbolError::CoinMargined { .. }), "{input}");
    }
    assert_eq!(
        refusal("OIL"),
        SymbolError::Ambiguous { input: "OIL".into(), candidates: vec!["CLUSDT".into(), "BZUSDT".into()] }
    );
    assert_eq!(refusal("GAIB"), SymbolError::NotOpen { symbol: "GAIBUSDT".into() });
    assert_eq!(refusal(""), SymbolError::Empty);
    assert_eq!(refusal(&"B".repeat(10_000)), SymbolError::TooLong);
    for input in ["BTC\0", "%42TC", "🚀", "BTC;DROP", "<b>"] {
        assert!(matches!(refusal(input), SymbolError::BadCharacters { .. }), "{input}");
    }
    for input in
        ["TONCOIN", "MIOTA", "BEAM", "BTT", "TEST01-USDT-SWAP", "USDT", "-", "$", "牛来", "BTC-USD_UM-SWAP"]
    {
        assert!(matches!(refusal(input), SymbolError::Unknown { .. }), "{input}: {:?}", refusal(input));
    }
    let SymbolError::Unknown { near, .. } = refusal("PEPPE") else { panic!("PEPPE is unknown") };
    assert_eq!(near, ["1000PEPEUSDT"]);
    let SymbolError::Unknown { near, .. } = refusal("SOLBTC") else { panic!("SOLBTC is unknown") };
    assert_eq!(near, ["SOLUSDT"]);
    assert_eq!(
        directory.resolve(Venue::Binance, "BTCC").unwrap_err().to_string(),
        "'BTCC' is no coin or contract of binance; near names: BTCUSDT"
    );
    assert_eq!(
        Directory::new(Vec::new()).resolve(Venue::Okx, "BTC").unwrap_err(),
        SymbolError::NoList { venue: Venue::Okx }
    );
}

#[test]
fn notes_tell_of_namesakes_factors_and_renamings() {
    let directory = directory();
    let ask = |input: &str| directory.resolve(Venue::Binance, input).unwrap();
    let clash = "CATUSDT is Caterpillar (a share); the coin is 1000CATUSDT".to_owned();
    assert!(ask("CAT").notes.contains(&clash));
    assert!(ask("CATUSDT").notes.contains(&clash));
    assert_eq!(ask("CAT").others, ["CATUSDT"]);
    assert!(ask("BTCUSD").notes.contains(&"BTCUSD has no contract of its own; answering BTCUSDT".to_owned()));
    assert_eq!(ask("BTC").others, ["BTCUSDC", "BTCUSD1", "BTCU"]);
    let bob = ask("BOB");
    assert_eq!(bob.others, ["BOBUSDT"]);
    assert!(
        bob.notes.contains(&"BOBUSDT is another token of the same ticker, delisted on 2026-04-28".to_owned()),
        "{:?}",
        bob.notes
    );
    assert!(ask("MKR").notes.iter().any(|note| note.contains("24,000")));
    assert_eq!(ask("PEPE").notes, ["one unit of 1000PEPEUSDT is 1000 PEPE"]);
    assert!(ask("ETHBTC").notes.contains(&"ETHBTC is quoted in BTC, not in dollars".to_owned()));
    assert!(ask("BTC").notes.is_empty());
}

#[test]
fn other_venues_spell_and_list_differently() {
    let directory = directory();
    for (venue, input, expected) in [
        (Venue::Okx, "SHIB", "SHIB-USDT-SWAP"),
        (Venue::Okx, "1000SHIBUSDT", "SHIB-USDT-SWAP"),
        (Venue::Okx, "BTCUSDT", "BTC-USDT-SWAP"),
        (Venue::Okx, "btc-usdt-swap", "BTC-USDT-SWAP"),
        (Venue::Okx, "BTC-USD_UM-SWAP", "BTC-USD_UM-SWAP"),
        (Venue::Okx, "BTC", "BTC-USDT-SWAP"),
        (Venue::Okx, "GRAM", "TON-USDT-SWAP"),
        (Venue::Okx, "TON", "TON-USDT-SWAP"),
        (Venue::Okx, "LUNA2USDT", "LUNA-USDT-SWAP"),
        (Venue::Bybit, "SHIB", "SHIB1000USDT"),
        (Venue::Bybit, "SHIBUSDC", "SHIB1000PERP"),
        (Venue::Bybit, "BTCPERP", "BTCPERP"),
        (Venue::Bybit, "SATS", "10000SATSUSDT"),
        (Venue::Bybit, "1MBABYDOGEUSDT", "1000000BABYDOGEUSDT"),
        (Venue::Bybit, "NEIRO", "1000NEIROCTOUSDT"),
    ] {
        assert_eq!(native(&directory, venue, input), expected, "{venue} {input}");
    }
    // Which token OKX lists under these tickers is not known: another venue's spelling does not lead there.
    for input in ["1000CATUSDT", "1000000BOBUSDT", "1000NEIROCTOUSDT"] {
        assert!(matches!(directory.resolve(Venue::Okx, input), Err(SymbolError::Unknown { .. })), "{input}");
    }
    assert!(matches!(
        directory.resolve(Venue::Okx, "BTCUSD").unwrap_err(),
        SymbolError::Ambiguous { candidates, .. } if candidates == ["BTC-USD-SWAP", "BTC-USD_UM-SWAP"]
    ));
}

#[test]
fn counterparts_join_one_token_and_never_two() {
    let directory = directory();
    let across = |from: Venue, name: &str, to: Venue| {
        let instrument = directory.get(from, name).unwrap_or_else(|| panic!("{name} is listed"));
        directory.counterpart(instrument, to).map(|other| other.native_symbol.clone())
    };
    for (name, venue, expected) in [
        ("1000SHIBUSDT", Venue::Okx, Some("SHIB-USDT-SWAP")),
        ("1000SHIBUSDT", Venue::Bybit, Some("SHIB1000USDT")),
        ("1000SATSUSDT", Venue::Bybit, Some("10000SATSUSDT")),
        ("1MBABYDOGEUSDT", Venue::Bybit, Some("1000000BABYDOGEUSDT")),
        ("LUNA2USDT", Venue::Okx, Some("LUNA-USDT-SWAP")),
        ("LUNA2USDT", Venue::Bybit, Some("LUNA2USDT")),
        ("BTCUSDC", Venue::Bybit, Some("BTCPERP")),
        ("BTCUSDC", Venue::Okx, Some("BTC-USDT-SWAP")),
        ("GRAMUSDT", Venue::Okx, Some("TON-USDT-SWAP")),
        ("POLUSDT", Venue::Okx, Some("MATIC-USDT-SWAP")),
        ("NEIROUSDT", Venue::Bybit, Some("1000NEIROCTOUSDT")),
        ("1000CATUSDT", Venue::Bybit, Some("1000CATUSDT")),
        ("NEIROUSDT", Venue::Okx, None),
        ("NEIROETHUSDT", Venue::Okx, None),
        ("BOBUSDT", Venue::Okx, None),
        ("1000000BOBUSDT", Venue::Okx, None),
        ("1000CATUSDT", Venue::Okx, None),
        ("CATUSDT", Venue::Okx, None),
        ("CATUSDT", Venue::Bybit, None),
        ("SKYUSDT", Venue::Okx, None),
        ("ETHBTC", Venue::Okx, None),
        ("BTCDOMUSDT", Venue::Okx, None),
        ("BTCUSDT_261225", Venue::Okx, None),
    ] {
        assert_eq!(across(Venue::Binance, name, venue).as_deref(), expected, "{name} at {venue}");
    }
    assert_eq!(across(Venue::Bybit, "SHIB1000USDT", Venue::Binance).as_deref(), Some("1000SHIBUSDT"));
    assert_eq!(across(Venue::Okx, "NEIRO-USDT-SWAP", Venue::Binance), None);
}

#[test]
fn coins_for_sources_that_know_no_contracts() {
    let directory = directory();
    let coin = |input: &str| directory.coin(input).map(|coin| coin.map(|coin| coin.0));
    for (input, expected) in [
        ("1000PEPEUSDT", Some("PEPE")),
        ("PEPE", Some("PEPE")),
        ("CAT", Some("CAT")),
        ("CATUSDT", None),
        ("XAU", None),
        ("BTCDOM", None),
        ("LUNA2", Some("LUNA")),
        ("X", Some("X")),
        ("RNDR", Some("RENDER")),
        ("币安人生", Some("币安人生")),
    ] {
        assert_eq!(coin(input), Ok(expected.map(str::to_owned)), "{input}");
    }
    assert!(matches!(coin("NOSUCHCOIN"), Err(SymbolError::Unknown { venue: Venue::Binance, .. })));
}

#[test]
fn the_universe_is_what_trades_in_that_quote() {
    let directory = directory();
    let names: Vec<String> =
        directory.universe(Venue::Binance, "USDC").iter().map(|i| i.native_symbol.clone()).collect();
    assert_eq!(names, ["BTCUSDC", "1000PEPEUSDC", "ETHUSDC"]);
    let dollars = directory.universe(Venue::Binance, "USDT");
    assert!(dollars.iter().all(|i| i.class == Class::Crypto && i.status == Status::Trading));
    assert!(!dollars.iter().any(|i| i.native_symbol == "CATUSDT" || i.native_symbol == "BTCUSDT_261225"));
}

proptest! {
    #[test]
    fn any_text_is_answered_without_panic(input in "\\PC{0,60}|[ -~]{0,45}|[A-Z0-9:./$_-]{0,30}") {
        let directory = directory();
        for venue in Venue::ALL {
            let _ = directory.resolve(venue, &input);
        }
        let _ = directory.coin(&input);
        let _ = Symbol::new(&input);
        let _ = multiplier_of(&input);
    }
}

#[test]
fn assets_that_share_a_ticker_are_called_by_different_names() {
    let directory = directory();
    for (typed, name) in [
        ("btc", "BTC"),
        ("BTCUSDC", "BTC"),
        ("1000pepe", "PEPE"),
        ("CAT", "CAT"),
        ("CATUSDT", "CATUSDT"),
        ("XAU", "XAUUSDT"),
        ("ETHBTC", "ETHBTC"),
        ("BTCDOM", "BTCDOMUSDT"),
        ("BTCUSDT_261225", "BTCUSDT_261225"),
    ] {
        let instrument = directory.resolve(Venue::Binance, typed).unwrap().instrument;
        assert_eq!(instrument.symbol(), name, "{typed}");
        let again = directory.resolve(Venue::Binance, name).unwrap().instrument;
        assert_eq!((again.symbol(), &again.base), (name, &instrument.base), "{typed}");
    }
}
