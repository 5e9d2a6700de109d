//! Faults that are put into a good content, one at a time: each is found, by the right rule and at the right place, and
//! nothing else is; and nothing is found in the good content.
//!
//! Those marked as of an original are faults of real stacks that people published, found by reading them.

use belvedere_grafana::catalog::{self, Exporter};
use belvedere_grafana::check::{self, Context, RULES};
use belvedere_grafana::{Document, Finding};
use serde_json::{Value, json};

const GOOD: &str = include_str!("faults/good.json");
const SHOP: &str = include_str!("faults/shop.json");

/// What is around the good content.
fn context() -> Context {
    Context::default()
        .exporter(Exporter::from_json(SHOP).expect("the list is one"))
        .exporter(catalog::tempo_metrics_generator())
        .region("eu-west-1")
        .managed()
        .resource_types(["AWS::Lambda::Function", "AWS::ElasticLoadBalancingV2::LoadBalancer"])
}

fn check(content: &Value) -> Vec<Finding> {
    let document: Document = serde_json::from_value(content.clone()).expect("the content is a document");
    check::document(&document, &context())
}

/// One fault: what is changed, and what is to be found.
struct Fault {
    name: &'static str,
    path: &'static str,
    value: Value,
    rule: &'static str,
    place: &'static str,
    /// A part of what is shown: of the message, the marked text or the fix.
    says: &'static str,
}

fn fault(
    name: &'static str,
    (path, value): (&'static str, Value),
    rule: &'static str,
    place: &'static str,
    says: &'static str,
) -> Fault {
    Fault { name, path, value, rule, place, says }
}

/// Changes a member, which may be new, or adds to a list (`/-`).
fn put(content: &mut Value, path: &str, value: Value) {
    let (parent, member) = path.rsplit_once('/').expect("the path is a pointer");
    let parent = content.pointer_mut(parent).unwrap_or_else(|| panic!("{path} leads nowhere"));
    match parent {
        Value::Array(elements) if member == "-" => elements.push(value),
        Value::Array(elements) => elements[member.parse::<usize>().expect("an index")] = value,
        Value::Object(members) => _ = members.insert(member.to_owned(), value),
        other => panic!("{path}: {other} has no members"),
    }
}

const METRICS: &str = "dashboard `Service`, panel `Requests by status` (id 2), query A";
const EXPR: &str = "/dashboards/0/dashboard/panels/1/targets/0/expr";
const LINES: &str = "/dashboards/0/dashboard/panels/6/panels/0/targets/0/expr";
const LAMBDA: &str = "dashboard `Platform`, panel `Lambda` (id 1), query A";
const RULE: &str = "alert rule `Many errors`";

fn faults() -> Vec<Fault> {
    let mut all = of_originals();
    all.extend(of_queries());
    all.extend(of_dashboards());
    all.extend(of_data_sources());
    all.extend(of_cloudwatch());
    all.extend(of_alerting());
    all
}

fn of_originals() -> Vec<Fault> {
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

fn of_queries() -> Vec<Fault> {
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
    ]
}

fn of_dashboards() -> Vec<Fault> {
    let panel = "dashboard `Service`, panel `Requests by status` (id 2)";
    vec![
        fault(
            "a variable that is not defined",
            (EXPR, json!("sum by (status) (rate(http_requests_total{route=~\"$routes\"}[5m]))")),
            "unknown-variable",
            METRICS,
            "fix: write `route`",
        ),
        fault(
            "a variable that nothing uses",
            ("/dashboards/0/dashboard/templating/list/-", json!({ "name": "unused", "type": "textbox", "query": "" })),
            "unused-variable",
            "dashboard `Service`, variable `unused`",
            "nothing uses",
        ),
        fault(
            "a data source's variable that is not defined",
            ("/dashboards/0/dashboard/panels/1/datasource/uid", json!("${DS_PROMETHEUS}")),
            "unknown-variable",
            panel,
            "fix: bind the input to a data source",
        ),
        fault(
            "variables that need each other",
            (
                "/dashboards/0/dashboard/templating/list/1/query/query",
                json!("label_values(http_requests_total{route=\"$route\"}, route)"),
            ),
            "variable",
            "dashboard `Service`, variable `route`",
            "`route` needs `route`",
        ),
        fault(
            "a panel that repeats for no variable",
            ("/dashboards/0/dashboard/panels/4/repeat", json!("rout")),
            "unknown-variable",
            "panel `95th percentile of $route` (id 5)",
            "fix: write `route`",
        ),
        fault(
            "two queries with one refId",
            ("/dashboards/0/dashboard/panels/5/targets/1/refId", json!("A")),
            "duplicate",
            "panel `Queues` (id 6)",
            "the refId `A`",
        ),
        fault(
            "two panels with one id",
            ("/dashboards/1/dashboard/panels/0/id", json!(2)),
            "duplicate",
            "panel `Load balancer` (id 2)",
            "has this id too",
        ),
        fault(
            "an id that Grafana refuses",
            ("/dashboards/1/dashboard/uid", json!("the platform")),
            "uid",
            "dashboard `Platform`",
            "at most 40 letters, digits, `-` and `_`, got `the platform`",
        ),
        fault(
            "a panel beyond the grid",
            ("/dashboards/0/dashboard/panels/5/gridPos/w", json!(9)),
            "layout",
            "panel `Queues` (id 6)",
            "within 24 columns, got x 16",
        ),
        fault(
            "a panel on another",
            ("/dashboards/0/dashboard/panels/5/gridPos/x", json!(15)),
            "layout",
            "panel `Queues` (id 6)",
            "lies on the panel `95th percentile of $route` (id 5)",
        ),
        fault(
            "a unit that is none",
            ("/dashboards/0/dashboard/panels/1/fieldConfig/defaults/unit", json!("reqs")),
            "field-config",
            panel,
            "`reqs` is no unit that Grafana knows",
        ),
        fault(
            "thresholds that do not ascend",
            ("/dashboards/0/dashboard/panels/2/fieldConfig/defaults/thresholds/steps/2/value", json!(0.5)),
            "field-config",
            "panel `Errors` (id 3)",
            "got 1 before 0.5",
        ),
        fault(
            "an override with a matcher that there is not",
            ("/dashboards/0/dashboard/panels/1/fieldConfig/overrides/0/matcher/id", json!("byRegex")),
            "field-config",
            panel,
            "fix: write `byRegexp`",
        ),
        fault(
            "an override with an expression that is none",
            ("/dashboards/0/dashboard/panels/1/fieldConfig/overrides/0/matcher/options", json!("/^(5.*/")),
            "field-config",
            panel,
            "is no regular expression",
        ),
        fault(
            "a way to draw that there is not",
            ("/dashboards/0/dashboard/panels/1/fieldConfig/defaults/custom/drawStyle", json!("lines")),
            "dashboard-schema",
            panel,
            "fix: write `line`",
        ),
        fault(
            "a legend's mode that there is not",
            ("/dashboards/0/dashboard/panels/1/options/legend/displayMode", json!("tabel")),
            "dashboard-schema",
            panel,
            "fix: write `table`",
        ),
        fault(
            "a calculation that there is not",
            ("/dashboards/0/dashboard/panels/2/options/reduceOptions/calcs/0", json!("lastNonNull")),
            "dashboard-schema",
            "panel `Errors` (id 3)",
            "fix: write `lastNotNull`",
        ),
        fault(
            "a transformation that there is not",
            ("/dashboards/0/dashboard/panels/5/transformations/1/id", json!("organise")),
            "dashboard-schema",
            "panel `Queues` (id 6)",
            "fix: write `organize`",
        ),
        fault(
            "a kind of mapping that there is not",
            ("/dashboards/0/dashboard/panels/2/fieldConfig/defaults/mappings/0/type", json!("values")),
            "dashboard-schema",
            "dashboard `Service`",
            "is to be one of `value`, `range`, `regex`, `special`, got `values`",
        ),
        fault(
            "a number for a title",
            ("/dashboards/0/dashboard/panels/1/title", json!(5)),
            "dashboard-schema",
            "dashboard `Service`",
            "`panels[1].title` is to be a text, got 5",
        ),
        fault(
            "a cursor that there is not",
            ("/dashboards/0/dashboard/graphTooltip", json!(3)),
            "dashboard-schema",
            "dashboard `Service`",
            "`graphTooltip` is to be one of 0, 1, 2, got 3",
        ),
        fault(
            "a kind of variable that there is not",
            ("/dashboards/0/dashboard/templating/list/5/type", json!("text")),
            "dashboard-schema",
            "dashboard `Service`",
            "`templating.list[5].type` is to be one of",
        ),
        fault(
            "tags that are no list",
            ("/dashboards/0/dashboard/tags", json!("shop")),
            "dashboard-schema",
            "dashboard `Service`",
            "`tags` is to be a list",
        ),
        fault(
            "a member in another case",
            ("/dashboards/0/dashboard/panels/1/gridpos", json!({ "x": 0, "y": 0, "w": 1, "h": 1 })),
            "dashboard-schema",
            "dashboard `Service`",
            "fix: write `gridPos`",
        ),
        fault(
            "a time that is none",
            ("/dashboards/0/dashboard/time/from", json!("6h ago")),
            "dashboard-schema",
            "dashboard `Service`",
            "`time.from` is to be a time such as `now-6h`",
        ),
        fault(
            "an interval that is none",
            ("/dashboards/0/dashboard/refresh", json!("often")),
            "dashboard-schema",
            "dashboard `Service`",
            "`refresh` is to be an interval",
        ),
        fault(
            "no title",
            ("/dashboards/1/dashboard/title", json!("")),
            "dashboard-schema",
            "dashboard `shop-platform`",
            "a dashboard has a title",
        ),
        fault(
            "a panel's kind that there is not",
            ("/dashboards/0/dashboard/panels/1/type", json!("timeserie")),
            "unknown-panel",
            panel,
            "fix: write `timeseries`",
        ),
        fault(
            "a data source of another plugin",
            ("/dashboards/0/dashboard/panels/6/panels/0/datasource", json!({ "type": "loki", "uid": "traces" })),
            "unknown-data-source",
            "panel `Lines` (id 7)",
            "is of the plugin `tempo`, got the type `loki`",
        ),
        fault(
            "a folder that there is not",
            ("/dashboards/0/folderUid", json!("shops")),
            "missing-folder",
            "dashboard `Service`",
            "fix: write `shop`",
        ),
        fault(
            "a link to a dashboard that there is not",
            ("/dashboards/0/dashboard/links/1/url", json!("/d/shop-platfrom/platform")),
            "dashboard-link",
            "dashboard `Service`, link `Platform`",
            "fix: write `shop-platform`",
        ),
        fault(
            "a link to a panel that there is not",
            (
                "/dashboards/0/dashboard/panels/4/fieldConfig/defaults/links/0/url",
                json!("/d/shop-service?viewPanel=70"),
            ),
            "dashboard-link",
            "panel `95th percentile of $route` (id 5)",
            "the panel with the id 70",
        ),
        fault(
            "another panel's data that there is not",
            (
                "/dashboards/0/dashboard/panels/5/targets/3",
                json!({ "refId": "D", "panelId": 99, "datasource": { "type": "datasource", "uid": "-- Dashboard --" } }),
            ),
            "dashboard-link",
            "panel `Queues` (id 6), query D",
            "the panel with the id 99",
        ),
        fault(
            "an expression of a query that there is not",
            ("/dashboards/0/dashboard/panels/2/targets/2/expression", json!("$A / $D")),
            "query",
            "panel `Errors` (id 3), query C",
            "takes `D`, and no query has this refId; there are `A`, `B`, `C`",
        ),
    ]
}

fn of_data_sources() -> Vec<Fault> {
    let field = "/dataSources/1/jsonData/derivedFields/0/matcherRegex";
    let order = "/dataSources/1/jsonData/derivedFields/1/matcherRegex";
    let link = "data source `Logs`, derived field";
    vec![
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
    ]
}

fn of_cloudwatch() -> Vec<Fault> {
    let target = |member: &str| -> &'static str {
        match member {
            "metricName" => "/dashboards/1/dashboard/panels/0/targets/0/metricName",
            "namespace" => "/dashboards/1/dashboard/panels/0/targets/0/namespace",
            "dimensions" => "/dashboards/1/dashboard/panels/0/targets/0/dimensions",
            "statistic" => "/dashboards/1/dashboard/panels/0/targets/0/statistic",
            "period" => "/dashboards/1/dashboard/panels/0/targets/0/period",
            _ => "/dashboards/1/dashboard/panels/0/targets/0/region",
        }
    };
    let dimensions = json!({ "Function": "$function" });
    vec![
        fault(
            "a metric that AWS has not",
            (target("metricName"), json!("Durations")),
            "cloudwatch",
            LAMBDA,
            "`Duration`",
        ),
        fault(
            "a namespace in another case",
            (target("namespace"), json!("aws/lambda")),
            "cloudwatch",
            LAMBDA,
            "`AWS/Lambda`",
        ),
        fault(
            "a dimension that it has not",
            (target("dimensions"), dimensions),
            "cloudwatch",
            LAMBDA,
            "`FunctionName`",
        ),
        fault(
            "a statistic that is none",
            (target("statistic"), json!("Avrage")),
            "cloudwatch",
            LAMBDA,
            "fix: write `Average`",
        ),
        fault(
            "a period that is none",
            (target("period"), json!("61")),
            "cloudwatch",
            LAMBDA,
            "a multiple of 60, got `61`",
        ),
        fault("no region", (target("region"), json!("")), "cloudwatch", LAMBDA, "fix: write `default`"),
        fault(
            "another region",
            (target("region"), json!("us-east-1")),
            "cloudwatch",
            LAMBDA,
            "the stack is in `eu-west-1`",
        ),
    ]
}

fn of_alerting() -> Vec<Fault> {
    let model = |text: &str| ("/alerting/ruleGroups/0/rules/0/data/0/model/expr", json!(text));
    let receiver = "/alerting/ruleGroups/0/rules/0/notification_settings/receiver";
    let timings = "/alerting/ruleGroups/0/rules/0/notification_settings/mute_time_intervals/0";
    vec![
        fault(
            "a condition that no query is",
            ("/alerting/ruleGroups/0/rules/0/condition", json!("D")),
            "alert-rule",
            RULE,
            "there are `A`, `B`, `C`",
        ),
        fault(
            "an expression of what is not there",
            ("/alerting/ruleGroups/0/rules/0/data/1/model/expression", json!("X")),
            "query",
            "alert rule `Many errors`, query B",
            "takes `X`",
        ),
        fault(
            "expressions that need each other",
            ("/alerting/ruleGroups/0/rules/0/data/1/model/expression", json!("C")),
            "alert-rule",
            RULE,
            "needs itself",
        ),
        fault(
            "a kind of expression that there is not",
            ("/alerting/ruleGroups/0/rules/0/data/2/model/type", json!("treshold")),
            "query",
            "alert rule `Many errors`, query C",
            "fix: write `threshold`",
        ),
        fault(
            "a reducer that there is not",
            ("/alerting/ruleGroups/0/rules/0/data/1/model/reducer", json!("avg")),
            "query",
            "alert rule `Many errors`, query B",
            "no reducer is called `avg`",
        ),
        fault(
            "an alert of a metric that there is not",
            model("rate(http_requests[5m]) > 1"),
            "metric-name",
            RULE,
            "_total`",
        ),
        fault(
            "an alert with a dashboard's variable",
            model("sum(rate(http_requests_total{route=\"$route\"}[5m]))"),
            "alert-rule",
            "alert rule `Many errors`, query A",
            "a dashboard's variable",
        ),
        fault(
            "a query of no time",
            ("/alerting/ruleGroups/0/rules/0/data/0/relativeTimeRange/to", json!(600)),
            "alert-rule",
            "alert rule `Many errors`, query A",
            "no time at all",
        ),
        fault(
            "a data source of an alert that there is not",
            ("/alerting/ruleGroups/0/rules/0/data/0/datasourceUid", json!("metric")),
            "unknown-data-source",
            "alert rule `Many errors`, query A",
            "fix: write `metrics`",
        ),
        fault(
            "an alert of a dashboard that there is not",
            ("/alerting/ruleGroups/0/rules/0/annotations/__dashboardUid__", json!("service")),
            "dashboard-link",
            RULE,
            "the dashboard `service`",
        ),
        fault(
            "an alert of a panel that there is not",
            ("/alerting/ruleGroups/0/rules/0/annotations/__panelId__", json!("33")),
            "dashboard-link",
            RULE,
            "the panel `33`",
        ),
        fault(
            "a summary that is no template",
            ("/alerting/ruleGroups/0/rules/0/annotations/summary", json!("{{ if $values.B }}x")),
            "go-template",
            RULE,
            "`if` has no `end`",
        ),
        fault(
            "a label's name that Prometheus refuses",
            ("/alerting/ruleGroups/0/rules/0/labels/team-name", json!("a")),
            "alert-rule",
            RULE,
            "got `team-name`",
        ),
        fault("a contact point of a rule", (receiver, json!("poeple")), "alert-route", RULE, "fix: write `people`"),
        fault("a mute timing of a rule", (timings, json!("night")), "alert-route", RULE, "fix: write `nights`"),
        fault(
            "a contact point of a policy",
            ("/alerting/policies/routes/0/receiver", json!("pagers")),
            "alert-route",
            "notification policies, policy 1",
            "no contact point is called `pagers`; there are `people`",
        ),
        fault(
            "a template that there is not",
            ("/alerting/contactPoints/0/settings/subject", json!("{{ template \"shop.titel\" . }}")),
            "alert-route",
            "contact point `people`",
            "fix: write `shop.title`",
        ),
        fault(
            "a template that does not parse",
            ("/alerting/templates/0/template", json!("{{ define \"shop.title\" }}{{ len .Alerts }}")),
            "go-template",
            "message template `shop`",
            "`define` has no `end`",
        ),
        fault(
            "two rules with one uid",
            ("/alerting/ruleGroups/1/rules/0/uid", json!("shop-errors")),
            "duplicate",
            "alert rule `Orders`",
            "has the uid `shop-errors` too",
        ),
        fault(
            "a group in no folder",
            ("/alerting/ruleGroups/0/folderUid", json!("alerts")),
            "missing-folder",
            "alert group `requests`",
            "no folder has the uid `alerts`",
        ),
    ]
}

#[test]
fn nothing_is_found_in_the_good_content() {
    let good = serde_json::from_str(GOOD).expect("it is JSON");
    let found: Vec<_> = check(&good).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_fault_is_found_by_its_rule_at_its_place_with_what_to_do() {
    let good: Value = serde_json::from_str(GOOD).expect("it is JSON");
    let mut missed = Vec::new();
    let faults = faults();
    for fault in &faults {
        let mut bad = good.clone();
        put(&mut bad, fault.path, fault.value.clone());
        assert_ne!(bad, good, "{}: nothing is changed", fault.name);
        let found = check(&bad);
        let right = |finding: &&Finding| {
            let shown = finding.to_string();
            finding.rule.0 == fault.rule && finding.place.contains(fault.place) && shown.contains(fault.says)
        };
        if !found.iter().any(|finding| right(&finding)) {
            let shown: Vec<_> = found.iter().map(|finding| format!("  {finding}")).collect();
            missed.push(format!("{} ({}, {}):\n{}", fault.name, fault.rule, fault.says, shown.join("\n")));
        }
    }
    assert!(missed.is_empty(), "{} of {} are missed:\n{}", missed.len(), faults.len(), missed.join("\n"));
    assert!(faults.len() >= 30);
}

/// What a fault breaks elsewhere too: a definition whose other users are told as well.
const SPREADS: [&str; 9] = [
    "a data source's uid that nobody made",
    "a data source of an alert that there is not",
    "two panels with one id",
    "an id that Grafana refuses",
    "no title",
    "a kind of variable that there is not",
    "a template that does not parse",
    "variables that need each other",
    "a folder that there is not",
];

#[test]
fn nothing_else_is_found_with_a_fault() {
    let good: Value = serde_json::from_str(GOOD).expect("it is JSON");
    let mut more = Vec::new();
    for fault in faults().into_iter().filter(|fault| !SPREADS.contains(&fault.name)) {
        let mut bad = good.clone();
        put(&mut bad, fault.path, fault.value);
        // A query that is gone may have been the only one that used a variable.
        let others = check(&bad)
            .into_iter()
            .filter(|finding| finding.rule.0 != fault.rule && finding.rule.0 != "unused-variable");
        more.extend(others.map(|finding| format!("{}: {finding}", fault.name)));
    }
    assert!(more.is_empty(), "{}", more.join("\n"));
}

#[test]
fn faults_are_found_all_at_once_and_in_the_same_order_each_time() {
    let mut bad: Value = serde_json::from_str(GOOD).expect("it is JSON");
    let paths = [("/dashboards/0/dashboard/graphTooltip", json!(7)), (EXPR, json!("sum(")), (LINES, json!("{"))];
    for (path, value) in paths {
        put(&mut bad, path, value);
    }
    let found = check(&bad);
    let rules: Vec<_> = found.iter().map(|finding| finding.rule.0).filter(|rule| *rule != "unused-variable").collect();
    assert_eq!(rules, ["dashboard-schema", "query", "query"]);
    assert_eq!(found, check(&bad));
}

#[test]
fn a_dashboard_with_an_unbalanced_bracket_is_found_with_the_bracket() {
    let good: Value = serde_json::from_str(GOOD).expect("it is JSON");
    let text = serde_json::to_string_pretty(&good["dashboards"][0]["dashboard"]).expect("it is JSON");
    // As in an original: the last list is not closed.
    let end = text.rfind(']').expect("there is a list");
    let bad = [&text[..end], &text[end + 1..]].concat();
    let found = check::dashboard_text("service.json", &bad, &Context::default());
    let [finding] = &found[..] else { panic!("{found:?}") };
    let shown = finding.to_string();
    assert_eq!((finding.rule.0, finding.place.as_str()), ("json", "service.json"));
    assert!(shown.contains("is still open") && shown.contains("fix: close it with `]`"), "{shown}");
}

#[test]
fn the_service_map_needs_its_metrics() {
    let document: Document = serde_json::from_str(GOOD).expect("the content is a document");
    let context = Context::default().exporter(Exporter::from_json(SHOP).expect("the list is one"));
    let found = check::document(&document, &context);
    let map = found.iter().find(|finding| finding.place == "data source `Traces`, service map");
    assert!(map.is_some_and(|finding| finding.rule.0 == "correlation"), "{found:?}");
}

#[test]
fn without_exporters_names_are_not_compared_and_that_is_said_once() {
    let document: Document = serde_json::from_str(GOOD).expect("the content is a document");
    let found = check::document(&document, &Context::default());
    let rules: Vec<_> = found.iter().map(|finding| finding.rule.0).collect();
    assert_eq!(rules, ["no-exporter"], "{found:?}");
}

#[test]
fn a_dashboard_alone_is_not_asked_for_what_only_its_grafana_knows() {
    let good: Value = serde_json::from_str(GOOD).expect("it is JSON");
    for placed in good["dashboards"].as_array().expect("a list") {
        assert_eq!(check::dashboard(&placed["dashboard"], &Context::default()), []);
    }
    let wrapped = json!({ "dashboard": good["dashboards"][0]["dashboard"], "meta": {} });
    assert_eq!(check::dashboard(&wrapped, &Context::default()), []);
}

#[test]
fn every_rule_that_a_fault_breaks_is_in_the_list() {
    let unlisted: Vec<_> = faults()
        .iter()
        .map(|fault| fault.rule)
        .filter(|rule| !RULES.iter().any(|(known, _)| known.0 == *rule))
        .collect();
    assert_eq!(unlisted, [""; 0]);
}
