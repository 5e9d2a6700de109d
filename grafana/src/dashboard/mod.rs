//! Dashboards: what people look at.
//!
//! A [`Dashboard`] has variables, [`Row`]s and panels. There is a type for each kind of panel ([`TimeSeries`], [`Stat`],
//! [`Table`], [`Logs`], …), and queries are made by the references of data sources, each in its own language. A dashboard
//! that somebody made in Grafana is taken as it is ([`Dashboard::from_json`]).
//!
//! ```
//! use belvedere_grafana::Content;
//! use belvedere_grafana::dashboard::*;
//! use belvedere_grafana::datasource::{LogQl, PromQl};
//!
//! let metrics = Variable::data_source::<PromQl>("metrics");
//! let logs = Variable::data_source::<LogQl>("logs");
//! let (prometheus, loki) = (metrics.reference(), logs.reference());
//!
//! let requests = TimeSeries::new("Requests")
//!     .description("Requests per second, by status")
//!     .unit(Unit::REQUESTS_PER_SECOND)
//!     .stacking(Stacking::normal())
//!     .fill_opacity(30)
//!     .legend(Legend::table().right().calcs([Calc::MEAN, Calc::MAX]))
//!     .over(Override::by_regexp("/^5/").color(Color::RED))
//!     .query(
//!         prometheus
//!             .query(r#"sum by (status) (rate(http_requests_total{job=~"$job"}[$__rate_interval]))"#)
//!             .legend("{{status}}")
//!             .exemplars(true),
//!     );
//! let errors = Stat::new("Errors")
//!     .unit(Unit::PERCENT_UNIT)
//!     .thresholds(Thresholds::absolute(Color::GREEN).step(0.01, Color::YELLOW).step(0.05, Color::RED))
//!     .query(prometheus.query(r#"sum(rate(http_requests_total{status=~"5..",job=~"$job"}[$__rate_interval]))"#))
//!     .query(prometheus.query(r#"sum(rate(http_requests_total{job=~"$job"}[$__rate_interval]))"#))
//!     .query(Expression::math("$A / $B").ref_id("share"))
//!     .set("targets.0.hide", true)
//!     .set("targets.1.hide", true);
//!
//! let mut content = Content::new("service");
//! let dashboard = content.add(
//!     Dashboard::new("service", "Service")
//!         .tags(["service"])
//!         .time("now-3h", "now")
//!         .refresh("1m")
//!         .cursor_sync(CursorSync::Crosshair)
//!         .link(Link::dashboards("Services", ["service"]).keep_time().as_dropdown())
//!         .annotation(Annotation::query("Restarts", prometheus.query("changes(process_start_time_seconds[1m]) > 0")))
//!         .variable(metrics)
//!         .variable(logs)
//!         .variable(
//!             Variable::label_values("job", &prometheus, "http_requests_total", "job")
//!                 .multi(true)
//!                 .include_all(true)
//!                 .default_all(),
//!         )
//!         .row(Row::new("Requests").panel(errors).panel(requests.size(20, 8)))
//!         .row(
//!             Row::new("Logs")
//!                 .collapsed()
//!                 .panel(Logs::new("Lines").show_time(true).query(loki.logs(r#"{service_name=~"$job"}"#))),
//!         ),
//! );
//! assert_eq!(dashboard.path(), "/d/service");
//! assert_eq!(content.document().dashboards[0].dashboard["panels"][2]["gridPos"]["x"], 4);
//! ```
//!
//! Each setter says in its documentation which member of Grafana's JSON it writes. What has no setter is written by its path
//! (`set`), and what is not wanted is taken away (`unset`), on dashboards, rows, panels, variables, annotations and queries
//! alike. The JSON is that of Grafana's classic schema, as Grafana 12 and 13 write it
//! (<https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/>), without what Grafana
//! itself counts (`id`, `version`) and without members that would say what is so by default.

mod annotation;
mod binding;
mod color;
mod definition;
pub(crate) mod import;
pub(crate) mod layout;
mod legend;
mod link;
mod mapping;
pub(crate) mod model;
mod overrides;
pub mod panel;
pub(crate) mod query;
mod reduce;
mod row;
mod setter;
pub mod setters;
mod threshold;
mod transformation;
mod unit;
pub mod variable;

pub use annotation::{Annotation, PanelId};
pub use color::{Color, ColorScheme, Gradient, SeriesBy};
pub use definition::{CursorSync, Dashboard, DashboardRef};
pub use legend::{Legend, PieValue, SortOrder, Tooltip, TooltipMode};
pub use link::{DataLink, Link};
pub use mapping::{Mapping, MappingResult, SpecialValue};
pub use model::path_step;
pub use overrides::{Comparison, FieldType, Override};
pub use panel::{
    AlertList, AlertSort, AlertState, AlertView, Align, AnyPanel, AxisColor, AxisPlacement, BarAlignment, BarChart,
    BarGauge, BarGaugeMode, BarNames, BarStacking, BarValues, BucketSize, Cell, CellHeight, CellLayout, ChangeColor,
    CustomPanel, DashboardList, DrawStyle, FillStyle, Gauge, GaugeCellValue, GaugeShape, GraphLayout, HeatMap,
    HeatMapColors, HeatMapScale, Hide, Histogram, LineInterpolation, LineStyle, Logs, LogsDedup, LogsOrder, NodeGraph,
    Orientation, Panel, PieChart, PieLabel, PieShape, RepeatDirection, Scale, Show, Sizing, SpanNulls, Stacking, Stat,
    StatColor, StatGraph, StatJustify, StatText, StateTimeline, StatusHistory, Table, Text, TimeSeries, Traces,
    ValueTransform, Zoom,
};
pub use query::{
    Bound, CloudWatchLogsQuery, CloudWatchQuery, Expression, LogMetricQuery, LogsQuery, PromFormat, PromQuery, Query,
    QueryEditor, SearchDirection, SqlFormat, SqlQuery, TraceQuery, TraceTable, Upsampler, XRayColumn, XRayQuery,
};
pub use reduce::Calc;
pub use row::Row;
pub(crate) use setter::{members, words};
pub use threshold::{Thresholds, ThresholdsStyle};
pub use transformation::{GroupBy, Join, Operator, Organize, RowFilter, Transformation};
pub use unit::Unit;
pub use variable::{Refresh, Variable, VariableHide, VariableSort};

use belvedere_cfn::Expr;

use crate::document::{DashboardDocument, Lifting};
use crate::folder::FolderRef;

/// A dashboard in its folder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlacedDashboard {
    pub(crate) folder: Option<FolderRef>,
    /// The JSON model.
    pub(crate) model: Expr,
}

impl PlacedDashboard {
    pub(crate) fn document(&self, lifting: &mut Lifting) -> DashboardDocument {
        let uid = self.model.as_object().and_then(|model| model.get("uid")).and_then(Expr::as_str);
        let place = format!("dashboard {}", uid.unwrap_or_default());
        DashboardDocument {
            folder_uid: self.folder.as_ref().map(|folder| folder.uid().to_owned()),
            dashboard: lifting.json(&place, &self.model),
        }
    }
}
