//! What is told of each request: metrics, traces and logs, with the same ids in all three.
//!
//! [`Telemetry::layer`] surrounds the routes and [`ObservedStore`] the store; nothing else of the program has to know.
//!
//! - Metrics count every request, with exemplars that carry the id of a trace, for Prometheus to scrape.
//! - Spans are made through the API of OpenTelemetry, and so is the context that ties a handler's events to them:
//!   whoever reads [`Context::current`](opentelemetry::Context::current) in a handler finds the request's span.
//! - Each traced request has one log line, and each such line has its trace. A request that fails is traced and logged
//!   even if it was not sampled.
//!
//! Under load, tracing everything would cost more than serving, and nobody would read it: new traces have a budget, and
//! a request beyond it costs some counters, two ids, and a context that carries them.

mod handle;
mod layer;
mod logs;
mod metrics;
mod otlp;
mod request;
mod request_head;
mod resource;
mod settings;
mod store;
#[cfg(test)]
mod testing;
mod traces;

use std::sync::LazyLock;

use opentelemetry::InstrumentationScope;

pub use self::handle::{Telemetry, TelemetryError, current_trace_id};
pub use self::layer::{ObservedResponse, TelemetryLayer, TelemetryService};
pub use self::otlp::ExportError;
pub use self::request::Cause;
pub use self::settings::Settings;
pub use self::store::ObservedStore;

/// Who makes the spans.
static SERVICE_SCOPE: LazyLock<InstrumentationScope> =
    LazyLock::new(|| InstrumentationScope::builder(crate::SERVICE).with_version(env!("CARGO_PKG_VERSION")).build());
