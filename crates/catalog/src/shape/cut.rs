//! Fewer rows of an answer, by count or by characters.

use std::borrow::Cow;

use super::{Cut, chars, raw};

/// Deepest nesting that is cut.
const DEPTH_MAX: usize = 32;
/// Names under which rows carry their time.
const TIME_NAMES: [&str; 13] = [
    "time",
    "timestamp",
    "t",
    "ts",
    "T",
    "openTime",
    "open_time",
    "createTime",
    "date",
    "asOf",
    "start_time",
    "fundingTime",
    "time_period_start",
];

/// The answer with at most `limit` rows in its list: the answer itself, or the largest list right
/// inside it. `None` when nothing had to go.
pub(super) fn rows(text: &str, limit: usize, cuts: &mut Vec<Cut>) -> Option<String> {
    if text.starts_with('[') {
        let items = raw::items(text).filter(|items| items.len() > limit)?;
        return Some(keep(&items, limit, String::new(), cuts));
    }
    let members = raw::members(text)?;
    let lists = members.iter().filter(|(_, value)| value.starts_with('['));
    let (name, list) = lists.max_by_key(|(_, value)| value.len())?;
    let items = raw::items(list).filter(|items| items.len() > limit)?;
    let shorter = keep(&items, limit, name.clone(), cuts);
    let mut out = String::new();
    let renewed = members.iter().map(|(known, value)| {
        if known == name { (known.as_str(), shorter.as_str()) } else { (known.as_str(), *value) }
    });
    raw::write_object(renewed, &mut out);
    Some(out)
}

/// The answer cut to `max` characters by dropping rows of its largest lists; `None` when that cannot
/// be done.
pub(super) fn to_chars(text: &str, max: usize, cuts: &mut Vec<Cut>) -> Option<String> {
    fit(text, max, "", DEPTH_MAX, cuts).map(Cow::into_owned)
}

fn fit<'a>(text: &'a str, max: usize, path: &str, depth: usize, cuts: &mut Vec<Cut>) -> Option<Cow<'a, str>> {
    if chars(text.as_bytes()) <= max {
        return Some(Cow::Borrowed(text));
    }
    let depth = depth.checked_sub(1)?;
    match text.as_bytes().first() {
        Some(b'{') => fit_object(text, max, path, depth, cuts),
        Some(b'[') => fit_array(text, max, path, depth, cuts),
        _ => None,
    }
    .map(Cow::Owned)
}

/// Plain members stay; lists and objects share what room is left, the small ones whole.
fn fit_object(text: &str, max: usize, path: &str, depth: usize, cuts: &mut Vec<Cut>) -> Option<String> {
    let members = raw::members(text)?;
    let mut fixed = 2;
    let mut flexible = Vec::new();
    for (name, value) in &members {
        fixed += chars(raw::quoted(name).as_bytes()) + 2;
        let size = chars(value.as_bytes());
        if value.starts_with(['{', '[']) {
            flexible.push(size);
        } else {
            fixed += size;
        }
    }
    let level = water_level(&mut flexible, max.checked_sub(fixed)?);
    let mut kept = Vec::with_capacity(members.len());
    for (name, value) in &members {
        let joint = if path.is_empty() { "" } else { "." };
        let value = if value.starts_with(['{', '[']) {
            fit(value, level, &format!("{path}{joint}{name}"), depth, cuts)?
        } else {
            Cow::Borrowed(*value)
        };
        kept.push((name.as_str(), value));
    }
    let mut out = String::with_capacity(max);
    raw::write_object(kept.iter().map(|(name, value)| (*name, value.as_ref())), &mut out);
    Some(out)
}

/// The height to which each of `sizes` is cut so that together they take `room`.
fn water_level(sizes: &mut [usize], room: usize) -> usize {
    sizes.sort_unstable();
    let mut room = room;
    for (index, &size) in sizes.iter().enumerate() {
        let share = room / (sizes.len() - index);
        if size > share {
            return share;
        }
        room -= size;
    }
    usize::MAX
}

/// As many whole rows as there is room for; of a first row that is too large alone, its own cut.
fn fit_array(text: &str, max: usize, path: &str, depth: usize, cuts: &mut Vec<Cut>) -> Option<String> {
    let items = raw::items(text)?;
    let newest_last = rises_in_time(&items);
    let mut room = max.checked_sub(2)?;
    let mut count = 0;
    let mut fits_one_more = |item: &&&str| {
        let size = chars(item.as_bytes()) + 1;
        let fits = size <= room;
        room = room.saturating_sub(size);
        count += usize::from(fits);
        fits
    };
    if newest_last {
        items.iter().rev().take_while(&mut fits_one_more).for_each(drop);
    } else {
        items.iter().take_while(&mut fits_one_more).for_each(drop);
    }
    if count > 0 {
        return Some(keep(&items, count, path.to_owned(), cuts));
    }
    let (end, index, item) = if newest_last {
        ("last", items.len().saturating_sub(1), items.last()?)
    } else {
        ("first", 0, items.first()?)
    };
    cuts.push(Cut { path: path.to_owned(), kept: 1, of: items.len(), end });
    let inner = fit(item, max - 2, &format!("{path}[{index}]"), depth, cuts)?;
    Some(format!("[{inner}]"))
}

/// `count` rows of the list, the newest ones where they are in rising order of time.
fn keep(items: &[&str], count: usize, path: String, cuts: &mut Vec<Cut>) -> String {
    let newest_last = rises_in_time(items);
    let skipped = if newest_last { items.len().saturating_sub(count) } else { 0 };
    let kept: Vec<&str> = items.iter().copied().skip(skipped).take(count).collect();
    let end = if newest_last { "last" } else { "first" };
    cuts.push(Cut { path, kept: kept.len(), of: items.len(), end });
    let mut out = String::new();
    raw::write_array(kept, &mut out);
    out
}

/// Whether rows carry a time and the last is later than the first.
fn rises_in_time(items: &[&str]) -> bool {
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return false };
    match (time_of(first), time_of(last)) {
        (Some(Time::Number(first)), Some(Time::Number(last))) => last > first,
        (Some(Time::Text(first)), Some(Time::Text(last))) => last > first,
        _ => false,
    }
}

enum Time {
    Number(f64),
    Text(String),
}

fn time_of(row: &str) -> Option<Time> {
    let cell = if row.starts_with('[') {
        raw::items(row)?.first().copied()?
    } else {
        let members = raw::members(row)?;
        let found = TIME_NAMES.iter().find_map(|name| members.iter().find(|(known, _)| known == name));
        found.map(|(_, value)| *value)?
    };
    let bare = cell.trim_matches('"');
    if let Ok(number) = bare.parse::<f64>() {
        // Smaller numbers are ranks or prices, not seconds since 1970.
        return (number > 1e9).then_some(Time::Number(number));
    }
    let is_date = bare.len() >= 10
        && bare.as_bytes().get(4) == Some(&b'-')
        && bare.starts_with(|c: char| c.is_ascii_digit());
    is_date.then(|| Time::Text(bare.to_owned()))
}
