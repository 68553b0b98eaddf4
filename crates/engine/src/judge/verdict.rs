//! What a judge says of a signal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the judge says of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VerdictKind {
    /// Take it.
    Confirm,
    /// Take less of it.
    Downsize,
    /// Leave it.
    Skip,
    /// Not now.
    Wait,
}

impl VerdictKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Confirm, Self::Downsize, Self::Skip, Self::Wait];

    /// `CONFIRM`, `DOWNSIZE`, `SKIP`, `WAIT`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "CONFIRM",
            Self::Downsize => "DOWNSIZE",
            Self::Skip => "SKIP",
            Self::Wait => "WAIT",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VerdictKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is not a verdict; one of CONFIRM, DOWNSIZE, SKIP, WAIT"))
    }
}

/// How much risk the judge allows, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RiskMode {
    /// None.
    Avoid,
    /// Less than usual.
    Reduced,
    /// The usual.
    Normal,
    /// More than usual.
    Aggressive,
}

impl RiskMode {
    /// Every mode, least first.
    pub const ALL: [Self; 4] = [Self::Avoid, Self::Reduced, Self::Normal, Self::Aggressive];

    /// `AVOID`, `REDUCED`, `NORMAL`, `AGGRESSIVE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avoid => "AVOID",
            Self::Reduced => "REDUCED",
            Self::Normal => "NORMAL",
            Self::Aggressive => "AGGRESSIVE",
        }
    }
}

impl fmt::Display for RiskMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RiskMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is not a risk mode; one of NORMAL, REDUCED, AVOID, AGGRESSIVE"))
    }
}

/// A conflict and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Objection {
    /// Points against the position.
    pub points: u32,
    /// One phrase with the figures.
    pub reason: String,
}

/// A judgement. `risk_multiplier` is 0 exactly for SKIP and WAIT; SKIP and AVOID go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What to do with the signal.
    pub verdict: VerdictKind,
    /// How much risk.
    pub risk_mode: RiskMode,
    /// Share of the usual risk, 0.0 to 1.5.
    pub risk_multiplier: f64,
    /// 0 to 100: see [`judge`].
    pub confidence: u8,
    /// One or two sentences.
    pub summary: String,
    /// What speaks for the position.
    pub agreements: Vec<String>,
    /// What speaks against it.
    pub conflicts: Vec<String>,
    /// The conflicts with their points, as the rules counted them.
    pub objections: Vec<Objection>,
}

impl Verdict {
    /// The sum of the points.
    #[must_use]
    pub fn total_points(&self) -> u32 {
        self.objections.iter().map(|objection| objection.points).sum()
    }
}
