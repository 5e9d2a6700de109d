//! Faults of real stacks that people published, found by reading them.

use serde_json::json;

use super::{EXPR, Fault, LINES, METRICS, fault};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(
            "a counter without `_total`",
            (EXPR, json!("sum by (status) (rate(http_requests{job=\"shop\"}[$__rate_interval]))")),
            "metric-name",
            METRICS,
            "fix: write `http_requests_total`",
        ),
        fault(
            "a grouping behind a function that does not aggregate",
            (EXPR, json!("histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) by (status)")),
            "query",
            METRICS,
            "^^",
        ),
        fault(
            "a data source's uid that nobody made",
            ("/dashboards/0/dashboard/panels/1/datasource/uid", json!("prometheus")),
            "unknown-data-source",
            "dashboard `Service`, panel `Requests by status` (id 2)",
            "no data source has the uid `prometheus`; there are `cloudwatch` (cloudwatch)",
        ),
        fault(
            "a panel for an API Gateway that is not in the stack",
            ("/dashboards/1/dashboard/panels/0/targets/1/namespace", json!("AWS/ApiGateway")),
            "no-resource",
            "dashboard `Platform`, panel `Lambda` (id 1), query B",
            "the stack has none",
        ),
        fault(
            "a derived field that looks for the trace's id in a text that does not have it",
            (
                "/dataSources/1/jsonData/derivedFields/0",
                json!({ "name": "Trace", "datasourceUid": "traces", "matcherRegex": "trace_id=([1-9a-f]\\w+)" }),
            ),
            "correlation",
            "data source `Logs`, derived field `Trace`",
            "set `matcherType` to `label`",
        ),
        fault(
            "a gauge of the unit 1 without `_ratio`",
            ("/dashboards/0/dashboard/panels/5/targets/1/expr", json!("avg by (plan) (active_users)")),
            "metric-name",
            "dashboard `Service`, panel `Queues` (id 6), query B",
            "fix: write `active_users_ratio`",
        ),
        fault(
            "a stream's label of another pipeline",
            (LINES, json!("{job=\"varlogs\"} |~ `$search` | deployment_environment=~\"$environment\"")),
            "unknown-label",
            "panel `Lines` (id 7), query A",
            "no stream has the label `job`; they have `deployment_environment`, `service_name`",
        ),
        fault(
            "an address with a variable of the shell",
            ("/dataSources/0/url", json!("https://aps-workspaces.$REGION.amazonaws.com/workspaces/ws-1")),
            "data-source",
            "data source `Metrics`",
            "is sent as it is",
        ),
        fault(
            "a region that is not the stack's",
            ("/dataSources/0/jsonData/sigV4Region", json!("us-west-2")),
            "data-source",
            "data source `Metrics`",
            "the region is `us-west-2`, and the stack is in `eu-west-1`",
        ),
        fault(
            "a topic to which a managed Grafana may not publish",
            ("/alerting/contactPoints/0/settings/topic", json!("arn:aws:sns:eu-west-1:111122223333:alerts")),
            "alert-route",
            "contact point `people`",
            "fix: call the topic `grafana-alerts`",
        ),
        fault(
            "managed Prometheus without signatures",
            (
                "/dataSources/0",
                json!({
                    "uid": "metrics", "name": "Metrics", "type": "grafana-amazonprometheus-datasource",
                    "url": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1",
                }),
            ),
            "data-source",
            "data source `Metrics`",
            "fix: set `sigV4Auth` to true",
        ),
    ]
}
