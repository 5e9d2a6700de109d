//! What the data processor tells beside what other services do: its storage, and its own telemetry.

use super::job::JOB;
use super::parts::{graph, quantile_of, rate_of, with_exemplars};
use crate::dashboard::{Row, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// What the storage is asked, fails, and takes.
pub(super) fn storage(prometheus: &DataSourceRef<PromQl>) -> Row {
    let durations = "storage_operation_duration_seconds";
    let legend = "{{system}} {{operation}}";
    Row::new("Storage")
        .panel(
            graph("Operations", "What the storage is asked.", Unit::OPS_PER_SECOND).size(8, 8).query(
                prometheus.query(rate_of("system, operation", &format!("{durations}_count"), JOB)).legend(legend),
            ),
        )
        .panel(
            graph("Failed operations", "What the storage failed, by the kind of failure.", Unit::OPS_PER_SECOND)
                .size(8, 8)
                .query(
                    prometheus
                        .query(rate_of("operation, error", "storage_operation_errors_total", JOB))
                        .legend("{{operation}} {{error}}"),
                ),
        )
        .panel(graph("Slowest 5 %", "One operation in twenty takes longer than this.", Unit::SECONDS).size(8, 8).query(
            with_exemplars(
                prometheus,
                prometheus.query(quantile_of("0.95", "le, system, operation", durations, JOB)).legend(legend),
            ),
        ))
}

/// What is not recorded of requests, on purpose or by failure.
pub(super) fn telemetry(prometheus: &DataSourceRef<PromQl>) -> Row {
    let rate = |counter: &str, legend: &str| prometheus.query(rate_of("", counter, JOB)).legend(legend);
    Row::new("Telemetry")
        .panel(
            graph(
                "Sampling",
                "Requests that were measured and not traced, and that have no log line of their own.",
                Unit::REQUESTS_PER_SECOND,
            )
            .size(12, 8)
            .query(rate("traces_not_sampled_total", "not traced"))
            .query(rate("log_lines_suppressed_total", "not logged")),
        )
        .panel(
            graph(
                "Lost telemetry",
                "Spans and log records that were lost on their way to the collector, by the reason, and log lines \
                 on their way to standard output. There should be none.",
                Unit::RECORDS_PER_SECOND,
            )
            .size(12, 8)
            .query(
                prometheus
                    .query(format!(
                        // There is no series before the first is lost.
                        "{} or label_replace(vector(0), \"signal\", \"records\", \"\", \"\")",
                        rate_of("signal, reason", "telemetry_records_dropped_total", JOB)
                    ))
                    .legend("{{signal}} {{reason}}"),
            )
            .query(rate("log_lines_dropped_total", "log lines")),
        )
        .collapsed()
}
