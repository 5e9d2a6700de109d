//! Starting, being asked, stopping.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, post, request};
use crate::service::{LONG, Service, output, program};

#[test]
fn serves_and_stops_when_asked() {
    let mut service = Service::start_with(&[("SHUTDOWN_DELAY", "0s")]);
    let mut client = service.connect();
    let health = client.ask(request("GET", "/health")).expect("an answer");
    assert_eq!((health.status, &health.json()["status"]), (200, &"ok".into()));
    let created = client.ask(post("{ \"a\": 1 }")).expect("an answer");
    let key = created.json()["key"].as_str().expect("a key").to_owned();
    let read = client.ask(request("GET", &format!("/data/{key}"))).expect("an answer");
    assert_eq!((created.status, read.status, &*read.body), (201, 200, &b"{ \"a\": 1 }"[..]));

    let port = service.address.port().to_string();
    for arguments in [&["health-check"][..], &["health-check", "--ready"]] {
        assert_eq!(output(program().args(arguments).env("PORT", &port)), (Some(0), String::new(), String::new()));
    }

    service.signal("TERM");
    assert_eq!(service.logged("stopping")["signal"], "SIGTERM");
    assert_eq!(client.rest().expect("closed, not reset"), b"");
    assert!(service.exit().success());
    service.logged("stopped");
}

#[test]
fn an_expected_continue_is_said_only_to_what_will_be_taken() {
    let service = Service::start();
    let head = "POST /data HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-type: application/json\r\n";
    let mut client = service.connect();
    let go_on = client.ask(format!("{head}content-length: 2\r\n\r\n")).expect("an answer");
    assert_eq!(go_on.status, 100);
    assert_eq!(client.ask("{}").expect("an answer").status, 201);
    let refused = client.ask(format!("{head}content-length: 200000000\r\n\r\n")).expect("an answer");
    assert_eq!(refused.status, 413);
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut service = Service::start();
    let mut client = service.connect();
    client.send(&post("{}")[..80]).expect("half a request is sent");
    // The service has read that half once it has answered a later, whole request.
    service.connect().ask(request("GET", "/health")).expect("an answer");
    service.signal("INT");
    assert_eq!(service.logged("stopping")["signal"], "SIGINT");
    let ready = service.connect().ask(request("GET", "/ready")).expect("during the delay it is served");
    assert_eq!((ready.status, ready.closes()), (503, true));
    service.signal("INT");
    assert_eq!(service.exit().code(), Some(1));
    assert_eq!(service.logged("stopped with requests in flight")["level"], "ERROR");
}

#[test]
fn a_request_half_sent_is_answered_after_the_signal() {
    let mut service = Service::start_with(&[("SHUTDOWN_DELAY", "0s")]);
    let mut client = service.connect();
    client.send(&post("{}")[..80]).expect("half a request is sent");
    service.connect().ask(request("GET", "/health")).expect("an answer");
    service.signal("TERM");
    thread::sleep(Duration::from_millis(500));
    assert!(Client::connect(service.address).is_err(), "nothing new is accepted");
    let answer = client.ask(&post("{}")[80..]).expect("an answer");
    assert_eq!((answer.status, answer.closes()), (201, true));
    drop(client);
    assert!(service.exit().success());
}

/// The program with a limit on open files, which `ulimit` sets.
fn limited(limit: &str) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit {limit}; exec \"$0\""), env!("CARGO_BIN_EXE_data-processor")]);
    for (name, value) in program().get_envs() {
        limited.env(name, value.expect("set"));
    }
    limited
}

#[test]
fn as_many_files_may_be_open_as_there_are_connections() {
    let service = Service::start_as(&mut limited("-S -n 64"));
    let mut clients: Vec<_> = (0..100).map(|_| service.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask(request("GET", "/health")).expect("an answer").status, 200);
    }
}

#[test]
fn too_many_open_files_do_not_end_the_service() {
    let service = Service::start_as(&mut limited("-n 64"));
    assert_eq!(service.logged("fewer files can be open than MAX_CONNECTIONS needs")["files"], 64);
    let mut clients: Vec<_> = (0..100).map(|_| service.connect()).collect();
    service.logged("cannot accept connections at the moment");
    let before = service.processor_time();
    thread::sleep(Duration::from_secs(1));
    let spent = service.processor_time() - before;
    assert!(spent < Duration::from_millis(300), "{spent:?} of processor time in a second of waiting");
    let served = clients.remove(0).ask(request("GET", "/health")).expect("those who are in are served");
    assert_eq!(served.status, 200);
    drop(clients);
    let begun = Instant::now();
    while service.connect().ask(request("GET", "/health")).is_err() {
        assert!(begun.elapsed() < LONG, "the service does not recover");
    }
}

#[test]
fn fails_at_the_start_on_wrong_variables() {
    let wrong = [("PORT", "http"), ("MAX_BODY_BYTES", "1MiB"), ("SHUTDOWN_DELAY", "5")];
    let expected = "error: 3 environment variables are wrong:
  PORT must be a whole number from 0 to 65535, got \"http\"
  MAX_BODY_BYTES must be a whole number from 1 to 67108864, got \"1MiB\"
  SHUTDOWN_DELAY must be a duration with its unit such as 500ms or 5s, from 0s to 1h, got \"5\"\n";
    assert_eq!(output(program().envs(wrong)), (Some(2), String::new(), expected.into()));
    assert_eq!(output(program().envs(wrong).arg("check-config")), (Some(2), String::new(), expected.into()));
    assert_eq!(output(program().arg("check-config")).0, Some(0));
    let (code, _, stderr) = output(program().arg("health-check").envs(wrong));
    let expected = "error: PORT must be a whole number from 0 to 65535, got \"http\"\n";
    assert_eq!((code, &*stderr), (Some(1), expected));
}

#[test]
fn fails_at_the_start_where_a_port_is_taken() {
    let service = Service::start();
    for (name, address) in [("PORT", service.address), ("METRICS_PORT", service.metrics_address)] {
        let (code, stdout, stderr) = output(program().env(name, address.port().to_string()));
        assert_eq!((code, &*stdout), (Some(1), ""));
        let expected = format!("error: cannot listen on {address}, which {name} says\n  caused by: ");
        assert!(stderr.starts_with(&expected), "{stderr}");
    }
}

#[test]
fn health_check_fails_where_nobody_listens() {
    let mut service = Service::start_with(&[("SHUTDOWN_DELAY", "0s")]);
    let port = service.address.port().to_string();
    service.signal("TERM");
    service.exit();
    let (code, _, stderr) = output(program().arg("health-check").env("PORT", port));
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("error: no answer from http://127.0.0.1:"), "{stderr}");
    assert!(stderr.contains("\n  caused by: "), "{stderr}");
}

#[test]
fn health_check_tells_readiness_from_health() {
    let service = Service::start_with(&[("SHUTDOWN_DELAY", "10s")]);
    service.signal("TERM");
    service.logged("stopping");
    let port = service.address.port().to_string();
    assert_eq!(output(program().arg("health-check").env("PORT", &port)).0, Some(0));
    let (code, _, stderr) = output(program().args(["health-check", "--ready"]).env("PORT", &port));
    let expected = format!("error: http://{}/ready must answer 200, got 503\n", service.address);
    assert_eq!((code, stderr), (Some(1), expected));
}

#[test]
fn help_and_version_are_told() {
    let (code, stdout, _) = output(program().arg("--version"));
    assert_eq!((code, stdout.trim()), (Some(0), concat!("data-processor ", env!("CARGO_PKG_VERSION"))));
    let (code, stdout, _) = output(program().arg("--help"));
    assert_eq!(code, Some(0));
    assert!(stdout.contains("\n  STORAGE_URL ") && stdout.contains("health-check"), "{stdout}");
    for line in stdout.lines() {
        assert!(line.len() <= 100, "too wide for a terminal: {line}");
    }
    let (code, _, stderr) = output(program().arg("--prot"));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--prot"), "{stderr}");
}
