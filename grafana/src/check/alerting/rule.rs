//! Alert rules: what they ask, when they fire and what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value as Json;

use super::super::go_template::{self, RULES};
use super::super::report::Report;
use super::super::source::{Source, Sources, listed};
use super::super::target::{self, Asked};
use super::super::{expression, id, nearest, rules, text_of};
use super::labels::{OWN, results_may_have};
use super::policy::{self, Names};
use crate::document::RuleGroupDocument;
use crate::duration;
use crate::prometheus::name::{label_complaint, metric_complaint, record_complaint};
use crate::query::Language;

pub(super) fn check<'a>(
    report: &mut Report<'_>,
    group: &'a RuleGroupDocument,
    names: &Names<'_>,
    uids: &mut BTreeMap<&'a str, String>,
) {
    let folder = &group.folder_uid;
    let folders = &report.context.folders;
    let group_place = format!("alert group `{}`", group.title);
    if let Some(folders) = folders.as_ref().filter(|folders| !folders.contains(folder)) {
        let near = nearest(folder, folders.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
        let message = format!("no folder has the uid `{folder}`");
        report.problem(rules::MISSING_FOLDER, &group_place, message).fix = near;
    }
    if group.interval == 0 || !group.interval.is_multiple_of(10) {
        let message = format!("the interval is a multiple of 10s, got {}s", group.interval);
        report.problem(rules::ALERT_RULE, &group_place, message).fix = Some("round it, at least to 10 s".to_owned());
    }
    for rule in &group.rules {
        let (title, uid) = (text_of(rule, "title"), text_of(rule, "uid"));
        let place = format!("alert rule `{}`", if title.is_empty() { uid } else { title });
        id(report, &place, rule.get("uid"));
        if let Some(other) = uids.get(uid).filter(|_| !uid.is_empty()) {
            report.problem(rules::DUPLICATE, &place, format!("the {other} has the uid `{uid}` too")).fix =
                Some("give each rule a uid of its own".to_owned());
        }
        uids.insert(uid, place.clone());
        check_rule(report, &place, rule, names);
        waits(report, &place, rule, group.interval);
    }
}

fn check_rule(report: &mut Report<'_>, place: &str, rule: &Json, names: &Names<'_>) {
    let data: Vec<&Json> = rule.get("data").and_then(Json::as_array).into_iter().flatten().collect();
    let references: BTreeSet<&str> = data.iter().map(|entry| text_of(entry, "refId")).collect();
    let shown: Vec<_> = references.iter().map(|reference| format!("`{reference}`")).collect();
    if references.len() < data.len() {
        report.problem(rules::DUPLICATE, place, "two queries have one refId");
    }
    let record = rule.get("record").and_then(|record| record.get("from")).and_then(Json::as_str);
    let condition = record.unwrap_or_else(|| text_of(rule, "condition"));
    if !data.is_empty() && !references.contains(condition) {
        let message =
            format!("the condition is `{condition}`, and no query has this refId; there are {}", listed(&shown));
        let last = data.last().map(|entry| format!("write `{}`", text_of(entry, "refId")));
        report.problem(rules::ALERT_RULE, place, message).fix = last;
    }
    let models: Vec<&Json> = data.iter().filter_map(|entry| entry.get("model")).collect();
    for entry in &data {
        let place = format!("{place}, query {}", text_of(entry, "refId"));
        let model = entry.get("model").unwrap_or(&Json::Null);
        let uid = entry.get("datasourceUid");
        let source = if uid.and_then(Json::as_str) == Some("__expr__") {
            Source::Expression
        } else {
            Sources::none().resolve(report, &place, uid)
        };
        let asked = Asked { place: &place, source: &source, references: &references, variables: &[], beside: &models };
        target::check(report, &asked, model);
        range(report, &place, entry, &source);
        variables(report, &place, model);
    }
    cycle(report, place, &data);
    if let Some(query) = unreduced(report, &data, condition, &mut BTreeSet::new()) {
        let message = format!("the query {query} gives each series over time, and an alert needs one number of each");
        report.problem(rules::ALERT_RULE, place, message).fix =
            Some("ask with `instant`, or reduce the series first".to_owned());
    }
    match rule.pointer("/record/metric").and_then(Json::as_str) {
        Some(metric) => {
            if let Some(complaint) = metric_complaint(metric) {
                report.problem(rules::ALERT_RULE, place, complaint);
            } else if let Some((complaint, fix)) = record_complaint(metric) {
                report.warn(rules::RECORD_NAME, place, complaint).fix = Some(fix);
            }
        }
        None => runbook(report, place, rule),
    }
    texts(report, place, rule, &references, "labels");
    texts(report, place, rule, &references, "annotations");
    shown_on(report, place, rule.get("annotations"));
    for settings in [rule.get("notification_settings"), rule.get("notificationSettings")].into_iter().flatten() {
        names.point(report, place, settings.get("receiver"));
        policy::grouping(report, place, settings);
        names.timing(report, place, settings.get("mute_time_intervals").or_else(|| settings.get("muteTimeIntervals")));
    }
}

/// How long a series has to be beyond its bound, and what happens without an answer.
fn waits(report: &mut Report<'_>, place: &str, rule: &Json, interval: u64) {
    for name in ["for", "keep_firing_for"] {
        let text = text_of(rule, name);
        if text.is_empty() {
            continue;
        }
        let Some(time) = duration::parse(text) else {
            let message = format!("`{name}` is a duration such as `5m`, got `{text}`");
            report.problem(rules::ALERT_RULE, place, message);
            continue;
        };
        if interval > 0 && !time.as_millis().is_multiple_of(u128::from(interval) * 1_000) {
            let interval = duration::text(Duration::from_secs(interval));
            let message = format!("`{name}` is {text}, and the rule is only evaluated every {interval}");
            report.warn(rules::ALERT_RULE, place, message).fix =
                Some("make it a multiple of the group's interval".to_owned());
        }
    }
    const NO_DATA: &[&str] = &["NoData", "Alerting", "OK", "KeepLast"];
    const ERROR: &[&str] = &["Error", "Alerting", "OK", "KeepLast"];
    for (name, known) in [("noDataState", NO_DATA), ("execErrState", ERROR)] {
        let state = text_of(rule, name);
        if !state.is_empty() && !known.contains(&state) {
            let message = format!("`{name}` is one of {}, got `{state}`", known.join(", "));
            let fix = nearest(state, known.iter().copied()).map(|near| format!("write `{near}`"));
            report.problem(rules::ALERT_RULE, place, message).fix = fix;
        }
    }
}

/// A query of an alert rule looks back from when it is evaluated; expressions have no time.
fn range(report: &mut Report<'_>, place: &str, entry: &Json, source: &Source) {
    let seconds = |name: &str| entry.get("relativeTimeRange")?.get(name)?.as_i64();
    if let (Some(from), Some(to)) = (seconds("from"), seconds("to"))
        && from <= to
        && *source != Source::Expression
    {
        let message = format!("the query looks from {from} s back to {to} s back, which is no time at all");
        report.problem(rules::ALERT_RULE, place, message).fix =
            Some("`from` is more than `to`, such as 600 and 0".to_owned());
    }
}

/// Variables whose value is a panel's width or how often the data source is scraped.
const OF_PANELS: [&str; 6] =
    ["__interval", "__interval_ms", "__interval_s", "__rate_interval", "__rate_interval_ms", "__auto"];

/// Alert rules have no dashboard whose variables they could use, and no panel that is so wide.
fn variables(report: &mut Report<'_>, place: &str, model: &Json) {
    let text = text_of(model, "expr");
    for variable in crate::query::variables(text) {
        let name = &variable.name;
        let finding = if OF_PANELS.contains(&name.as_str()) {
            let message = format!("`{name}` depends on how wide a panel is, and an alert rule has none");
            report.warn(rules::ALERT_RULE, place, message)
        } else if !name.starts_with("__") {
            let message = format!("`{name}` is a dashboard's variable, which an alert rule does not have");
            report.problem(rules::ALERT_RULE, place, message)
        } else {
            continue;
        };
        finding.text = Some((text.to_owned(), variable.span));
        finding.fix =
            Some(if name.starts_with("__") { "write the time, such as `5m`" } else { "write the value" }.to_owned());
    }
}

/// Expressions that need each other.
fn cycle(report: &mut Report<'_>, place: &str, data: &[&Json]) {
    let needs: BTreeMap<&str, Vec<String>> = data
        .iter()
        .filter(|entry| text_of(entry, "datasourceUid") == "__expr__")
        .filter_map(|entry| Some((text_of(entry, "refId"), expression::inputs(entry.get("model")?))))
        .collect();
    for start in needs.keys() {
        let (mut here, mut seen) = (vec![*start], BTreeSet::new());
        while let Some(next) = here.pop() {
            for input in needs.get(next).into_iter().flatten() {
                if input == start {
                    let message = format!("the expression `{start}` needs itself");
                    report.problem(rules::ALERT_RULE, place, message).fix =
                        Some("take a query instead of the expression".to_owned());
                    return;
                }
                if let Some((input, _)) = needs.get_key_value(input.as_str())
                    && seen.insert(*input)
                {
                    here.push(input);
                }
            }
        }
    }
}

/// The query of Prometheus or Loki whose series come to the condition as they are. Grafana refuses to decide on those.
fn unreduced<'a>(
    report: &Report<'_>,
    data: &[&'a Json],
    reference: &str,
    seen: &mut BTreeSet<&'a str>,
) -> Option<&'a str> {
    let entry = data.iter().find(|entry| text_of(entry, "refId") == reference)?;
    let (name, model) = (text_of(entry, "refId"), entry.get("model")?);
    if !seen.insert(name) {
        return None;
    }
    let uid = text_of(entry, "datasourceUid");
    if uid == "__expr__" {
        let passes = matches!(text_of(model, "type"), "math" | "threshold" | "resample");
        let inputs = if passes { expression::inputs(model) } else { Vec::new() };
        return inputs.iter().find_map(|input| unreduced(report, data, input, seen));
    }
    let language = target::language(&report.context.find_data_source(uid)?.plugin)?;
    let instant =
        text_of(model, "queryType") == "instant" || model.get("instant").and_then(Json::as_bool) == Some(true);
    (language != Language::TraceQl && !instant && !text_of(model, "expr").is_empty()).then_some(name)
}

/// An alert that wakes somebody says what to do, at an address.
fn runbook(report: &mut Report<'_>, place: &str, rule: &Json) {
    let member = |parent: &str, name: &str| rule.get(parent).and_then(|parent| parent.get(name));
    let severity = member("labels", "severity").and_then(Json::as_str);
    let Some(runbook) = member("annotations", "runbook_url") else {
        if severity.is_some_and(|severity| ["critical", "page"].contains(&severity)) {
            let message = "the alert wakes somebody and does not say what to do";
            report.warn(rules::RULE_RUNBOOK, place, message).fix =
                Some("add the annotation `runbook_url`: `.runbook(\"https://…\")`".to_owned());
        }
        return;
    };
    if let Some(complaint) = runbook.as_str().and_then(runbook_complaint) {
        report.warn(rules::RULE_RUNBOOK, place, complaint);
    }
}

/// What is wrong with the address of a runbook, if anything is.
pub(crate) fn runbook_complaint(url: &str) -> Option<String> {
    let opens = url.starts_with("https://") || url.starts_with("http://") || url.contains("{{") || url.contains("${");
    (!opens).then(|| format!("`runbook_url` is the address of a page, such as `https://…`, got `{url}`"))
}

/// Names that Grafana or Prometheus refuses, and templates that do not parse or show nothing.
fn texts(report: &mut Report<'_>, place: &str, rule: &Json, references: &BTreeSet<&str>, member: &str) {
    for (name, value) in rule.get(member).and_then(Json::as_object).into_iter().flatten() {
        let own = member == "annotations"
            && matches!(name.as_str(), "__dashboardUid__" | "__panelId__" | "__alertImageToken__");
        if member == "labels" {
            let reserved = matches!(name.as_str(), "alertname" | "grafana_folder");
            let reserved = reserved.then(|| format!("Grafana sets the label `{name}` itself"));
            if let Some(complaint) = label_complaint(name).or(reserved) {
                report.problem(rules::ALERT_RULE, place, complaint).fix =
                    Some("give the label another name".to_owned());
            }
        }
        let Some(text) = value.as_str().filter(|_| !own) else { continue };
        let template = go_template::read(text);
        if let Some((message, span)) = template.error {
            let finding = report.problem(rules::GO_TEMPLATE, place, format!("{member} `{name}`: {message}"));
            finding.text = Some((text.to_owned(), span));
            continue;
        }
        for (message, span, fix) in go_template::unknown_functions(&template.calls, &RULES)
            .into_iter()
            .chain(go_template::unknown_variables(&template.variables, &["labels", "values", "value"]))
        {
            let finding = report.problem(rules::GO_TEMPLATE, place, format!("{member} `{name}`: {message}"));
            finding.text = Some((text.to_owned(), span));
            finding.fix = fix;
        }
        for variable in &template.variables {
            let Some(field) = variable.field.as_deref() else { continue };
            // Classic conditions number their results.
            let known = |field: &str| references.contains(field.trim_end_matches(|digit: char| digit.is_ascii_digit()));
            let message = match variable.name.as_str() {
                "values" if !references.contains(field) && !known(field) => {
                    let shown: Vec<_> = references.iter().map(|name| format!("`{name}`")).collect();
                    format!("no query has the refId `{field}`; there are {}", listed(&shown))
                }
                "labels" if !OWN.contains(&field) && !results_may_have(report, rule, field) => {
                    format!("the results of the queries have no label `{field}`")
                }
                _ => continue,
            };
            let finding = report.warn(rules::ALERT_RULE, place, format!("{member} `{name}`: {message}"));
            finding.text = Some((text.to_owned(), variable.span));
        }
    }
}

/// The panel that a rule is shown on.
fn shown_on(report: &mut Report<'_>, place: &str, annotations: Option<&Json>) {
    let Some(annotations) = annotations else { return };
    let (uid, panel) = (text_of(annotations, "__dashboardUid__"), text_of(annotations, "__panelId__"));
    let Some(known) = report.context.dashboards.as_ref().filter(|_| !uid.is_empty()) else {
        if uid.is_empty() && !panel.is_empty() {
            let message = "`__panelId__` needs `__dashboardUid__`, got none";
            report.problem(rules::ALERT_RULE, place, message);
        }
        return;
    };
    let Some(panels) = known.get(uid) else {
        let near = nearest(uid, known.keys().map(String::as_str)).map(|near| format!("write `{near}`"));
        let message = format!("the rule is shown on the dashboard `{uid}`, which there is not");
        report.problem(rules::DASHBOARD_LINK, place, message).fix = near;
        return;
    };
    let there = panel.parse().is_ok_and(|id: i64| panels.contains(&id));
    if !panel.is_empty() && !panels.is_empty() && !there {
        let ids: Vec<_> = panels.iter().map(ToString::to_string).collect();
        let message =
            format!("the rule is shown on the panel `{panel}` of `{uid}`, which has the panels {}", listed(&ids));
        report.problem(rules::DASHBOARD_LINK, place, message);
    }
}
