//! What a workspace needs to read AWS's own data sources, for [`Workspace::grant`](super::Workspace::grant). Managed
//! Prometheus has its own: [`query`](crate::aps::WorkspaceRef::query) of the workspace to read.
//!
//! The actions are those of the [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-permissions.html).
//! Most of them know no permission on single resources, and so are for all of them.

use crate::iam::{Grant, PolicyStatement};
use crate::logs::LogGroupRef;

/// Permission to read CloudWatch's metrics and alarms, and the tags that dashboards choose instances by.
#[must_use]
pub fn cloudwatch() -> Grant {
    let metrics = [
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAlarmsForMetric",
        "cloudwatch:GetInsightRuleReport",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
    ];
    let names = ["ec2:DescribeInstances", "ec2:DescribeRegions", "ec2:DescribeTags", "tag:GetResources"];
    Grant::new([PolicyStatement::allow(metrics).on_all_resources(), PolicyStatement::allow(names).on_all_resources()])
}

/// Permission to query log groups with CloudWatch Logs Insights.
#[must_use]
pub fn cloudwatch_logs<'a>(log_groups: impl IntoIterator<Item = &'a LogGroupRef>) -> Grant {
    let read = ["logs:GetLogEvents", "logs:GetLogGroupFields", "logs:StartQuery"];
    let read = log_groups
        .into_iter()
        .fold(PolicyStatement::allow(read), |statement, log_group| statement.on(log_group.log_group_arn()));
    let queries = ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery"];
    Grant::new([read, PolicyStatement::allow(queries).on_all_resources()])
}

/// Permission to read X-Ray's traces and service graphs.
#[must_use]
pub fn xray() -> Grant {
    let actions = [
        "xray:BatchGetTraces",
        "xray:GetGroup",
        "xray:GetGroups",
        "xray:GetInsight",
        "xray:GetInsightEvents",
        "xray:GetInsightImpactGraph",
        "xray:GetInsightSummaries",
        "xray:GetServiceGraph",
        "xray:GetTimeSeriesServiceStatistics",
        "xray:GetTraceGraph",
        "xray:GetTraceSummaries",
    ];
    Grant::new([
        PolicyStatement::allow(actions).on_all_resources(),
        PolicyStatement::allow(["ec2:DescribeRegions"]).on_all_resources(),
    ])
}
