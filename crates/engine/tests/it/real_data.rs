//! BTC on 2025-03-03 at 12:00 UTC, from recorded history. The expected numbers were computed by a
//! separate program from the same files.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::{
    Candle, DAY_MS, Funding, FundingState, HOUR_MS, LiquidationBar, LiquidationHistory, MarketSnapshot, Mode,
    Observed, OpenInterest, OpenInterestHistory, Point, Reading, Series, SocialState, Source, TopPositions,
    UtcMs, Venue,
};
use engine::{Basis, Factor, PriceTrend, Signal};
use rust_decimal::Decimal;

use crate::decision::report;
use crate::fixture::{AT, H4, instrument};

fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("PERPSIGNAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if path.join("data").is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no recordings at {}", path.display());
    None
}

/// Rows of a gzipped CSV file, by column.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row =
        |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn time(text: &str) -> UtcMs {
    format!("{}Z", text.replace(' ', "T")).parse().unwrap()
}

struct Panel(Vec<HashMap<String, String>>);

impl Panel {
    fn number(row: &HashMap<String, String>, column: &str) -> Option<f64> {
        row[column].parse().ok()
    }

    fn at(row: &HashMap<String, String>) -> UtcMs {
        time(&row["decision_time_utc"])
    }

    /// A column as a series of 4h steps.
    fn series(&self, column: &str) -> Series {
        let points = self
            .0
            .iter()
            .filter_map(|row| Some(Point { at: Self::at(row), value: Self::number(row, column)? }))
            .collect();
        Series { cadence_ms: H4, points }
    }

    fn candles(&self) -> Vec<Candle> {
        let candle = |row: &HashMap<String, String>| {
            let number = |column| Self::number(row, column).unwrap();
            Candle {
                open_time: time(&row["open_time"]),
                open: number("open"),
                high: number("high"),
                low: number("low"),
                close: number("close"),
                volume: number("volume"),
                quote_volume: Self::number(row, "quote_vol"),
                taker_buy_volume: None,
            }
        };
        self.0.iter().rev().take(600).rev().map(candle).collect()
    }

    fn funding(&self) -> FundingState {
        let mut points: Vec<Point> = Vec::new();
        for row in self.0.iter().filter(|row| !row["funding_time"].is_empty()) {
            let at = time(&row["funding_time"]);
            if points.last().is_none_or(|last| last.at < at) {
                let rate = Self::number(row, "funding_rate_last").unwrap();
                points.push(Point { at, value: rate * 8_760.0 / 8.0 });
            }
        }
        let last = *points.last().unwrap();
        let rate = last.value * 8.0 / 8_760.0;
        FundingState {
            current: Funding { rate, interval_h: 8.0, running: false, at: last.at, next_at: None },
            annualised: Series { cadence_ms: 8 * HOUR_MS, points },
        }
    }

    fn open_interest(&self) -> OpenInterestHistory {
        let points = self
            .0
            .iter()
            .filter_map(|row| {
                let (coins, usd) = (Self::number(row, "oi_contracts")?, Self::number(row, "oi_usd")?);
                Some(OpenInterest { at: Self::at(row), coins, usd })
            })
            .collect();
        OpenInterestHistory { cadence_ms: H4, points, own_candles_4h: None }
    }

    fn liquidations(&self) -> LiquidationHistory {
        let bars = self
            .0
            .iter()
            .filter_map(|row| {
                let long_usd = Self::number(row, "cg_liq_long_usd_4h")?;
                let short_usd = Self::number(row, "cg_liq_short_usd_4h")?;
                Some(LiquidationBar { end: Self::at(row), long_usd, short_usd })
            })
            .collect();
        LiquidationHistory { bar_ms: H4, bars, open_interest_usd: self.series("oi_usd"), caveat: None }
    }

    /// Posts of the day before, known from midnight.
    fn posts(&self) -> Series {
        let mut points: Vec<Point> = Vec::new();
        for row in &self.0 {
            let Some(value) = Self::number(row, "social_postscreated_prev_day") else { continue };
            let at = Self::at(row).plus_ms(-1).floor(DAY_MS);
            if points.last().is_none_or(|last| last.at < at) {
                points.push(Point { at, value });
            }
        }
        Series { cadence_ms: DAY_MS, points }
    }
}

fn from<T>(source: Source, venue: Option<Venue>, value: T) -> Reading<T> {
    Ok(Observed { value, source, venue, as_of: AT, received_at: AT })
}

fn binance<T>(value: T) -> Reading<T> {
    from(Source::Binance, Some(Venue::Binance), value)
}

fn snapshot(shared: &Path) -> MarketSnapshot {
    let all = rows(&shared.join("data/panel_4h/BTCUSDT.csv.gz"));
    let panel = Panel(all.into_iter().filter(|row| Panel::at(row) <= AT).collect());
    let fear_greed = rows(&shared.join("data/fear_greed/daily.csv.gz"))
        .iter()
        .filter_map(|row| Some(Point { at: row["date"].parse().unwrap(), value: row["value"].parse().ok()? }))
        .collect();
    let candles = panel.candles();
    let mut instrument = instrument();
    instrument.tick_size = Decimal::new(1, 1);
    MarketSnapshot {
        at: AT,
        instrument,
        price: binance(candles.last().unwrap().close),
        candles_4h: binance(candles),
        funding: binance(panel.funding()),
        open_interest: binance(panel.open_interest()),
        account_ratio: binance(panel.series("ls_global_accounts")),
        top_positions: binance(TopPositions {
            positions: panel.series("ls_top_positions"),
            accounts: panel.series("ls_global_accounts"),
            taker: Some(panel.series("taker_ratio_mean_4h")),
        }),
        liquidations: from(Source::Coinglass, Some(Venue::Binance), panel.liquidations()),
        social: from(
            Source::LunarCrush,
            None,
            SocialState {
                sentiment: None,
                activity: Some(panel.posts()),
                activity_name: "posts created".to_owned(),
                galaxy_score: None,
                alt_rank: None,
            },
        ),
        fear_greed: from(Source::AlternativeMe, None, Series { cadence_ms: DAY_MS, points: fear_greed }),
    }
}

#[test]
fn eight_live_factors_with_the_numbers_of_a_separate_program() {
    let Some(shared) = shared() else { return };
    let report = report(&snapshot(&shared), Mode::Aggressive);
    // Half of a half-life old.
    let aged = 0.5_f64.sqrt();
    let expected = [
        (Factor::Liquidations, -0.137_905_654_082, 1.0, 1.0),
        (Factor::FundingRate, 0.516_728_624_535, 1.0, aged),
        (Factor::PriceMomentum, 0.197_279_675_983, 1.0, 1.0),
        (Factor::LongShortRatio, 0.444_444_444_444, 1.0, 1.0),
        (Factor::SmartMoney, 0.560_000_128_992, 1.0, 1.0),
        (Factor::OiTrend, -0.274_462_177_085, 1.0, 1.0),
        (Factor::SocialSentiment, 0.370_382_187_175, 0.5, aged),
        (Factor::FearGreed, 0.476_584_022_039, 1.0, 0.890_898_718_140),
    ];
    for (factor, strength, confidence, freshness) in expected {
        let reading = report.reading(factor).unwrap_or_else(|| panic!("{factor} is missing"));
        eprintln!("{factor}: {}", reading.note);
        assert!((reading.strength - strength).abs() < 1e-9, "{factor}: {} not {strength}", reading.strength);
        assert!((reading.freshness - freshness).abs() < 1e-9, "{factor}");
        assert_eq!(reading.confidence, confidence, "{factor}");
        assert!(matches!(reading.basis, Basis::OwnHistory { .. }), "{factor}");
    }
    assert!((report.composite.strength - 0.189_679_512_024).abs() < 1e-9);
    assert_eq!((report.score, report.signal), (59.5, Signal::Long));
    assert_eq!(report.data_quality.coverage, 1.0);
    assert_eq!(report.data_quality.oldest_s, Some(12 * 3_600));
    assert_eq!(report.metrics.price_trend, Some(PriceTrend::Neutral));
    assert_eq!(report.candle_closed_at, Some(AT));

    let plan = &report.volatility;
    assert!((plan.atr_value.unwrap() - 2_128.373_897_119).abs() < 1e-6);
    assert_eq!(plan.atr_percentage, Some(2.296));
    assert_eq!(plan.normal_atr_percentage, Some(1.5352));
    assert_eq!(plan.recommended_position_multiplier, Some(0.6687));
    eprintln!("{}\n{}", report.verdict.summary, plan.trade_plan_summary);
    let (stop, target) = (plan.stop_loss_price.unwrap(), plan.take_profit_price.unwrap());
    assert!(stop < report.price && report.price < target);
}
