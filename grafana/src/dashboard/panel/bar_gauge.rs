//! [`BarGauge`]: bars, each with its number.

use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters, words};

/// A bar for each value
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/bar-gauge/>).
pub type BarGauge = Panel<kind::BarGauge>;

words! {
    /// How a bar is drawn.
    BarGaugeMode {
        /// In the colour of its value.
        Basic = "basic",
        /// Fading through the thresholds' colours.
        Gradient = "gradient",
        /// As small cells.
        RetroLcd = "lcd",
    }

    /// How the number beside a bar is drawn.
    BarValues {
        /// In the colour of the value.
        Color = "color",
        /// In the colour of text.
        Text = "text",
        /// Not at all.
        Hidden = "hidden",
    }

    /// Where a bar's name is.
    BarNames {
        /// Where there is room.
        Auto = "auto",
        /// Above.
        Top = "top",
        /// Left.
        Left = "left",
        /// Nowhere.
        Hidden = "hidden",
    }

    /// Whether sizes fit or are given.
    Sizing {
        /// They fit.
        Auto = "auto",
        /// They are given.
        Manual = "manual",
    }
}

setters! { BAR_GAUGE for [] Panel<kind::BarGauge>, "options.";
    /// Draws bars in one colour, fading, or as small cells. Fading by default.
    display_mode([BarGaugeMode]) = "displayMode";
    /// Draws numbers in the colour of the value, of text, or not. In that of the value by default.
    value_mode([BarValues]) = "valueMode";
    /// Puts names there. By default where there is room.
    name_placement([BarNames]) = "namePlacement";
    /// Draws the rest of a bar in grey. It does by default.
    unfilled(flag) = "showUnfilled";
    /// Fits the size, or takes that which is given. It fits by default.
    sizing([Sizing]) = "sizing";
    /// Is at least so many pixels wide, with [`Sizing::Manual`]. It is 8 by default.
    min_width(whole) = "minVizWidth";
    /// Is at least so many pixels high, with [`Sizing::Manual`]. It is 16 by default.
    min_height(whole) = "minVizHeight";
    /// Is at most so many pixels high, with [`Sizing::Manual`]. It is 300 by default.
    max_height(whole) = "maxVizHeight";
}
