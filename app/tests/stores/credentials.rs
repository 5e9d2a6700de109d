//! Where the credentials for Amazon S3 come from. A service of this test gives them, and a bucket of this test sees
//! which ones were used: the emulators look at none.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::{env, fs};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use data_processor::store::Key;
use tokio::net::TcpListener;

use crate::scratch::Scratch;
use crate::skip::skip;
use crate::tools;

/// What the services were asked.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

const SECRETS: &str = r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIAGIVEN","SecretAccessKey":"secret",
    "Token":"session","RoleArn":"arn:aws:iam::123456789012:role/task","Expiration":"2099-01-01T00:00:00Z",
    "LastUpdated":"2026-01-01T00:00:00Z"}"#;

async fn answer(State(seen): State<Seen>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let path = uri.path();
    seen.0.lock().expect("no panic").push(format!("{method} {path} {}", header("authorization")));
    match path {
        "/latest/api/token" => "token".into_response(),
        "/latest/meta-data/iam/security-credentials/" => "the-role".into_response(),
        "/latest/meta-data/iam/security-credentials/the-role" if header("x-aws-ec2-metadata-token") == "token" => {
            SECRETS.into_response()
        }
        "/pod" if header("authorization") == "of-the-pod" => SECRETS.into_response(),
        "/v2/credentials/task" => SECRETS.into_response(),
        _ if header("authorization").contains("Credential=ASIAGIVEN/")
            && header("authorization").contains("/eu-central-1/s3/aws4_request")
            && header("x-amz-security-token") == "session" =>
        {
            [("etag", "\"e\"")].into_response()
        }
        _ => axum::http::StatusCode::FORBIDDEN.into_response(),
    }
}

async fn serve() -> (u16, Seen) {
    serve_at("127.0.0.1:0").await
}

async fn serve_at(address: &str) -> (u16, Seen) {
    let listener = TcpListener::bind(address).await.expect("the address is free");
    let port = listener.local_addr().expect("it is bound").port();
    let seen = Seen::default();
    let service = Router::new().fallback(answer).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, service).await });
    (port, seen)
}

async fn stores_with(port: u16, seen: &Seen, more: &[(&'static str, String)]) {
    let mut variables =
        vec![("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}")), ("AWS_REGION", "eu-central-1".to_owned())];
    variables.extend(more.iter().cloned());
    let store = tools::open("s3://documents/data", &variables).await;
    let key = Key::generate();
    let stored = store.put(key, "{}".into()).await;
    let seen = seen.0.lock().expect("no panic").clone();
    stored.unwrap_or_else(|error| panic!("{error:?}: {seen:?}"));
    // In the path, as an endpoint of one's own wants it.
    assert!(seen.iter().any(|asked| asked.starts_with(&format!("PUT /documents/data/{key} "))), "{seen:?}");
}

#[tokio::test]
async fn the_instance_gives_credentials() {
    let (port, seen) = serve().await;
    let endpoint = format!("http://127.0.0.1:{port}");
    stores_with(port, &seen, &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)]).await;
}

#[tokio::test]
async fn the_pod_gives_credentials() {
    let (port, seen) = serve().await;
    let scratch = Scratch::new("the_pod_gives_credentials");
    let token = scratch.path().join("token");
    fs::write(&token, "of-the-pod").expect("the scratch folder is writable");
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://127.0.0.1:{port}/pod")),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.display().to_string()),
    ];
    stores_with(port, &seen, &variables).await;
}

#[tokio::test]
async fn the_environment_gives_credentials() {
    let (port, seen) = serve().await;
    let variables = [
        ("AWS_ACCESS_KEY_ID", "ASIAGIVEN".into()),
        ("AWS_SECRET_ACCESS_KEY", "secret".into()),
        ("AWS_SESSION_TOKEN", "session".into()),
    ];
    stores_with(port, &seen, &variables).await;
}

/// Set where the test runs once more, in a network of its own: Amazon ECS gives credentials at one address alone.
const INSIDE: &str = "DATA_PROCESSOR_TEST_NETWORK";

#[tokio::test]
async fn the_task_gives_credentials() {
    let case = "the_task_gives_credentials";
    if env::var_os(INSIDE).is_none() {
        let network = "ip link set lo up && ip address add 169.254.170.2/32 dev lo && exec \"$0\" \"$@\"";
        let output = Command::new("unshare")
            .args(["--user", "--map-root-user", "--net", "sh", "-c", network])
            .arg(env::current_exe().expect("the test has a file"))
            .args(["--exact", &format!("credentials::{case}")])
            .env(INSIDE, "1")
            .output();
        return match output {
            Ok(output) if output.status.success() => {
                let text = String::from_utf8_lossy(&output.stdout);
                assert!(text.contains("1 passed"), "{text}");
            }
            Ok(output) if !String::from_utf8_lossy(&output.stdout).contains("running 1 test") => {
                skip(case, &format!("no network can be made here: {}", String::from_utf8_lossy(&output.stderr)));
            }
            Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stdout)),
            Err(error) => skip(case, &format!("unshare cannot be run: {error}")),
        };
    }
    let (_, given) = serve_at("169.254.170.2:80").await;
    let (port, seen) = serve().await;
    stores_with(port, &seen, &[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/task".into())]).await;
    assert_eq!(*given.0.lock().expect("no panic"), ["GET /v2/credentials/task "]);
}
