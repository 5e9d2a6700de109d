//! `test-runner`: the function's program, which AWS Lambda starts under the name `bootstrap`.

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use test_runner::{Config, handle, with_causes};

/// What Lambda tells every function about itself; see
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
const LAMBDA_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Lambda writes the time itself only where the log is text; this log is JSON, one object a line.
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_span_list(false).init();
    if let Some(variable) = LAMBDA_VARIABLES.iter().find(|variable| std::env::var_os(variable).is_none()) {
        tracing::error!(error = format!("{variable} is not set: this program runs in AWS Lambda"), "not started");
        return ExitCode::from(2);
    }
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(error = error.to_string(), "not started");
            return ExitCode::from(2);
        }
    };
    // What the schedule sends says nothing that a check could use.
    let invocation = service_fn(|_: LambdaEvent<Value>| handle(&config));
    match lambda_runtime::run(invocation).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = with_causes(&*error), "the runtime API failed");
            ExitCode::FAILURE
        }
    }
}
