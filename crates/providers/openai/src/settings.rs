//! How the server is to be asked.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

/// Which of the two APIs is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// Chat Completions: every compatible server has it.
    #[default]
    Chat,
    /// Responses: OpenAI, Azure and some others.
    Responses,
}

impl Api {
    /// `chat` or `responses`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Api {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Chat, Self::Responses]
            .into_iter()
            .find(|api| api.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is not an API; one of chat, responses"))
    }
}

/// How the shape of the answer is asked for. Whatever is asked for, the shape is checked afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structured {
    /// A strict JSON schema that the server enforces.
    #[default]
    JsonSchema,
    /// Some JSON; the schema stands in the instructions.
    JsonObject,
    /// The instructions alone.
    Prompt,
}

/// The header of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthHeader {
    /// `Authorization: Bearer …`.
    #[default]
    Authorization,
    /// `api-key: …` (Azure).
    ApiKey,
}

/// How a model is asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// Name of the model, as the server knows it.
    pub model: String,
    /// Which API.
    pub api: Api,
    /// How the shape of the answer is asked for.
    pub structured: Structured,
    /// Most tokens of an answer, reasoning included.
    pub max_output_tokens: u32,
    /// Sent only when set: models that reason refuse it.
    pub temperature: Option<f64>,
    /// Sent only when set: none, minimal, low, medium, high, xhigh, max.
    pub reasoning_effort: Option<String>,
    /// Sent only when set: low, medium, high.
    pub verbosity: Option<String>,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            model: "gpt-6-luna".to_owned(),
            api: Api::Chat,
            structured: Structured::JsonSchema,
            max_output_tokens: 2_000,
            temperature: None,
            reasoning_effort: None,
            verbosity: None,
        }
    }
}

/// A question whose answer is one JSON object.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Name of the schema: 1 to 64 of `[A-Za-z0-9_-]`.
    pub name: &'a str,
    /// The schema, within the rules of strict mode.
    pub schema: &'a Value,
    /// What the model has to do.
    pub rules: &'a str,
    /// What it has to do it with.
    pub data: &'a str,
}
