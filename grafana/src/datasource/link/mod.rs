//! Links between data sources: from a trace to its logs and metrics, from a log line to its trace.
//!
//! A link is a part of its own, and its ends are typed: one that leads from logs to logs, say, does not compile.
//!
//! ```compile_fail,E0277
//! # use belvedere_grafana::Content;
//! # use belvedere_grafana::datasource::{Loki, Prometheus, TracesToLogs};
//! let mut content = Content::new("shop");
//! let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://prometheus:9090"));
//! let logs = content.add(Loki::new("logs", "Logs", "http://loki:3100"));
//! content.add(TracesToLogs::new(&metrics, &logs));
//! ```
//!
//! ```compile_fail,E0308
//! # use belvedere_grafana::Content;
//! # use belvedere_grafana::datasource::{Loki, ServiceMap, Tempo};
//! let mut content = Content::new("shop");
//! let traces = content.add(Tempo::new("traces", "Traces", "http://tempo:3200"));
//! let logs = content.add(Loki::new("logs", "Logs", "http://loki:3100"));
//! content.add(ServiceMap::new(&traces, &logs));
//! ```

mod cloudwatch;
mod exemplars;
mod logs_to_traces;
mod service_map;
mod traces_to_logs;
mod traces_to_metrics;

pub use cloudwatch::CloudWatchTraces;
pub use exemplars::Exemplars;
pub use logs_to_traces::LogsToTraces;
pub use service_map::ServiceMap;
pub use traces_to_logs::TracesToLogs;
pub use traces_to_metrics::TracesToMetrics;

use belvedere_cfn::{Expr, Properties};

/// Attributes of a span, and the labels that they are in what the link leads to.
fn tags(tags: &[(String, String)]) -> Expr {
    let tag = |(attribute, label): &(String, String)| {
        Properties::new().with("key", attribute.clone()).with("value", label.clone()).into()
    };
    Expr::List(tags.iter().map(tag).collect())
}
