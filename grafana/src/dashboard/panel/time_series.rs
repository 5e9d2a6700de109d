//! [`TimeSeries`]: graphs over time.

use super::kind;
use super::shared::{Orientation, Panel};
use crate::dashboard::setter::{argument, setters};

/// A graph over time
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/time-series/>).
///
/// ```
/// # use belvedere_grafana::dashboard::{Calc, DrawStyle, Legend, Stacking, TimeSeries, Unit};
/// let requests = TimeSeries::new("Requests")
///     .unit(Unit::REQUESTS_PER_SECOND)
///     .draw_style(DrawStyle::Bars)
///     .stacking(Stacking::normal())
///     .fill_opacity(60)
///     .legend(Legend::table().right().calcs([Calc::MEAN, Calc::MAX]));
/// ```
pub type TimeSeries = Panel<kind::TimeSeries>;

setters! { TIME_SERIES for [] Panel<kind::TimeSeries>, "options.";
    /// Has time from left to right, or from top to bottom. From left to right by default.
    orientation([Orientation]) = "orientation";
    /// Writes times in these zones, each with an axis of its own: `browser`, `utc`, or names such as `Europe/Berlin`. By
    /// default the dashboard's.
    timezones(texts) = "timezone";
}
