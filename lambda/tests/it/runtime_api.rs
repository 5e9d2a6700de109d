//! The runtime API as Lambda has it: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

pub(crate) const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:canary";

/// What the function posted.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    /// `response`, `error`, or `init` for an error before any invocation.
    pub(crate) kind: String,
    pub(crate) request_id: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// One invocation to hand out.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) trace: Option<String>,
    /// How long the function has.
    pub(crate) time: Duration,
    pub(crate) event: Value,
}

impl Invocation {
    pub(crate) fn new(request_id: &str) -> Self {
        let event = json!({"source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-11-21T12:00:00Z"});
        Self { request_id: request_id.into(), trace: None, time: Duration::from_secs(50), event }
    }
}

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    pub(crate) invocations: mpsc::UnboundedSender<Invocation>,
    pub(crate) posted: mpsc::UnboundedReceiver<Posted>,
}

#[derive(Clone)]
struct Shared {
    invocations: Arc<Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    posted: mpsc::UnboundedSender<Posted>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let (invocations, queue) = mpsc::unbounded_channel();
        let (sender, posted) = mpsc::unbounded_channel();
        let shared = Shared { invocations: Arc::new(Mutex::new(queue)), posted: sender };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{request}/{kind}", post(done))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(shared);
        Self { address: listen(routes).await, invocations, posted }
    }
}

/// Serves on a free port until the test ends.
pub(crate) async fn listen(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener").to_string();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// Hands out an invocation as soon as there is one.
async fn next(State(shared): State<Shared>) -> Response {
    let Some(invocation) = shared.invocations.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let deadline = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970") + invocation.time;
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.request_id),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", ARN.into()),
    ];
    let mut response = (headers, Json(invocation.event)).into_response();
    if let Some(trace) = invocation.trace {
        response.headers_mut().insert("lambda-runtime-trace-id", trace.parse().expect("a header's value"));
    }
    response
}

async fn done(
    State(shared): State<Shared>,
    Path((request_id, kind)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    post_to(&shared, kind, request_id, headers, &body)
}

async fn init_error(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    post_to(&shared, "init".into(), String::new(), headers, &body)
}

fn post_to(shared: &Shared, kind: String, request_id: String, headers: HeaderMap, body: &[u8]) -> StatusCode {
    let body = serde_json::from_slice(body).expect("the function posts JSON");
    // A test that has all it wants may be gone.
    _ = shared.posted.send(Posted { kind, request_id, headers, body });
    StatusCode::ACCEPTED
}
