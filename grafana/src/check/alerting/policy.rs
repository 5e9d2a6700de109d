//! Notification policies: which alerts go where.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::report::Report;
use super::super::{is_deferred, nearest, regex, rules, text_of, whole_regex};
use super::labels::AlertLabels;
use super::missing;
use crate::alerting::Grouping;
use crate::document::RuleGroupDocument;

/// The contact points and mute timings that there are.
pub(super) struct Names<'a> {
    pub(super) points: BTreeSet<&'a str>,
    pub(super) timings: BTreeSet<&'a str>,
}

impl Names<'_> {
    pub(super) fn point(&self, report: &mut Report<'_>, place: &str, name: Option<&Json>) {
        let Some(name) = name.and_then(Json::as_str).filter(|name| !name.is_empty()) else { return };
        // Every Grafana begins with this one.
        if !self.points.contains(name) && name != "grafana-default-email" {
            missing(report, place, "contact point", name, &self.points);
        }
    }

    pub(super) fn timing(&self, report: &mut Report<'_>, place: &str, names: Option<&Json>) {
        for name in names.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            if !self.timings.contains(name) {
                missing(report, place, "mute timing", name, &self.timings);
            }
        }
    }
}

pub(super) fn check(report: &mut Report<'_>, root: &Json, names: &Names<'_>, groups: &[RuleGroupDocument]) {
    let place = "notification policies";
    if text_of(root, "receiver").is_empty() && !root.get("receiver").is_some_and(is_deferred) {
        report.problem(rules::ALERT_ROUTE, place, "the root policy has a contact point, got none");
    }
    route(report, place, root, names, &AlertLabels::of(groups));
}

fn route(report: &mut Report<'_>, place: &str, route: &Json, names: &Names<'_>, labels: &AlertLabels<'_>) {
    names.point(report, place, route.get("receiver"));
    names.timing(report, place, route.get("mute_time_intervals"));
    names.timing(report, place, route.get("active_time_intervals"));
    grouping(report, place, route);
    for matcher in route.get("object_matchers").and_then(Json::as_array).into_iter().flatten() {
        let part = |index: usize| matcher.get(index).and_then(Json::as_str);
        if let (Some(label), Some(operator), Some(value)) = (part(0), part(1), part(2)) {
            matches(report, place, (label, operator, value), labels);
        }
    }
    let routes = route.get("routes").and_then(Json::as_array);
    for (index, child) in routes.into_iter().flatten().enumerate() {
        self::route(report, &format!("{place}, policy {}", index + 1), child, names, labels);
    }
}

/// Which alerts go out together, and when.
pub(super) fn grouping(report: &mut Report<'_>, place: &str, route: &Json) {
    for complaint in Grouping::read(route).map_or_else(|complaint| vec![complaint], |it| it.complaints()) {
        report.problem(rules::ALERT_ROUTE, place, complaint).fix = Some("change the grouping".to_owned());
    }
}

/// A test on a label that no alert passes.
fn matches(
    report: &mut Report<'_>,
    place: &str,
    (label, operator, value): (&str, &str, &str),
    labels: &AlertLabels<'_>,
) {
    if label.is_empty() {
        report.problem(rules::ALERT_ROUTE, place, "a matcher names a label, got an empty name");
        return;
    }
    if !matches!(operator, "=" | "!=" | "=~" | "!~") {
        let message = format!("a matcher compares with `=`, `!=`, `=~` or `!~`, got `{operator}`");
        report.problem(rules::ALERT_ROUTE, place, message);
        return;
    }
    if operator.ends_with('~')
        && let Err(why) = regex(value)
    {
        report.problem(rules::ALERT_ROUTE, place, why);
        return;
    }
    // A label that is not there is empty, which the others may mean.
    let taken: Box<dyn Fn(&str) -> bool> = match (operator, whole_regex(value)) {
        ("=", _) => Box::new(|it| it == value),
        ("=~", Some(regex)) => Box::new(move |it| regex.is_match(it)),
        _ => return,
    };
    if taken("") || labels.none() || labels.may_come_from_a_query(report, label) {
        return;
    }
    let Some(values) = labels.values(label) else {
        let known = labels.names();
        let fix = nearest(label, known).map_or_else(
            || "set it on a rule, or allow the finding if alerts from elsewhere have it".to_owned(),
            |near| format!("write `{near}`"),
        );
        let message = format!("the policy takes alerts by the label `{label}`, which no rule sets");
        report.warn(rules::ALERT_ROUTE, place, message).fix = Some(fix);
        return;
    };
    if values.iter().any(|known| known.is_none_or(&taken)) {
        return;
    }
    let known: BTreeSet<&str> = values.into_iter().flatten().collect();
    let shown: Vec<_> = known.iter().map(|value| format!("`{value}`")).collect();
    let message =
        format!("the policy takes alerts whose `{label}` is `{value}`, and rules set it to {}", shown.join(", "));
    report.warn(rules::ALERT_ROUTE, place, message).fix = nearest(value, known).map(|near| format!("write `{near}`"));
}
