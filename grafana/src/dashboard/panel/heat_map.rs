//! [`HeatMap`]: how values are spread, over time.

use belvedere_cfn::{Expr, Properties};

use super::field::{AxisPlacement, Scale, Show};
use super::kind;
use super::shared::Panel;
use crate::dashboard::color::Color;
use crate::dashboard::legend::TooltipMode;
use crate::dashboard::model::number;
use crate::dashboard::setter::{argument, setters, words};
use crate::dashboard::unit::Unit;

/// How values are spread, over time: the buckets of a histogram, or counted from series
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/heatmap/>).
///
/// Buckets of Prometheus are asked with `sum by (le) (increase(..._bucket[$__rate_interval]))`, the format
/// [`PromFormat::HeatMap`](crate::dashboard::PromFormat::HeatMap) and the legend `{{le}}`.
pub type HeatMap = Panel<kind::HeatMap>;

/// The colours of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMapColors(Properties);

impl HeatMapColors {
    /// The colours of a scheme of D3, such as `Oranges`, `Spectral`, `Turbo`, `Viridis` or `RdYlGn`.
    #[must_use]
    pub fn scheme(scheme: impl Into<String>) -> Self {
        Self(Properties::new().with("mode", "scheme").with("scheme", scheme.into()))
    }

    /// One colour, the more of it the more there is.
    #[must_use]
    pub fn opacity(color: impl Into<Color>) -> Self {
        Self(Properties::new().with("fill", color.into()).with("mode", "opacity"))
    }

    /// Has so many colours, from 2 to 128. It is 64 by default.
    #[must_use]
    pub fn steps(mut self, steps: u32) -> Self {
        self.0.set("steps", i64::from(steps));
        self
    }

    /// Has the colours the other way round.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.0.set("reverse", true);
        self
    }

    /// Has colours by a power of the value, with [`opacity`](Self::opacity). It is 0.5 by default.
    #[must_use]
    pub fn exponent(mut self, exponent: impl Into<f64>) -> Self {
        self.0.set("exponent", number(exponent.into()));
        self.0.set("scale", HeatMapScale::Exponential);
        self
    }

    /// Has the first colour at this value and below.
    #[must_use]
    pub fn min(mut self, min: impl Into<f64>) -> Self {
        self.0.set("min", number(min.into()));
        self
    }

    /// Has the last colour at this value and above.
    #[must_use]
    pub fn max(mut self, max: impl Into<f64>) -> Self {
        self.0.set("max", number(max.into()));
        self
    }
}

impl From<HeatMapColors> for Expr {
    fn from(colors: HeatMapColors) -> Self {
        colors.0.into()
    }
}

words! {
    /// How colours follow values.
    HeatMapScale {
        /// By a power.
        Exponential = "exponential",
        /// Evenly.
        Linear = "linear",
    }

    /// Which bound of a bucket its name is.
    CellLayout {
        /// By the name.
        Auto = "auto",
        /// The upper.
        Le = "le",
        /// The lower.
        Ge = "ge",
        /// Neither.
        Unknown = "unknown",
    }
}

/// How buckets are made, if they are counted from series.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketSize(Properties);

impl BucketSize {
    /// So many buckets.
    #[must_use]
    pub fn count(count: u32) -> Self {
        Self(Properties::new().with("mode", "count").with("value", count.to_string()))
    }

    /// Buckets of this size: a number, or a time such as `1m`.
    #[must_use]
    pub fn size(size: impl Into<String>) -> Self {
        Self(Properties::new().with("mode", "size").with("value", size.into()))
    }

    /// Spaces buckets so. Evenly by default.
    #[must_use]
    pub fn scale(mut self, scale: Scale) -> Self {
        self.0.set("scale", scale);
        self
    }
}

impl From<BucketSize> for Expr {
    fn from(size: BucketSize) -> Self {
        size.0.into()
    }
}

setters! { HEAT_MAP for [] Panel<kind::HeatMap>, "options.";
    /// Counts buckets from series. It does not by default: the data has buckets.
    calculate(flag) = "calculate";
    /// Makes such buckets of time, if it counts.
    x_buckets([BucketSize]) = "calculation.xBuckets";
    /// Makes such buckets of values, if it counts.
    y_buckets([BucketSize]) = "calculation.yBuckets";
    /// Has these colours. The scheme `Oranges` with 64 steps by default.
    colors([HeatMapColors]) = "color";
    /// Draws exemplars in this colour.
    exemplar_color([Color]) = "exemplars.color";
    /// Leaves so many pixels between cells. It is 1 by default.
    cell_gap(whole) = "cellGap";
    /// Rounds the corners of cells by so many pixels. It is 0 by default.
    cell_radius(whole) = "cellRadius";
    /// Writes counts in this unit.
    cell_unit([Unit]) = "cellValues.unit";
    /// Writes counts with so many digits after the point.
    cell_decimals(whole) = "cellValues.decimals";
    /// Writes counts into the cells. By default where there is room.
    cell_labels([Show]) = "showValue";
    /// Draws cells with counts above this only. It is just above 0 by default.
    hide_at_most(number) = "filterValues.le";
    /// Shows the scale of colours. It does by default.
    show_legend(flag) = "legend.show";
    /// Tells of the cell below the pointer, of all, or of none. Of that below the pointer by default.
    tooltip_mode([TooltipMode]) = "tooltip.mode";
    /// Draws the histogram of the time below the pointer in the tooltip. It does not by default.
    tooltip_histogram(flag) = "tooltip.yHistogram";
    /// Takes buckets' names for their upper or lower bounds. By default the names decide.
    bucket_layout([CellLayout]) = "rowsFrame.layout";
    /// Calls the count so in the tooltip.
    bucket_value_name(text) = "rowsFrame.value";
    /// Writes the values of the axis in this unit.
    y_unit([Unit]) = "yAxis.unit";
    /// Writes the values of the axis with so many digits after the point.
    y_decimals(whole) = "yAxis.decimals";
    /// Begins the axis at this value.
    y_min(number) = "yAxis.min";
    /// Ends the axis at this value.
    y_max(number) = "yAxis.max";
    /// Writes this beside the axis.
    y_label(text) = "yAxis.axisLabel";
    /// Puts the axis there. Left by default.
    y_placement([AxisPlacement]) = "yAxis.axisPlacement";
    /// Has the greatest value at the bottom. It has not by default.
    y_reversed(flag) = "yAxis.reverse";
}
