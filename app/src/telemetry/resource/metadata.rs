//! Asking the metadata services of a platform.

use axum::body::Bytes;
use axum::http::{HeaderName, Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Documents of metadata have a few kilobytes.
const LONGEST: usize = 1024 * 1024;

/// A client of metadata services, which answer over plain HTTP on the host itself.
///
/// The detectors of `opentelemetry-aws` would bring a second HTTP client, which blocks, and know one fixed address.
#[derive(Debug)]
pub(crate) struct Metadata {
    client: Client<HttpConnector, Empty<Bytes>>,
}

impl Metadata {
    pub(crate) fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        uri: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<T, MetadataError> {
        let body = self.ask(Method::GET, uri, headers).await?;
        serde_json::from_slice(&body).map_err(|source| MetadataError::Document { uri: uri.to_owned(), source })
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        uri: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Bytes, MetadataError> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| MetadataError::Request { uri: uri.to_owned(), source };
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let request = request.body(Empty::new()).map_err(|error| failed(error.into()))?;
        let response = self.client.request(request).await.map_err(|error| failed(error.into()))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(MetadataError::Status { uri: uri.to_owned(), status });
        }
        Ok(Limited::new(response.into_body(), LONGEST).collect().await.map_err(failed)?.to_bytes())
    }
}

/// Why a metadata service does not help.
#[derive(Debug, Error)]
pub(crate) enum MetadataError {
    #[error("no answer from {uri}")]
    Request { uri: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{uri} must answer 200, got {}", status.as_u16())]
    Status { uri: String, status: StatusCode },
    #[error("{uri} must answer a document of metadata")]
    Document { uri: String, source: serde_json::Error },
}

/// A metadata service in a test.
#[cfg(test)]
pub(crate) async fn served(router: axum::Router) -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("a bound listener"));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
    (address, server)
}

/// The attributes by their names, in a test.
#[cfg(test)]
pub(crate) fn by_name(attributes: &[opentelemetry::KeyValue]) -> std::collections::BTreeMap<&str, String> {
    attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value.to_string())).collect()
}
