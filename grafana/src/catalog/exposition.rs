//! [`Exporter`] from what a program answers to `GET /metrics`.

use std::collections::BTreeMap;

use super::{Exporter, Metric, MetricKind};

impl Exporter {
    /// Reads the text that a program answers to a scraper, in Prometheus's or the OpenMetrics format: the names, kinds and
    /// helps of its metrics, and the labels of those that have samples. Lines that are neither are passed over.
    ///
    /// ```
    /// # use belvedere_grafana::catalog::{Exporter, MetricKind};
    /// let text = "# TYPE jobs counter\njobs_total{queue=\"mail\"} 3\n# TYPE age histogram\nage_bucket{le=\"1\"} 2\n";
    /// let exporter = Exporter::from_exposition("worker", text);
    /// assert_eq!(exporter.metrics[1].name, "jobs_total");
    /// assert_eq!(exporter.metrics[1].labels, ["queue"]);
    /// assert_eq!(exporter.metrics[0].kind, MetricKind::Histogram);
    /// ```
    #[must_use]
    pub fn from_exposition(name: impl Into<String>, text: &str) -> Self {
        let mut metrics: BTreeMap<String, Metric> = BTreeMap::new();
        let mut helps: BTreeMap<&str, &str> = BTreeMap::new();
        let mut kinds: BTreeMap<&str, MetricKind> = BTreeMap::new();
        for line in text.lines() {
            if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
                helps.insert(name, help);
            } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
                kinds.insert(name, kind_of(kind.trim()));
            } else if !line.starts_with('#') {
                let Some((sample, labels)) = sample(line) else { continue };
                let (family, kind) = family(sample, &kinds);
                let exported = match kind {
                    // OpenMetrics leaves the suffix out of the declaration.
                    MetricKind::Counter => sample,
                    _ => family,
                };
                let metric = metrics.entry(exported.to_owned()).or_insert_with(|| Metric {
                    name: exported.to_owned(),
                    kind,
                    labels: Vec::new(),
                    help: helps.get(family).copied().unwrap_or_default().to_owned(),
                });
                let own = match kind {
                    MetricKind::Histogram => "le",
                    MetricKind::Summary => "quantile",
                    _ => "",
                };
                for label in labels {
                    if label != own && !metric.labels.contains(&label) {
                        metric.labels.push(label);
                    }
                }
            }
        }
        for (name, kind) in kinds {
            let with_samples = metrics.contains_key(name) || metrics.contains_key(&format!("{name}_total"));
            if !with_samples {
                let help = helps.get(name).copied().unwrap_or_default().to_owned();
                metrics.insert(name.to_owned(), Metric { name: name.to_owned(), kind, labels: Vec::new(), help });
            }
        }
        let mut metrics: Vec<_> = metrics.into_values().collect();
        metrics.iter_mut().for_each(|metric| metric.labels.sort_unstable());
        let target_labels = vec!["job".to_owned(), "instance".to_owned()];
        Self { name: name.into(), metrics, target_labels, ..Self::default() }
    }

    /// Adds what another list has: its metrics, the labels of metrics that both have, and what its logs have.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for metric in other.metrics {
            match self.metrics.iter_mut().find(|own| own.name == metric.name && own.kind == metric.kind) {
                Some(own) => add(&mut own.labels, metric.labels),
                None => self.metrics.push(metric),
            }
        }
        add(&mut self.jobs, other.jobs);
        add(&mut self.target_labels, other.target_labels);
        add(&mut self.stream_labels, other.stream_labels);
        add(&mut self.log_fields, other.log_fields);
        add(&mut self.log_samples, other.log_samples);
        add(&mut self.exemplar_labels, other.exemplar_labels);
        self
    }
}

fn add(to: &mut Vec<String>, from: Vec<String>) {
    for name in from {
        if !to.contains(&name) {
            to.push(name);
        }
    }
}

fn kind_of(text: &str) -> MetricKind {
    match text {
        "counter" => MetricKind::Counter,
        "gauge" | "info" | "stateset" => MetricKind::Gauge,
        "histogram" | "gaugehistogram" => MetricKind::Histogram,
        "summary" => MetricKind::Summary,
        _ => MetricKind::Untyped,
    }
}

/// The declared metric that a sample is of.
fn family<'a>(sample: &'a str, kinds: &BTreeMap<&'a str, MetricKind>) -> (&'a str, MetricKind) {
    if let Some(kind) = kinds.get(sample) {
        return (sample, *kind);
    }
    for suffix in ["_bucket", "_sum", "_count", "_total", "_created", "_info"] {
        let found = sample.strip_suffix(suffix).and_then(|base| kinds.get_key_value(base));
        if let Some((base, kind)) = found {
            return (base, *kind);
        }
    }
    (sample, MetricKind::Untyped)
}

/// The name and the labels of a sample's line.
fn sample(line: &str) -> Option<(&str, Vec<String>)> {
    let end = line.find(|at: char| at == '{' || at.is_ascii_whitespace())?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            rest = rest.trim_start_matches([',', ' ']);
            if rest.starts_with('}') {
                break;
            }
            let (label, value) = rest.split_once('=')?;
            labels.push(label.trim().to_owned());
            rest = value.strip_prefix('"')?;
            let mut escaped = false;
            let close = rest.find(|at: char| {
                let ends = at == '"' && !escaped;
                escaped = at == '\\' && !escaped;
                ends
            })?;
            rest = &rest[close + 1..];
        }
    }
    (!name.is_empty()).then_some((name, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_any_value_are_read() {
        let text = "# HELP a_total What\n# TYPE a_total counter\na_total{x=\"\\\"}{,=\", y=\"\"} 1\nb 2\n";
        let exporter = Exporter::from_exposition("p", text);
        let [counter, other] = &exporter.metrics[..] else { panic!("{exporter:?}") };
        assert_eq!(
            (counter.kind, &counter.labels[..], &counter.help[..]),
            (MetricKind::Counter, &["x".to_owned(), "y".to_owned()][..], "What")
        );
        assert_eq!((other.name.as_str(), other.kind), ("b", MetricKind::Untyped));
    }

    #[test]
    fn both_lists_are_in_the_merged_one() {
        let one = Exporter::from_exposition("p", "# TYPE a gauge\na{x=\"1\"} 1\n");
        let other =
            Exporter::from_exposition("p", "# TYPE a gauge\na{y=\"1\"} 1\n# TYPE b summary\nb{quantile=\"0.5\"} 1\n");
        let merged = one.merge(other);
        assert_eq!(merged.metrics.len(), 2);
        assert_eq!(merged.metrics[0].labels, ["x", "y"]);
        assert_eq!(merged.metrics[1].labels, [""; 0]);
    }
}
