//! Telemetry of one process.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TracerProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use prometheus_client::registry::Registry;
use thiserror::Error;
use tokio::task::JoinHandle;
use tracing::Dispatch;

use super::layer::TelemetryLayer;
use super::logs::{Chain, Output, subscriber};
use super::metrics::{Metrics, TelemetryMetrics, router};
use super::otlp::{Endpoint, ExportError, logger_provider, tracer_provider};
use super::settings::{SamplerSetting, Settings};
use super::traces::{Budget, Propagation, Sampling};
use super::{SERVICE_SCOPE, resource};

/// Requests that fail are traced and logged beyond the budget, but no more than so many a second.
const FAILURES_PER_SECOND: u32 = 50;
/// How often it is told what was left out.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Telemetry of this process: metrics, traces and logs. A clone is another handle to the same.
#[derive(Clone, Debug)]
pub struct Telemetry {
    registry: Arc<Registry>,
    /// `None` where telemetry is disabled.
    shared: Option<Arc<Shared>>,
    ending: Arc<Mutex<Ending>>,
}

/// What each request needs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) metrics: Metrics,
    pub(super) propagation: Propagation,
    pub(super) sampling: Sampling,
    pub(super) tracer: SdkTracer,
    pub(super) failures: Budget,
    pub(super) failures_of_storage: Budget,
}

/// What makes tracers and loggers.
pub(super) struct Providers {
    pub(super) tracers: SdkTracerProvider,
    pub(super) loggers: Option<SdkLoggerProvider>,
    /// What they count.
    pub(super) metrics: TelemetryMetrics,
}

impl Providers {
    /// Those that export as the settings say.
    fn exporting(settings: &Settings, resource: Resource) -> Result<Self, ExportError> {
        let metrics = TelemetryMetrics::default();
        let wanted = |endpoint: &Option<Endpoint>| endpoint.clone().filter(|_| !settings.disabled);
        let loggers = wanted(&settings.logs)
            .map(|endpoint| logger_provider(&endpoint, settings.log_batches, resource.clone(), &metrics))
            .transpose()?;
        let tracers = tracer_provider(wanted(&settings.traces).as_ref(), settings.span_batches, resource, &metrics)?;
        Ok(Self { tracers, loggers, metrics })
    }
}

/// What has to come to an end with the process.
#[derive(Debug, Default)]
struct Ending {
    tracers: Option<SdkTracerProvider>,
    loggers: Option<SdkLoggerProvider>,
    reporter: Option<JoinHandle<()>>,
    lines: Option<Output>,
}

impl Telemetry {
    /// Starts telemetry: finds out where the process runs (for a second at most), sets the exporters up, and takes the
    /// events of `tracing` over for the rest of the process. Call it once, within the runtime.
    ///
    /// # Errors
    /// An exporter cannot be set up, or events are taken over already.
    pub async fn start(settings: &Settings) -> Result<Self, TelemetryError> {
        let (resource, unknown) = if settings.disabled {
            (Resource::builder_empty().build(), Vec::new())
        } else {
            resource::detect(settings).await
        };
        let providers = Providers::exporting(settings, resource)?;
        let output = Output::stdout().map_err(|source| TelemetryError::Output { source })?;
        let (telemetry, subscriber) = Self::assemble(settings, output, providers);
        tracing::dispatcher::set_global_default(subscriber).map_err(|source| TelemetryError::Subscriber { source })?;
        for error in unknown {
            tracing::warn!("{}", Chain(&error));
        }
        Ok(telemetry)
    }

    /// Puts telemetry together; events are not taken over yet.
    pub(super) fn assemble(settings: &Settings, output: Output, providers: Providers) -> (Self, Dispatch) {
        let Providers { tracers, loggers, metrics } = providers;
        let service = resource::service_name(settings);
        let subscriber = subscriber(output.clone(), service, settings.log_filter.clone(), loggers.as_ref());
        let mut ending = Ending { loggers, lines: Some(output.clone()), ..Ending::default() };
        let mut registry = Arc::default();
        let shared = (!settings.disabled).then(|| {
            let metrics = Metrics::new(metrics, output);
            if settings.metrics {
                registry = metrics.registry.clone();
            }
            let sampling = match &settings.sampler {
                SamplerSetting::PerSecond(rate) => Sampling::budget(*rate),
                SamplerSetting::Standard(sampler) => Sampling::Standard(sampler.clone()),
            };
            Arc::new(Shared {
                metrics,
                propagation: Propagation::new(&settings.propagators),
                sampling,
                tracer: tracers.tracer_with_scope(SERVICE_SCOPE.clone()),
                failures: Budget::new(FAILURES_PER_SECOND, Duration::from_secs(2)),
                failures_of_storage: Budget::new(FAILURES_PER_SECOND, Duration::from_secs(2)),
            })
        });
        ending.reporter = shared.clone().map(|shared| tokio::spawn(report(shared)));
        ending.tracers = Some(tracers);
        (Self { registry, shared, ending: Arc::new(Mutex::new(ending)) }, Dispatch::new(subscriber))
    }

    /// The layer for [`Router::layer`], which knows the template of the route that a request has matched. Whatever
    /// bounds the time of a request belongs within: a request whose future is dropped counts as given up by its client.
    #[must_use]
    pub fn layer(&self) -> TelemetryLayer {
        TelemetryLayer { shared: self.shared.clone() }
    }

    /// `GET /metrics`, for a listener of its own.
    pub fn metrics_router(&self) -> Router {
        router(self.registry.clone())
    }

    /// Exports what is still waiting and writes the last log lines, for at most `limit`.
    pub async fn shutdown(self, limit: Duration) {
        let Ending { tracers, loggers, reporter, lines } =
            std::mem::take(&mut *self.ending.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(reporter) = reporter {
            reporter.abort();
        }
        if let Some(shared) = &self.shared {
            Unsaid::default().say(shared);
        }
        // Both wait for threads of their own, with a limit of their own, so this comes back in time.
        let tracers = tracers.map(|tracers| tokio::task::spawn_blocking(move || tracers.shutdown_with_timeout(limit)));
        let loggers = loggers.map(|loggers| tokio::task::spawn_blocking(move || loggers.shutdown_with_timeout(limit)));
        for (signal, ending) in [("traces", tracers), ("logs", loggers)] {
            if let Some(Ok(Err(error))) = match ending {
                Some(ending) => Some(ending.await),
                None => None,
            } {
                tracing::warn!(signal, %error, "telemetry is lost at the end");
            }
        }
        let _ = tokio::task::spawn_blocking(move || lines.as_ref().map(Output::end)).await;
    }

    pub(super) fn shared(&self) -> Option<&Arc<Shared>> {
        self.shared.as_ref()
    }
}

/// Why telemetry cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// An exporter cannot be set up.
    #[error("telemetry cannot be exported")]
    Export {
        /// What is wrong with it.
        #[from]
        source: ExportError,
    },
    /// The thread that writes log lines cannot be started.
    #[error("cannot start the thread that writes log lines")]
    Output {
        /// What the system says of it.
        source: io::Error,
    },
    /// Something else takes the events of `tracing`.
    #[error("log lines are taken over by something else")]
    Subscriber {
        /// What `tracing` says of it.
        source: tracing::subscriber::SetGlobalDefaultError,
    },
}

/// The id of the trace that the request at hand belongs to, as 32 hexadecimal digits; `None` outside of one.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    Context::map_current(|context| {
        let span = context.has_active_span().then(|| context.span())?;
        span.span_context().is_valid().then(|| span.span_context().trace_id().to_string())
    })
}

/// Tells now and then how many requests have no line of their own.
async fn report(shared: Arc<Shared>) {
    let mut interval = tokio::time::interval(REPORT_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut unsaid = Unsaid::default();
    loop {
        interval.tick().await;
        unsaid.say(&shared);
    }
}

/// What was left out since it was last told.
#[derive(Debug, Default)]
struct Unsaid {
    lines: u64,
}

impl Unsaid {
    fn say(&mut self, shared: &Shared) {
        let lines = shared.metrics.telemetry.lines_suppressed.get();
        let requests = lines - self.lines;
        self.lines = lines;
        if requests > 0 {
            tracing::info!(requests, "requests without a line of their own");
        }
    }
}
