//! Metrics, held against the rules of the embedded metric format:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use serde_json::{Map, Value};

use crate::function::invoked;
use crate::service::{Fault, Service};

/// The units that CloudWatch knows, but for the rates.
const UNITS: [&str; 10] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Percent",
    "Count",
    "None",
];

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("an object: {value}"))
}

fn keys(value: &Value) -> Vec<&str> {
    members(value).keys().map(String::as_str).collect()
}

fn text(value: &Value, longest: usize) -> &str {
    let text = value.as_str().unwrap_or_else(|| panic!("a text: {value}"));
    assert!((1..=longest).contains(&text.len()), "{text}");
    text
}

/// Holds a line against the specification, and returns its metrics: the dimensions' names and the metric's.
fn metrics_of(line: &Value) -> Vec<(Vec<&str>, &str)> {
    assert!(line.to_string().len() < 256 * 1024, "an event has a largest size");
    let metadata = &line["_aws"];
    assert_eq!(keys(metadata), ["CloudWatchMetrics", "Timestamp"]);
    let now = u64::try_from(std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis()).expect("fits");
    let timestamp = metadata["Timestamp"].as_u64().expect("milliseconds since 1970");
    assert!(timestamp <= now && now - timestamp < 600_000, "{timestamp}");
    let mut found = Vec::new();
    for directive in metadata["CloudWatchMetrics"].as_array().expect("directives") {
        assert_eq!(keys(directive), ["Dimensions", "Metrics", "Namespace"]);
        text(&directive["Namespace"], 1024);
        let metrics = directive["Metrics"].as_array().expect("metrics");
        assert!((1..=100).contains(&metrics.len()));
        let sets = directive["Dimensions"].as_array().expect("sets of dimensions");
        assert!(!sets.is_empty());
        for set in sets {
            let set = set.as_array().expect("a set of dimensions");
            assert!(set.len() <= 30);
            let names: Vec<_> = set.iter().map(|name| text(name, 250)).collect();
            for name in &names {
                assert!(!name.starts_with(':') && name.is_ascii(), "{name}");
                text(&line[*name], 1024);
            }
            for metric in metrics {
                assert!(keys(metric).iter().all(|key| ["Name", "Unit", "StorageResolution"].contains(key)), "{metric}");
                let name = text(&metric["Name"], 1024);
                assert!(line[name].is_number(), "{name} is a number: {line}");
                assert!(UNITS.contains(&metric["Unit"].as_str().expect("a unit")), "{metric}");
                found.push((names.clone(), name));
            }
        }
    }
    found
}

#[tokio::test]
async fn every_check_and_the_invocation_have_metrics() {
    let service = Service::new(None);
    let url = service.start().await;
    // Metrics are no matter of the level.
    let variables = [
        ("DATA_PROCESSOR_URL", url.as_str()),
        ("AWS_LAMBDA_LOG_LEVEL", "ERROR"),
        ("AWS_EMF_NAMESPACE", "Canary"),
        ("OTEL_SERVICE_NAME", "probe"),
    ];
    let invoked = invoked(&variables).await;
    let lines: Vec<_> = invoked.log.iter().filter(|line| line.get("_aws").is_some()).collect();
    assert_eq!(lines.len(), 7);
    for line in &lines {
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Canary");
        assert_eq!(line["service"], "probe");
    }
    let mut checks = Vec::new();
    for line in &lines[..6] {
        let both = vec!["service", "check"];
        assert_eq!(metrics_of(line), [(both.clone(), "Duration"), (both, "Success")]);
        assert_eq!(line["Success"], 1);
        checks.push(line["check"].as_str().expect("a name"));
    }
    assert_eq!(checks, ["write-1", "write-2", "read-1", "read-2", "read-missing", "write-invalid"]);
    let service = vec!["service"];
    let expected = ["Duration", "Failures", "CleanupFailures"].map(|name| (service.clone(), name));
    assert_eq!(metrics_of(lines[6]), expected);
    assert_eq!((&lines[6]["Failures"], &lines[6]["CleanupFailures"]), (&0.into(), &0.into()));
    let milliseconds = invoked.posted[0].body["durationMs"].as_f64();
    assert_eq!(lines[6]["Duration"].as_f64(), milliseconds, "the report has the same time");
}

#[tokio::test]
async fn failures_are_counted() {
    let service = Service::new(Some(Fault::WriteFails));
    let url = service.start().await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    let lines: Vec<_> = invoked.log.iter().filter(|line| line.get("_aws").is_some()).collect();
    assert_eq!(lines.len(), 7);
    let both = vec!["service", "check"];
    for line in &lines[..6] {
        let is_made = line.get("Duration").is_some();
        let metrics: Vec<_> = metrics_of(line).into_iter().map(|(_, name)| name).collect();
        assert_eq!(metrics, if is_made { vec!["Duration", "Success"] } else { vec!["Success"] }, "{line}");
        assert!(metrics_of(line).iter().all(|(dimensions, _)| *dimensions == both));
        let fails = !["read-missing", "write-invalid"].contains(&line["check"].as_str().expect("a name"));
        assert_eq!(line["Success"], u8::from(!fails), "{line}");
    }
    assert_eq!((&lines[6]["level"], &lines[6]["Failures"]), (&"ERROR".into(), &4.into()));
    assert_eq!(lines[6]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "DataProcessor", "the default");
}
