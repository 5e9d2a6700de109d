//! Faults of data sources and of the links between them.

use serde_json::json;

use super::{Fault, fault};

pub(super) fn faults() -> Vec<Fault> {
    let field = "/dataSources/1/jsonData/derivedFields/0/matcherRegex";
    let order = "/dataSources/1/jsonData/derivedFields/1/matcherRegex";
    let link = "data source `Logs`, derived field";
    vec![
        fault(
            "a core plugin that is to sign in a workspace of Grafana 12",
            (
                "/dataSources/-",
                json!({
                    "uid": "signed", "name": "Signed", "type": "prometheus", "access": "proxy",
                    "url": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1",
                    "jsonData": { "sigV4Auth": true, "sigV4Region": "eu-west-1" }
                }),
            ),
            "grafana-version",
            "data source `Signed`",
            "fix: take the plugin `grafana-amazonprometheus-datasource`",
        ),
        fault(
            "where Loki takes lines in",
            ("/dataSources/1/url", json!("http://loki.shop.internal:3100/loki/api/v1/push")),
            "data-source",
            "data source `Logs`",
            "fix: write `http://loki.shop.internal:3100`",
        ),
        fault(
            "where Tempo takes spans in",
            ("/dataSources/2/url", json!("http://tempo.shop.internal:4317")),
            "data-source",
            "data source `Traces`",
            "such as `tempo.shop.internal:3200`",
        ),
        fault(
            "where Prometheus takes samples in",
            ("/dataSources/4/url", json!("http://prometheus.shop.internal:9090/api/v1/write")),
            "data-source",
            "data source `Recent metrics`",
            "fix: write `http://prometheus.shop.internal:9090`",
        ),
        fault(
            "a Mimir without its path",
            ("/dataSources/4/jsonData/prometheusType", json!("Mimir")),
            "data-source",
            "data source `Recent metrics`",
            "fix: write `http://prometheus.shop.internal:9090/prometheus`",
        ),
        fault("a field that no line has", (field, json!("traceid")), "correlation", link, "fix: write `trace_id`"),
        fault(
            "an expression that is none",
            (order, json!("order (\\d+")),
            "correlation",
            link,
            "no regular expression",
        ),
        fault("an expression without a group", (order, json!("order \\d+")), "correlation", link, "fix: put the part"),
        fault(
            "a link to a data source that there is not",
            ("/dataSources/1/jsonData/derivedFields/0/datasourceUid", json!("tempo")),
            "unknown-data-source",
            link,
            "no data source has the uid `tempo`",
        ),
        fault(
            "a label that exemplars do not have",
            ("/dataSources/4/jsonData/exemplarTraceIdDestinations/0/name", json!("trace")),
            "correlation",
            "data source `Recent metrics`, exemplars' `trace`",
            "no exemplar has the label `trace`",
        ),
        fault(
            "exemplars of managed Prometheus",
            (
                "/dataSources/0/jsonData",
                json!({
                    "sigV4Auth": true,
                    "exemplarTraceIdDestinations": [{ "name": "trace_id", "datasourceUid": "traces" }],
                }),
            ),
            "correlation",
            "data source `Metrics`, exemplars' `trace_id`",
            "managed Prometheus drops exemplars",
        ),
        fault(
            "exemplars that lead to logs",
            ("/dataSources/4/jsonData/exemplarTraceIdDestinations/0/datasourceUid", json!("logs")),
            "correlation",
            "data source `Recent metrics`, exemplars' `trace_id`",
            "which is of the plugin `loki`",
        ),
        fault(
            "a tag that no stream has",
            ("/dataSources/2/jsonData/tracesToLogsV2/tags/0/value", json!("service")),
            "correlation",
            "data source `Traces`, traces to logs",
            "the label `service`, which no stream has",
        ),
        fault(
            "a link's query of a metric that there is not",
            (
                "/dataSources/2/jsonData/tracesToMetrics/queries/0/query",
                json!("sum(rate(traces_spanmetrics_calls{$__tags}[5m]))"),
            ),
            "metric-name",
            "data source `Traces`, traces to metrics, query `Requests`",
            "fix: write `traces_spanmetrics_calls_total`",
        ),
        fault(
            "a managed Grafana's own machine",
            ("/dataSources/1/url", json!("http://localhost:3100")),
            "data-source",
            "data source `Logs`",
            "fix: give an address that the workspace reaches",
        ),
        fault(
            "a derived field that leads nowhere",
            ("/dataSources/1/jsonData/derivedFields/1", json!({ "name": "Order", "matcherRegex": "order (\\d+)" })),
            "correlation",
            link,
            "got neither",
        ),
        fault(
            "traces that lead to metrics as logs",
            ("/dataSources/2/jsonData/tracesToLogsV2", json!({ "datasourceUid": "metrics" })),
            "correlation",
            "data source `Traces`, traces to logs",
            "a data source of metrics, not of logs",
        ),
        fault(
            "a link to logs whose query does not parse",
            ("/dataSources/2/jsonData/tracesToLogsV2/query", json!("{${__tags} | trace_id = `x`")),
            "query",
            "data source `Traces`, traces to logs",
            "^",
        ),
        fault(
            "no address",
            ("/dataSources/1/url", json!("")),
            "data-source",
            "data source `Logs`",
            "has a `url`, got none",
        ),
        fault(
            "an address without a scheme",
            ("/dataSources/1/url", json!("loki.shop.internal:3100")),
            "data-source",
            "data source `Logs`",
            "fix: write `http://loki.shop.internal:3100`",
        ),
    ]
}
