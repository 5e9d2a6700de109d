//! A content is planned, applied, changed by hand, exported and removed, as `belvedere grafana` does it, on the fake and on
//! a real Grafana alike.

use std::process::Command;

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
    site.until("what is there is found", |site| site.lists("search?type=dash-db", &["theirs"]));
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
    site.until("what was applied is listed", |site| {
        site.lists("search?type=dash-db", &["bv-service", "bv-home", "belvedere-main"])
            && site.lists("folders", &["bv-top"])
            && site.lists("folders?parentUid=bv-top", &["bv-sub"])
    });
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
    // It is not empty as long as the index has what was in it, and goes after the answer.
    site.until("a folder goes", |site| site.call("DELETE", "folders/bv-top", &Value::Null).0 == 404);
    site.until("a folder is gone", |site| site.call("GET", "folders/bv-top", &Value::Null).0 == 404);
    foreign(&site);
    export(&site);
}
