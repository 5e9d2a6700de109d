//! Alerts that Prometheus evaluates.

use super::super::report::Report;
use super::super::target::{self, is_missing};
use super::super::{go_template, rules};
use crate::finding::Span;
use crate::prometheus::AlertingRule;
use crate::query::{Language, promql};

/// Checks what an alert names, and when it fires. Whether its parts parse is told where it was added.
pub(in crate::check) fn check(report: &mut Report<'_>, place: &str, rule: &AlertingRule) {
    let Some(text) = rule.expression().as_str() else { return };
    let before = report.findings.len();
    let query = target::parse(report, place, Language::PromQl, text);
    let found = report.findings.split_off(before);
    report.findings.extend(found.into_iter().filter(|finding| finding.rule != rules::QUERY));
    let Some(query) = query else { return };

    if !promql::is_condition(text) {
        let message = "the alert fires for each series of the expression, whatever its value";
        let finding = report.warn(rules::ALERT_RULE, place, message);
        finding.text = Some((text.to_owned(), Span::new(0, text.len())));
        finding.fix = Some("compare it, for example with `> 0`".to_owned());
    }
    for (name, annotation) in rule.annotations() {
        let Some(annotation) = annotation.as_str() else { continue };
        for variable in go_template::read(annotation).variables {
            let Some(label) = variable.field.as_deref().filter(|_| variable.name == "labels") else { continue };
            if label != "alertname" && is_missing(report, &query, Language::PromQl, label) {
                let message = format!("annotations `{name}`: the results of the expression have no label `{label}`");
                report.warn(rules::ALERT_RULE, place, message).text = Some((annotation.to_owned(), variable.span));
            }
        }
    }
}
