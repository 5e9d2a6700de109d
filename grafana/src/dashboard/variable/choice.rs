//! Variables whose values the definition has.

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::{Chooses, FromQuery, Variable, VariableKind};
use crate::datasource::{DataSourceRef, Kind};

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident)+) => { $(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {}
        impl VariableKind for $kind {}
    )+ };
}

kinds! {
    /// The kind of variables with a list of values.
    Custom
    /// The kind of variables that are spans of time.
    Interval
    /// The kind of variables that nobody chooses.
    Constant
    /// The kind of variables whose values are written by the reader.
    TextBox
    /// The kind of variables that filter all queries of a data source.
    AdHoc
}

impl Chooses for Custom {}
impl Chooses for Interval {}

impl Variable<FromQuery> {
    /// These values. The first is chosen at first.
    #[must_use]
    pub fn custom<V: Into<String>>(name: impl Into<String>, values: impl IntoIterator<Item = V>) -> Variable<Custom> {
        Self::custom_named(name, values.into_iter().map(Into::into).map(|value: String| (value.clone(), value)))
    }

    /// These values, each with the text that the reader sees. The first is chosen at first.
    #[must_use]
    pub fn custom_named<T: Into<String>, V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = (T, V)>,
    ) -> Variable<Custom> {
        let values: Vec<_> = values.into_iter().map(|(text, value)| (text.into(), value.into())).collect();
        // Commas part values, and ` : ` parts a text from its value.
        let escaped = |text: &str| text.replace(',', "\\,");
        let part = |(text, value): &(String, String)| {
            if text == value { escaped(value) } else { format!("{} : {}", escaped(text), escaped(value)) }
        };
        let query: Vec<String> = values.iter().map(part).collect();
        listed(name, "custom", query.join(","), &values)
    }

    /// Spans of time, such as `1m` and `1h`, for `[$interval]` in queries. The first is chosen at first.
    #[must_use]
    pub fn interval<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Variable<Interval> {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        let query = values.join(",");
        let values: Vec<_> = values.into_iter().map(|value| (value.clone(), value)).collect();
        let mut variable = listed(name, "interval", query, &values);
        variable.put("refresh", Expr::Integer(2));
        variable
    }

    /// A value that the reader does not see.
    #[must_use]
    pub fn constant(name: impl Into<String>, value: impl IntoValue<String>) -> Variable<Constant> {
        let value = value.into_value();
        let mut variable = Variable::new(name, "constant");
        variable.put("current", Properties::new().with("text", value.clone()).with("value", value.clone()).into());
        variable.put("hide", Expr::Integer(2));
        variable.put("query", value.into_expr());
        variable
    }

    /// A value that the reader writes, with the one that is there at first.
    #[must_use]
    pub fn text_box(name: impl Into<String>, value: impl IntoValue<String>) -> Variable<TextBox> {
        let value = value.into_value();
        let mut variable = Variable::new(name, "textbox");
        variable.put("current", Properties::new().with("text", value.clone()).with("value", value.clone()).into());
        variable.put("query", value.into_expr());
        variable
    }

    /// Conditions on labels that the reader adds, and that Grafana puts into all queries to this data source.
    #[must_use]
    pub fn ad_hoc<S: Kind>(name: impl Into<String>, source: &DataSourceRef<S>) -> Variable<AdHoc> {
        let mut variable = Variable::new(name, "adhoc");
        if let Some(source) = source.written() {
            variable.put("datasource", source);
        }
        variable.put("filters", Expr::List(Vec::new()));
        variable
    }
}

/// A variable with its values: Grafana before version 11 takes them from `options`, and later ones from `query`.
fn listed<K: VariableKind>(
    name: impl Into<String>,
    kind: &'static str,
    query: String,
    values: &[(String, String)],
) -> Variable<K> {
    let pair =
        |(text, value): &(String, String)| Properties::new().with("text", text.clone()).with("value", value.clone());
    let mut variable = Variable::new(name, kind);
    if let Some(first) = values.first() {
        variable.put("current", pair(first).into());
    }
    variable.put("options", Expr::List(values.iter().map(|value| pair(value).into()).collect()));
    variable.put("query", query.into());
    variable
}

impl Variable<Interval> {
    /// Offers `auto` too: the time range by this count, and at least the least span, such as `10s`.
    ///
    /// Writes `auto`, `auto_count` and `auto_min`.
    #[must_use]
    pub fn auto(mut self, count: u32, least: impl Into<String>) -> Self {
        self.put("auto", true.into());
        self.put("auto_count", Expr::Integer(count.into()));
        self.put("auto_min", least.into().into());
        self
    }

    /// Has `auto` at first, where that is offered.
    ///
    /// Writes `current`.
    #[must_use]
    pub fn default_auto(mut self) -> Self {
        let value = format!("$__auto_interval_{}", self.name());
        self.put("current", Properties::new().with("text", "auto").with("value", value).into());
        self
    }
}

impl Variable<AdHoc> {
    /// Has this condition at first, with an operator `=`, `!=`, `=~`, `!~`, `<` or `>`.
    ///
    /// Adds to `filters`.
    #[must_use]
    pub fn filter(
        mut self,
        key: impl Into<String>,
        operator: impl Into<String>,
        value: impl IntoValue<String>,
    ) -> Self {
        let filter = Properties::new()
            .with("key", key.into())
            .with("operator", operator.into())
            .with("value", value.into_value());
        self.model.push("filters", filter);
        self
    }
}
