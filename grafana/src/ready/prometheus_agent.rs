//! [`PrometheusAgent`]: Prometheus in agent mode, as it tells of itself.

use super::parts::{
    Head, graph, instance_starts, instances, job, job_alerts, judged, none_wanted, number, process_row, ready,
};
use super::prometheus_rows::{self, BEHIND, query, rate};
use crate::dashboard::{Dashboard, Row, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// Prometheus in [agent mode](https://prometheus.io/docs/prometheus/latest/prometheus_agent/), as it tells of itself: what
/// it finds, scrapes and sends on. An agent stores nothing but what it has not sent, evaluates no rules and answers no
/// queries, so that a dashboard of a [server](super::PrometheusItself) would be empty for the most part.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct PrometheusAgent {
    head: Head,
    prometheus: DataSourceRef<PromQl>,
    job: Option<String>,
}

ready!(PrometheusAgent);

impl PrometheusAgent {
    /// The dashboard `prometheus-agent`, of agents whose own metrics are sent to this Prometheus too.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { head: Head::new("prometheus-agent", "Prometheus agent"), prometheus: prometheus.clone(), job: None }
    }

    /// Shows this job at first. By default the first one.
    #[must_use]
    pub fn job(mut self, job: impl Into<String>) -> Self {
        self.job = Some(job.into());
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        self.head
            .dashboard("Prometheus agents: do they find, scrape and send on?", "observability")
            .variable(job(&self.prometheus, "prometheus_agent_active_series", self.job.as_deref()))
            .variable(instances(&self.prometheus, "prometheus_agent_active_series"))
            .annotation(job_alerts(&self.prometheus))
            .annotation(instance_starts(&self.prometheus))
            .row(self.overview())
            .row(prometheus_rows::remote_write(&self.prometheus))
            .row(prometheus_rows::scraping(&self.prometheus))
            .row(self.discovery())
            .row(self.log())
            .row(process_row(&self.prometheus, true).collapsed())
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                number("Samples", "Samples that are taken per second.", Unit::COUNTS_PER_SECOND)
                    .query(rate(&self.prometheus, "", "prometheus_agent_samples_appended_total").legend("samples")),
            )
            .panel(
                number("Series", "Series that have samples. Memory grows with them.", Unit::SHORT)
                    .query(query(&self.prometheus, "sum(prometheus_agent_active_series{IT})").legend("series")),
            )
            .panel(prometheus_rows::targets_down(&self.prometheus))
            .panel(
                judged(
                    "Behind",
                    "How much older the newest sample is that was sent than the newest one there is.",
                    Unit::SECONDS,
                    60.0,
                    300.0,
                )
                .query(query(&self.prometheus, BEHIND).legend("{{remote_name}}")),
            )
            .panel(
                none_wanted("Lost samples", "Samples that the remote refused in the time range, for good.").query(
                    query(
                        &self.prometheus,
                        "sum(increase(prometheus_remote_storage_samples_failed_total{IT}[$__range])) or vector(0)",
                    )
                    .legend("lost")
                    .instant(),
                ),
            )
            .panel(prometheus_rows::version(&self.prometheus))
    }

    fn discovery(&self) -> Row {
        Row::new("Discovery")
            .panel(graph("Targets found", "Targets that discovery found for each job.", Unit::SHORT).query(
                query(&self.prometheus, "sum by (config) (prometheus_sd_discovered_targets{IT})").legend("{{config}}"),
            ))
            .panel(
                graph(
                    "Failures of discovery",
                    "Configurations that discovery cannot work with, and targets that are no targets.",
                    Unit::SHORT,
                )
                .query(query(&self.prometheus, "sum(prometheus_sd_failed_configs{IT})").legend("configurations"))
                .query(rate(&self.prometheus, "", "prometheus_target_sync_failed_total").legend("targets per second")),
            )
    }

    fn log(&self) -> Row {
        Row::new("Write-ahead log")
            .panel(
                graph("Series", "Series of each instance, and those that are kept until they are sent.", Unit::SHORT)
                    .query(query(&self.prometheus, "prometheus_agent_active_series{IT}").legend("{{instance}}"))
                    .query(query(&self.prometheus, "prometheus_agent_deleted_series{IT}").legend("{{instance}} ended")),
            )
            .panel(
                graph(
                    "Failures of the log",
                    "Anything but samples out of order is a disk that is full or broken.",
                    Unit::OPS_PER_SECOND,
                )
                .query(rate(&self.prometheus, "", "prometheus_agent_corruptions_total").legend("damaged log"))
                .query(rate(&self.prometheus, "", "prometheus_tsdb_wal_writes_failed_total").legend("writes"))
                .query(
                    rate(&self.prometheus, "", "prometheus_agent_checkpoint_creations_failed_total")
                        .legend("checkpoints"),
                )
                .query(
                    rate(&self.prometheus, "", "prometheus_agent_out_of_order_samples_total").legend("out of order"),
                ),
            )
    }
}
