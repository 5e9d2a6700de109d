//! Rules, and where their alerts go.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::dashboard::{Bound, DashboardRef, Query};
use crate::datasource::{DataSourceRef, Loki, PromQl, Prometheus};
use crate::finding::Severity;
use crate::{Content, Folder, FolderRef, Secret};

const MINUTE: Duration = Duration::from_secs(60);

fn shop() -> (Content, DataSourceRef<PromQl>, FolderRef) {
    let mut content = Content::new("test");
    let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
    let folder = content.add(Folder::new("shop", "Shop"));
    (content, metrics, folder)
}

fn rules(content: &Content) -> Vec<&'static str> {
    content.problems.iter().map(|problem| problem.rule.0).collect()
}

#[test]
fn a_rule_is_a_query_its_last_value_and_a_bound() {
    let (mut content, metrics, folder) = shop();
    let people = content.add(ContactPoint::new("people", Email::new(["a@example.com"])));
    let rule = AlertRule::new("errors", "Many errors")
        .when(metrics.query("sum(rate(errors_total[5m]))"), Bound::Above(0.05))
        .hold_for(5 * MINUTE)
        .keep_firing_for(10 * MINUTE)
        .no_data(NoDataState::Ok)
        .label("severity", "page")
        .summary("{{ $values.B }} errors a second")
        .runbook("https://runbooks.example.com/errors")
        .panel(&DashboardRef::existing("service"), 3)
        .notify(Notification::to(&people).grouping(Grouping::new().by(["job"]).repeat_interval(60 * MINUTE)));
    content.add(RuleGroup::new("requests", &folder).rule(rule));
    assert_eq!(content.problems, []);
    let expression = json!({ "type": "__expr__", "uid": "__expr__" });
    let group = &content.document().alerting.rule_groups[0];
    assert_eq!((&*group.title, &*group.folder_uid, group.interval), ("requests", "shop", 60));
    assert_eq!(
        group.rules,
        [json!({
            "uid": "errors",
            "title": "Many errors",
            "orgID": 1,
            "folderUID": "shop",
            "ruleGroup": "requests",
            "condition": "C",
            "data": [
                {
                    "refId": "A",
                    "datasourceUid": "metrics",
                    "queryType": "",
                    "relativeTimeRange": { "from": 600, "to": 0 },
                    "model": {
                        "datasource": { "type": "prometheus", "uid": "metrics" },
                        "expr": "sum(rate(errors_total[5m]))",
                        "instant": true,
                        "range": false,
                        "intervalMs": 1000,
                        "maxDataPoints": 43200,
                        "refId": "A",
                    },
                },
                {
                    "refId": "B",
                    "datasourceUid": "__expr__",
                    "queryType": "",
                    "relativeTimeRange": { "from": 0, "to": 0 },
                    "model": {
                        "datasource": expression.clone(),
                        "expression": "A",
                        "reducer": "last",
                        "type": "reduce",
                        "intervalMs": 1000,
                        "maxDataPoints": 43200,
                        "refId": "B",
                    },
                },
                {
                    "refId": "C",
                    "datasourceUid": "__expr__",
                    "queryType": "",
                    "relativeTimeRange": { "from": 0, "to": 0 },
                    "model": {
                        "conditions": [{ "evaluator": { "type": "gt", "params": [0.05] } }],
                        "datasource": expression,
                        "expression": "B",
                        "type": "threshold",
                        "intervalMs": 1000,
                        "maxDataPoints": 43200,
                        "refId": "C",
                    },
                },
            ],
            "for": "5m",
            "keep_firing_for": "10m",
            "noDataState": "OK",
            "execErrState": "Error",
            "isPaused": false,
            "labels": { "severity": "page" },
            "annotations": {
                "summary": "{{ $values.B }} errors a second",
                "runbook_url": "https://runbooks.example.com/errors",
                "__dashboardUid__": "service",
                "__panelId__": "3",
            },
            "notification_settings": {
                "receiver": "people",
                "group_by": ["job", "alertname", "grafana_folder"],
                "repeat_interval": "1h",
            },
        })]
    );
}

#[test]
fn two_bounds_both_have_to_hold_and_a_range_becomes_one_number() {
    let (mut content, metrics, folder) = shop();
    let loki = content.add(Loki::new("logs", "Logs", "http://loki:3100"));
    let lines = Query::custom(&loki, json!({ "expr": "sum(rate({app=\"x\"}[5m]))", "queryType": "range" }));
    let rule = AlertRule::new("both", "Both")
        .when_over(30 * MINUTE, metrics.query("up"), Reducer::Max, Bound::Below(1.0))
        .when_until(lines, Bound::Above(10.0), Bound::Below(5.0));
    content.add(RuleGroup::new("g", &folder).rule(rule));
    assert_eq!(content.problems, []);
    let rule = &content.document().alerting.rule_groups[0].rules[0];
    let data = &rule["data"];
    assert_eq!(rule["condition"], "G");
    assert_eq!(data[0]["relativeTimeRange"]["from"], 1800);
    assert_eq!(data[0]["model"].get("instant"), None);
    assert_eq!(data[1]["model"]["reducer"], "max");
    assert_eq!((&data[3]["queryType"], &data[3]["model"]["queryType"]), (&json!("instant"), &json!("instant")));
    assert_eq!(
        data[5]["model"]["conditions"],
        json!([{
            "evaluator": { "type": "gt", "params": [10] },
            "unloadEvaluator": { "type": "lt", "params": [5] },
        }])
    );
    assert_eq!(data[6]["model"]["expression"], "${C} && ${F}");
}

#[test]
fn a_dead_mans_switch_always_fires_and_tells_often() {
    let (mut content, _, folder) = shop();
    let heartbeat = content.add(ContactPoint::new("heartbeat", Webhook::secret_url(Secret::environment("HEARTBEAT"))));
    content.add(RuleGroup::new("watchdog", &folder).rule(AlertRule::dead_mans_switch("watchdog", &heartbeat)));
    assert_eq!(content.problems, []);
    let rule = &content.document().alerting.rule_groups[0].rules[0];
    assert_eq!((&rule["condition"], &rule["data"][0]["model"]["expression"]), (&json!("A"), &json!("1 == 1")));
    assert_eq!(
        rule["notification_settings"],
        json!({ "receiver": "heartbeat", "group_wait": "0s", "group_interval": "1m", "repeat_interval": "5m" })
    );
}

#[test]
fn a_recording_rule_writes_what_a_query_gives() {
    let (mut content, metrics, folder) = shop();
    let rule = RecordingRule::new("orders", "orders:rate5m", metrics.query("sum(rate(orders_total[5m]))"))
        .write_to(&metrics)
        .label("team", "shop");
    content.add(RuleGroup::new("recorded", &folder).interval(30 * MINUTE).rule(rule));
    assert_eq!(content.problems, []);
    let rule = &content.document().alerting.rule_groups[0].rules[0];
    assert_eq!(rule["title"], "orders:rate5m");
    assert_eq!(rule["record"], json!({ "metric": "orders:rate5m", "from": "B", "target_datasource_uid": "metrics" }));
}

#[test]
fn policies_are_a_tree() {
    let mut content = Content::new("test");
    let people = content.add(ContactPoint::new("people", Email::new(["a@example.com"])));
    let nights = content.add(MuteTiming::new("nights", TimePeriod::new().between("00:00", "06:00")));
    let quiet = Route::to(&people)
        .when(Matcher::equal("severity", "ticket"))
        .when(Matcher::regex("team", "shop|web"))
        .mute_during(&nights)
        .continue_matching()
        .route(Route::to(&ContactPointRef::existing("grafana-default-email")).active_during(&nights));
    content.add(Policies::new(&people).route(quiet).grouping(Grouping::new().by(["alertname"]).wait(MINUTE)));
    assert_eq!(content.problems, []);
    assert_eq!(
        content.document().alerting.policies,
        Some(json!({
            "receiver": "people",
            "group_by": ["alertname"],
            "group_wait": "1m",
            "routes": [{
                "receiver": "people",
                "object_matchers": [["severity", "=", "ticket"], ["team", "=~", "shop|web"]],
                "mute_time_intervals": ["nights"],
                "continue": true,
                "routes": [{ "receiver": "grafana-default-email", "active_time_intervals": ["nights"] }],
            }],
        }))
    );
    content.add(Policies::new(&people));
    assert_eq!(rules(&content), ["alert-route"]);
}

#[test]
fn what_a_rule_cannot_be_is_found_all_at_once() {
    let (mut content, metrics, folder) = shop();
    content.allow("no-exporter", "", "names of metrics are no concern here");
    let elsewhere = Content::new("other").add(ContactPoint::new("elsewhere", Email::new(["a@example.com"])));
    let rule = |uid: &str| AlertRule::new(uid, "Title").when(metrics.query("up"), Bound::Below(1.0));
    let wrong = rule("a")
        .hold_for(Duration::from_secs(95))
        .label("grafana_folder", "x")
        .label("no-dash", "x")
        .label("severity", "critical")
        .notify(Notification::to(&elsewhere).grouping(Grouping::new().interval(10 * MINUTE).repeat_interval(MINUTE)));
    content.add(RuleGroup::new("one", &folder).rule(wrong));
    let found = content.check();
    let shown: Vec<_> = found.iter().map(|finding| (finding.rule.0, finding.severity)).collect();
    let (problem, warning) = (Severity::Problem, Severity::Warning);
    assert_eq!(
        shown,
        [
            ("rule-runbook", warning),
            ("alert-rule", problem),
            ("alert-rule", problem),
            ("alert-route", problem),
            ("alert-route", problem),
            ("alert-rule", warning),
        ],
        "{found:?}"
    );

    content.problems.clear();
    content.add(RuleGroup::new("two", &folder).rule(rule("a")).rule(AlertRule::new("b b", "")));
    assert_eq!(rules(&content), ["duplicate", "duplicate", "uid", "name", "alert-rule"]);

    content.problems.clear();
    let nowhere = Content::new("other").add(Folder::new("nowhere", "Nowhere"));
    content.add(RuleGroup::new("three", &nowhere).interval(Duration::from_secs(15)));
    assert_eq!(rules(&content), ["alert-rule", "missing-folder"]);
    assert!(content.check().iter().any(|finding| finding.message == "the interval is a multiple of 10s, got 15s"));

    content.problems.clear();
    let query = metrics.query("up");
    let named = AlertRule::new("c", "C").query("A", query.clone()).query("A", query).condition("Z");
    content.add(RuleGroup::new("one", &folder).rule(named));
    let found: Vec<_> = content.check().into_iter().map(|finding| finding.message).collect();
    assert!(found.contains(&"two queries have one refId".to_owned()), "{found:?}");
    let condition = "the condition is `Z`, and no query has this refId; there are `A`";
    assert!(found.contains(&condition.to_owned()), "{found:?}");
}

#[test]
fn what_was_said_to_be_there_is_no_finding() {
    let mut content = Content::new("test");
    let folder = FolderRef::existing("old");
    let point = ContactPointRef::existing("old point");
    let timing = MuteTimingRef::existing("old timing");
    let rule = AlertRule::dead_mans_switch("watchdog", &point).notify(Notification::to(&point).mute_during(&timing));
    content.add(RuleGroup::new("g", &folder).rule(rule));
    content.add(Policies::new(&point).route(Route::to(&point).active_during(&timing)));
    content.add(Folder::new("new", "New").inside(&folder));
    assert_eq!(content.check(), []);
}
