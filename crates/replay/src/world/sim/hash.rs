//! Numbers out of keys: the same key gives the same number, on every machine and in any order.

/// A well-mixed word (SplitMix64's finaliser).
pub(crate) const fn mix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A key out of two.
pub(crate) const fn join(a: u64, b: u64) -> u64 {
    mix(a ^ mix(b).rotate_left(17))
}

/// A key out of a key and an instant.
pub(crate) const fn at(key: u64, instant: i64) -> u64 {
    join(key, instant.cast_unsigned())
}

/// 0 up to, not including, 1.
pub(crate) const fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// About normally distributed, mean 0, deviation 1, within ±3.5.
pub(crate) const fn gauss(word: u64) -> f64 {
    let low = (word & 0xffff) as f64 + ((word >> 16) & 0xffff) as f64;
    let high = ((word >> 32) & 0xffff) as f64 + (word >> 48) as f64;
    let sum = low + high;
    (sum / 65_535.0 - 2.0) * 1.732_050_8
}

/// Smooth noise: normal values on a lattice of `scale` milliseconds, joined by an S-curve.
pub(crate) fn noise(key: u64, instant: i64, scale: i64) -> f64 {
    let scale = scale.max(1);
    let cell = instant.div_euclid(scale);
    let part = instant.rem_euclid(scale) as f64 / scale as f64;
    let ease = part * part * (3.0 - 2.0 * part);
    let (a, b) = (gauss(at(key, cell)), gauss(at(key, cell + 1)));
    a + (b - a) * ease
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_their_mean_and_deviation() {
        let n = 20_000_u32;
        let values: Vec<f64> = (0..n).map(|i| gauss(mix(u64::from(i)))).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn noise_is_smooth() {
        let step = (0..1_000).map(|i| (noise(7, i * 10, 10_000) - noise(7, (i + 1) * 10, 10_000)).abs());
        assert!(step.fold(0.0, f64::max) < 0.02);
    }
}
