//! [`Metrics`]: the series that there are, and whether a query asks for others.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::report::Report;
use super::source::listed;
use super::{growth, nearest, rules};
use crate::catalog::{self, Exporter, Growth};
use crate::finding::{Finding, Rule, Severity, Span};
use crate::query::{MatchOp, Query, naming, promql};

/// A series under one name.
#[derive(Debug)]
struct Series {
    growth: Growth,
    labels: BTreeSet<String>,
    /// The recording rule that makes it, from which it has its labels.
    recorded: Option<Query>,
    /// Nobody knows which labels it has.
    open: bool,
    /// The values of `job`, if the programs that export it say.
    jobs: Option<BTreeSet<String>>,
}

/// All series that the programs of a stack export and that rules record.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    series: BTreeMap<String, Series>,
    pub(super) stream_labels: BTreeSet<String>,
    pub(super) log_fields: BTreeSet<String>,
    pub(super) log_samples: Vec<String>,
    pub(super) exemplar_labels: BTreeSet<String>,
    declared: bool,
}

/// The labels that a scraper always adds.
const SCRAPED: [&str; 3] = ["__name__", "instance", "job"];

/// What Prometheus itself adds for each target and for alerts.
const BY_PROMETHEUS: [&str; 6] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_sample_limit",
];

impl Metrics {
    pub(super) fn of(context: &Context) -> Self {
        let mut metrics = Self::default();
        for exporter in &context.exporters {
            metrics.declared |= !exporter.metrics.is_empty();
            metrics.stream_labels.extend(exporter.stream_labels.iter().cloned());
            metrics.log_fields.extend(exporter.log_fields.iter().cloned());
            metrics.log_samples.extend(exporter.log_samples.iter().cloned());
            metrics.exemplar_labels.extend(exporter.exemplar_labels.iter().cloned());
            metrics.add(exporter);
        }
        if metrics.declared {
            let targets: BTreeSet<&String> =
                context.exporters.iter().flat_map(|exporter| &exporter.target_labels).collect();
            for name in BY_PROMETHEUS {
                let labels = targets.iter().map(|label| (*label).clone());
                metrics.put(name, Growth::Gauge, labels, None);
            }
            for name in ["ALERTS", "ALERTS_FOR_STATE"] {
                metrics.put(name, Growth::Gauge, [], None);
                if let Some(series) = metrics.series.get_mut(name) {
                    series.open = true;
                }
            }
        }
        for (name, expression, labels) in &context.recorded {
            metrics.put(name, Growth::Unknown, labels.iter().cloned(), None);
            if let Some(series) = metrics.series.get_mut(name) {
                // A rule that does not parse is a finding of its own.
                series.recorded = promql::parse(expression).ok();
                series.open = series.recorded.is_none();
            }
        }
        metrics
    }

    fn add(&mut self, exporter: &Exporter) {
        let jobs = (!exporter.jobs.is_empty()).then(|| exporter.jobs.iter().cloned().collect::<BTreeSet<_>>());
        for metric in &exporter.metrics {
            for (name, growth, more) in metric.series() {
                let labels = metric.labels.iter().chain(&exporter.target_labels).cloned();
                self.put(&name, growth, labels.chain(more.map(str::to_owned)), jobs.as_ref());
            }
        }
    }

    fn put(
        &mut self,
        name: &str,
        growth: Growth,
        labels: impl IntoIterator<Item = String>,
        jobs: Option<&BTreeSet<String>>,
    ) {
        let labels = labels.into_iter();
        if let Some(series) = self.series.get_mut(name) {
            series.labels.extend(labels);
            if series.growth != growth {
                series.growth = Growth::Unknown;
            }
            series.jobs = match (series.jobs.take(), jobs) {
                (Some(mut one), Some(other)) => {
                    one.extend(other.iter().cloned());
                    Some(one)
                }
                _ => None,
            };
        } else {
            let series = Series { growth, labels: labels.collect(), recorded: None, open: false, jobs: jobs.cloned() };
            self.series.insert(name.to_owned(), series);
        }
    }

    /// Whether any program says what it exports.
    pub(super) const fn are_known(&self) -> bool {
        self.declared
    }

    /// What the samples of a series do. Without a program of the stack it is what well-known ones say.
    pub(super) fn growth(&self, series: &str) -> Option<Growth> {
        let declared = self.series.get(series).map(|series| series.growth);
        if self.declared { declared } else { declared.or_else(|| catalog::growth(series)) }
    }

    /// Whether a metric has a label; nothing if nobody knows.
    pub(super) fn has_label(&self, metric: &str, label: &str) -> Option<bool> {
        self.has_label_within(metric, label, 8)
    }

    fn has_label_within(&self, metric: &str, label: &str, depth: u32) -> Option<bool> {
        let series = self.series.get(metric).filter(|series| !series.open)?;
        if let Some(query) = &series.recorded {
            // The labels that the rule itself gives.
            if label == "__name__" || series.labels.contains(label) {
                return Some(true);
            }
            let origin = query.origin(label);
            // Rules may give labels of their own, and their results keep those of what they select.
            if origin.made || depth == 0 {
                return None;
            }
            if origin.is_gone() {
                return Some(false);
            }
            let mut all = origin.selectors.iter().map(|selector| {
                let metric = query.names.selectors.get(*selector)?.metric.as_ref()?;
                self.has_label_within(&metric.name, label, depth - 1)
            });
            return if all.all(|has| has == Some(false)) { Some(false) } else { None };
        }
        Some(SCRAPED.contains(&label) || series.labels.contains(label))
    }

    /// Whether no series at all has a label. False if nobody knows.
    pub(super) fn no_series_has(&self, label: &str) -> bool {
        self.declared && !SCRAPED.contains(&label) && !self.series.values().any(|series| series.labels.contains(label))
    }

    /// Whether there is a series, or nobody knows.
    pub(super) fn may_have(&self, metric: &str) -> bool {
        !self.declared || self.series.contains_key(metric)
    }

    fn matching(&self, pattern: &str) -> bool {
        super::whole_regex(pattern).is_none_or(|regex| self.series.keys().any(|name| regex.is_match(name)))
    }

    /// The finding for a metric that there is not.
    fn unknown(&self, name: &str, exporters: &[Exporter]) -> (Rule, Severity, String, Option<String>) {
        let exported = exporters.iter().flat_map(|exporter| &exporter.metrics);
        let meant = naming::suggest(name, exported).filter(|meant| self.series.contains_key(&meant.name));
        if let Some(meant) = meant.filter(|meant| meant.reason.is_certain()) {
            let message = format!("no program exports `{name}`: {}", meant.reason.text());
            return (rules::METRIC_NAME, Severity::Problem, message, Some(format!("write `{}`", meant.name)));
        }
        let near = nearest(name, self.series.keys().map(String::as_str));
        let message = format!("no program of the stack exports `{name}`, and no rule records it");
        let fix = match (catalog::exporting(name), near) {
            ([], None) => "declare the program that exports it, or allow the finding".to_owned(),
            ([], Some(near)) => format!("write `{near}`, or declare the program that exports it"),
            ([known], _) => format!("declare the program that exports it: `content.add(catalog::{known}())`"),
            // What every program of a language exports tells nothing of which is meant.
            (_, _) => "declare the program that exports it, such as `catalog::node_exporter()`".to_owned(),
        };
        (rules::UNKNOWN_METRIC, Severity::Warning, message, Some(fix))
    }
}

/// Compares what a query names with the series that there are.
pub(super) fn check(report: &mut Report<'_>, place: &str, text: &str, query: &Query) {
    growth::check(report, place, text, query);
    let metrics = report.metrics;
    if !metrics.are_known() {
        report.unchecked = true;
        return;
    }
    let mut put = |rule, severity, message: String, span: Span, fix: Option<String>| {
        let finding = Finding { severity, ..Finding::problem(rule, place, message) }.marked(text, span);
        report.findings.push(Finding { fix, ..finding });
    };
    for selector in &query.names.selectors {
        let Some(metric) = &selector.metric else {
            for matcher in &selector.matchers {
                let named = matcher.label.name == "__name__" && matcher.op == MatchOp::Matches;
                if named && !matcher.value.has_variable() && !metrics.matching(&matcher.value.name) {
                    let message = format!("no metric's name matches `{}`", matcher.value.name);
                    put(rules::UNKNOWN_METRIC, Severity::Warning, message, matcher.value.span, None);
                }
            }
            continue;
        };
        if metric.has_variable() {
            continue;
        }
        let Some(series) = metrics.series.get(&metric.name) else {
            let (rule, severity, message, fix) = metrics.unknown(&metric.name, &report.context.exporters);
            put(rule, severity, message, metric.span, fix);
            continue;
        };
        for matcher in &selector.matchers {
            let (label, value) = (&matcher.label, &matcher.value);
            let absent = value.name.is_empty();
            if !label.has_variable() && !absent && metrics.has_label(&metric.name, &label.name) == Some(false) {
                let (message, fix) = no_label(&metric.name, series, &label.name);
                put(rules::UNKNOWN_LABEL, Severity::Warning, message, label.span, fix);
            }
            let jobs = series.jobs.as_ref().filter(|_| label.name == "job" && matcher.op == MatchOp::Equal);
            if let Some(jobs) = jobs.filter(|jobs| !value.has_variable() && !absent && !jobs.contains(&value.name)) {
                let known: Vec<_> = jobs.iter().map(|job| format!("`{job}`")).collect();
                let message =
                    format!("`{}` is exported by the job {}, got `{}`", metric.name, listed(&known), value.name);
                let fix = nearest(&value.name, jobs.iter().map(String::as_str)).or(jobs.first().map(String::as_str));
                let fix = fix.map(|job| format!("write `{job}`"));
                put(rules::LABEL_VALUE, Severity::Warning, message, value.span, fix);
            }
        }
    }
    for (label, selectors) in &query.names.labels {
        let selected: Vec<&str> = selectors
            .iter()
            .filter_map(|index| Some(query.names.selectors.get(*index)?.metric.as_ref()?.name.as_str()))
            .collect();
        let lacks = |metric: &&str| metrics.has_label(metric, &label.name) == Some(false);
        let all = !selected.is_empty() && selected.len() == selectors.len() && selected.iter().all(lacks);
        if all
            && !label.has_variable()
            && let Some(series) = metrics.series.get(selected[0])
        {
            let (message, fix) = no_label(selected[0], series, &label.name);
            put(rules::UNKNOWN_LABEL, Severity::Warning, message, label.span, fix);
        }
    }
}

fn no_label(metric: &str, series: &Series, label: &str) -> (String, Option<String>) {
    if let Some(query) = &series.recorded {
        let kept = query.labels().unwrap_or_default();
        let fix = nearest(label, kept.iter().copied()).map(|near| format!("write `{near}`"));
        return (format!("the rule that records `{metric}` drops the label `{label}`"), fix);
    }
    let labels: Vec<_> = series.labels.iter().map(|label| format!("`{label}`")).collect();
    let message = format!("`{metric}` has no label `{label}`; it has {}", listed(&labels));
    let known = series.labels.iter().map(String::as_str).chain(SCRAPED);
    (message, nearest(label, known).map(|near| format!("write `{near}`")))
}
