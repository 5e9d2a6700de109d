//! What can be found out about a content without a server.
//!
//! [`Content::check`] looks at what a content renders to, so that a typed dashboard and one read from a file are checked
//! alike; a file alone is checked by [`dashboard_text`]. All findings come at once, each with its place, the text that it
//! is about and, where there is one, the fix. Nothing here reaches a network or a file.
//!
//! What is compared with what there is depends on what is declared: queries name metrics, labels and fields of the
//! [`Exporter`](crate::catalog::Exporter)s that are added to the content. See [`RULES`] for all that is looked for.
//!
//! ```
//! use belvedere_grafana::check::{self, Context};
//!
//! let dashboard = r#"{
//!     "title": "Service", "schemaVersion": 41,
//!     "panels": [{
//!         "id": 1, "type": "timeseries", "title": "Requests",
//!         "datasource": { "type": "prometheus", "uid": "metrics" },
//!         "targets": [{ "refId": "A", "expr": "sum(rate(http_requests_total[5m]) by (route)" }]
//!     }]
//! }"#;
//! let findings = check::dashboard_text("service.json", dashboard, &Context::default());
//! assert_eq!(findings[0].rule.0, "query");
//! assert_eq!(findings[0].place, "service.json: dashboard `Service`, panel `Requests` (id 1), query A");
//! ```

mod address;
mod alerting;
mod cloudwatch;
mod color;
mod context;
mod correlation;
mod dashboard;
mod expression;
mod field;
pub(crate) mod go_template;
mod grouping;
mod growth;
mod json;
mod layout;
mod link;
mod logs;
mod metrics;
mod panel;
mod report;
pub mod rules;
mod source;
mod target;
mod text;
mod variables;
mod version;
mod vocabulary;

pub(crate) use alerting::runbook_complaint;
pub use context::Context;
pub use grouping::grouped;
pub use json::parse as json;
pub use rules::RULES;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::content::Content;
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::prometheus::{AlertingRule, RulesFile};

use crate::query::naming::nearest;
use metrics::Metrics;
use report::{OF_PANELS, OF_RULES, Report};
use text::{expression, id, is_deferred, regex, text_of, whole_regex};

impl Content {
    /// Checks everything, and returns all that is wrong, less what is [allowed](Content::allow).
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        self.check_in(&Context::default())
    }

    /// Like [`check`](Self::check), where more is known of what is around: the stack's resources, other dashboards, ….
    #[must_use]
    pub fn check_in(&self, context: &Context) -> Vec<Finding> {
        self.check_document(&self.document(), context)
    }

    /// Like [`check_in`](Self::check_in), for whoever has rendered the content to its [document](Self::document) already.
    #[must_use]
    pub fn check_document(&self, rendered: &Document, context: &Context) -> Vec<Finding> {
        let mut context = context.clone();
        context.exporters.extend(self.exporters.iter().cloned());
        for (uid, plugin) in self.data_sources.known() {
            context.put_data_source(uid.to_owned(), plugin.to_owned(), uid.to_owned());
        }
        context.folders.get_or_insert_default().extend(self.existing_folders().map(str::to_owned));
        let (points, timings) = self.alerting.existing();
        context.contact_points.extend(points.into_iter().map(str::to_owned));
        context.mute_timings.extend(timings.into_iter().map(str::to_owned));
        for rule in self.recordings() {
            let labels = rule.labels().keys().cloned().collect();
            if let Some(expression) = rule.expression().as_str() {
                context.recorded.push((rule.record().to_owned(), expression.to_owned(), labels));
            }
        }
        let mut findings = self.problems.clone();
        // A part that was refused when it was added is not refused again. What is said of alerts is said in one place alone.
        let told = |finding: &Finding| {
            let twice = ![rules::ALERT_RULE, rules::ALERT_ROUTE].contains(&finding.rule);
            twice
                && self
                    .problems
                    .iter()
                    .any(|told| told.place == finding.place && told.rule.0.starts_with(finding.rule.0))
        };
        let alerts: Vec<_> = self.rules.iter().flat_map(RulesFile::alerts).collect();
        let found = with_alerts(rendered, &alerts, &context);
        findings.extend(found.into_iter().filter(|finding| !told(finding)));
        let mut findings = self.allowed_taken_away(findings);
        for finding in &mut findings {
            finding.location = finding.location.or_else(|| self.origins.of(&finding.place));
        }
        findings
    }

    fn allowed_taken_away(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        let mut used = vec![false; self.allowed.len()];
        findings.retain(|finding| {
            let matching = self.allowed.iter().position(|(rule, about, _)| {
                let marked = finding.text.as_ref().is_some_and(|(text, _)| text.contains(about));
                *rule == finding.rule.0 && (marked || finding.message.contains(about) || finding.place.contains(about))
            });
            matching.inspect(|index| used[*index] = true).is_none()
        });
        let allowed = self.allowed.iter().enumerate().zip(used);
        for ((index, (rule, about, reason)), _) in allowed.filter(|(_, used)| !used) {
            let message = format!("`{rule}` finds nothing about `{about}`, which is allowed because: {reason}");
            let finding = Finding::warning(rules::UNUSED_ALLOWANCE, format!("content `{}`", self.name()), message);
            let known = || RULES.iter().map(|(rule, _)| rule.0);
            let near = nearest(rule, known()).filter(|near| near != rule);
            let finding = finding.fix(near.map_or_else(|| "remove it".to_owned(), |near| format!("write `{near}`")));
            findings.push(Finding { location: self.origins.of_allowance(index), ..finding });
        }
        findings
    }
}

/// Checks all of a content, as it is brought to a Grafana.
#[must_use]
pub fn document(document: &Document, context: &Context) -> Vec<Finding> {
    with_alerts(document, &[], context)
}

/// Checks a document and, each with its place, the alerts that Prometheus evaluates.
fn with_alerts(document: &Document, alerts: &[(String, &AlertingRule)], context: &Context) -> Vec<Finding> {
    let context = with_document(document, context);
    let metrics = Metrics::of(&context);
    let mut report = Report::new(&context, &metrics);
    report.range = OF_RULES;
    for (name, expression, _) in &context.recorded {
        let place = format!("recording rule `{name}`");
        target::parse(&mut report, &place, crate::query::Language::PromQl, expression);
    }
    for (place, rule) in alerts {
        alerting::prometheus::check(&mut report, place, rule);
    }
    report.range = OF_PANELS;
    for folder in &document.folders {
        let place = format!("folder `{}`", folder.title);
        id(&mut report, &place, Some(&Json::String(folder.uid.clone())));
        in_folder(&mut report, &place, folder.parent_uid.as_deref());
    }
    correlation::check(&mut report, &document.data_sources);
    let mut uids: BTreeMap<&str, String> = BTreeMap::new();
    let mut titles = BTreeSet::new();
    for placed in &document.dashboards {
        let json = dashboard::unwrapped(&placed.dashboard);
        if !titles.insert((&placed.folder_uid, text_of(json, "title"))) {
            let message = "another dashboard of the folder has this title, which Grafana before 11 refuses";
            report.warn(rules::DUPLICATE, &dashboard::place(json), message).fix =
                Some("give each dashboard of a folder a title of its own".to_owned());
        }
        let (place, uid) = (dashboard::place(json), text_of(json, "uid"));
        in_folder(&mut report, &place, placed.folder_uid.as_deref());
        if uid.is_empty() {
            let message =
                "a dashboard has a uid, by which it is found again when the content is applied anew, got none";
            report.problem(rules::UID, &place, message).fix = Some("give it one".to_owned());
        } else if let Some(other) = uids.insert(uid, place.clone()) {
            report.problem(rules::DUPLICATE, &place, format!("the {other} has the uid `{uid}` too")).fix =
                Some("give each dashboard a uid of its own".to_owned());
        }
        dashboard::check(&mut report, json);
    }
    report.range = OF_RULES;
    alerting::check(&mut report, &document.alerting);
    version::check(&mut report, document);
    finish(report, &format!("content `{}`", document.name), !document.name.is_empty())
}

/// Checks a dashboard's JSON, as Grafana exports it or its API answers it.
#[must_use]
pub fn dashboard(json: &Json, context: &Context) -> Vec<Finding> {
    let metrics = Metrics::of(context);
    let mut report = Report::new(context, &metrics);
    dashboard::check(&mut report, json);
    finish(report, &dashboard::place(dashboard::unwrapped(json)), false)
}

/// Checks a dashboard's text. The place of each finding begins with `file`.
#[must_use]
pub fn dashboard_text(file: &str, text: &str, context: &Context) -> Vec<Finding> {
    match json(file, text) {
        Ok(json) => {
            let found = dashboard(&json, context).into_iter();
            found.map(|finding| Finding { place: format!("{file}: {}", finding.place), ..finding }).collect()
        }
        Err(finding) => vec![*finding],
    }
}

/// Checks queries that are in no content, such as those of Prometheus's rules: each with its place, as PromQL.
#[must_use]
pub fn queries<'a>(queries: impl IntoIterator<Item = (&'a str, &'a str)>, context: &Context) -> Vec<Finding> {
    let metrics = Metrics::of(context);
    let mut report = Report::new(context, &metrics);
    report.range = OF_RULES;
    for (place, text) in queries {
        target::parse(&mut report, place, crate::query::Language::PromQl, text);
    }
    finish(report, "queries", false)
}

/// The context with what a content makes.
fn with_document(document: &Document, context: &Context) -> Context {
    let mut context = context.clone();
    context.data_sources.get_or_insert_default();
    context.folders.get_or_insert_default().extend(document.folders.iter().map(|folder| folder.uid.clone()));
    context.panel_plugins.get_or_insert_default().extend(document.plugins.iter().cloned());
    for source in &document.data_sources {
        let text = |name| text_of(source, name).to_owned();
        context.put_data_source(text("uid"), text("type"), text("name"));
        if source.get("isDefault").and_then(Json::as_bool) == Some(true) {
            context.default_source = Some(text("uid"));
        }
    }
    let dashboards = context.dashboards.get_or_insert_default();
    for placed in &document.dashboards {
        let json = dashboard::unwrapped(&placed.dashboard);
        let ids = panel::panels("", json).iter().filter_map(panel::Panel::id).collect::<Vec<_>>();
        dashboards.entry(text_of(json, "uid").to_owned()).or_default().extend(ids);
    }
    let rules = document.alerting.rule_groups.iter().flat_map(|group| &group.rules);
    for rule in rules {
        // What Grafana records is like a recording rule of Prometheus, of the query that it takes.
        let Some(metric) = rule.pointer("/record/metric").and_then(Json::as_str) else { continue };
        context.recorded.push((metric.to_owned(), recorded_expression(rule), Vec::new()));
    }
    context
}

/// The query that a recording rule of Grafana records, if it is the only one.
fn recorded_expression(rule: &Json) -> String {
    let data = rule.get("data").and_then(Json::as_array).into_iter().flatten();
    let mut queries = data.filter_map(|entry| entry.pointer("/model/expr").and_then(Json::as_str));
    let first = queries.next().unwrap_or_default();
    if queries.next().is_some() { String::new() } else { first.to_owned() }
}

fn in_folder(report: &mut Report<'_>, place: &str, folder: Option<&str>) {
    let (Some(folder), Some(known)) = (folder, &report.context.folders) else { return };
    if !known.contains(folder) {
        let near = nearest(folder, known.iter().map(String::as_str)).map(|near| format!("write `{near}`"));
        let message = format!("no folder has the uid `{folder}`");
        report.problem(rules::MISSING_FOLDER, place, message).fix = near;
    }
}

/// The findings, each once, in the order of what they are about.
fn finish(report: Report<'_>, place: &str, told: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::with_capacity(report.findings.len());
    for finding in report.findings {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    if report.unchecked && told {
        let (message, fix) = if report.metrics.are_known() {
            let message =
                "no declared program says which labels its logs have, so that those in queries are not compared";
            (
                message,
                "give an exporter its `stream_labels`, such as `catalog::otlp_stream_labels()`, or allow the finding",
            )
        } else {
            let message =
                "no program is declared that exports metrics or logs, so that names in queries are not compared";
            (message, "add the exporters, such as `catalog::node_exporter()`, or allow the finding")
        };
        let warning = Finding { severity: Severity::Warning, ..Finding::problem(rules::NO_EXPORTER, place, message) };
        findings.push(warning.fix(fix));
    }
    findings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_allowance_takes_its_finding_away_and_one_for_nothing_is_found() {
        let mut content = Content::new("No good name");
        let rules = |content: &Content| content.check().iter().map(|finding| finding.rule.0).collect::<Vec<_>>();
        assert_eq!(rules(&content), ["content-name"]);
        content.allow("content-name", "No good name", "it is a test");
        assert_eq!(rules(&content), [""; 0]);
        content.allow("unknown-metrics", "shop_orders", "another program exports it");
        let found = content.check();
        assert_eq!(
            found[0].to_string(),
            "content `No good name`: `unknown-metrics` finds nothing about `shop_orders`, which is allowed because: another \
             program exports it [unused-allowance]\n    fix: write `unknown-metric`"
        );
    }

    #[test]
    fn what_alerts_of_prometheus_name_is_compared_too() {
        use crate::prometheus::{AlertingRule, RuleGroup, RulesFile};

        let mut content = Content::new("test");
        content.add(crate::catalog::prometheus());
        let rule = |name: &str, expression: &str| AlertingRule::new(name, expression);
        let group = RuleGroup::new("g")
            .rule(rule("Down", "up == 0"))
            .rule(rule("Gone", "absent(shop_orders_total)"))
            .rule(rule("Always", "rate(prometheus_http_requests_total[5m])"))
            .rule(rule("Unlike", "sum by (job) (up) == 0").summary("{{ $labels.job }} at {{ $labels.instance }}"))
            .rule(rule("Heartbeat", "vector(1)"))
            .rule(rule("Wrong", "sum("));
        content.add(RulesFile::new().group(group));
        let found: Vec<_> = content.check().into_iter().map(|finding| (finding.rule.0, finding.place)).collect();
        let place = |name: &str| format!("rule group `g`, rule `{name}`");
        let expected = [
            ("rule-expression", place("Wrong")),
            ("unknown-metric", place("Gone")),
            ("alert-rule", place("Always")),
            ("alert-rule", place("Unlike")),
        ];
        assert_eq!(found, expected);
    }

    /// All paths to values of a JSON.
    fn paths(json: &Json, here: &str, found: &mut Vec<String>) {
        found.push(here.to_owned());
        match json {
            Json::Array(values) => {
                values.iter().enumerate().for_each(|(index, value)| paths(value, &format!("{here}/{index}"), found));
            }
            Json::Object(members) => members.iter().for_each(|(name, value)| {
                paths(value, &format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }),
            _ => {}
        }
    }

    fn any_value() -> impl Strategy<Value = Json> {
        let text = prop_oneof![
            "[ -~]{0,12}",
            Just("${".to_owned()),
            Just("{{".to_owned()),
            Just("é€\u{1f600}$x[[y]]".to_owned()),
            Just("sum(rate(x[$__rate_interval])) by (é".to_owned()),
        ];
        prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            text.prop_map(Json::from),
            Just(Json::Array(vec![Json::Null])),
            Just(serde_json::json!({ "belvedere:value": "X" })),
            Just(serde_json::json!({ "type": "prometheus", "uid": 5 })),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_dashboard_holds_nothing_panics(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any_value()), 1..4),
        ) {
            let document: Json = serde_json::from_str(include_str!("../../tests/faults/good.json")).expect("it is JSON");
            let mut json = document["dashboards"][0]["dashboard"].clone();
            for (index, value) in changes {
                let mut all = Vec::new();
                paths(&json, "", &mut all);
                if let Some(place) = json.pointer_mut(index.get(all.as_slice()).as_str()) {
                    *place = value;
                }
            }
            let exporter = crate::catalog::prometheus();
            let context = Context::default().exporter(exporter).data_source("metrics", "prometheus").region("eu-west-1");
            prop_assert_eq!(dashboard(&json, &context), dashboard(&json, &context));
        }

        #[test]
        fn whatever_a_text_holds_nothing_panics(start in 0_usize..9000, length in 0_usize..40, put in "[\\[\\]{}\",:é ]{0,6}") {
            let text = include_str!("../../tests/faults/good.json");
            let at = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let changed = [&text[..at(start)], &put, &text[at(start + length)..]].concat();
            for finding in dashboard_text("file", &changed, &Context::default()) {
                prop_assert!(!finding.to_string().is_empty());
            }
        }
    }
}
