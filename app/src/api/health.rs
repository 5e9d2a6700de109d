//! Whether the service lives, and whether it can work.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::router::Service;
use super::{Problem, respond};
use crate::SERVICE;
use crate::store::Store;

/// The answer of `GET /health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, for as long as the process can answer at all.
    pub status: String,
    /// The name of the service.
    pub service: String,
    /// The version of the program.
    pub version: String,
}

/// The answer of `GET /ready` where the service can work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// `ready`.
    pub status: String,
    /// The name of the service.
    pub service: String,
    /// The version of the program.
    pub version: String,
    /// The kind of storage that was reached.
    pub storage: String,
}

/// For how long one look at the store counts, so that probes cannot wear it out.
const FRESH: Duration = Duration::from_secs(1);
/// What the store has to answer within: probes themselves give up after few seconds.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// The last look at the store.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    /// Those who ask while somebody looks wait for what is seen.
    seen: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Whether the store could be reached within the last second.
    async fn is_ready(&self, store: &dyn Store) -> bool {
        let mut seen = self.seen.lock().await;
        match *seen {
            Some((at, ready)) if at.elapsed() < FRESH => ready,
            _ => {
                let ready = match tokio::time::timeout(CHECK_LIMIT, store.check()).await {
                    Ok(Ok(())) => true,
                    Ok(Err(error)) => {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::warn!(system = store.system(), %error, cause, "the storage is not ready");
                        false
                    }
                    Err(_) => {
                        let limit = CHECK_LIMIT.as_secs_f64();
                        tracing::warn!(system = store.system(), limit, "the storage is not ready in time");
                        false
                    }
                };
                *seen = Some((Instant::now(), ready));
                ready
            }
        }
    }
}

/// `GET /health`: answers for as long as the process can, whatever becomes of the store; a restart would not help that.
pub(super) async fn health() -> Response {
    const BODY: &str =
        concat!(r#"{"status":"ok","service":"data-processor","version":""#, env!("CARGO_PKG_VERSION"), r#""}"#);
    respond::json(StatusCode::OK, respond::JSON, Bytes::from_static(BODY.as_bytes()))
}

/// `GET /ready`: 503 while the store cannot be reached, and from the moment the service is asked to stop.
pub(super) async fn ready(State(service): State<Arc<Service>>, request: Request) -> Response {
    if service.stopping.has_begun() {
        return Problem::Stopping.into_response(request.uri().path());
    }
    if !service.readiness.is_ready(&*service.store).await {
        return Problem::NotReady.into_response(request.uri().path());
    }
    let answer = Ready {
        status: "ready".into(),
        service: SERVICE.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        storage: service.store.system().into(),
    };
    respond::json(StatusCode::OK, respond::JSON, respond::serialized(&answer))
}
