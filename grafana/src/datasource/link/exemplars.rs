//! [`Exemplars`]: from a point of a graph to a trace.

use belvedere_cfn::Properties;

use crate::content::{Content, Part};
use crate::datasource::kind::{DataSourceRef, PromQl, TraceKind};
use crate::datasource::parts::{self, Change};

/// A link at each [exemplar](https://grafana.com/docs/grafana/latest/fundamentals/exemplars/) of a graph to its trace.
///
/// Queries show exemplars only if they ask for them. Prometheus (with `--enable-feature=exemplar-storage`) and Mimir keep
/// them; [managed Prometheus](crate::datasource::ManagedPrometheus) does not, and such a link is a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplars<T> {
    metrics: DataSourceRef<PromQl>,
    traces: DataSourceRef<T>,
    label: String,
    text: Option<String>,
}

impl<T: TraceKind> Exemplars<T> {
    /// A link from exemplars in `metrics` to `traces`. The trace's id is the exemplar's label `trace_id`.
    #[must_use]
    pub fn new(metrics: &DataSourceRef<PromQl>, traces: &DataSourceRef<T>) -> Self {
        Self { metrics: metrics.clone(), traces: traces.clone(), label: "trace_id".to_owned(), text: None }
    }

    /// The label of the exemplars that is the trace's id, such as `traceID`. `trace_id` by default.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// What the link says. `Query with` and the name of the data source by default.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

impl<T: TraceKind> Part for Exemplars<T> {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        let mut members =
            Properties::new().with("datasourceUid", self.traces.uid().to_owned()).with("name", self.label);
        if let Some(text) = self.text {
            members.set("urlDisplayLabel", text);
        }
        let change = Change::Push("exemplarTraceIdDestinations", members.into());
        parts::link(content, "exemplars", &self.metrics, &self.traces, change);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::datasource::{ManagedPrometheus, Prometheus, Tempo};
    use crate::finding::Severity;
    use crate::ready::ServiceRed;

    #[test]
    fn an_exemplar_leads_to_its_trace() {
        let mut content = Content::new("test");
        let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        content.add(Exemplars::new(&metrics, &tempo));
        content.add(Exemplars::new(&metrics, &tempo).label("traceID").text("Trace"));
        assert_eq!(
            content.document().data_sources[0]["jsonData"]["exemplarTraceIdDestinations"],
            json!([
                { "datasourceUid": "tempo", "name": "trace_id" },
                { "datasourceUid": "tempo", "name": "traceID", "urlDisplayLabel": "Trace" },
            ])
        );
    }

    #[test]
    fn managed_prometheus_keeps_none() {
        let workspace = || ManagedPrometheus::new("metrics", "Metrics", "https://aps.example");
        for source in [workspace(), workspace().core_plugin()] {
            let mut content = Content::new("test");
            let metrics = content.add(source);
            let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
            content.add(Exemplars::new(&metrics, &tempo));
            content.add(ServiceRed::new(&metrics));
            let findings: Vec<_> =
                content.check().into_iter().filter(|one| one.message.contains("exemplars")).collect();
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(findings[0].severity, Severity::Problem);
            let dashboard = content.document().dashboards[0].dashboard.to_string();
            assert!(!dashboard.contains("\"exemplar\"") && !dashboard.contains("Points are"), "{dashboard}");
        }
    }
}
