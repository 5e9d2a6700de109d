//! [`Override`]: some fields that are shown in another way.

use belvedere_cfn::{Expr, Properties};

use super::model::texts;
use super::reduce::Calc;
use super::setter::words;

/// Some fields that are shown in another way than the panel's others.
///
/// ```
/// # use belvedere_grafana::dashboard::{AxisPlacement, Color, Override, Unit};
/// let errors = Override::by_name("errors").color(Color::RED).unit(Unit::PERCENT_UNIT).axis_placement(AxisPlacement::Right);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    matcher: Properties,
    properties: Vec<Expr>,
}

words! {
    /// The type of a field.
    FieldType {
        /// Numbers.
        Number = "number",
        /// Texts.
        String = "string",
        /// Times.
        Time = "time",
        /// True or false.
        Boolean = "boolean",
        /// Anything else.
        Other = "other",
    }

    /// How a value is compared with another.
    Comparison {
        /// It is greater.
        Greater = "gt",
        /// It is greater or the same.
        GreaterOrEqual = "gte",
        /// It is less.
        Less = "lt",
        /// It is less or the same.
        LessOrEqual = "lte",
        /// It is the same.
        Equal = "eq",
        /// It is another.
        NotEqual = "neq",
    }
}

impl Override {
    /// The field with this name, as the legend or the table's head shows it.
    #[must_use]
    pub fn by_name(name: impl Into<String>) -> Self {
        Self::matching("byName", name.into())
    }

    /// The fields with these names.
    #[must_use]
    pub fn by_names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::matching("byNames", Properties::new().with("mode", "include").with("names", texts(names)))
    }

    /// All fields but those with these names.
    #[must_use]
    pub fn except_names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::matching("byNames", Properties::new().with("mode", "exclude").with("names", texts(names)))
    }

    /// The fields whose names match a regular expression of JavaScript, such as `/p9.*/`.
    #[must_use]
    pub fn by_regexp(pattern: impl Into<String>) -> Self {
        Self::matching("byRegexp", pattern.into())
    }

    /// The fields of a type.
    #[must_use]
    pub fn by_type(kind: FieldType) -> Self {
        Self::matching("byType", kind)
    }

    /// The fields that a query gave, by its name: `A`, `B`, …
    #[must_use]
    pub fn by_query(reference: impl Into<String>) -> Self {
        Self::matching("byFrameRefID", reference.into())
    }

    /// The fields of which a calculation gives such a value, such as those whose greatest value is less than 1.
    #[must_use]
    pub fn by_value(calc: Calc, comparison: Comparison, value: impl Into<f64>) -> Self {
        let options = Properties::new()
            .with("op", comparison)
            .with("reducer", calc)
            .with("value", super::model::number(value.into()));
        Self::matching("byValue", options)
    }

    /// The fields that a matcher of Grafana finds, by its id.
    #[must_use]
    pub fn matching(id: impl Into<String>, options: impl Into<Expr>) -> Self {
        let matcher = Properties::new().with("id", id.into()).with("options", options);
        Self { matcher, properties: Vec::new() }
    }

    /// Sets a property by its id, such as `custom.lineWidth`.
    #[must_use]
    pub fn property(mut self, id: impl Into<String>, value: impl Into<Expr>) -> Self {
        self.properties.push(Properties::new().with("id", id.into()).with("value", value).into());
        self
    }
}

impl From<Override> for Expr {
    fn from(given: Override) -> Self {
        Properties::new().with("matcher", given.matcher).with("properties", given.properties).into()
    }
}
