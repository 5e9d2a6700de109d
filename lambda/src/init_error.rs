//! Telling Lambda that the function cannot begin.

use std::error::Error;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use serde::Serialize;

use crate::client::{Client, with_causes};

/// How long Lambda's own service may take to answer.
const LIMIT: Duration = Duration::from_secs(1);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InitError<'a> {
    error_type: &'a str,
    error_message: &'a str,
    stack_trace: [&'a str; 0],
}

/// Reports `message` as what keeps the function from beginning, which the console then shows, to the runtime API at
/// `host`; see <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror>.
///
/// # Errors
/// The runtime API does not take it.
pub async fn report_init_error(host: &str, error_type: &str, message: &str) -> Result<(), Box<dyn Error>> {
    let body = serde_json::to_vec(&InitError { error_type, error_message: message, stack_trace: [] })?;
    let request = Request::post(format!("http://{host}/2018-06-01/runtime/init/error"))
        .header("content-type", "application/vnd.aws.lambda.error+json")
        .header("lambda-runtime-function-error-type", "Runtime.ConfigInvalid")
        .body(Full::from(body))?;
    let answer = Client::new(None)?.call(request, LIMIT).await.map_err(|error| with_causes(&error))?;
    match answer.status.is_success() {
        true => Ok(()),
        false => Err(format!("the runtime API answered with status {}", answer.status.as_u16()).into()),
    }
}
