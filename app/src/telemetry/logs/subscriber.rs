//! What becomes of events.

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use super::json::JsonLines;
use super::output::Output;

/// What is written on the way out of log records would be log records on their way out: these stay on stdout.
const EXPORTING: [&str; 7] = ["h2", "hyper", "hyper_util", "opentelemetry", "rustls", "tonic", "tower"];

/// The subscriber.
pub(crate) fn subscriber(
    output: Output,
    service: String,
    filter: Targets,
    loggers: Option<&SdkLoggerProvider>,
) -> impl Subscriber + Send + Sync + 'static {
    let lines = tracing_subscriber::fmt::layer().event_format(JsonLines { service }).with_writer(output);
    let exported = loggers.map(|loggers| {
        let others = Targets::new().with_default(LevelFilter::TRACE);
        let filter = EXPORTING.into_iter().fold(others, |filter, target| filter.with_target(target, LevelFilter::OFF));
        OpenTelemetryTracingBridge::new(loggers).with_filter(filter)
    });
    tracing_subscriber::registry().with(lines).with(exported).with(filter)
}
