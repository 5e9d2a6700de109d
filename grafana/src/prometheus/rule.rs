//! [`Rule`]: what Prometheus evaluates all the time.

use std::collections::BTreeMap;

use belvedere_cfn::Value;

use super::alerting_rule::{AlertingRule, RUNBOOK};
use super::example::RuleExample;
use super::name::{duration, label_complaint, metric_complaint, record_complaint};
use super::recording_rule::RecordingRule;
use super::yaml::Yaml;
use crate::check::{go_template, rules, runbook_complaint};
use crate::finding::{self, Finding};
use crate::query::promql;

/// Severities that wake somebody, who needs to know what to do.
const URGENT: [&str; 2] = ["critical", "page"];

/// A rule of either kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// Keeps what an expression gives.
    Recording(RecordingRule),
    /// Fires alerts.
    Alerting(AlertingRule),
}

impl From<RecordingRule> for Rule {
    fn from(rule: RecordingRule) -> Self {
        Self::Recording(rule)
    }
}

impl From<AlertingRule> for Rule {
    fn from(rule: AlertingRule) -> Self {
        Self::Alerting(rule)
    }
}

impl Rule {
    /// Returns the record's name, or the alert's.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Recording(rule) => &rule.record,
            Self::Alerting(rule) => &rule.alert,
        }
    }

    /// Returns the expression.
    #[must_use]
    pub const fn expression(&self) -> &Value<String> {
        match self {
            Self::Recording(rule) => &rule.expression,
            Self::Alerting(rule) => &rule.expression,
        }
    }

    pub(super) const fn expression_mut(&mut self) -> &mut Value<String> {
        match self {
            Self::Recording(rule) => &mut rule.expression,
            Self::Alerting(rule) => &mut rule.expression,
        }
    }

    pub(super) const fn labels(&self) -> &BTreeMap<String, Value<String>> {
        match self {
            Self::Recording(rule) => &rule.labels,
            Self::Alerting(rule) => &rule.labels,
        }
    }

    pub(super) fn examples(&self) -> &[RuleExample] {
        match self {
            Self::Recording(rule) => &rule.examples,
            Self::Alerting(rule) => &rule.examples,
        }
    }

    /// Returns all that is wrong. `group` is where the rule is.
    pub(super) fn findings(&self, group: &str) -> Vec<Finding> {
        let name = self.name();
        let place = format!("{group}, rule `{name}`");
        let (mut findings, mut templates, mut conventions) = (Vec::new(), Vec::new(), Vec::new());
        let mut problem =
            |rule, message: String| findings.push(Finding::problem(finding::Rule(rule), place.clone(), message));
        let none = BTreeMap::new();
        let annotations = match self {
            Self::Recording(_) => &none,
            Self::Alerting(rule) => &rule.annotations,
        };
        for complaint in self.labels().keys().chain(annotations.keys()).filter_map(|label| label_complaint(label)) {
            problem("rule-label", complaint);
        }
        match self {
            Self::Recording(_) => {
                if let Some(complaint) = metric_complaint(name) {
                    problem("rule-name", complaint);
                } else if let Some((complaint, fix)) = record_complaint(name) {
                    conventions.push(Finding::warning(rules::RECORD_NAME, place.clone(), complaint).fix(fix));
                }
            }
            Self::Alerting(_) if name.trim().is_empty() => problem("rule-name", "an alert needs a name".to_owned()),
            Self::Alerting(_) => {}
        }
        if matches!(self, Self::Alerting(_)) {
            for (label, text) in self.labels().iter().chain(annotations) {
                let Some(text) = text.as_str() else { continue };
                let template = go_template::read(text);
                let complaints = go_template::unknown_functions(&template.calls, &go_template::RULES)
                    .into_iter()
                    .chain(go_template::unknown_variables(&template.variables, &["labels", "value"]));
                let error = template.error.map(|(message, span)| (message, span, None));
                for (message, span, fix) in error.into_iter().chain(complaints) {
                    let message = format!("`{label}`: {message}");
                    let finding = Finding::problem(finding::Rule("rule-template"), place.clone(), message);
                    templates.push(Finding { fix, ..finding.marked(text, span) });
                }
            }
        }
        // What is known only at deploy time cannot be parsed; the service does it then.
        match self.expression().as_str() {
            Some(text) if text.trim().is_empty() => {
                problem("rule-expression", "a rule needs an expression, got an empty one".to_owned());
            }
            Some(text) => {
                if let Err(error) = promql::parse_rule(text) {
                    let mut finding = Finding::problem(finding::Rule("rule-expression"), place.clone(), error.message);
                    finding.fix = error.fix;
                    findings.push(finding.marked(text, error.span));
                }
            }
            None => {}
        }
        findings.extend(templates.into_iter().chain(conventions));
        for example in self.examples() {
            findings.extend(example.findings(&place, self));
        }
        if let Self::Alerting(rule) = self
            && let Some(complaint) = rule.annotations.get(RUNBOOK).and_then(Value::as_str).and_then(runbook_complaint)
        {
            findings.push(Finding::warning(rules::RULE_RUNBOOK, place.clone(), complaint));
        }
        if let Self::Alerting(rule) = self
            && !rule.annotations.contains_key(RUNBOOK)
            && rule.labels.get("severity").and_then(Value::as_str).is_some_and(|severity| URGENT.contains(&severity))
        {
            let message = format!("`{name}` wakes somebody, and does not say what to do");
            let finding = Finding::warning(finding::Rule("rule-runbook"), place, message);
            findings.push(finding.fix("link a page with .runbook(..), or give it another `severity`"));
        }
        findings
    }

    pub(super) fn yaml(&self) -> Yaml {
        fn map(members: &BTreeMap<String, Value<String>>) -> Option<Yaml> {
            let members = members.iter().map(|(name, value)| (name.clone(), Yaml::Text(value.clone())));
            let members: Vec<_> = members.collect();
            (!members.is_empty()).then_some(Yaml::Map(members))
        }
        let (name, expression, labels) = (self.name(), self.expression(), self.labels());
        match self {
            Self::Recording(_) => {
                Yaml::map().with("record", name).with("expr", expression.clone()).with_some("labels", map(labels))
            }
            Self::Alerting(rule) => Yaml::map()
                .with("alert", name)
                .with("expr", expression.clone())
                .with_some("for", (!rule.hold_for.is_zero()).then(|| duration(rule.hold_for)))
                .with_some("keep_firing_for", (!rule.keep_firing_for.is_zero()).then(|| duration(rule.keep_firing_for)))
                .with_some("labels", map(labels))
                .with_some("annotations", map(&rule.annotations)),
        }
    }

    /// Returns where the rule has values that are known only at deploy time.
    pub(super) fn unresolved(&self) -> Vec<String> {
        let name = self.name();
        let mut places = Vec::new();
        let mut look = |what: String, value: &Value<String>| {
            if value.as_str().is_none() {
                places.push(format!("{what} of rule `{name}`"));
            }
        };
        look("the expression".to_owned(), self.expression());
        self.labels().iter().for_each(|(label, value)| look(format!("label `{label}`"), value));
        if let Self::Alerting(rule) = self {
            rule.annotations.iter().for_each(|(label, value)| look(format!("annotation `{label}`"), value));
        }
        places
    }
}
