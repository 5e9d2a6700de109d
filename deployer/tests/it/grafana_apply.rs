//! Contents are planned and applied, as `belvedere grafana` does it, on the fake and on a real Grafana alike.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::grafana_site::{Site, actions, dashboard, nothing, whole};
use crate::support::run;

/// Every kind of thing that `whole` has.
const ALL: [&str; 11] = [
    "create folder bv-top",
    "create folder bv-sub",
    "create data-source bv-prometheus",
    "create data-source bv-loki",
    "create dashboard bv-service",
    "create dashboard bv-home",
    "create template short",
    "create mute-timing weekends",
    "create contact-point bv-hook",
    "create policies policies",
    "create rule-group bv-sub/errors all",
];

/// Takes a Grafana from nothing to all there is, through changes by hand, and back.
fn lives(site: &Site) {
    let content = whole();
    assert_eq!(site.plan(&content, &[]), ALL);
    assert_eq!(site.plan(&content, &[]), ALL, "a plan changes nothing");
    let applied = site.run("apply", &content, &["--output", "json"]).ok();
    let applied: Value = serde_json::from_str(&applied).expect("JSON");
    assert_eq!(actions(&applied[0]["steps"]), ALL);
    assert_eq!(site.plan(&content, &[]), [""; 0], "a second plan shows nothing");
    assert_eq!(site.run("plan", &content, &["--fail"]).code, Some(0));

    assert_eq!(site.get("folders/bv-sub")["parentUid"], "bv-top");
    let found = site.get("dashboards/uid/bv-service");
    assert_eq!((&found["meta"]["folderUid"], &found["dashboard"]["title"]), (&json!("bv-sub"), &json!("Service")));
    assert_eq!(site.get("datasources/uid/bv-loki")["secureJsonFields"], json!({"basicAuthPassword": true}));
    assert_eq!(site.get("v1/provisioning/alert-rules").as_array().expect("rules").len(), 2);
    assert_eq!(site.get("v1/provisioning/policies")["routes"][0]["mute_time_intervals"], json!(["weekends"]));

    // Applied again, nothing has another version.
    let version = site.get("dashboards/uid/bv-service")["dashboard"]["version"].clone();
    let text = site.run("apply", &content, &[]).ok();
    assert!(text.ends_with("nothing had to be done\n"), "{text}");
    assert_eq!(site.get("dashboards/uid/bv-service")["dashboard"]["version"], version);

    drift(site, &content);
    definitions_change(site, content);
    removal(site);
}

/// What people change by hand is seen, told, and brought back.
fn drift(site: &Site, content: &Value) {
    let mut found = site.get("dashboards/uid/bv-service")["dashboard"].clone();
    found["panels"][0]["title"] = "By hand".into();
    let saved =
        site.call("POST", "dashboards/db", &json!({"dashboard": found, "folderUid": "bv-sub", "overwrite": true}));
    assert_eq!(saved.0, 200, "{saved:?}");
    let mut source = site.get("datasources/uid/bv-prometheus");
    source["jsonData"]["timeInterval"] = "5s".into();
    let saved = site.call("PUT", "datasources/uid/bv-prometheus", &source);
    assert_eq!(saved.0, 200, "{saved:?}");
    let saved = site.call("PUT", "folders/bv-top", &json!({"title": "Renamed", "overwrite": true}));
    assert_eq!(saved.0, 200, "{saved:?}");
    let timing = json!({"name": "weekends", "time_intervals": [{"weekdays": ["sunday"]}]});
    let saved = site.call("PUT", "v1/provisioning/mute-timings/weekends", &timing);
    assert!(saved.0 < 300, "{saved:?}");
    let mut loki = site.get("datasources/uid/bv-loki");
    loki["withCredentials"] = true.into();
    loki["jsonData"]["timeout"] = 30.into();
    let saved = site.call("PUT", "datasources/uid/bv-loki", &loki);
    assert_eq!(saved.0, 200, "{saved:?}");
    let mut home = site.get("dashboards/uid/bv-home")["dashboard"].clone();
    home["annotations"] = json!({"list": [{"name": "By hand", "enable": true, "iconColor": "red"}]});
    home["panels"][0]["options"] = json!({"legend": {"showLegend": false}});
    home["panels"][0]["transformations"] = json!([{"id": "reduce", "options": {}}]);
    let saved = site.call("POST", "dashboards/db", &json!({"dashboard": home, "folderUid": "", "overwrite": true}));
    assert_eq!(saved.0, 200, "{saved:?}");
    let planned = site.plan(content, &[]);
    let expected = [
        "drift folder bv-top",
        "drift data-source bv-prometheus",
        "drift data-source bv-loki",
        "drift dashboard bv-service",
        "drift dashboard bv-home",
        "drift mute-timing weekends",
    ];
    assert_eq!(planned, expected);
    let text = site.run("plan", content, &[]).ok();
    for line in [
        "~ dashboard `Service` (bv-service): changed by hand, is brought back",
        "dashboard.panels[0].title: \"By hand\" in Grafana, \"Requests\" defined",
        "jsonData.timeInterval: \"5s\" in Grafana, \"30s\" defined",
        "jsonData.timeout: 30 in Grafana, nothing defined",
        "withCredentials: true in Grafana",
        "dashboard.annotations: {\"list\":[{",
        "dashboard.panels[0].options: {\"legend\":{\"showLegend\":false}} in Grafana, nothing defined",
        "dashboard.panels[0].transformations: [{",
        "6 changed by hand",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(site.run("plan", content, &["--fail"]).code, Some(4));
    site.run("apply", content, &[]).ok();
    assert_eq!(site.plan(content, &[]), [""; 0]);
    assert_eq!(site.get("dashboards/uid/bv-service")["dashboard"]["panels"][0]["title"], "Requests");
    assert_eq!(site.get("folders/bv-top")["title"], "Observability");
    assert_eq!(site.get("datasources/uid/bv-loki")["jsonData"]["timeout"], Value::Null);
    assert_eq!(site.get("dashboards/uid/bv-home")["dashboard"]["panels"][0]["transformations"], Value::Null);

    // A thing that was removed by hand comes back.
    assert_eq!(site.call("DELETE", "dashboards/uid/bv-home", &Value::Null).0, 200);
    assert_eq!(site.plan(content, &[]), ["create dashboard bv-home"]);
    site.run("apply", content, &[]).ok();
    assert_eq!(site.get("dashboards/uid/bv-home")["dashboard"]["title"], "Home");
}

/// A changed definition changes what it is about and nothing else.
fn definitions_change(site: &Site, mut content: Value) {
    content["dashboards"][0]["dashboard"]["title"] = "Service, by route".into();
    content["dashboards"][1]["folderUid"] = "bv-top".into();
    content["alerting"]["ruleGroups"][0]["rules"].as_array_mut().expect("rules").pop();
    content["folders"][1]["title"] = "All services".into();
    let planned = site.plan(&content, &[]);
    let expected = [
        "change folder bv-sub",
        "change dashboard bv-service",
        "change dashboard bv-home",
        "change rule-group bv-sub/errors all",
    ];
    assert_eq!(planned, expected);
    site.run("apply", &content, &[]).ok();
    assert_eq!(site.plan(&content, &[]), [""; 0]);
    assert_eq!(site.get("dashboards/uid/bv-home")["meta"]["folderUid"], "bv-top");
    assert_eq!(site.get("v1/provisioning/alert-rules").as_array().expect("rules").len(), 1);
}

/// What is defined no more goes, once that is approved; what others have made stays.
fn removal(site: &Site) {
    let theirs = dashboard("theirs", "Theirs");
    let saved =
        site.call("POST", "dashboards/db", &json!({"dashboard": theirs, "folderUid": "bv-top", "overwrite": false}));
    assert_eq!(saved.0, 200, "{saved:?}");
    let declined = site.run("apply", &nothing(), &[]);
    assert_eq!(declined.code, Some(3), "{declined:?}");
    assert!(declined.stderr.contains("dashboard `Home` (bv-home) is removed"), "{declined:?}");
    assert_eq!(site.get("dashboards/uid/bv-home")["dashboard"]["title"], "Home");
    let gone = site.run("apply", &nothing(), &["--yes"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
    let kept = "folder `Observability` (bv-top) is kept: others have put something into it";
    assert!(gone.stderr.contains(kept), "{gone:?}");
    assert_eq!(site.get("dashboards/uid/theirs")["dashboard"]["title"], "Theirs");
    for path in [
        "dashboards/uid/bv-home",
        "datasources/uid/bv-loki",
        "folders/bv-sub",
        "dashboards/uid/belvedere-main",
        "folders/belvedere",
    ] {
        assert_eq!(site.call("GET", path, &Value::Null).0, 404, "{path}");
    }
    assert_eq!(site.get("v1/provisioning/alert-rules"), json!([]));
    assert_eq!(site.get("v1/provisioning/mute-timings").as_array().map_or(0, Vec::len), 0);
    assert!(
        site.get("v1/provisioning/policies")
            .get("routes")
            .is_none_or(|routes| routes.as_array().is_none_or(Vec::is_empty))
    );
    assert_eq!(site.plan(&nothing(), &[]), [""; 0]);
}

/// What somebody else has made is neither changed nor removed, unless it is taken over.
fn foreign(site: &Site) {
    let folder = json!({"uid": "bv-top", "title": "Theirs"});
    assert!(site.call("POST", "folders", &folder).0 < 300);
    let source = json!({"uid": "bv-prometheus", "name": "Theirs", "type": "prometheus", "access": "proxy", "url": "http://127.0.0.1:1"});
    assert!(site.call("POST", "datasources", &source).0 < 300);
    let content = whole();
    assert_eq!(site.plan(&content, &[])[..2], ["conflict folder bv-top", "create folder bv-sub"]);
    let refused = site.run("apply", &content, &["--yes"]).failed();
    assert!(refused.contains("folder `Observability` (bv-top)") && refused.contains("--adopt"), "{refused}");
    assert!(refused.contains("data source `Prometheus` (bv-prometheus)"), "{refused}");
    assert_eq!(site.get("folders/bv-top")["title"], "Theirs");
    assert_eq!(site.call("GET", "folders/bv-sub", &Value::Null).0, 404, "nothing was changed");
    assert_eq!(site.plan(&content, &["--adopt"])[0], "adopt folder bv-top");
    site.run("apply", &content, &["--adopt"]).ok();
    assert_eq!(site.get("folders/bv-top")["title"], "Observability");
    assert_eq!(site.get("datasources/uid/bv-prometheus")["name"], "Prometheus");
    assert_eq!(site.plan(&content, &[]), [""; 0]);
    site.run("apply", &nothing(), &["--yes"]).ok();
}

/// What is exported is applied to the same end.
fn export(site: &Site) {
    site.run("apply", &whole(), &[]).ok();
    // The search of newer versions is an index, which comes a little after what was written.
    let begin = Instant::now();
    while site.get("search?type=dash-db").as_array().map_or(0, Vec::len) < 3 {
        assert!(begin.elapsed() < Duration::from_secs(30), "{}", site.get("search?type=dash-db"));
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut command: Command = crate::support::belvedere(&site.directory);
    command.args(["grafana", "export", "--name", "main", "--url", &site.url]);
    site.sign_in(&mut command);
    let exported: Value = serde_json::from_str(&run(&mut command).ok()).expect("JSON");
    let uids = |list: &Value, uid: &dyn Fn(&Value) -> Value| {
        let mut uids: Vec<String> = list.as_array().expect("a list").iter().map(|it| uid(it).to_string()).collect();
        uids.sort();
        uids
    };
    assert_eq!(uids(&exported["folders"], &|it| it["uid"].clone()), ["\"bv-sub\"", "\"bv-top\""]);
    assert_eq!(uids(&exported["dashboards"], &|it| it["dashboard"]["uid"].clone()), ["\"bv-home\"", "\"bv-service\""]);
    assert_eq!(uids(&exported["dataSources"], &|it| it["uid"].clone()), ["\"bv-loki\"", "\"bv-prometheus\""]);
    assert_eq!(exported["alerting"]["ruleGroups"][0]["rules"].as_array().expect("rules").len(), 2);
    assert!(!exported.to_string().contains("MARKED"), "secrets are not told");
    let place = |name: &str| json!({"belvedere:secret": {"environment": name}});
    let of_loki = exported["dataSources"].as_array().expect("a list").iter().find(|it| it["uid"] == "bv-loki");
    assert_eq!(of_loki.expect("it is there")["secureJsonData"]["basicAuthPassword"], place("LOKI_BASIC_AUTH_PASSWORD"));
    assert_eq!(exported["alerting"]["contactPoints"][0]["settings"]["password"], place("TEAM_PASSWORD"));
    // It is the same as was defined: applied, it changes nothing that counts.
    site.run("apply", &exported, &["--yes"]).ok();
    assert_eq!(site.plan(&exported, &[]), [""; 0]);
    site.run("apply", &nothing(), &["--yes"]).ok();
    assert_eq!(site.call("GET", "folders/bv-top", &Value::Null).0, 404, "a folder goes after those in it");
}

#[test]
fn a_content_lives_in_the_fake() {
    let (site, fake) = Site::fake("grafana_lives");
    lives(&site);
    let model = fake.model();
    assert!(model.sources.is_empty() && model.rules.is_empty() && model.templates.is_empty());
    assert_eq!(model.points.len(), 1, "{:?}", model.points);
}

#[test]
fn what_others_have_made_is_theirs_in_the_fake() {
    foreign(&Site::fake("grafana_foreign").0);
}

#[test]
fn what_is_there_is_exported_from_the_fake() {
    export(&Site::fake("grafana_export").0);
}

#[test]
fn a_real_grafana_does_the_same() {
    let Some(site) = Site::real("grafana_real") else { return };
    lives(&site);
    assert_eq!(site.call("DELETE", "dashboards/uid/theirs", &Value::Null).0, 200);
    assert_eq!(site.call("DELETE", "folders/bv-top", &Value::Null).0, 200);
    foreign(&site);
    export(&site);
}

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
