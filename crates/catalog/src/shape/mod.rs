//! Making an answer smaller: chosen fields, fewer rows, a cap in characters. An answer that is wanted
//! whole and fits passes as it is, never parsed; of others only the parts that are cut are looked
//! into, as raw JSON text.

/// Fewer rows, and a cap in characters.
mod cut;
/// Chosen fields.
mod fields;
/// JSON text taken apart one level at a time.
mod raw;
/// What the caller wants to see.
mod selection;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::{ErrorCode, OpError, shorten};
pub use selection::Selection;
pub(crate) use selection::{FIELDS_MAX, LIMIT_MAX};

/// Most characters of an answer for a model: clients refuse 100,000, and an envelope comes on top.
pub const MODEL_CHARS_MAX: usize = 90_000;
/// Room kept for the note that tells what was cut, in characters.
const NOTE_CHARS: usize = 800;

/// One list that lost rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// Where it stands in the answer: `data`, `data[0].rows`; empty for the answer itself.
    pub path: String,
    /// Rows kept.
    pub kept: usize,
    /// Rows there were.
    pub of: usize,
    /// `first` rows were kept, or `last` ones where rows are in rising order of time.
    pub end: &'static str,
}

/// An answer as the caller wants to see it.
#[derive(Clone, Debug)]
pub struct Shaped {
    /// JSON text.
    pub body: Bytes,
    /// What lost rows.
    pub cuts: Vec<Cut>,
}

/// The answer with the chosen fields and rows only, and at most `max_chars` characters.
///
/// # Errors
/// `not_found` when the answer has none of the fields; `too_large` when what remains cannot be cut
/// by dropping rows.
pub fn shape(answer: Bytes, selection: &Selection, max_chars: Option<usize>) -> Result<Shaped, OpError> {
    let fits_whole = |max| fits(&answer, room(answer.trim_ascii(), &[], max));
    if selection.is_everything() && max_chars.is_none_or(fits_whole) {
        return Ok(Shaped { body: answer, cuts: Vec::new() });
    }
    let not_json = || OpError::internal("the answer is not JSON text");
    let text = std::str::from_utf8(&answer).map_err(|_| not_json())?.trim();
    let mut cuts = Vec::new();
    let chosen = if selection.fields.is_empty() {
        None
    } else {
        Some(fields::choose(text, &selection.fields).ok_or_else(|| no_such_field(text, selection))?)
    };
    let mut text = chosen.as_deref().unwrap_or(text);
    let limited = selection.limit.and_then(|limit| cut::rows(text, limit, &mut cuts));
    text = limited.as_deref().unwrap_or(text);
    let capped = match max_chars {
        Some(max) if !fits(text.as_bytes(), room(text.as_bytes(), &cuts, max)) => {
            let capped = cut::to_chars(text, max.saturating_sub(NOTE_CHARS), &mut cuts);
            Some(capped.ok_or_else(|| too_large(text, max))?)
        }
        _ => None,
    };
    let body = match (capped, limited, chosen) {
        (Some(text), ..) | (None, Some(text), _) | (None, None, Some(text)) => Bytes::from(text),
        (None, None, None) => answer,
    };
    Ok(Shaped { body, cuts })
}

impl Shaped {
    /// The body as a JSON object, as models and tools need it: any other answer becomes
    /// `{"data": …}`; what was cut is told in `truncated`.
    #[must_use]
    pub fn into_object(self) -> Bytes {
        let text = self.body.trim_ascii();
        let is_object = text.first() == Some(&b'{');
        if is_object && self.cuts.is_empty() {
            return self.body;
        }
        let note = self.note(if is_object { "" } else { "data" });
        let mut object = Vec::with_capacity(text.len() + NOTE_CHARS);
        if is_object {
            let name = if has_member(text, "truncated") { "_truncated" } else { "truncated" };
            let inner = text.strip_suffix(b"}").unwrap_or(text).trim_ascii_end();
            object.extend_from_slice(inner);
            if inner != b"{" {
                object.push(b',');
            }
            object.extend_from_slice(format!("\"{name}\":{note}").as_bytes());
        } else {
            object.extend_from_slice(b"{\"data\":");
            object.extend_from_slice(text);
            if !self.cuts.is_empty() {
                object.extend_from_slice(format!(",\"truncated\":{note}").as_bytes());
            }
        }
        object.push(b'}');
        object.into()
    }

    /// What was cut, for the caller: the first list, and the others shortly.
    fn note(&self, base: &str) -> Value {
        const OTHERS: usize = 2;
        let told = |cut: &Cut| -> Map<String, Value> {
            let joint =
                if base.is_empty() || cut.path.is_empty() || cut.path.starts_with('[') { "" } else { "." };
            let path = shorten(&format!("{base}{joint}{}", cut.path));
            let members: [(&str, Value); 4] = [
                ("path", path.into()),
                ("kept", cut.kept.into()),
                ("of", cut.of.into()),
                ("end", cut.end.into()),
            ];
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        };
        let mut cuts = self.cuts.iter();
        let mut note = cuts.next().map(told).unwrap_or_default();
        let more: Vec<Value> = cuts.take(OTHERS).map(|cut| Value::Object(told(cut))).collect();
        if !more.is_empty() {
            note.insert("more".to_owned(), Value::Array(more));
        }
        note.insert("hint".to_owned(), json!("ask for fewer rows, a shorter time, or fields="));
        Value::Object(note)
    }
}

/// What remains of `max` characters beside the note on earlier cuts and the frame of what is no object.
fn room(text: &[u8], cuts: &[Cut], max: usize) -> usize {
    const FRAME_CHARS: usize = 10;
    let frame = if text.first() == Some(&b'{') { 0 } else { FRAME_CHARS };
    let note = if cuts.is_empty() { 0 } else { NOTE_CHARS };
    max.saturating_sub(frame + note)
}

fn fits(text: &[u8], max: usize) -> bool {
    text.len() <= max || chars(text) <= max
}

/// Characters of UTF-8 text: every byte that does not continue one.
fn chars(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

fn has_member(text: &[u8], name: &str) -> bool {
    let members = std::str::from_utf8(text).ok().and_then(raw::members).unwrap_or_default();
    members.iter().any(|(known, _)| known == name)
}

fn no_such_field(text: &str, selection: &Selection) -> OpError {
    let asked = selection.fields.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(",");
    let sample = if text.starts_with('[') {
        raw::items(text).and_then(|items| items.first().copied()).unwrap_or(text)
    } else {
        text
    };
    let names: Vec<String> = raw::members(sample)
        .unwrap_or_default()
        .into_iter()
        .take(60)
        .map(|(name, _)| shorten(&name))
        .collect();
    let accepted = format!("fields of this answer: {}", names.join(", "));
    OpError {
        code: ErrorCode::NotFound,
        ..OpError::bad_argument("fields", "unknown", Some(&asked), accepted)
    }
}

fn too_large(text: &str, max: usize) -> OpError {
    let size = chars(text.as_bytes());
    OpError::too_large(format!(
        "the answer has {size} characters, {max} are allowed here; choose fields= or ask for less"
    ))
}
