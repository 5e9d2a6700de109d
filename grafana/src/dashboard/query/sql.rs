//! Queries in SQL.

use belvedere_cfn::{IntoValue, Properties};

use super::{Query, query};
use crate::dashboard::setter::{argument, setters, words};
use crate::datasource::{DataSourceRef, Sql};

query! {
    /// A query in SQL, for a table unless it is told otherwise.
    SqlQuery
}

words! {
    /// What the rows of an SQL query become.
    SqlFormat {
        /// A table.
        Table = "table",
        /// Series over time: one column is `time`, those that are texts name the series.
        TimeSeries = "time_series",
    }
}

impl DataSourceRef<Sql> {
    /// Asks in SQL. Grafana's macros (`$__timeFilter(at)`, `$__timeGroup(at, '5m')`) are put in by Grafana.
    #[must_use]
    pub fn sql(&self, query: impl IntoValue<String>) -> SqlQuery {
        let model = Properties::new()
            .with("editorMode", "code")
            .with("format", SqlFormat::Table)
            .with("rawQuery", true)
            .with("rawSql", query.into_value());
        SqlQuery(Query::new(self, model))
    }
}

setters! { SQL_QUERY for [] SqlQuery, "";
    /// Makes a table, or series over time. It is a table by default.
    format([SqlFormat]) = "format";
}
