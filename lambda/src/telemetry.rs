//! Traces: made by the OpenTelemetry SDK, kept while an invocation runs, sent before it returns.

use std::error::Error;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::Full;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_aws::detector::LambdaResourceDetector;
use opentelemetry_aws::trace::XrayIdGenerator;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter as _, SpanProcessor};
use opentelemetry_semantic_conventions::attribute::SERVICE_VERSION;

use crate::client::{Client, with_causes};
use crate::config::Config;
use crate::otlp::Otlp;

/// The most spans that are kept; an invocation has nine.
const KEPT_SPANS: usize = 256;

/// Makes spans, and sends them where the configuration says.
///
/// The SDK's own processors send from a thread of theirs, and Lambda freezes all threads once an invocation has
/// returned. Here the spans wait for [`Telemetry::flush`].
#[derive(Debug)]
pub(crate) struct Telemetry {
    tracer: SdkTracer,
    /// Ends all spans when it is dropped.
    _provider: SdkTracerProvider,
    export: Option<Export>,
}

#[derive(Debug)]
struct Export {
    finished: Finished,
    exporter: SpanExporter,
    timeout: Duration,
    cause: Cause,
    /// Whether the log has it already that the receiver takes no spans.
    failing: AtomicBool,
}

impl Telemetry {
    pub(crate) fn new(config: &Config, client: &Client) -> Result<Self, ExporterBuildError> {
        let resource = Resource::builder()
            .with_detector(Box::new(LambdaResourceDetector))
            .with_service_name(config.service().to_owned())
            .with_attribute(KeyValue::new(SERVICE_VERSION, env!("CARGO_PKG_VERSION")))
            .build();
        let mut provider =
            SdkTracerProvider::builder().with_id_generator(XrayIdGenerator::default()).with_resource(resource.clone());
        let mut export = None;
        if let Some(Otlp { endpoint, timeout }) = config.otlp() {
            let cause = Cause::default();
            let client = OtlpClient { client: client.clone(), timeout: *timeout, cause: cause.clone() };
            let mut exporter = SpanExporter::builder()
                .with_http()
                .with_http_client(client)
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(endpoint)
                .with_timeout(*timeout)
                // The time is too short for a second attempt.
                .with_retry_policy(RetryPolicy::disabled())
                .build()?;
            exporter.set_resource(&resource);
            let finished = Finished::default();
            provider = provider.with_span_processor(finished.clone());
            export = Some(Export { finished, exporter, timeout: *timeout, cause, failing: AtomicBool::new(false) });
        }
        let provider = provider.build();
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION"));
        let tracer = provider.tracer_with_scope(scope.build());
        Ok(Self { tracer, _provider: provider, export })
    }

    pub(crate) fn tracer(&self) -> &SdkTracer {
        &self.tracer
    }

    /// How long [`Telemetry::flush`] takes at most.
    pub(crate) fn timeout(&self) -> Duration {
        self.export.as_ref().map_or(Duration::ZERO, |export| export.timeout)
    }

    /// Sends the spans that have ended. A receiver that takes none is told in the log, once until it takes some again;
    /// the spans are lost then, and nothing else.
    pub(crate) async fn flush(&self) {
        let Some(export) = &self.export else { return };
        let spans = export.finished.take();
        if spans.is_empty() {
            return;
        }
        let count = spans.len();
        // The client has the limit of time.
        let result = export.exporter.export(spans).await;
        let error = result.err().map(|error| export.cause.take().unwrap_or_else(|| error.to_string()));
        let was_failing = export.failing.swap(error.is_some(), Ordering::Relaxed);
        match error {
            Some(error) if was_failing => tracing::debug!(error, spans = count, "spans are not exported"),
            Some(error) => tracing::warn!(error, spans = count, "spans are not exported; this is said once"),
            None if was_failing => tracing::info!(spans = count, "spans are exported again"),
            None => {}
        }
    }
}

/// Spans that have ended and are not sent.
#[derive(Clone, Debug, Default)]
struct Finished(Arc<Mutex<Vec<SpanData>>>);

impl Finished {
    fn take(&self) -> Vec<SpanData> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SpanProcessor for Finished {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if span.span_context.is_sampled() && spans.len() < KEPT_SPANS {
            spans.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The exporter's way to the receiver.
#[derive(Debug)]
struct OtlpClient {
    client: Client,
    timeout: Duration,
    cause: Cause,
}

/// Why the last call had no answer, of which the exporter says no more than that the network is at fault.
#[derive(Clone, Debug, Default)]
struct Cause(Arc<Mutex<Option<String>>>);

impl Cause {
    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, error: &dyn Error) -> String {
        let text = with_causes(error);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.clone());
        text
    }
}

#[async_trait]
impl HttpClient for OtlpClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = request.map(Full::new);
        let answer = self.client.call(request, self.timeout).await.map_err(|error| self.cause.keep(&error))?;
        let body = answer.body.map_err(|error| self.cause.keep(&error))?;
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (answer.status, answer.headers);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _};

    use super::*;

    fn telemetry(endpoint: Option<&str>) -> Telemetry {
        let variables = [("DATA_PROCESSOR_URL", Some("http://alb")), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)];
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).and_then(|(_, value)| *value);
        let config = Config::from_lookup(&|name| lookup(name).map(Into::into)).expect("valid variables");
        Telemetry::new(&config, &Client::new(None).expect("a client")).expect("an exporter")
    }

    #[test]
    fn spans_have_ids_without_an_exporter() {
        let telemetry = telemetry(None);
        let span = telemetry.tracer().start_with_context("a", &Context::new());
        let context = Context::new().with_span(span);
        assert!(context.span().span_context().is_valid());
        assert_eq!(telemetry.timeout(), Duration::ZERO);
    }

    #[test]
    fn the_trace_id_begins_with_the_time_as_xray_has_it() {
        let span = telemetry(None).tracer().start_with_context("a", &Context::new());
        let id = span.span_context().trace_id().to_string();
        let seconds = u64::from_str_radix(&id[..8], 16).expect("hexadecimal");
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
        assert!(now.abs_diff(seconds) < 60, "{id}");
    }

    #[tokio::test]
    async fn spans_are_kept_to_a_limit_until_they_are_sent() {
        let telemetry = telemetry(Some("http://127.0.0.1:1"));
        for _ in 0..KEPT_SPANS + 10 {
            telemetry.tracer().start_with_context("a", &Context::new()).end();
        }
        let export = telemetry.export.as_ref().expect("an endpoint is set");
        assert_eq!(export.finished.0.lock().expect("one thread").len(), KEPT_SPANS);
        telemetry.flush().await;
        assert!(export.failing.load(Ordering::Relaxed), "nobody listens there");
        assert_eq!(export.finished.take().len(), 0, "they are not kept for the next invocation");
    }
}
