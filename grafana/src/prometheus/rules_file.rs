//! [`RulesFile`]: the groups of rules that a Prometheus reads from one file.

use belvedere_cfn::Value;

use super::alerting_rule::AlertingRule;
use super::recording_rule::RecordingRule;
use super::rule::Rule;
use super::rule_group::RuleGroup;
use super::tests_file;
use super::yaml::Yaml;
use crate::content::{Content, Part};
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

    /// Returns what the rules record.
    pub fn recordings(&self) -> impl Iterator<Item = &RecordingRule> {
        self.rules().filter_map(|rule| match rule {
            Rule::Recording(rule) => Some(rule),
            Rule::Alerting(_) => None,
        })
    }

    /// Returns the expressions of the alerts that are known before the stack is deployed, each with its place.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = (String, &AlertingRule)> {
        let rules = self.groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        rules.filter_map(|(group, rule)| match rule {
            Rule::Alerting(rule) => Some((format!("rule group `{}`, rule `{}`", group.name, rule.alert()), rule)),
            Rule::Recording(_) => None,
        })
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups.iter().flat_map(|group| &group.rules)
    }
}

/// The rules are evaluated by a Prometheus, not by this Grafana: they are checked, and queries may name what they record.
impl Part for RulesFile {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        self.check().into_iter().for_each(|finding| content.report(finding));
        for group in &self.groups {
            content.origins.put(format!("rule group `{}`", group.name));
        }
        for rule in self.recordings() {
            content.origins.put(format!("recording rule `{}`", rule.record()));
        }
        content.rules.push(self);
    }
}

impl Content {
    /// Returns what the rules that were added record.
    pub fn recordings(&self) -> impl Iterator<Item = &RecordingRule> {
        self.rules.iter().flat_map(RulesFile::recordings)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use belvedere_cfn::pseudo;

    use super::*;
    use crate::prometheus::{AlertingRule, FiringAlert, RuleExample};

    const MINUTE: Duration = Duration::from_secs(60);

    fn file(rule: impl Into<Rule>) -> RulesFile {
        RulesFile::new().group(RuleGroup::new("g").rule(rule))
    }

    fn findings(rule: impl Into<Rule>) -> String {
        file(rule).check().iter().map(|finding| format!("{finding}\n")).collect()
    }

    #[test]
    fn deploy_time_values_are_named() {
        let rule = AlertingRule::new("Down", "up == 0").label("region", pseudo::region()).summary("down");
        let named = Unresolved(vec!["label `region` of rule `Down`".to_owned()]);
        assert_eq!(file(rule.clone()).text(), Err(named.clone()));
        assert_eq!(file(rule.clone()).tests_file("r"), Ok(None), "there are no examples");
        let rule = rule.example(RuleExample::new("e").quiet(MINUTE));
        assert_eq!(file(rule).tests_file("r"), Err(named));
    }

    #[test]
    fn an_expression_that_is_none_is_marked() {
        let shown = findings(AlertingRule::new("Down", "sum(up) by"));
        assert!(shown.starts_with("rule group `g`, rule `Down`: "), "{shown}");
        assert!(shown.contains("[rule-expression]\n    sum(up) by\n    ") && shown.contains('^'), "{shown}");
    }

    #[test]
    fn whoever_wakes_somebody_says_what_to_do() {
        let rule = AlertingRule::new("Down", "up == 0").label("severity", "critical");
        assert!(findings(rule.clone()).contains("does not say what to do [rule-runbook]"));
        assert_eq!(findings(rule.clone().runbook("https://r.example")), "");
        assert_eq!(findings(rule.label("severity", "warning")), "");
    }

    #[test]
    fn examples_have_to_fit_their_rule() {
        let shown = findings(
            AlertingRule::new("Down", "up == 0")
                .summary("{{ $labels.job }} is down since {{ $value }}")
                .description("{{ $labels.job }")
                .example(RuleExample::new("a").series("up{", "").fires(MINUTE, FiringAlert::new().label("job", "x")))
                .example(RuleExample::new("b").step(Duration::ZERO))
                .example(RuleExample::new("c").records(MINUTE, 1.0, [("job", "x")])),
        );
        for part in [
            "`description`: `{{` is not closed",
            "example `a`: a series is a name and its labels",
            "series `up{` needs values",
            "what does the template `summary` become?",
            "example `b`: an example says what must be the case",
            "example `b`: the step must be more than 0 s",
            "example `c`: an alerting rule fires and records nothing",
        ] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        let shown = findings(RecordingRule::new("a:b", "up").example(RuleExample::new("d").quiet(MINUTE)));
        assert!(shown.contains("example `d`: a recording rule never fires"), "{shown}");
    }

    #[test]
    fn a_content_knows_what_rules_record() {
        let mut content = Content::new("c");
        content.add(file(RecordingRule::new("a:b", "up").label("slo", "x")));
        content.add(file(RecordingRule::new("5", "up")));
        let recorded: Vec<&str> = content.recordings().map(RecordingRule::record).collect();
        assert_eq!(recorded, ["a:b", "5"]);
        assert_eq!(content.problems.len(), 1);
    }
}
