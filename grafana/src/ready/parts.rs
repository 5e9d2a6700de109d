//! What the ready dashboards have in common: how panels look, and how the dashboards find each other.

use belvedere_cfn::IntoValue;

use crate::dashboard::{
    Annotation, Calc, Color, CursorSync, Dashboard, Legend, LineStyle, Link, Override, Panel, PromQuery, Refresh, Row,
    Show, SortOrder, SpanNulls, Stacking, Stat, Thresholds, TimeSeries, Tooltip, Unit, Variable, VariableSort, panel,
    variable,
};
use crate::datasource::{DataSourceRef, PromQl};
use crate::folder::FolderRef;

/// The tag by which all ready dashboards link to each other.
pub(super) const TAG: &str = "belvedere";

/// What a reader can choose of every ready dashboard.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) folder: Option<FolderRef>,
}

impl Head {
    pub(super) fn new(uid: &str, title: &str) -> Self {
        Self { uid: uid.to_owned(), title: title.to_owned(), folder: None }
    }

    /// The dashboard without its panels: the last hour, asked again each 30 seconds, with links to the others.
    pub(super) fn dashboard(&self, description: &str, tag: &str) -> Dashboard {
        let others = Link::dashboards("Dashboards", [TAG]).as_dropdown().keep_time().include_variables();
        let dashboard = Dashboard::new(self.uid.clone(), self.title.clone())
            .description(description)
            .tags([TAG, tag])
            .time("now-1h", "now")
            .refresh("30s")
            .cursor_sync(CursorSync::Crosshair)
            .link(others);
        match &self.folder {
            Some(folder) => dashboard.folder(folder),
            None => dashboard,
        }
    }
}

/// Marks when alerts fired: those that these matchers choose.
pub(super) fn alerts(prometheus: &DataSourceRef<PromQl>, matchers: &[&str]) -> Annotation {
    Annotation::query("Alerts", prometheus.query(firing(matchers)))
        .title_format("{{alertname}}")
        .text_format("{{severity}}")
        .tag_keys("alertname,severity")
        .color(Color::RED)
}

/// How many alerts fire, of those that these matchers choose.
pub(super) fn firing_alerts(prometheus: &DataSourceRef<PromQl>, matchers: &[&str]) -> Stat {
    none_wanted("Alerts", "Alerts that fire now. The graphs have marks where they fired.")
        .query(prometheus.query(format!("count({}) or vector(0)", firing(matchers))).legend("firing").instant())
}

fn firing(matchers: &[&str]) -> String {
    let one = |matchers: &&str| format!("ALERTS{{alertstate=\"firing\", {matchers}}}");
    matchers.iter().map(one).collect::<Vec<_>>().join(" or ")
}

/// Marks when programs were started, by a deployment or since they had failed. The value is the time, in seconds since
/// 1970.
pub(super) fn starts(prometheus: &DataSourceRef<PromQl>, start_time: &str) -> Annotation {
    Annotation::query("Starts", prometheus.query(format!("1000 * {start_time}")))
        .title_format("{{instance}} started")
        .text_format("{{version}}")
        .tag_keys("job,version")
        .value_is_time(true)
        .color(Color::BLUE)
}

/// Marks when alerts of the chosen job fired.
pub(super) fn job_alerts(prometheus: &DataSourceRef<PromQl>) -> Annotation {
    alerts(prometheus, &["job=\"$job\""])
}

/// Marks when the chosen instances were started.
pub(super) fn instance_starts(prometheus: &DataSourceRef<PromQl>) -> Annotation {
    starts(prometheus, &format!("process_start_time_seconds{{{JOB_AND_INSTANCES}}}"))
}

/// The setters and the conversions that all ready dashboards have.
macro_rules! ready {
    ($name:ident) => {
        impl $name {
            /// Has this id, at most 40 letters, digits, `-` and `_`, so that a content can have several of the kind.
            #[must_use]
            pub fn uid(mut self, uid: impl Into<String>) -> Self {
                self.head.uid = uid.into();
                self
            }

            /// Has this title.
            #[must_use]
            pub fn title(mut self, title: impl Into<String>) -> Self {
                self.head.title = title.into();
                self
            }

            /// Is kept in this folder. It is at the top by default.
            #[must_use]
            pub fn folder(mut self, folder: &$crate::folder::FolderRef) -> Self {
                self.head.folder = Some(folder.clone());
                self
            }
        }

        impl From<$name> for $crate::dashboard::Dashboard {
            fn from(ready: $name) -> Self {
                ready.dashboard()
            }
        }

        impl $crate::content::Part for $name {
            type Ref = $crate::dashboard::DashboardRef;

            fn add_to(self, content: &mut $crate::content::Content) -> Self::Ref {
                self.dashboard().add_to(content)
            }
        }
    };
}
pub(super) use ready;

/// How dashboards that have the variables `job` and `instance` ask Prometheus.
macro_rules! asks_of_instances {
    ($name:ident) => {
        impl $name {
            /// A query in which `IT` keeps to the chosen job and instances.
            fn query(&self, expression: &str) -> $crate::dashboard::PromQuery {
                self.prometheus.query(expression.replace("IT", $crate::ready::parts::JOB_AND_INSTANCES))
            }

            /// The rate of a counter, summed by labels, or altogether if there is none.
            fn rate(&self, by: &str, counter: &str) -> $crate::dashboard::PromQuery {
                let matchers = $crate::ready::parts::JOB_AND_INSTANCES;
                self.prometheus.query($crate::ready::parts::rate_of(by, counter, matchers))
            }

            /// A quantile of a histogram, by labels that include `le`.
            fn quantile(&self, quantile: &str, by: &str, histogram: &str) -> $crate::dashboard::PromQuery {
                let matchers = $crate::ready::parts::JOB_AND_INSTANCES;
                self.prometheus.query($crate::ready::parts::quantile_of(quantile, by, histogram, matchers))
            }
        }
    };
}
pub(super) use asks_of_instances;

/// A graph over time, with a table of its series below.
pub(super) fn graph(title: &str, description: &str, unit: Unit) -> TimeSeries {
    TimeSeries::new(title)
        .description(description)
        .unit(unit)
        .min(0)
        .line_width(1)
        .fill_opacity(10)
        .points(Show::Never)
        .span_nulls(SpanNulls::ShorterThan(120_000.0))
        .legend(Legend::table().calcs([Calc::MEAN, Calc::MAX, Calc::LAST_NOT_NULL]))
        .tooltip(Tooltip::all().sort(SortOrder::Descending))
}

/// A graph of parts of a whole, on top of each other.
pub(super) fn stacked(title: &str, description: &str, unit: Unit) -> TimeSeries {
    graph(title, description, unit).stacking(Stacking::normal()).fill_opacity(40)
}

/// A number at the top of a dashboard.
pub(super) fn number(title: &str, description: &str, unit: Unit) -> Stat {
    Stat::new(title).description(description).unit(unit).thresholds(Thresholds::absolute(Color::BLUE))
}

/// A number that is good, doubtful from one value on and bad from another.
pub(super) fn judged(title: &str, description: &str, unit: Unit, doubtful: f64, bad: f64) -> Stat {
    let thresholds = Thresholds::absolute(Color::GREEN).step(doubtful, Color::ORANGE).step(bad, Color::RED);
    Stat::new(title).description(description).unit(unit).thresholds(thresholds)
}

/// A number that is bad below one value, doubtful below another and good from there on; never doubtful if both are the
/// same.
pub(super) fn judged_down(title: &str, description: &str, unit: Unit, doubtful: f64, good: f64) -> Stat {
    let thresholds = Thresholds::absolute(Color::RED);
    let thresholds = if doubtful < good { thresholds.step(doubtful, Color::ORANGE) } else { thresholds };
    let thresholds = thresholds.step(good, Color::GREEN);
    Stat::new(title).description(description).unit(unit).thresholds(thresholds)
}

/// A number of what should not be there at all.
pub(super) fn none_wanted(title: &str, description: &str) -> Stat {
    let thresholds = Thresholds::absolute(Color::GREEN).step(1, Color::RED);
    Stat::new(title).description(description).thresholds(thresholds).decimals(0)
}

/// The 50th, 95th and 99th percentile of a histogram of Prometheus.
pub(super) fn percentiles<K>(
    panel: Panel<K>,
    prometheus: &DataSourceRef<PromQl>,
    histogram: &str,
    matchers: &str,
) -> Panel<K>
where
    K: panel::kind::PanelKind + panel::kind::Takes<PromQuery>,
{
    [("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99")].into_iter().fold(panel, |panel, (quantile, legend)| {
        let query = prometheus.query(quantile_of(quantile, "le", histogram, matchers)).legend(legend);
        panel.query(with_exemplars(prometheus, query))
    })
}

/// Asks for exemplars too, where there are any.
pub(super) fn with_exemplars(prometheus: &DataSourceRef<PromQl>, query: PromQuery) -> PromQuery {
    if prometheus.exemplars { query.exemplars(true) } else { query }
}

/// What a panel shows, and what its points are where there are exemplars.
pub(super) fn described(prometheus: &DataSourceRef<PromQl>, shown: &str, points: &str) -> String {
    if prometheus.exemplars { format!("{shown} {points}") } else { shown.to_owned() }
}

/// A quantile of a histogram of Prometheus, by labels that include `le`.
pub(super) fn quantile_of(quantile: &str, by: &str, histogram: &str, matchers: &str) -> String {
    format!("histogram_quantile({quantile}, sum by ({by}) (rate({histogram}_bucket{{{matchers}}}[$__rate_interval])))")
}

/// The rate of a counter, summed by labels, or altogether if there is none.
pub(super) fn rate_of(by: &str, counter: &str, matchers: &str) -> String {
    let by = if by.is_empty() { String::new() } else { format!(" by ({by})") };
    format!("sum{by} (rate({counter}{{{matchers}}}[$__rate_interval]))")
}

/// The variable `$job`, of the jobs that have a metric.
pub(super) fn job(
    prometheus: &DataSourceRef<PromQl>,
    metric: impl IntoValue<String>,
    default: Option<&str>,
) -> Variable<variable::FromQuery> {
    let job = Variable::label_values("job", prometheus, metric, "job")
        .label("Job")
        .description("The job of Prometheus that scrapes it.")
        .sort(VariableSort::AlphabeticalAscending);
    match default {
        Some(default) => job.default_value(default),
        None => job,
    }
}

/// The variable `$instance`, of the instances of `$job` that have a metric: all of them at first.
pub(super) fn instances(prometheus: &DataSourceRef<PromQl>, metric: &str) -> Variable<variable::FromQuery> {
    Variable::label_values("instance", prometheus, format!("{metric}{{job=\"$job\"}}"), "instance")
        .label("Instance")
        .description("The instances that are scraped.")
        .sort(VariableSort::AlphabeticalAscending)
        .refresh(Refresh::OnTimeRangeChange)
        .multi(true)
        .include_all(true)
        .all_value(".*")
        .default_all()
}

/// What keeps to the chosen job and instances.
pub(super) const JOB_AND_INSTANCES: &str = "job=\"$job\", instance=~\"$instance\"";

/// What the libraries of Prometheus tell of a process, for programs in Go if there is more to tell.
pub(super) fn process_row(prometheus: &DataSourceRef<PromQl>, go: bool) -> Row {
    let each = |metric: &str| format!("{metric}{{{JOB_AND_INSTANCES}}}");
    let per_instance = |query: String| prometheus.query(query).legend("{{instance}}");
    let row = Row::new("Process")
        .panel(
            graph("CPU", "Processor time that each instance uses, in cores.", Unit::SHORT)
                .size(8, 8)
                .query(per_instance(rate_of("instance", "process_cpu_seconds_total", JOB_AND_INSTANCES))),
        )
        .panel(
            graph("Memory", "Memory of each instance that is in RAM.", Unit::BYTES)
                .size(8, 8)
                .query(per_instance(each("process_resident_memory_bytes"))),
        )
        .panel(
            graph("Open files", "Files and sockets that each instance has open, and how many it may.", Unit::SHORT)
                .size(8, 8)
                .query(per_instance(each("process_open_fds")))
                .query(prometheus.query(format!("min by (job) ({})", each("process_max_fds"))).legend("limit"))
                .over(
                    Override::by_name("limit").color(Color::RED).fill_opacity(0).line_style(LineStyle::dash([10, 10])),
                ),
        );
    if !go {
        return row;
    }
    row.panel(
        graph("Heap", "Memory that Go's heap uses.", Unit::BYTES)
            .size(8, 8)
            .query(per_instance(each("go_memstats_heap_inuse_bytes"))),
    )
    .panel(
        graph("Goroutines", "A number that only grows is a leak.", Unit::SHORT)
            .size(8, 8)
            .query(per_instance(each("go_goroutines"))),
    )
    .panel(
        graph("Garbage collection", "Time in which the program stood still for it, as a share.", Unit::PERCENT_UNIT)
            .size(8, 8)
            .query(per_instance(rate_of("instance", "go_gc_duration_seconds_sum", JOB_AND_INSTANCES))),
    )
}
