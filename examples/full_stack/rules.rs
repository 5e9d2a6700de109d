//! The rules that managed Prometheus evaluates for the data processor.

use std::time::Duration;

use belvedere::aps::{AlertingRule, RecordingRule, RuleGroup};

const MINUTE: Duration = Duration::from_secs(60);

/// What is worth knowing of a service that answers requests, and worth waking somebody for.
pub(crate) fn requests() -> RuleGroup {
    RuleGroup::new("requests")
        .rule(RecordingRule::new("job:http_requests:rate5m", "sum by (job) (rate(http_requests_total[5m]))"))
        .rule(RecordingRule::new(
            "job:http_errors:ratio_rate5m",
            "sum by (job) (rate(http_requests_total{status=~\"5..\"}[5m])) / sum by (job) (rate(http_requests_total[5m]))",
        ))
        .rule(
            AlertingRule::new("DataProcessorErrors", "job:http_errors:ratio_rate5m{job=\"data-processor\"} > 0.05")
                .hold_for(5 * MINUTE)
                .label("severity", "critical")
                .annotation("summary", "More than 5 % of the requests fail"),
        )
        .rule(
            AlertingRule::new(
                "DataProcessorSlow",
                "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"data-processor\"}[5m]))) > 1",
            )
            .hold_for(10 * MINUTE)
            .label("severity", "warning")
            .annotation("summary", "One request in twenty takes more than a second"),
        )
        .rule(
            AlertingRule::new("DataProcessorNotScraped", "absent(up{job=\"data-processor\"} == 1)")
                .hold_for(5 * MINUTE)
                .label("severity", "critical")
                .annotation("summary", "No metrics arrive from the data processor"),
        )
}
