//! A place in the list of signals.

use std::fmt;
use std::str::FromStr;

use domain::UtcMs;

use crate::StoreError;

/// The last row of a page; the next page begins after it. As text, `<milliseconds>.<id>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The row's time.
    pub timestamp: UtcMs,
    /// The row's id, which tells rows of one instant apart.
    pub id: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.timestamp.0, self.id)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let bad = || StoreError::invalid("cursor", "not a cursor that an earlier page gave");
        let (timestamp, id) = text.split_once('.').ok_or_else(bad)?;
        super::record::check_text("cursor", id)?;
        Ok(Self { timestamp: UtcMs(timestamp.parse().map_err(|_| bad())?), id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_read_back(timestamp in any::<i64>(), id in "[^\\x00]{1,100}") {
            let cursor = Cursor { timestamp: UtcMs(timestamp), id };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_an_error(text in ".*") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert!(cursor.to_string().parse::<Cursor>().is_ok());
            }
        }
    }
}
