//! [`RuleGroupsNamespace`]: a file of rules that a workspace evaluates.

use std::time::Duration;

use belvedere_cfn::aps::CfnRuleGroupsNamespace;
use belvedere_cfn::{ResourceRef, Value};

use super::alert_manager::report_size;
use super::name::duration;
use super::rule::Rule;
use super::workspace_ref::WorkspaceRef;
use crate::construct::Construct;
use crate::scope::Scope;
use crate::yaml::Yaml;

/// How many rules a group may have unless AWS was asked for more.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html).
const DEFAULT_RULES_PER_GROUP: usize = 20;

/// Rules that are evaluated one after the other, at one interval.
/// [Prometheus page](https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/#rule_group).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroup {
    name: String,
    interval: Option<Duration>,
    rules: Vec<Rule>,
}

impl RuleGroup {
    /// A group without rules yet. Its name is unique in the namespace.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), interval: None, rules: Vec::new() }
    }

    /// How often the rules are evaluated. Every minute by default.
    #[must_use]
    pub const fn interval(mut self, time: Duration) -> Self {
        self.interval = Some(time);
        self
    }

    /// Adds a rule. Rules see what those before them recorded.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<Rule>) -> Self {
        self.rules.push(rule.into());
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        let name = &self.name;
        if name.trim().is_empty() {
            scope.problem("a rule group needs a name");
        }
        if self.rules.is_empty() {
            scope.problem(format!("rule group `{name}` has no rules: add one, or leave it out"));
        }
        if self.rules.len() > DEFAULT_RULES_PER_GROUP {
            scope.warning(format!(
                "rule group `{name}` has {} rules, and a workspace takes {DEFAULT_RULES_PER_GROUP} a group unless AWS \
                 has raised its quota",
                self.rules.len()
            ));
        }
        if self.interval.is_some_and(|time| time.is_zero()) {
            scope.problem(format!("the interval of rule group `{name}` must be more than 0 s"));
        }
        for complaint in self.rules.iter().flat_map(Rule::complaints) {
            scope.problem(format!("rule group `{name}`, {complaint}"));
        }
    }

    fn yaml(&self) -> Yaml {
        Yaml::map()
            .with("name", self.name.clone())
            .with_some("interval", self.interval.map(duration))
            .with("rules", Yaml::List(self.rules.iter().map(Rule::yaml).collect()))
    }
}

/// A file of rules that a workspace evaluates.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-aps-rulegroupsnamespace.html).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroupsNamespace {
    workspace: WorkspaceRef,
    name: String,
    groups: Vec<RuleGroup>,
}

impl RuleGroupsNamespace {
    /// A file without rules yet. Its name is unique in the workspace: 1 to 64 letters, digits, and `-._`.
    #[must_use]
    pub fn new(workspace: &WorkspaceRef, name: impl Into<String>) -> Self {
        Self { workspace: workspace.clone(), name: name.into(), groups: Vec::new() }
    }

    /// Adds a group of rules. The groups of a file are evaluated side by side.
    #[must_use]
    pub fn group(mut self, group: RuleGroup) -> Self {
        self.groups.push(group);
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        let name = &self.name;
        let legal = name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        if !legal {
            scope.problem(format!(
                "the name of a rule groups namespace is a letter or digit, then at most 63 letters, digits and `-._`, got `{name}`"
            ));
        }
        if self.groups.is_empty() {
            scope.problem(format!("rule groups namespace `{name}` has no groups: add one, or leave it out"));
        }
        for (index, group) in self.groups.iter().enumerate() {
            group.report(scope);
            if self.groups[..index].iter().any(|earlier| earlier.name == group.name) {
                scope.problem(format!("two rule groups have the name `{}`: give one another name", group.name));
            }
        }
    }
}

impl Construct for RuleGroupsNamespace {
    type Ref = RuleGroupsNamespaceRef;

    fn define(self, scope: &mut Scope<'_>) -> RuleGroupsNamespaceRef {
        self.report(scope);
        let groups = self.groups.iter().map(RuleGroup::yaml).collect();
        let data = Yaml::map().with("groups", Yaml::List(groups)).render();
        report_size(scope, "rules file", &data);
        let resource =
            scope.add("Resource", CfnRuleGroupsNamespace::new(data, self.name, self.workspace.workspace_arn()));
        RuleGroupsNamespaceRef { resource }
    }
}

/// A file of rules of this program.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroupsNamespaceRef {
    resource: ResourceRef<CfnRuleGroupsNamespace>,
}

impl RuleGroupsNamespaceRef {
    /// The namespace's ARN.
    #[must_use]
    pub fn rule_groups_namespace_arn(&self) -> Value<String> {
        self.resource.arn().cast()
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnRuleGroupsNamespace> {
        &self.resource
    }
}

#[cfg(test)]
mod tests {
    use belvedere_cfn::{concat_values, pseudo};

    use super::*;
    use crate::Stack;
    use crate::aps::{AlertingRule, RecordingRule};
    use crate::testing::{Match, Template, json};

    #[test]
    fn rules_are_a_prometheus_file() {
        let mut stack = Stack::new("Example");
        let workspace = WorkspaceRef::from_id("ws-1");
        let group = RuleGroup::new("errors")
            .interval(Duration::from_secs(30))
            .rule(
                RecordingRule::new("job:errors:rate5m", "sum by (job) (\n  rate(errors_total[5m])\n)").label("v", "1"),
            )
            .rule(
                AlertingRule::new("ManyErrors", r#"job:errors:rate5m{job="api"} > 1"#)
                    .hold_for(Duration::from_secs(300))
                    .label("severity", "page")
                    .annotation("summary", "{{ $labels.job }} fails")
                    .annotation("region", concat_values!("in ", pseudo::region())),
            );
        stack.add("Rules", RuleGroupsNamespace::new(&workspace, "slo").group(group));
        let template = Template::from_stack(stack).expect("the stack is in order");
        template.has_resource_properties(
            "AWS::APS::RuleGroupsNamespace",
            json!({ "Name": "slo", "Workspace": workspace.workspace_arn(), "Data": Match::string_like(r#"groups:
  - name: errors
    interval: "30s"
    rules:
      - record: "job:errors:rate5m"
        expr: |-
          sum by (job) (
            rate(errors_total[5m])
          )
        labels:
          v: "1"
      - alert: ManyErrors
        expr: "job:errors:rate5m{job=\"api\"} > 1"
        for: "5m"
        labels:
          severity: page
        annotations:
          region: "in ${AWS::Region}"
          summary: "{{ $labels.job }} fails"
"#) }),
        );
    }

    #[test]
    fn rejects_names_that_prometheus_refuses() {
        let mut stack = Stack::new("Example");
        let workspace = WorkspaceRef::from_id("ws-1");
        let group = || {
            RuleGroup::new("errors")
                .rule(RecordingRule::new("5xx", "up"))
                .rule(AlertingRule::new("Down", " ").label("run-book", "x"))
        };
        let namespace = RuleGroupsNamespace::new(&workspace, "-slo").group(group()).group(group());
        stack.add("Rules", namespace.group(RuleGroup::new("empty")));
        let text = Template::from_stack(stack).expect_err("the rules should be refused").to_string();
        for part in [
            "letters, digits and `-._`, got `-slo`",
            "rule group `errors`, rule `5xx`: a metric's name",
            "rule `Down`: a rule needs an expression",
            "got `run-book`",
            "two rule groups have the name `errors`",
            "rule group `empty` has no rules",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
