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
pub fn dashboard(origin: &str, text: &str) -> Result<RustFile, Box<Finding>> {
    let json = model(text)?;
    from_model(origin, &json, &mut Names::default())
}

/// Returns dashboards, each of which has its origin before it, as files of Rust. No two have a function of the same name, so
/// that each can be a module of that name.
///
/// # Errors
/// Says which dashboard is none.
pub fn dashboards<'a>(
    dashboards: impl IntoIterator<Item = (&'a str, &'a Json)>,
) -> Result<Vec<RustFile>, Box<Finding>> {
    let mut names = Names::default();
    let dashboards = dashboards.into_iter().map(|(origin, json)| (origin, without_set_by_grafana(json)));
    dashboards.map(|(origin, json)| from_model(origin, &json, &mut names)).collect()
}

/// Returns the dashboard in a text: without what the HTTP API or a file of resources has around it, and without what Grafana
/// sets itself. It is what the code of [`dashboard`] gives.
///
/// # Errors
/// Says where the text is no JSON, or why it is no dashboard.
pub fn model(text: &str) -> Result<Json, Box<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(json) = serde_json::from_str(text) else {
        let refused = || Finding::problem(Rule("dashboard-json"), "dashboard", "the text is no JSON");
        return Err(Box::new(Dashboard::from_json(text).problems().into_iter().next().unwrap_or_else(refused)));
    };
    let mut problems = Vec::new();
    let json = unwrap(json, &mut problems);
    if !json.is_object() {
        problems.push("a dashboard is a JSON object".to_owned());
    }
    match problems.into_iter().next() {
        Some(problem) => Err(Box::new(Finding::problem(Rule("dashboard-json"), "dashboard", problem))),
        None => Ok(without_set_by_grafana(&json)),
    }
}

pub(super) fn from_model(origin: &str, json: &Json, modules: &mut Names) -> Result<RustFile, Box<Finding>> {
    let mut names = Names::default();
    let title = json["title"].as_str().unwrap_or_default();
    let name = modules.name(title, "dashboard");
    names.reserve(&name);
    let about = format!("The dashboard {}, made from {}.", quoted(title), quoted(origin));
    let made = super::dashboard::dashboard(json, &name, &mut names);
    let file = made.and_then(|made| {
        let file = file(&about, &made.functions, &made.sources)?;
        Some(RustFile { values: leaves(json), untyped: made.untyped, ..file })
    });
    let refused = "the JSON has members that no path can name";
    file.ok_or_else(|| Box::new(Finding::problem(Rule("dashboard-json"), "dashboard", refused)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The dashboards of the integration tests.
    fn corpus() -> Vec<Json> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/dashboards");
        let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
        files.sort();
        assert!(files.len() > 4, "{files:?}");
        files.iter().map(|path| model(&fs::read_to_string(path).expect("text")).expect("a dashboard")).collect()
    }

    #[test]
    fn what_is_no_dashboard_is_a_finding() {
        let told = |text: &str| dashboard("x.json", text).expect_err("it is none").to_string();
        assert!(told("{\n  \"title\": \"A\",\n}").contains("line 3, column 1"));
        assert!(told("[1]").contains("a dashboard is a JSON object"));
        assert!(told("\"text\"").contains("a dashboard is a JSON object"));
        let newer =
            json!({ "apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "spec": { "elements": {} } });
        assert!(told(&newer.to_string()).contains("schema v2"));
        assert!(dashboard("x.json", "\u{feff}{}").is_ok());
    }

    #[test]
    fn numbers_keep_each_digit() {
        let text = r#"{ "uid": "u", "title": "Up", "panels": [{ "type": "acme", "options": [1e-9, 0.1, 123456789012345680000] }] }"#;
        let file = dashboard("x.json", text).expect("a dashboard");
        assert!(file.text.contains("1e-9") && !file.text.contains("9.99"), "{}", file.text);
    }

    #[test]
    fn each_of_several_dashboards_has_a_file_of_its_own() {
        let of =
            |uid: &str| json!({ "id": 7, "uid": uid, "title": "Up", "version": 3, "schemaVersion": 42, "panels": [] });
        let files = dashboards([("a.json", &of("a")), ("b.json", &of("b"))]).expect("dashboards");
        assert!(files[0].text.starts_with("//! The dashboard `Up`, made from `a.json`.\n"));
        assert_eq!(files.iter().map(|file| file.function.as_str()).collect::<Vec<_>>(), ["up", "up_2"]);
        assert!(files[1].text.contains("pub fn up_2() -> Dashboard {\n    Dashboard::new(\"b\", \"Up\")\n}"));
    }

    #[test]
    fn code_is_typed_where_there_is_a_type() {
        let panel = json!({
            "type": "stat", "title": "Up", "id": 1, "gridPos": { "h": 4, "w": 4, "x": 0, "y": 0 },
            "datasource": { "type": "prometheus", "uid": "p" },
            "fieldConfig": { "defaults": { "unit": "percentunit", "acme": [1] }, "overrides": [] },
            "targets": [{ "datasource": { "type": "prometheus", "uid": "p" }, "expr": "up{a=\"b\"}", "refId": "A" }],
        });
        let text = json!({ "uid": "u", "title": "Up", "schemaVersion": 42, "panels": [panel] }).to_string();
        let file = dashboard("up.json", &text).expect("a dashboard");
        let expected = r##"//! The dashboard `Up`, made from `up.json`.

use belvedere_grafana::dashboard::{Dashboard, Stat, Unit};
use belvedere_grafana::datasource::{DataSourceRef, PromQl};
use serde_json::json;

/// The dashboard `Up`.
///
/// It gives the JSON that it was made from with these data sources, and takes others as well:
/// - `prometheus`: `DataSourceRef::<PromQl>::existing("p", "prometheus")`
#[must_use]
pub fn up(prometheus: &DataSourceRef<PromQl>) -> Dashboard {
    Dashboard::new("u", "Up").panel(up_2(prometheus))
}

/// The panel `Up`.
fn up_2(prometheus: &DataSourceRef<PromQl>) -> Stat {
    Stat::new("Up")
        .query(prometheus.query(r#"up{a="b"}"#))
        .unit(Unit::PERCENT_UNIT)
        .set("fieldConfig.defaults.acme", json!([1]))
}
"##;
        assert_eq!(file.text, expected);
        assert_eq!((file.values, file.untyped), (19, 1));
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
            prop_oneof!["row", "timeseries", "text", "prometheus", "\\$datasource", "\"#\\\\", "\\."]
                .prop_map(Json::from),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Puts a value in the place of one of the values in a tree.
    fn replace(json: &mut Json, place: &mut usize, value: &Json) {
        if *place == 0 {
            *json = value.clone();
        }
        *place = place.wrapping_sub(1);
        match json {
            Json::Array(elements) => elements.iter_mut().for_each(|element| replace(element, place, value)),
            Json::Object(members) => members.values_mut().for_each(|member| replace(member, place, value)),
            _ => {}
        }
    }

    fn size(json: &Json) -> usize {
        1 + match json {
            Json::Array(elements) => elements.iter().map(size).sum(),
            Json::Object(members) => members.values().map(size).sum(),
            _ => 0,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Code is given only where what it gives is the same JSON, so it is enough that there is code.
        #[test]
        fn any_json_can_be_said(
            which in any::<prop::sample::Index>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..8),
        ) {
            let corpus = corpus();
            let mut json = corpus[which.index(corpus.len())].clone();
            for (place, value) in changes {
                // The root stays an object.
                let mut place = 1 + place.index(size(&json).saturating_sub(1).max(1));
                replace(&mut json, &mut place, &value);
            }
            let file = dashboard("x.json", &json.to_string());
            prop_assert!(file.is_ok(), "{:?}\n{json}", file.err());
        }
    }
}
