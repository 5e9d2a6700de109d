//! Faults of queries: what does not parse, and what names something that there is not.

use serde_json::json;

use super::{EXPR, Fault, LINES, METRICS, fault};

pub(super) fn faults() -> Vec<Fault> {
    let expr = |text: &str| (EXPR, json!(text));
    let all = "http_requests_total{job=\"shop\"}";
    vec![
        fault(
            "a metric that nothing exports",
            expr("sum by (status) (rate(node_network_receive_bytes_total[5m]))"),
            "unknown-metric",
            METRICS,
            "no program of the stack exports `node_network_receive_bytes_total`",
        ),
        fault(
            "a metric that is nearly one",
            expr("sum by (status) (rate(http_request_total[5m]))"),
            "unknown-metric",
            METRICS,
            "fix: write `http_requests_total`",
        ),
        fault(
            "the name of a histogram as that of a series",
            expr("sum(http_request_duration_seconds) by (status)"),
            "metric-name",
            METRICS,
            "it has series with `_bucket`, `_sum` and `_count`",
        ),
        fault(
            "a label that the metric does not have",
            expr("sum by (status) (rate(http_requests_total{endpoint=\"/\"}[5m]))"),
            "unknown-label",
            METRICS,
            "`http_requests_total` has no label `endpoint`",
        ),
        fault(
            "a grouping by a label that the metric does not have",
            expr("sum by (status, customer) (rate(http_requests_total[5m]))"),
            "unknown-label",
            METRICS,
            "has no label `customer`",
        ),
        fault(
            "a legend of a label that the sum drops",
            ("/dashboards/0/dashboard/panels/1/targets/0/legendFormat", json!("{{route}} {{status}}")),
            "unknown-label",
            METRICS,
            "fix: add `route` to `by`",
        ),
        fault(
            "a label that a recording rule drops",
            ("/dashboards/0/dashboard/panels/5/targets/2/expr", json!("shop:orders:rate5m{route=\"/\"}")),
            "unknown-label",
            "panel `Queues` (id 6), query C",
            "the rule that records `shop:orders:rate5m` drops the label `route`",
        ),
        fault(
            "a counter as it is",
            expr("sum by (status) (http_requests_total)"),
            "counter-without-rate",
            METRICS,
            "fix: write `rate(http_requests_total[$__rate_interval])`",
        ),
        fault(
            "the most of a counter",
            expr("topk(3, sum by (status) (http_requests_total))"),
            "counter-without-rate",
            METRICS,
            "`http_requests_total` is a counter",
        ),
        fault(
            "a quantile of buckets since the start",
            expr(
                "histogram_quantile(0.9, sum by (le, status) (label_replace(http_request_duration_seconds_bucket, \"status\", \"all\", \"\", \"\")))",
            ),
            "counter-without-rate",
            METRICS,
            "fix: write `rate(http_request_duration_seconds_bucket[$__rate_interval])`",
        ),
        fault(
            "a counter divided by a rate",
            expr(
                "sum by (status) (rate(http_requests_total[5m])) / on () group_left () sum(http_request_duration_seconds_count) / sum by (status) (http_requests_total)",
            ),
            "counter-without-rate",
            METRICS,
            "fix: write `rate(http_requests_total[$__rate_interval])`",
        ),
        fault(
            "the increase of a gauge inside a sum",
            (
                "/dashboards/0/dashboard/panels/5/targets/0/expr",
                json!("max by (queue) (increase(queue_length{queue=\"$queue\"}[$__range]))"),
            ),
            "rate-of-gauge",
            "panel `Queues` (id 6), query A",
            "`increase` of `queue_length`, which is no counter",
        ),
        fault(
            "an alert on a counter as it is",
            ("/alerting/ruleGroups/0/rules/0/data/0/model/expr", json!("sum(http_requests_total{status=~\"5..\"})")),
            "counter-without-rate",
            "alert rule `Many errors`, query A",
            "[5m])`",
        ),
        fault(
            "the rate of a gauge",
            (
                "/dashboards/0/dashboard/panels/5/targets/0/expr",
                json!("max by (queue) (rate(queue_length{queue=\"$queue\"}[5m]))"),
            ),
            "rate-of-gauge",
            "panel `Queues` (id 6), query A",
            "`rate` of `queue_length`, which is no counter",
        ),
        fault(
            "a percentile of what has lost its buckets",
            (
                "/dashboards/0/dashboard/panels/4/targets/0/expr",
                json!(
                    "histogram_quantile(0.95, sum by (route) (rate(http_request_duration_seconds_bucket{route=\"$route\"}[5m])))"
                ),
            ),
            "quantile-without-le",
            "panel `95th percentile of $route` (id 5), query A",
            "`le`",
        ),
        fault(
            "a job that the program is not",
            expr("sum by (status) (rate(http_requests_total{job=\"shops\"}[5m]))"),
            "label-value",
            METRICS,
            "fix: write `shop`",
        ),
        fault(
            "a pattern of names that no metric has",
            expr("sum by (status) ({__name__=~\"shop_.*_total\", job=\"shop\"})"),
            "unknown-metric",
            METRICS,
            "no metric's name matches `shop_.*_total`",
        ),
        fault(
            "a parenthesis that is not closed",
            expr(&format!("sum by (status) (rate({all}[5m])")),
            "query",
            METRICS,
            "^",
        ),
        fault("a rate of no range", expr(&format!("sum by (status) (rate({all}))")), "query", METRICS, "fix"),
        fault(
            "a macro that Grafana does not have",
            expr(&format!("sum by (status) (rate({all}[$__rate_intervall]))")),
            "query",
            METRICS,
            "$__rate_interval`",
        ),
        fault(
            "LogQL without a selector",
            (LINES, json!("|= `$search` != `$environment`")),
            "query",
            "panel `Lines` (id 7), query A",
            "^",
        ),
        fault(
            "a field of lines as a label of streams",
            (LINES, json!("{trace_id=\"$search\", deployment_environment=\"$environment\"}")),
            "unknown-label",
            "panel `Lines` (id 7), query A",
            "fix: filter behind the selector: `| trace_id = \"$search\"`",
        ),
        fault(
            "TraceQL that is not closed",
            ("/dashboards/0/dashboard/panels/6/panels/1/targets/0/query", json!("{ resource.service.name = \"shop\"")),
            "query",
            "panel `Slow traces` (id 8), query A",
            "^",
        ),
        fault(
            "an annotation that does not parse",
            ("/dashboards/0/dashboard/annotations/list/1/target/expr", json!("changes(up[1m]) >")),
            "query",
            "dashboard `Service`, annotation `Restarts`",
            "^",
        ),
        fault(
            "a variable with the values of a label that there is not",
            (
                "/dashboards/0/dashboard/templating/list/1/query/query",
                json!("label_values(http_requests_total{job=\"shop\"}, path)"),
            ),
            "unknown-label",
            "dashboard `Service`, variable `route`",
            "has no label `path`",
        ),
        fault(
            "a variable whose query does not parse",
            ("/dashboards/0/dashboard/templating/list/2/query", json!("query_result(max by (queue) queue_length)")),
            "query",
            "dashboard `Service`, variable `queue`",
            "^",
        ),
        fault(
            "a variable of streams that there are not",
            ("/dashboards/0/dashboard/templating/list/3/query/label", json!("environment")),
            "unknown-label",
            "dashboard `Service`, variable `environment`",
            "no stream has the label `environment`",
        ),
        fault(
            "a percentage for a quantile",
            (
                "/dashboards/0/dashboard/panels/4/targets/0/expr",
                json!(
                    "histogram_quantile(95, sum by (le) (rate(http_request_duration_seconds_bucket{route=\"$route\"}[5m])))"
                ),
            ),
            "quantile-beyond-one",
            "panel `95th percentile of $route` (id 5), query A",
            "fix: write `0.95`",
        ),
        fault(
            "several values compared as one",
            expr("sum by (status) (rate(http_requests_total{route=\"$route\"}[5m]))"),
            "variable",
            METRICS,
            "fix: write `=~`",
        ),
        fault(
            "a unit that the metric has not",
            expr("sum by (status) (rate(http_request_duration_milliseconds_count[5m]))"),
            "unknown-metric",
            METRICS,
            "fix: write `http_request_duration_seconds_count`",
        ),
        fault(
            "the average of a counter",
            expr("sum by (status) (avg_over_time(http_requests_total[5m]))"),
            "counter-without-rate",
            METRICS,
            "is a counter",
        ),
        fault(
            "a label that the other side has not",
            expr("sum by (status) (rate(http_requests_total[5m]) * on (job) group_left (version) up)"),
            "unknown-label",
            METRICS,
            "has no label `version`",
        ),
        fault(
            "LogQL that no matcher narrows",
            (LINES, json!("{service_name=~\".*\"} |~ `$search` | deployment_environment=~`$environment`")),
            "query",
            "panel `Lines` (id 7), query A",
            "^",
        ),
        fault(
            "a field of lines that there is not",
            (
                LINES,
                json!(
                    "{service_name=\"shop\", deployment_environment=~\"$environment\"} |~ `$search` | severity_txt = `ERROR`"
                ),
            ),
            "unknown-label",
            "panel `Lines` (id 7), query A",
            "fix: write `severity_text`",
        ),
        fault(
            "an intrinsic that there is not",
            ("/dashboards/0/dashboard/panels/6/panels/1/targets/0/query", json!("{ durations > 1s }")),
            "query",
            "panel `Slow traces` (id 8), query A",
            "fix: write `duration`",
        ),
        fault(
            "a status as a text",
            ("/dashboards/0/dashboard/panels/6/panels/1/targets/0/query", json!("{ status = \"error\" }")),
            "query",
            "panel `Slow traces` (id 8), query A",
            "fix: write `error` without quotes",
        ),
    ]
}
