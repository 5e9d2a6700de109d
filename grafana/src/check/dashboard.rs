//! A dashboard's JSON: its members, its panels and all that they ask.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::panel::{self, Panel};
use super::report::Report;
use super::source::{Source, Sources};
use super::target::{self, Asked};
use super::variables::Variables;
use super::vocabulary::{Misfit, Path, Vocabulary, short};
use super::{id, is_deferred, layout, link, rules, text_of};
use crate::dashboard::import::{SCHEMA_V2, is_schema_v2};
use crate::finding::Span;
use crate::query::{Language, ResultKind};

/// The schema that the members are compared with. Grafana brings older dashboards up to date when it loads them.
const OLDEST_SCHEMA: i64 = 36;

/// A dashboard and what its parts are resolved with.
pub(super) struct Scope<'a> {
    pub(super) json: &'a Json,
    pub(super) place: String,
    pub(super) panels: Vec<Panel<'a>>,
    pub(super) variables: Variables<'a>,
    pub(super) sources: Sources<'a>,
}

/// The place of a dashboard, such as ``dashboard `Service` ``.
pub(super) fn place(dashboard: &Json) -> String {
    match (text_of(dashboard, "title"), text_of(dashboard, "uid")) {
        ("", "") => "dashboard".to_owned(),
        ("", uid) => format!("dashboard `{uid}`"),
        (title, _) => format!("dashboard `{title}`"),
    }
}

/// The dashboard in what `GET /api/dashboards/uid/…` answers.
pub(super) fn unwrapped(json: &Json) -> &Json {
    match json.get("dashboard") {
        Some(inner) if inner.is_object() && json.get("panels").is_none() => inner,
        // A file of resources.
        _ if json.get("apiVersion").is_some() => json.get("spec").filter(|spec| spec.is_object()).unwrap_or(json),
        _ => json,
    }
}

pub(super) fn check(report: &mut Report<'_>, json: &Json) {
    let json = unwrapped(json);
    let place = place(json);
    if !json.is_object() {
        report.problem(rules::DASHBOARD_SCHEMA, &place, format!("a dashboard is an object, got {}", short(json)));
        return;
    }
    if is_schema_v2(json) {
        report.problem(rules::DASHBOARD_SCHEMA, &place, SCHEMA_V2);
        return;
    }
    let panels = panel::panels(&place, json);
    let variables = Variables::of(json);
    let sources = Sources::of(json, &variables);
    let scope = Scope { json, place, panels, variables, sources };

    head(report, &scope);
    members(report, &scope);
    unique(report, &scope);
    layout::check(report, &scope.panels);
    let required = required_plugins(json);
    for panel in &scope.panels {
        panel::check(report, panel, &required);
    }
    scope.variables.check(report, &scope);
    asks(report, &scope);
    link::check(report, &scope);
}

/// The plugins that an exported dashboard says it needs.
fn required_plugins(json: &Json) -> BTreeSet<&str> {
    let required = json.get("__requires").and_then(Json::as_array).into_iter().flatten();
    required.map(|plugin| text_of(plugin, "id")).collect()
}

fn head(report: &mut Report<'_>, scope: &Scope<'_>) {
    let (json, place) = (scope.json, &scope.place);
    if json.get("title").is_none_or(|title| title.as_str().is_some_and(|title| title.trim().is_empty())) {
        let message = "a dashboard has a title, got none";
        report.problem(rules::DASHBOARD_SCHEMA, place, message).fix = Some("give it one".to_owned());
    }
    id(report, place, json.get("uid"));
    for (name, path) in [("from", "/time/from"), ("to", "/time/to")] {
        if let Some(time) = json.pointer(path).and_then(Json::as_str).filter(|time| !is_time(time)) {
            let message = format!("`time.{name}` is to be a time such as `now-6h`, `now/d` or a date, got `{time}`");
            report.problem(rules::DASHBOARD_SCHEMA, place, message);
        }
    }
    if let Some(refresh) = json.get("refresh").and_then(Json::as_str)
        && !(matches!(refresh, "" | "auto") || refresh.starts_with('$') || is_interval(refresh))
    {
        let message = format!("`refresh` is to be an interval such as `30s` or `1m`, or `auto`, got `{refresh}`");
        report.problem(rules::DASHBOARD_SCHEMA, place, message);
    }
    if let Some(timezone) = json.get("timezone").and_then(Json::as_str) {
        // Old generators write `default`, which is as good as nothing.
        let known = matches!(timezone, "" | "browser" | "utc" | "UTC" | "GMT" | "default");
        if !known && !timezone.contains('/') {
            let message = format!(
                "`timezone` is to be `browser`, `utc` or a name of the tz database such as `Europe/Berlin`, got `{timezone}`"
            );
            report.problem(rules::DASHBOARD_SCHEMA, place, message);
        }
    }
}

/// Whether a text is a time of a dashboard: `now`, `now-6h`, `now-1d/d`, a date or milliseconds.
fn is_time(text: &str) -> bool {
    let Some(mut rest) = text.trim().strip_prefix("now") else {
        let date = text.len() >= 8 && text.starts_with(|first: char| first.is_ascii_digit());
        return date || text.starts_with('$') || text.is_empty();
    };
    while let Some(operator) = rest.chars().next() {
        rest = &rest[1..];
        if matches!(operator, '+' | '-') {
            rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        } else if operator != '/' {
            return false;
        }
        // `fQ` and `fy` are quarters and years of the fiscal year.
        rest = rest.strip_prefix('f').unwrap_or(rest);
        let Some(unit) = rest.chars().next().filter(|unit| "smhdwMQy".contains(*unit)) else { return false };
        rest = &rest[unit.len_utf8()..];
    }
    true
}

/// Whether a text is an interval: `500ms`, `30s`, `1h30m`.
pub(super) fn is_interval(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let unit = ["ms", "s", "m", "h", "d", "w", "M", "y"].into_iter().find(|unit| number.starts_with(unit));
        let (true, Some(unit)) = (number.len() < rest.len(), unit) else { return false };
        rest = &number[unit.len()..];
    }
    !text.is_empty()
}

/// Compares the members with Grafana's types.
fn members(report: &mut Report<'_>, scope: &Scope<'_>) {
    let version = scope.json.get("schemaVersion").and_then(Json::as_i64);
    if version.is_none_or(|version| version < OLDEST_SCHEMA) && scope.json.get("panels").is_none_or(Json::is_array) {
        let found = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        let message = format!(
            "`schemaVersion` {found} is older than {OLDEST_SCHEMA}: Grafana changes the dashboard when it loads it, and its \
             members are not compared with Grafana's types"
        );
        report.warn(rules::DASHBOARD_SCHEMA, &scope.place, message).fix =
            Some("save it once in a newer Grafana and export it again".to_owned());
        return;
    }
    let mut found = Vec::new();
    Vocabulary::get().dashboard.misfits(Path::Root(""), scope.json, &mut found);
    for Misfit { path, message, fix, .. } in found.into_iter().filter(|misfit| !is_old_form(scope.json, &misfit.path)) {
        let message = format!("`{path}` {message}");
        report.problem(rules::DASHBOARD_SCHEMA, &scope.place, message).fix = fix;
    }
}

/// Whether Grafana reads a member in this older form too.
fn is_old_form(dashboard: &Json, path: &str) -> bool {
    let pointer = path.replace(['.', '['], "/").replace(']', "");
    let Some(value) = dashboard.pointer(&format!("/{pointer}")) else { return false };
    match path.rsplit('.').next().unwrap_or_default() {
        "datasource" => value.is_string(),
        // What is chosen and what could be are written anew when somebody opens the dashboard.
        "current" => value.is_array(),
        "refresh" => value.is_boolean(),
        "hide" | "gnetId" => value.as_str() == Some(""),
        "value" | "text" => true,
        "decimals" | "min" | "max" | "maxDataPoints" => {
            value.as_str().is_some_and(|text| text.is_empty() || text.parse::<f64>().is_ok())
        }
        "cacheTimeout" | "interval" => value.is_number(),
        _ => false,
    }
}

/// Finds ids that are there twice.
fn unique(report: &mut Report<'_>, scope: &Scope<'_>) {
    let mut ids: BTreeMap<i64, &Panel<'_>> = BTreeMap::new();
    for panel in &scope.panels {
        let Some(id) = panel.id() else { continue };
        if let Some(first) = ids.get(&id) {
            let message = format!("the {} has this id too; Grafana gives one of them another", first.short_place());
            report.warn(rules::DUPLICATE, &panel.place, message).fix = Some("give it an id of its own".to_owned());
        } else {
            ids.insert(id, panel);
        }
    }
    for panel in &scope.panels {
        let mut seen = BTreeSet::new();
        for target in panel.json.get("targets").and_then(Json::as_array).into_iter().flatten() {
            let reference = text_of(target, "refId");
            if !reference.is_empty() && !seen.insert(reference) {
                let message = format!("two queries have the refId `{reference}`, of which Grafana shows one");
                report.problem(rules::DUPLICATE, &panel.place, message).fix =
                    Some("give each query a refId of its own".to_owned());
            }
        }
    }
}

/// Panels that draw numbers.
const OF_NUMBERS: [&str; 8] =
    ["barchart", "bargauge", "gauge", "heatmap", "histogram", "piechart", "stat", "timeseries"];

/// Panels that show what else queries give.
const OF_OTHERS: [&str; 6] = ["logs", "nodeGraph", "state-timeline", "status-history", "table", "traces"];

/// A query of log lines where numbers are drawn, or the other way round.
fn lines_or_numbers(report: &mut Report<'_>, panel: &Panel<'_>, place: &str, target: &Json) {
    // A transformation makes numbers of lines.
    let transformed = panel.json.get("transformations").and_then(Json::as_array).is_some_and(|all| !all.is_empty());
    let text = text_of(target, "expr");
    let Ok(query) = Language::LogQl.parse(text) else { return };
    let (message, fix) = match query.result {
        ResultKind::Logs if OF_NUMBERS.contains(&panel.kind()) && !transformed => (
            format!("the query gives lines, and a panel of the type `{}` draws numbers", panel.kind()),
            format!("count them: `sum(count_over_time({text} [$__auto]))`"),
        ),
        ResultKind::Vector if panel.kind() == "logs" => (
            "the query gives numbers, and a panel of the type `logs` shows lines".to_owned(),
            "show it in a panel such as `timeseries`".to_owned(),
        ),
        _ => return,
    };
    let finding = report.warn(rules::QUERY, place, message);
    finding.text = Some((text.to_owned(), Span::new(0, text.len())));
    finding.fix = Some(fix);
}

/// Panels that ask nothing. What Grafana keeps from when they were of another kind is not asked.
const WITHOUT_QUERIES: [&str; 8] =
    ["text", "row", "dashlist", "alertlist", "annolist", "news", "welcome", "gettingstarted"];

/// Checks every query of panels and annotations.
fn asks(report: &mut Report<'_>, scope: &Scope<'_>) {
    let variables: Vec<&str> = scope.variables.list.iter().map(|variable| variable.name).collect();
    for panel in scope.panels.iter().filter(|panel| !WITHOUT_QUERIES.contains(&panel.kind())) {
        let own = panel.json.get("datasource");
        let source = scope.sources.resolve(report, &panel.place, own);
        let targets: Vec<&Json> = panel.json.get("targets").and_then(Json::as_array).into_iter().flatten().collect();
        let shows = OF_NUMBERS.contains(&panel.kind()) || OF_OTHERS.contains(&panel.kind());
        let elsewhere = panel.json.get("libraryPanel").is_some_and(Json::is_object);
        if shows && !elsewhere && targets.is_empty() {
            report.warn(rules::QUERY, &panel.place, "the panel has no query, and shows nothing").fix =
                Some("give it one".to_owned());
        }
        let references = panel::references(panel.json);
        let references: BTreeSet<&str> = references.iter().map(String::as_str).collect();
        for target in targets.iter().copied() {
            let reference = text_of(target, "refId");
            let place = if reference.is_empty() {
                format!("{}, query", panel.place)
            } else {
                format!("{}, query {reference}", panel.place)
            };
            let asked = match target.get("datasource") {
                None | Some(Json::Null) => source.clone(),
                Some(other) if Some(other) == own => source.clone(),
                other => scope.sources.resolve(report, &place, other),
            };
            if asked == Source::Dashboard {
                shown_elsewhere(report, scope, &place, target);
            }
            if asked.plugin() == Some("loki") {
                lines_or_numbers(report, panel, &place, target);
            }
            let asked = Asked {
                place: &place,
                source: &asked,
                references: &references,
                variables: &variables,
                beside: &targets,
            };
            let before = report.findings.len();
            target::check(report, &asked, target);
            if panel.shows_no_values() {
                report.withdraw(before, rules::COUNTER_WITHOUT_RATE);
            }
        }
    }
    let annotations = scope.json.pointer("/annotations/list").and_then(Json::as_array);
    for annotation in annotations.into_iter().flatten() {
        let place = format!("{}, annotation `{}`", scope.place, text_of(annotation, "name"));
        let source = scope.sources.resolve(report, &place, annotation.get("datasource"));
        let references = BTreeSet::new();
        let asked =
            Asked { place: &place, source: &source, references: &references, variables: &variables, beside: &[] };
        // Older annotations have the query's members beside their own.
        let target = annotation.get("target").filter(|target| target.get("expr").is_some()).unwrap_or(annotation);
        target::check(report, &asked, target);
    }
}

/// A query that shows another panel's data.
fn shown_elsewhere(report: &mut Report<'_>, scope: &Scope<'_>, place: &str, target: &Json) {
    let Some(id) = target.get("panelId").and_then(Json::as_i64) else { return };
    if !is_deferred(target) && !scope.panels.iter().any(|panel| panel.id() == Some(id)) {
        let message = format!("shows the data of the panel with the id {id}, which this dashboard does not have");
        report.problem(rules::DASHBOARD_LINK, place, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_without_a_ref_id_have_the_letters_that_are_free() {
        let panel = serde_json::json!({ "targets": [{ "refId": "" }, { "refId": "A" }, { "expr": "up" }] });
        assert_eq!(panel::references(&panel), ["B", "A", "C"]);
    }

    #[test]
    fn times_and_intervals() {
        for time in ["now", "now-6h", "now-1d/d", "now/fQ", "now-30m", "2026-01-01T00:00:00.000Z", "1700000000000"] {
            assert!(is_time(time), "{time}");
        }
        for time in ["now-6", "now 6h", "6h", "yesterday", "now-6H"] {
            assert!(!is_time(time), "{time}");
        }
        assert!(is_interval("1h30m") && is_interval("500ms"));
        assert!(!is_interval("30") && !is_interval("s") && !is_interval("often"));
    }
}
