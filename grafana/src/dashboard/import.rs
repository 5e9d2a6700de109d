//! Dashboards from JSON that Grafana exported.

use belvedere_cfn::{Expr, IntoValue, Properties, Value};
use serde_json::Value as Json;

use super::dashboard::Dashboard;
use super::layout::Cursor;
use super::query::data_source;
use crate::datasource::{DataSourceRef, Kind};
use crate::finding::{Finding, Rule, Span};

impl Dashboard {
    /// A dashboard as Grafana exports it: its JSON model, that of grafana.com with inputs, or what the HTTP API answers. Text
    /// that is no JSON is a finding with its line and column. What Grafana itself counts, `id` and `version`, is left out.
    ///
    /// The text is often a file: `Dashboard::from_json(include_str!("dashboard.json"))`.
    #[must_use]
    pub fn from_json(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(json) => Self::from_value(json),
            Err(error) => {
                let mut dashboard = Self::of(Properties::new());
                let (line, column) = (error.line(), error.column());
                let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
                let at = (start + column.saturating_sub(1)).min(text.len());
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default();
                let message = format!("the text is no JSON: {reason}, at line {line}, column {column}");
                let finding = Finding::problem(Rule("dashboard-json"), "dashboard", message);
                dashboard.findings.push(finding.marked(text, Span::new(at, at + 1)));
                dashboard
            }
        }
    }

    /// A dashboard as Grafana exports it, as JSON that is parsed already.
    #[must_use]
    pub fn from_value(json: Json) -> Self {
        let mut problems = Vec::new();
        let mut json = unwrap(json, &mut problems);
        let mut inputs = Vec::new();
        if let Json::Object(members) = &mut json {
            for name in ["id", "version", "__requires"] {
                members.remove(name);
            }
            if let Some(Json::Array(given)) = members.remove("__inputs") {
                inputs.extend(given.iter().filter_map(input));
            }
            if let Some(elements) = members.remove("__elements") {
                inline(members, &elements);
            }
        }
        let root = match Expr::from(json) {
            Expr::Object(root) => root,
            other => {
                let message = format!("a dashboard is a JSON object, got {}", serde_json::json!(other));
                problems.push(message);
                Properties::new()
            }
        };
        let mut dashboard = Self::of(root);
        let panels = dashboard.model.get("panels").and_then(Expr::as_list).unwrap_or_default();
        dashboard.cursor = Cursor::after(panels);
        let finding = |message| Finding::problem(Rule("dashboard-json"), "dashboard", message);
        dashboard.findings = problems.into_iter().map(finding).collect();
        dashboard.inputs = inputs;
        dashboard
    }

    /// Gives a data source to an input of an exported dashboard, such as `DS_PROMETHEUS`.
    #[must_use]
    pub fn bind_input<K: Kind>(mut self, name: &str, source: &DataSourceRef<K>) -> Self {
        let whole = data_source(source.plugin(), source.uid());
        self.bind(name, &source.uid().into(), Some(&whole));
        self
    }

    /// Gives a value to an input of an exported dashboard that is a constant, such as `VAR_PREFIX`.
    #[must_use]
    pub fn bind_constant(mut self, name: &str, value: impl IntoValue<String>) -> Self {
        self.bind(name, &value.into_value(), None);
        self
    }

    fn bind(&mut self, name: &str, value: &Value<String>, source: Option<&Properties>) {
        let placeholder = format!("${{{name}}}");
        let known = self.inputs.iter().position(|(input, _)| input == name).map(|index| self.inputs.remove(index));
        let used = self.model.root.iter_mut().map(|(member, expr)| replace(member, expr, &placeholder, value, source));
        let used = used.fold(false, |any, one| any | one);
        if known.is_none() && !used {
            self.model.problems.push(format!("it has no input `{name}`"));
        }
    }
}

/// Takes off what the HTTP API and Grafana's files put around a dashboard.
pub(crate) fn unwrap(mut json: Json, problems: &mut Vec<String>) -> Json {
    if json.get("panels").is_none() && json.get("dashboard").is_some_and(Json::is_object) {
        return json["dashboard"].take();
    }
    if json.get("apiVersion").is_some() && json.get("spec").is_some_and(Json::is_object) {
        let mut spec = json["spec"].take();
        if spec.get("elements").is_some() {
            problems.push("it is of the schema v2, which is not taken; export it in the classic one".to_owned());
        } else if let Some(name) = json.pointer("/metadata/name").filter(|_| spec.get("uid").is_none()) {
            spec["uid"] = name.clone();
        }
        return spec;
    }
    json
}

/// The name of an input, and what it is.
fn input(input: &Json) -> Option<(String, String)> {
    let text = |member| input.get(member).and_then(Json::as_str);
    let name = text("name")?;
    let what = match (text("type"), text("pluginId")) {
        (Some("datasource"), Some(plugin)) => format!("a data source of the plugin `{plugin}`"),
        (Some("constant"), _) => format!("the constant `{}`", text("label").unwrap_or(name)),
        _ => "of a kind that is not known".to_owned(),
    };
    Some((name.to_owned(), what))
}

/// Puts the models of library panels in the place of what refers to them.
fn inline(dashboard: &mut serde_json::Map<String, Json>, elements: &Json) {
    let Some(Json::Array(panels)) = dashboard.get_mut("panels") else { return };
    for panel in panels {
        if let Some(Json::Array(inner)) = panel.get_mut("panels") {
            inner.iter_mut().for_each(|panel| inline_one(panel, elements));
        }
        inline_one(panel, elements);
    }
}

fn inline_one(panel: &mut Json, elements: &Json) {
    let uid = panel.pointer("/libraryPanel/uid").and_then(Json::as_str);
    let Some(Json::Object(model)) = uid.and_then(|uid| elements.get(uid)?.get("model")) else { return };
    let mut inlined = model.clone();
    for kept in ["id", "gridPos", "repeat", "repeatDirection", "maxPerRow"] {
        if let Some(value) = panel.get(kept) {
            inlined.insert(kept.to_owned(), value.clone());
        }
    }
    inlined.remove("libraryPanel");
    *panel = Json::Object(inlined);
}

/// Puts a value in the place of an input. A member `datasource` that is the input alone, as Grafana before version 9 wrote
/// it, becomes the whole reference.
fn replace(
    member: &str,
    expr: &mut Expr,
    placeholder: &str,
    value: &Value<String>,
    source: Option<&Properties>,
) -> bool {
    match expr {
        Expr::String(text) if text == placeholder => {
            *expr = match source {
                Some(source) if member == "datasource" => source.clone().into(),
                _ => value.expr().clone(),
            };
            true
        }
        Expr::String(text) if text.contains(placeholder) => {
            let parts = text.split(placeholder).map(Value::from).collect::<Vec<Value<String>>>();
            let mut joined = Vec::new();
            for (index, part) in parts.into_iter().enumerate() {
                if index > 0 {
                    joined.push(value.clone());
                }
                joined.push(part);
            }
            *expr = Value::concat(joined).into_expr();
            true
        }
        Expr::List(elements) => {
            elements.iter_mut().fold(false, |any, element| any | replace("", element, placeholder, value, source))
        }
        Expr::Object(members) => {
            members.iter_mut().fold(false, |any, (name, inner)| any | replace(name, inner, placeholder, value, source))
        }
        _ => false,
    }
}
