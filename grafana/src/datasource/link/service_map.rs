//! [`ServiceMap`]: who calls whom.

use belvedere_cfn::Properties;

use crate::content::{Content, Part};
use crate::datasource::kind::{DataSourceRef, PromQl, TraceQl};
use crate::datasource::parts::{self, Change};

/// The [service graph](https://grafana.com/docs/grafana/latest/datasources/tempo/service-graph/) of Tempo: who calls whom,
/// drawn from the metrics `traces_service_graph_*` that Tempo's metrics generator writes.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceMap {
    traces: DataSourceRef<TraceQl>,
    metrics: DataSourceRef<PromQl>,
}

impl ServiceMap {
    /// The service graph of `traces`, whose metrics are in `metrics`.
    #[must_use]
    pub fn new(traces: &DataSourceRef<TraceQl>, metrics: &DataSourceRef<PromQl>) -> Self {
        Self { traces: traces.clone(), metrics: metrics.clone() }
    }
}

impl Part for ServiceMap {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        let members = Properties::new().with("datasourceUid", self.metrics.uid().to_owned());
        let change = Change::Set("serviceMap", members.into());
        parts::link(content, "service map", &self.traces, &self.metrics, change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasource::{Prometheus, Tempo};

    #[test]
    fn tempo_knows_where_the_metrics_of_its_graph_are() {
        let mut content = Content::new("test");
        let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        content.add(ServiceMap::new(&tempo, &metrics));
        let sources = content.document().data_sources;
        assert_eq!(sources[1]["jsonData"]["serviceMap"]["datasourceUid"], "metrics");
    }
}
