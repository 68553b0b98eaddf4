#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

use domain::{DAY_MS, HOUR_MS, UtcMs};

use super::SimWorld;
use super::hash::{join, noise};
use super::roster::Coin;

/// LunarCrush's figures of a coin at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Social {
    pub galaxy_score: f64,
    pub alt_rank: u64,
    pub sentiment: u64,
    /// Of the bucket.
    pub posts_created: u64,
    pub posts_active: u64,
    pub contributors_created: u64,
    pub contributors_active: u64,
    pub interactions: u64,
    pub spam: u64,
    /// Percent of all that is said about coins.
    pub dominance: f64,
}

impl SimWorld {
    /// Days since 2018-02-01 with a mood of the market from 0 to 100, published before `now`.
    pub(crate) fn fear_greed(&self, now: UtcMs) -> Vec<(i64, u8)> {
        const BEGINS_MS: i64 = 1_517_443_200_000;
        let key = join(self.seed(), 0xfea6);
        let days = (now.0 - 1 - BEGINS_MS).div_euclid(DAY_MS).max(-1) + 1;
        (0..days)
            .map(|day| {
                let start = BEGINS_MS + day * DAY_MS;
                let mood = noise(key, start, 60 * DAY_MS) * 17.0
                    + noise(join(key, 1), start, 12 * DAY_MS) * 9.0
                    + noise(join(key, 2), start, 2 * DAY_MS) * 4.0;
                (start, (48.0 + mood).clamp(5.0, 95.0).round() as u8)
            })
            .collect()
    }
}

/// The figures of the bucket of `bucket_ms` that begins at `start_ms`.
pub(crate) fn social_figures(coin: &Coin, start_ms: i64, bucket_ms: i64) -> Social {
    let key = join(coin.key, 0x50c1);
    let wave = |salt, scale| noise(join(key, salt), start_ms, scale);
    let hours = bucket_ms as f64 / HOUR_MS as f64;
    // People write more by day and about coins that are traded much.
    let loud = (wave(1, 3 * DAY_MS) * 0.5 + wave(2, 5 * HOUR_MS) * 0.2).exp();
    let posts = 14_000.0 / (1.0 + coin.rank as f64).powf(0.8) * loud * hours;
    let dominance = 34.0 / (1.0 + coin.rank as f64).powf(1.1) * (wave(3, 4 * DAY_MS) * 0.15).exp();
    let count = |value: f64| value.max(0.0).round() as u64;
    Social {
        galaxy_score: (wave(4, 5 * DAY_MS).mul_add(9.0, 52.0).clamp(1.0, 99.0) * 10.0).round() / 10.0,
        alt_rank: count(wave(5, 2 * DAY_MS).mul_add(120.0, 40.0 + coin.rank as f64 * 2.0).max(1.0)),
        sentiment: count(wave(6, 30 * HOUR_MS).mul_add(6.0, 76.0).clamp(5.0, 99.0)),
        posts_created: count(posts * 0.12),
        posts_active: count(posts),
        contributors_created: count(posts * 0.06),
        contributors_active: count(posts * 0.55),
        interactions: count(posts * 480.0 * (wave(7, 9 * HOUR_MS) * 0.3).exp()),
        spam: count(posts * 0.05),
        dominance: (dominance * 1e4).round() / 1e4,
    }
}
