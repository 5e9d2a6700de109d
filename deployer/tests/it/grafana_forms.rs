//! Other forms that servers have of what was applied: of a newer version, of another schema.

use std::process::Command;

use serde_json::{Value, json};

use crate::grafana_site::{Site, nothing, whole};
use crate::support::run;

#[test]
fn another_form_of_a_newer_server_is_no_drift() {
    let (site, fake) = Site::fake("grafana_newer");
    site.run("apply", &whole(), &[]).ok();
    // As after an upgrade of Grafana: dashboards have a newer schema and members more, data sources an API version.
    fake.model().is_newer = true;
    let read = site.get("dashboards/uid/bv-service");
    assert_eq!(read["dashboard"]["schemaVersion"], 42);
    assert_eq!(site.plan(&whole(), &[]), [""; 0]);
    // The next application takes the new form for what it is, and from then on what is added is seen, too.
    fake.forget_calls();
    site.run("apply", &whole(), &[]).ok();
    assert!(!fake.changes().iter().any(|call| call.contains("folders")), "{:?}", fake.changes());
    assert_eq!(site.plan(&whole(), &[]), [""; 0]);
    let mut source = site.get("datasources/uid/bv-prometheus");
    source["jsonData"]["manageAlerts"] = false.into();
    site.call("PUT", "datasources/uid/bv-prometheus", &source);
    assert_eq!(site.plan(&whole(), &[]), ["drift data-source bv-prometheus"]);
    site.run("apply", &whole(), &[]).ok();
    // And a change by hand is still seen.
    let mut found = read["dashboard"].clone();
    found["refresh"] = "5s".into();
    site.call("POST", "dashboards/db", &json!({"dashboard": found, "folderUid": "bv-sub", "overwrite": true}));
    assert_eq!(site.plan(&whole(), &[]), ["drift dashboard bv-service"]);
    // It removes folders after it has answered: that is waited for, else the next run could not make them again.
    site.run("apply", &nothing(), &["--yes"]).ok();
    assert!(fake.model().folders.is_empty());
}

#[test]
fn a_dashboard_that_was_saved_in_the_schema_v2_is_drift() {
    let (site, fake) = Site::fake("grafana_schema_v2");
    site.run("apply", &whole(), &[]).ok();
    fake.model().second.insert("bv-service".into());
    assert_eq!(site.plan(&whole(), &[]), ["drift dashboard bv-service"]);
    let text = site.run("plan", &whole(), &[]).ok();
    assert!(text.contains("all of it: \"a dashboard of the schema v2\" in Grafana"), "{text}");
    // One of somebody else is named, and all others are exported.
    let mut command: Command = crate::support::belvedere(&site.directory);
    command.args(["grafana", "export", "--url", &site.url]);
    site.sign_in(&mut command);
    let exported = run(&mut command);
    assert!(exported.stderr.contains("dashboard `Service` (bv-service) is left out: it was saved in the schema v2"));
    let document: Value = serde_json::from_str(&exported.ok()).expect("JSON");
    assert_eq!(document["dashboards"].as_array().expect("a list").len(), 1);
    site.run("apply", &whole(), &[]).ok();
    assert!(fake.model().second.is_empty());
    assert_eq!(site.plan(&whole(), &[]), [""; 0]);
}
