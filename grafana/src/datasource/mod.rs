//! Data sources, and the links between them.
//!
//! ```
//! use belvedere_grafana::Content;
//! use belvedere_grafana::datasource::{
//!     LogsToTraces, Loki, ManagedPrometheus, ServiceMap, Tempo, TracesToLogs, TracesToMetrics,
//! };
//!
//! let mut content = Content::new("shop");
//! let workspace = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1";
//! let metrics = content.add(ManagedPrometheus::new("metrics", "Metrics", workspace).default_source());
//! let logs = content.add(Loki::new("logs", "Logs", "http://loki.shop.internal:3100"));
//! let traces = content.add(Tempo::new("traces", "Traces", "http://tempo.shop.internal:3200").streaming());
//!
//! content.add(TracesToLogs::new(&traces, &logs));
//! content.add(TracesToMetrics::new(&traces, &metrics)
//!     .query("Requests", "sum(rate(traces_spanmetrics_calls_total{$__tags}[5m]))"));
//! content.add(LogsToTraces::by_label(&logs, &traces, "trace_id"));
//! content.add(ServiceMap::new(&traces, &metrics));
//! assert_eq!(content.document().data_sources[1]["jsonData"]["derivedFields"][0]["datasourceUid"], "traces");
//! ```

mod aws;
mod cloudwatch;
mod custom;
mod kind;
mod link;
mod loki;
mod parts;
mod postgresql;
mod prometheus;
mod settings;
mod shift;
mod tempo;
mod xray;

pub use cloudwatch::CloudWatch;
pub use custom::DataSource;
pub(crate) use kind::{AMAZON_PROMETHEUS, EXPRESSION};
pub use kind::{DataSourceRef, Kind, LogQl, Other, PromQl, Sql, TraceKind, TraceQl};
pub use link::{CloudWatchTraces, Exemplars, LogsToTraces, ServiceMap, TracesToLogs, TracesToMetrics};
pub use loki::Loki;
pub(crate) use parts::{DataSourceParts, name_complaint, uid_complaint};
pub use postgresql::{PostgreSql, SslMode};
pub use prometheus::{ManagedPrometheus, Mimir, Prometheus};
pub use tempo::{SpanBar, Tempo};
pub use xray::XRay;
