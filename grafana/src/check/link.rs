//! Links of dashboards and panels to dashboards.

use serde_json::Value as Json;

use super::dashboard::Scope;
use super::report::Report;
use super::{nearest, rules, text_of};

/// Finds links of a dashboard, its panels and their data to dashboards that there are not.
pub(super) fn check(report: &mut Report<'_>, scope: &Scope<'_>) {
    for link in scope.json.get("links").and_then(Json::as_array).into_iter().flatten() {
        let place = format!("{}, link `{}`", scope.place, text_of(link, "title"));
        url(report, &place, text_of(link, "url"));
        scope.variables.undefined_in(report, &place, text_of(link, "url"));
    }
    for panel in &scope.panels {
        let mut found = Vec::new();
        for member in ["links", "fieldConfig"] {
            if let Some(value) = panel.json.get(member) {
                urls(value, &mut found);
            }
        }
        for found in found {
            url(report, &panel.place, found);
            scope.variables.undefined_in(report, &panel.place, found);
        }
        library(report, scope, panel.json.get("libraryPanel"), &panel.place);
    }
}

/// The members called `url`, wherever they are.
fn urls<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
    match value {
        Json::Array(values) => values.iter().for_each(|value| urls(value, found)),
        Json::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(url) if name == "url" => found.push(url),
                    _ => urls(value, found),
                }
            }
        }
        _ => {}
    }
}

/// Checks that a link within this Grafana leads to a dashboard that there is.
fn url(report: &mut Report<'_>, place: &str, url: &str) {
    let Some(known) = &report.context.dashboards else { return };
    // What has a host leads elsewhere.
    let Some(rest) = url.strip_prefix("/d/").or_else(|| url.strip_prefix("d/")) else { return };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let uid = path.split('/').next().unwrap_or_default();
    if uid.is_empty() || uid.contains('$') {
        return;
    }
    let Some(panels) = known.get(uid) else {
        let near = nearest(uid, known.keys().map(String::as_str)).map(|near| format!("write `{near}`"));
        let message = format!("the link leads to the dashboard `{uid}`, which there is not");
        report.problem(rules::DASHBOARD_LINK, place, message).fix = near;
        return;
    };
    let panel = query.split('&').find_map(|pair| pair.strip_prefix("viewPanel="));
    let id = panel.map(|panel| panel.trim_start_matches("panel-")).and_then(|panel| panel.parse().ok());
    if let Some(id) = id.filter(|id| !panels.is_empty() && !panels.contains(id)) {
        let message = format!("the link leads to the panel with the id {id} of `{uid}`, which there is not");
        report.problem(rules::DASHBOARD_LINK, place, message);
    }
}

/// A panel that is kept apart from the dashboard.
fn library(report: &mut Report<'_>, scope: &Scope<'_>, reference: Option<&Json>, place: &str) {
    let Some(reference) = reference.filter(|reference| reference.is_object()) else { return };
    let uid = text_of(reference, "uid");
    let exported = scope.json.get("__elements").and_then(|elements| elements.get(uid)).is_some();
    if uid.is_empty() {
        report.problem(rules::DASHBOARD_LINK, place, "a library panel is referred to by its uid, got none");
    } else if !exported && report.context.dashboards.is_some() {
        let message = format!("the library panel `{uid}` is not of this content");
        report.warn(rules::DASHBOARD_LINK, place, message).fix =
            Some("make it a panel of the dashboard, or allow the finding if the Grafana has it".to_owned());
    }
}
