//! `test-runner`: the function's program, which AWS Lambda starts under the name `bootstrap`.

use std::env;
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use test_runner::{Canary, Config, init_log, report_init_error, with_causes};
use tracing_subscriber::filter::LevelFilter;

/// Where Lambda hands out invocations.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// What Lambda tells every function about itself; see
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
const LAMBDA_VARIABLES: [&str; 4] =
    [RUNTIME_API, "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"];
/// The exit code of a program that cannot begin.
const NOT_STARTED: u8 = 2;

// One thread: an invocation waits for one call at a time, and the smallest function has a fraction of one processor.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let config = Config::from_env();
    match &config {
        Ok(config) => init_log(config.service(), config.log_level()),
        Err(_) => init_log(env!("CARGO_PKG_NAME"), LevelFilter::INFO),
    }
    if let Some(variable) = LAMBDA_VARIABLES.iter().find(|variable| env::var_os(variable).is_none()) {
        tracing::error!(error = format!("{variable} is not set: this program runs in AWS Lambda"), "not started");
        return ExitCode::from(NOT_STARTED);
    }
    let canary = match config.map(Canary::new) {
        Ok(Ok(canary)) => canary,
        Ok(Err(error)) => return not_started("CanaryError", with_causes(&error)).await,
        Err(error) => return not_started("ConfigError", error.to_string()).await,
    };
    let handler = service_fn(|event: LambdaEvent<Value>| canary.invoke(event));
    match Runtime::new(handler).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = with_causes(&*error), "the runtime API failed");
            ExitCode::FAILURE
        }
    }
}

/// Says in the log and to Lambda why the function cannot begin.
async fn not_started(error_type: &str, error: String) -> ExitCode {
    tracing::error!(error, "not started");
    let host = env::var(RUNTIME_API).unwrap_or_default();
    if let Err(cause) = report_init_error(&host, error_type, &error).await {
        tracing::error!(error = with_causes(&*cause), "the runtime API did not take the error");
    }
    ExitCode::from(NOT_STARTED)
}
