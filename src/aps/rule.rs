//! [`RecordingRule`] and [`AlertingRule`]: what Prometheus evaluates all the time.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::{IntoValue, Value};

use super::name::{duration, label_complaint, metric_complaint};
use crate::yaml::Yaml;

/// Keeps what an expression gives under a name of its own.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingRule {
    record: String,
    expression: Value<String>,
    labels: BTreeMap<String, Value<String>>,
}

impl RecordingRule {
    /// Keeps what the PromQL expression gives under `record`, by convention `level:metric:operations` as in
    /// `job:http_requests:rate5m`.
    #[must_use]
    pub fn new(record: impl Into<String>, expression: impl IntoValue<String>) -> Self {
        Self { record: record.into(), expression: expression.into_value(), labels: BTreeMap::new() }
    }

    /// Adds a label, or overwrites one that the expression gives. None by default.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }
}

/// Fires an alert for each series that an expression gives.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/).
#[derive(Clone, Debug, PartialEq)]
pub struct AlertingRule {
    alert: String,
    expression: Value<String>,
    hold_for: Duration,
    labels: BTreeMap<String, Value<String>>,
    annotations: BTreeMap<String, Value<String>>,
}

impl AlertingRule {
    /// Fires the alert for each series that the PromQL expression gives.
    #[must_use]
    pub fn new(alert: impl Into<String>, expression: impl IntoValue<String>) -> Self {
        Self {
            alert: alert.into(),
            expression: expression.into_value(),
            hold_for: Duration::ZERO,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        }
    }

    /// How long a series has to be there before its alert fires (`for`). It fires at once by default.
    #[must_use]
    pub const fn hold_for(mut self, time: Duration) -> Self {
        self.hold_for = time;
        self
    }

    /// Adds a label to the alert, such as `severity`, which routes can match. It may be a template. None by default.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }

    /// Adds what people should read, such as `summary` or `runbook_url`. It may be a template, with `{{ $labels.job }}`
    /// and `{{ $value }}`. None by default.
    ///
    /// A deploy-time value is put between double quotes as it is, so it must have no quotes or line breaks in it.
    #[must_use]
    pub fn annotation(mut self, name: impl Into<String>, text: impl IntoValue<String>) -> Self {
        self.annotations.insert(name.into(), text.into_value());
        self
    }
}

/// A rule of either kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// Keeps what an expression gives.
    Recording(RecordingRule),
    /// Fires alerts.
    Alerting(AlertingRule),
}

impl From<RecordingRule> for Rule {
    fn from(rule: RecordingRule) -> Self {
        Self::Recording(rule)
    }
}

impl From<AlertingRule> for Rule {
    fn from(rule: AlertingRule) -> Self {
        Self::Alerting(rule)
    }
}

impl Rule {
    fn parts(&self) -> (&str, &Value<String>, &BTreeMap<String, Value<String>>) {
        match self {
            Self::Recording(rule) => (&rule.record, &rule.expression, &rule.labels),
            Self::Alerting(rule) => (&rule.alert, &rule.expression, &rule.labels),
        }
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        let (name, expression, labels) = self.parts();
        let mut complaints: Vec<String> = labels.keys().filter_map(|label| label_complaint(label)).collect();
        match self {
            Self::Recording(_) => complaints.extend(metric_complaint(name)),
            Self::Alerting(rule) => {
                if name.trim().is_empty() {
                    complaints.push("an alert needs a name".to_owned());
                }
                complaints.extend(rule.annotations.keys().filter_map(|label| label_complaint(label)));
            }
        }
        if expression.as_str().is_some_and(|text| text.trim().is_empty()) {
            complaints.push("a rule needs an expression, got an empty one".to_owned());
        }
        complaints.into_iter().map(|complaint| format!("rule `{name}`: {complaint}")).collect()
    }

    pub(super) fn yaml(&self) -> Yaml {
        fn map(members: &BTreeMap<String, Value<String>>) -> Option<Yaml> {
            let members = members.iter().map(|(name, value)| (name.clone(), Yaml::Text(value.clone())));
            let members: Vec<_> = members.collect();
            (!members.is_empty()).then_some(Yaml::Map(members))
        }
        let (name, expression, labels) = self.parts();
        match self {
            Self::Recording(_) => {
                Yaml::map().with("record", name).with("expr", expression.clone()).with_some("labels", map(labels))
            }
            Self::Alerting(rule) => Yaml::map()
                .with("alert", name)
                .with("expr", expression.clone())
                .with_some("for", (!rule.hold_for.is_zero()).then(|| duration(rule.hold_for)))
                .with_some("labels", map(labels))
                .with_some("annotations", map(&rule.annotations)),
        }
    }
}
