//! What the ready dashboards have in common: how panels look, and how the dashboards find each other.

use crate::dashboard::{
    Annotation, Calc, Color, CursorSync, Dashboard, Legend, LineStyle, Link, Override, Panel, PromQuery, Show,
    SortOrder, SpanNulls, Stacking, Stat, Thresholds, TimeSeries, Tooltip, Unit, panel,
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

/// Draws what a graph's other series must not reach: dashed, in red.
pub(super) fn limit(series: Override) -> Override {
    series.color(Color::RED).fill_opacity(0).line_style(LineStyle::dash([10, 10]))
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
