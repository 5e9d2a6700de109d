//! The rules that managed Prometheus evaluates for the data processor.

use std::time::Duration;

use belvedere::aps::{AlertingRule, FiringAlert, RecordingRule, RuleExample, RuleGroup};
use belvedere::grafana::prometheus::RulesFile;
use belvedere::grafana::slo::{Indicator, Slo};

const MINUTE: Duration = Duration::from_secs(60);
const RUNBOOK: &str = "https://runbooks.example.com/data-processor";

/// What is promised of the data processor: it wakes somebody when the promise is being broken.
pub(crate) fn objectives() -> [Slo; 2] {
    let requests = r#"http_requests_total{job="data-processor"}"#;
    let failed = r#"http_requests_total{job="data-processor",status=~"5.."}"#;
    let duration = r#"http_request_duration_seconds{job="data-processor"}"#;
    let slo = |name, percent, indicator| Slo::new(name, percent, indicator).service("data-processor").runbook(RUNBOOK);
    [
        slo("data-processor-availability", 99.9, Indicator::errors_and_total(failed, requests)),
        slo("data-processor-latency", 99.0, Indicator::latency(duration, 0.5)),
    ]
}

/// All of them, in one file.
pub(crate) fn file() -> RulesFile {
    objectives().into_iter().fold(RulesFile::new().group(requests()), RulesFile::group)
}

/// What is worth knowing of a service that answers requests, and worth waking somebody for.
pub(crate) fn requests() -> RuleGroup {
    let ok = r#"http_requests_total{job="data-processor",status="200"}"#;
    let failed = r#"http_requests_total{job="data-processor",status="503"}"#;
    let within_a_second = r#"http_request_duration_seconds_bucket{job="data-processor",le="1"}"#;
    let all = r#"http_request_duration_seconds_bucket{job="data-processor",le="+Inf"}"#;
    let firing = || FiringAlert::new().label("job", "data-processor");
    RuleGroup::new("requests")
        .rule(
            RecordingRule::new("job:http_requests:rate5m", "sum by (job) (rate(http_requests_total[5m]))").example(
                RuleExample::new("two a second")
                    .series(ok, "0+90x10")
                    .series(failed, "0+30x10")
                    .records(10 * MINUTE, 2.0, [("job", "data-processor")]),
            ),
        )
        .rule(RecordingRule::new(
            "job:http_errors:ratio_rate5m",
            "sum by (job) (rate(http_requests_total{status=~\"5..\"}[5m])) / sum by (job) (rate(http_requests_total[5m]))",
        ))
        .rule(
            AlertingRule::new("DataProcessorErrors", "job:http_errors:ratio_rate5m{job=\"data-processor\"} > 0.05")
                .hold_for(5 * MINUTE)
                .label("severity", "critical")
                .summary("More than 5 % of the requests fail")
                .runbook(RUNBOOK)
                .example(
                    RuleExample::new("one in ten fails, then none")
                        .series(ok, "0+90x20 1890+100x20")
                        .series(failed, "0+10x20 200+0x20")
                        .quiet(5 * MINUTE)
                        .fires(15 * MINUTE, firing())
                        .quiet(30 * MINUTE),
                ),
        )
        .rule(
            AlertingRule::new(
                "DataProcessorSlow",
                "histogram_quantile(0.95, sum by (job, le) (rate(http_request_duration_seconds_bucket{job=\"data-processor\"}[5m]))) > 1",
            )
            .hold_for(10 * MINUTE)
            .label("severity", "warning")
            .summary("One request in twenty takes more than a second")
            .runbook(RUNBOOK)
            .example(
                RuleExample::new("one in ten is slow, then none")
                    .series(within_a_second, "0+90x20 1890+100x20")
                    .series(r#"http_request_duration_seconds_bucket{job="data-processor",le="2.5"}"#, "0+100x40")
                    .series(all, "0+100x40")
                    .quiet(10 * MINUTE)
                    .fires(15 * MINUTE, firing())
                    .quiet(30 * MINUTE),
            ),
        )
        .rule(
            AlertingRule::new("DataProcessorNotScraped", "absent(up{job=\"data-processor\"} == 1)")
                .hold_for(5 * MINUTE)
                // `absent` of a comparison has no labels.
                .label("job", "data-processor")
                .label("severity", "critical")
                .summary("No metrics arrive from the data processor")
                .runbook(RUNBOOK)
                .example(
                    RuleExample::new("it runs, then stops")
                        .series(r#"up{job="data-processor"}"#, "1x10 0x10")
                        .quiet(10 * MINUTE)
                        .quiet(15 * MINUTE)
                        .fires(17 * MINUTE, firing()),
                ),
        )
}
