//! Queries in PromQL.

use belvedere_cfn::{IntoValue, Properties};

use super::{Query, QueryEditor, query};
use crate::dashboard::setter::{argument, setters, words};
use crate::datasource::{DataSourceRef, PromQl};

query! {
    /// A query in PromQL: over the dashboard's time range, unless it is instant.
    PromQuery
}

words! {
    /// What Prometheus' answer becomes.
    PromFormat {
        /// A series for each set of labels, over time.
        TimeSeries = "time_series",
        /// A table with a column for each label.
        Table = "table",
        /// Buckets of a histogram.
        HeatMap = "heatmap",
    }
}

impl DataSourceRef<PromQl> {
    /// Asks in PromQL. Grafana's variables and macros (`$job`, `$__rate_interval`) are put in by Grafana.
    #[must_use]
    pub fn query(&self, expression: impl IntoValue<String>) -> PromQuery {
        PromQuery(Query::new(self, Properties::new().with("expr", expression.into_value())))
    }
}

impl PromQuery {
    /// Asks for the last value only.
    ///
    /// Writes `instant` and `range`.
    #[must_use]
    pub fn instant(mut self) -> Self {
        self.put("instant", true.into());
        self.put("range", false.into());
        self
    }

    /// Asks for the values over time and, for tables, for the last value too.
    ///
    /// Writes `instant` and `range`.
    #[must_use]
    pub fn range_and_instant(mut self) -> Self {
        self.put("instant", true.into());
        self.put("range", true.into());
        self
    }
}

setters! { PROM_QUERY for [] PromQuery, "";
    /// Names the series, with labels in braces: `{{method}} {{status}}`. By default Grafana chooses the labels that
    /// differ, or writes all.
    legend(text) = "legendFormat";
    /// Reads the answer as series, a table, or the buckets of a histogram. It is series by default.
    format([PromFormat]) = "format";
    /// Asks for exemplars too, which link to traces. Not by default.
    exemplars(flag) = "exemplar";
    /// Has no smaller step than this, such as `1m`. By default the data source's scrape interval decides.
    min_step(text) = "interval";
    /// Multiplies the step by this. It is 1 by default.
    interval_factor(whole) = "intervalFactor";
    /// Opens as text or as blocks in Grafana's editor. By default as the reader left it.
    editor([QueryEditor]) = "editorMode";
}
