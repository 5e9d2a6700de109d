//! Dashboards and the types that Grafana publishes for them: `tests/tools/panel_types.mjs` lets the TypeScript compiler
//! judge, and the checks of belvedere-grafana are to agree with it where both can see.

use std::fs;
use std::path::{Path, PathBuf};

use belvedere_grafana::check::{self, Context};
use belvedere_grafana::{Finding, Severity};
use serde_json::{Value, json};

use crate::tools;

/// What the compiler says of dashboards; nothing once the skipped case is reported.
fn judge(case: &str, dashboards: &[(String, Value)]) -> Option<tools::Ran> {
    let types = tools::find_or_skip(case, "npm/node_modules/@grafana/schema/package.json")?;
    let npm = types.ancestors().nth(4).expect("the package is below npm/").to_owned();
    let folder = tools::scratch(&case.replace(' ', "-"));
    let mut arguments = vec![npm];
    for (name, dashboard) in dashboards {
        let file = folder.join(format!("{name}.json"));
        fs::write(&file, dashboard.to_string()).expect("the scratch folder is writable");
        arguments.push(file);
    }
    Some(tools::run("node", "panel_types.mjs", arguments))
}

fn good() -> Value {
    let path = tools::root().join("grafana/tests/faults/good.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the good content is there")).expect("it is JSON")
}

/// The dashboards of a document of a content, each with its uid.
fn dashboards(document: &Value) -> Vec<(String, Value)> {
    let placed = document["dashboards"].as_array().into_iter().flatten();
    placed
        .map(|placed| &placed["dashboard"])
        .map(|it| (it["uid"].as_str().unwrap_or("none").to_owned(), it.clone()))
        .collect()
}

/// The dashboards of the committed assemblies.
fn synthesized() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (path, text) in tools::files(&tools::root().join("synth-output")) {
        if path.to_string_lossy().ends_with(".grafana.json") {
            let file: Value =
                serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for content in file["contents"].as_array().into_iter().flatten() {
                found.extend(dashboards(&content["document"]));
            }
        }
    }
    found
}

#[test]
fn grafanas_types_take_the_dashboards_of_the_good_set_and_of_the_examples() {
    let mut all = dashboards(&good());
    all.extend(synthesized());
    let Some(ran) = judge("dashboards fit Grafana's types", &all) else { return };
    assert!(ran.success, "{}", ran.text);
}

/// Faults that types can tell: each in a dashboard of the good content, and what the checks say of it.
const FAULTS: [(&str, &str, &str); 9] = [
    ("/graphTooltip", "3", "graphTooltip"),
    ("/tags", "\"shop\"", "tags"),
    ("/panels/1/title", "5", "title"),
    ("/panels/1/gridPos", "\"wide\"", "gridPos"),
    ("/panels/1/options/legend/displayMode", "\"tabel\"", "displayMode"),
    ("/panels/1/fieldConfig/defaults/custom/drawStyle", "\"lines\"", "drawStyle"),
    ("/panels/1/fieldConfig/defaults/min", "\"none\"", "min"),
    ("/panels/2/options/colorMode", "\"colour\"", "colorMode"),
    ("/templating/list/5/type", "\"text\"", "type"),
];

#[test]
fn grafanas_types_and_the_checks_refuse_the_same_faults() {
    let good = dashboards(&good()).swap_remove(0).1;
    assert_eq!(check::dashboard(&good, &Context::default()), []);
    for (number, (path, value, says)) in FAULTS.into_iter().enumerate() {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap_or_else(|| panic!("{path} leads nowhere")) =
            serde_json::from_str(value).expect("it is JSON");
        let found = check::dashboard(&bad, &Context::default());
        let right =
            |finding: &Finding| finding.rule == check::rules::DASHBOARD_SCHEMA && finding.message.contains(says);
        assert!(found.iter().any(right), "{path}: {found:?}");
        let case = format!("Grafana's types refuse fault {number}");
        let Some(ran) = judge(&case, &[(format!("fault-{number}"), bad)]) else { continue };
        assert!(!ran.success, "{path}: {}", ran.text);
    }
}

#[test]
fn the_dashboards_of_the_examples_have_no_problem() {
    for (uid, dashboard) in synthesized() {
        let found = check::dashboard(&dashboard, &Context::default());
        assert_eq!(found, [], "{uid}");
    }
}

/// Dashboards of others, in a folder that `BELVEDERE_DASHBOARDS` names: what is found is for a person to read.
#[test]
fn dashboards_of_others_are_read_and_counted() {
    let case = "dashboards of others are checked";
    let Some(folder) = std::env::var_os("BELVEDERE_DASHBOARDS").map(PathBuf::from) else {
        return tools::skip(case, "BELVEDERE_DASHBOARDS names no folder with them");
    };
    let (mut read, mut with_problems) = (0, 0);
    for (path, text) in tools::files(&folder) {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = String::from_utf8_lossy(&text);
        let name = path.display().to_string();
        let found = check::dashboard_text(&name, &text, &Context::default());
        assert_eq!(found, check::dashboard_text(&name, &text, &Context::default()), "{name}: once so, once so");
        let problems: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Problem).collect();
        read += 1;
        with_problems += usize::from(!problems.is_empty());
        for problem in problems {
            tools::note(&format!("{name}: {problem}"));
        }
    }
    tools::note(&format!("{case}: {read} read, {with_problems} with problems"));
    assert!(read > 0, "{} has no dashboard", Path::new(&folder).display());
}

#[test]
fn a_text_that_is_no_dashboard_is_a_finding() {
    for text in ["", "[]", "5", "{", "{\"panels\": 5}", "{\"dashboard\": []}", "{\"title\": \"\\ud800\"}"] {
        assert!(!check::dashboard_text("file", text, &Context::default()).is_empty(), "{text}");
    }
    let odd =
        json!({ "title": "x", "schemaVersion": 41, "panels": [null, 5, [], { "type": 3, "targets": { "a": 1 } }] });
    assert!(!check::dashboard(&odd, &Context::default()).is_empty());
}
