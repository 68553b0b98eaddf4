//! Names similar to a mistyped one.

/// At most `most` of `names` that resemble `wanted`, best first.
pub fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<String> {
    const LONGEST: usize = 80;
    let wanted: Vec<char> = folded(wanted).take(LONGEST).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let candidate: Vec<char> = folded(name).take(LONGEST).collect();
            resemblance(&wanted, &candidate).map(|rank| (rank, name))
        })
        .collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().take(most).map(|(_, name)| name.to_owned()).collect()
}

/// Case and the separators `-`, `_`, `.`, space do not matter for resemblance.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(|c| if matches!(c, '-' | '.' | ' ' | '/') { '_' } else { c.to_ascii_lowercase() })
}

/// Lower is closer; `None` when there is no resemblance worth naming.
fn resemblance(wanted: &[char], candidate: &[char]) -> Option<usize> {
    let distance = edit_distance(wanted, candidate);
    let allowed = (wanted.len().max(candidate.len()) / 3).max(1);
    if distance <= allowed {
        return Some(distance);
    }
    // "funding" for "funding_rate", or the words in another order.
    let contained = wanted.len() >= 3 && contains(candidate, wanted)
        || candidate.len() >= 3 && contains(wanted, candidate);
    if contained || same_words(wanted, candidate) {
        return Some(allowed + wanted.len().abs_diff(candidate.len()));
    }
    None
}

fn contains(long: &[char], short: &[char]) -> bool {
    long.windows(short.len()).any(|window| window == short)
}

fn same_words(a: &[char], b: &[char]) -> bool {
    let words = |text: &[char]| {
        let mut words: Vec<String> = text
            .split(|&c| c == '_')
            .filter(|word| !word.is_empty())
            .map(|word| word.iter().collect())
            .collect();
        words.sort_unstable();
        words
    };
    let (a, b) = (words(a), words(b));
    a.len() > 1 && a == b
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_a = None;
    for (row, &ca) in a.iter().enumerate() {
        let mut current = Vec::with_capacity(b.len() + 1);
        current.push(row + 1);
        let mut previous_b = None;
        for (column, &cb) in b.iter().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&last, column) + usize::from(ca != cb))
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            if previous_a == Some(cb) && previous_b == Some(ca) && column > 0 {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
            previous_b = Some(cb);
        }
        previous_a = Some(ca);
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["signals.get", "signals.debug", "market.get", "smart_money.scan_auto", "mss.scan"];
        assert_eq!(near("signal.get", names, 3)[0], "signals.get");
        assert_eq!(near("get_signals", names, 3), ["signals.get"]);
        assert_eq!(near("SIGNALS_GET", names, 1), ["signals.get"]);
        assert_eq!(near("smart_money.scan", names, 2)[0], "smart_money.scan_auto");
        assert!(near("zzzzzz", names, 3).is_empty());
        assert!(near("", names, 3).is_empty());
    }

    #[test]
    fn neighbours_swapped_count_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(edit_distance(&chars("limit"), &chars("limti")), 1);
        assert_eq!(edit_distance(&chars(""), &chars("abc")), 3);
        assert_eq!(edit_distance(&chars("kitten"), &chars("sitting")), 3);
    }
}
