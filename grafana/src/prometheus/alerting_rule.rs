//! [`AlertingRule`]: fires alerts.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::{IntoValue, Value};

use super::example::RuleExample;

/// The annotation that says what to do, by convention.
pub(super) const RUNBOOK: &str = "runbook_url";

/// Fires an alert for each series that an expression gives.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/).
#[derive(Clone, Debug, PartialEq)]
pub struct AlertingRule {
    pub(super) alert: String,
    pub(super) expression: Value<String>,
    pub(super) hold_for: Duration,
    pub(super) keep_firing_for: Duration,
    pub(super) labels: BTreeMap<String, Value<String>>,
    pub(super) annotations: BTreeMap<String, Value<String>>,
    pub(super) examples: Vec<RuleExample>,
}

impl AlertingRule {
    /// Fires the alert for each series that the PromQL expression gives.
    #[must_use]
    pub fn new(alert: impl Into<String>, expression: impl IntoValue<String>) -> Self {
        Self {
            alert: alert.into(),
            expression: expression.into_value(),
            hold_for: Duration::ZERO,
            keep_firing_for: Duration::ZERO,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            examples: Vec::new(),
        }
    }

    /// How long a series has to be there before its alert fires (`for`). It fires at once by default.
    #[must_use]
    pub const fn hold_for(mut self, time: Duration) -> Self {
        self.hold_for = time;
        self
    }

    /// How long the alert fires on after its series is gone, so that it does not come and go. Not at all by default.
    /// Prometheus 2.42 and later and managed Prometheus know it.
    #[must_use]
    pub const fn keep_firing_for(mut self, time: Duration) -> Self {
        self.keep_firing_for = time;
        self
    }

    /// Adds a label to the alert, such as `severity`, which routes can match. It may be a template. None by default.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }

    /// Adds what people should read. It may be a template, with `{{ $labels.job }}` and `{{ $value }}`. None by default.
    ///
    /// A deploy-time value is put between double quotes as it is, so it must have no quotes or line breaks in it.
    #[must_use]
    pub fn annotation(mut self, name: impl Into<String>, text: impl IntoValue<String>) -> Self {
        self.annotations.insert(name.into(), text.into_value());
        self
    }

    /// Says in a line what is wrong: the annotation `summary`. None by default.
    #[must_use]
    pub fn summary(self, text: impl IntoValue<String>) -> Self {
        self.annotation("summary", text)
    }

    /// Says more: the annotation `description`. None by default.
    #[must_use]
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        self.annotation("description", text)
    }

    /// Where the page is that says what to do: the annotation `runbook_url`. None by default, which is a finding where
    /// the label `severity` is `critical` or `page`.
    #[must_use]
    pub fn runbook(self, url: impl IntoValue<String>) -> Self {
        self.annotation(RUNBOOK, url)
    }

    /// Adds an example, which becomes a test of the rule: see [`RulesFile::tests_file`](super::RulesFile::tests_file).
    #[must_use]
    pub fn example(mut self, example: RuleExample) -> Self {
        self.examples.push(example);
        self
    }

    /// Returns the alert's name.
    #[must_use]
    pub fn alert(&self) -> &str {
        &self.alert
    }

    /// Returns the expression.
    #[must_use]
    pub const fn expression(&self) -> &Value<String> {
        &self.expression
    }

    /// Returns how long a series has to be there before its alert fires.
    #[must_use]
    pub const fn held_for(&self) -> Duration {
        self.hold_for
    }

    /// Returns how long the alert fires on after its series is gone.
    #[must_use]
    pub const fn kept_firing_for(&self) -> Duration {
        self.keep_firing_for
    }

    /// Returns the labels that the rule adds.
    #[must_use]
    pub const fn labels(&self) -> &BTreeMap<String, Value<String>> {
        &self.labels
    }

    /// Returns the annotations.
    #[must_use]
    pub const fn annotations(&self) -> &BTreeMap<String, Value<String>> {
        &self.annotations
    }
}
