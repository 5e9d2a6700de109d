//! Answers with the headers that all of them carry.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Serialize;

/// The type of a JSON document.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The type of a problem document.
pub(super) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// An answer with a JSON body of the type `content_type`.
///
/// No cache may keep it: a document can be deleted, and health and problems are of the moment. No browser may take a
/// stranger's document for anything but what the type says.
pub(super) fn json(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, const { HeaderValue::from_static("no-store") });
    headers.insert(X_CONTENT_TYPE_OPTIONS, const { HeaderValue::from_static("nosniff") });
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The JSON text of one of our own answers.
pub(super) fn serialized(answer: &impl Serialize) -> Bytes {
    // None of them holds what JSON cannot say, such as a map with keys that are no strings.
    serde_json::to_vec(answer).unwrap_or_default().into()
}
