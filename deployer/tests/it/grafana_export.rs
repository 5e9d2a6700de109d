//! What a Grafana holds becomes Rust: a content that we have applied, and one that people have made.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use belvedere_grafana::Document;
use belvedere_grafana::rust::content_differences;
use serde_json::{Value, json};

use crate::grafana_site::{Site, dashboard, whole};
use crate::support::{belvedere, run};

/// Exports, and returns the text of the files and what is told.
fn export(site: &Site, arguments: &[&str]) -> String {
    let mut command: Command = belvedere(&site.directory);
    command.args(["grafana", "export", "--name", "main", "--url", &site.url]).args(arguments);
    site.sign_in(&mut command);
    let output = run(&mut command);
    assert_eq!(output.code, Some(0), "{output:?}");
    let is_secret = |line: &str| line.contains("is not told by Grafana: set ");
    assert!(output.stderr.lines().all(is_secret), "nothing is left out: {}", output.stderr);
    output.stdout
}

fn exported(site: &Site) -> Document {
    serde_json::from_str(&export(site, &[])).expect("a document")
}

/// The generated content, as its program gives it.
fn content_of(site: &Site) -> Document {
    let folder = site.directory.join("exported");
    let source = folder.join("src");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let target = source.join("grafana");
    export(site, &["--format", "rust", "--directory", target.to_str().expect("text")]);
    let manifest = format!(
        "[package]\nname = \"exported-content\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nbelvedere-grafana = {{ path = \"{}/grafana\" }}\nserde_json = \"1\"\n\n\
         [profile.dev]\ndebug = false\nincremental = false\n\n[lints.rust]\nwarnings = \"deny\"\n\n[workspace]\n",
        root.display()
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let main = "//! Tells what the content is.\n\nmod grafana;\n\nfn main() {\n    \
                println!(\"{}\", serde_json::to_string(&grafana::content().document()).expect(\"JSON\"));\n}\n";
    fs::write(source.join("main.rs"), main).expect("written");
    let ran = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet"])
        .current_dir(&folder)
        // The one that the library's own test of this has filled.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported-target"))
        .output()
        .expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("a document")
}

#[test]
fn what_we_have_applied_becomes_rust_that_is_the_same() {
    let (site, _fake) = Site::fake("grafana_export_ours");
    site.run("apply", &whole(), &[]).ok();
    let content = content_of(&site);
    assert_eq!(content_differences(&exported(&site), &content), [""; 0]);
    // It is what was defined: applied, it changes nothing.
    let content = serde_json::to_value(content).expect("JSON");
    site.run("apply", &content, &["--yes"]).ok();
    assert_eq!(site.plan(&content, &[]), [""; 0]);
    // Files that are there are kept.
    let mut again: Command = belvedere(&site.directory);
    let target = site.directory.join("exported/src/grafana");
    again.args(["grafana", "export", "--url", &site.url, "--format", "rust", "--directory"]).arg(target);
    site.sign_in(&mut again);
    let refused = run(&mut again).failed();
    assert!(refused.contains("mod.rs is there already") && refused.contains("--force"), "{refused}");
}

#[test]
fn what_people_have_made_becomes_rust_that_is_the_same() {
    let (site, _fake) = Site::fake("grafana_export_theirs");
    let make = |method: &str, path: &str, body: Value| {
        let (status, answer) = site.call(method, path, &body);
        assert!(status < 300, "{path}: {status} {answer}");
    };
    make("POST", "folders", json!({"uid": "f", "title": "Made by hand"}));
    make("POST", "folders", json!({"uid": "g", "title": "Inside", "parentUid": "f"}));
    let source = json!({
        "uid": "P1", "name": "Prometheus", "type": "prometheus", "access": "proxy", "url": "http://p:9090", "isDefault": true,
        "basicAuth": true, "basicAuthUser": "me", "jsonData": {"httpMethod": "GET"},
        "secureJsonData": {"basicAuthPassword": "MARKED-password"},
    });
    make("POST", "datasources", source);
    make(
        "POST",
        "datasources",
        json!({"uid": "acme", "name": "Acme", "type": "acme-datasource", "access": "direct", "url": "http://acme", "jsonData": {"level": {"deep": [1, 2.5]}}}),
    );
    make("POST", "dashboards/db", json!({"dashboard": dashboard("d", "Made by hand"), "folderUid": "g"}));
    let hook = json!({"uid": "h", "name": "hook", "type": "webhook", "settings": {"url": "http://h", "password": "MARKED-hook", "username": "u"}});
    make("POST", "v1/provisioning/contact-points", hook);
    make(
        "POST",
        "v1/provisioning/mute-timings",
        json!({"name": "nights", "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "24:00"}]}]}),
    );
    let route = json!({"receiver": "hook", "object_matchers": [["a", "=~", "b|c"]], "mute_time_intervals": ["nights"], "continue": true});
    make(
        "PUT",
        "v1/provisioning/policies",
        json!({"receiver": "grafana-default-email", "group_by": ["grafana_folder", "alertname"], "routes": [route]}),
    );
    make("PUT", "v1/provisioning/templates/t", json!({"template": "{{ define \"t\" }}hello{{ end }}"}));
    let conditions = json!([{
        "type": "query", "evaluator": {"type": "gt", "params": [3]}, "operator": {"type": "and"}, "query": {"params": ["B"]},
        "reducer": {"type": "last", "params": []},
    }]);
    let rule = json!({
        "uid": "r", "title": "Made by hand", "condition": "B", "for": "300s", "noDataState": "OK", "execErrState": "Alerting",
        "labels": {"a": "b"}, "annotations": {"summary": "s", "__dashboardUid__": "d", "__panelId__": "1"},
        "missingSeriesEvalsToResolve": 2, "notYetKnown": {"level": 1},
        "data": [
            {"refId": "A", "datasourceUid": "P1", "relativeTimeRange": {"from": 300, "to": 0},
             "model": {"refId": "A", "expr": "up", "range": true, "editorMode": "code"}},
            {"refId": "B", "datasourceUid": "__expr__", "relativeTimeRange": {"from": 300, "to": 0},
             "model": {"refId": "B", "type": "threshold", "expression": "A", "conditions": conditions}},
        ],
    });
    make(
        "PUT",
        "v1/provisioning/folder/f/rule-groups/by%20hand",
        json!({"title": "by hand", "folderUid": "f", "interval": 30, "rules": [rule]}),
    );

    let content = content_of(&site);
    assert_eq!(content_differences(&exported(&site), &content), [""; 0]);
    let module = fs::read_to_string(site.directory.join("exported/src/grafana/mod.rs")).expect("written");
    for part in [
        "Secret::environment(\"PROMETHEUS_BASIC_AUTH_PASSWORD\")",
        ".basic_auth(\"u\", Secret::environment(\"HOOK_PASSWORD\"))",
        ".panel(made_by_hand_dashboard, 1)",
        ".missing_evaluations(2)",
        "Its plugin has no type here: its settings are JSON.",
        "What `member` sets has no type: `Made by hand`.",
    ] {
        assert!(module.contains(part), "{part}: {module}");
    }
    assert!(!module.contains("MARKED"), "{module}");
}

#[test]
fn more_folders_than_a_page_has_are_all_exported() {
    let (site, fake) = Site::fake("grafana_export_pages");
    let folder = |uid: &str, parent: Option<&str>| json!({"uid": uid, "title": uid, "parentUid": parent});
    let below = (0..1203).map(|number| (format!("below-{number}"), Some("top")));
    let all = [("top".to_owned(), None)].into_iter().chain(below);
    fake.model().folders.extend(all.map(|(uid, parent)| (uid.clone(), folder(&uid, parent))));
    let document = exported(&site);
    assert_eq!(document.folders.len(), 1204);
    let uids: BTreeSet<_> = document.folders.iter().map(|folder| &folder.uid).collect();
    assert_eq!(uids.len(), 1204);
    assert!(document.folders[1..].iter().all(|folder| folder.parent_uid.as_deref() == Some("top")));
}
