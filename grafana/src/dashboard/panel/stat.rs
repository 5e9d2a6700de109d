//! [`Stat`]: single numbers.

use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters, words};

/// Single numbers, large, with a small graph behind
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/stat/>).
pub type Stat = Panel<kind::Stat>;

words! {
    /// What has the colour of the value.
    StatColor {
        /// Nothing.
        None = "none",
        /// The number.
        Value = "value",
        /// The background, fading.
        Background = "background",
        /// The background, evenly.
        BackgroundSolid = "background_solid",
    }

    /// What is behind the number.
    StatGraph {
        /// Nothing.
        None = "none",
        /// A line.
        Line = "line",
        /// A line with its area.
        Area = "area",
    }

    /// Where the number is.
    StatJustify {
        /// In the middle if it is alone.
        Auto = "auto",
        /// In the middle.
        Center = "center",
    }

    /// Which texts are shown.
    StatText {
        /// The number, and the name where there are several.
        Auto = "auto",
        /// The number.
        Value = "value",
        /// The number and the name.
        ValueAndName = "value_and_name",
        /// The name.
        Name = "name",
        /// None.
        None = "none",
    }

    /// How a change is coloured.
    ChangeColor {
        /// Green if it grew, red if it shrank.
        Standard = "standard",
        /// Red if it grew, green if it shrank.
        Inverted = "inverted",
        /// As the number.
        SameAsValue = "same_as_value",
    }
}

setters! { STAT for [] Panel<kind::Stat>, "options.";
    /// Colours the number or the background. The number by default.
    color_mode([StatColor]) = "colorMode";
    /// Draws a small graph behind. An area by default.
    graph_mode([StatGraph]) = "graphMode";
    /// Has the number in the middle if it is alone, or always. If it is alone by default.
    justify([StatJustify]) = "justifyMode";
    /// Shows the number, the name, or both. By default the number, and the name where there are several.
    text_mode([StatText]) = "textMode";
    /// Puts the name beside the number where the panel is wide. It does by default.
    wide_layout(flag) = "wideLayout";
    /// Shows by how many per cent the value changed. It does not by default.
    percent_change(flag) = "showPercentChange";
    /// Colours the change. Green if it grew by default.
    percent_change_color([ChangeColor]) = "percentChangeColorMode";
}
