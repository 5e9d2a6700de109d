//! Storing, reading and removing documents.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::admission::Taken;
use super::list::{self, ListQuery};
use super::media_type::require_json;
use super::router::Service;
use super::{Problem, body, respond};
use crate::store::{Key, StoreError};

/// The answer of `POST /data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The key under which the document is found: a UUID of version 7 in 36 lower-case characters.
    pub key: String,
}

/// `POST /data`: stores a document under a new key.
pub(super) async fn create(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (parts, content) = request.into_parts();
    answer(parts.uri.path(), async {
        let deadline = service.deadline();
        if service.in_flight.is_used_up() {
            return Err(Problem::Busy);
        }
        require_json(&parts.headers)?;
        let limits = &service.limits;
        let (document, _buffered) = body::read(content, limits.body, &service.buffer, deadline, limits.request).await?;
        body::require_valid(&document)?;
        // Not earlier: who sends slowly would take the place of those who do not.
        let _pass = service.enter()?;
        let key = Key::generate();
        service.stored(deadline, service.store.put(key, document)).await?;
        created(key)
    })
    .await
}

fn created(key: Key) -> Result<Response, Problem> {
    let body = format!(r#"{{"key":"{key}"}}"#);
    let location = HeaderValue::try_from(format!("/data/{key}")).map_err(|_| Problem::Defect)?;
    let mut response = respond::json(StatusCode::CREATED, respond::JSON, body.into());
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `GET /data/{key}`: the document, byte for byte.
pub(super) async fn read(State(service): State<Arc<Service>>, request: Request) -> Response {
    let path = request.uri().path();
    answer(path, async {
        let key = key(path)?;
        let _pass = service.enter()?;
        match service.stored(service.deadline(), service.store.get(key)).await? {
            Some(document) => Ok(respond::json(StatusCode::OK, respond::JSON, document)),
            None => Err(Problem::NoSuchDocument),
        }
    })
    .await
}

/// `DELETE /data/{key}`: removes the document.
pub(super) async fn remove(State(service): State<Arc<Service>>, request: Request) -> Response {
    let path = request.uri().path();
    answer(path, async {
        let key = key(path)?;
        let _pass = service.enter()?;
        if service.stored(service.deadline(), service.store.delete(key)).await? {
            Ok(respond::empty(StatusCode::NO_CONTENT))
        } else {
            Err(Problem::NoSuchDocument)
        }
    })
    .await
}

/// `GET /data`: a part of the keys, in their order.
pub(super) async fn list(State(service): State<Arc<Service>>, request: Request) -> Response {
    let uri = request.uri();
    answer(uri.path(), async {
        let ListQuery { prefix, limit, cursor } = ListQuery::parse(uri.query().unwrap_or_default())?;
        let _pass = service.enter()?;
        let page = service.stored(service.deadline(), service.store.list(&prefix, cursor, limit)).await?;
        Ok(respond::json(StatusCode::OK, respond::JSON, list::listing(&page)))
    })
    .await
}

/// The key in a path `/data/{key}`. It is compared as it was sent: a key has nothing in it that needs an escape, and
/// whatever else may stand there is no document's name.
fn key(path: &str) -> Result<Key, Problem> {
    path.strip_prefix("/data/").and_then(|key| key.parse().ok()).ok_or(Problem::NoSuchDocument)
}

impl Service {
    /// When a request that begins now has to be done with.
    fn deadline(&self) -> Instant {
        Instant::now() + self.limits.request
    }

    /// A place among the requests that are worked on.
    fn enter(&self) -> Result<Taken<'_>, Problem> {
        self.in_flight.take(1).ok_or(Problem::Busy)
    }

    /// What the store answers to `operation` before `deadline`.
    async fn stored<T>(
        &self,
        deadline: Instant,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Problem> {
        match tokio::time::timeout_at(deadline, operation).await {
            Ok(result) => result.map_err(Problem::from),
            Err(_) => Err(Problem::StorageTooSlow { limit: self.limits.request }),
        }
    }
}

/// The answer of `work`, or the problem that it met. A panic costs one request a 500, not the connection of a client.
async fn answer(path: &str, work: impl Future<Output = Result<Response, Problem>>) -> Response {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(path),
        Err(_) => Problem::Defect.into_response(path),
    }
}
