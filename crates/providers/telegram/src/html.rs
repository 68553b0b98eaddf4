//! Text that Telegram's HTML takes.

/// Longest text of a message, in UTF-16 units after the tags are read.
pub const TEXT_MAX: usize = 4_096;
/// Longest caption of a picture.
pub const CAPTION_MAX: usize = 1_024;

/// Text with the characters escaped that mean something in HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// The text without tags, entities read: what a reader sees, and what is sent when the tags are refused.
#[must_use]
pub fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let known = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\"")];
        if let Some((entity, read)) = known.iter().find(|(entity, _)| from.starts_with(entity)) {
            out.push_str(read);
            rest = from.strip_prefix(entity).unwrap_or_default();
        } else if from.starts_with('<') {
            rest = from.split_once('>').map_or("", |(_, after)| after);
        } else {
            out.push('&');
            rest = from.strip_prefix('&').unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// The length that Telegram counts.
#[must_use]
pub fn length(html: &str) -> usize {
    plain(html).encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_and_entities_are_read() {
        assert_eq!(plain("<b>a &lt; b</b> &amp;amp; <a href=\"x\">c</a>"), "a < b &amp; c");
        assert_eq!(plain("a & b"), "a & b");
        assert_eq!(length("<b>𝒳</b>"), 2);
    }

    proptest! {
        #[test]
        fn what_is_escaped_reads_back_and_holds_no_tag(text in "\\PC{0,200}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"']));
            prop_assert_eq!(plain(&escaped), text);
        }
    }
}
