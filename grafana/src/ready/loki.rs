//! [`LokiItself`]: Loki, as it tells of itself.

use super::job::{Job, of_job};
use super::parts::{Head, graph, judged, none_wanted, number, ready, stacked};
use crate::dashboard::{Dashboard, PromQuery, Row, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// Loki, as it tells of itself: what it takes, refuses, stores and answers.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct LokiItself {
    head: Head,
    job: Job,
}

ready!(LokiItself);
of_job!(LokiItself);

const WRITES: &str = "route=~\"loki_api_v1_push|otlp_v1_logs|api_prom_push\"";
const READS: &str =
    "route=~\"loki_api_v1_(query|query_range|labels|label_name_values|series|index_.*|detected_.*|patterns|tail)\"";

impl LokiItself {
    /// The dashboard `loki`.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { head: Head::new("loki", "Loki"), job: Job::new(prometheus) }
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        self.head
            .dashboard("Loki: does it take log lines, keep them and find them?", "observability")
            .variable(self.job.variable("loki_build_info"))
            .variable(self.job.instances("loki_build_info"))
            .annotation(self.job.alerts())
            .annotation(self.job.starts())
            .row(self.overview())
            .row(self.writes())
            .row(self.reads())
            .row(self.ingester())
            .row(self.compactor())
            .row(self.job.process_row())
    }

    /// A query in which `WRITES` and `READS` keep to the routes of one kind, too.
    fn of_routes(&self, expression: &str) -> PromQuery {
        self.job.query(&expression.replace("WRITES", WRITES).replace("READS", READS))
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                number("Lines", "Log lines that are taken per second.", Unit::RECORDS_PER_SECOND)
                    .query(self.job.rate("", "loki_distributor_lines_received_total").legend("lines")),
            )
            .panel(
                number("Bytes", "Bytes of log lines that are taken per second.", Unit::BYTES_PER_SECOND)
                    .query(self.job.rate("", "loki_distributor_bytes_received_total").legend("bytes")),
            )
            .panel(
                judged(
                    "Refused lines",
                    "Lines that were refused: too old, too long, too many, too many streams.",
                    Unit::RECORDS_PER_SECOND,
                    0.001,
                    1.0,
                )
                .query(
                    self.job
                        .query("sum(rate(loki_discarded_samples_total{IT}[$__rate_interval])) or vector(0)")
                        .legend("refused"),
                ),
            )
            .panel(
                judged(
                    "Failed requests",
                    "Share of the requests that Loki answered with 5xx.",
                    Unit::PERCENT_UNIT,
                    0.001,
                    0.01,
                )
                .decimals(2)
                .query(
                    self.job
                        .query(
                            "(sum(rate(loki_request_duration_seconds_count{IT, \
                         status_code=~\"5..\"}[$__rate_interval])) or vector(0)) / \
                         sum(rate(loki_request_duration_seconds_count{IT}[$__rate_interval]))",
                        )
                        .legend("failed"),
                ),
            )
            .panel(
                number(
                    "Streams",
                    "Streams that had a line lately. Labels with many values make too many.",
                    Unit::SHORT,
                )
                .query(self.job.query("sum(loki_ingester_memory_streams{IT})").legend("streams")),
            )
            .panel(none_wanted("Panics", "Requests that broke Loki, in the time range.").query(
                self.job.query("sum(increase(loki_panic_total{IT}[$__range])) or vector(0)").legend("panics").instant(),
            ))
    }

    fn writes(&self) -> Row {
        Row::new("Writes")
            .panel(
                stacked(
                    "Write requests",
                    "Requests with log lines, by status. 429 is a limit that was met.",
                    Unit::REQUESTS_PER_SECOND,
                )
                .size(8, 8)
                .query(
                    self.of_routes(
                        "sum by (status_code) (rate(loki_request_duration_seconds_count{IT, \
                         WRITES}[$__rate_interval]))",
                    )
                    .legend("{{status_code}}"),
                ),
            )
            .panel(
                graph("Duration", "One request in a hundred, and in two, takes longer than this.", Unit::SECONDS)
                    .size(8, 8)
                    .query(
                        self.of_routes(
                            "histogram_quantile(0.99, sum by (le) (rate(loki_request_duration_seconds_bucket{IT, \
                             WRITES}[$__rate_interval])))",
                        )
                        .legend("p99"),
                    )
                    .query(
                        self.of_routes(
                            "histogram_quantile(0.5, sum by (le) (rate(loki_request_duration_seconds_bucket{IT, \
                             WRITES}[$__rate_interval])))",
                        )
                        .legend("p50"),
                    ),
            )
            .panel(
                graph("Refused lines by reason", "Why lines were refused.", Unit::RECORDS_PER_SECOND)
                    .size(8, 8)
                    .query(self.job.rate("reason", "loki_discarded_samples_total").legend("{{reason}}")),
            )
    }

    fn reads(&self) -> Row {
        Row::new("Reads")
            .panel(
                stacked("Read requests", "Requests for lines and labels, by status.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 8)
                    .query(
                        self.of_routes(
                            "sum by (status_code) (rate(loki_request_duration_seconds_count{IT, \
                             READS}[$__rate_interval]))",
                        )
                        .legend("{{status_code}}"),
                    ),
            )
            .panel(
                graph("Duration by route", "One request in twenty to a route takes longer than this.", Unit::SECONDS)
                    .size(8, 8)
                    .query(
                        self.of_routes(
                            "histogram_quantile(0.95, sum by (le, route) \
                             (rate(loki_request_duration_seconds_bucket{IT, READS}[$__rate_interval])))",
                        )
                        .legend("{{route}}"),
                    ),
            )
            .panel(
                graph("Object storage", "How long the operations on objects of S3 take, for 95 %.", Unit::SECONDS)
                    .size(8, 8)
                    .query(
                        self.job
                            .quantile("0.95", "le, operation", "loki_s3_request_duration_seconds")
                            .legend("{{operation}}"),
                    ),
            )
    }

    fn ingester(&self) -> Row {
        Row::new("Ingester")
            .panel(
                graph("Streams and chunks in memory", "What is not in the object storage yet.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.job.query("sum(loki_ingester_memory_streams{IT})").legend("streams"))
                    .query(self.job.query("sum(loki_ingester_memory_chunks{IT})").legend("chunks")),
            )
            .panel(
                stacked(
                    "Chunks written, by reason",
                    "`full` is good; many that are `idle` or `max_age` are small chunks of streams with few lines.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.job.rate("reason", "loki_ingester_chunks_flushed_total").legend("{{reason}}")),
            )
            .panel(
                graph(
                    "Waiting to be written",
                    "Chunks that wait. A number that grows is an object storage that does not keep up.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.job.query("sum(loki_ingester_flush_queue_length{IT})").legend("waiting"))
                .query(self.job.rate("", "loki_ingester_chunks_flush_failures_total").legend("failed per second")),
            )
            .panel(
                graph(
                    "Write-ahead log",
                    "Bytes that are written to it, and failures for want of room on the disk.",
                    Unit::BYTES_PER_SECOND,
                )
                .query(self.job.rate("", "loki_ingester_wal_logged_bytes_total").legend("bytes"))
                .query(self.job.rate("", "loki_ingester_wal_disk_full_failures_total").legend("disk full")),
            )
            .panel(
                graph("Chunk size", "Half and 95 % of the chunks are smaller than this.", Unit::BYTES)
                    .query(self.job.quantile("0.5", "le", "loki_ingester_chunk_size_bytes").legend("p50"))
                    .query(self.job.quantile("0.95", "le", "loki_ingester_chunk_size_bytes").legend("p95")),
            )
    }

    fn compactor(&self) -> Row {
        let since = |time: &str| {
            self.job.query(&format!("time() - max({time}_last_successful_run_timestamp_seconds{{IT}} > 0)"))
        };
        let marks = "sum(loki_boltdb_shipper_retention_sweeper_marker_files_current{IT})";
        Row::new("Compactor")
            .panel(
                graph(
                    "Since the last compaction",
                    "How long ago the index was compacted. Without it, nothing is deleted.",
                    Unit::SECONDS,
                )
                .query(since("loki_boltdb_shipper_compact_tables_operation").legend("compaction"))
                .query(since("loki_compactor_apply_retention").legend("retention")),
            )
            .panel(
                graph("Chunks marked for deletion", "Work that retention has left.", Unit::SHORT)
                    .query(self.job.query(marks).legend("files of marks")),
            )
            .collapsed()
    }
}
