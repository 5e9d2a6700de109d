//! Exporters that are watched.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{BatchLogProcessor, LogBatch, LogExporter, LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;
use tokio_util::context::TokioContext;

use crate::telemetry::metrics::{Signal, TelemetryMetrics};

/// What is known of the way to one receiver.
///
/// The SDK's processors drop what does not fit without a word that a program could count, so the room is kept here: a
/// record is let into the queue only while there is room for it.
#[derive(Debug)]
pub(crate) struct Line {
    signal: Signal,
    url: String,
    room: u64,
    queued: AtomicU64,
    failing: AtomicBool,
    lost: AtomicU64,
    exported: Counter,
    dropped_by_queue: Counter,
    dropped_by_export: Counter,
}

impl Line {
    pub(crate) fn new(signal: Signal, url: &str, room: usize, metrics: &TelemetryMetrics) -> Arc<Self> {
        Arc::new(Self {
            signal,
            url: url.to_owned(),
            room: room as u64,
            queued: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            exported: metrics.exported(signal),
            dropped_by_queue: metrics.dropped_by_queue(signal),
            dropped_by_export: metrics.dropped_by_export(signal),
        })
    }

    /// Whether there is room for one more record, which is taken then.
    fn enter(&self) -> bool {
        if self.queued.fetch_add(1, Ordering::Relaxed) < self.room {
            return true;
        }
        self.queued.fetch_sub(1, Ordering::Relaxed);
        self.dropped_by_queue.inc();
        if self.failing.load(Ordering::Relaxed) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        false
    }

    /// So many records have left the queue.
    fn leave(&self, records: u64) {
        self.queued.fetch_sub(records, Ordering::Relaxed);
    }

    /// An export of so many records is over. Only the first failure and the first success after it are worth a line.
    fn note(&self, records: u64, result: &OTelSdkResult) {
        let (signal, endpoint) = (self.signal.name(), self.url.as_str());
        match result {
            Ok(()) => {
                self.exported.inc_by(records);
                if self.failing.swap(false, Ordering::Relaxed) {
                    let lost = self.lost.swap(0, Ordering::Relaxed);
                    tracing::info!(signal, endpoint, lost, "telemetry is exported again");
                }
            }
            Err(error) => {
                self.dropped_by_export.inc_by(records);
                self.lost.fetch_add(records, Ordering::Relaxed);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(signal, endpoint, %error, "telemetry cannot be exported; the service goes on without");
                }
            }
        }
    }
}

/// An exporter that is watched and that runs on the runtime of the program: the SDK's threads have none.
#[derive(Debug)]
pub(crate) struct Watched<E> {
    pub(crate) exporter: E,
    pub(crate) line: Arc<Line>,
    pub(crate) runtime: Handle,
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let records = batch.len() as u64;
        self.line.leave(records);
        let result = TokioContext::new(self.exporter.export(batch), self.runtime.clone()).await;
        self.line.note(records, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Watched<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let records = batch.iter().count() as u64;
        self.line.leave(records);
        let result = TokioContext::new(self.exporter.export(batch), self.runtime.clone()).await;
        self.line.note(records, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.exporter.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// A batch processor that takes no more than there is room for, and counts the rest.
#[derive(Debug)]
pub(crate) struct Bounded<P> {
    pub(crate) processor: P,
    pub(crate) line: Arc<Line>,
}

impl SpanProcessor for Bounded<BatchSpanProcessor> {
    fn on_start(&self, span: &mut Span, context: &opentelemetry::Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.line.enter() {
            self.processor.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

impl LogProcessor for Bounded<BatchLogProcessor> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.line.enter() {
            self.processor.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.processor.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}
