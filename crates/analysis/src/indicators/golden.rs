//! TA-Lib 0.8.2's values on twenty bars, to ten digits, and what we make of flat and broken input.

use domain::{Candle, HOUR_MS, Interval, UtcMs};

use super::*;

/// Name and twenty values: the input (high, low, close, volume), then what TA-Lib makes of it.
const TABLE: &str = "\
h 101.2 102.0 101.8 103.5 104.1 103.9 105.0 104.2 103.0 102.5 103.8 105.5 106.1 105.7 107.2 108.0 107.1 106.0 106.9 108.4
l 99.5 100.4 100.1 101.2 102.6 102.0 103.1 101.9 101.0 100.7 101.9 103.4 104.2 103.9 105.1 106.2 104.8 104.0 104.6 106.3
c 100.8 101.5 100.6 103.1 103.4 102.7 104.6 102.3 101.4 102.1 103.6 105.2 104.9 104.4 106.8 106.9 105.0 105.6 106.5 107.9
v 10 12 9 20 15 11 18 22 14 13 16 25 12 10 21 19 17 12 14 23
SMA5 nan nan nan nan 101.88 102.26 102.88 103.22 102.88 102.62 102.8 102.92 103.44 104.04 104.98 105.64 105.6 105.74 106.16 106.38
EMA5 nan nan nan nan 101.88 102.1533333 102.9688889 102.7459259 102.297284 102.2315226 102.6876818 103.5251212 103.9834141 104.1222761 105.0148507 105.6432338 105.4288225 105.4858817 105.8239211 106.5159474
TR nan 1.6 1.7 2.9 1.5 1.9 2.3 2.7 2 1.8 1.9 2.1 1.9 1.8 2.8 1.8 2.3 2 2.3 2.1
ATR5 nan nan nan nan nan 1.92 1.996 2.1368 2.10944 2.047552 2.0180416 2.03443328 2.007546624 1.966037299 2.132829839 2.066263871 2.113011097 2.090408878 2.132327102 2.125861682
RSI5 nan nan nan nan nan 68.62745098 78.59531773 53.07735743 45.80338653 52.175432 63.62948922 72.43270247 68.54427253 61.64938621 76.08380444 76.54362318 52.54866976 57.77383681 65.00018397 73.73887019
MACD3,6 nan nan nan nan nan nan nan 0.4418367347 -0.0415451895 -0.05824656393 0.2655381686 0.6860986919 0.6739990656 0.4662493326 0.8397316661 0.8745851187 0.3549491919 0.2472293335 0.3662966221 0.6564925649
sig3 nan nan nan nan nan nan nan 0.8568027211 0.4076287658 0.1746911009 0.2201146348 0.4531066633 0.5635528645 0.5149010985 0.6773163823 0.7759507505 0.5654499712 0.4063396524 0.3863181372 0.5214053511
hist nan nan nan nan nan nan nan -0.4149659864 -0.4491739553 -0.2329376649 0.04542353385 0.2329920285 0.1104462011 -0.04865176594 0.1624152838 0.09863436817 -0.2105007793 -0.1591103188 -0.0200215151 0.1350872138
BBup5,2 nan nan nan nan 104.2034457 104.363711 105.4889078 104.7866525 105.0318364 104.7718364 105.0943409 105.6074523 106.434929 106.2620711 107.0981124 107.6819598 107.6823064 107.7061129 107.6383775 108.4014846
BBlo5,2 nan nan nan nan 99.55655428 100.156289 100.2710922 101.6533475 100.7281636 100.4681636 100.5056591 100.2325477 100.445071 101.8179289 102.8618876 103.5980402 103.5176936 103.7738871 104.6816225 104.3585154
+DI4 nan nan nan nan 40.24390244 28.50287908 34.68899522 23.1092437 17.37935543 13.39410678 26.82006361 41.13639499 38.82469541 29.73875489 37.52664673 39.04030245 28.43885042 21.62909608 26.32920307 37.44104833
-DI4 nan nan nan nan 3.658536585 11.80422265 8.02522836 20.18255578 26.33598876 24.11872282 18.23402531 13.41168698 10.16774651 11.68865482 7.869109402 6.147300965 21.00721299 25.55508366 18.6920871 14.08662172
ADX4 nan nan nan nan nan nan nan 48.48647621 41.48699076 38.26254185 33.46120109 37.80244659 42.97498281 43.12384432 48.675653 54.70476255 44.78601837 35.66965357 30.99307598 34.57581932
slowK5,3 nan nan nan nan nan nan nan nan 43.59470104 23.83516932 36.66666667 64.58333333 79.65654608 80.0154321 79.58304216 79.01943508 65.12301833 48.12654648 43.59756098 64.19992609
slowD3 nan nan nan nan nan nan nan nan 62.02083885 43.11930158 34.69884567 41.69505644 60.30218203 74.7517705 79.75167345 79.53930311 74.57516519 64.08966663 52.28237526 51.97467785
OBV 10 22 13 33 48 37 55 33 19 32 48 73 61 51 72 91 74 86 100 123
";

fn row(name: &str) -> [f64; 20] {
    let line = TABLE.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
    let values: Vec<f64> = line.split(' ').skip(1).map(|value| value.parse().unwrap()).collect();
    values.try_into().unwrap()
}

fn candles() -> Vec<Candle> {
    let (high, low, close, volume) = (row("h"), row("l"), row("c"), row("v"));
    let mut open_time = UtcMs(0);
    let mut out = Vec::new();
    for i in 0..20 {
        out.push(Candle {
            open_time,
            open: close[i],
            high: high[i],
            low: low[i],
            close: close[i],
            volume: volume[i],
            quote_volume: None,
            taker_buy_volume: None,
        });
        open_time = open_time.plus_ms(HOUR_MS);
    }
    out
}

fn bars() -> Bars {
    Bars::new(&candles(), Interval::H1).unwrap()
}

fn check(name: &str, got: &[Option<f64>]) {
    let expected = row(name);
    assert_eq!(got.len(), 20, "{name}");
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        match got {
            None => assert!(expected.is_nan(), "{name}[{index}] is absent, expected {expected}"),
            // The reference has ten digits.
            Some(got) => assert!(
                (got - expected).abs() <= 1e-9 * expected.abs() + 5e-11,
                "{name}[{index}] = {got}, expected {expected}"
            ),
        }
    }
}

#[test]
fn golden_vectors_of_the_raw_form() {
    let (high, low, close, volume) = (row("h"), row("l"), row("c"), row("v"));
    check("SMA5", &compat::sma(&close, 5).unwrap());
    check("EMA5", &compat::ema(&close, 5).unwrap());
    check("TR", &compat::true_range(&high, &low, &close).unwrap());
    check("ATR5", &compat::atr(&high, &low, &close, 5).unwrap());
    check("RSI5", &compat::rsi(&close, 5).unwrap());
    let [line, signal, histogram] = compat::macd(&close, 3, 6, 3).unwrap();
    check("MACD3,6", &line);
    check("sig3", &signal);
    check("hist", &histogram);
    let [upper, _, lower] = compat::bollinger(&close, 5, 2.0).unwrap();
    check("BBup5,2", &upper);
    check("BBlo5,2", &lower);
    check("+DI4", &compat::plus_di(&high, &low, &close, 4).unwrap());
    check("-DI4", &compat::minus_di(&high, &low, &close, 4).unwrap());
    check("ADX4", &compat::adx(&high, &low, &close, 4).unwrap());
    let [k, d] = compat::stochastic(&high, &low, &close, 5, 3, 3).unwrap();
    check("slowK5,3", &k);
    check("slowD3", &d);
    check("OBV", &compat::obv(&close, &volume).unwrap());
}

#[test]
fn golden_vectors_of_the_checked_form() {
    let bars = bars();
    check("SMA5", &sma(&bars, 5).unwrap().to_options());
    check("EMA5", &ema(&bars, 5).unwrap().to_options());
    check("TR", &true_range(&bars).unwrap().to_options());
    check("ATR5", &atr(&bars, 5).unwrap().to_options());
    check("RSI5", &rsi(&bars, 5).unwrap().to_options());
    check("MACD3,6", &macd(&bars, 3, 6, 3).unwrap().line.to_options());
    check("BBup5,2", &bollinger(&bars, 5, 2.0).unwrap().upper.to_options());
    check("+DI4", &plus_di(&bars, 4).unwrap().to_options());
    check("-DI4", &minus_di(&bars, 4).unwrap().to_options());
    check("ADX4", &adx(&bars, 4).unwrap().to_options());
    check("slowD3", &stochastic(&bars, 5, 3, 3).unwrap().d.to_options());
    check("OBV", &obv(&bars).unwrap().to_options());
}

#[test]
fn our_own_wilder_atr_is_talibs() {
    check("ATR5", &crate::volatility::wilder_atr(&candles(), 5, None));
}

#[test]
fn bands_place_the_close() {
    let bands = bollinger(&bars(), 5, 2.0).unwrap();
    let (upper, lower) = (bands.upper.last().unwrap(), bands.lower.last().unwrap());
    assert!((bands.percent_b.last().unwrap() - (107.9 - lower) / (upper - lower)).abs() < 1e-12);
    assert!((bands.bandwidth.last().unwrap() - (upper - lower) / bands.middle.last().unwrap()).abs() < 1e-12);
}

#[test]
fn a_flat_market_has_reasons_where_talib_says_zero() {
    let still: Vec<Candle> = candles()
        .into_iter()
        .map(|bar| Candle { open: 5.0, high: 5.0, low: 5.0, close: 5.0, ..bar })
        .collect();
    let bars = Bars::new(&still, Interval::H1).unwrap();
    let bands = bollinger(&bars, 5, 2.0).unwrap();
    let stoch = stochastic(&bars, 5, 3, 3).unwrap();
    for line in [
        rsi(&bars, 5).unwrap(),
        plus_di(&bars, 4).unwrap(),
        minus_di(&bars, 4).unwrap(),
        dx(&bars, 4).unwrap(),
        adx(&bars, 4).unwrap(),
        mfi(&bars, 5).unwrap(),
        cci(&bars, 5).unwrap(),
        bands.percent_b,
        bands.bandwidth,
        stoch.k,
        stoch.d,
    ] {
        assert_eq!(line.values[0], Err(Absent::WarmingUp));
        assert_eq!(line.last(), Err(Absent::Flat));
    }
    assert_eq!(bands.upper.last(), Ok(5.0));
    assert_eq!(atr(&bars, 5).unwrap().last(), Ok(0.0));
    let [high, low, close] = [[5.0; 20]; 3];
    let [k, d] = compat::stochastic(&high, &low, &close, 5, 3, 3).unwrap();
    for raw in [
        compat::rsi(&close, 5).unwrap(),
        compat::plus_di(&high, &low, &close, 4).unwrap(),
        compat::minus_di(&high, &low, &close, 4).unwrap(),
        compat::dx(&high, &low, &close, 4).unwrap(),
        compat::adx(&high, &low, &close, 4).unwrap(),
        compat::mfi(&high, &low, &close, &row("v"), 5).unwrap(),
        compat::cci(&high, &low, &close, 5).unwrap(),
        k,
        d,
    ] {
        assert_eq!(raw.last(), Some(&Some(0.0)));
    }
}

#[test]
fn a_long_hole_starts_anew_and_says_so() {
    let mut rows = candles();
    let later: Vec<Candle> =
        rows.iter().map(|bar| Candle { open_time: bar.open_time.plus_ms(100 * HOUR_MS), ..*bar }).collect();
    rows.extend(later);
    let bars = Bars::new(&rows, Interval::H1).unwrap();
    let line = atr(&bars, 5).unwrap();
    assert_eq!(line.values[4], Err(Absent::WarmingUp));
    assert_eq!(line.values[20], Err(Absent::Gap));
    assert_eq!(line.values[39], line.values[19]);
    assert_eq!((line.bars_used, line.is_warm()), (20, false));
}

#[test]
fn the_table_skips_bad_bars_and_keeps_its_rows() {
    let clean = talib_table(&candles());
    let mut rows = candles();
    let mut bad = rows[7];
    bad.high = f64::NAN;
    rows.insert(8, bad);
    let table = talib_table(&rows);
    assert_eq!(table.len(), TALIB_COLUMNS.len());
    for ((name, with_bad), (_, without)) in table.iter().zip(&clean) {
        assert_eq!(with_bad.len(), 21);
        assert_eq!(with_bad[8], None, "{name}");
        let kept: Vec<_> =
            with_bad.iter().enumerate().filter(|(row, _)| *row != 8).map(|(_, v)| *v).collect();
        assert_eq!(&kept, without, "{name}");
    }
    assert!(talib_table(&[]).iter().all(|(_, values)| values.is_empty()));
}
