//! How the function begins, and how it says that it cannot.

use serde_json::Value;

use crate::function::{Function, command};

/// Starts the function, which must end with an error that the log and Lambda both get.
async fn not_started(variables: &[(&str, &str)]) -> (String, String) {
    let (status, posted, log) = Function::start(variables).await.ended().await;
    assert_eq!(status.code(), Some(2));
    let [line] = log.as_slice() else { panic!("one line: {log:?}") };
    assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &"not started".into()));
    let posted = posted.expect("Lambda is told");
    assert_eq!(posted.kind, "init");
    assert_eq!(posted.headers["lambda-runtime-function-error-type"], "Runtime.ConfigInvalid");
    assert_eq!(posted.body["errorMessage"], line["error"]);
    assert_eq!(posted.body["stackTrace"], Value::Array(Vec::new()));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&posted.body["errorType"]), text(&line["error"]))
}

#[tokio::test]
async fn fails_with_every_wrong_variable_at_once() {
    let variables = [
        ("DATA_PROCESSOR_URL", "ftp://files"),
        ("CHECK_TIME_LIMIT_MS", "0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
    ];
    let (kind, error) = not_started(&variables).await;
    assert_eq!(kind, "ConfigError");
    let parts: Vec<_> = error.split("; ").collect();
    // The threshold of the tests is above the default limit, which takes the place of the wrong one.
    assert_eq!(parts.len(), 5, "{error}");
    assert_eq!(parts[0], "CHECK_THRESHOLD_MS must be at most CHECK_TIME_LIMIT_MS, which is 2000, got \"20000\"");
    assert_eq!(parts[1], "CHECK_TIME_LIMIT_MS must be a number from 1 to 60000, got \"0\"");
    let url = "an http:// or https:// URL with a host and without user, query or fragment";
    assert_eq!(parts[2], format!("DATA_PROCESSOR_URL must be {url}, got \"ftp://files\""));
    assert_eq!(parts[3], "OTEL_EXPORTER_OTLP_HEADERS must be a list of name=value, separated by commas");
    assert!(parts[4].starts_with("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, "), "{error}");
}

#[tokio::test]
async fn fails_without_a_url() {
    let (_, error) = not_started(&[]).await;
    assert!(error.starts_with("DATA_PROCESSOR_URL must be an http:// or https:// URL "), "{error}");
}

#[tokio::test]
async fn fails_on_a_file_of_certificates_that_is_not_there() {
    let variables = [("DATA_PROCESSOR_URL", "https://alb"), ("SSL_CERT_FILE", "/none/such.pem")];
    let (kind, error) = not_started(&variables).await;
    assert_eq!(kind, "CanaryError");
    assert!(error.starts_with("SSL_CERT_FILE must be a file of PEM certificates, got \"/none/such.pem\": "), "{error}");
}

#[tokio::test]
async fn fails_outside_lambda() {
    let mut command = command("127.0.0.1:1", &[("DATA_PROCESSOR_URL", "http://127.0.0.1:1")]);
    let output = command.env_remove("AWS_LAMBDA_RUNTIME_API").output().await.expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let line: Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
    assert_eq!(line["error"], "AWS_LAMBDA_RUNTIME_API is not set: this program runs in AWS Lambda");
}

#[tokio::test]
async fn says_where_lambda_cannot_be_told() {
    let output = command("127.0.0.1:1", &[]).output().await.expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("\"message\":\"not started\""), "{text}");
    assert!(text.contains("\"message\":\"the runtime API did not take the error\""), "{text}");
}
