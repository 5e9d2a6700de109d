//! Panels: one type for each way of showing data.

mod alert_list;
mod bar_chart;
mod bar_gauge;
mod custom;
mod dashboard_list;
mod field;
mod gauge;
mod heat_map;
mod histogram;
pub mod kind;
mod logs;
mod node_graph;
mod pie_chart;
mod shared;
mod stat;
mod state_timeline;
mod status_history;
mod table;
mod text;
mod time_series;
mod traces;

pub use alert_list::{AlertList, AlertSort, AlertState, AlertView};
pub use bar_chart::{BarChart, BarStacking};
pub use bar_gauge::{BarGauge, BarGaugeMode, BarNames, BarValues, Sizing};
pub use custom::CustomPanel;
pub use dashboard_list::DashboardList;
pub use field::{
    AxisColor, AxisPlacement, BarAlignment, DrawStyle, FillStyle, Hide, LineInterpolation, LineStyle, Scale, Show,
    SpanNulls, Stacking, ValueTransform,
};
pub use gauge::{Gauge, GaugeShape};
pub use heat_map::{BucketSize, CellLayout, HeatMap, HeatMapColors, HeatMapScale};
pub use histogram::Histogram;
pub use logs::{Logs, LogsDedup, LogsOrder};
pub use node_graph::{GraphLayout, NodeGraph, Zoom};
pub use pie_chart::{PieChart, PieLabel, PieShape};
pub use shared::{AnyPanel, Orientation, Panel, RepeatDirection};
pub use stat::{ChangeColor, Stat, StatColor, StatGraph, StatJustify, StatText};
pub use state_timeline::StateTimeline;
pub use status_history::StatusHistory;
pub use table::{Align, Cell, CellHeight, GaugeCellValue, Table};
pub use text::Text;
pub use time_series::TimeSeries;
pub use traces::Traces;

/// The tables of setters.
pub(super) mod tables {
    pub(in crate::dashboard) use super::alert_list::ALERT_LIST;
    pub(in crate::dashboard) use super::bar_chart::BAR_CHART;
    pub(in crate::dashboard) use super::bar_gauge::BAR_GAUGE;
    pub(in crate::dashboard) use super::dashboard_list::DASHBOARD_LIST;
    pub(in crate::dashboard) use super::field::{AXES, DRAWING, FIELDS, FILL, SERIES, SHADES, STACKING};
    pub(in crate::dashboard) use super::gauge::GAUGE;
    pub(in crate::dashboard) use super::heat_map::HEAT_MAP;
    pub(in crate::dashboard) use super::histogram::HISTOGRAM;
    pub(in crate::dashboard) use super::logs::LOGS;
    pub(in crate::dashboard) use super::node_graph::NODE_GRAPH;
    pub(in crate::dashboard) use super::pie_chart::PIE_CHART;
    pub(in crate::dashboard) use super::shared::{LEGEND, PANEL, REDUCE, TOOLTIP};
    pub(in crate::dashboard) use super::stat::STAT;
    pub(in crate::dashboard) use super::state_timeline::STATE_TIMELINE;
    pub(in crate::dashboard) use super::status_history::STATUS_HISTORY;
    pub(in crate::dashboard) use super::table::{CELLS, TABLE};
    pub(in crate::dashboard) use super::time_series::TIME_SERIES;
}
