//! Alert rules of Grafana, and where alerts go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::report::Report;
use super::source::{Source, Sources, listed};
use super::target::{self, Asked};
use super::{expression, go_template, id, is_deferred, nearest, rules, text_of};
use crate::document::{AlertingDocument, RuleGroupDocument};

/// The templates that Grafana itself has.
const OWN_TEMPLATES: [&str; 2] = ["default.title", "default.message"];

pub(super) fn check(report: &mut Report<'_>, alerting: &AlertingDocument) {
    let there = report.context;
    let points = alerting.contact_points.iter().map(|point| text_of(point, "name"));
    let points = points.chain(there.contact_points.iter().map(String::as_str)).collect();
    let timings = alerting.mute_timings.iter().map(|timing| text_of(timing, "name"));
    let timings = timings.chain(there.mute_timings.iter().map(String::as_str)).collect();
    let names = Names { points, timings };
    let mut uids = BTreeMap::new();
    for group in &alerting.rule_groups {
        check_group(report, group, &names, &mut uids);
    }
    if let Some(root) = &alerting.policies {
        names.route(report, "notification policies", root, true);
    }
    templates(report, alerting);
    for point in &alerting.contact_points {
        topic(report, point);
    }
}

/// The contact points and mute timings that there are.
struct Names<'a> {
    points: BTreeSet<&'a str>,
    timings: BTreeSet<&'a str>,
}

impl Names<'_> {
    fn point(&self, report: &mut Report<'_>, place: &str, name: Option<&Json>) {
        let Some(name) = name.and_then(Json::as_str).filter(|name| !name.is_empty()) else { return };
        // Every Grafana begins with this one.
        if !self.points.contains(name) && name != "grafana-default-email" {
            missing(report, place, "contact point", name, &self.points);
        }
    }

    fn timing(&self, report: &mut Report<'_>, place: &str, names: Option<&Json>) {
        for name in names.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            if !self.timings.contains(name) {
                missing(report, place, "mute timing", name, &self.timings);
            }
        }
    }

    fn route(&self, report: &mut Report<'_>, place: &str, route: &Json, root: bool) {
        if root && text_of(route, "receiver").is_empty() && !route.get("receiver").is_some_and(is_deferred) {
            report.problem(rules::ALERT_ROUTE, place, "the root policy has a contact point, got none");
        }
        self.point(report, place, route.get("receiver"));
        self.timing(report, place, route.get("mute_time_intervals"));
        self.timing(report, place, route.get("active_time_intervals"));
        let routes = route.get("routes").and_then(Json::as_array);
        for (index, child) in routes.into_iter().flatten().enumerate() {
            self.route(report, &format!("{place}, policy {}", index + 1), child, false);
        }
    }
}

fn missing(report: &mut Report<'_>, place: &str, what: &str, name: &str, there: &BTreeSet<&str>) {
    let shown: Vec<_> = there.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("no {what} is called `{name}`; there are {}", listed(&shown));
    let near = nearest(name, there.iter().copied()).map(|near| format!("write `{near}`"));
    report.problem(rules::ALERT_ROUTE, place, message).fix = near;
}

fn check_group<'a>(
    report: &mut Report<'_>,
    group: &'a RuleGroupDocument,
    names: &Names<'_>,
    uids: &mut BTreeMap<&'a str, String>,
) {
    let folder = &group.folder_uid;
    let folders = &report.context.folders;
    if let Some(folders) = folders.as_ref().filter(|folders| !folders.contains(folder)) {
        let near = nearest(folder, folders.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
        let place = format!("alert group `{}`", group.title);
        let message = format!("no folder has the uid `{folder}`");
        report.problem(rules::MISSING_FOLDER, &place, message).fix = near;
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
    if condition.is_empty() || !references.contains(condition) {
        let message =
            format!("the condition is `{condition}`, and no query has this refId; there are {}", listed(&shown));
        let last = data.last().map(|entry| format!("write `{}`", text_of(entry, "refId")));
        report.problem(rules::ALERT_RULE, place, message).fix = last;
    }
    for entry in &data {
        let place = format!("{place}, query {}", text_of(entry, "refId"));
        let model = entry.get("model").unwrap_or(&Json::Null);
        let uid = entry.get("datasourceUid");
        let source = if uid.and_then(Json::as_str) == Some("__expr__") {
            Source::Expression
        } else {
            Sources::none().resolve(report, &place, uid)
        };
        let asked = Asked { place: &place, source: &source, references: &references };
        target::check(report, &asked, model);
        range(report, &place, entry, &source);
        variables(report, &place, model);
    }
    cycle(report, place, &data);
    labels(report, place, rule, "labels");
    labels(report, place, rule, "annotations");
    shown_on(report, place, rule.get("annotations"));
    for settings in [rule.get("notification_settings"), rule.get("notificationSettings")].into_iter().flatten() {
        names.point(report, place, settings.get("receiver"));
        names.timing(report, place, settings.get("mute_time_intervals").or_else(|| settings.get("muteTimeIntervals")));
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

/// Alert rules have no dashboard whose variables they could use.
fn variables(report: &mut Report<'_>, place: &str, model: &Json) {
    let text = text_of(model, "expr");
    for variable in crate::query::variables(text) {
        if !variable.name.starts_with("__") {
            let message = format!("`{}` is a dashboard's variable, which an alert rule does not have", variable.name);
            let finding = report.problem(rules::ALERT_RULE, place, message);
            finding.text = Some((text.to_owned(), variable.span));
            finding.fix = Some("write the value".to_owned());
        }
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

/// Names that Grafana or Prometheus refuses, and templates that do not parse.
fn labels(report: &mut Report<'_>, place: &str, rule: &Json, member: &str) {
    for (name, value) in rule.get(member).and_then(Json::as_object).into_iter().flatten() {
        let own = member == "annotations"
            && matches!(name.as_str(), "__dashboardUid__" | "__panelId__" | "__alertImageToken__");
        let first = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let legal = first && name.chars().all(|at| at.is_ascii_alphanumeric() || at == '_');
        if member == "labels" && !legal {
            let message = format!("a label's name is letters, digits and `_`, got `{name}`");
            report.problem(rules::ALERT_RULE, place, message);
        }
        let Some(text) = value.as_str().filter(|_| !own) else { continue };
        if let Some((message, span)) = go_template::read(text).error {
            let finding = report.problem(rules::GO_TEMPLATE, place, format!("{member} `{name}`: {message}"));
            finding.text = Some((text.to_owned(), span));
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

/// Templates of messages, and the texts of contact points that use them.
fn templates(report: &mut Report<'_>, alerting: &AlertingDocument) {
    let mut defined: BTreeSet<String> = OWN_TEMPLATES.map(str::to_owned).into();
    for template in &alerting.templates {
        let read = go_template::read(&template.template);
        // A template's own name stands for its text where it defines none.
        if read.defines.is_empty() {
            defined.insert(template.name.clone());
        }
        defined.extend(read.defines);
    }
    let mut read = |place: &str, text: &str| {
        let template = go_template::read(text);
        if let Some((message, span)) = template.error {
            report.problem(rules::GO_TEMPLATE, place, message).text = Some((text.to_owned(), span));
        }
        for (name, span) in template.uses {
            let own = name.starts_with("__") || name.starts_with("default.") || template.defines.contains(&name);
            if !own && !defined.contains(&name) {
                let shown: Vec<_> = defined.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("no template is called `{name}`; there are {}", listed(&shown));
                let near = nearest(&name, defined.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
                let finding = report.problem(rules::ALERT_ROUTE, place, message);
                finding.text = Some((text.to_owned(), span));
                finding.fix = near;
            }
        }
    };
    for template in &alerting.templates {
        read(&format!("message template `{}`", template.name), &template.template);
    }
    for point in &alerting.contact_points {
        let place = format!("contact point `{}`", text_of(point, "name"));
        let mut texts = Vec::new();
        strings(point.get("settings").unwrap_or(&Json::Null), &mut texts);
        for text in texts {
            read(&place, text);
        }
    }
}

fn strings<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
    match value {
        Json::String(text) => found.push(text),
        Json::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Json::Object(members) => members.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

/// With permissions that the service manages, a managed Grafana publishes only to topics whose names begin with `grafana`:
/// <https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-permissions.html>.
fn topic(report: &mut Report<'_>, point: &Json) {
    let settings = point.get("settings").unwrap_or(&Json::Null);
    if text_of(point, "type") != "sns" || !report.context.managed {
        return;
    }
    let arn =
        ["topic", "topicArn", "topic_arn"].into_iter().map(|name| text_of(settings, name)).find(|arn| !arn.is_empty());
    let name = arn.and_then(|arn| arn.rsplit(':').next());
    if let Some(name) = name.filter(|name| !name.starts_with("grafana")) {
        let place = format!("contact point `{}`", text_of(point, "name"));
        let message =
            format!("a managed Grafana may publish only to topics whose names begin with `grafana`, got `{name}`");
        report.problem(rules::ALERT_ROUTE, &place, message).fix = Some(format!("call the topic `grafana-{name}`"));
    }
}
