//! How far from neutral a score must be to act on it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The caller's appetite. Also written 1, 2, 3.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "ModeText", into = "String")]
#[schemars(inline, with = "ModeSchema")]
pub enum Mode {
    /// Widest distance from 50.
    Conservative,
    /// The default.
    #[default]
    Aggressive,
    /// Least distance from 50.
    Ultra,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is used")]
enum ModeSchema {
    Conservative,
    Aggressive,
    Ultra,
    #[serde(rename = "1")]
    One,
    #[serde(rename = "2")]
    Two,
    #[serde(rename = "3")]
    Three,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ModeText {
    Text(String),
    Number(u8),
}

impl TryFrom<ModeText> for Mode {
    type Error = BadMode;

    fn try_from(text: ModeText) -> Result<Self, BadMode> {
        match text {
            ModeText::Text(text) => text.parse(),
            ModeText::Number(number) => number.to_string().parse(),
        }
    }
}

impl From<Mode> for String {
    fn from(mode: Mode) -> Self {
        mode.as_str().to_owned()
    }
}

impl Mode {
    /// Every mode, widest first.
    pub const ALL: [Self; 3] = [Self::Conservative, Self::Aggressive, Self::Ultra];

    /// `conservative`, `aggressive`, `ultra`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conservative => "conservative",
            Self::Aggressive => "aggressive",
            Self::Ultra => "ultra",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a mode; one of conservative (1), aggressive (2), ultra (3)")]
pub struct BadMode(pub String);

impl FromStr for Mode {
    type Err = BadMode;

    fn from_str(text: &str) -> Result<Self, BadMode> {
        match text.trim().to_ascii_lowercase().as_str() {
            "conservative" | "1" => Ok(Self::Conservative),
            "aggressive" | "2" => Ok(Self::Aggressive),
            "ultra" | "3" => Ok(Self::Ultra),
            _ => Err(BadMode(text.chars().take(32).collect())),
        }
    }
}
