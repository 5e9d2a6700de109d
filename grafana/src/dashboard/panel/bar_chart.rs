//! [`BarChart`]: bars over names.

use super::field::Show;
use super::kind;
use super::shared::{Orientation, Panel};
use crate::dashboard::setter::{argument, setters, words};

/// Bars over names, or over times
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/bar-chart/>).
pub type BarChart = Panel<kind::BarChart>;

words! {
    /// How bars of one name are put together.
    BarStacking {
        /// Side by side.
        None = "none",
        /// On top of each other.
        Normal = "normal",
        /// On top of each other, as shares.
        Percent = "percent",
    }
}

setters! { BAR_CHART for [] Panel<kind::BarChart>, "options.";
    /// Has bars standing or lying. By default the panel's shape decides.
    orientation([Orientation]) = "orientation";
    /// Has the names of this field. By default the first field of texts or times.
    x_field(text) = "xField";
    /// Turns names by so many degrees, from -90 to 90. It is 0 by default.
    x_label_rotation(number) = "xTickLabelRotation";
    /// Cuts names to so many letters.
    x_label_max_length(whole) = "xTickLabelMaxLength";
    /// Leaves this room between names, in pixels; a negative one leaves the first names out. It is 0 by default.
    x_label_spacing(number) = "xTickLabelSpacing";
    /// Writes values at the bars. By default where there is room.
    bar_labels([Show]) = "showValue";
    /// Puts bars of one name side by side or on top of each other. Side by side by default.
    stack([BarStacking]) = "stacking";
    /// Makes the bars of one name so wide, from 0 to 1 of the room. It is 0.7 by default.
    group_width(number) = "groupWidth";
    /// Makes each bar so wide, from 0 to 1 of the room. It is 0.97 by default.
    bar_width(number) = "barWidth";
    /// Rounds bars so much, from 0 to 0.5. It is 0 by default.
    bar_radius(number) = "barRadius";
    /// Colours bars by the values of this field.
    color_by_field(text) = "colorByField";
    /// Has the pointer at a bar in its whole column. It does not by default.
    full_highlight(flag) = "fullHighlight";
}
