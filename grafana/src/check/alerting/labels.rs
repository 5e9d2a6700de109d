//! [`AlertLabels`]: the labels that alerts have.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::report::Report;
use super::super::source::{Source, Sources};
use super::super::{target, text_of};
use crate::document::RuleGroupDocument;
use crate::query::{Language, Query};

/// What Grafana itself gives each alert.
pub(super) const OWN: [&str; 6] =
    ["alertname", "grafana_folder", "datasource_uid", "ref_id", "__alert_rule_uid__", "__alert_rule_namespace_uid__"];

/// The labels that alerts of some rules have.
pub(super) struct AlertLabels<'a> {
    /// Those that rules set, each with its values; none for a value that a template or the stack decides.
    set: BTreeMap<&'a str, Vec<Option<&'a str>>>,
    rules: Vec<&'a Json>,
}

impl<'a> AlertLabels<'a> {
    pub(super) fn of(groups: &'a [RuleGroupDocument]) -> Self {
        let rules = groups.iter().flat_map(|group| &group.rules).filter(|rule| rule.get("record").is_none());
        let rules: Vec<_> = rules.collect();
        let mut set: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
        for (name, value) in rules.iter().filter_map(|rule| rule.get("labels")).filter_map(Json::as_object).flatten() {
            set.entry(name).or_default().push(value.as_str().filter(|text| !text.contains("{{")));
        }
        Self { set, rules }
    }

    /// Whether there is no rule at all, so that the alerts come from elsewhere.
    pub(super) const fn none(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.set.keys().copied().chain(OWN)
    }

    pub(super) fn values(&self, label: &str) -> Option<Vec<Option<&'a str>>> {
        if OWN.contains(&label) { Some(vec![None]) } else { self.set.get(label).cloned() }
    }

    pub(super) fn may_come_from_a_query(&self, report: &Report<'_>, label: &str) -> bool {
        self.rules.iter().any(|rule| results_may_have(report, rule, label))
    }
}

/// Whether the results of a rule's queries may have a label: some query has it, or is in a language that says nothing of
/// labels.
pub(super) fn results_may_have(report: &Report<'_>, rule: &Json, label: &str) -> bool {
    let data = rule.get("data").and_then(Json::as_array).into_iter().flatten();
    let mut queries = data.filter(|entry| text_of(entry, "datasourceUid") != "__expr__");
    queries.any(|entry| match query(report, entry) {
        Some((language, query)) => !target::is_missing(report, &query, language, label),
        None => true,
    })
}

fn query(report: &Report<'_>, entry: &Json) -> Option<(Language, Query)> {
    // What is wrong with the reference is told elsewhere.
    let mut aside = Report::new(report.context, report.metrics);
    let Source::Plugin(plugin) = Sources::none().resolve(&mut aside, "", entry.get("datasourceUid")) else {
        return None;
    };
    let language = target::language(&plugin).filter(|language| *language != Language::TraceQl)?;
    Some((language, language.parse(text_of(entry.get("model")?, "expr")).ok()?))
}
