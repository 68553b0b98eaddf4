//! Answers as servers send them, and what is usable of them.

use domain::{ErrorKind, ProviderError};
use serde::Deserialize;

use crate::answer;
use crate::settings::Api;
use crate::wire::error;

/// What a model said.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The model that answered, as the server names it.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
    /// One JSON object as text, or why there is none.
    pub said: Result<String, Unusable>,
}

/// Tokens of a call; none where the server did not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the question.
    pub input_tokens: u64,
    /// Of the answer, reasoning included.
    pub output_tokens: u64,
}

impl Usage {
    /// Both.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

/// Why an answer that arrived is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The model refused.
    #[error("the model refused to answer")]
    Refused,
    /// It ran out of tokens.
    #[error("the answer was cut off by the limit of tokens")]
    Truncated,
    /// The server's content filter stepped in.
    #[error("the server's content filter withheld the answer")]
    Filtered,
    /// It ended in another way than by being finished.
    #[error("the answer was not finished")]
    Unfinished,
    /// It said nothing.
    #[error("the answer is empty")]
    Empty,
    /// It is not one JSON object.
    #[error("the answer is not one JSON object")]
    NotJson,
}

#[derive(Deserialize)]
struct ChatAnswer {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    message: Option<ChatMessage>,
}

#[derive(Deserialize)]
struct ChatMessage {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

/// Both APIs' names for the counts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    #[serde(alias = "input_tokens")]
    prompt_tokens: Option<u64>,
    #[serde(alias = "output_tokens")]
    completion_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct ResponsesAnswer {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    incomplete_details: Option<Incomplete>,
    #[serde(default)]
    output: Vec<Item>,
    #[serde(default)]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Incomplete {
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    content: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
}

/// Reads an answer.
///
/// # Errors
/// `Malformed` when it is not an answer of this API.
pub fn read(api: Api, body: &[u8]) -> Result<Reply, ProviderError> {
    match api {
        Api::Chat => read_as(body).map(chat),
        Api::Responses => read_as(body).map(responses),
    }
}

fn read_as<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(body).map_err(|fault| {
        error(ErrorKind::Malformed, format!("the model server's answer cannot be read: {fault}"))
    })
}

fn reply(model: Option<String>, usage: Option<Counts>, said: Result<String, Unusable>) -> Reply {
    let counts = usage.unwrap_or_default();
    let usage = Usage {
        input_tokens: counts.prompt_tokens.unwrap_or_default(),
        output_tokens: counts.completion_tokens.unwrap_or_default(),
    };
    Reply { model: model.unwrap_or_default(), usage, said }
}

/// Words as one JSON object.
fn as_object(text: &str) -> Result<String, Unusable> {
    if text.trim().is_empty() {
        return Err(Unusable::Empty);
    }
    answer::object(text).map(str::to_owned).ok_or(Unusable::NotJson)
}

fn chat(answer: ChatAnswer) -> Reply {
    let said = match answer.choices.into_iter().next() {
        None => Err(Unusable::Empty),
        Some(choice) => chosen(choice),
    };
    reply(answer.model, answer.usage, said)
}

fn chosen(choice: Choice) -> Result<String, Unusable> {
    let message = choice.message.ok_or(Unusable::Empty)?;
    if message.refusal.is_some_and(|words| !words.is_empty()) {
        return Err(Unusable::Refused);
    }
    match choice.finish_reason.as_deref() {
        Some("stop") => as_object(&message.content.unwrap_or_default()),
        Some("length") => Err(Unusable::Truncated),
        Some("content_filter") => Err(Unusable::Filtered),
        _ => Err(Unusable::Unfinished),
    }
}

fn responses(answer: ResponsesAnswer) -> Reply {
    let parts = || {
        answer
            .output
            .iter()
            .filter(|item| item.kind == "message")
            .flat_map(|item| item.content.iter().flatten())
    };
    let said = if parts().any(|part| part.kind == "refusal") {
        Err(Unusable::Refused)
    } else {
        match answer.status.as_deref() {
            Some("completed") => {
                let text: String = parts()
                    .filter(|part| part.kind == "output_text")
                    .filter_map(|part| part.text.as_deref())
                    .collect();
                as_object(&text)
            }
            Some("incomplete") => {
                let reason = answer.incomplete_details.as_ref().and_then(|details| details.reason.as_deref());
                Err(if reason == Some("content_filter") { Unusable::Filtered } else { Unusable::Truncated })
            }
            _ => Err(Unusable::Unfinished),
        }
    };
    reply(answer.model, answer.usage, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(api: Api, body: &str) -> Result<String, Unusable> {
        read(api, body.as_bytes()).unwrap().said
    }

    fn choice(finish: &str, message: &str) -> String {
        format!(r#"{{"choices":[{{"finish_reason":{finish},"message":{message}}}]}}"#)
    }

    #[test]
    fn chat_gives_an_object_or_the_reason() {
        let cases = [
            (choice(r#""stop""#, r#"{"content":"{\"a\":1}","refusal":null}"#), Ok(r#"{"a":1}"#.to_owned())),
            (choice(r#""stop""#, r#"{"content":null,"refusal":"no"}"#), Err(Unusable::Refused)),
            (choice(r#""length""#, r#"{"content":"{\""}"#), Err(Unusable::Truncated)),
            (choice(r#""content_filter""#, "{}"), Err(Unusable::Filtered)),
            (choice(r#""tool_calls""#, r#"{"content":null}"#), Err(Unusable::Unfinished)),
            (choice("null", r#"{"content":"{}"}"#), Err(Unusable::Unfinished)),
            (choice(r#""stop""#, r#"{"content":"I think so"}"#), Err(Unusable::NotJson)),
            (choice(r#""stop""#, r#"{"content":""}"#), Err(Unusable::Empty)),
            (r#"{"choices":[]}"#.to_owned(), Err(Unusable::Empty)),
        ];
        for (body, expected) in cases {
            assert_eq!(said(Api::Chat, &body), expected, "{body}");
        }
        assert!(read(Api::Chat, b"7").is_err());
    }

    #[test]
    fn responses_give_an_object_or_the_reason() {
        let answer = |status: &str, output: &str| format!(r#"{{"status":"{status}","output":{output}}}"#);
        let message = r#"[{"type":"reasoning","summary":[]},{"type":"message","content":[
            {"type":"output_text","text":"{\"a\""},{"type":"output_text","text":":1}"}]}]"#;
        let refusal = r#"[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]"#;
        assert_eq!(said(Api::Responses, &answer("completed", message)), Ok(r#"{"a":1}"#.to_owned()));
        assert_eq!(said(Api::Responses, &answer("completed", refusal)), Err(Unusable::Refused));
        assert_eq!(said(Api::Responses, &answer("incomplete", message)), Err(Unusable::Truncated));
        assert_eq!(said(Api::Responses, &answer("queued", "[]")), Err(Unusable::Unfinished));
        assert_eq!(said(Api::Responses, &answer("completed", "[]")), Err(Unusable::Empty));
    }
}
