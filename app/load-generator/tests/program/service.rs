//! A data processor in a few lines, which can be told to misbehave.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use uuid::Uuid;

pub(crate) const MAX_BODY: usize = 100_000;
const BODY_LIMIT: Duration = Duration::from_millis(300);

/// What is wrong with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// `/health` answers 500.
    Ill,
    /// Reads answer 500.
    ReadsFail,
    /// Reads answer with one byte changed.
    ReadsDiffer,
    /// The store forgets at once what is written.
    Forgets,
    /// Broken JSON is stored as if it were whole.
    TakesAll,
    /// Everything below `/data` takes so long.
    Slow(Duration),
    /// From 1 s to 1.5 s after the first request below `/data`, nothing is answered.
    Stalls,
}

/// A running service; dropping it ends it.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<Inner>,
    server: JoinHandle<io::Result<()>>,
}

pub(crate) struct Inner {
    fault: Fault,
    documents: Mutex<HashMap<String, Bytes>>,
    pub(crate) requests: Mutex<Vec<(String, HeaderMap)>>,
    begun: Mutex<Option<Instant>>,
}

impl Inner {
    pub(crate) fn count(&self) -> usize {
        self.documents.lock().expect("not poisoned").len()
    }
}

impl Service {
    pub(crate) async fn start(fault: Fault) -> Self {
        let (listener, address) = listen().await;
        Self::serve(listener, address, fault)
    }

    /// A service that speaks TLS.
    pub(crate) async fn start_tls(acceptor: TlsAcceptor) -> Self {
        let (listener, address) = listen().await;
        Self::serve(Tls { listener, acceptor }, address, Fault::None)
    }

    fn serve<L: Listener<Addr = SocketAddr>>(listener: L, address: SocketAddr, fault: Fault) -> Self {
        let state =
            Arc::new(Inner { fault, documents: Mutex::default(), requests: Mutex::default(), begun: Mutex::default() });
        let router = router(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, state, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener");
    (listener, address)
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            if let Ok((stream, address)) = self.listener.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn router(state: Arc<Inner>) -> Router {
    Router::new()
        .route("/data", get(|| async { "{}" }).post(write))
        .route("/data/{key}", get(read).delete(delete))
        .method_not_allowed_fallback(|| async {
            ([(header::ALLOW, "GET,HEAD,POST")], problem(StatusCode::METHOD_NOT_ALLOWED)).into_response()
        })
        .route("/broken", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .layer(from_fn_with_state(state.clone(), misbehave))
        .route("/health", get(health))
        .with_state(state)
}

async fn misbehave(State(state): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let seen = (request.uri().path().to_owned(), request.headers().clone());
    state.requests.lock().expect("not poisoned").push(seen);
    let since = state.begun.lock().expect("not poisoned").get_or_insert_with(Instant::now).elapsed();
    let stall = Duration::from_millis(1000)..Duration::from_millis(1500);
    match state.fault {
        Fault::Slow(time) => tokio::time::sleep(time).await,
        Fault::Stalls if stall.contains(&since) => tokio::time::sleep(stall.end - since).await,
        _ => {}
    }
    next.run(request).await
}

async fn health(State(state): State<Arc<Inner>>) -> StatusCode {
    if state.fault == Fault::Ill { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

async fn write(State(state): State<Arc<Inner>>, headers: HeaderMap, body: Body) -> Response {
    if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != "application/json") {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_none_or(|length: usize| length > MAX_BODY) {
        return problem(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let bytes = match tokio::time::timeout(BODY_LIMIT, to_bytes(body, MAX_BODY)).await {
        Err(_) => return problem(StatusCode::REQUEST_TIMEOUT),
        Ok(Err(_)) => return problem(StatusCode::BAD_REQUEST),
        Ok(Ok(bytes)) => bytes,
    };
    if state.fault != Fault::TakesAll && serde_json::from_slice::<serde_json::Value>(&bytes).is_err() {
        return problem(StatusCode::BAD_REQUEST);
    }
    let key = Uuid::now_v7().to_string();
    if state.fault != Fault::Forgets {
        state.documents.lock().expect("not poisoned").insert(key.clone(), bytes);
    }
    let location = [(header::LOCATION, format!("/data/{key}"))];
    (StatusCode::CREATED, location, format!(r#"{{"key":"{key}"}}"#)).into_response()
}

async fn read(State(state): State<Arc<Inner>>, Path(key): Path<String>) -> Response {
    let document = state.documents.lock().expect("not poisoned").get(&key).cloned();
    let bytes = match (document, state.fault) {
        (None, _) => return problem(StatusCode::NOT_FOUND),
        (_, Fault::ReadsFail) => return problem(StatusCode::INTERNAL_SERVER_ERROR),
        (Some(bytes), Fault::ReadsDiffer) => {
            let mut bytes = bytes.to_vec();
            bytes[40] ^= 1;
            bytes.into()
        }
        (Some(bytes), _) => bytes,
    };
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

async fn delete(State(state): State<Arc<Inner>>, Path(key): Path<String>) -> Response {
    match state.documents.lock().expect("not poisoned").remove(&key) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => problem(StatusCode::NOT_FOUND),
    }
}

fn problem(status: StatusCode) -> Response {
    let body = format!(r#"{{"title":"{status}"}}"#);
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}
