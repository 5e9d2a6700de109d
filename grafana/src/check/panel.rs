//! Panels: which there are, of what plugin, and what their members may be.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::dashboard::is_interval;
use super::report::Report;
use super::vocabulary::{Misfit, Path, Vocabulary, short};
use super::{field, nearest, rules, text_of};

/// A panel of a dashboard.
pub(super) struct Panel<'a> {
    pub(super) json: &'a Json,
    /// Its place, such as ``dashboard `Service`, panel `Requests` (id 3)``.
    pub(super) place: String,
    /// How much of the place is the dashboard's.
    of_dashboard: usize,
    /// The collapsed row that it is in, by its number among the panels.
    pub(super) row: Option<usize>,
}

impl Panel<'_> {
    pub(super) fn kind(&self) -> &str {
        text_of(self.json, "type")
    }

    /// Whether what is shown of each series is only that it is there, or how it changes. Source: the calculations of
    /// <https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/calculation-types/>.
    pub(super) fn shows_no_values(&self) -> bool {
        const OF_CHANGE: [&str; 8] =
            ["delta", "diff", "diffperc", "range", "step", "count", "changeCount", "distinctCount"];
        let calculations = self.json.pointer("/options/reduceOptions/calcs").and_then(Json::as_array);
        let mut calculations = calculations.into_iter().flatten().filter_map(Json::as_str).peekable();
        let differences =
            calculations.peek().is_some() && calculations.all(|calculation| OF_CHANGE.contains(&calculation));
        differences || self.kind() == "nodeGraph"
    }

    pub(super) fn id(&self) -> Option<i64> {
        self.json.get("id").and_then(Json::as_i64)
    }

    /// The place without the dashboard's, whose title may have commas in it.
    pub(super) fn short_place(&self) -> &str {
        self.place[self.of_dashboard..].trim_start_matches(", ")
    }
}

/// The panels of a dashboard in their order, those in rows behind their row.
pub(super) fn panels<'a>(place: &str, dashboard: &'a Json) -> Vec<Panel<'a>> {
    let mut found = Vec::new();
    add(place, dashboard.get("panels"), None, &mut found);
    // Before schema version 16 all panels are in rows.
    for row in dashboard.get("rows").and_then(Json::as_array).into_iter().flatten() {
        let number = found.len();
        add(place, row.get("panels"), Some(number), &mut found);
    }
    found
}

fn add<'a>(place: &str, panels: Option<&'a Json>, row: Option<usize>, found: &mut Vec<Panel<'a>>) {
    for panel in panels.and_then(Json::as_array).into_iter().flatten() {
        let what = if text_of(panel, "type") == "row" { "row" } else { "panel" };
        let title = text_of(panel, "title");
        let mut here = if title.is_empty() { format!("{place}, {what}") } else { format!("{place}, {what} `{title}`") };
        if let Some(id) = panel.get("id").and_then(Json::as_i64) {
            here += &format!(" (id {id})");
        }
        let number = found.len();
        found.push(Panel { json: panel, place: here, of_dashboard: place.len(), row });
        add(place, panel.get("panels"), Some(number), found);
    }
}

/// Checks what a panel is made of: its plugin, its options, its fields' settings, its transformations.
pub(super) fn check(report: &mut Report<'_>, panel: &Panel<'_>, required: &BTreeSet<&str>) {
    let vocabulary = Vocabulary::get();
    let kind = panel.kind();
    if panel.json.get("libraryPanel").is_some_and(Json::is_object) {
        return;
    }
    let Some(shapes) = vocabulary.panels.get(kind) else {
        return unknown_kind(report, panel, required);
    };
    let mut misfits = Vec::new();
    if let (Some(shape), Some(options)) = (&shapes.options, panel.json.get("options")) {
        shape.misfits(Path::Root("options"), options, &mut misfits);
    }
    if let (Some(shape), Some(custom)) = (&shapes.custom, panel.json.pointer("/fieldConfig/defaults/custom")) {
        shape.misfits(Path::Root("fieldConfig.defaults.custom"), custom, &mut misfits);
    }
    for Misfit { path, message, fix, .. } in misfits {
        report.warn(rules::DASHBOARD_SCHEMA, &panel.place, format!("`{path}` {message}")).fix = fix;
    }
    for path in ["/options/reduceOptions/calcs", "/options/legend/calcs"] {
        let calcs = panel.json.pointer(path).and_then(Json::as_array);
        for calc in calcs.into_iter().flatten().filter_map(Json::as_str) {
            if !vocabulary.reducers.contains(calc) && !LEGACY_REDUCERS.contains(&calc) {
                let message = format!("`{calc}` is no calculation that Grafana knows");
                let near = nearest(calc, vocabulary.reducers.iter().map(String::as_str));
                report.warn(rules::DASHBOARD_SCHEMA, &panel.place, message).fix =
                    near.map(|it| format!("write `{it}`"));
            }
        }
    }
    times(report, panel);
    field::check(report, panel, shapes.custom.as_ref());
    let transformations = panel.json.get("transformations").and_then(Json::as_array);
    for id in transformations.into_iter().flatten().map(|transformation| text_of(transformation, "id")) {
        if !vocabulary.transformations.contains(id) {
            let message = format!("`{id}` is no transformation that Grafana knows");
            let near = nearest(id, vocabulary.transformations.iter().map(String::as_str));
            report.warn(rules::DASHBOARD_SCHEMA, &panel.place, message).fix = near.map(|it| format!("write `{it}`"));
        }
    }
}

/// The `refId`s of the queries, with the letters that Grafana gives to those that have none.
pub(super) fn references(panel: &Json) -> Vec<String> {
    let targets = panel.get("targets").and_then(Json::as_array).into_iter().flatten();
    let mut all: Vec<String> = targets.map(|target| text_of(target, "refId").to_owned()).collect();
    for index in 0..all.len() {
        let free = || ('A'..='Z').map(String::from).find(|letter| !all.contains(letter));
        if all[index].is_empty()
            && let Some(letter) = free()
        {
            all[index] = letter;
        }
    }
    all
}

/// How far apart samples are at least, and another time than the dashboard's.
fn times(report: &mut Report<'_>, panel: &Panel<'_>) {
    for name in ["interval", "timeFrom", "timeShift"] {
        let text = text_of(panel.json, name).trim();
        let bare = text.trim_start_matches(['>', '=', '-', '+', ' ']);
        // An interval without a unit is in seconds.
        let seconds = name == "interval" && bare.bytes().all(|digit| digit.is_ascii_digit());
        if !seconds && !bare.is_empty() && !bare.contains('$') && !bare.starts_with("now") && !is_interval(bare) {
            let message = format!("`{name}` is a time such as `30s` or `1h`, got `{text}`");
            report.problem(rules::DASHBOARD_SCHEMA, &panel.place, message);
        }
    }
}

/// Names of calculations that old dashboards have and Grafana still reads.
const LEGACY_REDUCERS: [&str; 6] = ["avg", "current", "total", "time_step", "null", "bool"];

fn unknown_kind(report: &mut Report<'_>, panel: &Panel<'_>, required: &BTreeSet<&str>) {
    let vocabulary = Vocabulary::get();
    let kind = panel.kind();
    if vocabulary.migrated_panels.contains(kind) || required.contains(kind) {
        return;
    }
    let Some(given) = panel.json.get("type") else {
        let message = "a panel has a type, such as `timeseries`, got none";
        report.problem(rules::UNKNOWN_PANEL, &panel.place, message);
        return;
    };
    let near = nearest(kind, vocabulary.panels.keys().map(String::as_str));
    let message = format!("no panel {} is Grafana's own, nor declared", short(given));
    let plugins = &report.context.panel_plugins;
    if plugins.as_ref().is_some_and(|plugins| plugins.contains(kind)) {
        return;
    }
    let finding = if plugins.is_some() || near.is_some() {
        report.problem(rules::UNKNOWN_PANEL, &panel.place, message)
    } else {
        report.warn(rules::UNKNOWN_PANEL, &panel.place, message)
    };
    finding.fix = Some(near.map_or_else(
        || "install its plugin and declare it".to_owned(),
        |near| format!("write `{near}`, or declare the plugin"),
    ));
}
