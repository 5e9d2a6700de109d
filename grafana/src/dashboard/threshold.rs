//! [`Thresholds`]: from which value on another colour is meant.

use belvedere_cfn::{Expr, Properties};

use super::color::Color;
use super::model::number;
use super::setter::words;

/// From which value on another colour is meant.
///
/// ```
/// # use belvedere_grafana::dashboard::{Color, Thresholds};
/// let errors = Thresholds::absolute(Color::GREEN).step(0.01, Color::YELLOW).step(0.05, Color::RED);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    mode: &'static str,
    steps: Vec<Expr>,
}

impl Thresholds {
    /// Steps in the unit of the values, the first from the least value on.
    #[must_use]
    pub fn absolute(base: impl Into<Color>) -> Self {
        Self { mode: "absolute", steps: vec![step(base.into(), Expr::Null)] }
    }

    /// Steps in per cent of the range between the panel's minimum and maximum, the first from the least value on.
    #[must_use]
    pub fn percentage(base: impl Into<Color>) -> Self {
        Self { mode: "percentage", ..Self::absolute(base) }
    }

    /// Has another colour from this value on. Values ascend.
    #[must_use]
    pub fn step(mut self, from: impl Into<f64>, color: impl Into<Color>) -> Self {
        self.steps.push(step(color.into(), number(from.into())));
        self
    }
}

fn step(color: Color, value: Expr) -> Expr {
    Properties::new().with("color", color).with("value", value).into()
}

impl From<Thresholds> for Expr {
    fn from(thresholds: Thresholds) -> Self {
        Properties::new().with("mode", thresholds.mode).with("steps", thresholds.steps).into()
    }
}

words! {
    /// How thresholds are drawn in a graph.
    ThresholdsStyle in "mode" {
        /// Not at all.
        Off = "off",
        /// As lines.
        Line = "line",
        /// As dashed lines.
        Dashed = "dashed",
        /// As areas.
        Area = "area",
        /// As lines with areas.
        LineAndArea = "line+area",
        /// As dashed lines with areas.
        DashedAndArea = "dashed+area",
    }
}
