//! Metrics in CloudWatch's embedded metric format.

use std::time::SystemTime;

use serde::Serialize;

/// What turns members of a log line into metrics: the value of its member `_aws`.
///
/// A document has one value for each dimension, so each check has its line. See
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Emf<'a> {
    /// Milliseconds since 1970.
    timestamp: u64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: [&'a [&'a str]; 1],
    metrics: &'a [Metric<'a>],
}

/// One metric: the member of the line that has its value, and the unit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metric<'a> {
    name: &'a str,
    unit: &'a str,
}

/// How long something took.
pub(crate) const DURATION: Metric<'_> = Metric { name: "Duration", unit: "Milliseconds" };
/// 1 where a check passed, 0 where it failed: the average is the rate of success.
pub(crate) const SUCCESS: Metric<'_> = Metric { name: "Success", unit: "Count" };
/// How many misses failed the invocation.
pub(crate) const FAILURES: Metric<'_> = Metric { name: "Failures", unit: "Count" };
/// How many documents could not be removed.
pub(crate) const CLEANUP_FAILURES: Metric<'_> = Metric { name: "CleanupFailures", unit: "Count" };

/// The value of `_aws` for a line that has these members as dimensions and metrics, as JSON.
pub(crate) fn emf(namespace: &str, dimensions: &[&str], metrics: &[Metric<'_>]) -> String {
    let timestamp = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
    let directive = Directive { namespace, dimensions: [dimensions], metrics };
    let emf = Emf { timestamp: u64::try_from(timestamp).unwrap_or(u64::MAX), cloud_watch_metrics: [directive] };
    serde_json::to_string(&emf).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_directive_names_members() {
        let mut value: Value =
            serde_json::from_str(&emf("Canary", &["service", "check"], &[DURATION, SUCCESS])).expect("JSON");
        let timestamp = value["Timestamp"].take();
        assert!(timestamp.as_u64().is_some_and(|timestamp| timestamp > 1_700_000_000_000), "{timestamp}");
        let expected = json!({
            "Timestamp": null,
            "CloudWatchMetrics": [{
                "Namespace": "Canary",
                "Dimensions": [["service", "check"]],
                "Metrics": [{"Name": "Duration", "Unit": "Milliseconds"}, {"Name": "Success", "Unit": "Count"}],
            }],
        });
        assert_eq!(value, expected);
    }
}
