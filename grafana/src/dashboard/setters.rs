//! Which member of the JSON each setter writes, for programs that turn JSON into definitions.
//!
//! What takes several arguments, or writes several members, is not in these tables: `Panel::size`, `Panel::query`,
//! `Table::footer` and the like say in their documentation what they write.

pub use super::setter::Setter;

use super::panel::tables::*;

/// Those of [`Dashboard`](super::Dashboard).
pub const DASHBOARD: &[Setter] = super::definition::DASHBOARD;
/// Those of [`Row`](super::Row).
pub const ROW: &[Setter] = super::row::ROW;
/// Those of [`Annotation`](super::Annotation).
pub const ANNOTATION: &[Setter] = super::annotation::ANNOTATION;
/// Those of each [`Variable`](super::Variable).
pub const VARIABLE: &[Setter] = super::variable::VARIABLE;
/// Those of variables whose reader chooses from a list: `query`, `custom`, `interval`, `datasource`.
pub const CHOICE: &[Setter] = super::variable::CHOICE;
/// Those of variables of the type `query`.
pub const QUERY_VARIABLE: &[Setter] = super::variable::QUERY_VARIABLE;
/// Those of variables of the type `datasource`.
pub const SOURCE_VARIABLE: &[Setter] = super::variable::SOURCE_VARIABLE;
/// Those of [`PromQuery`](super::PromQuery).
pub const PROM_QUERY: &[Setter] = super::query::PROM_QUERY;
/// Those of [`LogsQuery`](super::LogsQuery).
pub const LOGS_QUERY: &[Setter] = super::query::LOGS_QUERY;
/// Those of [`LogMetricQuery`](super::LogMetricQuery).
pub const LOG_METRIC_QUERY: &[Setter] = super::query::LOG_METRIC_QUERY;
/// Those of [`TraceQuery`](super::TraceQuery).
pub const TRACE_QUERY: &[Setter] = super::query::TRACE_QUERY;
/// Those of [`XRayQuery`](super::XRayQuery).
pub const XRAY_QUERY: &[Setter] = super::query::XRAY_QUERY;
/// Those of [`SqlQuery`](super::SqlQuery).
pub const SQL_QUERY: &[Setter] = super::query::SQL_QUERY;
/// Those of [`CloudWatchQuery`](super::CloudWatchQuery).
pub const CLOUDWATCH_QUERY: &[Setter] = super::query::CLOUDWATCH_QUERY;
/// Those of [`CloudWatchLogsQuery`](super::CloudWatchLogsQuery).
pub const CLOUDWATCH_LOGS_QUERY: &[Setter] = super::query::CLOUDWATCH_LOGS_QUERY;

/// Those of [`Override`](super::Override). The path is the property's id.
#[must_use]
pub fn overrides() -> Vec<Setter> {
    let all = [FIELDS, SERIES, FILL, SHADES, STACKING, AXES, DRAWING, CELLS].concat();
    let property = |setter: Setter| Some(Setter { path: setter.path.strip_prefix("fieldConfig.defaults.")?, ..setter });
    all.into_iter().filter_map(property).collect()
}

/// The setters of a kind of panel, by the plugin's id: those of its own, and those that it shares. A plugin that has no type
/// here has those of [`CustomPanel`](super::CustomPanel).
#[must_use]
pub fn panel(plugin: &str) -> Vec<Setter> {
    let own: &[&[Setter]] = match plugin {
        "timeseries" => &[TIME_SERIES, LEGEND, TOOLTIP, DRAWING, STACKING, FILL, SHADES, AXES],
        "stat" => &[STAT, REDUCE],
        "gauge" => &[GAUGE, REDUCE],
        "bargauge" => &[BAR_GAUGE, LEGEND, REDUCE],
        "table" => &[TABLE, CELLS],
        "heatmap" => &[HEAT_MAP],
        "histogram" => &[HISTOGRAM, LEGEND, TOOLTIP, STACKING, FILL, SHADES, AXES],
        "logs" => return [PANEL, LOGS].concat(),
        "traces" | "text" => return PANEL.to_vec(),
        "alertlist" => return [PANEL, ALERT_LIST].concat(),
        "dashlist" => return [PANEL, DASHBOARD_LIST].concat(),
        "nodeGraph" => &[NODE_GRAPH],
        "state-timeline" => &[STATE_TIMELINE, LEGEND, TOOLTIP, FILL, AXES],
        "status-history" => &[STATUS_HISTORY, LEGEND, TOOLTIP, FILL, AXES],
        "piechart" => &[PIE_CHART, LEGEND, TOOLTIP, REDUCE],
        "barchart" => &[BAR_CHART, LEGEND, TOOLTIP, FILL, SHADES, AXES],
        _ => &[LEGEND, TOOLTIP, REDUCE, DRAWING, STACKING, FILL, SHADES, AXES, CELLS],
    };
    [&[PANEL, FIELDS, SERIES], own].concat().concat()
}
