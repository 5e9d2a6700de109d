//! [`LogsToTraces`]: from a log line to its trace.

use belvedere_cfn::Properties;

use crate::content::{Content, Part};
use crate::datasource::kind::{DataSourceRef, LogQl, TraceKind};
use crate::datasource::parts::{self, Change};
use crate::finding::{Finding, Rule, Span};

/// A link at each log line to [its
/// trace](https://grafana.com/docs/grafana/latest/datasources/loki/configure-loki-data-source/#derived-fields), in Tempo or
/// in X-Ray.
#[derive(Clone, Debug, PartialEq)]
pub struct LogsToTraces<T> {
    logs: DataSourceRef<LogQl>,
    traces: DataSourceRef<T>,
    name: String,
    label: Option<String>,
    matcher_type: &'static str,
    matcher: String,
}

impl<T: TraceKind> LogsToTraces<T> {
    /// A link where a line has this label or structured metadata, such as `trace_id`: what Loki makes of the trace ids of
    /// logs that come over OTLP. Their text does not have the id.
    #[must_use]
    pub fn by_label(logs: &DataSourceRef<LogQl>, traces: &DataSourceRef<T>, label: impl Into<String>) -> Self {
        Self::new(logs, traces, "label", label.into())
    }

    /// A link where a line's text matches this regular expression, whose first group is the trace's id, such as
    /// `"trace_id":"(\w+)"`.
    #[must_use]
    pub fn by_pattern(logs: &DataSourceRef<LogQl>, traces: &DataSourceRef<T>, pattern: impl Into<String>) -> Self {
        Self::new(logs, traces, "regex", pattern.into())
    }

    fn new(
        logs: &DataSourceRef<LogQl>,
        traces: &DataSourceRef<T>,
        matcher_type: &'static str,
        matcher: String,
    ) -> Self {
        Self {
            logs: logs.clone(),
            traces: traces.clone(),
            name: "Trace".to_owned(),
            label: None,
            matcher_type,
            matcher,
        }
    }

    /// The name of the field that the link is at. `Trace` by default.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What the link says. The name of the data source by default.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    fn report(&self, content: &mut Content) {
        if self.matcher_type != "regex" {
            return;
        }
        let complaint = match regex::Regex::new(&self.matcher) {
            Err(error) => Some(format!("the pattern is no regular expression: {error}")),
            Ok(pattern) if pattern.captures_len() < 2 => {
                Some("the pattern has no group, and the first is the trace's id".to_owned())
            }
            Ok(_) => None,
        };
        if let Some(complaint) = complaint {
            let place = format!("link from `{}` to `{}` (logs to traces)", self.logs.uid(), self.traces.uid());
            content.problems.push(
                Finding::problem(Rule("correlation"), place, complaint)
                    .marked(&*self.matcher, Span::new(0, self.matcher.len()))
                    .fix("put the part that is the id in parentheses, as in `trace_id=(\\w+)`"),
            );
        }
    }
}

impl<T: TraceKind> Part for LogsToTraces<T> {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        self.report(content);
        let mut members = Properties::new()
            .with("datasourceUid", self.traces.uid().to_owned())
            .with("matcherRegex", self.matcher)
            .with("matcherType", self.matcher_type)
            .with("name", self.name)
            .with("url", "${__value.raw}");
        if let Some(label) = self.label {
            members.set("urlDisplayLabel", label);
        }
        let change = Change::Push("derivedFields", members.into());
        parts::link(content, "logs to traces", &self.logs, &self.traces, change);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::datasource::{Loki, Tempo, XRay};

    #[test]
    fn a_line_leads_to_its_trace_by_label_or_by_pattern() {
        let mut content = Content::new("test");
        let loki = content.add(Loki::new("loki", "Loki", "http://loki:3100"));
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        let xray = content.add(XRay::new("xray", "X-Ray"));
        content.add(LogsToTraces::by_label(&loki, &tempo, "trace_id"));
        content.add(LogsToTraces::by_pattern(&loki, &xray, r"(1-\w{8}-\w{24})").name("X-Ray").label("View trace"));
        assert_eq!(content.problems, []);
        assert_eq!(
            content.document().data_sources[0]["jsonData"]["derivedFields"],
            json!([
                {
                    "datasourceUid": "tempo",
                    "matcherRegex": "trace_id",
                    "matcherType": "label",
                    "name": "Trace",
                    "url": "${__value.raw}",
                },
                {
                    "datasourceUid": "xray",
                    "matcherRegex": r"(1-\w{8}-\w{24})",
                    "matcherType": "regex",
                    "name": "X-Ray",
                    "url": "${__value.raw}",
                    "urlDisplayLabel": "View trace",
                },
            ])
        );
    }

    #[test]
    fn a_pattern_that_can_give_no_id_is_found() {
        let mut content = Content::new("test");
        let loki = content.add(Loki::new("loki", "Loki", "http://loki:3100"));
        let tempo = content.add(Tempo::new("tempo", "Tempo", "http://tempo:3200"));
        content.add(LogsToTraces::by_pattern(&loki, &tempo, r"trace_id=\w+"));
        content.add(LogsToTraces::by_pattern(&loki, &tempo, "trace_id=("));
        assert!(content.problems[0].message.contains("no group"));
        assert!(content.problems[1].message.contains("no regular expression"));
    }
}
