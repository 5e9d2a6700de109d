//! Prometheus' own program judges the rules that Belvedere writes, and runs the tests of their examples.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use belvedere_grafana::prometheus::{AlertingRule, FiringAlert, RecordingRule, RuleExample, RuleGroup, RulesFile};
use belvedere_grafana::slo::{Indicator, Slo};
use serde_json::Value;

use crate::tools;

const MINUTE: Duration = Duration::from_secs(60);

/// What a program said of a file, if it refuses it.
pub(crate) fn complaint(program: &Path, arguments: &[&str], file: &Path) -> Option<String> {
    let output = Command::new(program).args(arguments).arg(file).output().expect("the program starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (!output.status.success()).then_some(said)
}

/// Lets promtool check a file of rules and run the tests of its examples.
pub(crate) fn prove(promtool: &Path, case: &str, file: &RulesFile) -> Result<(), String> {
    let folder = tools::scratch(case);
    let rules = folder.join("rules.yaml");
    fs::write(&rules, file.text().expect("all is known")).expect("the folder is writable");
    if let Some(complaint) = complaint(promtool, &["check", "rules"], &rules) {
        return Err(complaint);
    }
    let tests = file.tests_file("rules.yaml").expect("all is known").expect("there are examples");
    let path = folder.join("tests.yaml");
    fs::write(&path, tests).expect("the folder is writable");
    complaint(promtool, &["test", "rules"], &path).map_or(Ok(()), Err)
}

/// Text of a template with something in the place of its deploy-time values.
pub(crate) fn filled(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => match (members.get("Fn::Join"), members.get("Ref").and_then(Value::as_str)) {
            (Some(join), _) => {
                let parts = join[1].as_array().expect("a list").iter().map(filled);
                parts.collect::<Vec<_>>().join(join[0].as_str().expect("a delimiter"))
            }
            (None, Some("AWS::Region")) => "eu-central-1".to_owned(),
            (None, Some(topic)) => format!("arn:aws:sns:eu-central-1:123456789012:{topic}"),
            (None, None) => "value".to_owned(),
        },
        other => panic!("no text: {other}"),
    }
}

/// A property of all resources of a type in what is committed, with where it is.
pub(crate) fn committed(case: &str, kind: &str, property: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for assembly in tools::assemblies_or_skip(case).unwrap_or_default() {
        let templates = tools::files(&assembly);
        let templates = templates.iter().filter(|(path, _)| path.to_string_lossy().ends_with(".template.json"));
        for (path, text) in templates {
            let template: Value = serde_json::from_slice(text).expect("a template is JSON");
            for (id, resource) in template["Resources"].as_object().expect("a template has resources") {
                if resource["Type"] == kind && !resource["Properties"][property].is_null() {
                    let place = format!("{}/{}: {id}", assembly.display(), path.display());
                    found.push((place, filled(&resource["Properties"][property])));
                }
            }
        }
    }
    found
}

#[test]
fn promtool_accepts_what_is_committed() {
    const CASE: &str = "promtool accepts the rules of synth-output/";
    let Some(promtool) = tools::find_debian_or_skip(CASE, "promtool") else { return };
    let files = committed(CASE, "AWS::APS::RuleGroupsNamespace", "Data");
    assert!(!files.is_empty(), "synth-output/ has no rules");
    let folder = tools::scratch("promtool-committed");
    for (place, text) in files {
        let path = folder.join("rules.yaml");
        fs::write(&path, text).expect("the folder is writable");
        let complaint = complaint(&promtool, &["check", "rules"], &path);
        assert_eq!(complaint, None, "{place}");
    }
}

#[test]
fn examples_are_proven() {
    const CASE: &str = "promtool proves examples";
    let Some(promtool) = tools::find_debian_or_skip(CASE, "promtool") else { return };
    let ratio = "sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m]))";
    let group = |fails_at: u64, value: f64| {
        let recording = RecordingRule::new("job:errors:ratio_rate5m", ratio).label("team", "a \"b\"").example(
            RuleExample::new("three of ten")
                .series("errors_total{job=\"x\"}", "0+3x20")
                .series("requests_total{job=\"x\"}", "0+10x20")
                .records(10 * MINUTE, value, [("job", "x")]),
        );
        let alerting = AlertingRule::new("Errors", "job:errors:ratio_rate5m > 0.2")
            .hold_for(5 * MINUTE)
            .keep_firing_for(2 * MINUTE)
            .label("severity", "critical")
            .summary("{{ $labels.job }} fails")
            .description("{{ $value | humanizePercentage }}\nof all")
            .runbook("https://runbooks.example.com/errors")
            .example(
                RuleExample::new("three of ten")
                    .series("errors_total{job=\"x\"}", "0+3x20")
                    .series("requests_total{job=\"x\"}", "0+10x20")
                    .quiet(5 * MINUTE)
                    .fires(
                        Duration::from_secs(fails_at),
                        FiringAlert::new()
                            .label("job", "x")
                            .label("team", "a \"b\"")
                            .annotation("description", "30%\nof all"),
                    ),
            );
        RulesFile::new().group(RuleGroup::new("errors").rule(recording).rule(alerting))
    };
    assert_eq!(group(600, 0.3).check(), []);
    assert_eq!(prove(&promtool, "examples", &group(600, 0.3)), Ok(()));
    let early = prove(&promtool, "examples-early", &group(60, 0.3)).expect_err("it does not fire yet");
    assert!(early.contains("Errors: three of ten"), "{early}");
    let other = prove(&promtool, "examples-other", &group(600, 0.31)).expect_err("it is another number");
    assert!(other.contains("job:errors:ratio_rate5m"), "{other}");
}

#[test]
fn objectives_are_proven() {
    const CASE: &str = "promtool proves the alerts of objectives";
    let Some(promtool) = tools::find_debian_or_skip(CASE, "promtool") else { return };
    let requests = "http_requests_total{job=\"api\"}";
    let failed = "http_requests_total{job=\"api\",status=~\"5..\"}";
    let good = "http_requests_total{job=\"api\",status!~\"5..\"}";
    let errors = || Indicator::errors_and_total(failed, requests);
    let objectives = [
        ("api-errors", errors(), 99.9, 30),
        ("api-strict", errors(), 99.95, 28),
        ("api-loose", errors(), 90.0, 7),
        ("api-good", Indicator::good_and_total("good_total{job=\"api\"}", "all_total"), 99.9, 30),
        ("api-rest", Indicator::errors_and_total(good, requests), 99.5, 90),
        ("api-latency", Indicator::latency("http_request_duration_seconds{job=\"api\"}", 1.0), 99.0, 30),
    ];
    let tried = objectives.len();
    for (name, indicator, percent, days) in objectives {
        let slo = Slo::new(name, percent, indicator)
            .service("api")
            .window_in_days(days)
            .at_least_requests(50)
            .runbook("https://runbooks.example.com/api");
        let file = RulesFile::new().group(&slo);
        assert_eq!(file.check(), [], "{name}");
        assert_eq!(prove(&promtool, &format!("objective-{name}"), &file), Ok(()), "{name}");
    }
    tools::note(&format!("{CASE}: {tried} objectives"));
}

/// What nobody asks cannot break a promise: `NaN` is above nothing. Neither can one request of a few, where that is said.
#[test]
fn an_objective_with_few_requests_is_quiet() {
    const CASE: &str = "promtool proves that silence is no fault";
    let Some(promtool) = tools::find_debian_or_skip(CASE, "promtool") else { return };
    let slo = Slo::new("api", 99.9, Indicator::errors_and_total("e_total", "t_total"))
        .at_least_requests(50)
        .runbook("https://r.example.com");
    let group = slo.rules();
    let quiet = |name: &str| {
        let none = RuleExample::new("no requests").series("e_total", "7+0x600").series("t_total", "9+0x600");
        let few = RuleExample::new("all of a few fail").series("e_total", "0+0.7x60").series("t_total", "0+0.7x60");
        AlertingRule::new(name, "vector(0) > 1")
            .example(none.quiet(10 * MINUTE).quiet(600 * MINUTE))
            .example(few.quiet(10 * MINUTE).quiet(60 * MINUTE))
    };
    let names: Vec<String> = slo.alerts().iter().map(|rule| rule.alert().to_owned()).collect();
    assert_eq!(names, ["ApiBurnsFast", "ApiBurnsSlowly"]);
    // Rules that never fire lend their names to the examples: any alert of the name would be one too many.
    let examples = names.iter().fold(RuleGroup::new("examples"), |group, name| group.rule(quiet(name)));
    let file = RulesFile::new().group(group).group(examples);
    assert_eq!(prove(&promtool, "objective-silent", &file), Ok(()));
}
