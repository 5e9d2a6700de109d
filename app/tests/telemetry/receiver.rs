//! Spans and log records arrive, and carry the same ids as the lines on stdout.

use serde_json::Value;

use crate::rotel::{Record, Rotel};
use crate::service::Service;
use crate::tools::{eventually, find_or_skip};

const ROTEL: &str = "rotel/bin/rotel-agent";

fn text(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap_or_else(|| panic!("{name} is a text in {line}")).to_owned()
}

fn with(request: &str, header: &str) -> String {
    request.replacen("\r\n", &format!("\r\n{header}\r\n"), 1)
}

fn post() -> String {
    crate::client::post(r#"{"a":1}"#)
}

fn get(path: &str) -> String {
    crate::client::request("GET", path)
}

/// The records that belong to a line on stdout: its server span and its log record.
fn of_line<'a>(line: &Value, spans: &'a [Record], logs: &'a [Record]) -> Option<(&'a Record, &'a Record)> {
    let (trace_id, span_id) = (text(line, "trace_id"), text(line, "span_id"));
    let same = |record: &Record, id| record.field("Trace ID") == trace_id && record.field(id) == span_id;
    let span = spans.iter().find(|span| same(span, "ID"))?;
    let log = logs.iter().find(|log| same(log, "Span ID") && log.field("Body") == "Str(request)")?;
    Some((span, log))
}

fn everything_arrives(case: &str, variables: &[(&str, &str)], endpoint: impl Fn(&Rotel) -> String) {
    let Some(program) = find_or_skip(case, ROTEL) else { return };
    let rotel = Rotel::start(&program, case);
    let endpoint = endpoint(&rotel);
    let always = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
    ];
    let mut service = Service::start(&[&always, variables].concat());

    let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let created = service.ask(&with(&post(), parent));
    assert_eq!(created.status, 201);
    let key = text(&created.json(), "key");
    assert_eq!(service.ask(&get(&format!("/data/{key}"))).status, 200);
    let balancer = "x-amzn-trace-id: Root=1-67891233-abcdef012345678912345678";
    let missing = service.ask(&with(&get("/data/01890a5d-ac96-774b-bcce-b302099a8057"), balancer));
    assert_eq!(missing.status, 404);
    assert_eq!(text(&missing.json(), "trace_id"), "67891233abcdef012345678912345678", "the client is told the trace");
    let refused = service.ask(&with(&get("/data?limit=no"), "traceparent: 00-1-2-01"));
    assert_eq!(refused.status, 400);

    let lines = eventually("four lines", || Some(service.lines("request")).filter(|lines| lines.len() == 4));
    let (spans, logs) = eventually("all of it", || {
        let (spans, logs) = rotel.received();
        lines.iter().all(|line| of_line(line, &spans, &logs).is_some()).then_some((spans, logs))
    });
    for line in &lines {
        let (span, log) = of_line(line, &spans, &logs).expect("seen above");
        assert_eq!(span.field("Kind"), "SPAN_KIND_SERVER");
        let name = format!("{} {}", text(line, "method"), text(line, "endpoint"));
        assert_eq!(span.field("Name"), name);
        assert_eq!(span.attributes["http.route"], text(line, "endpoint"));
        assert_eq!(span.attributes["url.path"], text(line, "path"));
        assert_eq!(span.attributes["http.response.status_code"], line["status"].to_string());
        assert_eq!(span.attributes["client.address"], "127.0.0.1");
        assert_eq!(span.field("Status code"), "STATUS_CODE_UNSET", "a client's mistake is no error of the server");
        assert_eq!(log.field("SeverityText"), "INFO");
        assert_eq!(log.attributes["path"], text(line, "path"));
        assert_eq!(log.attributes["status"], line["status"].to_string());
        assert_eq!(log.field("Flags"), "1");
        for record in [span, log] {
            for (name, value) in [
                ("service.name", "data-processor"),
                ("service.version", env!("CARGO_PKG_VERSION")),
                ("telemetry.sdk.language", "rust"),
                ("deployment.environment.name", "test"),
            ] {
                assert_eq!(record.resource[name], value);
            }
        }
        let children: Vec<_> = spans.iter().filter(|child| child.field("Parent ID") == text(line, "span_id")).collect();
        let expected = match text(line, "path").as_str() {
            "/data" if line["status"] == 201 => Some("memory put"),
            "/data" => None,
            _ => Some("memory get"),
        };
        assert_eq!(children.iter().map(|child| child.field("Name")).collect::<Vec<_>>(), Vec::from_iter(expected));
        for child in children {
            assert_eq!(child.field("Trace ID"), text(line, "trace_id"));
            assert_eq!(child.attributes["storage.system"], "memory");
        }
    }
    let parent_of = |line: &Value| of_line(line, &spans, &logs).expect("seen above").0.field("Parent ID").to_owned();
    assert_eq!(text(&lines[0], "trace_id"), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(parent_of(&lines[0]), "b7ad6b7169203331", "the caller's span is the parent");
    assert_eq!(parent_of(&lines[1]), "", "a root of our own");
    assert_eq!(text(&lines[2], "trace_id"), "67891233abcdef012345678912345678");
    assert_eq!(parent_of(&lines[2]), "", "a load balancer has no span");
    assert_eq!(parent_of(&lines[3]), "", "what is malformed is not a parent");
    // Counted once the receiver has answered.
    let exported = || service.metric(r#"telemetry_records_exported_total{signal="traces"}"#);
    eventually("all of it is counted", || (exported() >= 7.0).then_some(()));
    assert_eq!(service.metric(r#"telemetry_records_dropped_total{signal="traces",reason="export_failed"}"#), 0.0);
    assert!(service.stop());
    assert!(service.lines("telemetry is lost at the end").is_empty());
}

#[test]
fn spans_and_logs_arrive_over_grpc() {
    let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    everything_arrives("spans_and_logs_arrive_over_grpc", &variables, |rotel| format!("http://{}", rotel.grpc));
}

#[test]
fn spans_and_logs_arrive_over_http() {
    everything_arrives("spans_and_logs_arrive_over_http", &[], |rotel| format!("http://{}", rotel.http));
}

#[test]
fn spans_and_logs_arrive_compressed() {
    let variables = [("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
    everything_arrives("spans_and_logs_arrive_compressed", &variables, |rotel| format!("http://{}", rotel.http));
}

#[test]
fn what_waits_is_exported_at_the_end() {
    const CASE: &str = "what_waits_is_exported_at_the_end";
    let Some(program) = find_or_skip(CASE, ROTEL) else { return };
    let rotel = Rotel::start(&program, CASE);
    let endpoint = format!("http://{}", rotel.http);
    let hour = "3600000";
    let mut service = Service::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", hour),
        ("OTEL_BLRP_SCHEDULE_DELAY", hour),
    ]);
    for _ in 0..20 {
        assert_eq!(service.ask(&post()).status, 201);
    }
    assert_eq!(rotel.received(), (Vec::new(), Vec::new()), "nothing before the end");
    assert!(service.stop());
    let lines = service.lines("request");
    assert_eq!(lines.len(), 20, "the last lines are written, too");
    eventually("all of it", || {
        let (spans, logs) = rotel.received();
        (lines.iter().all(|line| of_line(line, &spans, &logs).is_some()) && spans.len() == 40).then_some(())
    });
}
