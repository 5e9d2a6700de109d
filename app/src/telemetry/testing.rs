//! Telemetry in a test: spans and lines are kept in memory.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::Value;
use tower::ServiceExt;
use tracing::dispatcher::DefaultGuard;

use super::Telemetry;
use super::handle::Providers;
use super::logs::Output;
use super::metrics::TelemetryMetrics;
use super::settings::{Settings, table};
use super::traces::ids::{Decided, Ids};

/// Telemetry that takes the events of this thread over.
pub(crate) struct Observed {
    pub(crate) telemetry: Telemetry,
    spans: InMemorySpanExporter,
    lines: Lines,
    _guard: DefaultGuard,
}

impl Observed {
    pub(crate) fn new(variables: &[(&str, &str)]) -> Self {
        let variables = [variables, &[("AWS_EC2_METADATA_DISABLED", "true")]].concat();
        let settings = Settings::from_lookup(&table(&variables)).expect("all variables are right");
        let spans = InMemorySpanExporter::default();
        let tracers = SdkTracerProvider::builder()
            .with_id_generator(Ids)
            .with_sampler(Decided)
            .with_simple_exporter(spans.clone())
            .build();
        let lines = Lines::default();
        let providers = Providers { tracers, loggers: None, metrics: TelemetryMetrics::default() };
        let (telemetry, subscriber) =
            Telemetry::assemble(&settings, Output::new(lines.clone()).expect("a thread"), providers);
        Self { telemetry, spans, lines, _guard: tracing::dispatcher::set_default(&subscriber) }
    }

    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.spans.get_finished_spans().expect("the spans are there")
    }

    /// All lines, once a last one has come after them.
    pub(crate) fn lines(&self) -> Vec<Value> {
        tracing::error!("the last line");
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let text = String::from_utf8(self.lines.0.lock().expect("no panic").clone()).expect("lines are UTF-8");
            let lines: Vec<Value> =
                text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
            if let [lines @ .., last] = lines.as_slice()
                && last["message"] == "the last line"
            {
                return lines.to_vec();
            }
            assert!(Instant::now() < end, "the last line does not come: {text}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The value of a metric, by the whole name of its series.
    pub(crate) async fn metric(&self, series: &str) -> Option<f64> {
        let request = Request::get("/metrics").body(Body::empty()).expect("a request");
        let response = self.telemetry.metrics_router().oneshot(request).await.expect("metrics never fail");
        let text = response.into_body().collect().await.expect("a body in memory").to_bytes();
        let text = String::from_utf8(text.to_vec()).expect("metrics are UTF-8");
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map(|value| value.parse().expect("a number"))
    }
}

/// The answer to a request with the given headers: its status and its body.
pub(crate) async fn answer(router: &Router, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("routers never fail");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a body in memory").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("the body is UTF-8"))
}

#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
