//! What is unusual and right: nothing is found.

use serde_json::{Value, json};

use super::{EXPR, GOOD, LINES, check, put};

const TRACES: &str = "/dashboards/0/dashboard/panels/6/panels/1/targets/0/query";
const ALERT: &str = "/alerting/ruleGroups/0/rules/0";

fn cases() -> Vec<(&'static str, String, Value)> {
    let expr = |name, text: &str| (name, EXPR.to_owned(), json!(text));
    let lines = |name, text: &str| (name, LINES.to_owned(), json!(text));
    let traces = |name, text: &str| (name, TRACES.to_owned(), json!(text));
    let alert = |name, path: &str, value| (name, format!("{ALERT}/{path}"), value);
    let dashboard = |name, path: &str, value| (name, format!("/dashboards/0/dashboard/{path}"), value);
    let search = |name, text: &str| {
        let target = |reference: &str, id: &str, mode: i64, metric: &str, expression: &str| {
            json!({
                "refId": reference, "id": id, "queryMode": "Metrics", "metricQueryType": 0, "metricEditorMode": mode,
                "region": "default", "namespace": "AWS/Lambda", "metricName": metric, "expression": expression,
                "dimensions": { "FunctionName": "$function" }, "statistic": "tm99.9", "period": "5m"
            })
        };
        let targets = [
            target("A", "m1", 0, "Errors", "left / over"),
            target("B", "", 0, "Invocations", ""),
            target("D", "m2", 0, "Throttles", ""),
            target("C", "e1", 1, "", text),
        ];
        (name, "/dashboards/1/dashboard/panels/0/targets".to_owned(), json!(targets))
    };
    vec![
        expr(
            "an aggregation that is behind its labels",
            "sum(rate(http_requests_total{route=~\"$route\"}[5m])) by (status)",
        ),
        expr(
            "a metric by its name's label",
            "sum by (status) (rate({__name__=\"http_requests_total\", route=~\"$route\"}[5m]))",
        ),
        expr(
            "a label that is empty on purpose",
            "sum by (status) (rate(http_requests_total{customer=\"\", route=~\"$route\"}[5m]))",
        ),
        expr(
            "several values as a text for other means",
            "sum by (status) (rate(http_requests_total{route=~\"^(${route:pipe})$\"}[5m]))",
        ),
        expr("a counter whose restarts count", "sum by (status) (resets(http_requests_total{route=~\"$route\"}[1h]))"),
        expr("a counter that is absent", "absent(http_requests_total{route=~\"$route\", status=\"200\"})"),
        expr("how many series of a counter there are", "count by (status) (http_requests_total{route=~\"$route\"})"),
        expr(
            "a counter that is only compared",
            "sum by (status) (rate(http_requests_total{route=~\"$route\"}[5m])) and on (status) sum by (status) (http_requests_total) > 100",
        ),
        expr("how much a counter grew", "http_requests_total{route=~\"$route\"} - http_requests_total offset 1h"),
        expr(
            "a counter that brings a label",
            "sum by (status) (rate(http_requests_total{route=~\"$route\"}[5m])) * on (status) group_left () group by (status) (http_requests_total)",
        ),
        expr("the last sample of a counter", "timestamp(http_requests_total{route=~\"$route\"})"),
        expr("a subquery", "max_over_time(sum by (status) (rate(http_requests_total{route=~\"$route\"}[5m]))[1h:1m])"),
        expr(
            "an offset and a fixed time",
            "sum by (status) (rate(http_requests_total{route=~\"$route\"}[5m] offset 1w @ end()))",
        ),
        expr(
            "a label that is made and shown",
            "label_replace(sum by (route) (rate(http_requests_total{route=~\"$route\"}[5m])), \"status\", \"$1\", \"route\", \"/(.*)\")",
        ),
        expr(
            "a quantile of one",
            "histogram_quantile(1, sum by (le, status) (label_replace(rate(http_request_duration_seconds_bucket{route=~\"$route\"}[5m]), \"status\", \"all\", \"\", \"\")))",
        ),
        expr(
            "a comparison with a number",
            "sum by (status) (rate(http_requests_total{route=~\"$route\"}[5m])) >= bool 0.5",
        ),
        expr(
            "alerts as series",
            "sum by (status) (label_replace(ALERTS{alertstate=\"firing\", route=~\"$route\"}, \"status\", \"$1\", \"severity\", \"(.*)\"))",
        ),
        expr(
            "comments and lines",
            "# errors
sum by (status) (
  rate(http_requests_total{route=~\"$route\"}[5m]) # all
)",
        ),
        expr(
            "a keyword for a label",
            "sum by (status) (rate(http_requests_total{route=~\"$route\", method!~\"(?i)options\"}[5m]))",
        ),
        lines(
            "a parser that may make any field",
            "{service_name=\"shop\", deployment_environment=~\"$environment\"} |~ `$search` | json | customer = \"x\"",
        ),
        lines(
            "a template of lines",
            "{service_name=\"shop\", deployment_environment=~\"$environment\"} |~ `$search` | line_format \"{{.route}} {{ __line__ }}\"",
        ),
        lines(
            "a number of lines",
            "sum by (route) (count_over_time({service_name=\"shop\", deployment_environment=~\"$environment\"} |~ `$search` [5m]))",
        ),
        lines(
            "a filter of addresses",
            "{service_name=\"shop\", deployment_environment=~\"$environment\"} |~ `$search` | logfmt | addr = ip(\"10.0.0.0/8\")",
        ),
        traces("a trace by its id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        traces("structure and aggregates", "{ resource.service.name = \"shop\" } >> { status = error } | count() > 2"),
        traces("metrics of traces", "{ kind = server } | rate() by (resource.service.name)"),
        traces("an attribute without a scope", "{ .http.status_code >= 500 && duration > 1.5s }"),
        alert("no wait", "for", json!("0s")),
        alert("a long wait", "for", json!("1d")),
        alert(
            "a runbook that a label is part of",
            "annotations/runbook_url",
            json!("https://runbooks.example.com/{{ $labels.alertname }}"),
        ),
        alert(
            "a template with variables of its own",
            "annotations/summary",
            json!("{{ range $name, $value := $labels }}{{ $name }}={{ $value }} {{ end }}{{ $value }}"),
        ),
        alert(
            "a template with functions",
            "annotations/summary",
            json!(
                "{{ with $values }}{{ humanize .B.Value | printf \"%s\" }}{{ end }}{{ if eq 1 1 }}a{{ else }}b{{ end }}"
            ),
        ),
        alert(
            "a bound that is reduced by classic conditions",
            "data/2/model",
            json!({ "refId": "C", "type": "classic_conditions", "conditions": [{ "type": "query", "query": { "params": ["A"] }, "evaluator": { "type": "no_value", "params": [] }, "reducer": { "type": "last" }, "operator": { "type": "and" } }] }),
        ),
        dashboard(
            "a counter of which the difference is shown",
            "panels/1",
            json!({
                "id": 2, "type": "stat", "title": "Requests", "gridPos": { "x": 0, "y": 1, "w": 12, "h": 8 },
                "datasource": { "type": "grafana-amazonprometheus-datasource", "uid": "metrics" },
                "options": { "reduceOptions": { "calcs": ["diff"], "fields": "", "values": false } },
                "targets": [{ "refId": "A", "expr": "sum(http_requests_total{route=~\"$route\"})" }]
            }),
        ),
        alert(
            "an expression with all that there is",
            "data/2/model",
            json!({ "refId": "C", "type": "math", "expression": "!is_nan(${B}) && ($B ** 2 >= 1e3 || abs($B) > - 0x1F) % 2" }),
        ),
        dashboard(
            "an expression with a dashboard's variable",
            "panels/2/targets/2/expression",
            json!("$A / $queue > ${queue:raw}"),
        ),
        search(
            "math and a search",
            "100 * SUM([m1, m2]) / IF(m1 > 1e3 AND m2 < 5, FILL(m1, REPEAT), queryB) + SEARCH(' {AWS/Lambda,FunctionName} MetricName=\"Errors\" ', 'PR(:300)', 300)",
        ),
        search("math with variables", "m$function + ${function}_x + METRICS(\"m1\")"),
        dashboard(
            "a colour of CSS",
            "panels/2/fieldConfig/defaults/color",
            json!({ "mode": "fixed", "fixedColor": "RebeccaPurple" }),
        ),
        dashboard(
            "a colour that another mode does not draw",
            "panels/2/fieldConfig/defaults/color",
            json!({ "mode": "palette-classic", "fixedColor": "nodes" }),
        ),
        (
            "the 29th of February of a leap year",
            "/alerting/muteTimings/0/time_intervals/0".to_owned(),
            json!({ "days_of_month": ["29"], "months": ["february"], "years": ["2025:2028"] }),
        ),
        dashboard("thresholds that are alike", "panels/2/fieldConfig/defaults/thresholds/steps/2/value", json!(1)),
        dashboard("a unit of one's own", "panels/1/fieldConfig/defaults/unit", json!("suffix: req")),
        dashboard(
            "a unit of one's own, as Grafana's editor writes it",
            "panels/1/fieldConfig/defaults/unit",
            json!("errors/min"),
        ),
        dashboard("a least distance of samples", "panels/1/interval", json!(">=30s")),
        dashboard("a least distance of samples in seconds", "panels/1/interval", json!("60")),
        dashboard("today", "panels/1/timeFrom", json!("now/d")),
        dashboard(
            "a link with the panel's own variables",
            "panels/4/fieldConfig/defaults/links/0/url",
            json!("/d/shop-service?var-route=${__field.labels.route}&${__url_time_range}&${route:queryparam}"),
        ),
        dashboard("a link that leads out", "links/1/url", json!("https://example.com/d/none")),
        dashboard("an expression without slashes", "templating/list/2/regex", json!("queue=(.*)")),
        dashboard("an expression with flags", "templating/list/2/regex", json!("/queue=\"([^\"]+)\"/i")),
        dashboard("steps in quotes", "templating/list/4/query", json!("'1m','10m',1d")),
        dashboard("a time in the future", "time", json!({ "from": "now-1d/d", "to": "now+1h" })),
        dashboard("no refresh", "refresh", json!("")),
        (
            "policies by what Grafana sets",
            "/alerting/policies/routes/0/object_matchers".to_owned(),
            json!([["grafana_folder", "=", "Shop"], ["alertname", "=~", "Many.*"], ["team", "!=", "web"]]),
        ),
        (
            "a label that only some alerts have",
            "/alerting/policies/routes/0/object_matchers".to_owned(),
            json!([["customer", "=~", ".*"], ["customer", "=", ""]]),
        ),
        (
            "the last days of months",
            "/alerting/muteTimings/0/time_intervals/0".to_owned(),
            json!({ "days_of_month": ["-3:-1", "31"], "months": ["january:march", "12"], "weekdays": ["monday:friday"] }),
        ),
        (
            "a kind of receiver of tomorrow",
            "/alerting/contactPoints/-".to_owned(),
            json!({ "uid": "x", "name": "x", "type": "carrier-pigeon", "settings": {} }),
        ),
    ]
}

#[test]
fn nothing_is_found_in_what_is_unusual() {
    let good: Value = serde_json::from_str(GOOD).expect("it is JSON");
    let mut found = Vec::new();
    let cases = cases();
    for (name, path, value) in &cases {
        let mut unusual = good.clone();
        put(&mut unusual, path, value.clone());
        assert_ne!(unusual, good, "{name}: nothing is changed");
        // A query in the place of another leaves its variables and a legend without use, and may need another panel.
        let used = |finding: &belvedere_grafana::Finding| {
            let message = &finding.message;
            finding.rule.0 != "unused-variable"
                && !message.starts_with("the legend shows")
                && !message.starts_with("the query gives numbers, and a panel of the type `logs`")
        };
        found
            .extend(check(&unusual).iter().filter(|finding| used(finding)).map(|finding| format!("{name}: {finding}")));
    }
    assert!(cases.len() >= 30);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
