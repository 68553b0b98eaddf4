//! Candles.

use domain::{Candle, Interval, UtcMs};

use crate::rows::KlineRow;

/// The candles that had closed at `known_at`, ascending, each open time once. Rows that cannot be a candle
/// (a value missing, not finite, highs and lows inverted) are left out and logged.
#[must_use]
pub fn candles(rows: &[KlineRow<'_>], interval: Interval, known_at: UtcMs) -> Vec<Candle> {
    let mut candles: Vec<Candle> = rows.iter().filter_map(candle).collect();
    candles.retain(|candle| candle.open_time.plus_ms(interval.ms()) <= known_at);
    candles.sort_by_key(|candle| candle.open_time);
    candles.dedup_by_key(|candle| candle.open_time);
    candles
}

fn candle(row: &KlineRow<'_>) -> Option<Candle> {
    let read = || {
        Some(Candle {
            open_time: row.open_time.instant()?,
            open: row.open.number()?,
            high: row.high.number()?,
            low: row.low.number()?,
            close: row.close.number()?,
            volume: row.volume.number()?,
            quote_volume: row.quote_volume.number(),
            taker_buy_volume: row.taker_buy_volume.number(),
        })
    };
    let candle = read();
    let defect = candle.as_ref().map_or(Some("a value is missing or no number"), Candle::defect);
    if let Some(defect) = defect {
        tracing::warn!(open_time = row.open_time.as_str(), defect, "candle left out");
        return None;
    }
    candle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, known_at: i64) -> Vec<Candle> {
        let rows: Vec<KlineRow<'_>> = serde_json::from_str(json).unwrap();
        candles(&rows, Interval::M1, UtcMs(known_at))
    }

    const TWO: &str = r#"[[1791383640000,"83070.80","83140.00","83070.70","83139.90","80.186",1791383699999,"6663157.16760",2301,"51.900","4312258.09360","0"],
        [1791383580000,"83074.10","83128.30","83040.10","83070.80","116.857",1791383639999,"9709518.16030",3885,"83.949","6975456.42970","0"]]"#;

    #[test]
    fn the_running_candle_is_dropped_and_the_rest_sorted() {
        assert_eq!(read(TWO, 1_791_383_699_999).len(), 1);
        let both = read(TWO, 1_791_383_700_000);
        assert_eq!(both.len(), 2);
        assert!(both[0].open_time < both[1].open_time);
        assert_eq!(both[0].quote_volume, Some(9_709_518.160_3));
        assert_eq!(both[0].taker_buy_volume, Some(83.949));
    }

    #[test]
    fn bad_bars_never_enter() {
        for row in [
            r#"[1000,"NaN","2","1","1.5","1"]"#,
            r#"[1000,"1","0.5","1","1.5","1"]"#,
            r#"[1000,"1","2","-1","1.5","1"]"#,
            r#"[1000,"1","2","1","","1"]"#,
            r#"[1000,"1","2"]"#,
            "[]",
        ] {
            assert!(read(&format!("[{row}]"), i64::MAX).is_empty(), "{row}");
        }
    }
}
