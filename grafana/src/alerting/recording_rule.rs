//! [`RecordingRule`]: writes down what a query gives.

use std::collections::BTreeMap;

use belvedere_cfn::{IntoValue, Json, Properties, Value};

use super::data::{Data, RANGE};
use crate::dashboard::Query;
use crate::datasource::{DataSourceRef, PromQl, name_complaint, uid_complaint};
use crate::finding::Finding;
use crate::prometheus::name::{label_complaint, metric_complaint};

/// A rule whose result Grafana writes to a Prometheus as a metric, from any data source. Grafana 12 and later have it, where
/// `[recording_rules]` is enabled.
/// [Grafana page](https://grafana.com/docs/grafana/latest/alerting/alerting-rules/create-recording-rules/create-grafana-managed-recording-rules/).
///
/// What PromQL can compute from metrics alone, Prometheus records better itself:
/// [`prometheus::RecordingRule`](crate::prometheus::RecordingRule).
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingRule {
    pub(super) uid: String,
    pub(super) title: String,
    metric: String,
    data: Data,
    from: Option<String>,
    target: Option<String>,
    labels: BTreeMap<String, Value<String>>,
    paused: bool,
    /// What no setter writes.
    others: Properties,
}

impl RecordingRule {
    /// Writes the last value of each series that the query gives to a metric, such as `orders:rate5m`. The rule has a
    /// fixed id, at most 40 letters, digits, `-` and `_`; its title is the metric's name.
    #[must_use]
    pub fn new(uid: impl Into<String>, metric: impl Into<String>, query: impl Into<Query>) -> Self {
        let metric = metric.into();
        let mut data = Data::default();
        let asked = data.add_instant(&query.into());
        data.add_expression("reduce", Properties::new().with("expression", asked).with("reducer", "last"));
        Self {
            uid: uid.into(),
            title: metric.clone(),
            metric,
            data,
            from: None,
            target: None,
            labels: BTreeMap::new(),
            paused: false,
            others: Properties::new(),
        }
    }

    /// The title that people see. The metric's name by default.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds a query or an expression by name, such as one that computes something from A: the last ten minutes of it.
    #[must_use]
    pub fn query(mut self, reference: impl Into<String>, query: impl Into<Query>) -> Self {
        self.data.add(&reference.into(), &query.into(), RANGE);
        self
    }

    /// Writes the result of the query or expression of this name. That of the last one by default.
    #[must_use]
    pub fn from(mut self, reference: impl Into<String>) -> Self {
        self.from = Some(reference.into());
        self
    }

    /// Writes to this data source, by remote write. To that which Grafana's settings name by default.
    #[must_use]
    pub fn write_to(mut self, metrics: &DataSourceRef<PromQl>) -> Self {
        self.target = Some(metrics.uid().to_owned());
        self
    }

    /// Adds a label to the metric. None by default.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.labels.insert(name.into(), value.into_value());
        self
    }

    /// Does not evaluate the rule. It is evaluated by default.
    #[must_use]
    pub const fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// Sets a member of the rule that no setter writes so, as the
    /// [provisioning API](https://grafana.com/docs/grafana/latest/developers/http_api/alerting_provisioning/) takes it.
    /// None by default.
    #[must_use]
    pub fn member(mut self, name: impl Into<String>, value: impl IntoValue<Json>) -> Self {
        self.others.set(name.into(), value.into_value());
        self
    }

    fn written(&self) -> String {
        self.from.clone().unwrap_or_else(|| self.data.last().to_owned())
    }

    pub(super) fn report(&self, place: &str, found: &mut Vec<Finding>) {
        if let Some(complaint) = uid_complaint(&self.uid) {
            found.push(super::problem("uid", place, complaint, "give the rule a shorter, simpler id"));
        }
        if let Some(complaint) = name_complaint("a rule's title", &self.title) {
            found.push(super::problem("name", place, complaint, "give the rule another title"));
        }
        if let Some(complaint) = metric_complaint(&self.metric) {
            found.push(super::problem("alert-rule", place, complaint, "give the metric another name"));
        }
        for complaint in self.labels.keys().filter_map(|label| label_complaint(label)) {
            found.push(super::problem("alert-rule", place, complaint, "give the label another name"));
        }
        if self.others.get("data").is_none() {
            self.data.report(&self.written(), place, found);
        }
    }

    pub(super) fn members(&self) -> Properties {
        let written = self.written();
        let mut record = Properties::new().with("from", written.clone()).with("metric", self.metric.clone());
        if let Some(target) = &self.target {
            record.set("target_datasource_uid", target.clone());
        }
        let labels: Properties =
            self.labels.iter().map(|(name, text)| (name.clone().into(), text.expr().clone())).collect();
        // Grafana's description asks for the states and the duration of recording rules too, and does not use them.
        let mut members = Properties::new()
            .with("condition", written)
            .with("data", self.data.expr())
            .with("execErrState", "Error")
            .with("for", "0s")
            .with("isPaused", self.paused)
            .with("labels", labels)
            .with("noDataState", "NoData")
            .with("record", record)
            .with("title", self.title.clone())
            .with("uid", self.uid.clone());
        for (name, value) in self.others.iter() {
            members.set(name.to_owned(), value.clone());
        }
        members
    }
}
