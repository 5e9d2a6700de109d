//! Spans and log records on their way out over OTLP.

mod endpoint;
mod exporter;
mod http_client;
mod providers;

pub(crate) use self::endpoint::Endpoint;
pub use self::providers::ExportError;
pub(crate) use self::providers::{logger_provider, tracer_provider};
