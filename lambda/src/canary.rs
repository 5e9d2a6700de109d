//! The canary: what is set up once, and invoked every minute.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::LambdaEvent;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_otlp::ExporterBuildError;
use serde_json::Value;
use thiserror::Error;

use crate::check::Check;
use crate::client::{Client, TlsError};
use crate::config::Config;
use crate::log::RequestId;
use crate::outcome::{Miss, milliseconds};
use crate::report::{ChecksFailed, Report};
use crate::run::Run;
use crate::spans::{self, Invocation};
use crate::telemetry::Telemetry;

/// All that an invocation needs, set up when the function is initialized.
#[derive(Debug)]
pub struct Canary {
    config: Config,
    client: Client,
    telemetry: Telemetry,
    invoked: AtomicBool,
}

impl Canary {
    /// Prepares the calls and the telemetry.
    ///
    /// # Errors
    /// A file that the configuration names cannot be used, or the exporter refuses the configuration.
    pub fn new(config: Config) -> Result<Self, CanaryError> {
        let client = Client::new(config.ca_file().map(|path| path.as_path()))?;
        let telemetry = Telemetry::new(&config, &client)?;
        Ok(Self { config, client, telemetry, invoked: AtomicBool::new(false) })
    }

    /// Makes every check, removes what they wrote, logs a line for each and sends the spans.
    ///
    /// # Errors
    /// An answer is not what it must be; all that are not are told.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Report, ChecksFailed> {
        let LambdaEvent { payload, context: lambda } = event;
        let invocation = Invocation {
            request_id: lambda.request_id.clone(),
            arn: lambda.invoked_function_arn,
            is_first: !self.invoked.swap(true, Ordering::Relaxed),
            event: payload,
        };
        let parent = self.config.propagation().extract(lambda.xray_trace_id.as_deref());
        let context = spans::invocation(self.telemetry.tracer(), &parent, &self.config, &invocation)
            .with_value(RequestId(lambda.request_id));
        let mut run = Run::new(self, &context, deadline(lambda.deadline));

        let begin = Instant::now();
        let mut checks = Vec::with_capacity(Check::ALL.len());
        for check in Check::ALL {
            checks.push(run.check(check).await);
        }
        let elapsed = begin.elapsed();
        let left_behind = run.clean_up().await;

        let threshold = self.config.total_threshold();
        let misses = (elapsed > threshold).then(|| {
            let expected = format!("at most {} ms", threshold.as_millis());
            Miss::new("duration", expected, format!("{} ms", milliseconds(elapsed)))
        });
        let misses = misses.into_iter().collect();
        let report = Report { checks, misses, left_behind, duration_ms: milliseconds(elapsed) };
        let result = report.conclude(&context, &self.config);
        if let Err(error) = &result {
            spans::fail(&context, "ChecksFailed".into(), error.to_string());
        }
        context.span().end();
        self.telemetry.flush().with_context(context).await;
        result
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}

/// The moment that Lambda gives in milliseconds since 1970, on the clock that nobody sets.
fn deadline(milliseconds: u64) -> Option<Instant> {
    let deadline = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))?;
    let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now().checked_add(left).filter(|_| milliseconds > 0)
}

/// Why the canary cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CanaryError {
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The exporter of spans refuses its configuration.
    #[error("spans cannot be exported")]
    Exporter(#[from] ExporterBuildError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_as_far_away_as_it_says() {
        let in_a_minute = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970") + Duration::from_secs(60);
        let deadline = deadline(u64::try_from(in_a_minute.as_millis()).expect("fits")).expect("a deadline");
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(left > Duration::from_secs(58) && left <= Duration::from_secs(60), "{left:?}");
    }

    #[test]
    fn no_deadline_is_none_and_a_past_one_is_now() {
        assert_eq!(deadline(0), None);
        assert!(deadline(1).is_some_and(|deadline| deadline <= Instant::now()));
    }
}
