//! [`Tree`]: a query with the places of its parts.

use promql_parser::parser::value::ValueType;

use crate::finding::Span;

use super::super::operators::Grouping;
use super::super::{Named, Names};

/// A query. Parts come after those that they consist of, so the last is the whole.
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node>,
    /// What is given to the crate that decides: each token, with something that parses in the place of variables.
    pub(super) plain: Vec<&'a str>,
    pub(super) names: Names,
}

pub(super) struct Node {
    pub(super) part: Part,
    pub(super) span: Span,
    /// The first token, and the first after the last one.
    pub(super) tokens: (usize, usize),
}

/// A part. Parts name others by index.
pub(super) enum Part {
    Number,
    Text(Named),
    /// A variable alone, and its token: it can be anything.
    Variable(usize),
    /// The index among the selectors of the names.
    Selector(usize),
    /// With a range behind it.
    Range {
        of: usize,
        subquery: bool,
    },
    /// With `offset` or `@` behind it.
    Moved(usize),
    Paren(usize),
    Unary(usize),
    Call {
        function: Named,
        arguments: Vec<usize>,
    },
    Aggregate(Aggregate),
    Binary(Binary),
}

pub(super) struct Aggregate {
    pub(super) operator: Named,
    pub(super) grouping: Option<Grouping>,
    pub(super) arguments: Vec<usize>,
}

pub(super) struct Binary {
    pub(super) operator: String,
    pub(super) left: usize,
    pub(super) right: usize,
    /// `on` or `ignoring`.
    pub(super) matching: Option<Grouping>,
    /// `group_left` or `group_right`.
    pub(super) group: Option<Grouping>,
}

/// What an argument has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Vector,
    Scalar,
    Range,
    Text,
}

impl Expected {
    pub(super) fn kind(self) -> ValueType {
        match self {
            Self::Vector => ValueType::Vector,
            Self::Scalar => ValueType::Scalar,
            Self::Range => ValueType::Matrix,
            Self::Text => ValueType::String,
        }
    }
}

impl Part {
    /// What this part consists of, each with what it has to be, given what the part has to be.
    pub(super) fn below(&self, expected: Expected) -> Vec<(usize, Expected)> {
        match self {
            Self::Number | Self::Text(_) | Self::Variable(_) | Self::Selector(_) => Vec::new(),
            Self::Range { of, .. } => vec![(*of, Expected::Vector)],
            Self::Moved(of) | Self::Paren(of) | Self::Unary(of) => vec![(*of, expected)],
            Self::Call { function, arguments } => {
                let place = |(at, of): (usize, &usize)| (*of, argument_of(&function.name, at));
                arguments.iter().enumerate().map(place).collect()
            }
            Self::Aggregate(Aggregate { operator, arguments, .. }) => {
                let last = arguments.len().saturating_sub(1);
                let parameter = match operator.name.to_ascii_lowercase().as_str() {
                    "count_values" => Expected::Text,
                    _ => Expected::Scalar,
                };
                let place = |(at, of): (usize, &usize)| (*of, if at == last { Expected::Vector } else { parameter });
                arguments.iter().enumerate().map(place).collect()
            }
            Self::Binary(Binary { left, right, .. }) => vec![(*left, expected), (*right, expected)],
        }
    }
}

/// What an argument of a function has to be, for a variable that stands there.
///
/// Source: <https://prometheus.io/docs/prometheus/latest/querying/functions/>.
fn argument_of(function: &str, at: usize) -> Expected {
    match (function, at) {
        ("quantile_over_time", 0)
        | ("histogram_quantile" | "vector" | "max_of" | "min_of" | "histogram_fraction", 0)
        | ("max_of" | "min_of" | "histogram_fraction", 1)
        | ("clamp" | "clamp_max" | "clamp_min" | "round" | "integral", 1..)
        | ("double_exponential_smoothing" | "holt_winters" | "predict_linear", 1..)
        | ("histogram_quantiles", 2..) => Expected::Scalar,
        ("label_join" | "label_replace" | "sort_by_label" | "sort_by_label_desc" | "histogram_quantiles", 1..) => {
            Expected::Text
        }
        (
            "rate"
            | "irate"
            | "increase"
            | "delta"
            | "idelta"
            | "deriv"
            | "changes"
            | "resets"
            | "predict_linear"
            | "double_exponential_smoothing"
            | "holt_winters"
            | "integral",
            0,
        ) => Expected::Range,
        (name, _) if name.ends_with("_over_time") => Expected::Range,
        _ => Expected::Vector,
    }
}
