//! Queries: what a panel, a variable, an annotation or an alert rule asks a data source.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::report::Report;
use super::source::Source;
use super::{cloudwatch, expression, is_deferred, logs, metrics, rules, text_of};
use crate::finding::Span;
use crate::query::{Language, Query};

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) place: &'a str,
    pub(super) source: &'a Source,
    /// The `refId`s of the queries beside it.
    pub(super) references: &'a BTreeSet<&'a str>,
    /// The dashboard's variables.
    pub(super) variables: &'a [&'a str],
    /// The queries that are asked together with it, itself among them.
    pub(super) beside: &'a [&'a Json],
}

/// The language of a data source's plugin, if it is one of ours.
pub(super) fn language(plugin: &str) -> Option<Language> {
    match plugin {
        "prometheus" | "grafana-amazonprometheus-datasource" | "grafana-azureprometheus-datasource" | "mimir" => {
            Some(Language::PromQl)
        }
        "loki" => Some(Language::LogQl),
        "tempo" => Some(Language::TraceQl),
        _ => None,
    }
}

/// Checks a query by the language of its data source.
pub(super) fn check(report: &mut Report<'_>, asked: &Asked<'_>, target: &Json) {
    if *asked.source == Source::Expression {
        return expression::check(report, asked, target);
    }
    let Some(plugin) = asked.source.plugin() else { return };
    match language(plugin) {
        Some(Language::TraceQl) => traces(report, asked.place, target),
        Some(language) => {
            let Some(text) = target.get("expr").and_then(Json::as_str).filter(|text| !text.trim().is_empty()) else {
                return;
            };
            let Some(query) = parse(report, asked.place, language, text) else { return };
            if let Some(legend) = target.get("legendFormat").and_then(Json::as_str) {
                labels_of_legend(report, asked.place, &query, language, legend);
            }
        }
        None if plugin == "cloudwatch" => cloudwatch::check(report, asked, target),
        None => {}
    }
}

/// Parses a query, and compares what it names with what the programs export.
pub(super) fn parse(report: &mut Report<'_>, place: &str, language: Language, text: &str) -> Option<Query> {
    let query = match language.parse(text) {
        Ok(query) => query,
        Err(error) => {
            report.findings.push(error.finding(rules::QUERY, place, text));
            return None;
        }
    };
    report.findings.extend(query.hints.iter().map(|hint| hint.finding(place, text)));
    match language {
        Language::PromQl => metrics::check(report, place, text, &query),
        Language::LogQl => logs::check(report, place, text, &query),
        Language::TraceQl => {}
    }
    Some(query)
}

/// Tempo's queries: TraceQL, or the selector of the service map, which is one of PromQL.
fn traces(report: &mut Report<'_>, place: &str, target: &Json) {
    match text_of(target, "queryType") {
        "traceql" | "traceqlSearch" | "" => {
            let text = text_of(target, "query");
            // A trace's id is a query too.
            let id = (16..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let variable = text.starts_with('$') && !text.contains(char::is_whitespace);
            if !text.trim().is_empty() && !id && !variable {
                parse(report, place, Language::TraceQl, text);
            }
        }
        "serviceMap" => {
            for selector in selectors(target.get("serviceMapQuery")) {
                if let Err(error) = Language::PromQl.parse(&selector) {
                    report.findings.push(error.finding(rules::QUERY, place, selector));
                }
            }
        }
        _ => {}
    }
}

fn selectors(query: Option<&Json>) -> Vec<String> {
    let texts = match query {
        Some(Json::String(text)) => vec![text.as_str()],
        Some(Json::Array(texts)) => texts.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let written = texts.into_iter().map(str::trim).filter(|text| !matches!(*text, "" | "{}"));
    written.map(|text| format!("traces_service_graph_request_total{text}")).collect()
}

/// The labels that a legend shows are labels of the results.
fn labels_of_legend(report: &mut Report<'_>, place: &str, query: &Query, language: Language, legend: &str) {
    let mut at = 0;
    while let Some(start) = legend[at..].find("{{").map(|found| at + found + 2) {
        let Some(end) = legend[start..].find("}}").map(|found| start + found) else {
            let finding = report.problem(rules::QUERY, place, "the legend opens `{{` and does not close it");
            finding.text = Some((legend.to_owned(), Span::new(start - 2, legend.len())));
            return;
        };
        let label = legend[start..end].trim();
        let is_label = !label.is_empty() && label.chars().all(|at| at.is_ascii_alphanumeric() || at == '_');
        if is_label && !matches!(label, "__name__" | "__auto") && is_missing(report, query, language, label) {
            let message = match query.labels() {
                Some(labels) if query.origin(label).is_gone() => {
                    let labels: Vec<_> = labels.into_iter().map(|label| format!("`{label}`")).collect();
                    format!(
                        "the legend shows the label `{label}`, which the results do not have; they have {}",
                        super::source::listed(&labels)
                    )
                }
                _ => format!("the legend shows the label `{label}`, which the results do not have"),
            };
            let fix =
                query.origin(label).is_gone().then(|| format!("add `{label}` to `by`, or take it out of the legend"));
            let finding = report.warn(rules::UNKNOWN_LABEL, place, message);
            finding.text = Some((legend.to_owned(), Span::new(start, end)));
            finding.fix = fix;
        }
        at = end;
    }
}

/// Whether no result of a query can have a label.
pub(super) fn is_missing(report: &Report<'_>, query: &Query, language: Language, label: &str) -> bool {
    let origin = query.origin(label);
    if origin.made {
        return false;
    }
    if origin.is_gone() {
        return true;
    }
    language == Language::PromQl
        && report.metrics.are_known()
        && origin.selectors.iter().all(|selector| {
            let metric = query.names.selectors.get(*selector).and_then(|selector| selector.metric.as_ref());
            metric.is_some_and(|metric| report.metrics.has_label(&metric.name, label) == Some(false))
        })
}

/// Checks the query of a variable: a text such as `label_values(up, job)`, or an object with it.
pub(super) fn variable(report: &mut Report<'_>, asked: &Asked<'_>, query: &Json) {
    if is_deferred(query) {
        return;
    }
    let Some(plugin) = asked.source.plugin() else { return };
    match language(plugin) {
        Some(Language::PromQl) => {
            let text = query.as_str().or_else(|| query.get("query")?.as_str()).unwrap_or_default();
            of_prometheus(report, asked.place, text);
        }
        Some(Language::LogQl) => of_loki(report, asked.place, query),
        None if plugin == "cloudwatch" => cloudwatch::variable(report, asked.place, query),
        _ => {}
    }
}

/// `label_names()`, `label_values(label)`, `label_values(metric, label)`, `metrics(regex)`, `query_result(query)`, or a
/// query whose series are the values.
fn of_prometheus(report: &mut Report<'_>, place: &str, text: &str) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let call = |name: &str| text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')');
    if let Some(inside) = call("label_values") {
        // The label is behind the last comma outside of braces.
        let Some((series, label)) = inside.rsplit_once(',').filter(|(_, label)| !label.contains(['}', '"'])) else {
            return one_label(report, place, text, inside.trim());
        };
        if let Some(query) = select(report, place, series.trim()) {
            let label = label.trim();
            if one_label_is_legal(report, place, text, label) && is_missing(report, &query, Language::PromQl, label) {
                let message = format!("`{}` has no label `{label}`", series.trim());
                let finding = report.warn(rules::UNKNOWN_LABEL, place, message);
                finding.text = Some((text.to_owned(), span_of(text, label)));
            }
        }
    } else if let Some(inside) = call("query_result") {
        select(report, place, inside);
    } else if let Some(inside) = call("metrics") {
        if let Err(why) = super::regex(inside.trim()) {
            let finding = report.problem(rules::QUERY, place, why);
            finding.text = Some((text.to_owned(), span_of(text, inside)));
        }
    } else if call("label_names").is_none() {
        select(report, place, text);
    }
}

/// Checks a query whose series are asked for, and not their values.
fn select(report: &mut Report<'_>, place: &str, text: &str) -> Option<Query> {
    let before = report.findings.len();
    let query = parse(report, place, Language::PromQl, text);
    report.withdraw(before, rules::COUNTER_WITHOUT_RATE);
    query
}

fn one_label(report: &mut Report<'_>, place: &str, text: &str, label: &str) {
    if one_label_is_legal(report, place, text, label) && report.metrics.no_series_has(label) {
        let message = format!("no metric has the label `{label}`");
        let finding = report.warn(rules::UNKNOWN_LABEL, place, message);
        finding.text = Some((text.to_owned(), span_of(text, label)));
    }
}

fn one_label_is_legal(report: &mut Report<'_>, place: &str, text: &str, label: &str) -> bool {
    if !crate::query::variables(label).is_empty() {
        return false;
    }
    // Since Prometheus 3 a label's name may have any letters, dots and signs.
    let illegal = |at: char| at.is_whitespace() || "(){}[]\"'`,=~!".contains(at);
    let legal =
        !label.is_empty() && !label.contains(illegal) && !label.starts_with(|first: char| first.is_ascii_digit());
    if !legal {
        let message = format!("`{label}` is no name of a label");
        let finding = report.problem(rules::QUERY, place, message);
        finding.text = Some((text.to_owned(), span_of(text, label)));
        finding.fix = Some("write `label_values(metric, label)`".to_owned());
    }
    legal
}

/// Loki's variables have their parts apart (`type` 1 is the values of a label), or are a text as Prometheus's.
fn of_loki(report: &mut Report<'_>, place: &str, query: &Json) {
    let (label, stream);
    if let Some(text) = query.as_str() {
        let inside = text.trim().strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
        let Some(inside) = inside else { return };
        (stream, label) = inside.rsplit_once(',').unwrap_or(("", inside));
    } else {
        (label, stream) = (text_of(query, "label"), text_of(query, "stream"));
    }
    // `{}` asks for the values in all streams, which is a query only here.
    if !matches!(stream.trim(), "" | "{}") {
        parse(report, place, Language::LogQl, stream.trim());
    }
    logs::stream_label(report, place, label.trim());
}

/// Where a part of a text is, of which it is a slice or a copy.
pub(super) fn span_of(text: &str, part: &str) -> Span {
    let start = text.rfind(part).unwrap_or_default();
    Span::new(start, start + part.len())
}
