//! Secrets of a content: written, never told, taken away.

use serde_json::{Value, json};

use crate::grafana_site::{Site, whole};
use crate::support::run;

#[test]
fn secrets_are_written_each_time_and_told_never() {
    let (site, fake) = Site::fake("grafana_secrets");
    let content = whole();
    let mut told = Vec::new();
    for verb in ["plan", "apply", "plan", "apply"] {
        let output = site.run(verb, &content, &["--output", "json"]);
        assert_eq!(output.code, Some(0), "{output:?}");
        told.extend([output.stdout, output.stderr]);
    }
    assert_eq!(fake.model().secrets["bv-loki"]["basicAuthPassword"], "MARKED-hook-secret");
    fake.forget_calls();
    site.run("apply", &content, &[]).ok();
    let expected = ["PUT /api/datasources/uid/bv-loki", "PUT /api/v1/provisioning/contact-points/bv-hook"];
    assert_eq!(fake.changes(), expected, "only what has a secret is written again");
    // A refusal may say again what was sent.
    let mut wrong = content.clone();
    wrong["alerting"]["contactPoints"][0]["type"] = Value::Null;
    let refused = site.run("apply", &wrong, &[]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    told.push(refused.stderr);
    let missing = run(site.command("apply", &content, &[]).env_remove("HOOK_SECRET"));
    assert!(missing.stderr.contains("the environment variable HOOK_SECRET is not set"), "{missing:?}");
    told.push(missing.stderr);
    let registry = fake.model().dashboards["belvedere-main"].0.to_string();
    told.push(registry);
    for text in told {
        assert!(!text.contains("MARKED"), "{text}");
    }
}

#[test]
fn a_secret_that_is_defined_no_more_is_taken_away() {
    let (site, fake) = Site::fake("grafana_other_secret");
    let mut content = whole();
    site.run("apply", &content, &[]).ok();
    let mut loki = site.get("datasources/uid/bv-loki");
    loki["secureJsonData"] = json!({"httpHeaderValue1": "MARKED-by-hand"});
    assert_eq!(site.call("PUT", "datasources/uid/bv-loki", &loki).0, 200);
    assert_eq!(site.plan(&content, &[]), ["drift data-source bv-loki"]);
    site.run("apply", &content, &[]).ok();
    assert_eq!(fake.model().secrets["bv-loki"], json!({"basicAuthPassword": "MARKED-hook-secret"}));
    assert_eq!(site.plan(&content, &[]), [""; 0]);
    let loki = content["dataSources"][1].as_object_mut().expect("an object");
    loki.retain(|name, _| !["basicAuth", "basicAuthUser", "secureJsonData"].contains(&name.as_str()));
    site.run("apply", &content, &[]).ok();
    assert_eq!(fake.model().secrets["bv-loki"], json!({}));
    assert_eq!(site.plan(&content, &[]), [""; 0]);
}
