//! [`Exporter`] as JSON.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Exporter, Metric, MetricKind};

/// A text that is no list of what a program exports.
#[derive(Debug, thiserror::Error)]
#[error("this is no list of what a program exports")]
pub struct InvalidExporter {
    #[from]
    source: serde_json::Error,
}

/// The members of the JSON. `version` and `source` are for readers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Text {
    name: String,
    #[serde(default)]
    version: serde::de::IgnoredAny,
    #[serde(default)]
    source: serde::de::IgnoredAny,
    metrics: Metrics,
    #[serde(default)]
    jobs: Vec<String>,
    target_labels: Option<Vec<String>>,
    #[serde(default)]
    stream_labels: Vec<String>,
    #[serde(default)]
    log_fields: Vec<String>,
    #[serde(default)]
    log_samples: Vec<String>,
    #[serde(default)]
    exemplar_labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Metrics {
    /// Each as an object.
    Full(Vec<Metric>),
    /// By kind, then by name: the labels, with spaces between.
    Short(BTreeMap<MetricKind, BTreeMap<String, String>>),
}

impl Metrics {
    fn list(self) -> Vec<Metric> {
        let short = match self {
            Self::Full(metrics) => return metrics,
            Self::Short(short) => short,
        };
        let mut list = Vec::new();
        for (kind, metrics) in short {
            list.extend(metrics.into_iter().map(|(name, labels)| Metric {
                name,
                kind,
                labels: labels.split_whitespace().map(str::to_owned).collect(),
                help: String::new(),
            }));
        }
        list
    }
}

impl Exporter {
    /// Reads a list that a program publishes:
    ///
    /// ```
    /// # use belvedere_grafana::catalog::Exporter;
    /// let exporter = Exporter::from_json(
    ///     r#"{
    ///         "name": "data-processor",
    ///         "metrics": [
    ///             { "name": "http_requests_total", "kind": "counter", "labels": ["method", "status"], "help": "Answers" }
    ///         ],
    ///         "streamLabels": ["service_name"],
    ///         "logFields": ["trace_id"],
    ///         "exemplarLabels": ["trace_id"]
    ///     }"#,
    /// )?;
    /// assert_eq!(exporter.metrics.len(), 1);
    /// assert_eq!(exporter.target_labels, ["job", "instance"]);
    /// # Ok::<(), belvedere_grafana::catalog::InvalidExporter>(())
    /// ```
    ///
    /// `name` and `metrics` are required; without `targetLabels` they are `job` and `instance`. Metrics can be written
    /// shorter, by kind: `{"counter": {"http_requests_total": "method status"}}`.
    ///
    /// # Errors
    /// The text is not JSON, a required member is missing, or a member is not known.
    pub fn from_json(text: &str) -> Result<Self, InvalidExporter> {
        let text: Text = serde_json::from_str(text)?;
        let _ = (text.version, text.source);
        Ok(Self {
            name: text.name,
            metrics: text.metrics.list(),
            jobs: text.jobs,
            target_labels: text.target_labels.unwrap_or_else(|| vec!["job".to_owned(), "instance".to_owned()]),
            stream_labels: text.stream_labels,
            log_fields: text.log_fields,
            log_samples: text.log_samples,
            exemplar_labels: text.exemplar_labels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_one() {
        let full = r#"{"name": "p", "metrics": [{"name": "a_total", "kind": "counter", "labels": ["x", "y"]}]}"#;
        let short = r#"{"name": "p", "metrics": {"counter": {"a_total": "x y"}}}"#;
        let read = |text| Exporter::from_json(text).expect("a list");
        assert_eq!(read(full), read(short));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let error = Exporter::from_json("{\"name\": \"p\",\n \"metric\": []}").expect_err("a member is not known");
        let source = std::error::Error::source(&error).expect("there is a cause").to_string();
        assert!(source.contains("unknown field `metric`") && source.contains("line 2"), "{source}");
    }
}
