//! [`Names`]: what a query names.

use std::fmt;

use crate::finding::Span;

use super::lexer::{Kind, Token, unquoted};

/// A name in a query, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, without quotes. With a variable in it, it is as it was written.
    pub name: String,
    /// Where it is written, without quotes.
    pub span: Span,
}

impl Named {
    /// Returns whether a variable of Grafana is part of the name, so that it is known only when somebody looks.
    #[must_use]
    pub fn has_variable(&self) -> bool {
        !super::variables(&self.name).is_empty()
    }

    pub(super) fn of(token: &Token<'_>) -> Self {
        if token.kind == Kind::Text {
            let span = Span::new(token.span.start + 1, token.span.end - 1);
            return Self { name: unquoted(token.text), span };
        }
        Self { name: token.text.to_owned(), span: token.span }
    }
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Matches,
    /// `!~`
    NotMatches,
}

impl MatchOp {
    pub(super) fn of(sign: &str) -> Option<Self> {
        [Self::Equal, Self::NotEqual, Self::Matches, Self::NotMatches].into_iter().find(|op| op.sign() == sign)
    }

    /// As it is written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        }
    }

    /// Returns whether the value is a regular expression.
    #[must_use]
    pub const fn is_regex(self) -> bool {
        matches!(self, Self::Matches | Self::NotMatches)
    }
}

impl fmt::Display for MatchOp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sign())
    }
}

/// What a selector asks of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMatcher {
    /// The label.
    pub label: Named,
    /// The comparison.
    pub op: MatchOp,
    /// What it is compared with.
    pub value: Named,
}

/// What a query selects: series of Prometheus, streams of Loki, or spans of Tempo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric of PromQL, if it is named, also by `__name__="…"`. The other languages have none.
    pub metric: Option<Named>,
    /// What it asks of labels, or of attributes.
    pub matchers: Vec<LabelMatcher>,
    /// The whole selector, without its range.
    pub span: Span,
    /// The innermost function that takes the selector, such as `rate`, if there is one. Aggregations are none.
    pub function: Option<Named>,
}

/// What a query names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The selectors, in the order in which they are written.
    pub selectors: Vec<Selector>,
    /// The labels in `by`, `on`, `group_left`, `label_replace` and the like, each with the selectors (by index) that have
    /// to have it. A label that the query itself makes has none.
    ///
    /// With LogQL these are also the labels of filters behind parsers, and with TraceQL all attributes and intrinsics as
    /// they are written (`resource.service.name`), those of selectors among them.
    pub labels: Vec<(Named, Vec<usize>)>,
}
