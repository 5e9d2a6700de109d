//! The languages that queries are written in: what is wrong with a query, and what it names.
//!
//! Each language has a module with `parse`, which returns a [`Query`]. Grafana's variables (`$job`, `${job:regex}`,
//! `[[job]]`, `$__rate_interval`) are allowed in all of them wherever Grafana allows them, and spans are always those of
//! the text as it was written.
//!
//! ```
//! use belvedere_grafana::query::promql;
//!
//! let query = promql::parse("sum by (route) (rate(http_requests_total{job=\"api\"}[$__rate_interval]))")?;
//! let requests = &query.names.selectors[0];
//! assert_eq!(requests.metric.as_ref().map(|metric| metric.name.as_str()), Some("http_requests_total"));
//! assert_eq!(requests.function.as_ref().map(|function| function.name.as_str()), Some("rate"));
//! assert_eq!(query.labels(), Some(vec!["route"]));
//!
//! let error = promql::parse("rate(http_requests_total[5m]) by (route)").expect_err("`rate` does not aggregate");
//! assert_eq!(error.fix.as_deref(), Some("write `sum by (route) (rate(http_requests_total[5m]))`"));
//! # Ok::<(), belvedere_grafana::query::QueryError>(())
//! ```

mod amount;
mod error;
mod flow;
mod hint;
mod lexer;
mod names;
mod operators;
mod re2;
#[cfg(test)]
mod tests;
mod variable;

pub mod logql;
pub mod math;
pub mod naming;
pub mod promql;
pub mod traceql;

pub use error::QueryError;
pub use flow::Origin;
pub use hint::Hint;
pub use names::{LabelMatcher, MatchOp, Named, Names, Selector};
pub use re2::check_regex;
pub use variable::{Variable, variables};

use flow::Flow;

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

impl Language {
    /// Parses a query of this language.
    ///
    /// # Errors
    /// Says what is wrong, and where.
    pub fn parse(self, text: &str) -> Result<Query, QueryError> {
        match self {
            Self::PromQl => promql::parse(text),
            Self::LogQl => logql::parse(text),
            Self::TraceQl => traceql::parse(text),
        }
    }
}

/// What a query returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResultKind {
    /// One number.
    Scalar,
    /// One text.
    Text,
    /// A value for each of some series: what a panel draws.
    Vector,
    /// Several samples for each of some series, such as `up[5m]`. No panel draws it over time.
    Range,
    /// Log lines.
    Logs,
    /// Spans, grouped by trace.
    Traces,
    /// A variable alone, which decides it.
    Unknown,
}

/// A query that its language accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What it returns.
    pub result: ResultKind,
    /// What it names.
    pub names: Names,
    /// What is allowed but probably not meant.
    pub hints: Vec<Hint>,
    flow: Flow,
    shown: Vec<usize>,
}

impl Query {
    /// Returns where a label of the results comes from, such as one that a legend shows.
    #[must_use]
    pub fn origin(&self, label: &str) -> Origin {
        self.flow.origin(label)
    }

    /// Returns the selectors of PromQL, by index, whose samples are part of the results as they are: not those that `rate`
    /// is taken of, that are counted, or that others are only compared or joined with.
    #[must_use]
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// Returns the labels of the results, sorted, if the query limits them, as `sum by (route)` does. Nothing is returned
    /// when the results have all labels of what is selected, or those that a variable names.
    #[must_use]
    pub fn labels(&self) -> Option<Vec<&str>> {
        self.flow.labels().map(|labels| labels.into_iter().collect())
    }
}
