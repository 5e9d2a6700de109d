//! Variables: what the reader of a dashboard chooses.

mod choice;
mod query;
mod source;

pub use choice::{AdHoc, Constant, Custom, Interval, TextBox};
pub use query::{FromQuery, Refresh, VariableSort};
pub use source::{Choosable, Sources};
pub(super) use {query::QUERY_VARIABLE, source::SOURCE_VARIABLE};

use std::marker::PhantomData;

use belvedere_cfn::{Expr, IntoValue, Properties};

use super::model::{Model, texts};
use super::setter::{argument, members, setters};

/// A variable of a dashboard, of a kind: what its reader chooses at the top, and what queries have as `$name`, `${name}` or
/// `${name:regex}` (<https://grafana.com/docs/grafana/latest/dashboards/variables/>).
#[derive(Clone, Debug, PartialEq)]
pub struct Variable<K> {
    model: Model,
    kind: PhantomData<fn() -> K>,
}

/// A kind of variable.
pub trait VariableKind: Clone + std::fmt::Debug + PartialEq + 'static {}

/// A kind whose reader chooses from a list.
pub trait Chooses: VariableKind {}

/// What the top of a dashboard shows of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableHide {
    /// Its name and its value.
    Nothing,
    /// Its value.
    Label,
    /// Nothing.
    Variable,
    /// It is in the menu of controls. Grafana 12.3 and later.
    InControlsMenu,
}

impl From<VariableHide> for Expr {
    fn from(hide: VariableHide) -> Self {
        Self::Integer(match hide {
            VariableHide::Nothing => 0,
            VariableHide::Label => 1,
            VariableHide::Variable => 2,
            VariableHide::InControlsMenu => 3,
        })
    }
}

impl<K: VariableKind> Variable<K> {
    fn new(name: impl Into<String>, kind: &'static str) -> Self {
        let root = Properties::new().with("name", name.into()).with("type", kind);
        Self { model: Model::new(root), kind: PhantomData }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.model.get("name").and_then(Expr::as_str).unwrap_or_default()
    }

    pub(crate) fn into_model(self) -> Model {
        self.model
    }
}

impl<K: Chooses> Variable<K> {
    /// Has this value at first. By default the first of the list.
    ///
    /// Writes `current`.
    #[must_use]
    pub fn default_value(mut self, value: impl IntoValue<String>) -> Self {
        let value = value.into_value().into_expr();
        let options = self.model.get("options").and_then(Expr::as_list).unwrap_or_default();
        let option = options.iter().filter_map(Expr::as_object).find(|option| option.get("value") == Some(&value));
        let text = option.and_then(|option| option.get("text")).unwrap_or(&value).clone();
        self.put("current", Properties::new().with("text", text).with("value", value).into());
        self
    }

    /// Has these values at first, where several can be chosen.
    ///
    /// Writes `current`.
    #[must_use]
    pub fn default_values<V: Into<String>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let values = texts(values);
        self.put("current", Properties::new().with("text", values.clone()).with("value", values).into());
        self
    }

    /// Has all values at first, where all can be chosen.
    ///
    /// Writes `current`.
    #[must_use]
    pub fn default_all(mut self) -> Self {
        let multi = self.model.get("multi") == Some(&Expr::Bool(true));
        let one = |text: &'static str| if multi { Expr::List(vec![text.into()]) } else { text.into() };
        self.put("current", Properties::new().with("text", one("All")).with("value", one("$__all")).into());
        self
    }
}

members! { [K: VariableKind] Variable<K>, model; "variable", such as "current.value" }

setters! { VARIABLE for [K: VariableKind] Variable<K>, "";
    /// Is called so at the top of the dashboard. By default by its name.
    label(text) = "label";
    /// Says what is chosen, when the pointer is on it.
    description(text) = "description";
    /// Shows its name and its value, its value, or nothing. Name and value by default.
    hide([VariableHide]) = "hide";
    /// Is not in the dashboard's URL. It is by default.
    skip_url_sync(flag) = "skipUrlSync";
}

setters! { CHOICE for [K: Chooses] Variable<K>, "";
    /// Lets the reader choose several values, which `${name:regex}` joins with `|`. One by default. Call it before
    /// [`default_all`](Variable::default_all).
    multi(flag) = "multi";
    /// Lets the reader choose all values at once, as they are at first unless there is a default. It does not by default.
    include_all(flag) = "includeAll";
    /// Stands for all values, such as `.*`. By default all are joined.
    all_value(text) = "allValue";
    /// Lets the reader write values that are not in the list. It does by default.
    allow_custom_value(flag) = "allowCustomValue";
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::datasource::{CloudWatch, DataSourceRef, LogQl, PromQl};

    fn json<K: VariableKind>(variable: Variable<K>) -> Value {
        serde_json::to_value(&variable.into_model().root).expect("a tree is JSON")
    }

    #[test]
    fn values_come_from_a_data_source() {
        let all = Variable::label_values("job", &DataSourceRef::<PromQl>::new("p", "prometheus"), "", "job");
        assert_eq!(json(all)["query"]["query"], "label_values(job)");
        let stream =
            Variable::stream_label_values("app", &DataSourceRef::<LogQl>::new("l", "loki"), "{a=\"b\"}", "app");
        let query = json!({
            "label": "app",
            "refId": "LokiVariableQueryEditor-VariableQuery",
            "stream": "{a=\"b\"}",
            "type": 1
        });
        assert_eq!(json(stream)["query"], query);
        let cloudwatch = DataSourceRef::<CloudWatch>::new("c", "cloudwatch");
        let dimension = Variable::dimension_values("f", &cloudwatch, "AWS/Lambda", "Errors", "FunctionName")
            .dimension_filter("Resource", "a.b");
        let query = &json(dimension)["query"];
        assert_eq!((&query["queryType"], &query["dimensionKey"]), (&json!("dimensionValues"), &json!("FunctionName")));
        assert_eq!(query["dimensionFilters"], json!({ "Resource": "a.b" }));
    }

    #[test]
    fn values_are_written_where_grafana_of_any_version_looks_for_them() {
        let sizes = json(Variable::custom_named("size", [("small, or so", "1"), ("2", "2")]));
        assert_eq!(sizes["query"], "small\\, or so : 1,2");
        assert_eq!(sizes["current"], json!({ "text": "small, or so", "value": "1" }));
        let options = json!([{ "text": "small, or so", "value": "1" }, { "text": "2", "value": "2" }]);
        assert_eq!(sizes["options"], options);
        let large = Variable::custom_named("size", [("small", "1"), ("large", "2")]).default_value("2");
        assert_eq!(json(large)["current"], json!({ "text": "large", "value": "2" }));
        let steps = json(Variable::interval("step", ["1m", "5m"]).default_value("5m"));
        assert_eq!((&steps["query"], &steps["current"]["value"]), (&json!("1m,5m"), &json!("5m")));
        let auto = json(Variable::interval("step", ["1m"]).auto(30, "10s").default_auto());
        assert_eq!((&auto["auto_count"], &auto["current"]["value"]), (&json!(30), &json!("$__auto_interval_step")));
        assert_eq!(json(Variable::constant("c", "x"))["hide"], 2);
    }

    #[test]
    fn a_chosen_data_source_is_referred_to_by_the_variable() {
        let sources = Variable::data_source::<PromQl>("metrics").plugin("grafana-amazonprometheus-datasource");
        let reference = sources.reference();
        assert_eq!((reference.uid(), reference.plugin()), ("${metrics}", "grafana-amazonprometheus-datasource"));
    }
}
