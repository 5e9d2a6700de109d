//! Queries of CloudWatch's metrics.

use serde_json::Value as Json;

use super::{math, statistic};
use crate::catalog::{self, Namespace};
use crate::check::report::Report;
use crate::check::source::listed;
use crate::check::target::Asked;
use crate::check::{is_deferred, nearest, rules, text_of};

/// Checks a query of metrics. Those of logs are in languages of their own.
pub(in crate::check) fn check(report: &mut Report<'_>, asked: &Asked<'_>, target: &Json) {
    let (place, mode) = (asked.place, text_of(target, "queryMode"));
    if !matches!(mode, "" | "Metrics") || matches!(text_of(target, "type"), "annotations") {
        return;
    }
    let region = text_of(target, "region");
    if !is_region(region) && !target.get("region").is_some_and(is_deferred) {
        let message = if region.is_empty() {
            "a query of CloudWatch has a region, got none".to_owned()
        } else {
            format!("`{region}` is no region")
        };
        report.problem(rules::CLOUDWATCH, place, message).fix =
            Some("write `default` for that of the data source, or one such as `eu-west-1`".to_owned());
    }
    if let Some(stack) = report.context.region.clone() {
        let other = !matches!(region, "default" | "") && !region.contains('$') && region != stack;
        if other && is_region(region) {
            let message = format!("the query is for the region `{region}`, and the stack is in `{stack}`");
            report.warn(rules::CLOUDWATCH, place, message).fix = Some("write `default`".to_owned());
        }
    }
    math::id(report, asked, target);
    let number = |member: &str| target.get(member).and_then(Json::as_i64);
    let (code, sql) = (number("metricEditorMode") == Some(1), number("metricQueryType") == Some(1));
    let expression = !text_of(target, "expression").is_empty();
    // With the editor of single metrics, what is left of an expression is not asked.
    if expression && !sql && number("metricEditorMode") != Some(0) {
        math::check(report, asked, target);
    }
    // Math, searches and SQL name metrics in languages of their own.
    if code || sql || expression {
        return;
    }
    period(report, place, text_of(target, "period"));
    statistics(report, place, target);
    metric(report, place, target);
}

fn is_region(region: &str) -> bool {
    let parts: Vec<_> = region.split('-').collect();
    let number = parts.last().is_some_and(|last| last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_digit()));
    region == "default" || region.contains('$') || parts.len() >= 3 && number && parts[0].len() == 2
}

fn period(report: &mut Report<'_>, place: &str, period: &str) {
    if matches!(period, "" | "auto") || period.contains('$') {
        return;
    }
    if !statistic::is_period(period) {
        let message = format!("a period is 1, 5, 10, 20 or 30 seconds or a multiple of 60, got `{period}`");
        report.problem(rules::CLOUDWATCH, place, message).fix = Some("write `60`, or leave it out".to_owned());
    }
}

fn statistics(report: &mut Report<'_>, place: &str, target: &Json) {
    let list = target.get("statistics").and_then(Json::as_array);
    let first = list.and_then(|all| all.first()).and_then(Json::as_str);
    let statistic = first.unwrap_or_else(|| text_of(target, "statistic"));
    if statistic.is_empty() {
        let message = "a query of CloudWatch has a statistic, got none";
        report.problem(rules::CLOUDWATCH, place, message).fix = Some("write `Average` or `Sum`".to_owned());
        return;
    }
    if let Some((message, near)) = statistic::complaint(statistic).filter(|_| !statistic.contains('$')) {
        report.problem(rules::CLOUDWATCH, place, message).fix = near.map(|near| format!("write `{near}`"));
    }
}

fn metric(report: &mut Report<'_>, place: &str, target: &Json) {
    let (namespace, name) = (text_of(target, "namespace"), text_of(target, "metricName"));
    for (member, value) in [("namespace", namespace), ("metricName", name)] {
        if value.is_empty() && !target.get(member).is_some_and(is_deferred) {
            report.problem(rules::CLOUDWATCH, place, format!("a query of CloudWatch has a `{member}`, got none"));
        }
    }
    if namespace.is_empty() || namespace.contains('$') {
        return;
    }
    let all = catalog::cloudwatch();
    let Some(known) = all.iter().find(|known| known.name == namespace) else {
        // Programs have namespaces of their own; those of AWS are spelled in one way. Of short names, each is near to another.
        let slip = |known: &&Namespace| known.name.len() > 9 && strsim::osa_distance(&known.name, namespace) == 1;
        let alike = all.iter().find(|known| known.name.eq_ignore_ascii_case(namespace));
        let alike = alike.or_else(|| all.iter().filter(|_| namespace.starts_with("AWS/")).find(slip));
        if let Some(alike) = alike {
            let message = format!("no namespace is called `{namespace}`");
            report.problem(rules::CLOUDWATCH, place, message).fix = Some(format!("write `{}`", alike.name));
        }
        return;
    };
    if resource_is_missing(report, place, known) {
        return;
    }
    if name.is_empty() || name.contains('$') {
        return;
    }
    if known.metric(name).is_none() {
        let message = format!("`{namespace}` has no metric `{name}`");
        let near = nearest(name, known.metrics.iter().map(|metric| metric.name.as_str()));
        report.warn(rules::CLOUDWATCH, place, message).fix = near.map(|near| format!("write `{near}`"));
        return;
    }
    let Some(dimensions) = target.get("dimensions").and_then(Json::as_object) else { return };
    let mut given: Vec<&str> = dimensions.keys().map(String::as_str).collect();
    given.sort_unstable();
    if given.iter().any(|name| name.contains('$')) {
        return;
    }
    for dimension in &given {
        let names: Vec<&str> = known.dimensions.iter().flatten().map(String::as_str).collect();
        if !names.contains(dimension) {
            let mut shown: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            shown.sort();
            shown.dedup();
            let message =
                format!("metrics of `{namespace}` have no dimension `{dimension}`; they have {}", listed(&shown));
            let near = nearest(dimension, names).map(|near| format!("write `{near}`"));
            report.warn(rules::CLOUDWATCH, place, message).fix = near;
            return;
        }
    }
    // Without `matchExact` the dimensions that are not given may have any value.
    let exact = target.get("matchExact").and_then(Json::as_bool) != Some(false);
    let fits = |set: &Vec<String>| set.iter().map(String::as_str).eq(given.iter().copied());
    if exact && !known.dimensions.iter().any(fits) {
        let sets: Vec<_> = known.dimensions.iter().map(|set| format!("({})", set.join(", "))).collect();
        let message = format!(
            "no metric of `{namespace}` has exactly the dimensions ({}); there are {}",
            given.join(", "),
            listed(&sets)
        );
        report.warn(rules::CLOUDWATCH, place, message).fix =
            Some("give all dimensions of one set, or set `matchExact` to false".to_owned());
    }
}

/// Checks the query of a variable, as an object: `{\"queryType\": \"dimensionValues\", \"namespace\": …}`.
pub(in crate::check) fn variable(report: &mut Report<'_>, place: &str, query: &Json) {
    let (namespace, region) = (text_of(query, "namespace"), text_of(query, "region"));
    if !region.is_empty() && !is_region(region) {
        report.problem(rules::CLOUDWATCH, place, format!("`{region}` is no region"));
    }
    if text_of(query, "queryType") != "dimensionValues" || namespace.contains('$') {
        return;
    }
    let Some(known) = catalog::cloudwatch().iter().find(|known| known.name == namespace) else { return };
    if resource_is_missing(report, place, known) {
        return;
    }
    let (metric, dimension) = (text_of(query, "metricName"), text_of(query, "dimensionKey"));
    if !metric.is_empty() && !metric.contains('$') && known.metric(metric).is_none() {
        let near = nearest(metric, known.metrics.iter().map(|metric| metric.name.as_str()));
        report.warn(rules::CLOUDWATCH, place, format!("`{namespace}` has no metric `{metric}`")).fix =
            near.map(|near| format!("write `{near}`"));
    }
    let mut dimensions = known.dimensions.iter().flatten().map(String::as_str);
    if !dimension.is_empty() && !dimension.contains('$') && !dimensions.any(|known| known == dimension) {
        let near = nearest(dimension, known.dimensions.iter().flatten().map(String::as_str));
        report
            .warn(rules::CLOUDWATCH, place, format!("metrics of `{namespace}` have no dimension `{dimension}`"))
            .fix = near.map(|near| format!("write `{near}`"));
    }
}

/// Finds a namespace whose resources the stack does not have.
fn resource_is_missing(report: &mut Report<'_>, place: &str, namespace: &Namespace) -> bool {
    let Some(types) = &report.context.resource_types else { return false };
    if namespace.resource_types.is_empty() || namespace.resource_types.iter().any(|needed| types.contains(needed)) {
        return false;
    }
    let needed: Vec<_> = namespace.resource_types.iter().map(|needed| format!("`{needed}`")).collect();
    let message = format!("`{}` has metrics of {}, and the stack has none", namespace.name, listed(&needed));
    report.warn(rules::NO_RESOURCE, place, message).fix =
        Some("remove the query, or allow the finding if the resource is elsewhere".to_owned());
    true
}
