//! [`RuleGroup`]: rules that are evaluated together.

use std::time::Duration;

use super::name::duration;
use super::rule::Rule;
use super::yaml::Yaml;
use crate::finding::{self, Finding};

/// Rules that are evaluated one after the other, at one interval.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/#rule_group).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroup {
    pub(super) name: String,
    pub(super) interval: Option<Duration>,
    pub(super) rules: Vec<Rule>,
    /// What was wrong with what the group was made of.
    pub(crate) findings: Vec<Finding>,
}

impl RuleGroup {
    /// A group without rules yet. Its name is unique in its file.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), interval: None, rules: Vec::new(), findings: Vec::new() }
    }

    /// How often the rules are evaluated. Every minute by default, or what a Prometheus of your own has as
    /// `evaluation_interval`.
    #[must_use]
    pub const fn interval(mut self, time: Duration) -> Self {
        self.interval = Some(time);
        self
    }

    /// Adds a rule. Rules see what those before them recorded.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<Rule>) -> Self {
        self.rules.push(rule.into());
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how often the rules are evaluated, where that is said.
    #[must_use]
    pub const fn evaluated_every(&self) -> Option<Duration> {
        self.interval
    }

    /// Returns the rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(super) fn check(&self) -> Vec<Finding> {
        let name = &self.name;
        let place = format!("rule group `{name}`");
        let mut findings = self.findings.clone();
        let mut problem = |message: &str| {
            findings.push(Finding::problem(finding::Rule("rule-group"), place.clone(), message));
        };
        if name.trim().is_empty() {
            problem("a rule group needs a name");
        }
        if self.rules.is_empty() {
            problem("it has no rules: add one, or leave it out");
        }
        if self.interval.is_some_and(|time| time.is_zero()) {
            problem("its interval must be more than 0 s");
        }
        findings.extend(self.rules.iter().flat_map(|rule| rule.findings(&place)));
        findings
    }

    pub(super) fn yaml(&self) -> Yaml {
        Yaml::map()
            .with("name", self.name.clone())
            .with_some("interval", self.interval.map(duration))
            .with("rules", Yaml::List(self.rules.iter().map(Rule::yaml).collect()))
    }
}
