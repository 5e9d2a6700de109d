//! [`Workspace`]: a place for metrics.

use std::time::Duration;

use belvedere_cfn::aps::{CfnWorkspace, workspace};
use belvedere_cfn::{IntoValue, Resource, Value};

use super::alert_manager::AlertManagerDefinition;
use super::workspace_ref::WorkspaceRef;
use crate::construct::Construct;
use crate::kms::KeyRef;
use crate::logs::LogGroupRef;
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;
use belvedere_grafana::prometheus::name::metric_complaint;

/// The longest retention, about three years.
const MAX_RETENTION_DAYS: u16 = 1_095;

/// A place for metrics, with what evaluates rules on them and sends alerts: kept when its stack is deleted, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-aps-workspace.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Workspace {
    alias: Option<Value<String>>,
    encryption_key: Option<KeyRef>,
    alert_manager: Option<AlertManagerDefinition>,
    alert_logs: Option<LogGroupRef>,
    query_logs: Option<(LogGroupRef, u64)>,
    retention_days: Option<u16>,
    out_of_order_window: Option<Duration>,
    rule_query_offset: Option<Duration>,
    series_limits: Vec<(Vec<(String, String)>, u64)>,
    removal_policy: RemovalPolicy,
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    /// A workspace that keeps metrics for 150 days and evaluates no rules yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            alias: None,
            encryption_key: None,
            alert_manager: None,
            alert_logs: None,
            query_logs: None,
            retention_days: None,
            out_of_order_window: None,
            rule_query_offset: None,
            series_limits: Vec::new(),
            removal_policy: RemovalPolicy::Retain,
        }
    }

    /// A name for people, 1 to 100 characters; it need not be unique. None by default.
    #[must_use]
    pub fn alias(mut self, alias: impl IntoValue<String>) -> Self {
        self.alias = Some(alias.into_value());
        self
    }

    /// Encrypts the metrics with a key of your own. With a key that AWS keeps, by default. Changing it makes a new
    /// workspace.
    ///
    /// Whoever deploys needs `kms:CreateGrant` and `kms:DescribeKey` on the key.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.encryption_key = Some(key.clone());
        self
    }

    /// Where alerts go. Nowhere by default.
    #[must_use]
    pub fn alert_manager(mut self, definition: AlertManagerDefinition) -> Self {
        self.alert_manager = Some(definition);
        self
    }

    /// Logs what goes wrong in rules and alerts. No logs by default.
    ///
    /// Delivery adds to a policy of the account that has room for few log groups, unless their names begin with
    /// `/aws/vendedlogs/` ([AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html)).
    #[must_use]
    pub fn alert_logs(mut self, log_group: &LogGroupRef) -> Self {
        self.alert_logs = Some(log_group.clone());
        self
    }

    /// Logs queries that process more than `samples` samples, which is what queries are billed by. No logs by default.
    ///
    /// The same goes for the log group's name as for [`alert_logs`](Self::alert_logs).
    #[must_use]
    pub fn query_logs(mut self, log_group: &LogGroupRef, samples: u64) -> Self {
        self.query_logs = Some((log_group.clone(), samples));
        self
    }

    /// How many days metrics are kept: 1 to 1,095. 150 by default.
    #[must_use]
    pub const fn retention_in_days(mut self, days: u16) -> Self {
        self.retention_days = Some(days);
        self
    }

    /// Accepts samples that are up to this much older than the newest of their series, in whole seconds. None are by
    /// default.
    #[must_use]
    pub const fn out_of_order_window(mut self, time: Duration) -> Self {
        self.out_of_order_window = Some(time);
        self
    }

    /// Evaluates rules on what was there this long ago, in whole seconds, for metrics that arrive late. Now by default.
    #[must_use]
    pub const fn rule_query_offset(mut self, time: Duration) -> Self {
        self.rule_query_offset = Some(time);
        self
    }

    /// Refuses new series beyond `max_series` active ones that have all of the labels. No limit by default, but the
    /// workspace's own.
    ///
    /// A limit of 0 refuses nothing, and counts the series in CloudWatch.
    #[must_use]
    pub fn limit_series<N: Into<String>, V: Into<String>>(
        mut self,
        labels: impl IntoIterator<Item = (N, V)>,
        max_series: u64,
    ) -> Self {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.series_limits.push((labels, max_series));
        self
    }

    /// What becomes of the workspace when the stack no longer has it. It stays by default, with its metrics.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }

    fn configuration(&self, scope: &mut Scope<'_>) -> Option<workspace::WorkspaceConfiguration> {
        let mut configuration = workspace::WorkspaceConfiguration::new();
        let mut said = false;
        if let Some(days) = self.retention_days {
            if !(1..=MAX_RETENTION_DAYS).contains(&days) {
                scope.problem(format!("retention_in_days must be 1 to {MAX_RETENTION_DAYS}, got {days}"));
            }
            configuration = configuration.retention_period_in_days(days);
            said = true;
        }
        if let Some(time) = self.out_of_order_window {
            let seconds = whole_seconds(scope, "out_of_order_window", time);
            configuration = configuration.out_of_order_time_window_in_seconds(seconds);
            said = true;
        }
        if let Some(time) = self.rule_query_offset {
            let seconds = whole_seconds(scope, "rule_query_offset", time);
            configuration = configuration.rule_query_offset_in_seconds(seconds);
            said = true;
        }
        let mut limits = Vec::new();
        for (index, (labels, max_series)) in self.series_limits.iter().enumerate() {
            for complaint in series_limit_complaints(labels) {
                scope.problem(complaint);
            }
            if self.series_limits[..index].iter().any(|(earlier, _)| earlier == labels) {
                scope.problem(format!("two limits are for the same labels: {}", shown(labels)));
            }
            let labels: Vec<_> =
                labels.iter().map(|(name, value)| workspace::Label::new(name.as_str(), value.as_str())).collect();
            let limit = workspace::LimitsPerLabelSetEntry::new().max_series(to_i64(*max_series));
            limits.push(workspace::LimitsPerLabelSet::new(labels, limit));
        }
        if !limits.is_empty() {
            configuration = configuration.limits_per_label_sets(limits);
            said = true;
        }
        said.then_some(configuration)
    }
}

fn series_limit_complaints(labels: &[(String, String)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, (name, value)) in labels.iter().enumerate() {
        if labels[..index].iter().any(|(earlier, _)| earlier == name) {
            complaints.push(format!("a limit names each label once, got `{name}` twice in {}", shown(labels)));
        }
        if name == "__name__" {
            complaints.extend(metric_complaint(value));
        } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || name.is_empty() {
            complaints.push(format!("a label's name is a letter or `_`, then letters, digits and `_`, got `{name}`"));
        }
    }
    complaints
}

fn shown(labels: &[(String, String)]) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn whole_seconds(scope: &mut Scope<'_>, name: &str, time: Duration) -> i64 {
    if time.subsec_nanos() > 0 {
        scope.problem(format!("{name} must be in whole seconds, got {} ms", time.as_millis()));
    }
    to_i64(time.as_secs())
}

fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Construct for Workspace {
    type Ref = WorkspaceRef;

    fn define(self, scope: &mut Scope<'_>) -> WorkspaceRef {
        let mut resource = CfnWorkspace::new();
        if let Some(configuration) = self.configuration(scope) {
            resource = resource.workspace_configuration(configuration);
        }
        if let Some(alias) = self.alias {
            if let Some(text) = alias.as_str()
                && !(1..=100).contains(&text.chars().count())
            {
                scope.problem(format!(
                    "a workspace's alias has 1 to 100 characters, got {}: `{text}`",
                    text.chars().count()
                ));
            }
            resource = resource.alias(alias);
        }
        if let Some(key) = &self.encryption_key {
            resource = resource.kms_key_arn(key.key_arn());
        }
        if let Some(definition) = &self.alert_manager {
            resource = resource.alert_manager_definition(definition.render(scope));
        }
        if let Some(log_group) = &self.alert_logs {
            let logging = workspace::LoggingConfiguration::new().log_group_arn(log_group.log_group_arn());
            resource = resource.logging_configuration(logging);
        }
        if let Some((log_group, samples)) = &self.query_logs {
            let destination = workspace::LoggingDestination::new(
                workspace::CloudwatchLogDestination::new(log_group.log_group_arn()),
                workspace::LoggingFilter::new(to_i64(*samples)),
            );
            resource = resource.query_logging_configuration(workspace::QueryLoggingConfiguration::new([destination]));
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        WorkspaceRef {
            workspace_arn: resource.arn(),
            workspace_id: resource.workspace_id().cast(),
            region: scope.environment().region_value(),
            prometheus_endpoint: Some(resource.prometheus_endpoint().cast()),
            resource: Some(resource),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stack;
    use crate::logs::LogGroup;
    use crate::testing::{Match, Template, json};

    #[test]
    fn a_plain_workspace_has_no_configuration() {
        let mut stack = Stack::new("Example");
        stack.add("Metrics", Workspace::new());
        let template = Template::from_stack(stack).expect("the stack is in order");
        let found = template.has_resource("AWS::APS::Workspace", json!({ "DeletionPolicy": "Retain" }));
        assert_eq!(found.properties(), &json!({}));
    }

    #[test]
    fn limits_and_logs_are_configured() {
        let mut stack = Stack::new("Example");
        let logs = stack.add("Logs", LogGroup::new().log_group_name("/aws/vendedlogs/prometheus/example"));
        let workspace = stack.add(
            "Metrics",
            Workspace::new()
                .alias("example")
                .alert_logs(&logs)
                .query_logs(&logs, 1_000_000)
                .retention_in_days(30)
                .limit_series([("__name__", "http_requests_total")], 10_000),
        );
        stack.output("Url", workspace.remote_write_url());
        let template = Template::from_stack(stack).expect("the stack is in order");
        template.has_resource_properties(
            "AWS::APS::Workspace",
            json!({
                "Alias": "example",
                "LoggingConfiguration": { "LogGroupArn": logs.log_group_arn() },
                "QueryLoggingConfiguration": { "Destinations": [{
                    "CloudWatchLogs": { "LogGroupArn": logs.log_group_arn() },
                    "Filters": { "QspThreshold": 1_000_000 },
                }] },
                "WorkspaceConfiguration": {
                    "RetentionPeriodInDays": 30,
                    "OutOfOrderTimeWindowInSeconds": Match::absent(),
                    "LimitsPerLabelSets": [{
                        "LabelSet": [{ "Name": "__name__", "Value": "http_requests_total" }],
                        "Limits": { "MaxSeries": 10_000 },
                    }],
                },
            }),
        );
        template.has_output(
            "Url",
            json!({ "Value": Match::string_like(
                "https://aps-workspaces.${AWS::Region}.${AWS::URLSuffix}/workspaces/${*.WorkspaceId}/api/v1/remote_write"
            ) }),
        );
    }

    #[test]
    fn rejects_what_is_out_of_range() {
        let mut stack = Stack::new("Example");
        let limited = Workspace::new().limit_series([("a b", "x"), ("a b", "y")], 1).limit_series([("a", "x")], 1);
        stack.add(
            "Metrics",
            limited
                .limit_series([("a", "x")], 2)
                .retention_in_days(2_000)
                .alias("")
                .out_of_order_window(Duration::from_millis(1_500)),
        );
        let text = Template::from_stack(stack).expect_err("the workspace should be refused").to_string();
        for part in [
            "Example/Metrics: retention_in_days must be 1 to 1095, got 2000",
            "a workspace's alias has 1 to 100 characters, got 0",
            "out_of_order_window must be in whole seconds, got 1500 ms",
            "got `a b` twice in {a b=\"x\", a b=\"y\"}",
            "two limits are for the same labels: {a=\"x\"}",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
