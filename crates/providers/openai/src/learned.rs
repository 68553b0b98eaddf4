//! What the server was found not to take: learned from its refusals, kept as long as the program runs.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Names of fields that the server refused. Shared between the one who reads refusals and the one who
/// writes questions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned(Arc<Mutex<BTreeSet<String>>>);

/// More than any server can name of what is sent here.
const MOST: usize = 32;

impl Learned {
    /// The server does not take this field.
    pub fn refuse(&self, field: &str) {
        let mut fields = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if fields.len() < MOST && field.len() <= 64 {
            fields.insert(field.to_owned());
        }
    }

    /// Whether the server refused a field, or one below it.
    pub fn refuses(&self, field: &str) -> bool {
        let fields = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fields.iter().any(|known| {
            known == field || known.strip_prefix(field).is_some_and(|rest| rest.starts_with(['.', '[']))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_refused_with_what_lies_below_it_only() {
        let learned = Learned::default();
        learned.refuse("messages[0].role");
        learned.refuse("text.format");
        assert!(learned.refuses("messages") && learned.refuses("text.format") && learned.refuses("text"));
        assert!(!learned.refuses("text.verbosity") && !learned.refuses("message"));
        for number in 0..100 {
            learned.refuse(&number.to_string());
        }
        assert!(learned.refuses("1") && !learned.refuses("99"));
    }
}
