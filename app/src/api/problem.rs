//! Everything that can go wrong with a request.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::list::WrongParameter;
use super::respond;
use crate::store::StoreError;
use crate::telemetry::{Cause, current_trace_id};

/// Why a request is not served.
///
/// It is answered with a [`ProblemDocument`]. What is the caller's own to know is told in its `detail`; what lies behind
/// a status of 500 and above is told to the log alone.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// 400: the body is not a JSON document.
    #[error("the body must be one JSON document in UTF-8")]
    InvalidJson {
        /// What is wrong with it, and in which line and column.
        source: serde_json::Error,
    },
    /// 400: the body does not keep to the framing of HTTP, or ends too early.
    #[error("the body must arrive as its headers announce it")]
    BrokenBody {
        /// What is wrong with it.
        source: axum::Error,
    },
    /// 400: the request does not name its host, or names it twice.
    #[error("the request must have the header host once")]
    WrongHost,
    /// 400: a query parameter is unknown, given twice, or means nothing.
    #[error(transparent)]
    WrongParameter(#[from] WrongParameter),
    /// 404: nothing answers under the path.
    #[error("there is nothing under this path")]
    NoSuchPath,
    /// 404: no document has the key, or none ever could.
    #[error("there is no document with this key")]
    NoSuchDocument,
    /// 405: the path does not take the method.
    #[error("this path does not take the method {method}")]
    MethodNotAllowed {
        /// The method of the request.
        method: Method,
    },
    /// 408: the body did not arrive in time.
    #[error("the body must arrive within {} ms", limit.as_millis())]
    BodyTooSlow {
        /// The time that the request had.
        limit: Duration,
    },
    /// 413: the body is too large.
    #[error("the body must have at most {limit} bytes")]
    TooLarge {
        /// The bytes that are allowed.
        limit: usize,
    },
    /// 415: the body is said to be something else than JSON, or nothing is said.
    #[error("the content type must be application/json or application/*+json in UTF-8, got {}", given.as_deref().unwrap_or("none"))]
    UnsupportedType {
        /// What the header says.
        given: Option<String>,
    },
    /// 415: the body is compressed.
    #[error("the content must not be encoded, got {given}")]
    UnsupportedCoding {
        /// What the header says.
        given: String,
    },
    /// 500: the program is at fault.
    #[error("the request was given up because of a defect of the service")]
    Defect,
    /// 503: more requests are being worked on than the service can take.
    #[error("the service is too busy")]
    Busy,
    /// 503: the store could not be reached when it was looked at.
    #[error("the storage cannot be reached")]
    NotReady,
    /// 503: the service was asked to stop and should get no more requests.
    #[error("the service is stopping")]
    Stopping,
    /// 503: the store did not answer before the time of the request was over.
    #[error("the storage did not answer in time")]
    StorageTooSlow {
        /// The time that the request had.
        limit: Duration,
    },
    /// 503, or 500 where the store holds something else than it was given.
    #[error("the storage is not available")]
    Storage {
        /// What went wrong.
        source: StoreError,
    },
}

/// How soon a request that met a 503 may come again, in seconds: soon enough for a glitch, late enough to shed load.
const RETRY_AFTER_SECONDS: &str = "1";

impl Problem {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidJson { .. } | Self::BrokenBody { .. } | Self::WrongHost | Self::WrongParameter(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::NoSuchPath | Self::NoSuchDocument => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType { .. } | Self::UnsupportedCoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Defect | Self::Storage { source: StoreError::Corrupt { .. } } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::NotReady | Self::Stopping | Self::StorageTooSlow { .. } | Self::Storage { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// What the caller is told about this occurrence.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::InvalidJson { source } => format!("{self}: {source}"),
            Self::Storage { source: StoreError::Corrupt { .. } } => "the document is damaged".into(),
            Self::Storage { source: StoreError::TooSlow { .. } } => "the storage did not answer in time".into(),
            _ => self.to_string(),
        }
    }

    /// The answer to a request for `path`.
    #[must_use]
    pub fn into_response(self, path: &str) -> Response {
        let status = self.status();
        let document = ProblemDocument {
            kind: Cow::Borrowed("about:blank"),
            title: Cow::Borrowed(status.canonical_reason().unwrap_or_default()),
            status: status.as_u16(),
            detail: self.detail(),
            instance: path.into(),
            trace_id: current_trace_id(),
        };
        let mut response = respond::json(status, respond::PROBLEM_JSON, respond::serialized(&document));
        let headers = response.headers_mut();
        match self {
            Self::UnsupportedType { .. } => {
                headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            }
            Self::UnsupportedCoding { .. } => {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            _ => (),
        }
        response.extensions_mut().insert(Cause(Arc::new(self)));
        response
    }
}

impl From<StoreError> for Problem {
    fn from(source: StoreError) -> Self {
        Self::Storage { source }
    }
}

/// The answer to a request that is not served: a problem document
/// ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), of the type `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDocument {
    /// `about:blank`: the status says which kind of problem this is; there is nothing else to tell apart by program.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// The name of the status.
    pub title: Cow<'static, str>,
    /// The status of the answer.
    pub status: u16,
    /// What went wrong this time, for people.
    pub detail: String,
    /// The path of the request, without its query.
    pub instance: String,
    /// The trace in which the request can be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}
