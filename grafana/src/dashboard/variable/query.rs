//! Variables whose values a data source gives.

use belvedere_cfn::{Expr, IntoValue, Properties, Value, concat_values};

use super::{Chooses, Variable, VariableKind};
use crate::dashboard::model::path_step;
use crate::dashboard::setter::{argument, setters};
use crate::datasource::{CloudWatch, DataSourceRef, Kind, LogQl, PromQl, Sql, TraceQl};

/// The kind of variables whose values a data source gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromQuery {}

impl VariableKind for FromQuery {}
impl Chooses for FromQuery {}

/// When values are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Never: the values are those that the JSON has.
    Never,
    /// When the dashboard is opened.
    OnDashboardLoad,
    /// When the dashboard is opened, and when its time range changes.
    OnTimeRangeChange,
}

impl From<Refresh> for Expr {
    fn from(refresh: Refresh) -> Self {
        Self::Integer(match refresh {
            Refresh::Never => 0,
            Refresh::OnDashboardLoad => 1,
            Refresh::OnTimeRangeChange => 2,
        })
    }
}

/// The order of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableSort {
    /// As the data source gives them.
    None,
    /// A to Z, capitals first.
    AlphabeticalAscending,
    /// Z to A, capitals last.
    AlphabeticalDescending,
    /// By the first number in them, from the least up.
    NumericalAscending,
    /// By the first number in them, from the greatest down.
    NumericalDescending,
    /// A to Z.
    CaseInsensitiveAscending,
    /// Z to A.
    CaseInsensitiveDescending,
    /// A to Z, and numbers in them from the least up.
    NaturalAscending,
    /// Z to A, and numbers in them from the greatest down.
    NaturalDescending,
}

impl From<VariableSort> for Expr {
    fn from(sort: VariableSort) -> Self {
        Self::Integer(match sort {
            VariableSort::None => 0,
            VariableSort::AlphabeticalAscending => 1,
            VariableSort::AlphabeticalDescending => 2,
            VariableSort::NumericalAscending => 3,
            VariableSort::NumericalDescending => 4,
            VariableSort::CaseInsensitiveAscending => 5,
            VariableSort::CaseInsensitiveDescending => 6,
            VariableSort::NaturalAscending => 7,
            VariableSort::NaturalDescending => 8,
        })
    }
}

impl Variable<FromQuery> {
    /// The values of a label, of a metric or a selector such as `up{job="api"}`; of all series if that is empty. They are
    /// asked for when the dashboard is opened.
    #[must_use]
    pub fn label_values(
        name: impl Into<String>,
        prometheus: &DataSourceRef<PromQl>,
        selector: impl IntoValue<String>,
        label: &str,
    ) -> Self {
        let selector = selector.into_value();
        let query = match selector.as_str() {
            Some("") => format!("label_values({label})").into(),
            _ => concat_values!("label_values(", selector, format!(", {label})")),
        };
        Self::prometheus(name, prometheus, 1, query)
    }

    /// The names of the labels of a metric; of all series if it is empty.
    #[must_use]
    pub fn label_names(name: impl Into<String>, prometheus: &DataSourceRef<PromQl>, metric: &str) -> Self {
        Self::prometheus(name, prometheus, 0, format!("label_names({metric})").into())
    }

    /// The metrics whose names match a regular expression.
    #[must_use]
    pub fn metrics(name: impl Into<String>, prometheus: &DataSourceRef<PromQl>, pattern: &str) -> Self {
        Self::prometheus(name, prometheus, 2, format!("metrics({pattern})").into())
    }

    /// The series that a query in PromQL gives, as texts, from which [`regex`](Variable::regex) takes a part.
    #[must_use]
    pub fn query_result(
        name: impl Into<String>,
        prometheus: &DataSourceRef<PromQl>,
        query: impl IntoValue<String>,
    ) -> Self {
        Self::prometheus(name, prometheus, 3, concat_values!("query_result(", query.into_value(), ")"))
    }

    fn prometheus(
        name: impl Into<String>,
        prometheus: &DataSourceRef<PromQl>,
        kind: i64,
        query: Value<String>,
    ) -> Self {
        let model = Properties::new()
            .with("qryType", kind)
            .with("query", query.clone())
            .with("refId", "PrometheusVariableQueryEditor-VariableQuery");
        let mut variable = Self::query(name, prometheus, model);
        variable.put("definition", query.into_expr());
        variable
    }

    /// The values of a label of log streams; of those that a selector such as `{app="api"}` has, unless it is empty.
    #[must_use]
    pub fn stream_label_values(
        name: impl Into<String>,
        loki: &DataSourceRef<LogQl>,
        selector: impl IntoValue<String>,
        label: impl Into<String>,
    ) -> Self {
        let model = Properties::new()
            .with("label", label.into())
            .with("refId", "LokiVariableQueryEditor-VariableQuery")
            .with("stream", selector.into_value())
            .with("type", 1);
        Self::query(name, loki, model)
    }

    /// The values of a tag of spans, such as `resource.service.name`.
    #[must_use]
    pub fn tag_values(name: impl Into<String>, tempo: &DataSourceRef<TraceQl>, tag: impl Into<String>) -> Self {
        let model = Properties::new()
            .with("label", tag.into())
            .with("refId", "TempoDatasourceVariableQueryEditor-VariableQuery")
            .with("type", 1);
        Self::query(name, tempo, model)
    }

    /// The values of a dimension of a metric of CloudWatch, such as `AWS/Lambda`, `Invocations`, `FunctionName`, in the data
    /// source's region.
    #[must_use]
    pub fn dimension_values(
        name: impl Into<String>,
        cloudwatch: &DataSourceRef<CloudWatch>,
        namespace: impl IntoValue<String>,
        metric: impl IntoValue<String>,
        dimension: impl Into<String>,
    ) -> Self {
        let model = Properties::new()
            .with("attributeName", "")
            .with("dimensionFilters", Properties::new())
            .with("dimensionKey", dimension.into())
            .with("ec2Filters", Properties::new())
            .with("instanceID", "")
            .with("metricName", metric.into_value())
            .with("namespace", namespace.into_value())
            .with("queryType", "dimensionValues")
            .with("refId", "CloudWatchVariableQueryEditor-VariableQuery")
            .with("region", "default")
            .with("resourceType", "")
            .with("tags", Properties::new());
        Self::query(name, cloudwatch, model)
    }

    /// Keeps the values of series with this dimension, for values of a dimension of CloudWatch.
    ///
    /// Writes `query.dimensionFilters`.
    #[must_use]
    pub fn dimension_filter(mut self, dimension: &str, value: impl IntoValue<String>) -> Self {
        let path = format!("query.dimensionFilters.{}", path_step(dimension));
        self.put(&path, value.into_value().into_expr());
        self
    }

    /// The rows of a query in SQL: one column, or `__text` and `__value`.
    #[must_use]
    pub fn sql(name: impl Into<String>, source: &DataSourceRef<Sql>, query: impl IntoValue<String>) -> Self {
        let query = query.into_value();
        let mut variable = Self::query(name, source, query.clone());
        variable.put("definition", query.into_expr());
        variable
    }

    /// What a data source answers to a query in its plugin's own words.
    #[must_use]
    pub fn query<S: Kind>(name: impl Into<String>, source: &DataSourceRef<S>, query: impl Into<Expr>) -> Self {
        let mut variable = Self::new(name, "query");
        if let Some(source) = source.written() {
            variable.put("datasource", source);
        }
        variable.put("options", Expr::List(Vec::new()));
        variable.put("query", query.into());
        variable.put("refresh", Refresh::OnDashboardLoad.into());
        variable
    }
}

setters! { QUERY_VARIABLE for [] Variable<FromQuery>, "";
    /// Takes the part of a value that matches a regular expression of JavaScript: its first group, or its groups `text` and
    /// `value`. A value that does not match is left out.
    regex(text) = "regex";
    /// Has values in this order. As they come by default.
    sort([VariableSort]) = "sort";
    /// Asks when the dashboard is opened, when the time range changes too, or never. When it is opened by default.
    refresh([Refresh]) = "refresh";
}
