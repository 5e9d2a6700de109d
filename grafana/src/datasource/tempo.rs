//! [`Tempo`]: traces.

use std::time::Duration;

use belvedere_cfn::{IntoValue, Properties};

use super::kind::TraceQl;
use super::settings::{Settings, data_source, http};
use super::shift::shifts;

/// [Tempo](https://grafana.com/docs/grafana/latest/datasources/tempo/configure-tempo-data-source/).
#[derive(Clone, Debug, PartialEq)]
pub struct Tempo {
    settings: Settings,
}

/// What a span's bar says beside the name and the duration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanBar {
    /// Nothing.
    None,
    /// The duration.
    Duration,
    /// The value of this attribute, such as `http.route`.
    Tag(String),
}

data_source!(Tempo => TraceQl);
http!(Tempo);

impl Tempo {
    /// A Tempo at a URL such as `http://tempo:3200`, with a fixed id and the name that people see. With a node graph
    /// above each trace.
    #[must_use]
    pub fn new(uid: impl Into<String>, name: impl Into<String>, url: impl IntoValue<String>) -> Self {
        let mut settings = Settings::new(uid, name, "tempo").at(url);
        settings.nested("nodeGraph", "enabled", true);
        Self { settings }
    }

    /// Shows no node graph above a trace.
    #[must_use]
    pub fn without_node_graph(mut self) -> Self {
        self.settings.nested("nodeGraph", "enabled", false);
        self
    }

    /// Shows results of searches and of metrics queries while they come in, over gRPC. All at once by default; a load
    /// balancer in between has to let HTTP/2 pass.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.settings.nested("streamingEnabled", "search", true);
        self.settings.nested("streamingEnabled", "metrics", true);
        self
    }

    /// Hides the search form.
    #[must_use]
    pub fn hide_search(mut self) -> Self {
        self.settings.nested("search", "hide", true);
        self
    }

    /// What a span's bar says. The duration by default.
    #[must_use]
    pub fn span_bar(mut self, bar: SpanBar) -> Self {
        let (kind, tag) = match bar {
            SpanBar::None => ("None", None),
            SpanBar::Duration => ("Duration", None),
            SpanBar::Tag(tag) => ("Tag", Some(tag)),
        };
        let mut members = Properties::new().with("type", kind);
        if let Some(tag) = tag {
            members.set("tag", tag);
        }
        self.settings.data("spanBar", members);
        self
    }

    /// Looks for a trace by its id only in the time range that is shown, with this much before and after it. In all
    /// that is kept by default.
    #[must_use]
    pub fn look_up_within(mut self, before: Duration, after: Duration) -> Self {
        let members = shifts(Properties::new(), before, after).with("timeShiftEnabled", true);
        self.settings.data("traceQuery", members);
        self
    }

    /// Asks as this tenant. Needed if Tempo has tenants (`multitenancy_enabled: true`).
    #[must_use]
    pub fn tenant(self, id: impl IntoValue<String>) -> Self {
        self.header("X-Scope-OrgID", id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Content;

    #[test]
    fn tempo_says_how_traces_are_found_and_shown() {
        let mut content = Content::new("test");
        let minute = Duration::from_secs(60);
        content.add(
            Tempo::new("tempo", "Tempo", "http://tempo:3200")
                .streaming()
                .span_bar(SpanBar::Tag("http.route".to_owned()))
                .look_up_within(30 * minute, minute),
        );
        assert_eq!(
            content.document().data_sources[0]["jsonData"],
            json!({
                "nodeGraph": { "enabled": true },
                "spanBar": { "type": "Tag", "tag": "http.route" },
                "streamingEnabled": { "search": true, "metrics": true },
                "traceQuery": { "timeShiftEnabled": true, "spanStartTimeShift": "-30m", "spanEndTimeShift": "1m" },
            })
        );
    }
}
