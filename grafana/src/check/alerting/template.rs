//! Templates of messages, and the texts of contact points that use them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::go_template::{self, MESSAGES};
use super::super::report::Report;
use super::super::source::listed;
use super::super::{nearest, rules, text_of};
use crate::document::AlertingDocument;

/// The templates that Grafana itself has.
const OWN: [&str; 2] = ["default.title", "default.message"];

pub(super) fn check(report: &mut Report<'_>, alerting: &AlertingDocument) {
    let mut names = BTreeSet::new();
    let mut defined: BTreeSet<String> = OWN.map(str::to_owned).into();
    for template in &alerting.templates {
        let read = go_template::read(&template.template);
        // A template's own name stands for its text where it defines none.
        if read.defines.is_empty() {
            defined.insert(template.name.clone());
        }
        defined.extend(read.defines);
    }
    for template in &alerting.templates {
        let place = format!("message template `{}`", template.name);
        if !names.insert(&template.name) {
            report.problem(rules::DUPLICATE, &place, "another template has this name").fix =
                Some("give one of the two another name".to_owned());
        }
        text(report, &place, &template.template, &defined);
    }
    for point in &alerting.contact_points {
        let place = format!("contact point `{}`", text_of(point, "name"));
        let mut texts = Vec::new();
        strings(point.get("settings").unwrap_or(&Json::Null), &mut texts);
        for it in texts {
            text(report, &place, it, &defined);
        }
    }
}

fn text(report: &mut Report<'_>, place: &str, text: &str, defined: &BTreeSet<String>) {
    let template = go_template::read(text);
    if let Some((message, span)) = template.error {
        report.problem(rules::GO_TEMPLATE, place, message).text = Some((text.to_owned(), span));
    }
    for (message, span, fix) in go_template::unknown_functions(&template.calls, &MESSAGES) {
        let finding = report.problem(rules::GO_TEMPLATE, place, message);
        finding.text = Some((text.to_owned(), span));
        finding.fix = fix;
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
}

fn strings<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
    match value {
        Json::String(text) => found.push(text),
        Json::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Json::Object(members) => members.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}
