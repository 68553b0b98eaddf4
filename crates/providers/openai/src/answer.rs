//! The JSON inside a model's words: without the fences and the thoughts that some models put around it.

/// The outermost JSON object in a text, if the text is one.
pub(crate) fn object(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = match text.strip_prefix("<think>") {
        Some(rest) => rest.split_once("</think>").map(|(_, said)| said)?,
        None => text,
    };
    let text = text.trim();
    let text = match text.strip_prefix("```") {
        Some(fenced) => fenced.strip_prefix("json").unwrap_or(fenced).trim().strip_suffix("```")?,
        None => text,
    };
    let text = text.trim();
    let whole = text.starts_with('{') && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    whole.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_whole_object_or_nothing() {
        let cases = [
            (r#"{"a":1}"#, Some(r#"{"a":1}"#)),
            ("  {\"a\":1}\n", Some(r#"{"a":1}"#)),
            ("```json\n{\"a\":1}\n```", Some(r#"{"a":1}"#)),
            ("```\n{\"a\":1}```", Some(r#"{"a":1}"#)),
            ("<think>{\"b\":2}</think>{\"a\":1}", Some(r#"{"a":1}"#)),
            ("<think>endless {\"a\":1}", None),
            (r#"{"a":1} and more"#, None),
            ("Sure! Here it is: {\"a\":1}", None),
            (r#"{"a":"#, None),
            ("[1]", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(object(text), expected, "{text}");
        }
    }
}
