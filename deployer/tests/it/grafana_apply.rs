//! What is applied where something is in the way: names and defaults that are taken, failures, a server that is busy.

use std::process::Command;

use serde_json::json;

use crate::grafana_site::{Site, nothing, whole};
use crate::support::run;

#[test]
fn a_name_may_move_to_another_uid() {
    let (site, fake) = Site::fake("grafana_names");
    let mut content = whole();
    site.run("apply", &content, &[]).ok();
    content["dataSources"][0]["uid"] = "bv-prometheus-2".into();
    content["dashboards"][1]["dashboard"]["uid"] = "bv-home-2".into();
    site.run("apply", &content, &["--yes"]).ok();
    assert_eq!(site.plan(&content, &[]), [""; 0]);
    let model = fake.model();
    assert!(model.sources.contains_key("bv-prometheus-2") && !model.sources.contains_key("bv-prometheus"));
    assert!(model.dashboards.contains_key("bv-home-2") && !model.dashboards.contains_key("bv-home"));
}

#[test]
fn the_default_data_source_is_the_one_that_is_defined() {
    let (site, fake) = Site::fake("grafana_default");
    let is_default = |uid: &str| fake.model().sources[uid]["isDefault"].clone();
    let mut content = whole();
    content["dataSources"][0]["isDefault"] = false.into();
    site.run("apply", &content, &[]).ok();
    assert_eq!((is_default("bv-prometheus"), is_default("bv-loki")), (json!(false), json!(false)));
    assert_eq!(site.plan(&content, &[]), [""; 0]);
    // Where nothing is said of it, it is Grafana's.
    fake.model().sources.get_mut("bv-loki").expect("made")["isDefault"] = true.into();
    content["dataSources"][1]["url"] = "http://127.0.0.1:3101".into();
    site.run("apply", &content, &[]).ok();
    assert_eq!(is_default("bv-loki"), true);
    assert_eq!(site.plan(&content, &[]), [""; 0]);
}

#[test]
fn one_failure_does_not_keep_back_the_rest() {
    let (site, fake) = Site::fake("grafana_failure");
    let mut content = whole();
    content["alerting"]["ruleGroups"][0]["interval"] = 7.into();
    content["dashboards"][1]["dashboard"]["title"] = "".into();
    let failed = site.run("apply", &content, &[]).failed();
    assert!(failed.contains("2 things of `main` failed"), "{failed}");
    assert!(failed.contains("interval must be a multiple of 10 seconds"), "{failed}");
    assert!(fake.model().dashboards.contains_key("bv-service"));
    site.run("apply", &whole(), &[]).ok();
    assert_eq!(site.plan(&whole(), &[]), [""; 0]);
}

#[test]
fn a_busy_server_is_asked_again_and_a_wrong_login_is_not() {
    let (site, fake) = Site::fake("grafana_busy");
    fake.model().busy = 5;
    site.run("apply", &whole(), &[]).ok();
    let wrong = run(site.command("plan", &whole(), &[]).env("GRAFANA_PASSWORD", "MARKED-wrong"));
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("HTTP status 401") && !wrong.stderr.contains("MARKED"), "{wrong:?}");
    let none = run(site.command("plan", &whole(), &[]).env_remove("GRAFANA_PASSWORD"));
    assert!(none.stderr.contains("set GRAFANA_TOKEN"), "{none:?}");
}

#[test]
fn a_list_that_was_changed_by_hand_is_not_believed() {
    let (site, fake) = Site::fake("grafana_registry");
    site.run("apply", &whole(), &[]).ok();
    fake.model().dashboards.get_mut("belvedere-main").expect("the list").0["panels"][1]["options"]["content"] =
        "{".into();
    let refused = site.run("apply", &nothing(), &["--yes"]).failed();
    assert!(refused.contains("its list is damaged") && refused.contains("restore a former version"), "{refused}");
    assert!(fake.model().dashboards.contains_key("bv-home"));
}

#[test]
fn a_data_source_that_is_not_well_is_a_note() {
    let (site, _fake) = Site::fake("grafana_health");
    let mut content = whole();
    content["dataSources"][0]["url"] = "http://down".into();
    let output = site.run("apply", &content, &["--check-health"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(
        output.stderr.contains("data source `Prometheus` (bv-prometheus) is not well: connection refused"),
        "{output:?}"
    );
}

#[test]
fn a_plugin_that_cannot_be_installed_is_a_failure() {
    let (site, fake) = Site::fake("grafana_no_plugin");
    let mut content = whole();
    content["plugins"] = json!(["grafana-x-ray-datasource"]);
    let failed = site.run("apply", &content, &[]).failed();
    assert!(failed.contains("plugin `grafana-x-ray-datasource`: it is missing"), "{failed}");
    assert!(failed.contains("install it in Grafana"), "{failed}");
    assert!(fake.model().dashboards.contains_key("bv-home"), "all else is done");
    fake.model().plugins.insert("grafana-x-ray-datasource".into());
    site.run("apply", &content, &[]).ok();
    assert_eq!(site.plan(&content, &[]), [""; 0]);
}

#[test]
fn a_grafana_of_no_stack_needs_a_content_and_no_app() {
    let (site, fake) = Site::fake("grafana_no_file");
    for verb in ["plan", "apply"] {
        for (arguments, told) in [(&[][..], "--file"), (&["--app", "."][..], "--app"), (&["Stack"][..], "STACKS")] {
            let mut command: Command = crate::support::belvedere(&site.directory);
            command.args(["grafana", verb, "--url", &site.url]).args(arguments);
            site.sign_in(&mut command);
            let refused = run(&mut command);
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{refused:?}");
            assert!(refused.stderr.contains(told), "{told}: {refused:?}");
        }
    }
    assert_eq!(fake.changes(), [""; 0]);
    assert_eq!(site.plan(&json!({"name": "x"}), &[]), [""; 0], "what is not written is empty");
}
