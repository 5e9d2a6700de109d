//! How fields are shown: what panels say of all their fields, and overrides of some.

use belvedere_cfn::{Expr, Properties};

use super::kind;
use super::kind::{Axes, Fields, Fills, Shades, Stacks};
use super::shared::Panel;
use crate::dashboard::color::ColorScheme;
use crate::dashboard::link::DataLink;
use crate::dashboard::mapping::Mapping;
use crate::dashboard::model::number;
use crate::dashboard::overrides::Override;
use crate::dashboard::setter::{argument, setters, words};
use crate::dashboard::threshold::{Thresholds, ThresholdsStyle};
use crate::dashboard::unit::Unit;

/// Setters of a panel for all its fields, and of an override for some.
macro_rules! field_setters {
    ($table:ident for $can:path;
        $($(#[$doc:meta])+ $name:ident($kind:tt) = $path:literal;)+
    ) => {
        setters! { $table for [K: $can] Panel<K>, "fieldConfig.defaults.";
            $($(#[$doc])+ $name($kind) = $path;)+
        }

        impl Override {
            $($(#[$doc])+
            #[doc = concat!("\n\nWrites the property `", $path, "`.")]
            #[must_use]
            pub fn $name(self, value: argument!($kind)) -> Self {
                self.property($path, argument!(@ value $kind))
            })+
        }
    };
}

pub(super) use field_setters;

field_setters! { FIELDS for Fields;
    /// Writes numbers in this unit. By default as they are, with `K` for thousands and so on.
    unit([Unit]) = "unit";
    /// Writes so many digits after the point. By default as many as the number needs.
    decimals(whole) = "decimals";
    /// The least value, for axes, gauges and percentage thresholds. By default that of the data.
    min(number) = "min";
    /// The greatest value, for axes, gauges and percentage thresholds. By default that of the data.
    max(number) = "max";
    /// Takes each field's own least and greatest value instead of those of all fields. It does not by default.
    field_min_max(flag) = "fieldMinMax";
    /// Shows this where there is no value. It is `-` or "No data" by default.
    no_value(text) = "noValue";
    /// Names the field, with variables such as `${__field.labels.job}`. By default the query's legend.
    display_name(text) = "displayName";
    /// Colours fields so. By default the panel's kind decides.
    color([ColorScheme]) = "color";
    /// Changes the colour from some values on. By default green, and red from 80 on.
    thresholds([Thresholds]) = "thresholds";
    /// Shows texts or colours instead of some values. There is none by default.
    mappings({Mapping}) = "mappings";
    /// Has links at each value. There is none by default.
    data_links({DataLink}) = "links";
}

words! {
    /// How a series is drawn.
    DrawStyle {
        /// As a line.
        Line = "line",
        /// As bars.
        Bars = "bars",
        /// As points.
        Points = "points",
    }

    /// How a line goes from point to point.
    LineInterpolation {
        /// Straight.
        Linear = "linear",
        /// Curved.
        Smooth = "smooth",
        /// At the height of the point that comes.
        StepBefore = "stepBefore",
        /// At the height of the point that was.
        StepAfter = "stepAfter",
    }

    /// Whether something is shown.
    Show {
        /// Where there is room.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }

    /// How the area below a line is coloured.
    FillStyle {
        /// Evenly.
        None = "none",
        /// Fading.
        Opacity = "opacity",
        /// From one hue to a near one.
        Hue = "hue",
        /// By the colour scheme.
        Scheme = "scheme",
    }

    /// Where an axis is.
    AxisPlacement {
        /// By the unit: the first to the left, others to the right.
        Auto = "auto",
        /// Left.
        Left = "left",
        /// Right.
        Right = "right",
        /// At the top.
        Top = "top",
        /// At the bottom.
        Bottom = "bottom",
        /// Nowhere.
        Hidden = "hidden",
    }

    /// The colour of an axis.
    AxisColor {
        /// That of text.
        Text = "text",
        /// That of the series.
        Series = "series",
    }

    /// How values are changed before they are drawn. The legend and the tooltip show the values as they were.
    ValueTransform {
        /// All are the first.
        Constant = "constant",
        /// Above is below, as for what goes out beside what comes in.
        NegativeY = "negative-Y",
    }
}

/// How the numbers of an axis follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale(Properties);

impl Scale {
    /// Evenly.
    #[must_use]
    pub fn linear() -> Self {
        Self(Properties::new().with("type", "linear"))
    }

    /// By powers of a base: 2 or 10.
    #[must_use]
    pub fn log(base: u32) -> Self {
        Self(Properties::new().with("log", i64::from(base)).with("type", "log"))
    }

    /// By powers of a base, 2 or 10, and evenly around zero: between the threshold and its negative.
    #[must_use]
    pub fn symlog(base: u32, linear_threshold: impl Into<f64>) -> Self {
        let scale = Self::log(base).0.with("type", "symlog");
        Self(scale.with("linearThreshold", number(linear_threshold.into())))
    }
}

impl From<Scale> for Expr {
    fn from(scale: Scale) -> Self {
        scale.0.into()
    }
}

/// How a line is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct LineStyle(Properties);

impl LineStyle {
    /// Without gaps.
    #[must_use]
    pub fn solid() -> Self {
        Self(Properties::new().with("fill", "solid"))
    }

    /// With dashes and gaps of these lengths in pixels, such as 10 and 10.
    #[must_use]
    pub fn dash(lengths: impl IntoIterator<Item = u32>) -> Self {
        Self::pattern("dash", lengths)
    }

    /// With dots and gaps of these lengths in pixels, such as 0 and 10.
    #[must_use]
    pub fn dot(lengths: impl IntoIterator<Item = u32>) -> Self {
        Self::pattern("dot", lengths)
    }

    fn pattern(fill: &'static str, lengths: impl IntoIterator<Item = u32>) -> Self {
        let dash: Vec<Expr> = lengths.into_iter().map(|length| Expr::Integer(length.into())).collect();
        Self(Properties::new().with("dash", dash).with("fill", fill))
    }
}

impl From<LineStyle> for Expr {
    fn from(style: LineStyle) -> Self {
        style.0.into()
    }
}

/// Whether a line goes on where there is no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpanNulls {
    /// Never.
    Never,
    /// Always.
    Always,
    /// Over gaps shorter than so many milliseconds.
    ShorterThan(f64),
}

impl From<SpanNulls> for Expr {
    fn from(span: SpanNulls) -> Self {
        match span {
            SpanNulls::Never => false.into(),
            SpanNulls::Always => true.into(),
            SpanNulls::ShorterThan(milliseconds) => number(milliseconds),
        }
    }
}

/// Where a bar is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarAlignment {
    /// Before its time.
    Before,
    /// Around its time.
    Center,
    /// After its time.
    After,
}

impl From<BarAlignment> for Expr {
    fn from(alignment: BarAlignment) -> Self {
        Self::Integer(match alignment {
            BarAlignment::Before => -1,
            BarAlignment::Center => 0,
            BarAlignment::After => 1,
        })
    }
}

/// How series are put on top of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Stacking(Properties);

impl Stacking {
    /// Not at all.
    #[must_use]
    pub fn none() -> Self {
        Self::new("none")
    }

    /// Each on those below.
    #[must_use]
    pub fn normal() -> Self {
        Self::new("normal")
    }

    /// Each as its share of all.
    #[must_use]
    pub fn percent() -> Self {
        Self::new("percent")
    }

    fn new(mode: &'static str) -> Self {
        Self(Properties::new().with("group", "A").with("mode", mode))
    }

    /// Stacks on those of the same group only. All are in the group `A` by default.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.0.set("group", group.into());
        self
    }
}

impl From<Stacking> for Expr {
    fn from(stacking: Stacking) -> Self {
        stacking.0.into()
    }
}

/// Where a field is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hide {
    /// Not in the legend.
    pub legend: bool,
    /// Not in the tooltip.
    pub tooltip: bool,
    /// Not in the graph or table.
    pub viz: bool,
}

impl Hide {
    /// Nowhere to be seen.
    pub const EVERYWHERE: Self = Self { legend: true, tooltip: true, viz: true };
    /// Seen in the graph only.
    pub const FROM_LEGEND_AND_TOOLTIP: Self = Self { legend: true, tooltip: true, viz: false };
}

impl From<Hide> for Expr {
    fn from(hide: Hide) -> Self {
        Properties::new().with("legend", hide.legend).with("tooltip", hide.tooltip).with("viz", hide.viz).into()
    }
}

field_setters! { SERIES for Fields;
    /// Hides fields from the legend, the tooltip or the panel. All are shown by default.
    hide([Hide]) = "custom.hideFrom";
}

field_setters! { FILL for Fills;
    /// Fills shapes so much, from 0 (not) to 100. By default the panel's kind decides.
    fill_opacity(whole) = "custom.fillOpacity";
    /// Draws lines so many pixels wide, from 0 to 10. It is 1 by default.
    line_width(whole) = "custom.lineWidth";
}

field_setters! { SHADES for Shades;
    /// Colours areas so. Evenly by default.
    fill_style([FillStyle]) = "custom.gradientMode";
}

field_setters! { STACKING for Stacks;
    /// Puts series on top of each other. It does not by default.
    stacking([Stacking]) = "custom.stacking";
}

field_setters! { AXES for Axes;
    /// Puts the axis there. By default the first unit's is left, and others are right.
    axis_placement([AxisPlacement]) = "custom.axisPlacement";
    /// Writes this beside the axis. It is empty by default.
    axis_label(text) = "custom.axisLabel";
    /// Makes the axis so many pixels wide. It fits by default.
    axis_width(whole) = "custom.axisWidth";
    /// Draws the axis in the colour of text or of its series. It is that of text by default.
    axis_color([AxisColor]) = "custom.axisColorMode";
    /// Draws the axis's line. It does not by default.
    axis_border(flag) = "custom.axisBorderShow";
    /// Draws the lines of the grid. By default where the axis is the first.
    axis_grid(flag) = "custom.axisGridShow";
    /// Has zero in the middle. It has not by default.
    axis_centered_zero(flag) = "custom.axisCenteredZero";
    /// Begins at this value, if no value is less.
    axis_soft_min(number) = "custom.axisSoftMin";
    /// Ends at this value, if no value is greater.
    axis_soft_max(number) = "custom.axisSoftMax";
    /// Spaces the numbers of the axis so. Evenly by default.
    scale([Scale]) = "custom.scaleDistribution";
}

/// The kinds that draw series over time.
pub trait Draws: Fields {}
impl Draws for kind::TimeSeries {}
impl Draws for kind::Custom {}

field_setters! { DRAWING for Draws;
    /// Draws lines, bars or points. Lines by default.
    draw_style([DrawStyle]) = "custom.drawStyle";
    /// Draws lines straight, curved or in steps. Straight by default.
    interpolation([LineInterpolation]) = "custom.lineInterpolation";
    /// Draws lines with dashes or dots. Without gaps by default.
    line_style([LineStyle]) = "custom.lineStyle";
    /// Goes on with a line where there is no value. It does not by default.
    span_nulls([SpanNulls]) = "custom.spanNulls";
    /// Breaks a line between values that are more than so many milliseconds apart. It does not by default.
    break_after(number) = "custom.insertNulls";
    /// Draws points. By default where there is room.
    points([Show]) = "custom.showPoints";
    /// Draws points so many pixels wide, from 1 to 40. It is 5 by default.
    point_size(whole) = "custom.pointSize";
    /// Writes the values beside the points. It does not by default.
    show_values(flag) = "custom.showValues";
    /// Puts bars before, around or after their time. Around by default.
    bar_alignment([BarAlignment]) = "custom.barAlignment";
    /// Makes bars so wide, from 0 to 1 of the room. It is 0.6 by default.
    bar_width_factor(number) = "custom.barWidthFactor";
    /// Makes bars at most so many pixels wide. It is 200 by default.
    bar_max_width(number) = "custom.barMaxWidth";
    /// Fills the area between this series and that one.
    fill_below_to(text) = "custom.fillBelowTo";
    /// Changes values before they are drawn. It does not by default.
    value_transform([ValueTransform]) = "custom.transform";
    /// Draws thresholds. It does not by default.
    thresholds_style([ThresholdsStyle]) = "custom.thresholdsStyle";
}
