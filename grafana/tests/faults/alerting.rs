//! Faults of alert rules and of where alerts go.

use serde_json::json;

use super::{Fault, RULE, fault};

pub(super) fn faults() -> Vec<Fault> {
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
