//! The documents made from the operations; each is a method of [`Directory`](crate::Directory).

/// Help and arguments of the command line.
mod cli;
/// The schemas that a GPT imports.
mod gpt;
/// What a GPT's importer accepts, as a check.
mod gpt_limits;
/// One call for all operations, as a GPT imports it.
mod invoke;
/// The catalogue for callers: JSON and Markdown.
mod listing;
/// Tools of the Model Context Protocol.
mod mcp;
/// OpenAPI 3.1.
mod openapi;
/// JSON Schemas moved, joined and made plain.
mod schema;

pub use cli::parse_cli_args;
pub use gpt_limits::{Violation, check_gpt};
pub use mcp::{Tool, ToolAnnotations};
pub use openapi::{Access, Info};

/// A document as committed: indented, with a newline at the end.
#[must_use]
pub fn pretty(document: &serde_json::Value) -> String {
    format!("{document:#}\n")
}

/// The start of a text, at most `most` characters, cut at a word.
fn cut_at_word(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    let whole = head.rfind(char::is_whitespace).and_then(|end| head.get(..end)).unwrap_or(&head);
    format!("{}…", whole.trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_at_a_word() {
        assert_eq!(cut_at_word("short", 10), "short");
        assert_eq!(cut_at_word("one two, three", 12), "one two…");
        assert!(cut_at_word(&"é".repeat(50), 10).chars().count() <= 10);
    }
}
