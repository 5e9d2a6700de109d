//! The spans of an invocation and of its calls, under OpenTelemetry's semantic conventions.

use hyper::{Method, Uri, Version};
use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use opentelemetry_semantic_conventions::attribute as semconv;
use serde_json::Value;

use crate::client::{Answer, CallError};
use crate::config::Config;
use crate::outcome::Miss;

/// What Lambda says about an invocation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// The name that the function was invoked by, which may end with an alias.
    pub(crate) arn: String,
    pub(crate) is_first: bool,
    pub(crate) event: Value,
}

/// Begins the span of an invocation; see <https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/>.
pub(crate) fn invocation(tracer: &SdkTracer, parent: &Context, config: &Config, invocation: &Invocation) -> Context {
    let event = &invocation.event;
    let scheduled = matches!(event["source"].as_str(), Some("aws.events" | "aws.scheduler"));
    let mut attributes = vec![
        KeyValue::new(semconv::FAAS_TRIGGER, if scheduled { "timer" } else { "other" }),
        KeyValue::new(semconv::FAAS_INVOCATION_ID, invocation.request_id.clone()),
        KeyValue::new(semconv::FAAS_COLDSTART, invocation.is_first),
        KeyValue::new(semconv::AWS_LAMBDA_INVOKED_ARN, invocation.arn.clone()),
        KeyValue::new(semconv::CLOUD_RESOURCE_ID, resolved(&invocation.arn, config.function_version())),
    ];
    if let Some(account) = invocation.arn.split(':').nth(4) {
        attributes.push(KeyValue::new(semconv::CLOUD_ACCOUNT_ID, account.to_owned()));
    }
    if let Some(time) = event["time"].as_str().filter(|_| scheduled) {
        attributes.push(KeyValue::new(semconv::FAAS_TIME, time.to_owned()));
    }
    let span = tracer.span_builder(config.function().to_owned()).with_kind(SpanKind::Server);
    parent.with_span(span.with_attributes(attributes).start_with_context(tracer, parent))
}

/// Begins the span of a call; see <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.
pub(crate) fn call(
    tracer: &SdkTracer,
    parent: &Context,
    method: &Method,
    url: &Uri,
    template: &'static str,
    user_agent: &'static str,
) -> Context {
    let default_port = if url.scheme_str() == Some("https") { 443 } else { 80 };
    // An IPv6 address stands in brackets in a URL, and in no other place.
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let attributes = [
        KeyValue::new(semconv::HTTP_REQUEST_METHOD, method.to_string()),
        KeyValue::new(semconv::SERVER_ADDRESS, host.to_owned()),
        KeyValue::new(semconv::SERVER_PORT, i64::from(url.port_u16().unwrap_or(default_port))),
        KeyValue::new(semconv::URL_FULL, url.to_string()),
        KeyValue::new(semconv::URL_TEMPLATE, template),
        KeyValue::new(semconv::USER_AGENT_ORIGINAL, user_agent),
        KeyValue::new(semconv::USER_AGENT_SYNTHETIC_TYPE, "test"),
    ];
    let span = tracer.span_builder(format!("{method} {template}")).with_kind(SpanKind::Client);
    parent.with_span(span.with_attributes(attributes).start_with_context(tracer, parent))
}

/// Ends the span of a call. It has failed where the answer is not what it must be: a 404 is right where it is expected.
pub(crate) fn end_call(context: &Context, answer: &Result<Answer, CallError>, misses: &[Miss]) {
    let span = context.span();
    if let Ok(answer) = answer {
        span.set_attribute(KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, i64::from(answer.status.as_u16())));
        span.set_attribute(KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version(answer.version)));
        if let Some(peer) = answer.peer {
            span.set_attribute(KeyValue::new(semconv::NETWORK_PEER_ADDRESS, peer.ip().to_string()));
            span.set_attribute(KeyValue::new(semconv::NETWORK_PEER_PORT, i64::from(peer.port())));
        }
    }
    if let Some(miss) = misses.first() {
        let kind = match answer {
            // An error status is its own kind of error.
            Ok(answer) if miss.kind == "status" && answer.status.as_u16() >= 400 => answer.status.as_str().to_owned(),
            _ => miss.kind.clone(),
        };
        fail(context, kind, misses.iter().map(Miss::to_string).collect::<Vec<_>>().join("; "));
    }
    span.end();
}

/// Marks a span as failed.
pub(crate) fn fail(context: &Context, kind: String, description: String) {
    let span = context.span();
    span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, kind));
    span.set_status(Status::error(description));
}

/// The ARN of the version that runs, in place of the alias that it was invoked by.
fn resolved(arn: &str, version: &str) -> String {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) if !version.is_empty() => format!("{}:{version}", &arn[..end]),
        _ => arn.to_owned(),
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_gives_way_to_the_version() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:canary";
        assert_eq!(resolved(arn, "$LATEST"), arn);
        assert_eq!(resolved(&format!("{arn}:live"), "7"), format!("{arn}:7"));
        assert_eq!(resolved(&format!("{arn}:live"), ""), format!("{arn}:live"));
        assert_eq!(resolved("no arn", "7"), "no arn");
    }

    #[test]
    fn versions_are_as_the_conventions_write_them() {
        assert_eq!((version(Version::HTTP_11), version(Version::HTTP_10)), ("1.1", "1.0"));
    }
}
