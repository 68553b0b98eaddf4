//! Names that a mistyped one may have meant.

/// Up to `most` of `names` that lie within a few typing slips of `input`, nearest first; the order of
/// `names` decides between equals.
pub(super) fn nearest<'a>(input: &str, names: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let typed: Vec<char> = input.chars().collect();
    let allowed = match typed.len() {
        0 => return Vec::new(),
        1..=4 => 1,
        _ => 2,
    };
    let mut found: Vec<(usize, usize, &str)> = Vec::new();
    for (order, name) in names.enumerate() {
        let letters: Vec<char> = name.chars().collect();
        if letters.len().abs_diff(typed.len()) > allowed {
            continue;
        }
        let distance = edit_distance(&typed, &letters);
        if distance <= allowed {
            found.push((distance, order, name));
        }
    }
    found.sort_unstable();
    found.into_iter().take(most).map(|(_, _, name)| name).collect()
}

/// Slips between two words: a letter put in, left out, replaced, or two neighbours swapped.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut last_a: Option<char> = None;
    for (row, &from) in a.iter().enumerate() {
        let mut here = Vec::with_capacity(above.len());
        here.push(row + 1);
        let mut last_b: Option<char> = None;
        for (column, &to) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, column) + usize::from(from != to))
                .min(at(&above, column + 1) + 1)
                .min(at(&here, column) + 1);
            if last_a == Some(to) && last_b == Some(from) && column > 0 {
                best = best.min(at(&before, column - 1) + 1);
            }
            here.push(best);
            last_b = Some(to);
        }
        before = std::mem::replace(&mut above, here);
        last_a = Some(from);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> usize {
        edit_distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
    }

    #[test]
    fn counts_slips() {
        assert_eq!(distance("BTC", "BTC"), 0);
        assert_eq!(distance("BCT", "BTC"), 1);
        assert_eq!(distance("PEPPE", "PEPE"), 1);
        assert_eq!(distance("", "ETH"), 3);
        assert_eq!(distance("ETH", ""), 3);
        assert_eq!(distance("KITTEN", "SITTING"), 3);
    }

    #[test]
    fn offers_the_nearest_first() {
        let names = ["DOT", "DOGE", "DOGS"];
        assert_eq!(nearest("DOGEE", names.into_iter(), 2), ["DOGE", "DOGS"]);
        assert!(nearest("", names.into_iter(), 2).is_empty());
    }
}
