//! Every kind of panel with every setter: each writes the member that its table says, and Grafana's own types take it.

mod events;
mod gallery;
mod graphs;
mod numbers;
mod setters;
mod sources;
mod states;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use belvedere_grafana::dashboard::panel::kind;
use belvedere_grafana::dashboard::setters::{self as tables, Setter};
use serde_json::{Value, json};

use gallery::gallery;

/// All panels, those in closed rows too.
fn panels(dashboard: &Value) -> Vec<&Value> {
    let top = dashboard["panels"].as_array().expect("a list");
    top.iter().flat_map(|panel| panel["panels"].as_array().into_iter().flatten().chain([panel])).collect()
}

fn missing(table: &[Setter], json: &[&Value]) -> Vec<&'static str> {
    let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
    let absent = |setter: &&Setter| json.iter().all(|json| json.pointer(&pointer(setter.path)).is_none());
    table.iter().filter(absent).map(|setter| setter.path).collect()
}

#[test]
fn each_setter_writes_the_member_that_its_table_says() {
    let dashboard = gallery();
    assert_eq!(dashboard.problems(), []);
    let dashboard = dashboard.to_value();
    let all = panels(&dashboard);
    let mut kinds: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for panel in &all {
        kinds.entry(panel["type"].as_str().expect("a type")).or_default().push(panel);
    }
    for (plugin, _) in kind::PLUGINS.iter().filter(|(plugin, _)| !plugin.is_empty()) {
        let shown = kinds.get(plugin).unwrap_or_else(|| panic!("the gallery has no panel of the kind {plugin}"));
        let mut table = tables::panel(plugin);
        // The ids of all other panels are by position.
        table.retain(|setter| setter.path != "id");
        assert_eq!(missing(&table, shown), Vec::<&str>::new(), "of a panel of the kind {plugin}");
    }
    assert_eq!(missing(tables::DASHBOARD, &[&dashboard]), Vec::<&str>::new());
    assert_eq!(missing(tables::ROW, &kinds["row"]), Vec::<&str>::new());
    let list =
        |path: &str| dashboard.pointer(path).and_then(Value::as_array).expect("a list").iter().collect::<Vec<_>>();
    assert_eq!(missing(tables::ANNOTATION, &list("/annotations/list")), Vec::<&str>::new());
    let variables = list("/templating/list");
    for table in [tables::VARIABLE, tables::CHOICE, tables::QUERY_VARIABLE, tables::SOURCE_VARIABLE] {
        assert_eq!(missing(table, &variables), Vec::<&str>::new());
    }
    let targets: Vec<_> = all.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten()).collect();
    let of_queries = [
        tables::PROM_QUERY,
        tables::LOGS_QUERY,
        tables::LOG_METRIC_QUERY,
        tables::TRACE_QUERY,
        tables::XRAY_QUERY,
        tables::SQL_QUERY,
        tables::CLOUDWATCH_QUERY,
        tables::CLOUDWATCH_LOGS_QUERY,
    ];
    for table in of_queries {
        assert_eq!(missing(table, &targets), Vec::<&str>::new());
    }
}

/// Asks the TypeScript compiler whether a dashboard is one by Grafana's types, and returns what it found. Nothing comes
/// back where the compiler is not installed.
fn judge(case: &str, dashboards: &[&Value]) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root");
    let tools = env::var_os("BELVEDERE_TOOLS").map_or_else(|| root.join("target/tools"), PathBuf::from);
    let npm = tools.join("npm");
    if !npm.join("node_modules/@grafana/schema").exists() {
        let reason = "@grafana/schema is not installed; tests/tools/install does that";
        assert!(env::var_os("BELVEDERE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{case}: {reason}");
        // Past the test runner's capture, which would hide it.
        _ = writeln!(io::stderr().lock(), "skipped: {case}: {reason}");
        return None;
    }
    let folder = env::temp_dir().join(format!("belvedere-{case}-{}", process::id()));
    fs::create_dir_all(&folder).expect("a scratch folder");
    let mut node = Command::new("node");
    node.arg(root.join("tests/tools/panel_types.mjs")).arg(&npm);
    for (number, dashboard) in dashboards.iter().enumerate() {
        let file = folder.join(format!("{number}.json"));
        fs::write(&file, dashboard.to_string()).expect("a file of the scratch folder");
        node.arg(file);
    }
    let output = node.output().expect("node runs");
    fs::remove_dir_all(&folder).expect("the scratch folder is ours");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "{errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn grafanas_types_take_every_panel() {
    let gallery = gallery().to_value();
    let Some(said) = judge("grafanas-types-take-every-panel", &[&gallery]) else { return };
    assert!(said.ends_with(" parts, 0 findings\n"), "{said}");
}

#[test]
fn grafanas_types_refuse_what_is_none() {
    let place = |title: &str| {
        let json = gallery().to_value();
        let found = json["panels"].as_array().expect("a list").iter().position(|panel| panel["title"] == title);
        format!("panels.{}", found.expect("the panel is there"))
    };
    let series = place("Time series");
    let faults = [
        (format!("{series}.fieldConfig.defaults.custom.drawStyle"), json!("barz"), "barz"),
        (format!("{series}.fieldConfig.defaults.custom.lineWith"), json!(1), "lineWith"),
        (format!("{series}.options.legend.placement"), json!("top"), "top"),
        (format!("{}.options.colorMode", place("Stat")), json!("loud"), "loud"),
        (format!("{}.options.yAxes", place("Heat map")), json!({}), "yAxes"),
        (format!("{series}.fieldConfig.defaults.thresholds.steps.0.value"), json!("low"), "string"),
        (format!("{series}.fieldConfig.overrides.0.properties.0.value.mode"), json!("rainbow"), "rainbow"),
        ("templating.list.0.type".to_owned(), json!("query-ish"), "query-ish"),
        ("graphTooltip".to_owned(), json!(7), "7"),
        ("schemaVersion".to_owned(), json!("42"), "string"),
    ];
    let faulty: Vec<Value> =
        faults.iter().map(|(path, value, _)| gallery().set(path, value.clone()).to_value()).collect();
    let Some(said) = judge("grafanas-types-refuse-what-is-none", &faulty.iter().collect::<Vec<_>>()) else { return };
    for (number, (path, _, word)) in faults.iter().enumerate() {
        let about: Vec<_> = said.lines().filter(|line| line.starts_with(&format!("{number}.json"))).collect();
        assert!(about.iter().any(|line| line.contains(word)), "{path}: {about:?}");
    }
}
