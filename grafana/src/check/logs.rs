//! Queries of Loki against the labels and fields that the programs' logs have.

use super::report::Report;
use super::source::listed;
use super::{nearest, rules};
use crate::finding::{Finding, Span};
use crate::query::Query;

/// What Loki itself adds to a line.
const BY_LOKI: [&str; 8] = [
    "__error__",
    "__error_details__",
    "__stream_shard__",
    "__aggregated_metric__",
    "__pattern__",
    "detected_level",
    "service_name",
    "unwrapped_value",
];

pub(super) fn check(report: &mut Report<'_>, place: &str, text: &str, query: &Query) {
    let metrics = report.metrics;
    if metrics.stream_labels.is_empty() {
        report.unchecked = true;
        return;
    }
    let mut put = |message: String, span: Span, fix: Option<String>| {
        let finding = Finding::warning(rules::UNKNOWN_LABEL, place, message).marked(text, span);
        report.findings.push(Finding { fix, ..finding });
    };
    for matcher in query.names.selectors.iter().flat_map(|selector| &selector.matchers) {
        let label = &matcher.label;
        if label.has_variable() || metrics.stream_labels.contains(&label.name) || BY_LOKI.contains(&label.name.as_str())
        {
            continue;
        }
        let known: Vec<_> = metrics.stream_labels.iter().map(|label| format!("`{label}`")).collect();
        if metrics.log_fields.contains(&label.name) {
            let message = format!("`{}` is a field of the lines, not a label of their stream", label.name);
            let (op, value) = (matcher.op, &matcher.value.name);
            put(message, label.span, Some(format!("filter behind the selector: `| {} {op} \"{value}\"`", label.name)));
        } else {
            let message = format!("no stream has the label `{}`; they have {}", label.name, listed(&known));
            let near = nearest(&label.name, metrics.stream_labels.iter().map(String::as_str));
            put(message, label.span, near.map(|near| format!("write `{near}`")));
        }
    }
    if metrics.log_fields.is_empty() {
        return;
    }
    for (label, selectors) in &query.names.labels {
        let name = label.name.as_str();
        let there = metrics.stream_labels.contains(name)
            || metrics.log_fields.contains(name)
            || BY_LOKI.contains(&name)
            || label.has_variable();
        // What a parser may make is no concern of the programs' lists.
        if !there && !selectors.is_empty() && !query.origin(name).made {
            let known = metrics.stream_labels.iter().chain(&metrics.log_fields).map(String::as_str);
            let near = nearest(name, known).map(|near| format!("write `{near}`"));
            put(format!("no log line has the field `{name}`"), label.span, near);
        }
    }
}

/// Checks one label of streams, such as that whose values a variable has.
pub(super) fn stream_label(report: &mut Report<'_>, place: &str, label: &str) {
    let labels = &report.metrics.stream_labels;
    let known = labels.is_empty() || labels.contains(label) || BY_LOKI.contains(&label);
    if !known && !label.is_empty() && crate::query::variables(label).is_empty() {
        let fix = nearest(label, labels.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
        report.warn(rules::UNKNOWN_LABEL, place, format!("no stream has the label `{label}`")).fix = fix;
    }
}
