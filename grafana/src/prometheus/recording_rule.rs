//! [`RecordingRule`]: keeps what an expression gives.

use std::collections::BTreeMap;

use belvedere_cfn::{IntoValue, Value};

use super::example::RuleExample;

/// Keeps what an expression gives under a name of its own.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingRule {
    pub(super) record: String,
    pub(super) expression: Value<String>,
    pub(super) labels: BTreeMap<String, Value<String>>,
    pub(super) examples: Vec<RuleExample>,
}

impl RecordingRule {
    /// Keeps what the PromQL expression gives under `record`, by convention `level:metric:operations` as in
    /// `job:http_requests:rate5m`.
    #[must_use]
    pub fn new(record: impl Into<String>, expression: impl IntoValue<String>) -> Self {
        Self {
            record: record.into(),
            expression: expression.into_value(),
            labels: BTreeMap::new(),
            examples: Vec::new(),
        }
    }

    /// Adds a label, or overwrites one that the expression gives. None by default.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }

    /// Adds an example, which becomes a test of the rule: see [`RulesFile::tests_file`](super::RulesFile::tests_file).
    #[must_use]
    pub fn example(mut self, example: RuleExample) -> Self {
        self.examples.push(example);
        self
    }

    /// Returns the name under which the expression is kept.
    #[must_use]
    pub fn record(&self) -> &str {
        &self.record
    }

    /// Returns the expression.
    #[must_use]
    pub const fn expression(&self) -> &Value<String> {
        &self.expression
    }

    /// Returns the labels that the rule adds to those of the expression.
    #[must_use]
    pub const fn labels(&self) -> &BTreeMap<String, Value<String>> {
        &self.labels
    }
}
