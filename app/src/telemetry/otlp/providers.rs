//! The SDK's providers of tracers and loggers.

use axum::http::{HeaderName, HeaderValue};
use opentelemetry_otlp::{
    Compression, ExporterBuildError, LogExporter, Protocol as Wire, SpanExporter, WithExportConfig, WithHttpConfig,
    WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{BatchConfigBuilder as LogBatchConfigBuilder, BatchLogProcessor, SdkLoggerProvider};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use thiserror::Error;
use tokio::runtime::Handle;
use tonic::metadata::MetadataMap;
use tonic::transport::ClientTlsConfig;

use super::endpoint::{Endpoint, Protocol};
use super::exporter::{Bounded, Line, Watched};
use super::http_client::OtlpClient;
use crate::telemetry::metrics::{Signal, TelemetryMetrics};
use crate::telemetry::settings::Batches;
use crate::telemetry::traces::ids::{Decided, Ids};

// The builders of the two exporters share their setters by traits that differ for gRPC and HTTP, but no type.
fn grpc<B: WithExportConfig + WithTonicConfig>(builder: B, endpoint: &Endpoint) -> B {
    let headers = endpoint.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
    });
    let builder = builder
        .with_endpoint(&endpoint.url)
        .with_timeout(endpoint.timeout)
        .with_metadata(MetadataMap::from_headers(headers.collect()));
    let builder = if endpoint.gzip { builder.with_compression(Compression::Gzip) } else { builder };
    if endpoint.url.starts_with("https:") {
        builder.with_tls_config(ClientTlsConfig::new().with_webpki_roots())
    } else {
        builder
    }
}

fn http<B: WithExportConfig + WithHttpConfig>(builder: B, endpoint: &Endpoint) -> Result<B, rustls::Error> {
    let builder = builder
        .with_protocol(Wire::HttpBinary)
        .with_endpoint(&endpoint.url)
        .with_timeout(endpoint.timeout)
        .with_headers(endpoint.headers.iter().cloned().collect())
        .with_http_client(OtlpClient::new(endpoint.timeout)?);
    Ok(if endpoint.gzip { builder.with_compression(Compression::Gzip) } else { builder })
}

/// Why no exporter can be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The exporter refuses its settings.
    #[error("the exporter cannot be set up")]
    Exporter {
        /// What it refuses.
        source: ExporterBuildError,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls {
        /// What went wrong.
        source: rustls::Error,
    },
}

impl From<ExporterBuildError> for ExportError {
    fn from(source: ExporterBuildError) -> Self {
        Self::Exporter { source }
    }
}

impl From<rustls::Error> for ExportError {
    fn from(source: rustls::Error) -> Self {
        Self::Tls { source }
    }
}

/// The provider of tracers, which exports to `endpoint`. It has to be made within a runtime.
pub(crate) fn tracer_provider(
    endpoint: Option<&Endpoint>,
    batches: Batches,
    resource: Resource,
    metrics: &TelemetryMetrics,
) -> Result<SdkTracerProvider, ExportError> {
    let provider = SdkTracerProvider::builder().with_id_generator(Ids).with_sampler(Decided).with_resource(resource);
    let Some(endpoint) = endpoint else { return Ok(provider.build()) };
    let exporter = match endpoint.protocol {
        Protocol::Grpc => grpc(SpanExporter::builder().with_tonic(), endpoint).build()?,
        Protocol::HttpProtobuf => http(SpanExporter::builder().with_http(), endpoint)?.build()?,
    };
    let line = Line::new(Signal::Traces, &endpoint.url, batches.queue, metrics);
    let watched = Watched { exporter, line: line.clone(), runtime: Handle::current() };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(batches.queue)
        .with_max_export_batch_size(batches.size)
        .with_scheduled_delay(batches.delay)
        .build();
    let processor = BatchSpanProcessor::builder(watched).with_batch_config(config).build();
    Ok(provider.with_span_processor(Bounded { processor, line }).build())
}

/// The provider of loggers, which exports to `endpoint`. It has to be made within a runtime.
pub(crate) fn logger_provider(
    endpoint: &Endpoint,
    batches: Batches,
    resource: Resource,
    metrics: &TelemetryMetrics,
) -> Result<SdkLoggerProvider, ExportError> {
    let exporter = match endpoint.protocol {
        Protocol::Grpc => grpc(LogExporter::builder().with_tonic(), endpoint).build()?,
        Protocol::HttpProtobuf => http(LogExporter::builder().with_http(), endpoint)?.build()?,
    };
    let line = Line::new(Signal::Logs, &endpoint.url, batches.queue, metrics);
    let watched = Watched { exporter, line: line.clone(), runtime: Handle::current() };
    let config = LogBatchConfigBuilder::default()
        .with_max_queue_size(batches.queue)
        .with_max_export_batch_size(batches.size)
        .with_scheduled_delay(batches.delay)
        .build();
    let processor = BatchLogProcessor::builder(watched).with_batch_config(config).build();
    Ok(SdkLoggerProvider::builder().with_resource(resource).with_log_processor(Bounded { processor, line }).build())
}
