//! The program itself, against services that behave and that misbehave.

#![cfg(unix)]

mod service;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use service::{Fault, MAX_BODY, Service, listen};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the program ended with.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn summary(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-generator"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn ended(command: &mut Command) -> Ended {
    let output = command.output().await.expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

async fn run(service: &Service, arguments: &[&str]) -> Ended {
    ended(&mut program(&[&[&*service.url(), "--output=json", "--seed=1"], arguments].concat())).await
}

fn operation<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let rows = summary["operations"].as_array().expect("rows");
    rows.iter().find(|row| row["operation"] == name).unwrap_or_else(|| panic!("no {name} in {summary:#}"))
}

/// The only problem of an operation, as its name, count and example.
fn problem<'a>(summary: &'a Value, name: &str) -> (&'a str, u64, &'a str) {
    let unexpected = operation(summary, name)["unexpected"].as_array().expect("a list");
    assert_eq!(unexpected.len(), 1, "{summary:#}");
    let text = |field: &str| unexpected[0][field].as_str().expect("a text");
    (text("problem"), unexpected[0]["count"].as_u64().expect("a count"), text("example"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_behaves_passes() {
    let service = Service::start(Fault::None).await;
    let max_body = format!("--max-body={MAX_BODY}");
    let arguments = ["--duration=3s", "--rate=200", "--mix=good=60,missing=10,invalid=20,failing=10", &max_body];
    let failing = ["--failing=method,cut,slow,path", "--failing-path=/broken", "--trace-sampled", "--max-p99=5s"];
    let ended = run(&service, &[&arguments[..], &failing].concat()).await;
    let summary = ended.summary();
    assert_eq!(ended.code, Some(0), "{summary:#}");
    assert_eq!((&summary["sent"], &summary["not_sent"]), (&600.into(), &0.into()));
    let rate = summary["answered_per_second"].as_f64().expect("a rate");
    assert!((rate / 200.0 - 1.0).abs() < 0.05, "{rate}");
    let mut requests = 0;
    for (name, status) in [
        ("write", "201"),
        ("read", "200"),
        ("delete", "204"),
        ("missing", "404"),
        ("invalid-json", "400"),
        ("wrong-type", "415"),
        ("too-large", "413"),
        ("method", "405"),
        ("cut", "given up"),
        ("slow", "408"),
        ("path", "503"),
    ] {
        let row = operation(&summary, name);
        assert_eq!(row["expected"][status], row["requests"], "{row:#}");
        requests += row["requests"].as_u64().expect("a count");
    }
    assert_eq!(requests, 600);
    assert!(summary["documents_written"].as_u64() > Some(100), "{summary:#}");
    assert_eq!((&summary["documents_left"], service.state.count()), (&0.into(), 0), "all is deleted");

    let seen = service.state.requests.lock().expect("not poisoned");
    let traces: std::collections::BTreeSet<_> =
        seen.iter().map(|(_, headers)| headers["traceparent"].as_bytes()).collect();
    assert_eq!(traces.len(), seen.len(), "each request has a trace of its own");
    for trace in traces {
        let text = std::str::from_utf8(trace).expect("text");
        let parts: Vec<_> = text.split('-').map(|part| (part.len(), u128::from_str_radix(part, 16).is_ok())).collect();
        assert_eq!(parts, [(2, true), (32, true), (16, true), (2, true)], "{text}");
        assert!(text.starts_with("00-") && text.ends_with("-01"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_stays() {
    let service = Service::start(Fault::None).await;
    let arguments = ["--duration=1s", "--rate=100", "--mix=good=1", "--keep"];
    let ended = ended(program(&arguments).env("LOAD_URL", service.url()).env("LOAD_OUTPUT", "json")).await;
    let summary = ended.summary();
    assert_eq!(ended.code, Some(0), "{summary:#}");
    assert_eq!(summary["documents_left"], service.state.count());
    assert!(service.state.count() > 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_loop_goes_as_fast_as_it_is_answered() {
    let service = Service::start(Fault::Slow(Duration::from_millis(50))).await;
    let ended = run(&service, &["--duration=2s", "--connections=4", "--mix=good=1"]).await;
    let summary = ended.summary();
    assert_eq!((ended.code, &summary["asked_rate"]), (Some(0), &Value::Null), "{summary:#}");
    let sent = summary["sent"].as_u64().expect("a count");
    assert!((20..=160).contains(&sent), "4 connections send at most 80 a second where each answer takes 50 ms: {sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn warming_up_is_not_measured() {
    let service = Service::start(Fault::None).await;
    let ended = run(&service, &["--warm-up=1s", "--duration=1s", "--rate=100"]).await;
    let summary = ended.summary();
    assert_eq!((ended.code, &summary["sent"]), (Some(0), &100.into()), "{summary:#}");
    let cleaned = summary["documents_deleted"].as_u64().expect("a count") as usize;
    let seen = service.state.requests.lock().expect("not poisoned").len();
    assert!((200..=200 + cleaned).contains(&seen), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_on_a_wrong_status() {
    let service = Service::start(Fault::ReadsFail).await;
    let arguments = ["--duration=1s", "--rate=100", "--mix=good=1"];
    let failed = run(&service, &arguments).await;
    let summary = failed.summary();
    assert_eq!((failed.code, &summary["passed"]), (Some(1), &false.into()));
    let (kind, count, example) = problem(&summary, "read");
    assert_eq!((kind, count), ("status", summary["unexpected"].as_u64().expect("a count")));
    assert!(example.starts_with("GET /data/") && example.contains("answered 500 Internal Server Error"), "{example}");
    let trace = example.rsplit_once("(trace ").expect("a trace").1.trim_end_matches(')');
    let seen = service.state.requests.lock().expect("not poisoned").clone();
    let found =
        seen.iter().find(|(_, headers)| String::from_utf8_lossy(headers["traceparent"].as_bytes()).contains(trace));
    assert!(example.contains(&found.expect("the request can be found").0), "{example}");
    assert_eq!(service.state.count(), 0, "all is deleted even so");

    let allowed = run(&service, &[&arguments[..], &["--max-error-rate=90%"]].concat()).await;
    assert_eq!(allowed.code, Some(0), "{}", allowed.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_on_wrong_content() {
    let service = Service::start(Fault::ReadsDiffer).await;
    let ended = run(&service, &["--duration=1s", "--rate=100", "--mix=good=1"]).await;
    assert_eq!(ended.code, Some(1));
    let summary = ended.summary();
    let (kind, count, example) = problem(&summary, "read");
    assert_eq!((kind, Some(count)), ("content", operation(&summary, "read")["requests"].as_u64()));
    assert!(example.contains("differs from what was written at byte 40: 1024 bytes, expected 1024"), "{example}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_where_what_is_written_is_lost() {
    let service = Service::start(Fault::Forgets).await;
    let ended = run(&service, &["--duration=1s", "--rate=100", "--mix=good=1"]).await;
    assert_eq!(ended.code, Some(1));
    let summary = ended.summary();
    let (_, count, example) = problem(&summary, "read");
    assert!(count > 20 && example.contains("answered 404"), "{count} {example}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_where_anything_is_taken_and_cleans_up() {
    let service = Service::start(Fault::TakesAll).await;
    let ended = run(&service, &["--duration=1s", "--rate=100", "--mix=invalid=1"]).await;
    assert_eq!(ended.code, Some(1));
    let summary = ended.summary();
    assert!(problem(&summary, "invalid-json").2.contains("answered 201 Created"), "{summary:#}");
    assert_eq!(service.state.count(), 0, "what should have been refused is deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_on_answers_that_are_slow() {
    let service = Service::start(Fault::Slow(Duration::from_millis(100))).await;
    let arguments = ["--duration=1s", "--rate=50", "--mix=good=1"];
    let failed = run(&service, &[&arguments[..], &["--max-p95=50ms", "--max-p99=20s"]].concat()).await;
    let summary = failed.summary();
    assert_eq!(failed.code, Some(1), "{summary:#}");
    let held: Vec<_> = summary["thresholds"].as_array().expect("thresholds").iter().map(|one| &one["held"]).collect();
    assert_eq!(held, [&Value::Bool(false), &Value::Bool(true), &Value::Bool(true)]);

    let late = run(&service, &[&arguments[..], &["--timeout=50ms"]].concat()).await;
    let summary = late.summary();
    assert_eq!(late.code, Some(1));
    let (kind, count, _) = problem(&summary, "write");
    assert_eq!((kind, count, &summary["answered"]), ("timeout", 50, &0.into()), "nothing is ever written");
    assert_eq!(summary["documents_unknown"], 50);
    assert!(summary["latency_seconds"]["p50"].as_f64() >= Some(0.05), "a timeout has a latency: {summary:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_on_connections_that_break() {
    let (listener, address) = listen().await;
    let server = tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut buffer = [0; 4096];
            _ = stream.read(&mut buffer).await;
            if number == 0 {
                _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            }
        }
    });
    let arguments = [&format!("http://{address}"), "--duration=1s", "--rate=50", "--mix=good=1", "--output=json"];
    let ended = ended(&mut program(&arguments)).await;
    server.abort();
    assert_eq!(ended.code, Some(1));
    let summary = ended.summary();
    let (kind, count, _) = problem(&summary, "write");
    assert_eq!((kind, count), ("connection", 50));
    assert_eq!((&summary["latency_seconds"]["count"], &summary["answered"]), (&0.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_is_seen_by_all_who_would_have_called() {
    let service = Service::start(Fault::Stalls).await;
    let ended =
        run(&service, &["--duration=3s", "--rate=100", "--connections=1", "--mix=good=1", "--max-p99=300ms"]).await;
    let summary = ended.summary();
    assert_eq!(ended.code, Some(1), "{summary:#}");
    let at = |name: &str| summary["latency_seconds"][name].as_f64().expect("a latency");
    // One of six requests was due during the stall. A closed loop would have sent one of them.
    assert!(at("p99") > 0.4 && at("p90") > 0.1, "{summary:#}");
    assert_eq!((&summary["sent"], &summary["not_sent"]), (&300.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_where_the_rate_is_not_reached() {
    let service = Service::start(Fault::Slow(Duration::from_millis(100))).await;
    let arguments = ["--duration=2s", "--rate=100", "--connections=2", "--mix=missing=1", "--min-rate=90"];
    let ended = run(&service, &arguments).await;
    let summary = ended.summary();
    assert_eq!(ended.code, Some(1), "{summary:#}");
    let count = |name: &str| summary[name].as_u64().expect("a count");
    assert!(count("not_sent") > 100, "{summary:#}");
    assert_eq!(count("sent") + count("not_sent"), 200);
    assert!(summary["latency_seconds"]["max"].as_f64() > Some(1.0), "waiting for a connection counts: {summary:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_with_its_summary() {
    for signal in ["-INT", "-TERM"] {
        let service = Service::start(Fault::None).await;
        let child = program(&[&service.url(), "--output=json", "--rate=100"]).spawn().expect("the program starts");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let id = child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.expect("kill runs").success());
        let output = tokio::time::timeout(Duration::from_secs(20), child.wait_with_output());
        let output = output.await.expect("it ends").expect("it ran");
        let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
        assert_eq!((output.status.code(), &summary["interrupted"]), (Some(0), &true.into()), "{summary:#}");
        assert!(summary["sent"].as_u64() > Some(30), "{summary:#}");
        assert_eq!((&summary["documents_left"], service.state.count()), (&0.into(), 0), "all is deleted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let service = Service::start(Fault::Slow(Duration::from_secs(60))).await;
    let arguments = [&*service.url(), "--timeout=60s", "--rate=20", "--mix=missing=1"];
    let child = program(&arguments).spawn().expect("the program starts");
    let id = child.id().expect("it runs").to_string();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(Command::new("kill").args(["-INT", &id]).status().await.expect("kill runs").success());
    }
    let output = tokio::time::timeout(Duration::from_secs(20), child.wait_with_output());
    let output = output.await.expect("it ends").expect("it ran");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "nothing was answered, so nothing was shown: {text}");
    assert!(text.contains(" 0 answered") && text.ends_with("failed\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_where_nobody_listens() {
    let (listener, address) = listen().await;
    drop(listener);
    let ended = ended(&mut program(&[&format!("http://{address}")])).await;
    assert_eq!((ended.code, &*ended.stdout), (Some(3), ""));
    assert!(ended.stderr.starts_with(&format!("error: no answer from http://{address}/health: ")), "{}", ended.stderr);
    assert!(ended.stderr.contains("Connection refused"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn fails_where_the_service_is_ill() {
    let service = Service::start(Fault::Ill).await;
    let ended = run(&service, &[]).await;
    let text = format!("error: {}/health must answer 200, got 500\n", service.url());
    assert_eq!((ended.code, &*ended.stdout, ended.stderr), (Some(3), "", text));
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_all_wrong_options_at_once() {
    let mut command = program(&["nowhere", "--rate=fast", "--mix=good=x"]);
    let ended = ended(command.env("LOAD_DURATION", "soon").env("LOAD_KEEP", "maybe")).await;
    assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    for (line, name) in lines.iter().zip(["LOAD_URL", "LOAD_RATE", "LOAD_DURATION", "LOAD_MIX", "LOAD_KEEP"]) {
        assert!(line.starts_with("error: ") && line.contains(&format!("({name}) must be ")), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_and_summary_are_told_apart() {
    let service = Service::start(Fault::None).await;
    let ended = ended(&mut program(&[&service.url(), "--duration=5500ms", "--rate=50"])).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "a line every 5 s: {}", ended.stderr);
    assert!(ended.stderr.starts_with("5 of 5 s, ") && ended.stderr.contains("/s, p95 "), "{}", ended.stderr);
    let line = "\n275 sent, 0 not sent, 275 answered (50.0/s), 0 unexpected (0.00 %)\n";
    assert!(ended.stdout.contains(line), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nmax-error-rate 0 %: 0.00 %, held\npassed\n"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_and_certificates_are_checked() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".into()]).expect("a certificate");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authority.pem");
    std::fs::write(&file, cert.pem()).expect("the target folder is writable");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a certificate and its key");
    let service = Service::start_tls(TlsAcceptor::from(Arc::new(config))).await;
    let url = format!("https://localhost:{}", service.address.port());

    let trusted = format!("--ca-file={}", file.display());
    let arguments = [&*url, "--duration=1s", "--rate=50", "--mix=good=1", &trusted];
    let passed = ended(&mut program(&arguments)).await;
    assert_eq!(passed.code, Some(0), "{}{}", passed.stdout, passed.stderr);
    assert!(passed.stdout.contains("\n50 sent, "), "{}", passed.stdout);

    let refused = ended(&mut program(&arguments[..4])).await;
    assert_eq!((refused.code, &*refused.stdout), (Some(3), ""));
    assert!(refused.stderr.contains("invalid peer certificate"), "{}", refused.stderr);

    let missing = ended(&mut program(&[&url, "--ca-file=/nowhere.pem"])).await;
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.starts_with("error: cannot read certificates from /nowhere.pem\n  caused by: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn help_tells_exit_codes_and_variables() {
    let help = ended(&mut program(&["--help"])).await;
    assert_eq!(help.code, Some(0));
    for text in ["Exit codes: 0", "[env: LOAD_RATE=]", "[env: LOAD_MAX_P95=]", "--failing-path"] {
        assert!(help.stdout.contains(text), "{text} is not in {}", help.stdout);
    }
    let version = ended(&mut program(&["--version"])).await;
    assert_eq!(version.stdout, concat!("load-generator ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(ended(&mut program(&["--speed=1"])).await.code, Some(2));
}
