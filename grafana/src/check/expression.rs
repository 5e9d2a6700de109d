//! Expressions that Grafana itself computes from the results of queries.

use serde_json::Value as Json;

use super::report::Report;
use super::target::Asked;
use super::{nearest, rules, text_of};
use crate::finding::Span;
use crate::query::{math, variables};

const TYPES: [&str; 7] = ["math", "reduce", "resample", "classic_conditions", "threshold", "sql", "evaluate"];

/// Bounds with one number, and those with two.
const BOUNDS: [&str; 7] = ["gt", "lt", "eq", "ne", "gte", "lte", "no_value"];
const RANGES: [&str; 4] = ["within_range", "outside_range", "within_range_included", "outside_range_included"];

/// The bounds of a threshold.
fn evaluators(report: &mut Report<'_>, place: &str, kind: &str, target: &Json) {
    if !matches!(kind, "threshold" | "classic_conditions") {
        return;
    }
    for condition in target.get("conditions").and_then(Json::as_array).into_iter().flatten() {
        let Some(evaluator) = condition.get("evaluator") else { continue };
        let name = text_of(evaluator, "type");
        let given = evaluator.get("params").and_then(Json::as_array).map_or(0, Vec::len);
        if !BOUNDS.contains(&name) && !RANGES.contains(&name) {
            let known = || BOUNDS.into_iter().chain(RANGES);
            let message = format!("no bound is called `{name}`; there are {}", known().collect::<Vec<_>>().join(", "));
            report.problem(rules::QUERY, place, message).fix =
                nearest(name, known()).map(|near| format!("write `{near}`"));
        } else if RANGES.contains(&name) && given < 2 || name != "no_value" && given == 0 {
            let wanted = if RANGES.contains(&name) { "two numbers" } else { "a number" };
            report.problem(rules::QUERY, place, format!("the bound `{name}` takes {wanted}, got {given}"));
        }
    }
}

/// The `refId`s that an expression takes.
pub(super) fn inputs(target: &Json) -> Vec<String> {
    let text = text_of(target, "expression");
    match text_of(target, "type") {
        "math" => match math::parse(text) {
            Ok(taken) => taken.into_iter().map(|named| named.name).collect(),
            // It is told elsewhere; what it takes can be seen all the same.
            Err(_) => variables(text).into_iter().map(|variable| variable.name).collect(),
        },
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
    let text = text_of(target, "expression");
    // A dashboard's variables are replaced before, and may be anything.
    let replaced = |name: &str| asked.variables.contains(&name) && !asked.references.contains(name);
    let complete = !variables(text).iter().any(|variable| replaced(&variable.name));
    if kind == "math"
        && complete
        && !text.trim().is_empty()
        && let Err(error) = math::parse(text)
    {
        report.findings.push(error.finding(rules::QUERY, asked.place, text));
    }
    evaluators(report, asked.place, kind, target);
    for input in inputs(target) {
        if !asked.references.contains(input.as_str()) && !replaced(&input) {
            let there: Vec<_> = asked.references.iter().map(|reference| format!("`{reference}`")).collect();
            let message = format!(
                "the expression takes `{input}`, and no query has this refId; there are {}",
                super::source::listed(&there)
            );
            let finding = report.problem(rules::QUERY, asked.place, message);
            finding.text = text.find(&input).map(|at| (text.to_owned(), Span::new(at, at + input.len())));
        }
    }
}
