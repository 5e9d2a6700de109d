//! Files that Grafana provisions itself from say what its API is told.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use belvedere_grafana::alerting::{
    AlertRule, ContactPoint, Email, Grouping, Matcher, MessageTemplate, MuteTiming, Notification, PagerDuty, Policies,
    RecordingRule, Reducer, Route, RuleGroup, Slack, Sns, TimePeriod, Webhook, Weekday,
};
use belvedere_grafana::dashboard::{Bound, Dashboard};
use belvedere_grafana::datasource::{
    CloudWatch, CloudWatchTraces, Exemplars, LogsToTraces, Loki, ManagedPrometheus, Mimir, PostgreSql, ServiceMap,
    Tempo, TracesToLogs, TracesToMetrics, XRay,
};
use belvedere_grafana::provisioning::Provisioning;
use belvedere_grafana::{Content, Folder, Secret, Severity};
use serde_json::{Value, json};

use crate::tools;

const MINUTE: Duration = Duration::from_secs(60);

/// What YAML, its older version, Go's templates and shells take for something else.
const TRICKY: [&str; 34] = [
    "$HOME",
    "${HOME}",
    "$$HOME",
    "$",
    "a$",
    "$1",
    "$__file{/etc/passwd}",
    "$__env{HOME}",
    "${__value.raw}",
    "{{ $labels.x }}",
    "yes",
    "No",
    "on",
    "~",
    "null",
    "NULL",
    "",
    " ",
    " a",
    "a ",
    "1:30",
    "0x1F",
    "1e3",
    ".5",
    "2026-01-01",
    "- a",
    "# a",
    "a: b",
    "\"quoted\" 'too'",
    "back\\slash",
    "two\nlines\n",
    "\n\nlines",
    "tab\there\u{85}\u{2028}\u{7f}\u{1}",
    "häß → 💡",
];

fn content(folder_title: &str) -> Content {
    let mut content = Content::new("shop");
    let metrics =
        content.add(ManagedPrometheus::new("metrics", "Metrics $1", "https://aps.example/w").scrape_interval(MINUTE));
    let mimir = Mimir::new("mimir", "Mimir", "http://mimir:9009/prometheus").tenant("a$b");
    let mimir = content.add(mimir.secret_header("Authorization", Secret::environment("HEADER")).timeout(MINUTE));
    let logs = content.add(Loki::new("logs", "Logs", "http://loki:3100").default_source().max_lines(500));
    let traces = content.add(Tempo::new("traces", "Traces", "http://tempo:3200").streaming());
    let cloudwatch = content.add(CloudWatch::new("cloudwatch", "CloudWatch").region("eu-west-1"));
    let xray = content.add(XRay::new("xray", "X-Ray").region("eu-west-1"));
    let password = Secret::secrets_manager_key("db", "password");
    let mut database = PostgreSql::new("db", "DB", "db:5432").user("grafana", password).connections(5, 2);
    for (number, text) in TRICKY.into_iter().enumerate() {
        database = database.json_data(format!("tricky {number}"), text);
    }
    content.add(database.json_data("numbers", json!([1, 0.5, -3, true, null, {}, [], [[1], { "a": [{}] }]])));
    content.add(TracesToLogs::new(&traces, &logs).query("{${__tags}} | trace_id = `${__span.traceId}`"));
    content.add(TracesToMetrics::new(&traces, &metrics).query("Rate", "sum(rate(calls_total{$__tags}[5m]))"));
    content.add(LogsToTraces::by_label(&logs, &traces, "trace_id"));
    content.add(LogsToTraces::by_pattern(&logs, &xray, r#""id":"(1-\w{8}-\w{24})"$"#));
    content.add(Exemplars::new(&mimir, &traces));
    content.add(ServiceMap::new(&traces, &metrics));
    content.add(CloudWatchTraces::new(&cloudwatch, &xray));

    let folder = content.add(Folder::new("shop", folder_title));
    let mut described = Dashboard::new("service", "Service ${job}").folder(&folder);
    for (number, text) in TRICKY.into_iter().enumerate() {
        described = described.set(&format!("tricky{number}"), json!(text));
    }
    let dashboard = content.add(described);
    content.add(Dashboard::new("top", "At the top"));

    let slack = Slack::webhook(Secret::environment("SLACK_URL")).title("{{ $x := 1 }}{{ $x }}").text("a\nb\n");
    let people =
        ContactPoint::new("people $2", slack).receiver(Email::new(["a@example.com", "b@example.com"]).single());
    let pager = PagerDuty::new(Secret::secrets_manager("pager")).detail("of $3", "{{ .CommonLabels.job }}");
    let people =
        content.add(people.receiver(pager).receiver(Sns::self_hosted("arn:aws:sns:eu-west-1:1:t").region("eu-west-1")));
    let heartbeat = content.add(ContactPoint::new("heartbeat", Webhook::secret_url(Secret::environment("HEARTBEAT"))));
    let nights = TimePeriod::new().between("22:00", "24:00").weekdays(Weekday::Monday..=Weekday::Friday);
    let nights = content.add(MuteTiming::new("nights", nights.days_of_month(-3..=-1)).location("Europe/Berlin"));
    for (number, text) in TRICKY.into_iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        content.add(MessageTemplate::new(format!("words {number}"), text));
    }
    let mut policies = Policies::new(&people);
    for text in TRICKY {
        policies = policies.route(Route::to(&heartbeat).when(Matcher::not_equal("job", text)).mute_during(&nights));
    }
    content.add(policies.route(Route::to(&people).when(Matcher::regex("job", "a|b$")).continue_matching()));

    let mut down = AlertRule::new("down", "Down $4")
        .when(metrics.query("up{job=~\"$__x|a$\"}"), Bound::Below(1.0))
        .when_over(10 * MINUTE, metrics.query("up"), Reducer::Max, Bound::Within(0.25, 1e-9))
        .hold_for(5 * MINUTE)
        .keep_firing_for(15 * MINUTE)
        .missing_evaluations(3)
        .panel(&dashboard, 2)
        .notify(Notification::to(&people).grouping(Grouping::new().by(["job"])).mute_during(&nights));
    for (number, text) in TRICKY.into_iter().enumerate() {
        down = down.label(format!("tricky_{number}"), text);
        if !text.contains("${") {
            down = down.annotation(format!("tricky_{number}"), text);
        }
    }
    let orders = RecordingRule::new("orders", "orders:rate5m", metrics.query("sum(rate(orders_total[5m]))"));
    content.add(RuleGroup::new("up $5", &folder).rule(down).rule(orders.write_to(&metrics).label("of", "$shop")));
    content.add(RuleGroup::new("watchdog", &folder).rule(AlertRule::dead_mans_switch("watchdog", &heartbeat)));
    content
}

/// Puts the secrets where they belong, as Grafana's environment has them.
fn with_secrets(json: &Value, secrets: &BTreeMap<String, Secret>) -> Value {
    match json {
        Value::Array(elements) => elements.iter().map(|element| with_secrets(element, secrets)).collect(),
        Value::Object(members) => match members.get("belvedere:secret") {
            Some(secret) => {
                let is_it = |held: &Secret| match held {
                    Secret::Environment(name) => secret["environment"] == **name,
                    Secret::SecretsManager { id, key } => {
                        secret["secretsManager"].as_str() == id.as_str()
                            && secret.get("key").and_then(Value::as_str) == key.as_deref()
                    }
                    _ => false,
                };
                let (name, _) = secrets.iter().find(|(_, held)| is_it(held)).expect("each secret has a variable");
                secret_in(name).into()
            }
            None => members.iter().map(|(name, member)| (name.clone(), with_secrets(member, secrets))).collect(),
        },
        other => other.clone(),
    }
}

/// A secret that would not survive being expanded twice.
fn secret_in(variable: &str) -> String {
    format!("$HOME ${{HOME}} $$ of {variable}")
}

#[test]
fn files_say_what_the_api_is_told() {
    const CASE: &str = "provisioning files are read as Grafana reads them";
    // Its environment has PyYAML.
    let Some(python) = tools::find_or_skip(CASE, "cfn-lint/bin/python") else { return };
    let folder = tools::scratch("provisioning");
    let content = content("The \"$hop\": one");
    let problems = content.check().into_iter().filter(|finding| finding.severity == Severity::Problem);
    assert_eq!(problems.map(|finding| finding.to_string()).collect::<Vec<_>>(), [""; 0]);
    let provisioning = Provisioning::new(&content).below(folder.to_string_lossy());
    assert_eq!(provisioning.problems(), []);
    let lookup = |_: &str| Some("eu-west-1".to_owned());
    for (path, text) in provisioning.texts(&lookup).expect("all is known") {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }
    let secrets = provisioning.secrets();
    let names: Vec<&str> = secrets.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "BELVEDERE_CONTACT_POINT_PEOPLE_2_PAGERDUTY_INTEGRATIONKEY",
            "BELVEDERE_DATA_SOURCE_DB_PASSWORD",
            "HEADER",
            "HEARTBEAT",
            "SLACK_URL"
        ]
    );

    let document = content.document().resolve(&lookup).expect("all is known");
    for policies in ["expanded", "kept"] {
        let script = tools::root().join("tests/tools/read_provisioning.py");
        let mut command = Command::new(&python);
        command.arg(script).arg(&folder).arg(policies);
        for name in secrets.keys() {
            command.env(name, secret_in(name));
        }
        let output = command.output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");

        assert_eq!(read["dataSources"], with_secrets(&document.data_sources.clone().into(), &secrets));
        assert_eq!(read["contactPoints"], with_secrets(&document.alerting.contact_points.clone().into(), &secrets));
        assert_eq!(read["muteTimings"], Value::from(document.alerting.mute_timings.clone()));
        assert_eq!(read["templates"], serde_json::to_value(&document.alerting.templates).expect("it is JSON"));
        if policies == "expanded" {
            assert_eq!(read["policies"][0], document.alerting.policies.clone().expect("there are policies"));
        } else {
            // Older ones would keep a doubled `$`, so the usual end of a pattern is not doubled.
            assert!(read["policies"][0].to_string().contains(r#"["job","=~","a|b$"]"#));
        }
        for (group, expected) in
            read["ruleGroups"].as_array().expect("a list").iter().zip(&document.alerting.rule_groups)
        {
            assert_eq!(
                (&group["title"], &group["folder"], &group["interval"]),
                (&json!(expected.title), &json!("The \"$hop\": one"), &json!(expected.interval))
            );
            let rules = expected.rules.iter().map(|rule| {
                let mut rule = rule.clone();
                let members = rule.as_object_mut().expect("a rule is an object");
                for name in ["orgID", "folderUID", "ruleGroup"] {
                    members.remove(name);
                }
                members.entry("annotations").or_insert_with(|| json!({}));
                rule
            });
            assert_eq!(group["rules"], rules.collect::<Value>());
        }
        assert_eq!(read["ruleGroups"].as_array().map(Vec::len), Some(2));
        for dashboard in &document.dashboards {
            let title = dashboard.folder_uid.as_ref().map(|_| "The \"$hop\": one");
            let expected = json!({ "folder": title, "dashboard": dashboard.dashboard });
            assert!(read["dashboards"].as_array().is_some_and(|all| all.contains(&expected)), "{expected}");
        }
        assert_eq!(read["dashboards"].as_array().map(Vec::len), Some(document.dashboards.len()));
    }
}
