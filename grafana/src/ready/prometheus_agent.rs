//! [`PrometheusAgent`]: Prometheus in agent mode, as it tells of itself.

use super::job::{Job, of_job};
use super::parts::{Head, graph, judged, none_wanted, number, ready};
use super::prometheus_rows::{self, BEHIND};
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
    job: Job,
}

ready!(PrometheusAgent);
of_job!(PrometheusAgent);

impl PrometheusAgent {
    /// The dashboard `prometheus-agent`, of agents whose own metrics are sent to this Prometheus too.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { head: Head::new("prometheus-agent", "Prometheus agent"), job: Job::new(prometheus) }
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        self.head
            .dashboard("Prometheus agents: do they find, scrape and send on?", "observability")
            .variable(self.job.variable("prometheus_agent_active_series"))
            .variable(self.job.instances("prometheus_agent_active_series"))
            .annotation(self.job.alerts())
            .annotation(self.job.starts())
            .row(self.overview())
            .row(prometheus_rows::remote_write(&self.job))
            .row(prometheus_rows::scraping(&self.job))
            .row(self.discovery())
            .row(self.log())
            .row(self.job.process_row())
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                number("Samples", "Samples that are taken per second.", Unit::COUNTS_PER_SECOND)
                    .query(self.job.rate("", "prometheus_agent_samples_appended_total").legend("samples")),
            )
            .panel(
                number("Series", "Series that have samples. Memory grows with them.", Unit::SHORT)
                    .query(self.job.query("sum(prometheus_agent_active_series{IT})").legend("series")),
            )
            .panel(prometheus_rows::targets_down(&self.job))
            .panel(
                judged(
                    "Behind",
                    "How much older the newest sample is that was sent than the newest one there is.",
                    Unit::SECONDS,
                    60.0,
                    300.0,
                )
                .query(self.job.query(BEHIND).legend("{{remote_name}}")),
            )
            .panel(
                none_wanted("Lost samples", "Samples that the remote refused in the time range, for good.").query(
                    self.job
                        .query(
                            "sum(increase(prometheus_remote_storage_samples_failed_total{IT}[$__range])) or vector(0)",
                        )
                        .legend("lost")
                        .instant(),
                ),
            )
            .panel(prometheus_rows::version(&self.job))
    }

    fn discovery(&self) -> Row {
        Row::new("Discovery")
            .panel(
                graph("Targets found", "Targets that discovery found for each job.", Unit::SHORT).query(
                    self.job.query("sum by (config) (prometheus_sd_discovered_targets{IT})").legend("{{config}}"),
                ),
            )
            .panel(
                graph(
                    "Failures of discovery",
                    "Configurations that discovery cannot work with, and targets that are no targets.",
                    Unit::SHORT,
                )
                .query(self.job.query("sum(prometheus_sd_failed_configs{IT})").legend("configurations"))
                .query(self.job.rate("", "prometheus_target_sync_failed_total").legend("targets per second")),
            )
    }

    fn log(&self) -> Row {
        Row::new("Write-ahead log")
            .panel(
                graph("Series", "Series of each instance, and those that are kept until they are sent.", Unit::SHORT)
                    .query(self.job.query("prometheus_agent_active_series{IT}").legend("{{instance}}"))
                    .query(self.job.query("prometheus_agent_deleted_series{IT}").legend("{{instance}} ended")),
            )
            .panel(
                graph(
                    "Failures of the log",
                    "Anything but samples out of order is a disk that is full or broken.",
                    Unit::OPS_PER_SECOND,
                )
                .query(self.job.rate("", "prometheus_agent_corruptions_total").legend("damaged log"))
                .query(self.job.rate("", "prometheus_tsdb_wal_writes_failed_total").legend("writes"))
                .query(self.job.rate("", "prometheus_agent_checkpoint_creations_failed_total").legend("checkpoints"))
                .query(self.job.rate("", "prometheus_agent_out_of_order_samples_total").legend("out of order")),
            )
    }
}
