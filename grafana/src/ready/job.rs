//! [`Job`]: what a Prometheus scrapes under one name.

use belvedere_cfn::IntoValue;

use super::parts::{alerts, graph, limit, quantile_of, rate_of, starts};
use crate::dashboard::{Annotation, Override, PromQuery, Refresh, Row, Unit, Variable, VariableSort, variable};
use crate::datasource::{DataSourceRef, PromQl};

/// What keeps to the chosen job.
pub(super) const JOB: &str = "job=\"$job\"";

/// What keeps to the chosen job and instances.
pub(super) const JOB_AND_INSTANCES: &str = "job=\"$job\", instance=~\"$instance\"";

/// The job that a dashboard is of: the one that its reader chooses by the variable `job`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    pub(super) prometheus: DataSourceRef<PromQl>,
    /// The one that is shown at first.
    pub(super) default: Option<String>,
}

/// The setter that all ready dashboards of a job have.
macro_rules! of_job {
    ($name:ident) => {
        impl $name {
            /// Shows this job at first. By default the first one that has what the dashboard shows.
            #[must_use]
            pub fn job(mut self, job: impl Into<String>) -> Self {
                self.job.default = Some(job.into());
                self
            }
        }
    };
}
pub(super) use of_job;

impl Job {
    /// Any job of this Prometheus.
    pub(super) fn new(prometheus: &DataSourceRef<PromQl>) -> Self {
        Self { prometheus: prometheus.clone(), default: None }
    }

    /// The variable `job`, of the jobs that have a metric.
    pub(super) fn variable(&self, metric: impl IntoValue<String>) -> Variable<variable::FromQuery> {
        let job = Variable::label_values("job", &self.prometheus, metric, "job")
            .label("Job")
            .description("The job of Prometheus that scrapes it.")
            .sort(VariableSort::AlphabeticalAscending);
        match &self.default {
            Some(default) => job.default_value(default.as_str()),
            None => job,
        }
    }

    /// The variable `instance`, of the instances of the job that have a metric: all of them at first.
    pub(super) fn instances(&self, metric: &str) -> Variable<variable::FromQuery> {
        Variable::label_values("instance", &self.prometheus, format!("{metric}{{{JOB}}}"), "instance")
            .label("Instance")
            .description("The instances that are scraped.")
            .sort(VariableSort::AlphabeticalAscending)
            .refresh(Refresh::OnTimeRangeChange)
            .multi(true)
            .include_all(true)
            .all_value(".*")
            .default_all()
    }

    /// Marks when alerts of the job fired.
    pub(super) fn alerts(&self) -> Annotation {
        alerts(&self.prometheus, &[JOB])
    }

    /// Marks when the chosen instances were started.
    pub(super) fn starts(&self) -> Annotation {
        starts(&self.prometheus, &format!("process_start_time_seconds{{{JOB_AND_INSTANCES}}}"))
    }

    /// A query in which `IT` keeps to the chosen instances of the job.
    pub(super) fn query(&self, expression: &str) -> PromQuery {
        self.prometheus.query(expression.replace("IT", JOB_AND_INSTANCES))
    }

    /// The rate of a counter, summed by labels, or altogether if there is none.
    pub(super) fn rate(&self, by: &str, counter: &str) -> PromQuery {
        self.prometheus.query(rate_of(by, counter, JOB_AND_INSTANCES))
    }

    /// A quantile of a histogram, by labels that include `le`.
    pub(super) fn quantile(&self, quantile: &str, by: &str, histogram: &str) -> PromQuery {
        self.prometheus.query(quantile_of(quantile, by, histogram, JOB_AND_INSTANCES))
    }

    /// What Prometheus' library for Go tells of a process.
    pub(super) fn process_row(&self) -> Row {
        let each = |metric: &str| self.query(&format!("{metric}{{IT}}")).legend("{{instance}}");
        let rate = |counter: &str| self.rate("instance", counter).legend("{{instance}}");
        Row::new("Process")
            .panel(
                graph("CPU", "Processor time that each instance uses, in cores.", Unit::SHORT)
                    .size(8, 8)
                    .query(rate("process_cpu_seconds_total")),
            )
            .panel(
                graph("Memory", "Memory of each instance that is in RAM.", Unit::BYTES)
                    .size(8, 8)
                    .query(each("process_resident_memory_bytes")),
            )
            .panel(
                graph("Open files", "Files and sockets that each instance has open, and how many it may.", Unit::SHORT)
                    .size(8, 8)
                    .query(each("process_open_fds"))
                    .query(self.query("min by (job) (process_max_fds{IT})").legend("limit"))
                    .over(limit(Override::by_name("limit"))),
            )
            .panel(
                graph("Heap", "Memory that Go's heap uses.", Unit::BYTES)
                    .size(8, 8)
                    .query(each("go_memstats_heap_inuse_bytes")),
            )
            .panel(
                graph("Goroutines", "A number that only grows is a leak.", Unit::SHORT)
                    .size(8, 8)
                    .query(each("go_goroutines")),
            )
            .panel(
                graph(
                    "Garbage collection",
                    "Time in which the program stood still for it, as a share.",
                    Unit::PERCENT_UNIT,
                )
                .size(8, 8)
                .query(rate("go_gc_duration_seconds_sum")),
            )
            .collapsed()
    }
}
