//! Alert rules of Grafana, and where alerts go.

mod contact_point;
mod labels;
mod mute_timing;
mod policy;
pub(super) mod prometheus;
mod rule;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use super::report::Report;
use super::source::listed;
use super::{nearest, rules, text_of};
use crate::document::AlertingDocument;
use policy::Names;
pub(crate) use rule::runbook_complaint;

pub(super) fn check(report: &mut Report<'_>, alerting: &AlertingDocument) {
    let there = report.context;
    let points = alerting.contact_points.iter().map(|point| text_of(point, "name"));
    let points = points.chain(there.contact_points.iter().map(String::as_str)).collect();
    let timings = alerting.mute_timings.iter().map(|timing| text_of(timing, "name"));
    let timings = timings.chain(there.mute_timings.iter().map(String::as_str)).collect();
    let names = Names { points, timings };
    let mut uids = BTreeMap::new();
    for group in &alerting.rule_groups {
        rule::check(report, group, &names, &mut uids);
    }
    if let Some(root) = &alerting.policies {
        policy::check(report, root, &names, &alerting.rule_groups);
    }
    template::check(report, alerting);
    contact_point::check(report, &alerting.contact_points);
    mute_timing::check(report, &alerting.mute_timings);
}

/// Reports a name that nothing has.
fn missing(report: &mut Report<'_>, place: &str, what: &str, name: &str, there: &BTreeSet<&str>) {
    let shown: Vec<_> = there.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("no {what} is called `{name}`; there are {}", listed(&shown));
    let near = nearest(name, there.iter().copied()).map(|near| format!("write `{near}`"));
    let fix = near.unwrap_or_else(|| "add it, or say that it is there already, with `existing`".to_owned());
    report.problem(rules::ALERT_ROUTE, place, message).fix = Some(fix);
}
