//! Numbers as sentences write them.

/// Dollars in three figures: `$1.23B`, `$45.6M`, `$789k`, `$12`.
pub(crate) fn usd(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = if size >= 999.5e6 {
        (value / 1e9, "B")
    } else if size >= 999.5e3 {
        (value / 1e6, "M")
    } else if size >= 1e3 {
        (value / 1e3, "k")
    } else {
        (value, "")
    };
    let decimals = if unit.is_empty() || scaled.abs() >= 100.0 {
        0
    } else if scaled.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("${scaled:.decimals$}{unit}")
}

/// A percentage that is already in percent, with its sign: `+1.20 %`.
pub(crate) fn signed_pct(percent: f64) -> String {
    format!("{:+.2} %", percent + 0.0)
}

/// Where a mid-rank stands: `above 92 % of its 30 days`.
pub(crate) fn rank(u: f64, window_days: f64) -> String {
    format!("above {:.0} % of its {window_days:.0} days", 100.0 * u)
}

/// Longest plain spelling of a price: no exponent, no trailing zeros.
pub(crate) fn price(value: f64) -> String {
    format!("{value}")
}

/// `bullish`, `slightly bearish`, `neutral`: what a strength means.
pub(crate) fn leaning(strength: f64) -> &'static str {
    match strength {
        s if s >= 0.3 => "bullish",
        s if s >= 0.05 => "slightly bullish",
        s if s > -0.05 => "neutral",
        s if s > -0.3 => "slightly bearish",
        _ => "bearish",
    }
}

/// `posts created` as a JSON key: `postsCreated`.
pub(crate) fn camel_case(words: &str) -> String {
    let mut key = String::with_capacity(words.len());
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if !key.is_empty() => key.push(first.to_ascii_uppercase()),
            Some(first) => key.push(first.to_ascii_lowercase()),
            None => {}
        }
        key.push_str(letters.as_str());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(usd(12_345_678.0), "$12.3M");
        assert_eq!(usd(1_234_567_890.0), "$1.23B");
        assert_eq!(usd(999_900.0), "$1.00M");
        assert_eq!(usd(45_300.0), "$45.3k");
        assert_eq!(usd(0.0), "$0");
        assert_eq!(signed_pct(-0.0), "+0.00 %");
        assert_eq!(rank(0.925, 30.0), "above 92 % of its 30 days");
        assert_eq!(leaning(-0.1), "slightly bearish");
        assert_eq!(camel_case("posts created"), "postsCreated");
        assert_eq!(camel_case("interactions"), "interactions");
    }
}
