//! [`TracesOverview`]: what traces tell of all services.

use super::parts::{Head, alerts, described, graph, judged, number, percentiles, ready, with_exemplars};
use crate::dashboard::{Dashboard, NodeGraph, PromQuery, Row, Table, TraceTable, Unit, Variable, VariableSort};
use crate::datasource::{DataSourceRef, PromQl, TraceQl};

/// What traces tell of all services: how much they are asked, fail and take, which calls which, and the traces.
///
/// Variables: `service`, `filter` (a condition in TraceQL). Tempo's metrics generator must write span metrics and
/// service graphs to the Prometheus that is given: <https://grafana.com/docs/tempo/latest/metrics-from-traces/>.
#[derive(Clone, Debug, PartialEq)]
pub struct TracesOverview {
    head: Head,
    tempo: DataSourceRef<TraceQl>,
    prometheus: DataSourceRef<PromQl>,
    service: Option<String>,
}

ready!(TracesOverview);

/// The spans of requests that a service takes.
const SERVER: &str = "service=~\"$service\", span_kind=~\"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER\"";

impl TracesOverview {
    /// The dashboard `traces-overview`.
    #[must_use]
    pub fn new(tempo: &DataSourceRef<TraceQl>, prometheus: &DataSourceRef<PromQl>) -> Self {
        let head = Head::new("traces-overview", "Traces");
        Self { head, tempo: tempo.clone(), prometheus: prometheus.clone(), service: None }
    }

    /// Shows this service at first. By default all.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let services = Variable::label_values("service", &self.prometheus, "traces_spanmetrics_calls_total", "service")
            .label("Service")
            .description("The services that have spans.")
            .sort(VariableSort::AlphabeticalAscending)
            .multi(true)
            .include_all(true)
            .all_value(".*");
        let services = match &self.service {
            Some(name) => services.default_values([name.as_str()]),
            None => services.default_all(),
        };
        let filter = Variable::text_box("filter", "true")
            .label("Filter")
            .description("A condition in TraceQL, such as span.http.route = \"/data\".");
        self.head
            .dashboard("What traces tell of services: how much, how bad, how slow, and who calls whom.", "traces")
            .variable(services)
            .variable(filter)
            .annotation(alerts(&self.prometheus, &["service=~\"$service\", service!=\"\""]))
            .row(self.overview())
            .row(self.services())
            .row(self.operations())
            .row(self.graph())
            .row(self.traces())
    }

    /// A query in which `SERVER` keeps to the requests of the chosen services.
    fn query(&self, expression: &str) -> PromQuery {
        self.prometheus.query(expression.replace("SERVER", SERVER))
    }

    fn overview(&self) -> Row {
        let ratio = "(sum(rate(traces_spanmetrics_calls_total{SERVER, \
                     status_code=\"STATUS_CODE_ERROR\"}[$__rate_interval])) or vector(0)) / \
                     sum(rate(traces_spanmetrics_calls_total{SERVER}[$__rate_interval]))";
        Row::new("Overview")
            .panel(
                number("Requests", "Requests of which there are traces, per second.", Unit::REQUESTS_PER_SECOND)
                    .size(6, 4)
                    .query(
                        self.query("sum(rate(traces_spanmetrics_calls_total{SERVER}[$__rate_interval]))")
                            .legend("requests"),
                    ),
            )
            .panel(
                judged("Errors", "Share of them that failed.", Unit::PERCENT_UNIT, 0.001, 0.01)
                    .size(6, 4)
                    .decimals(2)
                    .query(self.query(ratio).legend("errors")),
            )
            .panel(
                judged("Slowest 5 %", "One request in twenty takes longer than this.", Unit::SECONDS, 0.5, 1.0)
                    .size(6, 4)
                    .query(
                        self.query(
                            "histogram_quantile(0.95, sum by (le) \
                             (rate(traces_spanmetrics_latency_bucket{SERVER}[$__rate_interval])))",
                        )
                        .legend("p95"),
                    ),
            )
            .panel(number("Services", "Services that take requests.", Unit::NONE).size(6, 4).query(
                self.query("count(count by (service) (traces_spanmetrics_calls_total{SERVER}))").legend("services"),
            ))
    }

    fn services(&self) -> Row {
        let errors = "sum by (service) (rate(traces_spanmetrics_calls_total{SERVER, \
                      status_code=\"STATUS_CODE_ERROR\"}[$__rate_interval])) / sum by (service) \
                      (rate(traces_spanmetrics_calls_total{SERVER}[$__rate_interval]))";
        Row::new("Services")
            .panel(
                graph("Requests", "How much each service is asked.", Unit::REQUESTS_PER_SECOND).size(8, 9).query(
                    self.query("sum by (service) (rate(traces_spanmetrics_calls_total{SERVER}[$__rate_interval]))")
                        .legend("{{service}}"),
                ),
            )
            .panel(
                graph("Errors", "Share of the requests to each service that failed.", Unit::PERCENT_UNIT)
                    .size(8, 9)
                    .query(self.query(errors).legend("{{service}}")),
            )
            .panel(percentiles(
                graph(
                    "Duration",
                    &described(
                        &self.prometheus,
                        "How long half, 95 % and 99 % of the requests take at most.",
                        "Points are traces.",
                    ),
                    Unit::SECONDS,
                )
                .size(8, 9),
                &self.prometheus,
                "traces_spanmetrics_latency",
                SERVER,
            ))
    }

    fn operations(&self) -> Row {
        let legend = "{{service}} {{span_name}}";
        Row::new("Operations")
            .panel(
                graph("Busiest", "The ten operations that are asked most.", Unit::REQUESTS_PER_SECOND).query(
                    self.query(
                        "topk(10, sum by (service, span_name) \
                         (rate(traces_spanmetrics_calls_total{SERVER}[$__rate_interval])))",
                    )
                    .legend(legend),
                ),
            )
            .panel(
                graph("Slowest", "The ten operations of which one request in twenty takes longest.", Unit::SECONDS)
                    .query(with_exemplars(
                        &self.prometheus,
                        self.query(
                            "topk(10, histogram_quantile(0.95, sum by (le, service, span_name) \
                             (rate(traces_spanmetrics_latency_bucket{SERVER}[$__rate_interval]))))",
                        )
                        .legend(legend),
                    )),
            )
    }

    fn graph(&self) -> Row {
        let calls = |metric: &str| {
            format!("sum by (client, server) (rate({metric}{{client=~\"$service\"}}[$__rate_interval]))")
        };
        let legend = "{{client}} → {{server}}";
        Row::new("Who calls whom")
            .panel(
                NodeGraph::new("Service graph")
                    .description("Which service calls which, how often and how long. Red is the share of failed calls.")
                    .size(8, 10)
                    .query(self.tempo.service_map()),
            )
            .panel(
                graph("Calls", "Calls from the chosen services to others.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 10)
                    .query(self.prometheus.query(calls("traces_service_graph_request_total")).legend(legend)),
            )
            .panel(
                graph("Failed calls", "Those of them that failed.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 10)
                    .query(self.prometheus.query(calls("traces_service_graph_request_failed_total")).legend(legend)),
            )
    }

    fn traces(&self) -> Row {
        let search = |title: &str, description: &str, conditions: &str| {
            Table::new(title).description(description).size(12, 10).query(
                self.tempo
                    // In double quotes, the backslash of an escaped dot would be an escape of TraceQL's own.
                    .traceql(format!("{{ resource.service.name =~ `${{service:regex}}`{conditions} }}"))
                    .limit(20)
                    .table(TraceTable::Traces),
            )
        };
        Row::new("Traces")
            .panel(search("Failed", "Traces with an error in the chosen services.", " && status = error"))
            .panel(search("Slow", "Traces of more than half a second.", " && duration > 500ms"))
            .panel(search("Found", "Traces that meet the filter.", " && $filter").size(24, 10))
    }
}
