//! The files that Grafana provisions itself from, for a Grafana of one's own.
//!
//! ```
//! use belvedere_grafana::Content;
//! use belvedere_grafana::datasource::{Loki, LogsToTraces, Tempo};
//! use belvedere_grafana::provisioning::Provisioning;
//!
//! let mut content = Content::new("shop");
//! let logs = content.add(Loki::new("logs", "Logs", "http://loki:3100"));
//! let traces = content.add(Tempo::new("traces", "Traces", "http://tempo:3200"));
//! content.add(LogsToTraces::by_label(&logs, &traces, "trace_id"));
//!
//! let provisioning = Provisioning::new(&content);
//! assert_eq!(provisioning.problems(), []);
//! for (path, text) in provisioning.texts(&|_| None)? {
//!     // Below the folder that Grafana's `paths.provisioning` names.
//!     assert_eq!(path, "datasources/shop.yaml");
//!     assert!(text.contains("matcherRegex: trace_id"));
//! }
//! # Ok::<(), belvedere_grafana::Unresolved>(())
//! ```

mod alerting;
mod dashboards;
mod data_sources;
mod files;
mod json_text;
#[cfg(test)]
mod tests;
mod writer;

pub use files::Provisioning;
