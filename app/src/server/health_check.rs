//! Asking a running service whether it is well.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;

/// What a service is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `/health`: whether the process answers.
    Health,
    /// `/ready`: whether it can work, too.
    Ready,
}

impl Probe {
    /// The path that is asked for.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::Ready => "/ready",
        }
    }
}

/// Asks the service at `address` for what `probe` says, and waits for at most `limit`.
///
/// # Errors
/// There is no answer, none in time, or one that is not 200.
pub async fn check(address: SocketAddr, probe: Probe, limit: Duration) -> Result<(), HealthCheckError> {
    let path = probe.path();
    let uri = Uri::builder()
        .scheme("http")
        .authority(address.to_string())
        .path_and_query(path)
        .build()
        .map_err(|source| HealthCheckError::Request { address, path, source })?;
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let request =
        Request::get(uri).body(Body::empty()).map_err(|source| HealthCheckError::Request { address, path, source })?;
    let response = match tokio::time::timeout(limit, client.request(request)).await {
        Err(_) => return Err(HealthCheckError::TooSlow { address, path, limit }),
        Ok(Err(source)) => return Err(HealthCheckError::Unreachable { address, path, source }),
        Ok(Ok(response)) => response,
    };
    match response.status() {
        StatusCode::OK => Ok(()),
        status => Err(HealthCheckError::Unhealthy { address, path, status }),
    }
}

/// Why a service does not count as healthy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HealthCheckError {
    /// The request cannot be made.
    #[error("cannot ask http://{address}{path}")]
    Request {
        /// The service's address.
        address: SocketAddr,
        /// The path that was asked for.
        path: &'static str,
        /// What is wrong with the request.
        source: hyper::http::Error,
    },
    /// Nobody answers.
    #[error("no answer from http://{address}{path}")]
    Unreachable {
        /// The service's address.
        address: SocketAddr,
        /// The path that was asked for.
        path: &'static str,
        /// What went wrong on the way.
        source: hyper_util::client::legacy::Error,
    },
    /// The answer is not there in time.
    #[error("no answer from http://{address}{path} within {} ms", limit.as_millis())]
    TooSlow {
        /// The service's address.
        address: SocketAddr,
        /// The path that was asked for.
        path: &'static str,
        /// The time that it had.
        limit: Duration,
    },
    /// The answer is not 200.
    #[error("http://{address}{path} must answer 200, got {}", status.as_u16())]
    Unhealthy {
        /// The service's address.
        address: SocketAddr,
        /// The path that was asked for.
        path: &'static str,
        /// What it answered.
        status: StatusCode,
    },
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    async fn listening() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        (listener, address)
    }

    async fn checked(router: Router) -> Result<(), HealthCheckError> {
        let (listener, address) = listening().await;
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let result = check(address, Probe::Health, Duration::from_secs(5)).await;
        server.abort();
        result
    }

    #[tokio::test]
    async fn the_service_is_healthy() {
        checked(Router::new().route("/health", get(async || ()))).await.expect("healthy");
    }

    #[tokio::test]
    async fn fails_on_another_status() {
        let error = checked(Router::new()).await.expect_err("404");
        assert!(error.to_string().ends_with("/health must answer 200, got 404"), "{error}");
    }

    #[tokio::test]
    async fn fails_where_nobody_listens() {
        let (listener, address) = listening().await;
        drop(listener);
        let error = check(address, Probe::Health, Duration::from_secs(5)).await.expect_err("nobody there");
        assert!(matches!(error, HealthCheckError::Unreachable { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn fails_where_the_answer_is_late() {
        let (_listener, address) = listening().await;
        let error =
            check(address, Probe::Health, Duration::from_millis(50)).await.expect_err("accepted, never answered");
        assert_eq!(error.to_string(), format!("no answer from http://{address}/health within 50 ms"));
    }
}
