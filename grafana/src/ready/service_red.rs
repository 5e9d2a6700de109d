//! [`ServiceRed`]: requests, errors and durations of a service.

use super::data_processor_rows;
use super::http_metrics::HttpMetrics;
use super::job::{JOB, Job, of_job};
use super::parts::{
    Head, alerts, described, firing_alerts, graph, judged, judged_down, number, percentiles, quantile_of, rate_of,
    ready, stacked, starts, with_exemplars,
};
use crate::dashboard::{
    Calc, Color, Dashboard, HeatMap, Legend, Logs, LogsOrder, Override, PromFormat, Row, Table, TraceTable, Unit,
    Variable, VariableSort,
};
use crate::datasource::{DataSourceRef, LogQl, PromQl, TraceQl};

/// Requests, errors and durations of a service that answers over HTTP: what its users notice, before what may be the
/// reason for it.
///
/// Variables: `job`, `endpoint`. Percentiles have exemplars, which lead to traces if the data source keeps and links them.
/// Graphs have marks where instances started, and where alerts fired whose label `job`, or `service`, is the job.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceRed {
    head: Head,
    job: Job,
    loki: Option<DataSourceRef<LogQl>>,
    tempo: Option<DataSourceRef<TraceQl>>,
    metrics: HttpMetrics,
    data_processor: bool,
}

ready!(ServiceRed);
of_job!(ServiceRed);

/// The alerts of a job: those of its series, and those of its objectives.
const ALERTS: [&str; 2] = [JOB, "service=\"$job\""];

impl ServiceRed {
    /// The dashboard `service-red`, of a service that exports what the data processor does.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self {
            head: Head::new("service-red", "Service: requests, errors, durations"),
            job: Job::new(prometheus),
            loki: None,
            tempo: None,
            metrics: HttpMetrics::default(),
            data_processor: false,
        }
    }

    /// Reads these metrics. By default those of the data processor.
    #[must_use]
    pub fn metrics(mut self, metrics: HttpMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Shows the warnings and errors that the service logs, in streams whose label `service_name` is the job. It does
    /// not by default.
    #[must_use]
    pub fn logs(mut self, loki: &DataSourceRef<LogQl>) -> Self {
        self.loki = Some(loki.clone());
        self
    }

    /// Shows traces of failed and of slow requests, of services whose name is the job. It does not by default.
    #[must_use]
    pub fn traces(mut self, tempo: &DataSourceRef<TraceQl>) -> Self {
        self.tempo = Some(tempo.clone());
        self
    }

    /// Shows the metrics that the data processor has of its storage and of its own telemetry. It does not by default.
    #[must_use]
    pub fn data_processor(mut self) -> Self {
        self.data_processor = true;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let HttpMetrics { requests, endpoint, .. } = &self.metrics;
        let endpoints =
            Variable::label_values("endpoint", &self.job.prometheus, format!("{requests}{{{JOB}}}"), endpoint)
                .label("Endpoint")
                .description("The routes of the service.")
                .sort(VariableSort::AlphabeticalAscending)
                .multi(true)
                .include_all(true)
                .all_value(".*")
                .default_all();
        let description =
            "What the users of a service notice: how much they ask, how much of it fails, how long it takes.";
        let mut dashboard = self
            .head
            .dashboard(description, "service")
            .variable(self.job.variable(requests.as_str()))
            .variable(endpoints)
            .annotation(alerts(&self.job.prometheus, &ALERTS))
            .annotation(starts(&self.job.prometheus, &self.start_time()))
            .row(self.overview())
            .row(self.rate())
            .row(self.errors())
            .row(self.duration());
        if self.data_processor {
            let prometheus = &self.job.prometheus;
            dashboard =
                dashboard.row(data_processor_rows::storage(prometheus)).row(data_processor_rows::telemetry(prometheus));
        }
        dashboard = dashboard.row(self.saturation());
        if let Some(tempo) = &self.tempo {
            dashboard = dashboard.row(traces_row(tempo));
        }
        if let Some(loki) = &self.loki {
            dashboard = dashboard.row(logs_row(loki));
        }
        dashboard
    }

    /// What keeps to the chosen job and endpoints.
    fn matchers(&self) -> String {
        format!("{JOB}, {}=~\"$endpoint\"", self.metrics.endpoint)
    }

    /// The same, and the requests that the service failed.
    fn failed(&self) -> String {
        format!("{}, {}=~\"5..\"", self.matchers(), self.metrics.status)
    }

    /// The share of the requests that failed. As long as none has failed there is no series of failures, and its rate is
    /// made of one that there is: of no request.
    fn error_ratio(&self, by: &str) -> String {
        let HttpMetrics { requests, .. } = &self.metrics;
        let (failed, all) = (rate_of(by, requests, &self.failed()), rate_of(by, requests, &self.matchers()));
        format!("({failed} or 0 * {all}) / {all}")
    }

    /// When instances were started, with the version if it is known.
    fn start_time(&self) -> String {
        let started = format!("process_start_time_seconds{{{JOB}}}");
        if !self.data_processor {
            return started;
        }
        format!("{started} * on (job, instance) group_left (version) data_processor_build_info{{{JOB}}}")
    }

    fn overview(&self) -> Row {
        let prometheus = &self.job.prometheus;
        let HttpMetrics { requests, durations, in_flight, .. } = &self.metrics;
        let matchers = self.matchers();
        let all = |matchers: &str| format!("sum(increase({requests}{{{matchers}}}[$__range]))");
        let (failed, asked) = (all(&self.failed()), all(&matchers));
        // Six panels or seven fill the row.
        let width = if in_flight.is_some() { 3 } else { 4 };
        let row = Row::new("Overview")
            .panel(firing_alerts(prometheus, &ALERTS).size(width, 4))
            .panel(
                number("Requests", "Requests that are answered per second.", Unit::REQUESTS_PER_SECOND)
                    .query(prometheus.query(rate_of("", requests, &matchers)).legend("requests")),
            )
            .panel(
                judged(
                    "Errors",
                    "Share of the requests that are answered with a status of 500 or more.",
                    Unit::PERCENT_UNIT,
                    0.001,
                    0.01,
                )
                .decimals(2)
                .query(prometheus.query(self.error_ratio("")).legend("errors")),
            )
            .panel(
                judged_down(
                    "Availability",
                    "Share of the requests of the whole time range that did not fail.",
                    Unit::PERCENT_UNIT,
                    0.99,
                    0.999,
                )
                .decimals(3)
                .query(
                    prometheus
                        .query(format!("1 - ({failed} or 0 * {asked}) / {asked}"))
                        .legend("availability")
                        .instant(),
                ),
            )
            .panel(
                judged("Slowest 5 %", "One request in twenty takes longer than this.", Unit::SECONDS, 0.5, 1.0)
                    .size(width, 4)
                    .query(prometheus.query(quantile_of("0.95", "le", durations, &matchers)).legend("p95")),
            )
            .panel(
                judged_down("Instances", "Instances that Prometheus can scrape.", Unit::NONE, 1.0, 1.0)
                    .size(width, 4)
                    .query(prometheus.query(format!("sum(up{{{JOB}}})")).legend("up")),
            );
        match in_flight {
            Some(in_flight) => row.panel(
                number("In flight", "Requests that are not answered yet.", Unit::NONE)
                    .size(width, 4)
                    .query(prometheus.query(format!("sum({in_flight}{{{JOB}}})")).legend("in flight")),
            ),
            None => row,
        }
    }

    fn rate(&self) -> Row {
        let prometheus = &self.job.prometheus;
        let HttpMetrics { requests, endpoint, method, status, .. } = &self.metrics;
        let by = |label: &str| {
            prometheus.query(rate_of(label, requests, &self.matchers())).legend(format!("{{{{{label}}}}}"))
        };
        let unit = || Unit::REQUESTS_PER_SECOND;
        let colour = |first: &str, color: Color| Override::by_regexp(format!("/^{first}/")).color(color);
        Row::new("Rate")
            .panel(
                stacked("Requests by endpoint", "How much each route is asked.", unit()).size(8, 9).query(by(endpoint)),
            )
            .panel(
                stacked(
                    "Requests by status",
                    "What is answered: 4xx are mistakes of clients, 5xx of the service.",
                    unit(),
                )
                .size(8, 9)
                .query(by(status))
                .over(colour("2", Color::GREEN))
                .over(colour("3", Color::BLUE))
                .over(colour("4", Color::ORANGE))
                .over(colour("5", Color::RED)),
            )
            .panel(stacked("Requests by method", "What clients want to do.", unit()).size(8, 9).query(by(method)))
    }

    fn errors(&self) -> Row {
        let prometheus = &self.job.prometheus;
        let HttpMetrics { requests, endpoint, status, .. } = &self.metrics;
        let legend = format!("{{{{{endpoint}}}}}");
        let both = format!("{{{{{endpoint}}}}} {{{{{status}}}}}");
        let rejected = format!("{}, {status}=~\"4..\"", self.matchers());
        Row::new("Errors")
            .panel(
                graph(
                    "Error ratio",
                    "Share of the requests to each route that failed with a status of 500 or more.",
                    Unit::PERCENT_UNIT,
                )
                .size(8, 9)
                .query(prometheus.query(self.error_ratio(endpoint)).legend(legend)),
            )
            .panel(
                graph("Failures of the service", "Answers with a status of 500 or more.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 9)
                    .query(
                        prometheus
                            .query(rate_of(&format!("{endpoint}, {status}"), requests, &self.failed()))
                            .legend(both.as_str()),
                    ),
            )
            .panel(
                graph("Mistakes of clients", "Answers with a status from 400 to 499.", Unit::REQUESTS_PER_SECOND)
                    .size(8, 9)
                    .query(
                        prometheus.query(rate_of(&format!("{endpoint}, {status}"), requests, &rejected)).legend(both),
                    ),
            )
    }

    fn duration(&self) -> Row {
        let prometheus = &self.job.prometheus;
        let HttpMetrics { durations, endpoint, .. } = &self.metrics;
        let matchers = self.matchers();
        let by = format!("le, {endpoint}");
        let increase = format!("sum by (le) (increase({durations}_bucket{{{matchers}}}[$__rate_interval]))");
        Row::new("Duration")
            .panel(percentiles(
                graph(
                    "Duration",
                    &described(
                        prometheus,
                        "How long half, 95 % and 99 % of the requests take at most.",
                        "Points are requests with a trace.",
                    ),
                    Unit::SECONDS,
                )
                .size(8, 9),
                prometheus,
                durations,
                &matchers,
            ))
            .panel(
                graph(
                    "Slowest 5 % by endpoint",
                    "One request in twenty to a route takes longer than this.",
                    Unit::SECONDS,
                )
                .size(8, 9)
                .query(with_exemplars(
                    prometheus,
                    prometheus
                        .query(quantile_of("0.95", &by, durations, &matchers))
                        .legend(format!("{{{{{endpoint}}}}}")),
                )),
            )
            .panel(
                HeatMap::new("Durations")
                    .description("How many requests took how long: two bands are two kinds of requests.")
                    .size(8, 9)
                    .y_unit(Unit::SECONDS)
                    .query(prometheus.query(increase).legend("{{le}}").format(PromFormat::HeatMap)),
            )
    }

    fn saturation(&self) -> Row {
        let each = |metric: &str| format!("{metric}{{{JOB}}}");
        let query = |query: String| self.job.prometheus.query(query).legend("{{instance}}");
        let row = Row::new("Saturation")
            .panel(
                graph("CPU", "Processor time that each instance uses, in cores.", Unit::SHORT)
                    .size(8, 8)
                    .query(query(rate_of("instance", "process_cpu_seconds_total", JOB))),
            )
            .panel(
                graph("Memory", "Memory of each instance that is in RAM.", Unit::BYTES)
                    .size(8, 8)
                    .query(query(each("process_resident_memory_bytes"))),
            );
        match &self.metrics.in_flight {
            Some(in_flight) => row.panel(
                graph("Requests in flight", "Requests of each instance that are not answered yet.", Unit::SHORT)
                    .size(8, 8)
                    .query(query(each(in_flight))),
            ),
            None => row.panel(
                graph("Open files", "Files and sockets that each instance has open.", Unit::SHORT)
                    .size(8, 8)
                    .query(query(each("process_open_fds"))),
            ),
        }
    }
}

fn traces_row(tempo: &DataSourceRef<TraceQl>) -> Row {
    let search = |title: &str, description: &str, condition: &str| {
        Table::new(title).description(description).size(12, 9).query(
            tempo
                .traceql(format!("{{ resource.service.name = \"$job\" && {condition} }}"))
                .limit(20)
                .table(TraceTable::Traces),
        )
    };
    Row::new("Traces")
        .panel(search("Failed requests", "Traces in which the service failed. A click opens one.", "status = error"))
        .panel(search("Slow requests", "Traces in which the service took more than half a second.", "duration > 500ms"))
}

fn logs_row(loki: &DataSourceRef<LogQl>) -> Row {
    let lines = "{service_name=\"$job\"} | detected_level=~\"warn|error|fatal|critical\"";
    Row::new("Logs")
        .panel(
            stacked("Warnings and errors", "How many lines the service logs on these levels.", Unit::SHORT)
                .size(24, 6)
                .legend(Legend::list().calcs([Calc::SUM]))
                .query(
                    loki.metric(format!("sum by (detected_level) (count_over_time({lines} [$__auto]))"))
                        .legend("{{detected_level}}"),
                ),
        )
        .panel(
            Logs::new("Warnings and errors")
                .description("The lines themselves. The fields of a line have the link to its trace.")
                .show_time(true)
                .wrap(true)
                .order(LogsOrder::NewestFirst)
                .query(loki.logs(lines).max_lines(200)),
        )
}
