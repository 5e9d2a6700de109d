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

    fn annotations(&self) -> Option<&BTreeMap<String, Value<String>>> {
        match self {
            Self::Recording(_) => None,
            Self::Alerting(rule) => Some(&rule.annotations),
        }
    }

    /// Returns all that is wrong. `group` is where the rule is.
    pub(super) fn findings(&self, group: &str) -> Vec<Finding> {
        let place = format!("{group}, rule `{}`", self.name());
        let problem = |rule, complaint: String| Finding::problem(finding::Rule(rule), place.clone(), complaint);
        let labels = self.labels().iter().chain(self.annotations().into_iter().flatten());
        let complaints = labels.filter_map(|(label, _)| label_complaint(label));
        let mut findings: Vec<Finding> = complaints.map(|complaint| problem("rule-label", complaint)).collect();
        findings.extend(self.name_complaint().map(|complaint| problem("rule-name", complaint)));
        findings.extend(self.expression_finding(&place));
        match self {
            Self::Recording(rule) if self.name_complaint().is_none() => {
                let convention = record_complaint(&rule.record);
                findings.extend(
                    convention.map(|(complaint, fix)| {
                        Finding::warning(rules::RECORD_NAME, place.clone(), complaint).fix(fix)
                    }),
                );
            }
            Self::Recording(_) => {}
            Self::Alerting(rule) => findings.extend(template_findings(rule, &place)),
        }
        findings.extend(self.examples().iter().flat_map(|example| example.findings(&place, self)));
        if let Self::Alerting(rule) = self {
            findings.extend(runbook_finding(rule, &place));
        }
        findings
    }

    fn name_complaint(&self) -> Option<String> {
        match self {
            Self::Recording(rule) => metric_complaint(&rule.record),
            Self::Alerting(rule) => rule.alert.trim().is_empty().then(|| "an alert needs a name".to_owned()),
        }
    }

    fn expression_finding(&self, place: &str) -> Option<Finding> {
        // What is known only at deploy time cannot be parsed; the service does it then.
        let text = self.expression().as_str()?;
        let problem = |message| Finding::problem(finding::Rule("rule-expression"), place, message);
        if text.trim().is_empty() {
            return Some(problem("a rule needs an expression, got an empty one".to_owned()));
        }
        let error = promql::parse_rule(text).err()?;
        Some(Finding { fix: error.fix, ..problem(error.message).marked(text, error.span) })
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

/// What is wrong with the templates of labels and annotations.
fn template_findings(rule: &AlertingRule, place: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (label, text) in rule.labels.iter().chain(&rule.annotations) {
        let Some(text) = text.as_str() else { continue };
        let template = go_template::read(text);
        let complaints = go_template::unknown_functions(&template.calls, &go_template::RULES)
            .into_iter()
            .chain(go_template::unknown_variables(&template.variables, &["labels", "value"]));
        let error = template.error.map(|(message, span)| (message, span, None));
        for (message, span, fix) in error.into_iter().chain(complaints) {
            let finding = Finding::problem(finding::Rule("rule-template"), place, format!("`{label}`: {message}"));
            findings.push(Finding { fix, ..finding.marked(text, span) });
        }
    }
    findings
}

/// What is wrong with where a rule says what to do, or that it does not say so.
fn runbook_finding(rule: &AlertingRule, place: &str) -> Option<Finding> {
    if let Some(runbook) = rule.annotations.get(RUNBOOK) {
        let complaint = runbook_complaint(runbook.as_str()?)?;
        return Some(Finding::warning(rules::RULE_RUNBOOK, place, complaint));
    }
    let severity = rule.labels.get("severity").and_then(Value::as_str)?;
    URGENT.contains(&severity).then(|| {
        let message = format!("`{}` wakes somebody, and does not say what to do", rule.alert);
        let finding = Finding::warning(rules::RULE_RUNBOOK, place, message);
        finding.fix("link a page with .runbook(..), or give it another `severity`")
    })
}
