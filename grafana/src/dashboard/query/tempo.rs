//! Queries to Tempo.

use belvedere_cfn::{IntoValue, Properties};

use super::{Query, query};
use crate::dashboard::setter::{argument, setters, words};
use crate::datasource::{DataSourceRef, TraceQl};

query! {
    /// A query to Tempo: a search in TraceQL, one trace, numbers from traces, or the service graph.
    TraceQuery
}

words! {
    /// What the rows of a table of results are.
    TraceTable {
        /// Traces, with their spans inside.
        Traces = "traces",
        /// Spans.
        Spans = "spans",
        /// What Tempo answered.
        Raw = "raw",
    }
}

impl DataSourceRef<TraceQl> {
    /// Searches in TraceQL, such as `{ resource.service.name = "api" && status = error }`; or asks for numbers, if the query
    /// ends with a metrics function such as `| rate()`; or shows one trace, if it is a trace's id.
    #[must_use]
    pub fn traceql(&self, query: impl IntoValue<String>) -> TraceQuery {
        let model = Properties::new().with("query", query.into_value()).with("queryType", "traceql");
        TraceQuery(Query::new(self, model.with("filters", Vec::new())))
    }

    /// Shows which services call which, as a node graph. Tempo's metrics generator must write its service graph to the
    /// Prometheus that the data source names.
    #[must_use]
    pub fn service_map(&self) -> TraceQuery {
        let model = Properties::new().with("queryType", "serviceMap").with("filters", Vec::new());
        TraceQuery(Query::new(self, model))
    }
}

setters! { TRACE_QUERY for [] TraceQuery, "";
    /// Finds at most so many traces. It is 20 by default.
    limit(whole) = "limit";
    /// Shows at most so many spans of each trace. It is 3 by default.
    spans_per_set(whole) = "spss";
    /// Has traces, spans, or what Tempo answered as rows. It is traces by default.
    table([TraceTable]) = "tableType";
    /// Has a number for each of these, such as `1m`, if the query asks for numbers.
    step(text) = "step";
    /// Asks for at most so many exemplars, if the query asks for numbers.
    exemplars(whole) = "exemplars";
    /// Keeps to the part of the service graph that this PromQL selector has, such as `{client="api"}`.
    service_map_query(text) = "serviceMapQuery";
}
