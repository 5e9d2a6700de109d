//! Variables whose values are data sources.

use belvedere_cfn::{Expr, Properties};

use super::{Chooses, Variable, VariableKind};
use crate::dashboard::setter::{argument, setters};
use crate::datasource::{CloudWatch, DataSourceRef, Kind, LogQl, PromQl, Sql, TraceQl, XRay};

/// The kind of variables whose values are data sources of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources<S>(std::marker::PhantomData<fn() -> S>);

impl<S: Kind> VariableKind for Sources<S> {}
impl<S: Kind> Chooses for Sources<S> {}

/// A kind of data source that a variable can offer.
pub trait Choosable: Kind {
    /// The id of its plugin.
    const PLUGIN: &'static str;
}

macro_rules! choosable {
    ($($kind:ident = $plugin:literal;)+) => { $(impl Choosable for $kind { const PLUGIN: &'static str = $plugin; })+ };
}

choosable! {
    PromQl = "prometheus";
    LogQl = "loki";
    TraceQl = "tempo";
    CloudWatch = "cloudwatch";
    XRay = "grafana-x-ray-datasource";
    Sql = "grafana-postgresql-datasource";
}

impl Variable<super::FromQuery> {
    /// The data sources of a kind. Queries are made from [`reference`](Variable::reference).
    ///
    /// ```
    /// # use belvedere_grafana::{dashboard::{TimeSeries, Variable}, datasource::PromQl};
    /// let source = Variable::data_source::<PromQl>("datasource");
    /// let up = TimeSeries::new("Up").query(source.reference().query("up"));
    /// ```
    #[must_use]
    pub fn data_source<S: Choosable>(name: impl Into<String>) -> Variable<Sources<S>> {
        let mut variable = Variable::new(name, "datasource");
        variable.put("options", Expr::List(Vec::new()));
        variable.put("query", S::PLUGIN.into());
        variable.put("refresh", Expr::Integer(1));
        variable
    }
}

impl<S: Kind> Variable<Sources<S>> {
    /// Offers the data sources of this plugin instead of the kind's usual one, such as
    /// `grafana-amazonprometheus-datasource`.
    ///
    /// Writes `query`.
    #[must_use]
    pub fn plugin(mut self, plugin: impl Into<String>) -> Self {
        self.put("query", plugin.into().into());
        self
    }

    /// Has this data source at first. By default Grafana's default one, or the first.
    ///
    /// Writes `current`.
    #[must_use]
    pub fn default_source(mut self, source: &DataSourceRef<S>) -> Self {
        let uid = source.uid().to_owned();
        self.put("current", Properties::new().with("text", uid.clone()).with("value", uid).into());
        self
    }

    /// Returns what stands for the chosen data source, for queries.
    #[must_use]
    pub fn reference(&self) -> DataSourceRef<S> {
        let plugin = self.model.get("query").and_then(Expr::as_str).unwrap_or_default();
        DataSourceRef::new(format!("${{{}}}", self.name()), plugin)
    }
}

setters! { SOURCE_VARIABLE for [S: Kind] Variable<Sources<S>>, "";
    /// Offers the data sources whose names match a regular expression of JavaScript, such as `/^prod/`.
    name_regex(text) = "regex";
}
