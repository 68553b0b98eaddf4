use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::DAY_MS;
use serde_json::{Map, Value};

use super::table::{Columns, Shelf, data_file, number, stems, utc_ms};

/// Figures by day: `fear_greed/daily.csv.gz` and `social/<COIN>_lunarcrush…_1d.csv.gz`.
#[derive(Debug)]
pub(super) struct Daily {
    fear_greed: PathBuf,
    social: PathBuf,
    /// Coin and the stem of its file.
    social_stems: Vec<(String, String)>,
    index_files: Shelf<Vec<(i64, u8)>>,
    social_files: Shelf<Vec<SocialDay>>,
}

/// LunarCrush's figures of one day, under the provider's names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SocialDay {
    pub start_ms: i64,
    pub figures: Map<String, Value>,
}

/// The export's column names and the provider's.
const SOCIAL_NAMES: [(&str, &str); 10] = [
    ("postscreated", "posts_created"),
    ("postsactive", "posts_active"),
    ("contributorsactive", "contributors_active"),
    ("contributorscreated", "contributors_created"),
    ("interactions", "interactions"),
    ("socialdominance", "social_dominance"),
    ("sentiment", "sentiment"),
    ("galaxyscore", "galaxy_score"),
    ("altrank", "alt_rank"),
    ("spam", "spam"),
];

impl Daily {
    pub(super) fn discover(dir: &Path) -> Self {
        let social = dir.join("social");
        let social_stems = stems(&social)
            .into_iter()
            .filter_map(|stem| {
                let (coin, rest) = stem.split_once('_')?;
                (rest.starts_with("lunarcrush") && rest.ends_with("_1d"))
                    .then(|| (coin.to_owned(), stem.clone()))
            })
            .collect();
        Self {
            fear_greed: data_file(&dir.join("fear_greed"), "daily"),
            social,
            social_stems,
            index_files: Shelf::default(),
            social_files: Shelf::default(),
        }
    }

    pub(super) fn has_any(&self) -> bool {
        self.fear_greed.exists() || !self.social_stems.is_empty()
    }

    /// Day starts and values published before `now`, ascending. A day's value is published at its 00:00.
    pub(super) fn fear_greed(&self, now: i64) -> Vec<(i64, u8)> {
        let Some(days) = self.index_files.get(&self.fear_greed, read_index) else { return Vec::new() };
        days.get(..days.partition_point(|(start, _)| *start < now)).unwrap_or_default().to_vec()
    }

    /// Coins of which a social record is held.
    pub(super) fn social_coins(&self) -> impl Iterator<Item = &str> {
        self.social_stems.iter().map(|(coin, _)| coin.as_str())
    }

    /// The coin's days that were over before `now`, ascending; `None` when nothing is held of the coin.
    pub(super) fn social(&self, coin: &str, now: i64) -> Option<Vec<SocialDay>> {
        let (_, stem) = self.social_stems.iter().find(|(known, _)| known.eq_ignore_ascii_case(coin))?;
        let days: Arc<Vec<SocialDay>> = self.social_files.get(&data_file(&self.social, stem), read_social)?;
        let over = days.partition_point(|day| day.start_ms + DAY_MS < now);
        Some(days.get(..over).unwrap_or_default().to_vec())
    }
}

fn read_index(text: &str) -> Vec<(i64, u8)> {
    let (columns, rows) = Columns::split(text);
    let (date, value) = (columns.place("date"), columns.place("value"));
    let mut days: Vec<(i64, u8)> = rows
        .filter_map(|row| {
            let value = number(&row, value).filter(|value| (0.0..=100.0).contains(value))?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Some((utc_ms(row.get(date?)?)?, value.round() as u8))
        })
        .collect();
    days.sort_unstable_by_key(|(start, _)| *start);
    days.dedup_by_key(|(start, _)| *start);
    days
}

fn read_social(text: &str) -> Vec<SocialDay> {
    let (columns, rows) = Columns::split(text);
    let date = columns.place("date");
    let figures: Vec<(usize, &str)> = columns
        .names()
        .iter()
        .enumerate()
        .filter_map(|(place, name)| {
            let plain = name.split_once('_').map_or(*name, |(_, rest)| rest);
            let known = SOCIAL_NAMES.iter().find(|(column, wire)| *column == plain || wire == name)?;
            Some((place, known.1))
        })
        .collect();
    let mut days: Vec<SocialDay> = rows
        .filter_map(|row| {
            let start_ms = utc_ms(row.get(date?)?)?;
            let figures = figures
                .iter()
                .filter_map(|(place, name)| Some(((*name).to_owned(), plain(number(&row, Some(*place))?))))
                .collect();
            Some(SocialDay { start_ms, figures })
        })
        .collect();
    days.sort_by_key(|day| day.start_ms);
    days.dedup_by_key(|day| day.start_ms);
    days
}

/// Whole numbers as integers, as the provider writes counts.
fn plain(value: f64) -> Value {
    #[allow(clippy::cast_possible_truncation)]
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::from(value as i64) } else { Value::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn social_days_carry_only_what_the_file_holds() {
        let days =
            read_social("date,btc_postscreated,btc_socialdominance\n2022-11-08,,42.5\n2022-11-09,7.0,1\n");
        assert_eq!(days[0].figures.get("posts_created"), None);
        assert_eq!(days[0].figures.get("social_dominance"), Some(&Value::from(42.5)));
        assert_eq!(days[1].figures.get("posts_created"), Some(&Value::from(7)));
    }

    #[test]
    fn values_outside_the_scale_are_dropped() {
        assert_eq!(read_index("date,value\n2018-02-01,30\n2018-02-02,\n2018-02-03,130\n").len(), 1);
    }
}
