//! [`Tree`]: a query with the places of its parts.

use crate::finding::Span;

use super::super::operators::Grouping;
use super::super::{Named, Names};

/// A query. Parts come after those that they consist of, so the last is the whole.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) names: Names,
    /// The ranges, steps and offsets.
    pub(super) durations: Vec<Span>,
    /// What only some servers can do, beside functions: where, what, and the feature of Prometheus that brings it.
    pub(super) experimental: Vec<(Span, &'static str, &'static str)>,
}

pub(super) struct Node {
    pub(super) part: Part,
    pub(super) span: Span,
}

/// A part. Parts name others by index.
pub(super) enum Part {
    Number,
    Text(Named),
    /// A variable alone: it can be anything.
    Variable,
    /// The index among the selectors of the names.
    Selector(usize),
    /// With a range behind it.
    Range {
        of: usize,
        subquery: bool,
    },
    /// With something behind it that says when.
    Moved {
        of: usize,
        by: Move,
    },
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
    pub(super) returns_bool: bool,
    pub(super) fills: bool,
    /// `on` or `ignoring`.
    pub(super) matching: Option<Grouping>,
    /// `group_left` or `group_right`.
    pub(super) group: Option<Grouping>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Offset,
    At,
    /// `anchored` or `smoothed`.
    Extended,
    /// What a variable holds.
    Variable,
}
