//! [`RuleGroupsNamespace`]: a file of rules that a workspace evaluates.

use std::time::Duration;

use belvedere_cfn::aps::CfnRuleGroupsNamespace;
use belvedere_cfn::{ResourceRef, Value};
use belvedere_grafana::Severity;
use belvedere_grafana::prometheus::name::duration;
use belvedere_grafana::prometheus::{RuleGroup, RulesFile};

use super::alert_manager::report_size;
use super::workspace_ref::WorkspaceRef;
use crate::construct::Construct;
use crate::scope::Scope;

/// How many rules a group may have unless AWS was asked for more.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html).
const DEFAULT_RULES_PER_GROUP: usize = 20;

/// The shortest interval of a group unless AWS was asked for less.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html).
const DEFAULT_SHORTEST_INTERVAL: Duration = Duration::from_secs(30);

/// How long the names of a namespace and of a group in it may be together, in bytes.
/// [AWS page](https://docs.aws.amazon.com/prometheus/latest/APIReference/API_CreateRuleGroupsNamespace.html).
const MAX_NAME_BYTES: usize = 721;

/// A file of rules that a workspace evaluates.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-aps-rulegroupsnamespace.html).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroupsNamespace {
    workspace: WorkspaceRef,
    name: String,
    file: RulesFile,
}

impl RuleGroupsNamespace {
    /// A file without rules yet. Its name is unique in the workspace: 1 to 64 letters, digits, and `-._`.
    #[must_use]
    pub fn new(workspace: &WorkspaceRef, name: impl Into<String>) -> Self {
        Self { workspace: workspace.clone(), name: name.into(), file: RulesFile::new() }
    }

    /// Adds a group of rules, or what becomes one, such as an objective. The groups of a file are evaluated side by side.
    #[must_use]
    pub fn group(mut self, group: impl Into<RuleGroup>) -> Self {
        self.file = self.file.group(group);
        self
    }

    /// Adds all groups of a file, which other Prometheuses may read too.
    #[must_use]
    pub fn file(self, file: &RulesFile) -> Self {
        file.groups().iter().cloned().fold(self, Self::group)
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
        for group in self.file.groups() {
            let rules = group.rules().len();
            if rules > DEFAULT_RULES_PER_GROUP {
                scope.warning(format!(
                    "rule group `{}` has {rules} rules, and a workspace takes {DEFAULT_RULES_PER_GROUP} a group unless \
                     AWS has raised its quota",
                    group.name()
                ));
            }
            if let Some(interval) = group.evaluated_every()
                && interval < DEFAULT_SHORTEST_INTERVAL
            {
                scope.warning(format!(
                    "rule group `{}` is evaluated every {}, and a workspace does so every {} at most unless AWS has \
                     changed its quota",
                    group.name(),
                    duration(interval),
                    duration(DEFAULT_SHORTEST_INTERVAL)
                ));
            }
            let bytes = name.len() + group.name().len();
            if bytes > MAX_NAME_BYTES {
                scope.problem(format!(
                    "the names of a rule groups namespace and of a group have at most {MAX_NAME_BYTES} bytes together, \
                     got {bytes} for rule group `{}`",
                    group.name()
                ));
            }
        }
        for finding in self.file.check() {
            match finding.severity {
                Severity::Problem => scope.problem(finding.to_string()),
                Severity::Warning => scope.warning(finding.to_string()),
            }
        }
    }
}

impl Construct for RuleGroupsNamespace {
    type Ref = RuleGroupsNamespaceRef;

    fn define(self, scope: &mut Scope<'_>) -> RuleGroupsNamespaceRef {
        self.report(scope);
        let data = self.file.data();
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
    fn what_is_no_expression_is_marked() {
        let mut stack = Stack::new("Example");
        let group = RuleGroup::new("errors").rule(RecordingRule::new("a:b", "sum(rate(a_total[5m]) by (job)"));
        stack.add("Rules", RuleGroupsNamespace::new(&WorkspaceRef::from_id("ws-1"), "slo").group(group));
        let text = Template::from_stack(stack).expect_err("the rules should be refused").to_string();
        let marked = "[rule-expression]\n    sum(rate(a_total[5m]) by (job)\n";
        assert!(text.contains("Example/Rules: rule group `errors`, rule `a:b`: ") && text.contains(marked), "{text}");
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
            "rule group `empty`: it has no rules",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
