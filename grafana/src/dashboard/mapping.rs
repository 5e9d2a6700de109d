//! [`Mapping`]: values that are shown as texts.

use belvedere_cfn::{Expr, IntoValue, Properties, Text};

use super::color::Color;
use super::model::number;
use super::setter::words;

/// What is shown instead of a value. At least one of its members is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingResult(Properties);

impl MappingResult {
    /// A text.
    #[must_use]
    pub fn text(text: impl IntoValue<String>) -> Self {
        Self(Properties::new().with("text", text.into_value()))
    }

    /// The value as it is, in a colour.
    #[must_use]
    pub fn colored(color: impl Into<Color>) -> Self {
        Self::default().color(color)
    }

    /// Draws it in this colour.
    #[must_use]
    pub fn color(mut self, color: impl Into<Color>) -> Self {
        self.0.set("color", color.into());
        self
    }

    /// Shows an icon, by its path in Grafana. Tables do.
    #[must_use]
    pub fn icon(mut self, icon: impl Into<String>) -> Self {
        self.0.set("icon", icon.into());
        self
    }

    /// Is at this place in Grafana's editor.
    #[must_use]
    pub fn index(mut self, index: u32) -> Self {
        self.0.set("index", i64::from(index));
        self
    }
}

impl From<&str> for MappingResult {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

words! {
    /// A value that is not a usual one.
    SpecialValue {
        /// None.
        Null = "null",
        /// Not a number.
        NaN = "nan",
        /// None, or not a number.
        NullAndNaN = "null+nan",
        /// True.
        True = "true",
        /// False.
        False = "false",
        /// An empty text.
        Empty = "empty",
    }
}

/// Values that are shown as texts or in colours of their own.
///
/// ```
/// # use belvedere_grafana::dashboard::{Color, Mapping, MappingResult};
/// let up = Mapping::values([("1", MappingResult::text("Up").color(Color::GREEN)), ("0", "Down".into())]);
/// let high = Mapping::range(90, 100, "high");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping(Properties);

impl Mapping {
    /// One value, by its text.
    #[must_use]
    pub fn value(value: impl Into<String>, result: impl Into<MappingResult>) -> Self {
        Self::values([(value, result)])
    }

    /// Several values, by their texts.
    #[must_use]
    pub fn values<V: Into<String>, R: Into<MappingResult>>(values: impl IntoIterator<Item = (V, R)>) -> Self {
        let options = values.into_iter().map(|(value, result)| (Text::from(value.into()), result.into().0.into()));
        Self::new("value", options.collect())
    }

    /// The numbers of a range, both ends included.
    #[must_use]
    pub fn range(from: impl Into<f64>, to: impl Into<f64>, result: impl Into<MappingResult>) -> Self {
        Self::between(number(from.into()), number(to.into()), result.into())
    }

    /// The numbers from this one on.
    #[must_use]
    pub fn at_least(from: impl Into<f64>, result: impl Into<MappingResult>) -> Self {
        Self::between(number(from.into()), Expr::Null, result.into())
    }

    /// The numbers up to this one.
    #[must_use]
    pub fn at_most(to: impl Into<f64>, result: impl Into<MappingResult>) -> Self {
        Self::between(Expr::Null, number(to.into()), result.into())
    }

    /// The texts that match a regular expression of JavaScript, whose groups are `$1`, `$2`, … in the result.
    #[must_use]
    pub fn regex(pattern: impl Into<String>, result: impl Into<MappingResult>) -> Self {
        let options = Properties::new().with("pattern", pattern.into()).with("result", result.into().0);
        Self::new("regex", options)
    }

    /// What is not a usual value.
    #[must_use]
    pub fn special(value: SpecialValue, result: impl Into<MappingResult>) -> Self {
        Self::new("special", Properties::new().with("match", value).with("result", result.into().0))
    }

    fn between(from: Expr, to: Expr, result: MappingResult) -> Self {
        Self::new("range", Properties::new().with("from", from).with("result", result.0).with("to", to))
    }

    fn new(kind: &'static str, options: Properties) -> Self {
        Self(Properties::new().with("options", options).with("type", kind))
    }
}

impl From<Mapping> for Expr {
    fn from(mapping: Mapping) -> Self {
        mapping.0.into()
    }
}
