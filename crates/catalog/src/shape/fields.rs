//! Chosen fields of an answer.

use std::borrow::Cow;

use super::raw;

/// Deepest nesting that is looked into; what lies below stays whole.
const DEPTH_MAX: usize = 32;

/// The answer with only these paths of it; `None` when it has none of them. Lists are passed
/// through: `data.price` chooses `price` in every item of `data`.
pub(super) fn choose(text: &str, fields: &[Vec<String>]) -> Option<String> {
    let paths: Vec<&[String]> = fields.iter().map(Vec::as_slice).collect();
    within(text, &paths, DEPTH_MAX).map(Cow::into_owned)
}

fn within<'a>(text: &'a str, paths: &[&[String]], depth: usize) -> Option<Cow<'a, str>> {
    if depth == 0 || paths.iter().any(|path| path.is_empty()) {
        return Some(Cow::Borrowed(text));
    }
    match text.trim_start().as_bytes().first() {
        Some(b'{') => in_object(text, paths, depth),
        Some(b'[') => in_array(text, paths, depth),
        _ => None,
    }
}

fn in_object<'a>(text: &'a str, paths: &[&[String]], depth: usize) -> Option<Cow<'a, str>> {
    let members = raw::members(text)?;
    let chosen: Vec<(&str, Cow<'_, str>)> = members
        .iter()
        .filter_map(|(name, value)| {
            let inner: Vec<&[String]> = paths
                .iter()
                .filter_map(|path| {
                    path.split_first().filter(|(first, _)| *first == name).map(|(_, rest)| rest)
                })
                .collect();
            if inner.is_empty() {
                return None;
            }
            within(value, &inner, depth - 1).map(|value| (name.as_str(), value))
        })
        .collect();
    if chosen.is_empty() {
        return None;
    }
    let mut out = String::new();
    raw::write_object(chosen.iter().map(|(name, value)| (*name, value.as_ref())), &mut out);
    Some(Cow::Owned(out))
}

fn in_array<'a>(text: &'a str, paths: &[&[String]], depth: usize) -> Option<Cow<'a, str>> {
    let items = raw::items(text)?;
    if items.is_empty() {
        return Some(Cow::Borrowed(text));
    }
    let chosen: Vec<Cow<'_, str>> =
        items.into_iter().filter_map(|item| within(item, paths, depth - 1)).collect();
    if chosen.is_empty() {
        return None;
    }
    let mut out = String::new();
    raw::write_array(chosen.iter().map(AsRef::as_ref), &mut out);
    Some(Cow::Owned(out))
}
