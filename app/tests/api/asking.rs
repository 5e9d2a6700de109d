//! Asking the routes without a server.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use data_processor::api::{Api, Limits, router};
use data_processor::server::Stopping;
use data_processor::store::{MemoryStore, Store};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Checks the whole of a problem document and its headers, except for the detail, which is returned.
    pub(crate) fn problem(&self, status: u16, title: &str, instance: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.headers[CACHE_CONTROL], "no-store");
        assert_eq!(self.headers["x-content-type-options"], "nosniff");
        assert_eq!(self.headers.get(RETRY_AFTER).map(|value| value == "1"), (status == 503).then_some(true));
        let mut document = self.json();
        let members = document.as_object_mut().expect("an object");
        let detail = members.remove("detail").expect("a detail");
        members.remove("trace_id");
        let rest = json!({"type": "about:blank", "title": title, "status": status, "instance": instance});
        assert_eq!(document, rest);
        detail.as_str().expect("text").to_owned()
    }
}

pub(crate) fn service_with(store: Arc<dyn Store>, limits: Limits) -> Router {
    router(Api { store, limits, stopping: Stopping::default() })
}

pub(crate) fn service() -> Router {
    service_with(Arc::new(MemoryStore::default()), Limits::default())
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("the router never fails");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body in memory").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn ask(router: &Router, method: &str, path: &str) -> Answer {
    send(router, Request::builder().method(method).uri(path).body(Body::empty()).expect("a valid request")).await
}

pub(crate) async fn post(router: &Router, body: impl Into<Body>) -> Answer {
    let request = Request::post("/data").header(CONTENT_TYPE, "application/json");
    send(router, request.body(body.into()).expect("a valid request")).await
}

pub(crate) async fn stored(router: &Router, document: &'static str) -> String {
    let answer = post(router, document).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    answer.json()["key"].as_str().expect("a key").to_owned()
}
