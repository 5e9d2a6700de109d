//! From the text of a dashboard to a file of Rust.

use serde_json::Value as Json;

use super::file::{RustFile, file, quoted};
use super::made::leaves;
use super::name::Names;
use super::same::without_set_by_grafana;
use crate::dashboard::Dashboard;
use crate::dashboard::import::unwrap;
use crate::finding::{Finding, Rule};

/// Returns a dashboard as a file of Rust: the JSON model, as Grafana exports it, or what its HTTP API answers. `origin` is
/// where it comes from, such as the name of a file, for the file's documentation.
///
/// # Errors
/// Says where the text is no JSON, or why it is no dashboard.
pub fn dashboard(origin: &str, text: &str) -> Result<RustFile, Finding> {
    let json = model(text)?;
    from_model(origin, &json)
}

/// Returns the dashboard in a text: without what the HTTP API or a file of resources has around it, and without what Grafana
/// sets itself. It is what the code of [`dashboard`] gives.
///
/// # Errors
/// Says where the text is no JSON, or why it is no dashboard.
pub fn model(text: &str) -> Result<Json, Finding> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(json) = serde_json::from_str(text) else {
        let refused = || Finding::problem(Rule("dashboard-json"), "dashboard", "the text is no JSON");
        return Err(Dashboard::from_json(text).problems().into_iter().next().unwrap_or_else(refused));
    };
    let mut problems = Vec::new();
    let json = unwrap(json, &mut problems);
    if !json.is_object() {
        problems.push("a dashboard is a JSON object".to_owned());
    }
    match problems.into_iter().next() {
        Some(problem) => Err(Finding::problem(Rule("dashboard-json"), "dashboard", problem)),
        None => Ok(without_set_by_grafana(&json)),
    }
}

fn from_model(origin: &str, json: &Json) -> Result<RustFile, Finding> {
    let mut names = Names::default();
    let title = json["title"].as_str().unwrap_or_default();
    let name = names.name(title, "dashboard");
    let about = format!("The dashboard {}, made from {}.", quoted(title), quoted(origin));
    let made = super::dashboard::dashboard(json, &name, &mut names);
    let file = made.and_then(|made| {
        let file = file(&about, &made.functions, &made.sources)?;
        Some(RustFile { values: leaves(json), untyped: made.untyped, ..file })
    });
    file.ok_or_else(|| {
        Finding::problem(Rule("dashboard-json"), "dashboard", "the JSON has members that no path can name")
    })
}
