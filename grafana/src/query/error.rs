//! [`QueryError`]: why a text is no query.

use crate::finding::{Finding, Rule, Span};

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong, lower case and without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to write instead, where that is known.
    pub fix: Option<String>,
}

impl QueryError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, fix: None }
    }

    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// Returns the finding of a check of which this is the reason: a problem with the query shown.
    #[must_use]
    pub fn finding(&self, rule: Rule, place: impl Into<String>, text: impl Into<String>) -> Finding {
        let finding = Finding::problem(rule, place, self.message.clone()).marked(text, self.span);
        Finding { fix: self.fix.clone(), ..finding }
    }
}
