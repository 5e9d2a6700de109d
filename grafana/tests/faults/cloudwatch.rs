//! Faults of CloudWatch's queries.

use serde_json::json;

use super::{Fault, LAMBDA, fault};

pub(super) fn faults() -> Vec<Fault> {
    let target = |member: &str| -> &'static str {
        match member {
            "metricName" => "/dashboards/1/dashboard/panels/0/targets/0/metricName",
            "namespace" => "/dashboards/1/dashboard/panels/0/targets/0/namespace",
            "dimensions" => "/dashboards/1/dashboard/panels/0/targets/0/dimensions",
            "statistic" => "/dashboards/1/dashboard/panels/0/targets/0/statistic",
            "period" => "/dashboards/1/dashboard/panels/0/targets/0/period",
            _ => "/dashboards/1/dashboard/panels/0/targets/0/region",
        }
    };
    let dimensions = json!({ "Function": "$function" });
    vec![
        fault(
            "a namespace with a slip",
            (target("namespace"), json!("AWS/Lamda")),
            "cloudwatch",
            LAMBDA,
            "fix: write `AWS/Lambda`",
        ),
        fault(
            "a metric that AWS has not",
            (target("metricName"), json!("Durations")),
            "cloudwatch",
            LAMBDA,
            "`Duration`",
        ),
        fault(
            "a namespace in another case",
            (target("namespace"), json!("aws/lambda")),
            "cloudwatch",
            LAMBDA,
            "`AWS/Lambda`",
        ),
        fault(
            "a dimension that it has not",
            (target("dimensions"), dimensions),
            "cloudwatch",
            LAMBDA,
            "`FunctionName`",
        ),
        fault(
            "a statistic that is none",
            (target("statistic"), json!("Avrage")),
            "cloudwatch",
            LAMBDA,
            "fix: write `Average`",
        ),
        fault(
            "a period that is none",
            (target("period"), json!("61")),
            "cloudwatch",
            LAMBDA,
            "a multiple of 60, got `61`",
        ),
        fault("no region", (target("region"), json!("")), "cloudwatch", LAMBDA, "fix: write `default`"),
        fault(
            "another region",
            (target("region"), json!("us-east-1")),
            "cloudwatch",
            LAMBDA,
            "the stack is in `eu-west-1`",
        ),
        fault(
            "a percentile that there is not",
            (target("statistic"), json!("p101")),
            "cloudwatch",
            LAMBDA,
            "is no statistic",
        ),
    ]
}
