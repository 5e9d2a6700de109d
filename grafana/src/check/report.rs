//! [`Report`]: what is found, and against what.

use crate::finding::{Finding, Rule, Severity};

use super::context::Context;
use super::metrics::Metrics;

pub(super) struct Report<'a> {
    pub(super) context: &'a Context,
    pub(super) metrics: &'a Metrics,
    pub(super) findings: Vec<Finding>,
    /// Whether a query asked for metrics or streams that no program is declared for.
    pub(super) unchecked: bool,
}

impl<'a> Report<'a> {
    pub(super) const fn new(context: &'a Context, metrics: &'a Metrics) -> Self {
        Self { context, metrics, findings: Vec::new(), unchecked: false }
    }

    pub(super) fn problem(&mut self, rule: Rule, place: &str, message: impl Into<String>) -> &mut Finding {
        self.put(Severity::Problem, rule, place, message.into())
    }

    pub(super) fn warn(&mut self, rule: Rule, place: &str, message: impl Into<String>) -> &mut Finding {
        self.put(Severity::Warning, rule, place, message.into())
    }

    fn put(&mut self, severity: Severity, rule: Rule, place: &str, message: String) -> &mut Finding {
        self.findings.push(Finding { severity, ..Finding::problem(rule, place, message) });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}
