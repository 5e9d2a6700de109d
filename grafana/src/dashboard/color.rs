//! [`Color`] and [`ColorScheme`]: what is drawn in which colour.

use std::borrow::Cow;

use belvedere_cfn::{Expr, Properties};

use super::setter::words;

/// A colour: one of Grafana's own by name (`green`, `dark-red`, `super-light-blue`, `text`, `transparent`), or any of CSS
/// (`#56a64b`, `rgba(0, 0, 0, 0.5)`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Color(Cow<'static, str>);

impl Color {
    /// Grafana's green.
    pub const GREEN: Self = Self(Cow::Borrowed("green"));
    /// Grafana's yellow.
    pub const YELLOW: Self = Self(Cow::Borrowed("yellow"));
    /// Grafana's orange.
    pub const ORANGE: Self = Self(Cow::Borrowed("orange"));
    /// Grafana's red.
    pub const RED: Self = Self(Cow::Borrowed("red"));
    /// Grafana's blue.
    pub const BLUE: Self = Self(Cow::Borrowed("blue"));
    /// Grafana's purple.
    pub const PURPLE: Self = Self(Cow::Borrowed("purple"));
    /// The colour of text, which follows the theme.
    pub const TEXT: Self = Self(Cow::Borrowed("text"));
    /// No colour.
    pub const TRANSPARENT: Self = Self(Cow::Borrowed("transparent"));

    /// The colours that have a name here, with the name.
    pub const NAMED: &'static [(&'static str, Self)] = &[
        ("GREEN", Self::GREEN),
        ("YELLOW", Self::YELLOW),
        ("ORANGE", Self::ORANGE),
        ("RED", Self::RED),
        ("BLUE", Self::BLUE),
        ("PURPLE", Self::PURPLE),
        ("TEXT", Self::TEXT),
        ("TRANSPARENT", Self::TRANSPARENT),
    ];

    /// Returns the text in the JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Color {
    fn from(color: &str) -> Self {
        Self(Cow::Owned(color.to_owned()))
    }
}

impl From<String> for Color {
    fn from(color: String) -> Self {
        Self(Cow::Owned(color))
    }
}

impl From<Color> for Expr {
    fn from(color: Color) -> Self {
        Self::String(color.0)
    }
}

words! {
    /// The colours that a range of values is drawn in.
    Gradient {
        /// Viridis: dark purple to yellow, readable by the colour-blind.
        Viridis = "continuous-viridis",
        /// Magma: black to light yellow.
        Magma = "continuous-magma",
        /// Plasma: blue to yellow.
        Plasma = "continuous-plasma",
        /// Inferno: black to yellow.
        Inferno = "continuous-inferno",
        /// Cividis: blue to yellow, readable by the colour-blind.
        Cividis = "continuous-cividis",
        /// Green, yellow, red.
        GreenYellowRed = "continuous-GrYlRd",
        /// Red, yellow, green.
        RedYellowGreen = "continuous-RdYlGr",
        /// Blue, yellow, red.
        BlueYellowRed = "continuous-BlYlRd",
        /// Yellow, red.
        YellowRed = "continuous-YlRd",
        /// Blue, purple.
        BluePurple = "continuous-BlPu",
        /// Yellow, blue.
        YellowBlue = "continuous-YlBl",
        /// Blues.
        Blues = "continuous-blues",
        /// Reds.
        Reds = "continuous-reds",
        /// Greens.
        Greens = "continuous-greens",
        /// Purples.
        Purples = "continuous-purples",
    }

    /// The value of a series that decides its colour.
    SeriesBy {
        /// The last.
        Last = "last",
        /// The least.
        Min = "min",
        /// The greatest.
        Max = "max",
    }
}

/// How fields get their colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColorScheme {
    mode: Cow<'static, str>,
    fixed: Option<Color>,
    by: Option<SeriesBy>,
}

impl ColorScheme {
    /// By the thresholds that values have reached.
    #[must_use]
    pub const fn thresholds() -> Self {
        Self { mode: Cow::Borrowed("thresholds"), fixed: None, by: None }
    }

    /// From the classic palette, by the series' position. Time series have it by default.
    #[must_use]
    pub const fn palette() -> Self {
        Self { mode: Cow::Borrowed("palette-classic"), fixed: None, by: None }
    }

    /// From the classic palette, by the series' name, so that a series has the same colour in all panels.
    #[must_use]
    pub const fn palette_by_name() -> Self {
        Self { mode: Cow::Borrowed("palette-classic-by-name"), fixed: None, by: None }
    }

    /// One colour.
    #[must_use]
    pub fn fixed(color: impl Into<Color>) -> Self {
        Self { mode: Cow::Borrowed("fixed"), fixed: Some(color.into()), by: None }
    }

    /// Shades of one colour, a different one for each series.
    #[must_use]
    pub fn shades(color: impl Into<Color>) -> Self {
        Self { mode: Cow::Borrowed("shades"), fixed: Some(color.into()), by: None }
    }

    /// By the value, from the least to the greatest.
    #[must_use]
    pub const fn continuous(gradient: Gradient) -> Self {
        Self { mode: Cow::Borrowed(gradient.as_str()), fixed: None, by: None }
    }

    /// Takes this value of a series for its colour, where the colour is by value. It is the last by default.
    #[must_use]
    pub const fn series_by(mut self, by: SeriesBy) -> Self {
        self.by = Some(by);
        self
    }
}

impl From<ColorScheme> for Expr {
    fn from(scheme: ColorScheme) -> Self {
        let mut color = Properties::new().with("mode", Self::String(scheme.mode));
        if let Some(fixed) = scheme.fixed {
            color.set("fixedColor", fixed);
        }
        if let Some(by) = scheme.by {
            color.set("seriesBy", by);
        }
        color.into()
    }
}

impl From<Color> for ColorScheme {
    fn from(color: Color) -> Self {
        Self::fixed(color)
    }
}

impl From<Gradient> for ColorScheme {
    fn from(gradient: Gradient) -> Self {
        Self::continuous(gradient)
    }
}
