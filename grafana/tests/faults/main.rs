//! Faults that are put into a good content, one at a time: each is found, by the right rule and at the right place, and
//! nothing else is; and nothing is found in the good content.

mod alerting;
mod cloudwatch;
mod dashboards;
mod data_sources;
mod legal;
mod notifications;
mod originals;
mod places;
mod queries;

use belvedere_grafana::catalog::{self, Exporter};
use belvedere_grafana::check::{self, Context, RULES};
use belvedere_grafana::{Document, Finding};
use serde_json::{Value, json};

const GOOD: &str = include_str!("good.json");
const SHOP: &str = include_str!("shop.json");

/// What is around the good content.
fn context() -> Context {
    Context::default()
        .exporter(Exporter::from_json(SHOP).expect("the list is one"))
        .exporter(catalog::tempo_metrics_generator())
        .region("eu-west-1")
        .service_managed()
        .managed_version("12.4")
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
    let all = [
        originals::faults(),
        queries::faults(),
        dashboards::faults(),
        data_sources::faults(),
        cloudwatch::faults(),
        alerting::faults(),
        notifications::faults(),
    ];
    all.into_iter().flatten().collect()
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
const SPREADS: [&str; 13] = [
    "a panel that repeats for no variable",
    "two dashboards with one uid",
    "a record without a colon",
    "a record with a dash",
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

    let mut shop = Exporter::from_json(SHOP).expect("the list is one");
    shop.stream_labels.clear();
    let context = Context::default().exporter(shop).exporter(catalog::tempo_metrics_generator());
    let found = check::document(&document, &context);
    let told: Vec<_> = found.iter().filter(|finding| finding.rule.0 == "no-exporter").collect();
    assert!(matches!(told.as_slice(), [one] if one.message.contains("labels its logs have")), "{found:?}");
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

/// What is found of one query in a dashboard that is checked alone.
fn found_alone(expr: &str) -> Vec<String> {
    let dashboard = json!({
        "title": "Alone", "schemaVersion": 41,
        "panels": [{
            "id": 1, "type": "timeseries", "title": "One", "gridPos": { "x": 0, "y": 0, "w": 12, "h": 8 },
            "datasource": { "type": "prometheus", "uid": "metrics" },
            "targets": [{ "refId": "A", "expr": expr }]
        }]
    });
    check::dashboard(&dashboard, &Context::default()).iter().map(ToString::to_string).collect()
}

#[test]
fn without_a_stack_well_known_programs_and_names_tell_what_a_counter_is() {
    for (expr, says) in [
        ("node_cpu_seconds_total", "`node_cpu_seconds_total` is a counter"),
        ("sum(orders_total)", "`orders_total` has the name of a counter"),
        ("sum by (le) (order_seconds_bucket)", "fix: write `rate(order_seconds_bucket[$__rate_interval])`, unless"),
        ("order_seconds_sum / order_seconds_count", "`order_seconds_sum` has the name of a counter"),
        ("rate(node_load1[5m])", "`rate` of `node_load1`, which is no counter"),
        ("increase(node_filesystem_avail_bytes[1h])", "`increase` of `node_filesystem_avail_bytes`"),
    ] {
        let found = found_alone(expr);
        assert!(found.iter().any(|finding| finding.contains(says)), "{expr}: {found:?}");
    }
    for expr in [
        "rate(node_cpu_seconds_total[5m])",
        "aws_lambda_invocations_sum",
        "jvm_threads_count",
        "job:orders:rate5m_total",
        "app_uptime_seconds_total",
        "rate(node_time_seconds[5m]) - 1",
        "rate(unheard_of[5m])",
        "deriv(node_filesystem_avail_bytes[1h])",
    ] {
        assert_eq!(found_alone(expr), [""; 0], "{expr}");
    }
}

#[test]
fn what_an_older_workspace_lacks_is_found() {
    let mut content: Value = serde_json::from_str(GOOD).expect("it is JSON");
    let rule = "/alerting/ruleGroups/0/rules/0/keep_firing_for";
    put(&mut content, rule, json!("10m"));
    put(&mut content, "/folders/-", json!({ "uid": "inner", "title": "Inner", "parentUid": "shop" }));
    put(&mut content, "/dashboards/1/dashboard/panels/1/type", json!("trend"));
    let document: Document = serde_json::from_value(content).expect("the content is a document");
    let found = |version: &str| -> Vec<String> {
        let found = check::document(&document, &context().managed_version(version)).into_iter();
        found.filter(|finding| finding.rule.0 == "grafana-version").map(|finding| finding.to_string()).collect()
    };
    assert_eq!(found("12.4"), [""; 0]);
    let of_ten = found("10.4");
    assert!(
        of_ten.iter().any(|finding| finding.starts_with("alert rule `Many errors`: `keep_firing_for`")),
        "{of_ten:?}"
    );
    assert!(of_ten.iter().any(|finding| finding.contains("fix: let the core plugin sign")), "{of_ten:?}");
    assert!(!of_ten.iter().any(|finding| finding.contains("folder `Inner`")), "{of_ten:?}");
    let of_nine = found("9.4");
    for says in
        ["folder `Inner`: a folder in another needs Grafana 10", "panel `Load balancer` (id 2): the panel `trend`"]
    {
        assert!(of_nine.iter().any(|finding| finding.contains(says)), "{says}: {of_nine:?}");
    }
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
