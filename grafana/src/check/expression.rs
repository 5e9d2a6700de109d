//! Expressions that Grafana itself computes from the results of queries.

use serde_json::Value as Json;

use super::report::Report;
use super::target::Asked;
use super::{nearest, rules, text_of};
use crate::query::variables;

const TYPES: [&str; 7] = ["math", "reduce", "resample", "classic_conditions", "threshold", "sql", "evaluate"];

/// The `refId`s that an expression takes.
pub(super) fn inputs(target: &Json) -> Vec<String> {
    let text = text_of(target, "expression");
    match text_of(target, "type") {
        "math" => variables(text).into_iter().map(|variable| variable.name).collect(),
        "classic_conditions" => {
            let conditions = target.get("conditions").and_then(Json::as_array).into_iter().flatten();
            let first = conditions.filter_map(|condition| condition.pointer("/query/params/0")?.as_str());
            first.map(str::to_owned).collect()
        }
        // The names of tables are those of a query that we do not read.
        "sql" | "" => Vec::new(),
        _ if text.is_empty() => Vec::new(),
        _ => vec![text.trim_start_matches('$').trim_matches(['{', '}']).to_owned()],
    }
}

/// Checks an expression: that it is of a kind that there is, and that what it takes is there.
pub(super) fn check(report: &mut Report<'_>, asked: &Asked<'_>, target: &Json) {
    let kind = text_of(target, "type");
    if !TYPES.contains(&kind) {
        let message = format!("no kind of expression is called `{kind}`; there are {}", TYPES.join(", "));
        let fix = nearest(kind, TYPES).map(|near| format!("write `{near}`"));
        report.problem(rules::QUERY, asked.place, message).fix = fix;
        return;
    }
    let needs_one = matches!(kind, "math" | "reduce" | "resample" | "threshold");
    if needs_one && text_of(target, "expression").trim().is_empty() {
        let message =
            format!("an expression of the kind `{kind}` takes a query by its refId in `expression`, got none");
        report.problem(rules::QUERY, asked.place, message);
    }
    if kind == "reduce" {
        let reducer = text_of(target, "reducer");
        const REDUCERS: [&str; 7] = ["sum", "mean", "min", "max", "count", "last", "median"];
        if !REDUCERS.contains(&reducer) {
            let message = format!("no reducer is called `{reducer}`; there are {}", REDUCERS.join(", "));
            report.problem(rules::QUERY, asked.place, message).fix =
                nearest(reducer, REDUCERS).map(|near| format!("write `{near}`"));
        }
    }
    for input in inputs(target) {
        if !asked.references.contains(input.as_str()) {
            let there: Vec<_> = asked.references.iter().map(|reference| format!("`{reference}`")).collect();
            let message = format!(
                "the expression takes `{input}`, and no query has this refId; there are {}",
                super::source::listed(&there)
            );
            report.problem(rules::QUERY, asked.place, message);
        }
    }
}
