//! [`PrometheusItself`]: Prometheus, as it tells of itself.

use super::parts::{
    Head, asks_of_instances, graph, instances, job, judged, judged_down, none_wanted, number, process_row, ready,
    stacked,
};
use crate::dashboard::{Dashboard, Mapping, Organize, PromFormat, Row, StatGraph, Table, Transformation, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// How old the newest sample is that was sent to each remote. The first difference is newer; before there was one time for
/// all remotes.
const BEHIND: &str = "prometheus_remote_storage_queue_highest_timestamp_seconds{IT} - \
                      prometheus_remote_storage_queue_highest_sent_timestamp_seconds{IT} or \
                      prometheus_remote_storage_highest_timestamp_in_seconds{IT} - ignoring (remote_name, url) \
                      group_right () prometheus_remote_storage_queue_highest_sent_timestamp_seconds{IT}";

/// Prometheus, as it tells of itself: what it scrapes, stores, evaluates and sends on.
///
/// A server and an agent are two programs in one: an agent scrapes and sends on, and of most that a server tells of it has
/// nothing to say.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct PrometheusItself {
    head: Head,
    prometheus: DataSourceRef<PromQl>,
    job: Option<String>,
    agent: bool,
    remote_write: bool,
}

ready!(PrometheusItself);
asks_of_instances!(PrometheusItself);

impl PrometheusItself {
    /// The dashboard `prometheus`, of servers.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        let head = Head::new("prometheus", "Prometheus");
        Self { head, prometheus: prometheus.clone(), job: None, agent: false, remote_write: false }
    }

    /// The dashboard `prometheus-agent`, of those that run in [agent mode](https://prometheus.io/blog/2021/11/16/agent/),
    /// with what they send on.
    #[must_use]
    pub fn agent(prometheus: &DataSourceRef<PromQl>) -> Self {
        let head = Head::new("prometheus-agent", "Prometheus agents");
        Self { head, prometheus: prometheus.clone(), job: None, agent: true, remote_write: true }
    }

    /// Shows this job at first. By default the first one.
    #[must_use]
    pub fn job(mut self, job: impl Into<String>) -> Self {
        self.job = Some(job.into());
        self
    }

    /// Shows what is sent on by remote write, such as to managed Prometheus. Of a server it does not by default.
    #[must_use]
    pub fn remote_write(mut self) -> Self {
        self.remote_write = true;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let description = if self.agent {
            "Prometheus as an agent: does it scrape, and send on what it scraped?"
        } else {
            "Prometheus: does it scrape, store and answer?"
        };
        // Only a program with the metric that is counted here is one that the rest of the dashboard can tell of.
        let metric = if self.agent { "prometheus_agent_active_series" } else { "prometheus_tsdb_head_series" };
        let dashboard = self
            .head
            .dashboard(description, "observability")
            .variable(job(&self.prometheus, metric, self.job.as_deref()))
            .variable(instances(&self.prometheus, metric))
            .row(self.overview())
            .row(self.scraping());
        let dashboard = if self.agent {
            dashboard.row(self.log())
        } else {
            dashboard.row(self.storage()).row(self.queries()).row(self.rules())
        };
        let dashboard = if self.remote_write { dashboard.row(self.remote()) } else { dashboard };
        dashboard.row(process_row(&self.prometheus, true).collapsed())
    }

    fn overview(&self) -> Row {
        let reloads = Mapping::values([("0", "failed"), ("1", "loaded")]);
        let (samples, series, what) = if self.agent {
            ("prometheus_agent_samples_appended_total", "prometheus_agent_active_series", "sent on")
        } else {
            ("prometheus_tsdb_head_samples_appended_total", "prometheus_tsdb_head_series", "stored")
        };
        let keeps_up = if self.agent {
            judged("Behind", "How old the newest sample is that was sent.", Unit::SECONDS, 60.0, 300.0)
                .query(self.query(&format!("max({BEHIND})")).legend("behind"))
        } else {
            let longest = "max(prometheus_engine_query_duration_seconds{IT, slice=\"inner_eval\", quantile=\"0.9\"})";
            let description = "One query in ten takes longer than this, from its evaluation's beginning.";
            judged("Slow queries", description, Unit::SECONDS, 1.0, 5.0).query(self.query(longest).legend("p90"))
        };
        Row::new("Overview")
            .panel(
                number("Samples", &format!("Samples that are {what} per second."), Unit::COUNTS_PER_SECOND)
                    .query(self.rate("", samples).legend("samples")),
            )
            .panel(
                number("Series", "Series that had a sample in the last hours. Memory grows with them.", Unit::SHORT)
                    .query(self.query(&format!("sum({series}{{IT}})")).legend("series")),
            )
            .panel(
                none_wanted("Targets down", "Targets of all jobs that cannot be scraped.")
                    .query(self.prometheus.query("count(up == 0) or vector(0)").legend("down")),
            )
            .panel(keeps_up)
            .panel(
                judged_down("Configuration", "Whether the last configuration could be loaded.", Unit::NONE, 1.0, 1.0)
                    .graph_mode(StatGraph::None)
                    .mappings([reloads])
                    .query(
                        self.query("min(prometheus_config_last_reload_successful{IT})")
                            .legend("configuration")
                            .instant(),
                    ),
            )
            .panel(
                number("Version", "The version that runs.", Unit::NONE)
                    .graph_mode(StatGraph::None)
                    .text_mode(crate::dashboard::StatText::Name)
                    .query(
                        self.query("count by (version) (prometheus_build_info{IT})").legend("{{version}}").instant(),
                    ),
            )
    }

    fn scraping(&self) -> Row {
        let names = Organize::new().hide("Time").hide("Value").rename("job", "Job").rename("instance", "Instance");
        Row::new("Scraping")
            .panel(
                graph("Targets", "How many targets of each job can be scraped.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.prometheus.query("sum by (job) (up)").legend("{{job}}")),
            )
            .panel(
                graph(
                    "Duration of scrapes",
                    "The slowest target of each job. It has to stay below the scrape interval.",
                    Unit::SECONDS,
                )
                .size(8, 8)
                .query(self.prometheus.query("max by (job) (scrape_duration_seconds)").legend("{{job}}")),
            )
            .panel(
                stacked("Samples of each job", "How many samples a scrape of all targets of a job gives.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.prometheus.query("sum by (job) (scrape_samples_scraped)").legend("{{job}}")),
            )
            .panel(
                graph(
                    "Samples that are refused",
                    "Too old, out of order, twice at a time, or beyond a limit. There should be none.",
                    Unit::COUNTS_PER_SECOND,
                )
                .query(self.rate("", "prometheus_target_scrapes_sample_out_of_order_total").legend("out of order"))
                .query(
                    self.rate("", "prometheus_target_scrapes_sample_duplicate_timestamp_total")
                        .legend("twice at a time"),
                )
                .query(self.rate("", "prometheus_target_scrapes_sample_out_of_bounds_total").legend("too old"))
                .query(
                    self.rate("", "prometheus_target_scrapes_exceeded_sample_limit_total").legend("beyond the limit"),
                ),
            )
            .panel(
                Table::new("Targets down")
                    .description("The targets that cannot be scraped now.")
                    .size(12, 8)
                    .no_value("None")
                    .query(
                        self.prometheus.query("sum by (job, instance) (up == 0)").format(PromFormat::Table).instant(),
                    )
                    .transform(Transformation::from(names)),
            )
    }

    fn storage(&self) -> Row {
        Row::new("Storage")
            .panel(
                graph("Series", "Series in memory.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.query("prometheus_tsdb_head_series{IT}").legend("{{instance}}")),
            )
            .panel(
                graph(
                    "New and ended series",
                    "Many of both are labels that change all the time.",
                    Unit::COUNTS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.rate("", "prometheus_tsdb_head_series_created_total").legend("new"))
                .query(self.rate("", "prometheus_tsdb_head_series_removed_total").legend("ended")),
            )
            .panel(
                graph("Disk", "What the blocks take, without the last two or three hours.", Unit::BYTES)
                    .size(8, 8)
                    .query(self.query("prometheus_tsdb_storage_blocks_bytes{IT}").legend("{{instance}}")),
            )
            .panel(
                graph("Compactions", "How often blocks are put together.", Unit::OPS_PER_SECOND)
                    .query(self.rate("", "prometheus_tsdb_compactions_total").legend("done"))
                    .query(self.rate("", "prometheus_tsdb_compactions_failed_total").legend("failed")),
            )
            .panel(
                graph("Failures of storage", "Anything here is a disk that is full or broken.", Unit::OPS_PER_SECOND)
                    .query(self.rate("", "prometheus_tsdb_wal_corruptions_total").legend("damaged log"))
                    .query(self.rate("", "prometheus_tsdb_reloads_failures_total").legend("blocks not loaded"))
                    .query(self.rate("", "prometheus_tsdb_head_truncations_failed_total").legend("memory not freed")),
            )
    }

    fn queries(&self) -> Row {
        let stages = "max by (slice) (prometheus_engine_query_duration_seconds{IT, quantile=\"0.9\"})";
        Row::new("Queries")
            .panel(
                graph("Requests", "Requests to each path.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 8)
                    .query(self.rate("handler", "prometheus_http_requests_total").legend("{{handler}}")),
            )
            .panel(
                graph("Duration of requests", "One request in twenty takes longer than this.", Unit::SECONDS)
                    .size(8, 8)
                    .query(
                        self.quantile("0.95", "le, handler", "prometheus_http_request_duration_seconds")
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
                .query(self.query(stages).legend("{{slice}}")),
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
                .query(self.query("prometheus_rule_group_last_duration_seconds{IT}").legend("{{rule_group}}")),
            )
            .panel(
                graph(
                    "Failed evaluations",
                    "Rules that could not be evaluated, and groups that were late.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(
                    self.rate("rule_group", "prometheus_rule_evaluation_failures_total")
                        .legend("{{rule_group}} failed"),
                )
                .query(
                    self.rate("rule_group", "prometheus_rule_group_iterations_missed_total")
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
                .query(self.query("sum(prometheus_notifications_queue_length{IT})").legend("waiting"))
                .query(self.rate("", "prometheus_notifications_dropped_total").legend("lost per second")),
            )
    }

    /// What an agent has instead of a storage: what it has to send, until it is sent.
    fn log(&self) -> Row {
        Row::new("Write-ahead log")
            .panel(
                graph("Series", "Series in memory.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.query("prometheus_agent_active_series{IT}").legend("{{instance}}")),
            )
            .panel(
                graph("Written", "Pages of 32 KiB that are written.", Unit::OPS_PER_SECOND)
                    .size(8, 8)
                    .query(self.rate("instance", "prometheus_tsdb_wal_page_flushes_total").legend("{{instance}}")),
            )
            .panel(
                graph("Failures", "Anything here is a disk that is full or broken.", Unit::OPS_PER_SECOND)
                    .size(8, 8)
                    .query(self.rate("", "prometheus_tsdb_wal_writes_failed_total").legend("not written"))
                    .query(self.rate("", "prometheus_tsdb_wal_truncations_failed_total").legend("not shortened"))
                    .query(self.rate("", "prometheus_agent_corruptions_total").legend("damaged")),
            )
    }

    fn remote(&self) -> Row {
        Row::new("Remote write")
            .panel(
                graph("Behind", "How old the newest sample is that was sent.", Unit::SECONDS)
                    .size(8, 8)
                    .query(self.query(&format!("max by (remote_name) ({BEHIND})")).legend("{{remote_name}}")),
            )
            .panel(
                graph("Samples", "Samples that were sent, sent again, and lost.", Unit::COUNTS_PER_SECOND)
                    .size(8, 8)
                    .query(self.rate("", "prometheus_remote_storage_samples_total").legend("sent"))
                    .query(self.rate("", "prometheus_remote_storage_samples_retried_total").legend("sent again"))
                    .query(self.rate("", "prometheus_remote_storage_samples_failed_total").legend("lost")),
            )
            .panel(
                graph(
                    "Shards",
                    "Connections that send, and how many are wanted. If more are wanted than there may be, it \
                     falls behind.",
                    Unit::SHORT,
                )
                .size(8, 8)
                .query(
                    self.query("sum by (remote_name) (prometheus_remote_storage_shards{IT})").legend("{{remote_name}}"),
                )
                .query(
                    self.query("sum by (remote_name) (prometheus_remote_storage_shards_desired{IT})")
                        .legend("{{remote_name}} wanted"),
                )
                .query(
                    self.query("sum by (remote_name) (prometheus_remote_storage_shards_max{IT})")
                        .legend("{{remote_name}} at most"),
                ),
            )
    }
}
