//! What programs export: the metrics, labels and log streams that queries may name.
//!
//! A program of one's own publishes its list as JSON ([`Exporter::from_json`]); well-known programs are functions here,
//! such as [`node_exporter`]; [`cloudwatch`] has what AWS services report by themselves.

mod cloudwatch;
mod exposition;
mod json;
mod known;

use crate::content::{Content, Part};

pub use cloudwatch::{Namespace, NamespaceMetric, cloudwatch};
pub use json::InvalidExporter;
pub use known::{
    alertmanager, aws_ecs_container_metrics, blackbox_exporter, grafana, loki, mimir, node_exporter,
    opentelemetry_collector, opentelemetry_collector_with_suffixes, otlp_log_fields, otlp_stream_labels, prometheus,
    prometheus_agent, pushgateway, tempo, tempo_metrics_generator,
};
pub(crate) use known::{exporting, growth};

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MetricKind {
    /// Only grows. By convention its name ends with `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Has series `_bucket` (with the label `le`), `_sum` and `_count`.
    Histogram,
    /// Has series with the label `quantile`, `_sum` and `_count`.
    Summary,
    /// Nobody said.
    Untyped,
}

/// A metric that a program exports.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// The name as in `# TYPE`: with `_total`, without `_bucket`.
    pub name: String,
    /// What it is.
    pub kind: MetricKind,
    /// Its labels, without those that the scraper adds.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What it says.
    #[serde(default)]
    pub help: String,
}

/// Whether the samples of a series only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    Counter,
    Gauge,
    Unknown,
}

impl Metric {
    /// Returns the series that it has: their names, what their samples do, and a label that they have beside its own.
    pub(crate) fn series(&self) -> Vec<(String, Growth, Option<&'static str>)> {
        let name = &self.name;
        let parts = ["_sum", "_count"].map(|suffix| (format!("{name}{suffix}"), Growth::Counter, None));
        let own = |growth, label| (name.clone(), growth, label);
        match self.kind {
            MetricKind::Counter => vec![own(Growth::Counter, None)],
            MetricKind::Gauge => vec![own(Growth::Gauge, None)],
            MetricKind::Untyped => vec![own(Growth::Unknown, None)],
            MetricKind::Histogram => {
                let buckets = (format!("{name}_bucket"), Growth::Counter, Some("le"));
                [buckets].into_iter().chain(parts).collect()
            }
            MetricKind::Summary => [own(Growth::Gauge, Some("quantile"))].into_iter().chain(parts).collect(),
        }
    }
}

/// A program, and what it exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exporter {
    /// The program, for messages.
    pub name: String,
    /// Its metrics.
    pub metrics: Vec<Metric>,
    /// The values of its label `job`. Where there is none, nobody knows them, and queries may ask for any.
    pub jobs: Vec<String>,
    /// The labels that every series has beside its own, such as `job` and `instance`.
    pub target_labels: Vec<String>,
    /// The labels of its log streams in Loki.
    pub stream_labels: Vec<String>,
    /// What a log line has beside: structured metadata, and the members of a line that is JSON.
    pub log_fields: Vec<String>,
    /// Log lines as they are written, for links that match a text.
    pub log_samples: Vec<String>,
    /// The labels of its exemplars, such as `trace_id`.
    pub exemplar_labels: Vec<String>,
}

impl Exporter {
    /// Adds a job under which the program is scraped, so that a query that asks for another is found.
    #[must_use]
    pub fn job(mut self, job: impl Into<String>) -> Self {
        self.jobs.push(job.into());
        self
    }
}

impl Part for Exporter {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        content.exporters.push(self);
    }
}
