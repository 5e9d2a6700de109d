//! [`TracesToMetrics`]: from a span to metrics of its service.

use std::time::Duration;

use belvedere_cfn::{Expr, Properties};

use crate::content::{Content, Part};
use crate::datasource::kind::{DataSourceRef, PromQl, TraceKind};
use crate::datasource::parts::{self, Change};
use crate::datasource::shift::shifts;

/// Links at each span to [metrics of its
/// service](https://grafana.com/docs/grafana/latest/datasources/tempo/configure-tempo-data-source/configure-trace-to-metrics/),
/// one for each query.
///
/// By default `$__tags` in a query stands for the span's `service.name` as the label `service`, as in Tempo's span metrics,
/// and a link looks from five minutes before the span until five minutes after it.
#[derive(Clone, Debug, PartialEq)]
pub struct TracesToMetrics<T> {
    traces: DataSourceRef<T>,
    metrics: DataSourceRef<PromQl>,
    tags: Vec<(String, String)>,
    queries: Vec<(String, String)>,
    before: Duration,
    after: Duration,
}

impl<T: TraceKind> TracesToMetrics<T> {
    /// Links from spans in `traces` to queries of `metrics`, of which there are none yet.
    #[must_use]
    pub fn new(traces: &DataSourceRef<T>, metrics: &DataSourceRef<PromQl>) -> Self {
        Self {
            traces: traces.clone(),
            metrics: metrics.clone(),
            tags: Vec::new(),
            queries: Vec::new(),
            before: Duration::from_secs(300),
            after: Duration::from_secs(300),
        }
    }

    /// Adds a link by what people see and the query, in PromQL: `$__tags` stands for the pairs of [`tag`](Self::tag), as in
    /// `sum(rate(traces_spanmetrics_calls_total{$__tags}[5m]))`.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, query: impl Into<String>) -> Self {
        self.queries.push((name.into(), query.into()));
        self
    }

    /// Looks at series whose label has the value of the span's attribute. Once this is called, only the pairs given count;
    /// `service.name` and `service` by default.
    #[must_use]
    pub fn tag(mut self, attribute: impl Into<String>, label: impl Into<String>) -> Self {
        self.tags.push((attribute.into(), label.into()));
        self
    }

    /// How far before the span's begin and after its end to look. Five minutes each by default.
    #[must_use]
    pub const fn time_shift(mut self, before: Duration, after: Duration) -> Self {
        self.before = before;
        self.after = after;
        self
    }
}

impl<T: TraceKind> Part for TracesToMetrics<T> {
    type Ref = ();

    fn add_to(mut self, content: &mut Content) {
        if self.tags.is_empty() {
            self = self.tag("service.name", "service");
        }
        let query = |(name, query): (String, String)| Properties::new().with("name", name).with("query", query).into();
        let members = shifts(Properties::new(), self.before, self.after)
            .with("datasourceUid", self.metrics.uid().to_owned())
            .with("tags", super::tags(&self.tags))
            .with("queries", Expr::List(self.queries.into_iter().map(query).collect()));
        let change = Change::Set("tracesToMetrics", members.into());
        parts::link(content, "traces to metrics", &self.traces, &self.metrics, change);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::datasource::{Prometheus, Tempo};

    #[test]
    fn a_span_leads_to_metrics_of_its_service() {
        let mut content = Content::new("test");
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
        content.add(TracesToMetrics::new(&tempo, &metrics).query("Rate", "sum(rate(calls_total{$__tags}[5m]))"));
        assert_eq!(
            content.document().data_sources[0]["jsonData"]["tracesToMetrics"],
            json!({
                "datasourceUid": "metrics",
                "spanStartTimeShift": "-5m",
                "spanEndTimeShift": "5m",
                "tags": [{ "key": "service.name", "value": "service" }],
                "queries": [{ "name": "Rate", "query": "sum(rate(calls_total{$__tags}[5m]))" }],
            })
        );
    }
}
