//! [`RulesFile`]: the groups of rules that a Prometheus reads from one file.

use belvedere_cfn::Value;

use super::rule::Rule;
use super::rule_group::RuleGroup;
use super::tests_file;
use super::yaml::Yaml;
use crate::document::Unresolved;
use crate::finding::{self, Finding};

/// Groups of rules, as a Prometheus reads them from a file and managed Prometheus from a rule groups namespace.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RulesFile {
    groups: Vec<RuleGroup>,
}

impl RulesFile {
    /// A file without groups yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { groups: Vec::new() }
    }

    /// Adds a group. The groups of a file are evaluated side by side.
    #[must_use]
    pub fn group(mut self, group: impl Into<RuleGroup>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Returns the groups.
    #[must_use]
    pub fn groups(&self) -> &[RuleGroup] {
        &self.groups
    }

    /// Returns all that is wrong with the rules and their examples.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.groups.is_empty() {
            let message = "it has no groups: add one, or leave it out";
            findings.push(Finding::problem(finding::Rule("rule-group"), "rules file", message));
        }
        for (index, group) in self.groups.iter().enumerate() {
            findings.extend(group.check());
            if self.groups[..index].iter().any(|earlier| earlier.name == group.name) {
                let place = format!("rule group `{}`", group.name);
                let message = format!("two rule groups have the name `{}`: give one another name", group.name);
                findings.push(Finding::problem(finding::Rule("rule-group"), place, message));
            }
        }
        findings
    }

    /// Returns the file, with the deploy-time values that are in it.
    #[must_use]
    pub fn data(&self) -> Value<String> {
        Yaml::map().with("groups", Yaml::List(self.groups.iter().map(RuleGroup::yaml).collect())).render()
    }

    /// Returns the file, for a Prometheus of your own.
    ///
    /// # Errors
    /// Names all values that are known only at deploy time.
    pub fn text(&self) -> Result<String, Unresolved> {
        let unresolved: Vec<String> = self.rules().flat_map(Rule::unresolved).collect();
        match self.data().as_str() {
            Some(text) if unresolved.is_empty() => Ok(text.to_owned()),
            _ => Err(Unresolved(unresolved)),
        }
    }

    /// Returns the tests of all examples, which `promtool test rules` runs over the file at the path `rules_file`
    /// (seen from the tests' own). Nothing if no rule has an example.
    ///
    /// # Errors
    /// Names all values of rules with examples that are known only at deploy time.
    pub fn tests_file(&self, rules_file: &str) -> Result<Option<String>, Unresolved> {
        let with_examples = || self.rules().filter(|rule| !rule.examples().is_empty());
        let unresolved: Vec<String> = with_examples().flat_map(Rule::unresolved).collect();
        if !unresolved.is_empty() {
            return Err(Unresolved(unresolved));
        }
        let tests: Vec<Yaml> = with_examples().flat_map(tests_file::tests).collect();
        if tests.is_empty() {
            return Ok(None);
        }
        let file = Yaml::map()
            .with("rule_files", Yaml::texts([rules_file]))
            .with("evaluation_interval", "1m")
            .with("tests", Yaml::List(tests));
        Ok(file.render().as_str().map(str::to_owned))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups.iter().flat_map(|group| &group.rules)
    }
}
