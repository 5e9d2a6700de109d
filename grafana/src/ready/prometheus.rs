//! [`PrometheusItself`]: Prometheus, as it tells of itself.

use super::job::{Job, of_job};
use super::parts::{Head, graph, judged, judged_down, number, ready};
use super::prometheus_rows;
use crate::dashboard::{Dashboard, Mapping, Row, StatGraph, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// A Prometheus server, as it tells of itself: what it scrapes, stores, evaluates and sends on. For one in agent mode,
/// [`PrometheusAgent`](super::PrometheusAgent).
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct PrometheusItself {
    head: Head,
    job: Job,
    remote_write: bool,
}

ready!(PrometheusItself);
of_job!(PrometheusItself);

impl PrometheusItself {
    /// The dashboard `prometheus`.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        let head = Head::new("prometheus", "Prometheus");
        Self { head, job: Job::new(prometheus), remote_write: false }
    }

    /// Shows what is sent on by remote write, such as to managed Prometheus. It does not by default.
    #[must_use]
    pub fn remote_write(mut self) -> Self {
        self.remote_write = true;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let dashboard = self
            .head
            .dashboard("Prometheus: does it scrape, store and answer?", "observability")
            .variable(self.job.variable("prometheus_build_info"))
            .variable(self.job.instances("prometheus_build_info"))
            .annotation(self.job.alerts())
            .annotation(self.job.starts())
            .row(self.overview())
            .row(prometheus_rows::scraping(&self.job))
            .row(self.storage())
            .row(self.queries())
            .row(self.rules());
        let dashboard =
            if self.remote_write { dashboard.row(prometheus_rows::remote_write(&self.job)) } else { dashboard };
        dashboard.row(self.job.process_row())
    }

    fn overview(&self) -> Row {
        let reloads = Mapping::values([("0", "failed"), ("1", "loaded")]);
        Row::new("Overview")
            .panel(
                number("Samples", "Samples that are stored per second.", Unit::COUNTS_PER_SECOND)
                    .query(self.job.rate("", "prometheus_tsdb_head_samples_appended_total").legend("samples")),
            )
            .panel(
                number("Series", "Series that had a sample in the last hours. Memory grows with them.", Unit::SHORT)
                    .query(self.job.query("sum(prometheus_tsdb_head_series{IT})").legend("series")),
            )
            .panel(prometheus_rows::targets_down(&self.job))
            .panel(
                judged(
                    "Slow queries",
                    "One query in ten takes longer than this, from its evaluation's beginning.",
                    Unit::SECONDS,
                    1.0,
                    5.0,
                )
                .query(
                    self.job
                        .query(
                            "max(prometheus_engine_query_duration_seconds{IT, slice=\"inner_eval\", quantile=\"0.9\"})",
                        )
                        .legend("p90"),
                ),
            )
            .panel(
                judged_down("Configuration", "Whether the last configuration could be loaded.", Unit::NONE, 1.0, 1.0)
                    .graph_mode(StatGraph::None)
                    .mappings([reloads])
                    .query(
                        self.job
                            .query("min(prometheus_config_last_reload_successful{IT})")
                            .legend("configuration")
                            .instant(),
                    ),
            )
            .panel(prometheus_rows::version(&self.job))
    }

    fn storage(&self) -> Row {
        Row::new("Storage")
            .panel(
                graph("Series", "Series in memory.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.job.query("prometheus_tsdb_head_series{IT}").legend("{{instance}}")),
            )
            .panel(
                graph(
                    "New and ended series",
                    "Many of both are labels that change all the time.",
                    Unit::COUNTS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.job.rate("", "prometheus_tsdb_head_series_created_total").legend("new"))
                .query(self.job.rate("", "prometheus_tsdb_head_series_removed_total").legend("ended")),
            )
            .panel(
                graph("Disk", "What the blocks take, without the last two or three hours.", Unit::BYTES)
                    .size(8, 8)
                    .query(self.job.query("prometheus_tsdb_storage_blocks_bytes{IT}").legend("{{instance}}")),
            )
            .panel(
                graph("Compactions", "How often blocks are put together.", Unit::OPS_PER_SECOND)
                    .query(self.job.rate("", "prometheus_tsdb_compactions_total").legend("done"))
                    .query(self.job.rate("", "prometheus_tsdb_compactions_failed_total").legend("failed")),
            )
            .panel(
                graph("Failures of storage", "Anything here is a disk that is full or broken.", Unit::OPS_PER_SECOND)
                    .query(self.job.rate("", "prometheus_tsdb_wal_corruptions_total").legend("damaged log"))
                    .query(self.job.rate("", "prometheus_tsdb_reloads_failures_total").legend("blocks not loaded"))
                    .query(
                        self.job.rate("", "prometheus_tsdb_head_truncations_failed_total").legend("memory not freed"),
                    ),
            )
    }

    fn queries(&self) -> Row {
        let stages = "max by (slice) (prometheus_engine_query_duration_seconds{IT, quantile=\"0.9\"})";
        Row::new("Queries")
            .panel(
                graph("Requests", "Requests to each path.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 8)
                    .query(self.job.rate("handler", "prometheus_http_requests_total").legend("{{handler}}")),
            )
            .panel(
                graph("Duration of requests", "One request in twenty takes longer than this.", Unit::SECONDS)
                    .size(8, 8)
                    .query(
                        self.job
                            .quantile("0.95", "le, handler", "prometheus_http_request_duration_seconds")
                            .legend("{{handler}}"),
                    ),
            )
            .panel(
                graph(
                    "Duration of queries by stage",
                    "How long each stage takes, for nine queries of ten.",
                    Unit::SECONDS,
                )
                .size(8, 8)
                .query(self.job.query(stages).legend("{{slice}}")),
            )
    }

    fn rules(&self) -> Row {
        Row::new("Rules and alerts")
            .panel(
                graph(
                    "Duration of rule groups",
                    "How long the last evaluation of each group took. It has to stay below its interval.",
                    Unit::SECONDS,
                )
                .size(8, 8)
                .query(self.job.query("prometheus_rule_group_last_duration_seconds{IT}").legend("{{rule_group}}")),
            )
            .panel(
                graph(
                    "Failed evaluations",
                    "Rules that could not be evaluated, and groups that were late.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(
                    self.job
                        .rate("rule_group", "prometheus_rule_evaluation_failures_total")
                        .legend("{{rule_group}} failed"),
                )
                .query(
                    self.job
                        .rate("rule_group", "prometheus_rule_group_iterations_missed_total")
                        .legend("{{rule_group}} late"),
                ),
            )
            .panel(
                graph(
                    "Notifications",
                    "Alerts that wait to be sent, were sent, and were lost on the way to the alert manager.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(self.job.query("sum(prometheus_notifications_queue_length{IT})").legend("waiting"))
                .query(self.job.rate("", "prometheus_notifications_dropped_total").legend("lost per second")),
            )
    }
}
