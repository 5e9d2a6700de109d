//! What a stack needs to be seen into: Loki for logs, Tempo for traces, a scraper for metrics, and Grafana to look at
//! them all.
//!
//! Loki and Tempo run as one process each on Fargate, keep their data in S3 and what is not there yet on EFS, and are
//! reached through a private load balancer. That carries some tens of gigabytes a day; beyond it their own scalable
//! deployments are the way. Nothing here is reachable from outside the VPC.

mod backend;
mod config;
mod grafana;
mod loki;
mod scraper;
mod tempo;

pub use backend::BackendNetwork;
pub use config::ScrapeTarget;
pub use grafana::{SelfHostedGrafana, SelfHostedGrafanaRef};
pub use loki::{Loki, LokiRef};
pub use scraper::MetricsScraper;
pub use tempo::{Tempo, TempoRef};
