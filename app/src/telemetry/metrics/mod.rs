//! Metrics, and how they are scraped.

mod exposition;
mod http;
mod process;
mod prometheus_text;
mod storage;
mod telemetry;

use std::borrow::Cow;
use std::sync::Arc;

use super::logs::Output;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub(crate) use self::exposition::router;
pub(crate) use self::http::{HttpMetrics, RouteIndex, UNMATCHED, method_name};
pub(crate) use self::storage::{Operation, StorageMetrics, SystemMetrics};
pub(crate) use self::telemetry::{Signal, TelemetryMetrics};

/// All metrics of the service.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) http: HttpMetrics,
    pub(crate) storage: StorageMetrics,
    pub(crate) telemetry: TelemetryMetrics,
    pub(crate) registry: Arc<Registry>,
}

impl Metrics {
    /// All metrics; `telemetry` are there already, as the exporters need them; `lines` counts lost log lines.
    pub(crate) fn new(telemetry: TelemetryMetrics, lines: Output) -> Self {
        let mut registry = Registry::default();
        let http = HttpMetrics::register(&mut registry);
        let storage = StorageMetrics::register(&mut registry);
        telemetry.register(&mut registry, lines);
        let labels = [("version", Some(env!("CARGO_PKG_VERSION"))), ("revision", option_env!("BUILD_REVISION"))];
        let labels: Vec<(&'static str, Cow<'static, str>)> =
            labels.into_iter().filter_map(|(name, value)| Some((name, value?.into()))).collect();
        registry.register("data_processor_build", "The program that runs", Info::new(labels));
        registry.register_collector(Box::new(process::ProcessMetrics));
        Self { http, storage, telemetry, registry: Arc::new(registry) }
    }
}
