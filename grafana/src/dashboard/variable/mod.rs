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
use super::setter::{argument, setters};

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

    fn put(&mut self, path: &str, value: Expr) {
        self.model.put(path, value);
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.model.get("name").and_then(Expr::as_str).unwrap_or_default()
    }

    /// Writes a member of the variable's JSON that has no setter, by its dotted path.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Expr>) -> Self {
        self.model.set(path, value.into());
        self
    }

    /// Removes a member of the variable's JSON, by its dotted path.
    #[must_use]
    pub fn unset(mut self, path: &str) -> Self {
        self.model.unset(path);
        self
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
        let value = value.into_value();
        self.put("current", Properties::new().with("text", value.clone()).with("value", value).into());
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
    /// Lets the reader choose all values at once. It does not by default.
    include_all(flag) = "includeAll";
    /// Stands for all values, such as `.*`. By default all are joined.
    all_value(text) = "allValue";
    /// Lets the reader write values that are not in the list. It does by default.
    allow_custom_value(flag) = "allowCustomValue";
}
