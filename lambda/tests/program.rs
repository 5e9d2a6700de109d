//! The program itself, against a runtime API as Lambda has it:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

/// What the function posted: the kind (`response` or `error`), the request id and the body.
type Posted = (String, String, Value);

#[derive(Clone)]
struct RuntimeApi {
    invoked: Arc<AtomicBool>,
    posted: mpsc::UnboundedSender<Posted>,
}

/// Gives out one invocation, then has none for as long as anybody waits.
async fn next(State(api): State<RuntimeApi>) -> Response {
    if api.invoked.swap(true, Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    let headers = [
        ("lambda-runtime-aws-request-id", "request-1"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:test-runner"),
    ];
    (headers, Json(json!({"detail-type": "Scheduled Event", "source": "aws.events"}))).into_response()
}

async fn posted(
    State(api): State<RuntimeApi>,
    Path((request, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let body = serde_json::from_slice(&body).expect("the function posts JSON");
    api.posted.send((kind, request, body)).expect("the test waits for it");
    StatusCode::ACCEPTED
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener").to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn program(runtime_api: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_test-runner"));
    command
        .env_remove("CHECK_TIME_LIMIT_MS")
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "test-runner")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Invokes the function once, and returns what it posted and the log that it wrote.
async fn invoked(data_processor: Router) -> (Posted, Vec<Value>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let api = RuntimeApi { invoked: Arc::default(), posted: sender };
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request}/{kind}", post(posted))
        .with_state(api);
    let url = format!("http://{}", listen(data_processor).await);
    let mut function = program(&listen(routes).await).env("DATA_PROCESSOR_URL", url).spawn().expect("it starts");
    let wait = tokio::time::timeout(Duration::from_secs(20), receiver.recv());
    let posted = wait.await.expect("an answer within 20 s").expect("the runtime API is there");
    function.kill().await.expect("the function is still waiting for work");
    let mut log = String::new();
    function.stdout.take().expect("piped").read_to_string(&mut log).await.expect("the log is UTF-8");
    let lines = log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    (posted, lines)
}

#[tokio::test]
async fn returns_a_report_when_the_service_is_well() {
    let data_processor = Router::new().route("/health", get(|| async { Json(json!({"status": "ok"})) }));
    let ((kind, request, report), log) = invoked(data_processor).await;
    assert_eq!((kind.as_str(), request.as_str()), ("response", "request-1"));
    let [check] = report["checks"].as_array().expect("a list").as_slice() else { panic!("one check: {report}") };
    assert_eq!(check["check"], "health");
    assert_eq!(check["status"], 200);
    assert!(check["durationMs"].as_u64().is_some_and(|duration| duration < 2_000), "{check}");
    let line = log.iter().find(|line| line["message"] == "check passed").expect("a line for the check");
    assert_eq!((&line["level"], &line["check"], &line["status"]), (&"INFO".into(), &"health".into(), &200.into()));
    assert_eq!(line["span"]["requestId"], "request-1", "{line}");
}

#[tokio::test]
async fn fails_the_invocation_when_the_service_is_not_well() {
    let answer = || async { (StatusCode::SERVICE_UNAVAILABLE, "storage is away") };
    let ((kind, request, error), log) = invoked(Router::new().route("/health", get(answer))).await;
    assert_eq!((kind.as_str(), request.as_str()), ("error", "request-1"));
    assert_eq!(error["errorType"], "CheckError::Status");
    let message = error["errorMessage"].as_str().expect("a text");
    assert!(message.starts_with("GET http://127.0.0.1:"), "{message}");
    assert!(message.ends_with("/health: expected status 200, got 503: storage is away"), "{message}");
    let line = log.iter().find(|line| line["message"] == "check failed").expect("a line for the check");
    assert_eq!((&line["level"], &line["error"]), (&"ERROR".into(), &message.into()));
}

async fn not_started(mut command: Command) -> Value {
    let Output { status, stdout, .. } = command.output().await.expect("the program runs");
    assert_eq!(status.code(), Some(2));
    let line: Value = serde_json::from_slice(&stdout).expect("one line of JSON");
    assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &"not started".into()));
    line["error"].clone()
}

#[tokio::test]
async fn fails_at_the_start_on_a_wrong_variable() {
    let mut command = program("127.0.0.1:1");
    command.env_remove("DATA_PROCESSOR_URL");
    assert_eq!(not_started(command).await, "DATA_PROCESSOR_URL must be set to the http:// URL of the data processor");
    let mut command = program("127.0.0.1:1");
    command.env("DATA_PROCESSOR_URL", "ftp://files");
    let error = not_started(command).await;
    assert_eq!(error, "DATA_PROCESSOR_URL must be an http:// URL with a host and without a query, got \"ftp://files\"");
}

#[tokio::test]
async fn fails_at_the_start_outside_lambda() {
    let mut command = program("127.0.0.1:1");
    command.env("DATA_PROCESSOR_URL", "http://127.0.0.1:1").env_remove("AWS_LAMBDA_RUNTIME_API");
    let error = not_started(command).await;
    assert_eq!(error, "AWS_LAMBDA_RUNTIME_API is not set: this program runs in AWS Lambda");
}
