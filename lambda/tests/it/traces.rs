//! Traces: one from Lambda through the canary to the service, in headers, logs and spans.

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::{Value, json};

use crate::function::{Invoked, invoked, invoked_with};
use crate::otlp::{Answer, Receiver, attribute, hex};
use crate::runtime_api::{ARN, Invocation};
use crate::service::{Fault, Seen, Service};

const TRACE: &str = "5759e988bd862e3fe1be46a994272793";
const PARENT: &str = "53995c3f42cd8ad8";

fn traced(request_id: &str, sampled: u8) -> Invocation {
    let trace = format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent={PARENT};Sampled={sampled}");
    Invocation { trace: Some(trace), ..Invocation::new(request_id) }
}

async fn traced_run(
    fault: Option<Fault>,
    invocations: impl IntoIterator<Item = Invocation>,
    variables: &[(&str, &str)],
) -> (Invoked, Service, Receiver) {
    let (service, receiver) = (Service::new(fault), Receiver::default());
    let (url, endpoint) = (service.start().await, receiver.start().await);
    let defaults = [("DATA_PROCESSOR_URL", url.as_str()), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let invoked = invoked_with(&[&defaults, variables].concat(), invocations).await;
    (invoked, service, receiver)
}

fn header<'a>(seen: &'a Seen, name: &str) -> &'a str {
    seen.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
}

fn is_failed(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error)
}

#[tokio::test]
async fn one_trace_goes_from_lambda_to_the_service() {
    let (invoked, service, receiver) = traced_run(None, [traced("request-1", 1)], &[]).await;
    assert_eq!(invoked.posted[0].kind, "response");
    // The spans were there before the invocation had returned: the program is dead by now.
    let spans = receiver.spans();
    assert_eq!(spans.len(), 9, "the invocation, six calls and two removals");
    assert!(spans.iter().all(|span| hex(&span.trace_id) == TRACE));
    let root = spans.iter().find(|span| span.kind() == SpanKind::Server).expect("a span of the invocation");
    assert_eq!(hex(&root.parent_span_id), PARENT);

    let calls: Vec<_> = spans.iter().filter(|span| span.kind() == SpanKind::Client).collect();
    let seen = service.seen();
    assert_eq!((calls.len(), seen.len()), (8, 8));
    for (call, seen) in calls.iter().zip(&seen) {
        assert_eq!(call.parent_span_id, root.span_id);
        let span = hex(&call.span_id);
        assert_eq!(header(seen, "traceparent"), format!("00-{TRACE}-{span}-01"));
        let xray = format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent={span};Sampled=1");
        assert_eq!(header(seen, "x-amzn-trace-id"), xray);
        assert!(root.start_time_unix_nano <= call.start_time_unix_nano);
        assert!(call.end_time_unix_nano <= root.end_time_unix_nano);
    }

    let passed = invoked.lines("check passed");
    for (line, call) in passed.iter().zip(&calls) {
        assert_eq!((&line["trace_id"], &line["span_id"]), (&TRACE.into(), &hex(&call.span_id).into()));
        assert_eq!((&line["trace_flags"], &line["requestId"]), (&"01".into(), &"request-1".into()));
    }
    let sum = invoked.lines("all checks passed")[0];
    assert_eq!((&sum["trace_id"], &sum["span_id"]), (&TRACE.into(), &hex(&root.span_id).into()));
}

#[tokio::test]
async fn spans_have_the_attributes_of_the_conventions() {
    let manual = Invocation { event: json!({}), ..traced("request-2", 1) };
    let (_, service, receiver) = traced_run(
        None,
        [traced("request-1", 1), manual],
        &[("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")],
    )
    .await;
    let received = receiver.received();
    assert_eq!(received.len(), 2, "one request an invocation");
    assert_eq!(received[0].0["content-type"], "application/x-protobuf");
    let resource = received[0].1.resource_spans[0].resource.clone().expect("a resource").attributes;
    for (name, value) in [
        ("service.name", "canary"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("deployment.environment.name", "test"),
        ("cloud.provider", "aws"),
        ("cloud.platform", "aws_lambda"),
        ("cloud.region", "eu-west-1"),
        ("faas.name", "canary"),
        ("faas.version", "7"),
        ("faas.instance", "2026/11/21/[7]0123"),
        ("faas.max_memory", "134217728"),
        ("aws.log.group.names", "[/aws/lambda/canary]"),
        ("telemetry.sdk.language", "rust"),
    ] {
        assert_eq!(attribute(&resource, name).as_deref(), Some(value), "{name}");
    }

    let spans = receiver.spans();
    let roots: Vec<_> = spans.iter().filter(|span| span.kind() == SpanKind::Server).collect();
    for (name, values) in [
        ("faas.trigger", ["timer", "other"]),
        ("faas.invocation_id", ["request-1", "request-2"]),
        ("faas.coldstart", ["true", "false"]),
        ("faas.time", ["2026-11-21T12:00:00Z", ""]),
        ("aws.lambda.invoked_arn", [ARN; 2]),
        ("cloud.resource_id", [ARN; 2]),
        ("cloud.account.id", ["123456789012"; 2]),
    ] {
        for (root, value) in roots.iter().zip(values) {
            assert_eq!(attribute(&root.attributes, name).unwrap_or_default(), value, "{name}");
        }
    }
    assert!(roots.iter().all(|root| root.name == "canary" && !is_failed(root)));

    let names: Vec<_> = spans[..8].iter().map(|span| span.name.as_str()).collect();
    let expected = [
        "POST /data",
        "POST /data",
        "GET /data/{key}",
        "GET /data/{key}",
        "GET /data/{key}",
        "POST /data",
        "DELETE /data/{key}",
        "DELETE /data/{key}",
    ];
    assert_eq!(names, expected);
    let (missing, seen) = (&spans[4], &service.seen()[4]);
    let host = header(seen, "host");
    let port = host.strip_prefix("127.0.0.1:").expect("the host of the service");
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.response.status_code", "404"),
        ("server.address", "127.0.0.1"),
        ("server.port", port),
        ("network.peer.address", "127.0.0.1"),
        ("network.peer.port", port),
        ("network.protocol.version", "1.1"),
        ("url.full", &format!("http://{host}{}", seen.path)),
        ("url.template", "/data/{key}"),
        ("user_agent.synthetic.type", "test"),
    ] {
        assert_eq!(attribute(&missing.attributes, name).as_deref(), Some(value), "{name}");
    }
    assert!(!is_failed(missing), "404 is what was expected");
    assert_eq!(attribute(&missing.attributes, "error.type"), None);
}

#[tokio::test]
async fn failed_checks_are_failed_spans() {
    let (invoked, _, receiver) = traced_run(Some(Fault::ReadIsReformatted), [traced("request-1", 1)], &[]).await;
    let spans = receiver.spans();
    let failed: Vec<_> = spans.iter().filter(|span| is_failed(span)).collect();
    let names: Vec<_> = failed.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["GET /data/{key}", "GET /data/{key}", "canary"]);
    let kinds: Vec<_> = failed.iter().filter_map(|span| attribute(&span.attributes, "error.type")).collect();
    assert_eq!(kinds, ["document", "document", "ChecksFailed"]);
    let status = failed[2].status.as_ref().expect("a status");
    assert_eq!(status.message, invoked.failure().1);

    let (_, _, receiver) = traced_run(Some(Fault::MissingReadIs500), [traced("request-1", 1)], &[]).await;
    let failed: Vec<_> = receiver.spans().into_iter().filter(is_failed).collect();
    assert_eq!(attribute(&failed[0].attributes, "error.type").as_deref(), Some("500"));
}

#[tokio::test]
async fn a_trace_that_is_not_sampled_is_carried_on_and_not_exported() {
    let (invoked, service, receiver) = traced_run(None, [traced("request-1", 0)], &[]).await;
    assert_eq!(receiver.received().len(), 0);
    let seen = service.seen();
    assert!(seen.iter().all(|seen| {
        header(seen, "traceparent").starts_with(&format!("00-{TRACE}-")) && header(seen, "traceparent").ends_with("-00")
    }));
    assert!(invoked.lines("check passed").iter().all(|line| line["trace_id"] == TRACE));
    let always = [("OTEL_TRACES_SAMPLER", "always_on")];
    let (_, _, receiver) = traced_run(None, [traced("request-1", 0)], &always).await;
    assert_eq!(receiver.spans().len(), 9);
}

#[tokio::test]
async fn a_trace_of_its_own_begins_where_lambda_has_none_or_is_not_asked() {
    for (invocation, variables) in [
        (Invocation::new("request-1"), &[] as &[(&str, &str)]),
        (traced("request-1", 1), &[("OTEL_PROPAGATORS", "tracecontext,baggage,xray")]),
    ] {
        let (_, service, receiver) = traced_run(None, [invocation], variables).await;
        let spans = receiver.spans();
        let root = spans.iter().find(|span| span.kind() == SpanKind::Server).expect("a span of the invocation");
        assert_eq!(root.parent_span_id.len(), 0);
        let trace = hex(&root.trace_id);
        assert_ne!(trace, TRACE);
        assert!(service.seen().iter().all(|seen| {
            header(seen, "traceparent").contains(&trace)
                && header(seen, "x-amzn-trace-id").contains(&format!("1-{}-{}", &trace[..8], &trace[8..]))
        }));
    }
}

#[tokio::test]
async fn without_an_endpoint_logs_and_headers_have_a_trace_all_the_same() {
    let service = Service::new(None);
    let url = service.start().await;
    let invoked = invoked(&[("DATA_PROCESSOR_URL", url.as_str())]).await;
    let trace = invoked.log[0]["trace_id"].as_str().expect("a trace");
    assert!(service.seen().iter().all(|seen| header(seen, "traceparent").contains(trace)));
    assert!(invoked.lines("spans are not exported; this is said once").is_empty());
}

#[tokio::test]
async fn headers_of_the_exporter_are_sent() {
    let variables = [("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abc,x-scope-orgid=one")];
    let (_, _, receiver) = traced_run(None, [traced("request-1", 1)], &variables).await;
    let received = receiver.received();
    assert_eq!(received[0].0["authorization"], "Basic abc");
    assert_eq!(received[0].0["x-scope-orgid"], "one");
}

/// Invokes the function with a receiver that does this, then with one that takes spans.
async fn receiver_that(answer: Answer) -> (Invoked, Receiver) {
    let (service, receiver) = (Service::new(None), Receiver::default());
    let (url, endpoint) = (service.start().await, receiver.start().await);
    let variables = [("DATA_PROCESSOR_URL", url.as_str()), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    receiver.set(answer);
    let mut function = crate::function::Function::start(&variables).await;
    let (mut posted, mut took) = (Vec::new(), Vec::new());
    for request in ["request-1", "request-2", "request-3"] {
        if request == "request-3" {
            receiver.set(Answer::Takes);
        }
        let (answer, time) = function.invoke(traced(request, 1)).await;
        posted.push(answer);
        took.push(time);
    }
    (Invoked { posted, took, log: function.stop().await }, receiver)
}

fn said_once(invoked: &Invoked, error: &str) {
    assert!(invoked.posted.iter().all(|posted| posted.kind == "response"), "it fails no invocation");
    let lines = invoked.lines("spans are not exported; this is said once");
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["level"], &lines[0]["requestId"]), (&"WARN".into(), &"request-1".into()));
    assert!(lines[0]["error"].as_str().is_some_and(|text| text.contains(error)), "{}", lines[0]);
    let again: Vec<&Value> = invoked.lines("spans are exported again");
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0]["level"], &again[0]["requestId"]), (&"INFO".into(), &"request-3".into()));
}

#[tokio::test]
async fn a_receiver_that_hangs_costs_a_second_and_no_invocation() {
    let (invoked, receiver) = receiver_that(Answer::Hangs).await;
    said_once(&invoked, "nothing within 1000 ms");
    for took in &invoked.took[..2] {
        let waited = took.saturating_sub(invoked.took[2]);
        assert!(*took >= Duration::from_millis(1_000), "{took:?}");
        assert!(waited < Duration::from_millis(2_000), "{took:?}");
    }
    assert_eq!(receiver.spans().len(), 9, "the spans of the third");
}

#[tokio::test]
async fn a_receiver_that_refuses_costs_no_invocation() {
    let (invoked, receiver) = receiver_that(Answer::Refuses).await;
    said_once(&invoked, "503");
    assert!(invoked.took.iter().all(|took| *took < Duration::from_secs(10)), "there is no second attempt");
    assert_eq!(receiver.spans().len(), 9);
}
