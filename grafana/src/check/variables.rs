//! Variables of a dashboard: which are defined, which are used, which cannot work.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::dashboard::{Scope, is_interval};
use super::panel::Panel;
use super::report::Report;
use super::target::{self, Asked};
use super::{nearest, rules, text_of};
use crate::finding::Severity;
use crate::query::variables;

/// A variable of a dashboard.
pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) json: &'a Json,
}

/// The variables of a dashboard.
pub(super) struct Variables<'a> {
    pub(super) list: Vec<Variable<'a>>,
    /// The inputs of a dashboard that was exported for others; Grafana puts their values in when it imports it.
    inputs: BTreeSet<&'a str>,
}

/// Names that Grafana or a data source's plugin gives a value without a definition.
const BUILT_IN: [&str; 6] = ["interval", "timeFilter", "timeRange", "timeTo", "timeFrom", "_"];

impl<'a> Variables<'a> {
    pub(super) fn of(dashboard: &'a Json) -> Self {
        let list = dashboard.pointer("/templating/list").and_then(Json::as_array).into_iter().flatten();
        let variable = |json| Variable { name: text_of(json, "name"), kind: text_of(json, "type"), json };
        let inputs = dashboard.get("__inputs").and_then(Json::as_array).into_iter().flatten();
        Self { list: list.map(variable).collect(), inputs: inputs.map(|input| text_of(input, "name")).collect() }
    }

    fn defines(&self, name: &str) -> bool {
        self.inputs.contains(name) || self.list.iter().any(|variable| variable.name == name)
    }

    pub(super) fn check(&self, report: &mut Report<'_>, scope: &Scope<'_>) {
        let place = |variable: &Variable<'_>| format!("{}, variable `{}`", scope.place, variable.name);
        let mut seen = BTreeSet::new();
        for variable in &self.list {
            let place = place(variable);
            let legal = |at: char| at.is_alphanumeric() || at == '_';
            if variable.name.is_empty() {
                report.problem(rules::VARIABLE, &place, "a variable has a name, got none");
            } else if variable.name.starts_with("__") || !variable.name.chars().all(legal) {
                let message = format!(
                    "a variable's name is letters, digits and `_`, without `__` first, got `{}`",
                    variable.name
                );
                report.problem(rules::VARIABLE, &place, message);
            } else if !seen.insert(variable.name) {
                report.problem(rules::DUPLICATE, &place, "two variables have this name").fix =
                    Some("rename one of them".to_owned());
            }
            definition(report, scope, variable, &place);
        }
        self.cycles(report, scope);
        self.unused(report, scope);
        self.undefined(report, scope);
        self.several(report, scope);
    }

    fn cycles(&self, report: &mut Report<'_>, scope: &Scope<'_>) {
        let needs: BTreeMap<&str, BTreeSet<String>> =
            self.list.iter().map(|variable| (variable.name, needed(variable))).collect();
        for variable in &self.list {
            // The way from a variable back to itself; told once, of the first by name.
            let mut way = vec![variable.name];
            if let Some(cycle) = back(&needs, variable.name, &mut way)
                && cycle.iter().min() == Some(&variable.name)
            {
                let shown: Vec<_> = cycle.iter().chain([&variable.name]).map(|name| format!("`{name}`")).collect();
                let place = format!("{}, variable `{}`", scope.place, variable.name);
                let message = format!("the variable needs itself: {}", shown.join(" needs "));
                // One that only needs itself has its last value for that.
                let alone = cycle.len() == 1;
                let finding = report.problem(rules::VARIABLE, &place, message);
                finding.severity = if alone { Severity::Warning } else { Severity::Problem };
                finding.fix = Some("take one of the variables out of a query".to_owned());
            }
        }
    }

    fn unused(&self, report: &mut Report<'_>, scope: &Scope<'_>) {
        let mut used = BTreeSet::new();
        let Some(members) = scope.json.as_object() else { return };
        for (name, value) in members {
            if name != "templating" && name != "__inputs" {
                collect(value, &mut used);
            }
        }
        for panel in &scope.panels {
            used.insert(text_of(panel.json, "repeat").trim_start_matches('$').to_owned());
        }
        for variable in &self.list {
            used.extend(needed(variable).into_iter().filter(|name| name != variable.name));
        }
        for variable in &self.list {
            // Filters apply to all queries without being named in them.
            let implicit = matches!(variable.kind, "adhoc" | "groupby" | "system" | "snapshot");
            if !implicit && !used.contains(variable.name) {
                let place = format!("{}, variable `{}`", scope.place, variable.name);
                let message = "nothing uses the variable";
                report.warn(rules::UNUSED_VARIABLE, &place, message).fix =
                    Some(format!("remove it, or use it as `${}`", variable.name));
            }
        }
    }

    fn undefined(&self, report: &mut Report<'_>, scope: &Scope<'_>) {
        for panel in &scope.panels {
            let targets = panel.json.get("targets").and_then(Json::as_array).into_iter().flatten();
            for target in targets {
                let place = format!("{}, query {}", panel.place, text_of(target, "refId"));
                for member in ["expr", "query", "legendFormat", "region", "namespace", "metricName", "interval"] {
                    // Of other languages we do not know which signs are variables.
                    let known =
                        member != "query" || matches!(text_of(target, "queryType"), "traceql" | "traceqlSearch");
                    if known {
                        self.undefined_in(report, &place, text_of(target, member));
                    }
                }
                for value in target.get("dimensions").and_then(Json::as_object).into_iter().flat_map(|all| all.values())
                {
                    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                    for value in values.iter().filter_map(Json::as_str) {
                        self.undefined_in(report, &place, value);
                    }
                }
            }
            let repeat = text_of(panel.json, "repeat").trim_start_matches('$');
            if !repeat.is_empty() && !self.defines(repeat) {
                self.tell(report, &panel.place, repeat, &format!("the panel repeats for the variable `{repeat}`"));
                // It is shown once.
                report.findings.last_mut().into_iter().for_each(|finding| finding.severity = Severity::Warning);
            }
            let before = report.findings.len();
            self.undefined_in(report, &panel.place, text_of(panel.json, "title"));
            // A title is shown with the name instead of the value.
            report.findings[before..].iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        }
        for variable in self.list.iter().filter(|variable| variable.kind == "query") {
            let place = format!("{}, variable `{}`", scope.place, variable.name);
            let query = variable.json.get("query");
            let text = query.and_then(Json::as_str).or_else(|| query?.get("query")?.as_str()).unwrap_or_default();
            self.undefined_in(report, &place, text);
        }
    }

    /// Several values become a pattern, which `=` takes for a text. Where a panel or its row repeats there is one value.
    fn several(&self, report: &mut Report<'_>, scope: &Scope<'_>) {
        fn repeat<'p>(panel: &Panel<'p>) -> &'p str {
            text_of(panel.json, "repeat").trim_start_matches('$')
        }
        let may_have = |name: &str| {
            let set =
                |variable: &Variable<'_>, member: &str| variable.json.get(member).and_then(Json::as_bool) == Some(true);
            let several = |variable: &&Variable<'_>| set(variable, "multi") || set(variable, "includeAll");
            self.list.iter().filter(several).any(|variable| variable.name == name && variable.kind != "datasource")
        };
        let mut row = "";
        for panel in &scope.panels {
            if panel.kind() == "row" {
                row = repeat(panel);
            }
            let one = [repeat(panel), row];
            for target in panel.json.get("targets").and_then(Json::as_array).into_iter().flatten() {
                let text = text_of(target, "expr");
                for variable in variables(text) {
                    let formatted =
                        variable.format.as_deref().is_some_and(|format| !matches!(format, "regex" | "pipe"));
                    if formatted || one.contains(&variable.name.as_str()) || !may_have(&variable.name) {
                        continue;
                    }
                    let (before, after) = (&text[..variable.span.start], &text[variable.span.end..]);
                    let Some(quote) = before.chars().last().filter(|quote| after.starts_with(*quote)) else { continue };
                    let before = before.trim_end_matches(quote).trim_end();
                    let not = before.ends_with("!=");
                    // `|=` is for lines, `>=` and `==` compare numbers.
                    let compares =
                        before.ends_with('=') && !["|=", ">=", "<=", "=="].iter().any(|op| before.ends_with(op));
                    if compares && matches!(quote, '"' | '`' | '\'') {
                        let place = format!("{}, query {}", panel.place, text_of(target, "refId"));
                        let message = format!(
                            "`{}` may have several values, which become a pattern, and `=` compares with it as a text",
                            variable.name
                        );
                        let finding = report.warn(rules::VARIABLE, &place, message);
                        finding.text = Some((text.to_owned(), variable.span));
                        finding.fix = Some(format!("write `{}`", if not { "!~" } else { "=~" }));
                    }
                }
            }
        }
    }

    pub(super) fn undefined_in(&self, report: &mut Report<'_>, place: &str, text: &str) {
        for variable in variables(text) {
            let name = variable.name.as_str();
            let before = &text[..variable.span.start];
            // `\$` and `${1}` are for regular expressions.
            if before.ends_with('\\') || name.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            if name.starts_with("__") || BUILT_IN.contains(&name) || self.defines(name) {
                continue;
            }
            // In `{{ }}` a template of Go or of Grafana has variables of its own.
            if before.matches("{{").count() > before.matches("}}").count() {
                continue;
            }
            self.tell(report, place, name, &format!("`{name}` is used as a variable"));
            if let Some(finding) = report.findings.last_mut() {
                finding.text = Some((text.to_owned(), variable.span));
            }
        }
    }

    fn tell(&self, report: &mut Report<'_>, place: &str, name: &str, what: &str) {
        let message = format!("{what}, and the dashboard defines no such variable");
        let near = nearest(name, self.list.iter().map(|variable| variable.name));
        let fix = near.map_or_else(|| "define it".to_owned(), |near| format!("write `{near}`, or define it"));
        report.problem(rules::UNKNOWN_VARIABLE, place, message).fix = Some(fix);
    }
}

/// Checks one definition, and the query that gives its values.
fn definition(report: &mut Report<'_>, scope: &Scope<'_>, variable: &Variable<'_>, place: &str) {
    let json = variable.json;
    match variable.kind {
        "query" => {
            let source = scope.sources.resolve(report, place, json.get("datasource"));
            let references = BTreeSet::new();
            let asked = Asked { place, source: &source, references: &references, variables: &[], beside: &[] };
            target::variable(report, &asked, json.get("query").unwrap_or(&Json::Null));
        }
        "custom" | "interval" if json.get("query").and_then(Json::as_str).is_none_or(str::is_empty) => {
            let none = json.get("options").and_then(Json::as_array).is_none_or(Vec::is_empty);
            if none {
                let message = format!("a variable of the type `{}` has its values in `query`, got none", variable.kind);
                report.warn(rules::VARIABLE, place, message);
            }
        }
        "interval" => {
            let steps = text_of(json, "query").split(',').map(|step| step.trim().trim_matches(['"', '\'']));
            for step in steps.filter(|step| !step.is_empty() && !is_interval(step) && !step.starts_with('$')) {
                let message = format!("an interval is such as `30s` or `5m`, got `{step}`");
                report.problem(rules::VARIABLE, place, message);
            }
        }
        "datasource" if text_of(json, "query").is_empty() => {
            let message = "a variable of the type `datasource` has a plugin's id in `query`, got none";
            report.problem(rules::VARIABLE, place, message);
        }
        "adhoc" => _ = scope.sources.resolve(report, place, json.get("datasource")),
        _ => {}
    }
    let regex = text_of(json, "regex");
    if regex.starts_with('/') && regex.rfind('/') == Some(0) {
        let message = format!("an expression that begins with `/` ends with one, got `{regex}`");
        report.problem(rules::VARIABLE, place, message).fix = Some(format!("write `{regex}/`"));
    }
    if let Some(inner) = regex.strip_prefix('/').and_then(|rest| rest.rfind('/').map(|end| &rest[..end]))
        && let Err(why) = super::expression(inner)
    {
        report.problem(rules::VARIABLE, place, format!("`{regex}` is no regular expression: {why}"));
    }
}

/// The variables that a definition needs before it has values.
fn needed(variable: &Variable<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Old exports have a data source in those of data sources too, which means nothing.
    let members: &[&str] = if variable.kind == "datasource" {
        &["regex"]
    } else {
        &["query", "datasource", "regex", "filters", "baseFilters"]
    };
    for value in members.iter().filter_map(|member| variable.json.get(*member)) {
        collect(value, &mut found);
    }
    found
}

fn back<'a>(needs: &'a BTreeMap<&'a str, BTreeSet<String>>, to: &str, way: &mut Vec<&'a str>) -> Option<Vec<&'a str>> {
    let here = *way.last()?;
    for next in needs.get(here)? {
        if next == to {
            return Some(way.clone());
        }
        if let Some((next, _)) = needs.get_key_value(next.as_str())
            && !way.contains(next)
        {
            way.push(next);
            if let Some(found) = back(needs, to, way) {
                return Some(found);
            }
            way.pop();
        }
    }
    None
}

/// Adds the names of all variables in the texts of a value, its members' names among them.
fn collect(value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::String(text) => found.extend(variables(text).into_iter().map(|variable| variable.name)),
        Json::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Json::Object(members) => {
            for (name, value) in members {
                found.extend(variables(name).into_iter().map(|variable| variable.name));
                collect(value, found);
            }
        }
        _ => {}
    }
}
