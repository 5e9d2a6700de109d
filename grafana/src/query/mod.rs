//! The languages that queries are written in: what is wrong with a query, and what it names.
//!
//! Each language has a module with `parse`. Grafana's variables (`$job`, `${job:regex}`, `[[job]]`, `$__rate_interval`)
//! are allowed in all of them wherever Grafana allows them, and spans are always those of the text as it was written.

pub mod logql;
pub mod naming;
pub mod promql;
pub mod traceql;

use std::fmt;

use crate::finding::Span;

/// A language that queries are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Language {
    /// That of Prometheus, and of Mimir and the managed services.
    PromQl,
    /// That of Loki.
    LogQl,
    /// That of Tempo.
    TraceQl,
}

/// Why a query is none.
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

/// A name in a query, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, without quotes. With a variable in it, it is as it was written.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

impl Named {
    /// Returns whether a variable of Grafana is part of the name, so that it is known only when somebody looks.
    #[must_use]
    pub fn has_variable(&self) -> bool {
        self.name.contains('$') || self.name.contains("[[")
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

impl fmt::Display for MatchOp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        })
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

/// What a query selects: series of Prometheus, or streams of Loki.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric of PromQL, if it is named. LogQL has none.
    pub metric: Option<Named>,
    /// What it asks of labels.
    pub matchers: Vec<LabelMatcher>,
    /// The whole selector, without its range.
    pub span: Span,
    /// The innermost function that takes the selector, such as `rate`, if there is one.
    pub function: Option<Named>,
}

/// What a query names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The selectors, in the order in which they are written.
    pub selectors: Vec<Selector>,
    /// The labels in `by`, `on`, `group_left` and the like, each with the selectors (by index) below that place.
    pub labels: Vec<(Named, Vec<usize>)>,
}
