//! Queries, typed by the data source's language.

mod cloudwatch;
mod expression;
mod loki;
mod prometheus;
mod sql;
mod tempo;
mod xray;

pub use cloudwatch::{CloudWatchLogsQuery, CloudWatchQuery};
pub use expression::{Bound, Expression, ReduceMode, Upsampler};
pub use loki::{LogMetricQuery, LogsQuery, SearchDirection};
pub use prometheus::{PromFormat, PromQuery};
pub use sql::{SqlFormat, SqlQuery};
pub use tempo::{TraceQuery, TraceTable};
pub use xray::XRayQuery;
pub(super) use {
    cloudwatch::{CLOUDWATCH_LOGS_QUERY, CLOUDWATCH_QUERY},
    loki::{LOG_METRIC_QUERY, LOGS_QUERY},
    prometheus::PROM_QUERY,
    sql::SQL_QUERY,
    tempo::TRACE_QUERY,
    xray::XRAY_QUERY,
};

use belvedere_cfn::{Expr, Properties};

use super::model::Model;
use crate::datasource::{DataSourceRef, Kind};

/// What a panel, a variable or an alert rule asks a data source: a query of any language, made by a data source's
/// reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The data source: its plugin and uid.
    pub(crate) plugin: String,
    pub(crate) uid: String,
    /// The data source as the JSON has it, unless it is not named there.
    pub(crate) written: Option<Expr>,
    /// Whether only the panel names the data source.
    pub(crate) inherits: bool,
    /// The members of the query as the data source's plugin takes them, without `datasource` and `refId`.
    pub(crate) model: Model,
    /// The name by which expressions and transformations refer to it, unless its position decides.
    pub(crate) reference: Option<String>,
}

impl Query {
    /// A query in a plugin's own words, for a plugin that has no typed query here.
    #[must_use]
    pub fn custom<K: Kind>(source: &DataSourceRef<K>, model: serde_json::Value) -> Self {
        let root = match Expr::from(model) {
            Expr::Object(members) => members,
            other => Properties::new().with("query", other),
        };
        Self::new(source, root)
    }

    pub(crate) fn new<K: Kind>(source: &DataSourceRef<K>, root: Properties) -> Self {
        Self {
            plugin: source.plugin().to_owned(),
            uid: source.uid().to_owned(),
            written: source.written(),
            inherits: false,
            model: Model::new(root),
            reference: None,
        }
    }

    /// Returns the query as a panel's target.
    pub(crate) fn target(&self, reference: &str) -> Expr {
        let mut model = self.model.root.clone().with("refId", reference.to_owned());
        if let (Some(source), false) = (&self.written, self.inherits) {
            model.set("datasource", source.clone());
        }
        Expr::Object(model)
    }

    /// Returns whether Grafana itself evaluates it, from what other queries gave.
    pub(crate) fn is_expression(&self) -> bool {
        self.uid == "__expr__"
    }
}

pub(crate) fn data_source(plugin: &str, uid: &str) -> Properties {
    Properties::new().with("type", plugin.to_owned()).with("uid", uid.to_owned())
}

/// The name of a query by its position: A to Z, then AA, AB and so on.
pub(crate) fn reference(position: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = position;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// What every typed query has.
macro_rules! query {
    ($($(#[$doc:meta])+ $name:ident)+) => { $(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name($crate::dashboard::Query);

        impl $name {
            /// Names the query, for expressions and transformations. By default its position decides: A, B, C, …
            #[must_use]
            pub fn ref_id(mut self, reference: impl Into<String>) -> Self {
                self.0.reference = Some(reference.into());
                self
            }

            /// Leaves it to the panel to name the data source. By default each query does.
            ///
            /// Writes no `datasource`.
            #[must_use]
            pub fn inherited(mut self) -> Self {
                self.0.inherits = true;
                self
            }

            /// Evaluates it for expressions and transformations only.
            ///
            /// Writes `hide`.
            #[must_use]
            pub fn hidden(mut self) -> Self {
                self.put("hide", belvedere_cfn::Expr::Bool(true));
                self
            }

            /// Writes a member of the query's JSON that has no setter, by its dotted path.
            #[must_use]
            pub fn set(mut self, path: &str, value: impl Into<belvedere_cfn::Expr>) -> Self {
                self.0.model.set(path, value.into());
                self
            }

            /// Removes a member of the query's JSON, by its dotted path.
            #[must_use]
            pub fn unset(mut self, path: &str) -> Self {
                self.0.model.unset(path);
                self
            }

            fn put(&mut self, path: &str, value: belvedere_cfn::Expr) {
                self.0.model.put(path, value);
            }
        }

        impl From<$name> for $crate::dashboard::Query {
            fn from(query: $name) -> Self {
                query.0
            }
        }
    )+ };
}
pub(crate) use query;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_names_a_query() {
        let names: Vec<_> = [0, 25, 26, 27, 51, 52, 701, 702].into_iter().map(reference).collect();
        assert_eq!(names, ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
