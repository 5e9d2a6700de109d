//! Which path answers what.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, Uri};
use axum::response::Response;
use axum::routing::get;

use super::admission::Allowance;
use super::health::Readiness;
use super::{Problem, data, health};
use crate::server::Stopping;
use crate::store::Store;

/// The service's routes: `/health`, `/ready`, `/data` and `/data/{key}`.
///
/// `HEAD` is answered wherever `GET` is. Every other method that a path does not take, `OPTIONS` too, meets a 405 whose
/// `Allow` says which it does. What a request accepts is not asked: there is one form of every answer.
pub fn router(api: Api) -> Router {
    let service = Service {
        store: api.store,
        in_flight: Allowance::new(api.limits.in_flight),
        buffer: Allowance::new(api.limits.buffer),
        limits: api.limits,
        stopping: api.stopping,
        readiness: Readiness::default(),
    };
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/data", get(data::list).post(data::create))
        .route("/data/{key}", get(data::read).delete(data::remove))
        .fallback(no_such_path)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::new(service))
}

/// What the routes work with.
#[derive(Clone, Debug)]
pub struct Api {
    /// Where the documents are.
    pub store: Arc<dyn Store>,
    /// How much is taken on.
    pub limits: Limits,
    /// Whether the service was asked to stop.
    pub stopping: Stopping,
}

/// How much the service takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a document at most; a larger one meets a 413.
    pub body: usize,
    /// The requests for documents that the store works on at once at most; more meet a 503.
    pub in_flight: usize,
    /// The bytes of all documents that are being received or stored at most; more meet a 503.
    pub buffer: usize,
    /// The time that a request has: 408 where its body is late, 503 where the store is.
    pub request: Duration,
}

impl Default for Limits {
    /// Documents of 1 MiB, 1024 at once, 64 MiB of them in memory, 10 s for each.
    fn default() -> Self {
        Self { body: 1024 * 1024, in_flight: 1024, buffer: 64 * 1024 * 1024, request: Duration::from_secs(10) }
    }
}

/// The state of the routes.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) store: Arc<dyn Store>,
    pub(super) limits: Limits,
    pub(super) stopping: Stopping,
    pub(super) in_flight: Allowance,
    pub(super) buffer: Allowance,
    pub(super) readiness: Readiness,
}

async fn no_such_path(uri: Uri) -> Response {
    Problem::NoSuchPath.into_response(uri.path())
}

async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    Problem::MethodNotAllowed { method }.into_response(uri.path())
}
