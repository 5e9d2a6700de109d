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
    const B: &str = "dashboard `Platform`, panel `Lambda` (id 1), query B";
    const C: &str = "dashboard `Platform`, panel `Lambda` (id 1), query C";
    let metric = |reference: &str, id: &str, name: &str| {
        json!({
            "refId": reference, "id": id, "queryMode": "Metrics", "metricQueryType": 0, "metricEditorMode": 0,
            "region": "default", "namespace": "AWS/Lambda", "metricName": name,
            "dimensions": { "FunctionName": "$function" }, "statistic": "Sum", "period": "60", "matchExact": true
        })
    };
    let all = "/dashboards/1/dashboard/panels/0/targets";
    let targets =
        |one: &str, other: &str| (all, json!([metric("A", one, "Invocations"), metric("B", other, "Errors")]));
    let math = |expression: &str| {
        let math = json!({
            "refId": "C", "id": "", "queryMode": "Metrics", "metricQueryType": 0, "metricEditorMode": 1,
            "region": "default", "namespace": "", "metricName": "", "dimensions": {}, "statistic": "Average",
            "expression": expression
        });
        (all, json!([metric("A", "calls", "Invocations"), metric("B", "errors", "Errors"), math]))
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
        fault(
            "an id with a capital letter",
            ("/dashboards/1/dashboard/panels/0/targets/0/id", json!("Duration")),
            "cloudwatch",
            LAMBDA,
            "a lowercase letter, then letters, digits and `_`, got `Duration`",
        ),
        fault("an id that is there twice", targets("m1", "m1"), "cloudwatch", B, "the query A has the id `m1` too"),
        fault(
            "math of an id that there is not",
            math("errors / call * 100"),
            "cloudwatch",
            C,
            "no query of the panel has the id `call`; there are `calls`, `errors`",
        ),
        fault("math of an id in capital letters", math("SUM([ERRORS, calls])"), "cloudwatch", C, "fix: write `errors`"),
        fault("math that is not closed", math("SUM([errors, calls)"), "cloudwatch", C, "`)` closes nothing"),
        fault(
            "a search whose braces are not closed",
            math("SEARCH('{AWS/Lambda,FunctionName Invocations', 'Sum')"),
            "cloudwatch",
            C,
            "`{` is not closed in the search",
        ),
        fault(
            "a search whose text is not closed",
            math("SEARCH('{AWS/Lambda,FunctionName} Invocations, 'Sum')"),
            "cloudwatch",
            C,
            "the text is not closed with `'`",
        ),
        fault(
            "a search with a statistic that there is not",
            math("SEARCH('{AWS/Lambda,FunctionName} Invocations', 'Total', 300)"),
            "cloudwatch",
            C,
            "`Total` is no statistic",
        ),
        fault(
            "a percentile rank of one bound",
            (target("statistic"), json!("PR(300)")),
            "cloudwatch",
            LAMBDA,
            "`PR(300)` is no statistic",
        ),
        fault("a period of a minute and a half", (target("period"), json!("90s")), "cloudwatch", LAMBDA, "got `90s`"),
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
