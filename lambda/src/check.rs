//! One call, and what its answer must be.

use std::error::Error;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use lambda_runtime::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Config;

/// How much of an answer is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// How much of an unexpected answer is shown, in characters.
const EXCERPT: usize = 200;

/// One call of the data processor, and the status that it must answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    name: &'static str,
    method: Method,
    path: &'static str,
    status: StatusCode,
}

/// What came of a check that passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The name of the check.
    pub check: String,
    /// What was asked: the method and the URL.
    pub request: String,
    /// The status of the answer.
    pub status: u16,
    /// How long the call took, in milliseconds.
    pub duration_ms: u64,
}

impl Check {
    /// `GET /health` answers 200.
    #[must_use]
    pub fn health() -> Self {
        Self { name: "health", method: Method::GET, path: "/health", status: StatusCode::OK }
    }

    /// The name of the check.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// Makes the call, on a connection of its own, so that what is measured is what a new user meets.
    ///
    /// # Errors
    /// The answer is not what it must be, or not there within the limit of `config`.
    pub async fn run(&self, config: &Config) -> Result<Outcome, CheckError> {
        let url = config.url(self.path);
        let request = format!("{} {url}", self.method);
        let limit = config.time_limit();
        let begin = Instant::now();
        let Ok(answer) = tokio::time::timeout(limit, self.call(url)).await else {
            return Err(CheckError::TooSlow { request, limit });
        };
        let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        match answer {
            Err(source) => Err(CheckError::NoAnswer { request, expected: self.status, source }),
            Ok((status, body)) if status != self.status => {
                let body = String::from_utf8_lossy(&body).chars().take(EXCERPT).collect();
                Err(CheckError::Status { request, expected: self.status, status, body })
            }
            Ok((status, _)) => Ok(Outcome { check: self.name.into(), request, status: status.as_u16(), duration_ms }),
        }
    }

    async fn call(&self, url: String) -> Result<(StatusCode, Bytes), Box<dyn Error + Send + Sync>> {
        let client: Client<_, Empty<Bytes>> =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let request = Request::builder().method(&self.method).uri(url).body(Empty::new())?;
        let response = client.request(request).await?;
        let status = response.status();
        let body = match Limited::new(response.into_body(), BODY_LIMIT).collect().await {
            Ok(body) => body.to_bytes(),
            // A status is an answer, however much comes with it.
            Err(error) if error.is::<LengthLimitError>() => Bytes::new(),
            Err(error) => return Err(error),
        };
        Ok((status, body))
    }
}

/// Why a check failed: what was expected, and what came.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The answer has another status.
    #[error("{request}: expected status {}, got {}: {body}", expected.as_u16(), status.as_u16())]
    Status {
        /// What was asked.
        request: String,
        /// The status that the answer must have.
        expected: StatusCode,
        /// The status that it has.
        status: StatusCode,
        /// How the answer begins.
        body: String,
    },
    /// The answer was not complete in time.
    #[error("{request}: expected an answer within {} ms, got none", limit.as_millis())]
    TooSlow {
        /// What was asked.
        request: String,
        /// The time that the answer had.
        limit: Duration,
    },
    /// There is no answer.
    #[error("{request}: expected status {}, got no answer", expected.as_u16())]
    NoAnswer {
        /// What was asked.
        request: String,
        /// The status that the answer must have.
        expected: StatusCode,
        /// What went wrong on the way.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl From<CheckError> for Diagnostic {
    /// The error as Lambda reports it: one text, with its causes.
    fn from(error: CheckError) -> Self {
        let error_type = match error {
            CheckError::Status { .. } => "CheckError::Status",
            CheckError::TooSlow { .. } => "CheckError::TooSlow",
            CheckError::NoAnswer { .. } => "CheckError::NoAnswer",
        };
        Self { error_type: error_type.into(), error_message: with_causes(&error) }
    }
}

/// The text of `error` and of all that caused it, on one line: a log and Lambda's own report have one field for both.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    async fn config(listener: &TcpListener, limit: &str) -> Config {
        let url = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let variables = [("DATA_PROCESSOR_URL", url.as_str()), ("CHECK_TIME_LIMIT_MS", limit)];
        Config::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
            .expect("valid variables")
    }

    async fn checked(router: Router) -> Result<Outcome, CheckError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let config = config(&listener, "5000").await;
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let result = Check::health().run(&config).await;
        server.abort();
        result
    }

    #[tokio::test]
    async fn passes_on_the_right_answer() {
        let outcome = checked(Router::new().route("/health", get(|| async { "fine" }))).await.expect("passed");
        assert_eq!((outcome.check.as_str(), outcome.status), ("health", 200));
        assert!(outcome.request.starts_with("GET http://127.0.0.1:"), "{}", outcome.request);
    }

    #[tokio::test]
    async fn fails_on_another_status_and_shows_the_answer() {
        let answer = (StatusCode::SERVICE_UNAVAILABLE, format!("no storage{}", " ".repeat(500)));
        let error = checked(Router::new().route("/health", get(|| async { answer }))).await.expect_err("503");
        let diagnostic = Diagnostic::from(error);
        assert_eq!(diagnostic.error_type, "CheckError::Status");
        assert!(diagnostic.error_message.contains("/health: expected status 200, got 503: no storage"));
        assert!(diagnostic.error_message.len() < 300, "the answer is cut: {}", diagnostic.error_message);
    }

    #[tokio::test]
    async fn reads_no_endless_answer() {
        let answer = "x".repeat(4 * BODY_LIMIT);
        checked(Router::new().route("/health", get(|| async { answer }))).await.expect("the status is right");
    }

    #[tokio::test]
    async fn fails_where_the_answer_is_late() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let config = config(&listener, "50").await;
        let error = Check::health().run(&config).await.expect_err("accepted, never answered");
        assert_eq!(
            error.to_string(),
            format!("GET {}: expected an answer within 50 ms, got none", config.url("/health"))
        );
    }

    #[tokio::test]
    async fn fails_where_nobody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let config = config(&listener, "5000").await;
        drop(listener);
        let diagnostic = Diagnostic::from(Check::health().run(&config).await.expect_err("nobody there"));
        assert_eq!(diagnostic.error_type, "CheckError::NoAnswer");
        assert!(diagnostic.error_message.contains("expected status 200, got no answer: "), "{diagnostic:?}");
        assert!(diagnostic.error_message.contains("refused"), "the cause is told: {diagnostic:?}");
    }
}
