//! The ready dashboards pass every check, with the programs declared that they are about.

mod everything;

use std::collections::{BTreeMap, BTreeSet};

use belvedere_grafana::catalog::Exporter;
use belvedere_grafana::ready::{HttpMetrics, ServiceRed};
use serde_json::Value;

use everything::{all, content};

fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    let inner = |panel: &'_ Value| panel["panels"].as_array().map(Vec::as_slice).unwrap_or_default().len();
    let mut found = Vec::new();
    for panel in panels {
        if inner(panel) > 0 {
            found.extend(panel["panels"].as_array().into_iter().flatten());
        }
        if panel["type"] != "row" {
            found.push(panel);
        }
    }
    found
}

#[test]
fn every_check_is_passed() {
    let findings = all().check();
    let shown: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{} findings:\n{}", shown.len(), shown.join("\n"));
}

#[test]
fn a_service_by_the_semantic_conventions_passes_too() {
    let list = r#"{"name": "api", "metrics": {
        "counter": {"process_cpu_seconds_total": ""},
        "gauge": {"process_resident_memory_bytes": "", "process_open_fds": "", "process_start_time_seconds": ""},
        "histogram": {
            "http_server_request_duration_seconds": "http_route http_request_method http_response_status_code"
        }
    }}"#;
    let (mut content, sources) = content([Exporter::from_json(list).expect("a list")]);
    content.add(ServiceRed::new(&sources.prometheus).metrics(HttpMetrics::open_telemetry()));
    let shown: Vec<_> = content.check().iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn every_panel_says_what_it_shows() {
    for placed in all().document().dashboards {
        let dashboard = &placed.dashboard;
        let about = |what: &str| format!("{what} of {}", dashboard["title"]);
        assert!(dashboard["description"].as_str().is_some_and(|text| text.len() > 20), "{}", about("the description"));
        let tags: Vec<_> = dashboard["tags"].as_array().into_iter().flatten().collect();
        assert!(tags.contains(&&Value::from("belvedere")), "{}", about("the tags"));
        let panels = panels(dashboard);
        assert!(panels.len() >= 5, "{}", about("the panels"));
        for panel in &panels {
            let title = panel["title"].as_str().unwrap_or_default();
            assert!(panel["description"].as_str().is_some_and(|text| text.len() > 10), "{}", about(title));
            let asks = panel["targets"].as_array().is_some_and(|targets| !targets.is_empty());
            assert!(asks, "{}", about(title));
            if panel["type"] == "timeseries" {
                assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{}", about(title));
            }
        }
        let names: BTreeSet<_> = panels.iter().map(|panel| (panel["title"].as_str(), panel["type"].as_str())).collect();
        assert_eq!(names.len(), panels.len(), "a panel has its title and kind for itself: {}", about("the titles"));
    }
}

#[test]
fn rows_are_full() {
    for placed in all().document().dashboards {
        let mut lines = BTreeMap::new();
        for panel in panels(&placed.dashboard) {
            let place = &panel["gridPos"];
            let width = place["w"].as_u64().expect("a width");
            *lines.entry((place["y"].as_u64(), panel["gridPos"]["h"].as_u64())).or_insert(0) += width;
        }
        assert!(lines.values().all(|width| *width <= 24), "{}: {lines:?}", placed.dashboard["title"]);
    }
}
