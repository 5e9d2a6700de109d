//! What an invocation says: its report or its failure, and the lines of its log.

use std::fmt::{self, Display};

use lambda_runtime::Diagnostic;
use opentelemetry::Context;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::config::Config;
use crate::emf::{CLEANUP_FAILURES, DURATION, FAILURES, SUCCESS, emf};
use crate::log::METRICS;
use crate::outcome::{Miss, Outcome};

/// What an invocation returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The checks, in their order.
    pub checks: Vec<Outcome>,
    /// What the checks were together and must not be; empty where they passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misses: Vec<Miss>,
    /// What was written and could not be removed. It fails no invocation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_behind: Vec<Outcome>,
    /// How long the checks took together, in milliseconds.
    pub duration_ms: f64,
}

impl Report {
    fn failures(&self) -> usize {
        self.failed().count() + self.misses.len()
    }

    fn failed(&self) -> impl Iterator<Item = &Outcome> {
        self.checks.iter().filter(|check| !check.passed())
    }

    /// Logs the sum of the invocation, and makes it fail where anything has.
    pub(crate) fn conclude(self, context: &Context, config: &Config) -> Result<Self, ChecksFailed> {
        let _guard = context.clone().attach();
        let emf = emf(config.namespace(), &["service"], &[DURATION, FAILURES, CLEANUP_FAILURES]);
        let (checks, failures, left_behind) = (self.checks.len(), self.failures(), self.left_behind.len());
        if failures == 0 {
            tracing::info!(
                target: METRICS,
                checks,
                Duration = self.duration_ms,
                Failures = failures,
                CleanupFailures = left_behind,
                _aws = emf,
                "all checks passed"
            );
            return Ok(self);
        }
        let error = ChecksFailed { report: self };
        tracing::error!(
            target: METRICS,
            checks,
            error = error.to_string(),
            Duration = error.report.duration_ms,
            Failures = failures,
            CleanupFailures = left_behind,
            _aws = emf,
            "checks failed"
        );
        Err(error)
    }
}

/// Logs what came of a check, with its metrics.
pub(crate) fn log_outcome(context: &Context, config: &Config, outcome: &Outcome) {
    let _guard = context.clone().attach();
    let dimensions = ["service", "check"];
    // What was not made took no time.
    let emf = match outcome.duration_ms {
        Some(_) => emf(config.namespace(), &dimensions, &[DURATION, SUCCESS]),
        None => emf(config.namespace(), &dimensions, &[SUCCESS]),
    };
    if outcome.passed() {
        tracing::info!(
            target: METRICS,
            check = outcome.check,
            request = outcome.request,
            status = outcome.status,
            Duration = outcome.duration_ms,
            Success = 1,
            _aws = emf,
            "check passed"
        );
    } else {
        tracing::error!(
            target: METRICS,
            check = outcome.check,
            request = outcome.request,
            status = outcome.status,
            expected = outcome.expected(),
            got = outcome.got(),
            Duration = outcome.duration_ms,
            Success = 0,
            _aws = emf,
            "check failed"
        );
    }
}

/// Logs that a document could not be removed.
pub(crate) fn log_clean_up(context: &Context, outcome: &Outcome) {
    let _guard = context.clone().attach();
    tracing::warn!(
        request = outcome.request,
        status = outcome.status,
        expected = outcome.expected(),
        got = outcome.got(),
        "a document is left behind"
    );
}

/// An invocation that failed, with all that was not as it must be.
#[derive(Clone, Debug, PartialEq, Error)]
pub struct ChecksFailed {
    report: Report,
}

impl ChecksFailed {
    /// All that came of the invocation.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl Display for ChecksFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: Vec<_> = self.report.failed().map(Outcome::to_string).collect();
        write!(formatter, "{} of {} checks failed", failed.len(), self.report.checks.len())?;
        let together = self.report.misses.iter().map(|miss| format!("together: {miss}"));
        for (index, text) in failed.into_iter().chain(together).enumerate() {
            write!(formatter, "{}{text}", if index == 0 { ": " } else { " | " })?;
        }
        Ok(())
    }
}

impl From<ChecksFailed> for Diagnostic {
    /// The error as Lambda reports it.
    fn from(error: ChecksFailed) -> Self {
        Self { error_type: "ChecksFailed".into(), error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(check: &str, misses: Vec<Miss>) -> Outcome {
        Outcome { check: check.into(), request: "GET /".into(), status: Some(200), duration_ms: Some(1.0), misses }
    }

    fn concluded(report: Report) -> Result<Report, ChecksFailed> {
        let variables = |name: &str| (name == "DATA_PROCESSOR_URL").then(|| "http://alb".into());
        report.conclude(&Context::new(), &Config::from_lookup(&variables).expect("a URL"))
    }

    #[test]
    fn a_failure_tells_every_miss() {
        let misses = vec![Miss::new("status", "status 200", "status 500")];
        let checks = vec![outcome("write-1", Vec::new()), outcome("read-1", misses.clone()), outcome("read-2", misses)];
        let together = vec![Miss::new("duration", "at most 5 ms", "6 ms")];
        let report = Report { checks, misses: together, left_behind: Vec::new(), duration_ms: 6.0 };
        assert_eq!(report.failures(), 3);
        let diagnostic = Diagnostic::from(concluded(report).expect_err("two checks failed"));
        assert_eq!(diagnostic.error_type, "ChecksFailed");
        assert_eq!(
            diagnostic.error_message,
            "2 of 3 checks failed: read-1: GET /: expected status 200, got status 500 \
             | read-2: GET /: expected status 200, got status 500 | together: expected at most 5 ms, got 6 ms"
        );
    }

    #[test]
    fn what_is_left_behind_fails_nothing() {
        let left_behind = vec![outcome("clean-up", vec![Miss::new("status", "status 204", "status 500")])];
        let report = Report { checks: Vec::new(), misses: Vec::new(), left_behind, duration_ms: 1.0 };
        assert_eq!(concluded(report.clone()), Ok(report));
    }
}
