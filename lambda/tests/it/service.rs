//! A data processor in memory that keeps to the contract, but for one fault.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderMap, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::Sleep;
use uuid::Uuid;

/// What is wrong with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    WriteAnswers200,
    WriteFails,
    WriteStoresNothing,
    WriteHasNoLocation,
    WriteLocatesAnotherHost,
    WriteHasNoKey,
    WritesShareAKey,
    WriteIsNotAnswered,
    MissingReadIs200,
    MissingReadIs500,
    MissingReadIsPlain,
    MissingReadIsOfAnotherTrace,
    ReadIsOfTheOtherDocument,
    ReadIsTruncated,
    ReadStalls,
    ReadIsEndless,
    ReadIsEmpty,
    ReadIsSlow(Duration),
    ReadNeverComes,
    ReadIsReformatted,
    ReadRoundsNumbers,
    ReadHasAnotherType,
    ReadIsAnErrorWith200,
    ReadIsRedirected,
    InvalidJsonIsStored,
    InvalidJsonIs500,
    ProblemHasAnotherStatus,
    DeleteFails,
}

/// What a call looked like to the service.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) status: Option<StatusCode>,
}

#[derive(Default)]
struct Store {
    documents: BTreeMap<String, Bytes>,
    seen: Vec<Seen>,
}

#[derive(Clone)]
pub(crate) struct Service {
    fault: Option<Fault>,
    store: Arc<Mutex<Store>>,
}

impl Service {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, store: Arc::default() }
    }

    /// Serves on a free port until the test ends, and returns the URL.
    pub(crate) async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let service = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(service.clone().serve(stream));
            }
        });
        url
    }

    /// Serves one connection.
    pub(crate) async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(|request| self.answer(request));
        // Some faults end a connection with an error, and the program ends all of them.
        _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    /// The calls so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.store.lock().expect("no test panics while it holds this").seen.clone()
    }

    /// The documents that are stored.
    pub(crate) fn documents(&self) -> Vec<Bytes> {
        let store = self.store.lock().expect("no test panics while it holds this");
        store.documents.values().cloned().collect()
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Answer>, NoAnswer> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes();
        let path = parts.uri.path().to_owned();
        let mut seen = Seen { method: parts.method, path, headers: parts.headers, body, status: None };
        let result = match (&seen.method, seen.path.strip_prefix("/data/")) {
            (&Method::POST, None) if seen.path == "/data" => self.write(&seen),
            (&Method::GET, Some(key)) => self.read(&seen, key).await,
            (&Method::DELETE, Some(key)) => Ok(self.delete(&seen, key)),
            _ => Ok(problem(StatusCode::METHOD_NOT_ALLOWED, &seen)),
        };
        seen.status = result.as_ref().ok().map(Response::status);
        self.store.lock().expect("no test panics while it holds this").seen.push(seen);
        result
    }

    fn write(&self, seen: &Seen) -> Result<Response<Answer>, NoAnswer> {
        let is_json = serde_json::from_slice::<Value>(&seen.body).is_ok();
        if !is_json && self.fault == Some(Fault::InvalidJsonIs500) {
            return Ok(problem(StatusCode::INTERNAL_SERVER_ERROR, seen));
        }
        if !is_json && self.fault != Some(Fault::InvalidJsonIsStored) {
            return Ok(problem(StatusCode::BAD_REQUEST, seen));
        }
        let mut key = Uuid::now_v7().to_string();
        match self.fault {
            Some(Fault::WriteFails) => return Ok(problem(StatusCode::INTERNAL_SERVER_ERROR, seen)),
            Some(Fault::WriteIsNotAnswered) => return Err(NoAnswer),
            Some(Fault::WritesShareAKey) => key = "0198c0de-0000-7000-8000-000000000001".into(),
            _ => {}
        }
        if self.fault != Some(Fault::WriteStoresNothing) {
            let mut store = self.store.lock().expect("no test panics while it holds this");
            store.documents.insert(key.clone(), seen.body.clone());
        }
        let status = if self.fault == Some(Fault::WriteAnswers200) { StatusCode::OK } else { StatusCode::CREATED };
        let body =
            if self.fault == Some(Fault::WriteHasNoKey) { json!({"id": key}) } else { json!({"key": key}) }.to_string();
        let mut response = respond(status, "application/json", body);
        let location = match self.fault {
            Some(Fault::WriteHasNoLocation) => return Ok(response),
            Some(Fault::WriteLocatesAnotherHost) => format!("http://10.0.0.7:8080/data/{key}"),
            _ => format!("/data/{key}"),
        };
        response.headers_mut().insert(LOCATION, location.parse().expect("a header's value"));
        Ok(response)
    }

    async fn read(&self, seen: &Seen, key: &str) -> Result<Response<Answer>, NoAnswer> {
        let (found, other) = {
            let store = self.store.lock().expect("no test panics while it holds this");
            let other = store.documents.iter().find(|(other, _)| *other != key).map(|(_, body)| body.clone());
            (store.documents.get(key).cloned(), other)
        };
        let Some(body) = found else {
            return Ok(match self.fault {
                Some(Fault::MissingReadIs200) => respond(StatusCode::OK, "application/json", "null"),
                Some(Fault::MissingReadIs500) => problem(StatusCode::INTERNAL_SERVER_ERROR, seen),
                Some(Fault::MissingReadIsPlain) => respond(StatusCode::NOT_FOUND, "text/html", "<h1>Not Found</h1>"),
                Some(Fault::MissingReadIsOfAnotherTrace) => {
                    let body = json!({"title": "Not Found", "status": 404, "trace_id": "0".repeat(32)});
                    respond(StatusCode::NOT_FOUND, "application/problem+json", body.to_string())
                }
                Some(Fault::ProblemHasAnotherStatus) => {
                    let body = json!({"title": "Internal Server Error", "status": 500});
                    respond(StatusCode::NOT_FOUND, "application/problem+json", body.to_string())
                }
                _ => problem(StatusCode::NOT_FOUND, seen),
            });
        };
        let json = |body: Bytes| respond(StatusCode::OK, "application/json", body);
        let half = || body.slice(..body.len() / 2);
        let whole = body.len() as u64;
        Ok(match self.fault {
            Some(Fault::ReadIsOfTheOtherDocument) => json(other.unwrap_or(body)),
            Some(Fault::ReadIsTruncated) => json(Bytes::new()).map(|_| Answer::cut(half(), whole, End::broken())),
            Some(Fault::ReadStalls) => json(Bytes::new()).map(|_| Answer::cut(half(), whole, End::Never)),
            Some(Fault::ReadIsEndless) => json(Bytes::from(vec![b' '; 1 << 20])),
            Some(Fault::ReadIsEmpty) => json(Bytes::new()),
            Some(Fault::ReadIsSlow(time)) => {
                tokio::time::sleep(time).await;
                json(body)
            }
            Some(Fault::ReadNeverComes) => std::future::pending().await,
            Some(Fault::ReadIsReformatted) => {
                json(serde_json::from_slice::<Value>(&body).expect("it was stored as JSON").to_string().into())
            }
            Some(Fault::ReadRoundsNumbers) => {
                let text = String::from_utf8(body.to_vec()).expect("JSON is UTF-8");
                json(text.replace("9007199254740993", "9007199254740992").replace("2.50", "2.51").into())
            }
            Some(Fault::ReadHasAnotherType) => respond(StatusCode::OK, "text/plain; charset=utf-8", body),
            Some(Fault::ReadIsAnErrorWith200) => json(r#"{"error":"the database is away"}"#.into()),
            Some(Fault::ReadIsRedirected) => {
                let mut response = respond(StatusCode::FOUND, "text/html", "");
                response.headers_mut().insert(LOCATION, "/login".parse().expect("a header's value"));
                response
            }
            _ => json(body),
        })
    }

    fn delete(&self, seen: &Seen, key: &str) -> Response<Answer> {
        if self.fault == Some(Fault::DeleteFails) {
            return problem(StatusCode::SERVICE_UNAVAILABLE, seen);
        }
        let removed = self.store.lock().expect("no test panics while it holds this").documents.remove(key);
        match removed {
            Some(_) => respond(StatusCode::NO_CONTENT, "", ""),
            None => problem(StatusCode::NOT_FOUND, seen),
        }
    }
}

fn respond(status: StatusCode, kind: &str, body: impl Into<Bytes>) -> Response<Answer> {
    let body = body.into();
    let mut response = Response::new(Answer::whole(body));
    *response.status_mut() = status;
    if !kind.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, kind.parse().expect("a header's value"));
    }
    response
}

/// A problem document (RFC 9457) with the trace of the call.
fn problem(status: StatusCode, seen: &Seen) -> Response<Answer> {
    let trace = seen.headers.get("traceparent").and_then(|value| value.to_str().ok()?.split('-').nth(1));
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": "as the fault has it",
        "instance": seen.path,
        "trace_id": trace,
    });
    let mut response = respond(status, "application/problem+json", body.to_string());
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, "GET, POST, DELETE".parse().expect("a header's value"));
    }
    response
}

/// The connection is closed in place of an answer.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no answer")
    }
}

impl std::error::Error for NoAnswer {}

/// A body that may end before it should.
struct Answer {
    data: Option<Bytes>,
    length: u64,
    end: End,
}

enum End {
    Whole,
    /// After a while, in which what there is is sent.
    Broken(Pin<Box<Sleep>>),
    Never,
}

impl End {
    fn broken() -> Self {
        Self::Broken(Box::pin(tokio::time::sleep(Duration::from_millis(100))))
    }
}

impl Answer {
    fn whole(data: Bytes) -> Self {
        Self { length: data.len() as u64, data: Some(data).filter(|data| !data.is_empty()), end: End::Whole }
    }

    fn cut(data: Bytes, length: u64, end: End) -> Self {
        Self { data: Some(data), length, end }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        match (self.data.take(), &mut self.end) {
            (Some(data), _) => Poll::Ready(Some(Ok(Frame::data(data)))),
            (None, End::Whole) => Poll::Ready(None),
            (None, End::Broken(wait)) => wait.as_mut().poll(context).map(|()| Some(Err(NoAnswer))),
            (None, End::Never) => Poll::Pending,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
