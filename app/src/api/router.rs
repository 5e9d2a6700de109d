//! Which path answers what.

use axum::Json;
use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::get;
use serde::{Deserialize, Serialize};

use crate::SERVICE;

/// The service's routes: `GET /health`. Every answer is JSON; an unknown path is a 404, a wrong method a 405.
pub fn router() -> Router {
    Router::new().route("/health", get(health)).fallback(not_found).method_not_allowed_fallback(method_not_allowed)
}

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

/// The answer to a request that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What is wrong with the request.
    pub error: String,
}

async fn health() -> Json<Health> {
    Json(Health { status: "ok".into(), service: SERVICE.into(), version: env!("CARGO_PKG_VERSION").into() })
}

async fn not_found(uri: Uri) -> (StatusCode, Json<Failure>) {
    (StatusCode::NOT_FOUND, Json(Failure { error: format!("no such path: {}", uri.path()) }))
}

async fn method_not_allowed(method: Method, uri: Uri) -> (StatusCode, Json<Failure>) {
    let error = format!("{} does not take {method}", uri.path());
    (StatusCode::METHOD_NOT_ALLOWED, Json(Failure { error }))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::header::{ALLOW, CONTENT_TYPE};
    use axum::http::{HeaderMap, Request};
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::*;

    async fn answer(method: &str, path: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a valid request");
        let response = router().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body in memory").to_bytes();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).expect("every answer is JSON"))
    }

    #[tokio::test]
    async fn health_is_ok() {
        let (status, headers, body) = answer("GET", "/health").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(body, json!({"status": "ok", "service": "data-processor", "version": env!("CARGO_PKG_VERSION")}));
    }

    #[tokio::test]
    async fn an_unknown_path_is_not_found() {
        for path in ["/", "/health/", "/data"] {
            let (status, _, body) = answer("GET", path).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert_eq!(body, json!({"error": format!("no such path: {path}")}));
        }
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_the_right_one() {
        let (status, headers, body) = answer("POST", "/health").await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(headers[ALLOW], "GET,HEAD");
        assert_eq!(body, json!({"error": "/health does not take POST"}));
    }
}
