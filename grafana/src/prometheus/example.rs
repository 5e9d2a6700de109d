//! [`RuleExample`]: what a rule must do with known series.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::Value;

use super::name::label_complaint;
use super::rule::Rule;
use crate::finding::{self, Finding};
use crate::query::promql;

/// Known series, and what a rule must make of them: a test of the rule.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleExample {
    pub(super) name: String,
    pub(super) step: Duration,
    pub(super) series: Vec<(String, String)>,
    pub(super) expectations: Vec<(Duration, Expectation)>,
}

/// What must be the case at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expectation {
    Quiet,
    Fires(FiringAlert),
    Records(f64, BTreeMap<String, String>),
}

impl RuleExample {
    /// An example without series yet. The name says what is special about it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), step: Duration::from_secs(60), series: Vec::new(), expectations: Vec::new() }
    }

    /// The time from one value of a series to the next. A minute by default.
    #[must_use]
    pub const fn step(mut self, time: Duration) -> Self {
        self.step = time;
        self
    }

    /// Adds a series such as `up{job="api"}` with its values in promtool's notation: `0+10x30` begins with 0 and adds 10
    /// thirty times, `1 1 _ 0` are single values with one missing, and `stale` ends a series.
    #[must_use]
    pub fn series(mut self, series: impl Into<String>, values: impl Into<String>) -> Self {
        self.series.push((series.into(), values.into()));
        self
    }

    /// The alert fires at this time from the start. Several that fire at one time are said one after the other; those
    /// are then all with the name of the alert.
    #[must_use]
    pub fn fires(mut self, at: Duration, alert: FiringAlert) -> Self {
        self.expectations.push((at, Expectation::Fires(alert)));
        self
    }

    /// The alert does not fire at this time from the start.
    #[must_use]
    pub fn quiet(mut self, at: Duration) -> Self {
        self.expectations.push((at, Expectation::Quiet));
        self
    }

    /// A series with these labels, beside those of the rule, has this value at this time from the start, up to nine
    /// places.
    #[must_use]
    pub fn records<N: Into<String>, V: Into<String>>(
        mut self,
        at: Duration,
        value: f64,
        labels: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.expectations.push((at, Expectation::Records(value, labels)));
        self
    }

    pub(super) fn findings(&self, place: &str, rule: &Rule) -> Vec<Finding> {
        let place = format!("{place}, example `{}`", self.name);
        let mut findings = Vec::new();
        let problem = |message: String| Finding::problem(finding::Rule("rule-example"), place.clone(), message);
        for (series, values) in &self.series {
            if let Err(error) = promql::parse(series) {
                let mut found = problem(format!("a series is a name and its labels: {}", error.message));
                found.fix = error.fix;
                findings.push(found.marked(series.as_str(), error.span));
            }
            if values.trim().is_empty() {
                findings.push(problem(format!("series `{series}` needs values, such as `0+10x30`")));
            }
        }
        if self.expectations.is_empty() {
            findings.push(problem(
                "an example says what must be the case: add .fires(..), .quiet(..) or .records(..)".to_owned(),
            ));
        }
        if self.step.is_zero() {
            findings.push(problem("the step must be more than 0 s".to_owned()));
        }
        for (_, expectation) in &self.expectations {
            match (expectation, rule) {
                (Expectation::Fires(alert), Rule::Alerting(alerting)) => {
                    let labels = alert.labels.keys().chain(alert.annotations.keys());
                    findings.extend(labels.filter_map(|label| label_complaint(label)).map(problem));
                    for (name, text) in alerting.labels.iter().chain(&alerting.annotations) {
                        let said = alert.labels.contains_key(name) || alert.annotations.contains_key(name);
                        if !said && text.as_str().is_some_and(|text| alert.fill(text).is_none()) {
                            let message = format!("what does the template `{name}` become? Say it in the FiringAlert");
                            findings.push(problem(message));
                        }
                    }
                }
                (Expectation::Quiet, Rule::Alerting(_)) => {}
                (Expectation::Records(_, labels), Rule::Recording(_)) => {
                    findings.extend(labels.keys().filter_map(|label| label_complaint(label)).map(problem));
                }
                (Expectation::Records(..), Rule::Alerting(_)) => {
                    findings.push(problem("an alerting rule fires and records nothing: use .fires(..)".to_owned()));
                }
                (_, Rule::Recording(_)) => {
                    findings.push(problem("a recording rule never fires: use .records(..)".to_owned()));
                }
            }
        }
        findings
    }
}

/// An alert that must fire: its labels and annotations, beside those that the rule gives it.
///
/// `{{ $labels.job }}` in the rule is filled in from the labels here. What other templates become has to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FiringAlert {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl FiringAlert {
    /// An alert with the labels and annotations of its rule.
    #[must_use]
    pub const fn new() -> Self {
        Self { labels: BTreeMap::new(), annotations: BTreeMap::new() }
    }

    /// A label of the series that the expression gives, or what the template of a label of the rule becomes.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// What the template of an annotation of the rule becomes.
    #[must_use]
    pub fn annotation(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.annotations.insert(name.into(), text.into());
        self
    }

    /// Returns all labels of the alert but its name.
    pub(super) fn all_labels(&self, rule: &BTreeMap<String, Value<String>>) -> BTreeMap<String, String> {
        self.beside(&self.labels, rule)
    }

    /// Returns all annotations of the alert.
    pub(super) fn all_annotations(&self, rule: &BTreeMap<String, Value<String>>) -> BTreeMap<String, String> {
        self.beside(&self.annotations, rule)
    }

    fn beside(
        &self,
        own: &BTreeMap<String, String>,
        rule: &BTreeMap<String, Value<String>>,
    ) -> BTreeMap<String, String> {
        let given = rule.iter().filter_map(|(name, text)| Some((name.clone(), self.fill(text.as_str()?)?)));
        let mut all: BTreeMap<String, String> = given.collect();
        all.extend(own.iter().map(|(name, text)| (name.clone(), text.clone())));
        all
    }

    /// Fills labels into a template. Nothing when it has something else in it.
    fn fill(&self, template: &str) -> Option<String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, action)) = rest.split_once("{{") {
            let (action, after) = action.split_once("}}")?;
            let label = action.trim().strip_prefix("$labels.")?;
            text.push_str(before);
            text.push_str(self.labels.get(label)?);
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }
}
