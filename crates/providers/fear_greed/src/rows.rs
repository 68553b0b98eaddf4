//! Rows as alternative.me sends them: every value is text.

use serde::Deserialize;
use upstream::lenient::Text;

/// A day of `/fng/`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DayRow<'a> {
    #[serde(borrow)]
    pub value: Text<'a>,
    #[serde(borrow)]
    pub value_classification: Text<'a>,
    /// Unix seconds.
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}
