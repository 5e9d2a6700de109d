//! What becomes of events.

use std::io::{self, BufWriter, Write};

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use super::json::JsonLines;

/// The lines that wait for stdout at most: two megabytes of usual ones. More are dropped rather than waited for, as a
/// reader that has stopped reading must not stop the service.
const LINES: usize = 4096;

/// What is written on the way out of log records would be log records on their way out: these stay on stdout.
const EXPORTING: [&str; 7] = ["h2", "hyper", "hyper_util", "opentelemetry", "rustls", "tonic", "tower"];

/// Where lines are written, by a thread of its own.
#[derive(Debug)]
pub(crate) struct Output {
    writer: NonBlocking,
    guard: WorkerGuard,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        Self::new(io::stdout())
    }

    pub(crate) fn new(writer: impl Write + Send + 'static) -> Self {
        let (writer, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(LINES)
            .thread_name("log-writer")
            .finish(BufWriter::with_capacity(64 * 1024, writer));
        Self { writer, guard }
    }

    /// Counts the lines that were dropped.
    pub(crate) fn dropped(&self) -> ErrorCounter {
        self.writer.error_counter()
    }
}

/// The subscriber, and what has to be dropped for the last lines to be written.
pub(crate) fn subscriber(
    output: Output,
    service: String,
    filter: Targets,
    loggers: Option<&SdkLoggerProvider>,
) -> (impl Subscriber + Send + Sync + 'static, WorkerGuard) {
    let lines = tracing_subscriber::fmt::layer().event_format(JsonLines { service }).with_writer(output.writer);
    let exported = loggers.map(|loggers| {
        let others = Targets::new().with_default(LevelFilter::TRACE);
        let filter = EXPORTING.into_iter().fold(others, |filter, target| filter.with_target(target, LevelFilter::OFF));
        OpenTelemetryTracingBridge::new(loggers).with_filter(filter)
    });
    let subscriber = tracing_subscriber::registry().with(lines).with(exported).with(filter);
    (subscriber, output.guard)
}
