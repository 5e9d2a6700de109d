//! Lambda functions, and custom resources, which functions answer for.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::asked;
use super::log_tail::{Place, stream_with, tail};
use crate::clients::Clients;
use crate::resource_event::ResourceEvent;

/// How the provider framework of the AWS CDK tells its function which function of the user's it calls.
const USER_FUNCTIONS: [&str; 2] = ["USER_ON_EVENT_FUNCTION_ARN", "USER_IS_COMPLETE_FUNCTION_ARN"];

/// Whether a type is of a custom resource.
pub(super) fn is_custom(resource_type: &str) -> bool {
    resource_type.starts_with("Custom::") || resource_type == "AWS::CloudFormation::CustomResource"
}

/// The name of a function, by its name or ARN.
pub(super) fn function_name(id: &str) -> &str {
    match id.split_once(":function:") {
        Some((_, rest)) => rest.split(':').next().unwrap_or(rest),
        None => id,
    }
}

/// Where a function writes, and which functions it calls in turn.
struct Function {
    group: String,
    state: Option<String>,
    calls: Vec<String>,
}

async fn function(clients: &Clients, name: &str) -> Function {
    let lambda = aws_sdk_lambda::Client::new(clients.config());
    let answer = asked(lambda.get_function_configuration().function_name(name).send()).await;
    let own = answer.as_ref().and_then(|function| function.logging_config()?.log_group());
    let group = own.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned);
    let state = answer.as_ref().and_then(|function| {
        let failed = function.state().is_some_and(|state| state.as_str() == "Failed");
        failed.then(|| function.state_reason().map(|reason| format!("the function is Failed: {reason}")))?
    });
    // Nothing else of the environment is looked at: it may hold secrets.
    let variables = answer.as_ref().and_then(|function| function.environment()?.variables());
    let calls = variables.into_iter().flat_map(|all| USER_FUNCTIONS.iter().filter_map(|name| all.get(*name)));
    Function { group, state, calls: calls.cloned().collect() }
}

/// Why a function is not as it should be, and what it wrote when it failed.
pub(super) async fn of_function(clients: &Clients, id: &str, time: &str) -> Vec<String> {
    let function = function(clients, function_name(id)).await;
    let mut lines: Vec<String> = function.state.into_iter().collect();
    if let Some(moment) = millis(time) {
        lines.extend(told(&function.group, tail(clients, &function.group, Place::Around(moment)).await));
    }
    lines
}

/// What the function of a custom resource wrote when the resource failed.
pub(super) async fn of_custom_resource(clients: &Clients, cause: &ResourceEvent) -> Vec<String> {
    let Some(token) = cause.service_token.as_deref() else { return Vec::new() };
    if !token.contains(":lambda:") {
        return vec![format!("whoever reads the topic {token} answers for it: look at the log of that")];
    }
    let Some(moment) = millis(&cause.time) else { return Vec::new() };
    let name = function_name(token);
    let mut lines = vec![format!("the function {name} answers for it")];
    let first = function(clients, name).await;
    let reason = cause.reason.as_deref().unwrap_or_default();
    lines.extend(of_request(clients, &first.group, reason, moment).await);
    for called in first.calls {
        let name = function_name(&called);
        lines.push(format!("that calls the function {name}"));
        let function = function(clients, name).await;
        lines.extend(of_request(clients, &function.group, "", moment).await);
    }
    lines
}

/// The end of the log stream that the reason names, or that has the request, or what was written around the moment.
async fn of_request(clients: &Clients, group: &str, reason: &str, moment: i64) -> Vec<String> {
    let mut stream = after(reason, "CloudWatch Log Stream: ").map(str::to_owned);
    if stream.is_none()
        && let Some(request) = after(reason, "RequestId: ")
    {
        stream = stream_with(clients, group, request, moment).await;
    }
    let place = match &stream {
        Some(name) => Place::Stream { name, until: Some(moment) },
        None => Place::Around(moment),
    };
    told(group, tail(clients, group, place).await)
}

fn told(group: &str, lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("log of {group}: {line}")).collect()
}

/// The word after `mark`.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let rest = text.split_once(mark)?.1;
    let word = rest.split(|c: char| c.is_whitespace() || matches!(c, ')' | '(' | ',' | ';')).next()?;
    Some(word.trim_end_matches('.')).filter(|word| !word.is_empty())
}

fn millis(time: &str) -> Option<i64> {
    DateTime::from_str(time, Format::DateTime).ok()?.to_millis().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_the_stream_and_the_request() {
        let reason = "Received response status [FAILED] from custom resource. Message returned: no. See the details in \
                      CloudWatch Log Stream: 2026/03/01/[$LATEST]0a1b (RequestId: 5bc8-11)";
        assert_eq!(after(reason, "CloudWatch Log Stream: "), Some("2026/03/01/[$LATEST]0a1b"));
        assert_eq!(after(reason, "RequestId: "), Some("5bc8-11"));
        assert_eq!(after("no", "RequestId: "), None);
    }

    #[test]
    fn a_function_has_a_name() {
        assert_eq!(function_name("arn:aws:lambda:eu-west-1:123456789012:function:Seed:live"), "Seed");
        assert_eq!(function_name("Seed"), "Seed");
        assert!(is_custom("Custom::Seed") && is_custom("AWS::CloudFormation::CustomResource"));
        assert!(!is_custom("AWS::CloudFormation::Stack"));
    }
}
