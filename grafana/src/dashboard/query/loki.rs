//! Queries in LogQL.

use belvedere_cfn::{IntoValue, Properties};

use super::{Query, QueryEditor, query};
use crate::dashboard::setter::{argument, setters, words};
use crate::datasource::{DataSourceRef, LogQl};

query! {
    /// A query in LogQL for log lines.
    LogsQuery

    /// A query in LogQL for numbers.
    LogMetricQuery
}

words! {
    /// From which end of the time range lines are read.
    SearchDirection {
        /// From the newest.
        Backward = "backward",
        /// From the oldest.
        Forward = "forward",
        /// From the newest, until there are enough, in steps.
        Scan = "scan",
    }
}

impl DataSourceRef<LogQl> {
    /// Asks for log lines.
    #[must_use]
    pub fn logs(&self, expression: impl IntoValue<String>) -> LogsQuery {
        let model = Properties::new().with("expr", expression.into_value()).with("queryType", "range");
        LogsQuery(Query::new(self, model))
    }

    /// Asks for numbers over time, such as `sum by (level) (count_over_time({app="x"} [$__auto]))`.
    #[must_use]
    pub fn metric(&self, expression: impl IntoValue<String>) -> LogMetricQuery {
        let model = Properties::new().with("expr", expression.into_value()).with("queryType", "range");
        LogMetricQuery(Query::new(self, model))
    }
}

impl LogMetricQuery {
    /// Asks for the last value only.
    ///
    /// Writes `queryType`.
    #[must_use]
    pub fn instant(mut self) -> Self {
        self.put("queryType", "instant".into());
        self
    }
}

setters! { LOGS_QUERY for [] LogsQuery, "";
    /// Asks for at most so many lines. By default the data source decides, which has 1000 unless it is told otherwise.
    max_lines(whole) = "maxLines";
    /// Reads from this end of the time range. It is the newest by default.
    direction([SearchDirection]) = "direction";
    /// Opens as text or as blocks in Grafana's editor. By default as the reader left it.
    editor([QueryEditor]) = "editorMode";
}

setters! { LOG_METRIC_QUERY for [] LogMetricQuery, "";
    /// Names the series, with labels in braces: `{{level}}`. By default Grafana writes all labels.
    legend(text) = "legendFormat";
    /// Has a value for each of these, such as `1m` or `$__interval`. By default Grafana decides by the panel's width.
    step(text) = "step";
    /// Opens as text or as blocks in Grafana's editor. By default as the reader left it.
    editor([QueryEditor]) = "editorMode";
}
