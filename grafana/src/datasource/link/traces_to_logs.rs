//! [`TracesToLogs`]: from a span to its log lines.

use std::time::Duration;

use belvedere_cfn::Properties;

use crate::content::{Content, Part};
use crate::datasource::kind::{DataSourceRef, LogQl, TraceKind};
use crate::datasource::parts::{self, Change};
use crate::datasource::shift::shifts;

/// A link at each span to [its log
/// lines](https://grafana.com/docs/grafana/latest/datasources/tempo/configure-tempo-data-source/configure-trace-to-logs/).
///
/// By default it leads from a span in Tempo to what the span's service wrote of the trace, from a minute before the span until
/// a minute after it, as Loki keeps logs that come over OTLP: the attribute `service.name` is the label `service_name`, and
/// the trace's id is the structured metadata `trace_id`. X-Ray writes ids in another way than logs have them, so that from
/// X-Ray it leads to all that the service wrote in that time.
#[derive(Clone, Debug, PartialEq)]
pub struct TracesToLogs<T> {
    traces: DataSourceRef<T>,
    logs: DataSourceRef<LogQl>,
    tags: Vec<(String, String)>,
    before: Duration,
    after: Duration,
    by_trace: bool,
    by_span: bool,
    lines: Lines,
}

/// Which lines of the service's streams.
#[derive(Clone, Debug, PartialEq)]
enum Lines {
    OfTrace,
    All,
    Query(String),
}

impl<T: TraceKind> TracesToLogs<T> {
    /// Asks for the lines of a trace, as Loki keeps those that come over OTLP.
    pub(crate) const LINES_OF_TRACE: &str = "{${__tags}} | trace_id = `${__span.traceId}`";

    /// A link from spans in `traces` to lines in `logs`.
    #[must_use]
    pub fn new(traces: &DataSourceRef<T>, logs: &DataSourceRef<LogQl>) -> Self {
        Self {
            traces: traces.clone(),
            logs: logs.clone(),
            tags: Vec::new(),
            before: Duration::from_secs(60),
            after: Duration::from_secs(60),
            by_trace: false,
            by_span: false,
            lines: Lines::OfTrace,
        }
    }

    /// Looks in streams whose label has the value of the span's attribute. Once this is called, only the pairs given
    /// count; `service.name` and `service_name` by default.
    #[must_use]
    pub fn tag(mut self, attribute: impl Into<String>, label: impl Into<String>) -> Self {
        self.tags.push((attribute.into(), label.into()));
        self
    }

    /// How far before the span's begin and after its end to look. A minute each by default.
    #[must_use]
    pub const fn time_shift(mut self, before: Duration, after: Duration) -> Self {
        self.before = before;
        self.after = after;
        self
    }

    /// Shows only lines with the trace's id in their text, instead of in their structured metadata, as from programs that
    /// write their logs to a file.
    #[must_use]
    pub const fn filter_by_trace_id(mut self) -> Self {
        self.by_trace = true;
        self
    }

    /// Shows only lines with the span's id in their text.
    #[must_use]
    pub const fn filter_by_span_id(mut self) -> Self {
        self.by_span = true;
        self
    }

    /// Shows all that the service wrote, whichever trace it belongs to. Not by default.
    #[must_use]
    pub fn whole_service(mut self) -> Self {
        self.lines = Lines::All;
        self
    }

    /// Asks this instead, in LogQL: `${__tags}` stands for the pairs of [`tag`](Self::tag), `${__span.traceId}` and
    /// `${__span.spanId}` for the span's ids, as in ``{${__tags}} | trace_id = `${__span.traceId}` ``.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.lines = Lines::Query(query.into());
        self
    }
}

impl<T: TraceKind> Part for TracesToLogs<T> {
    type Ref = ();

    fn add_to(mut self, content: &mut Content) {
        if self.tags.is_empty() {
            self = self.tag("service.name", "service_name");
        }
        let query = match self.lines {
            // Grafana's own filters look for ids in the text of lines.
            Lines::OfTrace if T::PLAIN_IDS && !self.by_trace && !self.by_span => Some(Self::LINES_OF_TRACE.to_owned()),
            Lines::OfTrace | Lines::All => None,
            Lines::Query(query) => Some(query),
        };
        let mut members = shifts(Properties::new(), self.before, self.after)
            .with("datasourceUid", self.logs.uid().to_owned())
            .with("tags", super::tags(&self.tags))
            .with("filterByTraceID", self.by_trace)
            .with("filterBySpanID", self.by_span)
            .with("customQuery", query.is_some());
        if let Some(query) = query {
            members.set("query", query);
        }
        let change = Change::Set("tracesToLogsV2", members.into());
        parts::link(content, "traces to logs", &self.traces, &self.logs, change);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::datasource::{Loki, Tempo, TraceQl, XRay};

    #[test]
    fn a_span_leads_to_the_lines_of_its_trace() {
        let mut content = Content::new("test");
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        let loki = content.add(Loki::new("loki", "Loki", "http://loki:3100"));
        content.add(TracesToLogs::new(&tempo, &loki).time_shift(Duration::ZERO, Duration::from_secs(300)));
        assert_eq!(content.problems, []);
        assert_eq!(
            content.document().data_sources[0]["jsonData"]["tracesToLogsV2"],
            json!({
                "datasourceUid": "loki",
                "spanStartTimeShift": "0s",
                "spanEndTimeShift": "5m",
                "tags": [{ "key": "service.name", "value": "service_name" }],
                "filterByTraceID": false,
                "filterBySpanID": false,
                "customQuery": true,
                "query": "{${__tags}} | trace_id = `${__span.traceId}`",
            })
        );
    }

    #[test]
    fn ids_are_looked_for_where_they_are() {
        let link = |link: &dyn Fn(TracesToLogs<TraceQl>) -> TracesToLogs<TraceQl>| {
            let mut content = Content::new("test");
            let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
            let loki = content.add(Loki::new("loki", "Loki", "http://loki:3100"));
            content.add(link(TracesToLogs::new(&tempo, &loki)));
            content.document().data_sources[0]["jsonData"]["tracesToLogsV2"].clone()
        };
        let in_text = link(&TracesToLogs::filter_by_trace_id);
        assert_eq!((&in_text["filterByTraceID"], &in_text["customQuery"]), (&json!(true), &json!(false)));
        let whole = link(&TracesToLogs::whole_service);
        assert_eq!((&whole["filterByTraceID"], &whole["customQuery"]), (&json!(false), &json!(false)));

        let mut content = Content::new("test");
        let x_ray = content.add(XRay::new("x-ray", "X-Ray"));
        let loki = content.add(Loki::new("loki", "Loki", "http://loki:3100"));
        content.add(TracesToLogs::new(&x_ray, &loki));
        let from_x_ray = &content.document().data_sources[0]["jsonData"]["tracesToLogsV2"];
        assert_eq!(from_x_ray["customQuery"], false, "its ids are no ids of logs");
    }
}
