//! Dashboards from JSON that Grafana exported.

use belvedere_cfn::{Expr, Properties};
use serde_json::Value as Json;

use super::binding::Input;
use super::definition::Dashboard;
use super::layout::Cursor;
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
                inputs.extend(given.iter().filter_map(Input::read));
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
}

/// What is said of a dashboard of the schema v2.
pub(crate) const SCHEMA_V2: &str = "it is of the schema v2, which is not taken; export it in the classic one";

/// Whether this is a dashboard of the schema v2, without what may be around it.
pub(crate) fn is_schema_v2(json: &Json) -> bool {
    json.get("elements").is_some() && json.get("panels").is_none()
}

/// Takes off what the HTTP API and Grafana's files put around a dashboard.
pub(crate) fn unwrap(mut json: Json, problems: &mut Vec<String>) -> Json {
    if json.get("panels").is_none() && json.get("dashboard").is_some_and(Json::is_object) {
        return json["dashboard"].take();
    }
    if is_schema_v2(&json) {
        problems.push(SCHEMA_V2.to_owned());
        return json;
    }
    if json.get("apiVersion").is_some() && json.get("spec").is_some_and(Json::is_object) {
        let mut spec = json["spec"].take();
        if is_schema_v2(&spec) {
            problems.push(SCHEMA_V2.to_owned());
        } else if let Some(name) = json.pointer("/metadata/name").filter(|_| spec.get("uid").is_none()) {
            spec["uid"] = name.clone();
        }
        return spec;
    }
    json
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::dashboard::{CustomPanel, Stat};
    use crate::datasource::{DataSourceRef, PromQl};

    fn prometheus() -> DataSourceRef<PromQl> {
        DataSourceRef::new("prom", "prometheus")
    }

    #[test]
    fn what_grafana_counts_is_left_out_and_the_rest_is_as_it_was() {
        let given =
            json!({ "id": 7, "version": 3, "uid": "u", "title": "T", "rows": [{ "height": "250px" }], "x": null });
        let mut expected = given.clone();
        for name in ["id", "version"] {
            expected.as_object_mut().expect("an object").remove(name);
        }
        assert_eq!(Dashboard::from_value(given.clone()).to_value(), expected);
        let wrapped = json!({ "dashboard": given, "meta": { "slug": "t" } });
        assert_eq!(Dashboard::from_json(&wrapped.to_string()).to_value(), expected);
        let resource = json!({
            "apiVersion": "dashboard.grafana.app/v1beta1",
            "kind": "Dashboard",
            "metadata": { "name": "named" },
            "spec": { "title": "T" }
        });
        assert_eq!(Dashboard::from_value(resource).to_value(), json!({ "title": "T", "uid": "named" }));
    }

    #[test]
    fn text_that_is_no_json_is_a_finding_with_its_place() {
        let findings = Dashboard::from_json("{\n  \"title\": \"T\",\n  \"panels\": [}\n}").problems();
        let shown = "dashboard: the text is no JSON: expected value, at line 3, column 14 [dashboard-json]\n      \
                     \"panels\": [}\n                 ^";
        assert_eq!(findings.iter().map(ToString::to_string).collect::<Vec<_>>(), [shown]);
        let findings = Dashboard::from_json("[1]").problems();
        assert_eq!(findings[0].message, "a dashboard is a JSON object, got [1]");
        let v2 = json!({ "apiVersion": "dashboard.grafana.app/v2", "spec": { "elements": {} } });
        assert!(Dashboard::from_value(v2).problems()[0].message.contains("schema v2"));
    }

    #[test]
    fn panels_are_added_below_those_of_the_json() {
        let given = json!({ "title": "T", "panels": [
            { "id": 4, "gridPos": { "h": 8, "w": 12, "x": 0, "y": 2 } },
            { "id": 5, "type": "row", "collapsed": true, "gridPos": { "h": 1, "w": 24, "x": 0, "y": 10 },
              "panels": [{ "id": 9, "gridPos": { "h": 8, "w": 12, "x": 0, "y": 11 } }] }
        ] });
        let json = Dashboard::from_value(given).panel(Stat::new("new")).to_value();
        assert_eq!(json["panels"][2]["id"], 10);
        assert_eq!(json["panels"][2]["gridPos"], json!({ "h": 4, "w": 4, "x": 0, "y": 11 }));
    }

    #[test]
    fn library_panels_of_an_export_are_put_in() {
        let given = json!({
            "__elements": { "lib": { "name": "L", "uid": "lib", "kind": 1,
                "model": { "type": "stat", "title": "L", "libraryPanel": { "uid": "lib", "name": "L" } } } },
            "panels": [{ "id": 3, "gridPos": { "h": 1, "w": 2, "x": 3, "y": 4 }, "libraryPanel": { "uid": "lib" } },
                { "id": 4, "libraryPanel": { "uid": "other" } }]
        });
        let panels = json!([
            { "id": 3, "gridPos": { "h": 1, "w": 2, "x": 3, "y": 4 }, "type": "stat", "title": "L" },
            { "id": 4, "libraryPanel": { "uid": "other" } }
        ]);
        assert_eq!(Dashboard::from_value(given).to_value(), json!({ "panels": panels }));
    }

    /// Any JSON, with the names that the code looks for among its members.
    fn any_json() -> impl Strategy<Value = Json> {
        let name = prop_oneof![
            Just("panels"),
            Just("gridPos"),
            Just("id"),
            Just("x"),
            Just("y"),
            Just("w"),
            Just("h"),
            Just("datasource"),
            Just("uid"),
            Just("__inputs"),
            Just("__elements"),
            Just("libraryPanel"),
            Just("spec"),
            Just("dashboard"),
            Just("a.b"),
        ];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i32>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            ".{0,4}".prop_map(Json::from),
            Just(Json::from(i64::MAX)),
            Just(Json::from("${X}")),
        ];
        leaf.prop_recursive(5, 40, 6, move |inner| {
            let members = proptest::collection::btree_map(name.clone().prop_map(str::to_owned), inner.clone(), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..5).prop_map(Json::Array),
                members.prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_taken_and_changed_without_a_panic(
            json in any_json(),
            path in "(panels|gridPos|id|0|1|x|a\\\\.b|\\.|\\\\){0,6}",
            value in any_json(),
        ) {
            let dashboard = Dashboard::from_value(json.clone())
                .set(&path, value.clone())
                .unset(&path)
                .bind_input("X", &prometheus())
                .panel(CustomPanel::from_value(value.clone()))
                .panel(CustomPanel::from_value(json));
            let mut content = crate::Content::new("c");
            content.add(dashboard);
            prop_assert_eq!(content.document().dashboards.len(), 1);
            let set = Dashboard::new("d", "D").set("x", value.clone()).set("x.y", 1).to_value();
            prop_assert!(set["x"] == value || set["x"]["y"] == 1);
        }
    }
}
