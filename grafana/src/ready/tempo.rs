//! [`TempoItself`]: Tempo, as it tells of itself.

use super::job::{Job, of_job};
use super::parts::{Head, graph, judged, number, ready, stacked};
use crate::dashboard::{Dashboard, Row, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// Tempo, as it tells of itself: what it takes, refuses, stores, finds and makes metrics of.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct TempoItself {
    head: Head,
    job: Job,
}

ready!(TempoItself);
of_job!(TempoItself);

impl TempoItself {
    /// The dashboard `tempo`.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { head: Head::new("tempo", "Tempo"), job: Job::new(prometheus) }
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        self.head
            .dashboard("Tempo: does it take spans, keep them and find them?", "observability")
            .variable(self.job.variable("tempo_build_info"))
            .variable(self.job.instances("tempo_build_info"))
            .annotation(self.job.alerts())
            .annotation(self.job.starts())
            .row(self.overview())
            .row(self.writes())
            .row(self.reads())
            .row(self.blocks())
            .row(self.generator())
            .row(self.job.process_row())
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                number("Spans", "Spans that are taken per second.", Unit::COUNTS_PER_SECOND)
                    .query(self.job.rate("", "tempo_distributor_spans_received_total").legend("spans")),
            )
            .panel(
                number("Bytes", "Bytes of spans that are taken per second.", Unit::BYTES_PER_SECOND)
                    .query(self.job.rate("", "tempo_distributor_bytes_received_total").legend("bytes")),
            )
            .panel(
                judged(
                    "Refused spans",
                    "Spans that were refused: a trace too large, a rate too high, too many traces.",
                    Unit::COUNTS_PER_SECOND,
                    0.001,
                    1.0,
                )
                .query(
                    self.job
                        .query("sum(rate(tempo_discarded_spans_total{IT}[$__rate_interval])) or vector(0)")
                        .legend("refused"),
                ),
            )
            .panel(
                judged(
                    "Failed requests",
                    "Share of the requests that Tempo answered with 5xx.",
                    Unit::PERCENT_UNIT,
                    0.001,
                    0.01,
                )
                .decimals(2)
                .query(
                    self.job
                        .query(
                            "(sum(rate(tempo_request_duration_seconds_count{IT, \
                         status_code=~\"5..\"}[$__rate_interval])) or vector(0)) / \
                         sum(rate(tempo_request_duration_seconds_count{IT}[$__rate_interval]))",
                        )
                        .legend("failed"),
                ),
            )
            .panel(
                number("Traces in memory", "Traces that get spans still.", Unit::SHORT).query(
                    self.job
                        .query("sum(tempo_ingester_live_traces{IT}) or sum(tempo_live_store_live_traces{IT})")
                        .legend("traces"),
                ),
            )
            .panel(
                number("Blocks", "Blocks that a search may have to read.", Unit::SHORT)
                    .query(self.job.query("sum(tempodb_blocklist_length{IT})").legend("blocks")),
            )
    }

    fn writes(&self) -> Row {
        Row::new("Writes")
            .panel(
                graph("Spans by receiver", "What each receiver took and refused.", Unit::COUNTS_PER_SECOND)
                    .size(8, 8)
                    .query(
                        self.job
                            .rate("receiver, transport", "tempo_receiver_accepted_spans")
                            .legend("{{receiver}} {{transport}} taken"),
                    )
                    .query(
                        self.job
                            .rate("receiver, transport", "tempo_receiver_refused_spans")
                            .legend("{{receiver}} {{transport}} refused"),
                    ),
            )
            .panel(
                graph("Refused spans by reason", "Why spans were refused.", Unit::COUNTS_PER_SECOND)
                    .size(8, 8)
                    .query(self.job.rate("reason", "tempo_discarded_spans_total").legend("{{reason}}")),
            )
            .panel(
                graph("Duration of pushes", "Half, 95 % and 99 % of the pushes take at most this long.", Unit::SECONDS)
                    .size(8, 8)
                    .query(self.job.quantile("0.99", "le", "tempo_distributor_push_duration_seconds").legend("p99"))
                    .query(self.job.quantile("0.95", "le", "tempo_distributor_push_duration_seconds").legend("p95"))
                    .query(self.job.quantile("0.5", "le", "tempo_distributor_push_duration_seconds").legend("p50")),
            )
    }

    fn reads(&self) -> Row {
        Row::new("Reads")
            .panel(
                stacked(
                    "Queries",
                    "Searches, look-ups and metrics, by what became of them.",
                    Unit::REQUESTS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.job.rate("op, result", "tempo_query_frontend_queries_total").legend("{{op}} {{result}}")),
            )
            .panel(
                graph("Duration by route", "One request in twenty to a route takes longer than this.", Unit::SECONDS)
                    .size(8, 8)
                    .query(
                        self.job
                            .query(
                                "histogram_quantile(0.95, sum by (le, route) \
                             (rate(tempo_request_duration_seconds_bucket{IT, \
                             route=~\"api_.*\"}[$__rate_interval])))",
                            )
                            .legend("{{route}}"),
                    ),
            )
            .panel(
                graph("Bytes that queries read", "What a search has to look at.", Unit::BYTES_PER_SECOND)
                    .size(8, 8)
                    .query(self.job.rate("op", "tempo_query_frontend_bytes_inspected_total").legend("{{op}}")),
            )
    }

    fn blocks(&self) -> Row {
        Row::new("Blocks")
            .panel(
                graph("Blocks", "Blocks in the object storage. Compaction makes fewer of them.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.job.query("sum(tempodb_blocklist_length{IT})").legend("blocks"))
                    .query(self.job.query("sum(tempodb_compaction_outstanding_blocks{IT})").legend("to be compacted")),
            )
            .panel(
                graph("Object storage", "How long operations take, for 95 %.", Unit::SECONDS).size(8, 8).query(
                    self.job
                        .quantile("0.95", "le, operation", "tempodb_backend_request_duration_seconds")
                        .legend("{{operation}}"),
                ),
            )
            .panel(
                graph(
                    "Failures",
                    "Compactions, retention and look-ups of blocks that failed, and blocks that could not be \
                     written.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.job.rate("", "tempodb_compaction_errors_total").legend("compaction"))
                .query(self.job.rate("", "tempodb_retention_errors_total").legend("retention"))
                .query(self.job.rate("", "tempodb_blocklist_poll_errors_total").legend("look-up of blocks"))
                .query(
                    self.job
                        .query(
                            "sum(rate(tempo_ingester_failed_flushes_total{IT}[$__rate_interval])) or \
                         sum(rate(tempo_live_store_failed_completions_total{IT}[$__rate_interval]))",
                        )
                        .legend("blocks not written"),
                ),
            )
    }

    fn generator(&self) -> Row {
        Row::new("Metrics generator")
            .panel(
                graph("Spans", "Spans that metrics are made of, and that were left out.", Unit::COUNTS_PER_SECOND)
                    .size(8, 8)
                    .query(self.job.rate("", "tempo_metrics_generator_spans_received_total").legend("taken"))
                    .query(
                        self.job
                            .rate("reason", "tempo_metrics_generator_spans_discarded_total")
                            .legend("left out: {{reason}}"),
                    ),
            )
            .panel(
                graph("Series", "Series that the generator writes, and that a limit kept back.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.job.query("sum(tempo_metrics_generator_registry_active_series{IT})").legend("series"))
                    .query(
                        self.job
                            .rate("", "tempo_metrics_generator_registry_series_limited_total")
                            .legend("kept back per second"),
                    ),
            )
            .panel(
                graph(
                    "Service graph",
                    "Calls that were found, and of which only one side came.",
                    Unit::COUNTS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.job.rate("", "tempo_metrics_generator_processor_service_graphs_edges").legend("found"))
                .query(
                    self.job
                        .rate("", "tempo_metrics_generator_processor_service_graphs_expired_edges")
                        .legend("one side only"),
                ),
            )
            .collapsed()
    }
}
