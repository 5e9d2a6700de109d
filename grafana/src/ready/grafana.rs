//! [`GrafanaItself`]: Grafana, as it tells of itself.

use super::job::{Job, of_job};
use super::parts::{Head, graph, judged, none_wanted, number, ready, stacked};
use crate::dashboard::{Dashboard, Row, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// Grafana, as it tells of itself on its path `/metrics`: its requests, data sources and alerts. Managed Grafana has no
/// such path.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct GrafanaItself {
    head: Head,
    job: Job,
}

ready!(GrafanaItself);
of_job!(GrafanaItself);

impl GrafanaItself {
    /// The dashboard `grafana`.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { head: Head::new("grafana", "Grafana"), job: Job::new(prometheus) }
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        self.head
            .dashboard("Grafana: does it answer, do its data sources, does it evaluate alerts?", "observability")
            .variable(self.job.variable("grafana_build_info"))
            .variable(self.job.instances("grafana_build_info"))
            .annotation(self.job.alerts())
            .annotation(self.job.starts())
            .row(self.overview())
            .row(self.requests())
            .row(self.alerting())
            .row(self.job.process_row())
    }

    fn overview(&self) -> Row {
        Row::new("Overview")
            .panel(
                number("Dashboards", "How many there are.", Unit::NONE)
                    .query(self.job.query("max(grafana_stat_totals_dashboard{IT})").legend("dashboards")),
            )
            .panel(
                number("Active users", "Users who were there in the last 30 days.", Unit::NONE)
                    .query(self.job.query("max(grafana_stat_active_users{IT})").legend("users")),
            )
            .panel(
                number("Requests", "Requests that are answered per second.", Unit::REQUESTS_PER_SECOND)
                    .query(self.job.rate("", "grafana_http_request_duration_seconds_count").legend("requests")),
            )
            .panel(
                judged("Slowest 5 %", "One request in twenty takes longer than this.", Unit::SECONDS, 1.0, 5.0)
                    .query(self.job.quantile("0.95", "le", "grafana_http_request_duration_seconds").legend("p95")),
            )
            .panel(
                none_wanted("Failed evaluations", "Alert rules that could not be evaluated, in the time range.").query(
                    self.job
                        .query(
                            "sum(increase(grafana_alerting_rule_evaluation_failures_total{IT}[$__range])) or vector(0)",
                        )
                        .legend("failed")
                        .instant(),
                ),
            )
            .panel(
                none_wanted("Failed notifications", "Notifications that could not be sent, in the time range.").query(
                    self.job
                        .query("sum(increase(grafana_alerting_notifications_failed_total{IT}[$__range])) or vector(0)")
                        .legend("failed")
                        .instant(),
                ),
            )
    }

    fn requests(&self) -> Row {
        Row::new("Requests and data sources")
            .panel(stacked("Requests by status", "What Grafana answers.", Unit::REQUESTS_PER_SECOND).size(8, 8).query(
                self.job.rate("status_code", "grafana_http_request_duration_seconds_count").legend("{{status_code}}"),
            ))
            .panel(
                stacked(
                    "Requests to data sources",
                    "What Grafana asks each kind of data source, by the answer's status.",
                    Unit::REQUESTS_PER_SECOND,
                )
                .size(8, 8)
                .query(
                    self.job
                        .rate("datasource_type, code", "grafana_datasource_request_total")
                        .legend("{{datasource_type}} {{code}}"),
                ),
            )
            .panel(
                graph(
                    "Duration of data sources",
                    "One request in twenty to a data source takes longer than this.",
                    Unit::SECONDS,
                )
                .size(8, 8)
                .query(
                    self.job
                        .quantile("0.95", "le, datasource", "grafana_datasource_request_duration_seconds")
                        .legend("{{datasource}}"),
                ),
            )
    }

    fn alerting(&self) -> Row {
        Row::new("Alerting")
            .panel(
                graph("Evaluations", "Alert rules that are evaluated, and that fail.", Unit::OPS_PER_SECOND)
                    .size(8, 8)
                    .query(self.job.rate("", "grafana_alerting_rule_evaluations_total").legend("evaluated"))
                    .query(self.job.rate("", "grafana_alerting_rule_evaluation_failures_total").legend("failed")),
            )
            .panel(
                graph("Behind", "How late the evaluation of alert rules is.", Unit::SECONDS)
                    .size(8, 8)
                    .query(self.job.query("max(grafana_alerting_scheduler_behind_seconds{IT})").legend("behind")),
            )
            .panel(
                graph(
                    "Notifications",
                    "What was sent by which kind of contact point, and what failed.",
                    Unit::OPS_PER_SECOND,
                )
                .size(8, 8)
                .query(self.job.rate("integration", "grafana_alerting_notifications_total").legend("{{integration}}"))
                .query(
                    self.job
                        .rate("integration", "grafana_alerting_notifications_failed_total")
                        .legend("{{integration}} failed"),
                ),
            )
    }
}
