//! [`OpenTelemetryCollector`]: the Collector of OpenTelemetry, as it tells of itself.

use super::job::{JOB_AND_INSTANCES, Job, of_job};
use super::parts::{Head, graph, judged, limit, none_wanted, number, rate_of, ready};
use crate::dashboard::{Dashboard, Override, PromQuery, Row, TimeSeries, Unit};
use crate::datasource::{DataSourceRef, PromQl};

/// How a Collector names its own metrics, which depends on its configuration
/// (<https://opentelemetry.io/docs/collector/internal-telemetry/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectorNames {
    /// `otelcol_receiver_accepted_spans`: `service.telemetry.metrics` has no `readers` of its own.
    Plain,
    /// `otelcol_receiver_accepted_spans_total`: it has a Prometheus reader that does not say `without_type_suffix` and
    /// `without_units`.
    Suffixed,
}

/// The Collector of OpenTelemetry, as it tells of itself: what it receives, drops and sends.
///
/// Variables: `job`, `instance`.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTelemetryCollector {
    head: Head,
    job: Job,
    names: CollectorNames,
}

ready!(OpenTelemetryCollector);
of_job!(OpenTelemetryCollector);

/// What is counted of each signal.
const SIGNALS: [(&str, &str); 3] =
    [("spans", "spans"), ("metric_points", "metric points"), ("log_records", "log records")];

impl OpenTelemetryCollector {
    /// The dashboard `opentelemetry-collector`, of a Collector with plain names.
    #[must_use]
    pub fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        let head = Head::new("opentelemetry-collector", "OpenTelemetry Collector");
        Self { head, job: Job::new(prometheus), names: CollectorNames::Plain }
    }

    /// Reads metrics with these names. They are plain by default.
    #[must_use]
    pub fn names(mut self, names: CollectorNames) -> Self {
        self.names = names;
        self
    }

    /// Returns the dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let uptime = self.name("otelcol_process_uptime", "_seconds_total");
        self.head
            .dashboard("The Collector: does what comes in go out again?", "observability")
            .variable(self.job.variable(uptime.as_str()))
            .variable(self.job.instances(&uptime))
            .annotation(self.job.alerts())
            .row(self.overview())
            .row(self.receivers())
            .row(self.processors())
            .row(self.exporters())
            .row(self.process())
    }

    /// The name of a metric, with the suffix that it has by Prometheus' convention if names have suffixes.
    fn name(&self, name: &str, suffix: &str) -> String {
        match self.names {
            CollectorNames::Plain => name.to_owned(),
            CollectorNames::Suffixed => format!("{name}{suffix}"),
        }
    }

    /// The rate of a counter, summed.
    fn rate(&self, by: &str, counter: &str) -> String {
        let counter = self.name(counter, "_total");
        rate_of(by, &counter, JOB_AND_INSTANCES)
    }

    fn query(&self, expression: String) -> PromQuery {
        self.job.prometheus.query(expression)
    }

    /// The same counter of all signals.
    fn signals(&self, panel: TimeSeries, by: &str, counter: &str) -> TimeSeries {
        SIGNALS.iter().fold(panel, |panel, (signal, name)| {
            let legend = format!("{{{{{by}}}}} {name}");
            panel.query(self.query(self.rate(by, &format!("{counter}_{signal}"))).legend(legend))
        })
    }

    fn overview(&self) -> Row {
        let taken = |signal: &str, name: &str| {
            number(name, "What receivers have taken, per second.", Unit::COUNTS_PER_SECOND)
                .query(self.query(self.rate("", &format!("otelcol_receiver_accepted_{signal}"))).legend(name))
        };
        let failed = SIGNALS.map(|(signal, _)| {
            format!("({} or vector(0))", self.rate("", &format!("otelcol_exporter_send_failed_{signal}")))
        });
        let refused = SIGNALS.map(|(signal, _)| {
            format!("({} or vector(0))", self.rate("", &format!("otelcol_receiver_refused_{signal}")))
        });
        let queue = format!(
            "max(otelcol_exporter_queue_size{{{JOB_AND_INSTANCES}}} / \
             otelcol_exporter_queue_capacity{{{JOB_AND_INSTANCES}}})"
        );
        Row::new("Overview")
            .panel(taken("spans", "Spans"))
            .panel(taken("metric_points", "Metric points"))
            .panel(taken("log_records", "Log records"))
            .panel(
                none_wanted("Refused", "What receivers could not take in, per second. Its senders have to try again.")
                    .decimals(2)
                    .query(self.query(refused.join(" + ")).legend("refused")),
            )
            .panel(
                none_wanted("Not sent", "What exporters could not send, per second.")
                    .decimals(2)
                    .query(self.query(failed.join(" + ")).legend("not sent")),
            )
            .panel(
                judged(
                    "Fullest queue",
                    "Share of the room of an exporter's queue that is taken. A full one loses data.",
                    Unit::PERCENT_UNIT,
                    0.5,
                    0.8,
                )
                .query(self.query(queue).legend("queue")),
            )
    }

    fn receivers(&self) -> Row {
        let panel = |title: &str, description: &str| graph(title, description, Unit::COUNTS_PER_SECOND);
        Row::new("Receivers")
            .panel(self.signals(
                panel("Taken", "What each receiver has taken."),
                "receiver",
                "otelcol_receiver_accepted",
            ))
            .panel(self.signals(
                panel("Refused", "What each receiver could not take in."),
                "receiver",
                "otelcol_receiver_refused",
            ))
    }

    fn processors(&self) -> Row {
        Row::new("Processors")
            .panel(
                graph(
                    "Into and out of processors",
                    "A processor of which less comes out drops or filters.",
                    Unit::COUNTS_PER_SECOND,
                )
                .query(
                    self.query(self.rate("processor, otel_signal", "otelcol_processor_incoming_items"))
                        .legend("{{processor}} {{otel_signal}} in"),
                )
                .query(
                    self.query(self.rate("processor, otel_signal", "otelcol_processor_outgoing_items"))
                        .legend("{{processor}} {{otel_signal}} out"),
                ),
            )
            .panel(
                graph("Batches", "Why batches were sent: they were full, or it was time.", Unit::OPS_PER_SECOND)
                    .query(
                        self.query(self.rate("processor", "otelcol_processor_batch_batch_size_trigger_send"))
                            .legend("{{processor}} full"),
                    )
                    .query(
                        self.query(self.rate("processor", "otelcol_processor_batch_timeout_trigger_send"))
                            .legend("{{processor}} time"),
                    ),
            )
    }

    fn exporters(&self) -> Row {
        let panel = |title: &str, description: &str| graph(title, description, Unit::COUNTS_PER_SECOND).size(8, 8);
        let each = |metric: &str| format!("sum by (exporter) ({metric}{{{JOB_AND_INSTANCES}}})");
        Row::new("Exporters")
            .panel(self.signals(panel("Sent", "What each exporter has sent."), "exporter", "otelcol_exporter_sent"))
            .panel(self.signals(
                panel("Not sent", "What each exporter could not send, and dropped."),
                "exporter",
                "otelcol_exporter_send_failed",
            ))
            .panel(
                graph("Queues", "What waits in each exporter's queue, and how much can.", Unit::SHORT)
                    .size(8, 8)
                    .query(self.query(each("otelcol_exporter_queue_size")).legend("{{exporter}}"))
                    .query(self.query(each("otelcol_exporter_queue_capacity")).legend("{{exporter}} at most"))
                    .over(limit(Override::by_regexp("/ at most$/"))),
            )
    }

    fn process(&self) -> Row {
        let per_instance = |expression: String| self.query(expression).legend("{{instance}}");
        let memory = self.name("otelcol_process_memory_rss", "_bytes");
        Row::new("Process")
            .panel(
                graph("CPU", "Processor time that each instance uses, in cores.", Unit::SHORT)
                    .size(8, 8)
                    .query(per_instance(self.rate("instance", "otelcol_process_cpu_seconds"))),
            )
            .panel(
                graph("Memory", "Memory of each instance that is in RAM.", Unit::BYTES)
                    .size(8, 8)
                    .query(per_instance(format!("{memory}{{{JOB_AND_INSTANCES}}}"))),
            )
            .panel(
                graph("Heap", "Memory that Go's heap uses.", Unit::BYTES)
                    .size(8, 8)
                    .query(per_instance(format!("otelcol_process_runtime_heap_alloc_bytes{{{JOB_AND_INSTANCES}}}"))),
            )
            .collapsed()
    }
}
