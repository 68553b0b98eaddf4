//! Trading sessions.

use domain::{Candle, HOUR_MS, MINUTE_MS};

use super::{Named, single};

/// The library's fixed sessions, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// 21:00 to 06:00.
    Sydney,
    /// 00:00 to 09:00.
    Tokyo,
    /// 07:00 to 16:00.
    London,
    /// 13:00 to 22:00.
    NewYork,
    /// 00:00 to 04:00.
    AsianKillZone,
    /// 06:00 to 09:00.
    LondonOpenKillZone,
    /// 11:00 to 14:00.
    NewYorkKillZone,
    /// 14:00 to 16:00.
    LondonCloseKillZone,
    /// Minutes of the day, both ends inside; a start at or after the end runs over midnight.
    Custom {
        /// First minute.
        start_minute: u16,
        /// Last minute.
        end_minute: u16,
    },
}

impl Session {
    const fn minutes(self) -> (i64, i64) {
        match self {
            Self::Sydney => (21 * 60, 6 * 60),
            Self::Tokyo => (0, 9 * 60),
            Self::London => (7 * 60, 16 * 60),
            Self::NewYork => (13 * 60, 22 * 60),
            Self::AsianKillZone => (0, 4 * 60),
            Self::LondonOpenKillZone => (6 * 60, 9 * 60),
            Self::NewYorkKillZone => (11 * 60, 14 * 60),
            Self::LondonCloseKillZone => (14 * 60, 16 * 60),
            Self::Custom { start_minute, end_minute } => (start_minute as i64, end_minute as i64),
        }
    }
}

/// `sessions(session, time_zone)`: `Active`, `High`, `Low`. `zone_hours` is the number in the
/// library's `UTC+3`, whose sign it turns around: it **adds** three hours to the times.
#[must_use]
pub fn sessions(candles: &[Candle], session: Session, zone_hours: i64) -> [Named; 3] {
    let (start, end) = session.minutes();
    let mut columns = [(); 3].map(|()| Vec::with_capacity(candles.len()));
    let [active, highs, lows] = &mut columns;
    let (mut high, mut low) = (0.0_f64, 0.0_f64);
    for candle in candles {
        let time = candle.open_time.plus_ms(zone_hours.saturating_mul(HOUR_MS)).0;
        let minute = time.div_euclid(MINUTE_MS).rem_euclid(24 * 60);
        let inside =
            if start < end { start <= minute && minute <= end } else { start <= minute || minute <= end };
        (high, low) = if inside {
            let lowest = if low == 0.0 { f64::INFINITY } else { low };
            (single(candle.high.max(high)), single(candle.low.min(lowest)))
        } else {
            (0.0, 0.0)
        };
        active.push(Some(f64::from(u8::from(inside))));
        highs.push(Some(high));
        lows.push(Some(low));
    }
    let [active, high, low] = columns;
    [("Active", active), ("High", high), ("Low", low)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smc::fixtures::bars;

    #[test]
    fn both_ends_are_inside_and_the_sign_of_the_zone_is_turned() {
        let day = bars(&[10.0; 24]);
        let hours = |session, zone| {
            let [(_, active), _, _] = sessions(&day, session, zone);
            let inside: Vec<usize> = (0..24).filter(|hour| active[*hour] == Some(1.0)).collect();
            inside
        };
        assert_eq!(hours(Session::London, 0), (7..=16).collect::<Vec<_>>());
        assert_eq!(hours(Session::Sydney, 0), [0, 1, 2, 3, 4, 5, 6, 21, 22, 23]);
        assert_eq!(hours(Session::London, 3), (4..=13).collect::<Vec<_>>());
        let custom = Session::Custom { start_minute: 61, end_minute: 120 };
        assert_eq!(hours(custom, 0), [2]);
    }
}
