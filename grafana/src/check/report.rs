//! [`Report`]: what is found, and against what.

use crate::finding::{Finding, Rule, Severity};

use super::context::Context;
use super::metrics::Metrics;

/// The range of a panel: as wide as a rate needs.
pub(super) const OF_PANELS: &str = "$__rate_interval";
/// The range of a rule, which Grafana's variables are not replaced in.
pub(super) const OF_RULES: &str = "5m";

pub(super) struct Report<'a> {
    pub(super) context: &'a Context,
    pub(super) metrics: &'a Metrics,
    pub(super) findings: Vec<Finding>,
    /// Whether a query asked for metrics or streams that no program is declared for.
    pub(super) unchecked: bool,
    /// The range that a fix proposes: panels have one of their own, rules have not.
    pub(super) range: &'static str,
}

impl<'a> Report<'a> {
    pub(super) const fn new(context: &'a Context, metrics: &'a Metrics) -> Self {
        Self { context, metrics, findings: Vec::new(), unchecked: false, range: OF_PANELS }
    }

    pub(super) fn problem(&mut self, rule: Rule, place: &str, message: impl Into<String>) -> &mut Finding {
        self.put(Severity::Problem, rule, place, message.into())
    }

    pub(super) fn warn(&mut self, rule: Rule, place: &str, message: impl Into<String>) -> &mut Finding {
        self.put(Severity::Warning, rule, place, message.into())
    }

    /// Takes back what a rule found since there were so many findings.
    pub(super) fn withdraw(&mut self, since: usize, rule: Rule) {
        let mut index = 0;
        self.findings.retain(|finding| {
            index += 1;
            index <= since || finding.rule != rule
        });
    }

    fn put(&mut self, severity: Severity, rule: Rule, place: &str, message: String) -> &mut Finding {
        self.findings.push(Finding { severity, ..Finding::problem(rule, place, message) });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}
