//! Ready dashboards: for services, hosts, AWS services, and the programs that observe them.
//!
//! Each is a definition that takes the data sources that it asks, and can be added to a content as it is, or made a
//! [`Dashboard`](crate::dashboard::Dashboard) and changed further:
//!
//! ```
//! # use belvedere_grafana::Content;
//! # use belvedere_grafana::dashboard::{Dashboard, Text};
//! # use belvedere_grafana::datasource::{DataSourceRef, LogQl, PromQl};
//! # use belvedere_grafana::ready::{Ec2Host, ServiceRed};
//! # fn add(content: &mut Content, prometheus: &DataSourceRef<PromQl>, loki: &DataSourceRef<LogQl>) {
//! content.add(Ec2Host::new(prometheus));
//! let service = ServiceRed::new(prometheus).job("data-processor").logs(loki);
//! content.add(Dashboard::from(service).panel(Text::markdown("On call", "Ring the bell.")));
//! # }
//! ```
//!
//! All of them have the tag `belvedere`, by which they link to each other and take the time range and the variables
//! along: `job` and `instance` mean the same in each of them. Every panel says what it shows. Their queries name only
//! what the [catalog](crate::catalog) has.

mod alb;
mod collector;
mod data_processor_rows;
mod ec2_host;
mod ecs;
mod grafana;
mod host_storage;
mod http_metrics;
mod job;
mod lambda;
mod log_explorer;
mod loki;
mod parts;
mod prometheus;
mod prometheus_agent;
mod prometheus_rows;
mod service_red;
mod slo;
mod tempo;
mod traces;

pub use alb::LoadBalancer;
pub use collector::{CollectorNames, OpenTelemetryCollector};
pub use ec2_host::Ec2Host;
pub use ecs::EcsService;
pub use grafana::GrafanaItself;
pub use http_metrics::HttpMetrics;
pub use lambda::LambdaFunctions;
pub use log_explorer::LogExplorer;
pub use loki::LokiItself;
pub use prometheus::PrometheusItself;
pub use prometheus_agent::PrometheusAgent;
pub use service_red::ServiceRed;
pub use slo::SloDashboard;
pub use tempo::TempoItself;
pub use traces::TracesOverview;
