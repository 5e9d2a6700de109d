//! Contents become files that a Grafana provisions itself from.

use std::fs;

use serde_json::{Value, json};

use crate::grafana_site::whole;
use crate::support::{belvedere, empty, run};

#[test]
fn a_content_becomes_files() {
    let directory = empty("grafana_files");
    let mut content = whole();
    content["dataSources"][1]["url"] = json!({"belvedere:value": "Loki"});
    fs::write(directory.join("content.json"), content.to_string()).expect("written");
    let files = |arguments: &[&str]| {
        run(belvedere(&directory).args(["grafana", "files", "--file", "content.json"]).args(arguments))
    };
    let missing = files(&[]).failed();
    assert!(missing.contains("values that only a deployment knows: Loki\nhint: give each by --value"), "{missing}");
    assert!(!directory.join("provisioning").exists());
    let value = ["--value", "Loki=http://loki:3100", "--output", "json"];
    let written: Value = serde_json::from_str(&files(&value).ok()).expect("JSON");
    let expected = [
        "provisioning/alerting/main.yaml",
        "provisioning/dashboards/main/bv-sub/bv-service.json",
        "provisioning/dashboards/main/top/bv-home.json",
        "provisioning/dashboards/main.yaml",
        "provisioning/datasources/main.yaml",
    ];
    assert_eq!(written["files"], json!(expected));
    assert_eq!(written["secrets"], json!({"HOOK_SECRET": "as the content names it"}));
    let sources = fs::read_to_string(directory.join("provisioning/datasources/main.yaml")).expect("written");
    assert!(sources.contains("http://loki:3100") && sources.contains("$HOOK_SECRET"), "{sources}");
    let home = fs::read_to_string(directory.join(expected[2])).expect("written");
    assert_eq!(serde_json::from_str::<Value>(&home).expect("JSON")["uid"], "bv-home");
    assert!(files(&value).failed().contains("is there already"));
    files(&["--value", "Loki=http://x", "--force"]).ok();
    // A name does not lead out of the directory.
    fs::write(
        directory.join("content.json"),
        json!({"name": "../x", "dataSources": content["dataSources"]}).to_string(),
    )
    .expect("written");
    let refused = files(&["--value", "Loki=http://x", "--force"]).failed();
    assert!(refused.contains("cannot be written to files"), "{refused}");
    assert!(!directory.join("x.yaml").exists());
}
