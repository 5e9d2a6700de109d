//! [`Traces`]: a trace.

use super::kind;
use super::shared::Panel;

/// A trace, with its spans over time
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/traces/>).
///
/// It shows one trace: its query is a trace's id, often a variable such as `$traceId`. A list of traces that a search
/// finds is a [`Table`](super::Table).
pub type Traces = Panel<kind::Traces>;
