//! [`PieChart`]: shares of a whole.

use super::kind;
use super::shared::Panel;
use crate::dashboard::legend::SortOrder;
use crate::dashboard::setter::{argument, setters, words};

/// Shares of a whole
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/pie-chart/>).
pub type PieChart = Panel<kind::PieChart>;

words! {
    /// The shape of a pie.
    PieShape {
        /// A disc.
        Pie = "pie",
        /// A ring.
        Donut = "donut",
    }

    /// What is written on a slice.
    PieLabel {
        /// Its name.
        Name = "name",
        /// Its value.
        Value = "value",
        /// Its share.
        Percent = "percent",
    }
}

setters! { PIE_CHART for [] Panel<kind::PieChart>, "options.";
    /// Is a disc or a ring. A disc by default.
    shape([PieShape]) = "pieType";
    /// Writes these on the slices. Nothing by default.
    labels({PieLabel}) = "displayLabels";
    /// Has slices in this order. The greatest first by default.
    sort([SortOrder]) = "sort";
}
