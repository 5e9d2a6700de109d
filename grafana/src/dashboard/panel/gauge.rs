//! [`Gauge`]: dials.

use super::bar_gauge::Sizing;
use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters, words};

/// A dial for each value
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/gauge/>).
pub type Gauge = Panel<kind::Gauge>;

words! {
    /// The shape of a dial. Grafana 13 has it; those before draw arcs.
    GaugeShape {
        /// An arc.
        Arc = "gauge",
        /// A circle.
        Circle = "circle",
    }
}

setters! { GAUGE for [] Panel<kind::Gauge>, "options.";
    /// Writes the thresholds' values. It does not by default.
    threshold_labels(flag) = "showThresholdLabels";
    /// Draws the thresholds as a band outside. It does by default.
    threshold_markers(flag) = "showThresholdMarkers";
    /// Draws from this value to the value, instead of from the least.
    neutral(number) = "neutral";
    /// Fits the size, or takes that which is given. It fits by default.
    sizing([Sizing]) = "sizing";
    /// Is at least so many pixels wide, with [`Sizing::Manual`]. It is 75 by default.
    min_width(whole) = "minVizWidth";
    /// Is at least so many pixels high, with [`Sizing::Manual`]. It is 75 by default.
    min_height(whole) = "minVizHeight";
    /// Is an arc or a circle. An arc by default.
    shape([GaugeShape]) = "shape";
}
