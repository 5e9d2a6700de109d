//! The program itself, as a container runs it.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-processor"));
    command.env("BIND_ADDRESS", "127.0.0.1").env("PORT", "0").stdin(Stdio::null());
    command
}

/// A running service; dropping it ends the process.
struct Service {
    process: Child,
    log: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Service {
    fn start() -> Self {
        let mut process = program().stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut log = BufReader::new(process.stdout.take().expect("piped"));
        let started = next_line(&mut log);
        assert_eq!(started["message"], "started", "{started}");
        assert_eq!(started["level"], "INFO");
        assert_eq!(started["service"], "data-processor");
        let address = started["address"].as_str().and_then(|text| text.parse().ok()).expect("an address");
        Self { process, log, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the service listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout is set");
        stream
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status();
        assert!(status.expect("kill runs").success());
    }

    fn exit(&mut self) -> ExitStatus {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.process.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(Instant::now() < end, "the service did not stop within 20 s");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn next_line(log: &mut impl BufRead) -> Value {
    let mut line = String::new();
    log.read_line(&mut line).expect("the log is read");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer, then the end");
    answer
}

#[test]
fn serves_and_stops_when_asked() {
    let mut service = Service::start();
    let mut stream = service.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").expect("a request is sent");
    let answer = read(stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(r#""status":"ok""#), "{answer}");

    let check = program().arg("health-check").env("PORT", service.address.port().to_string()).output();
    assert_eq!(check.expect("the check runs").status.code(), Some(0));

    service.signal("TERM");
    assert!(service.exit().success());
    let stopping = next_line(&mut service.log);
    assert_eq!((&stopping["message"], &stopping["signal"]), (&"stopping".into(), &"SIGTERM".into()));
    assert_eq!(next_line(&mut service.log)["message"], "stopped");
}

#[test]
fn a_request_half_sent_is_answered_after_the_signal() {
    let mut service = Service::start();
    let mut stream = service.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: ").expect("half a request is sent");
    // The service has read that half once it has answered a later, whole request.
    let mut other = service.connect();
    other.write_all(b"GET /health HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").expect("a request is sent");
    read(other);
    std::thread::sleep(Duration::from_millis(100));
    service.signal("INT");
    assert_eq!(next_line(&mut service.log)["signal"], "SIGINT");
    stream.write_all(b"test\r\n\r\n").expect("the other half is sent");
    let answer = read(stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(service.exit().success());
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn fails_at_the_start_on_a_wrong_variable() {
    let (code, stdout, stderr) = output(program().env("PORT", "http"));
    assert_eq!(code, Some(2));
    assert_eq!(stdout, "");
    assert_eq!(stderr, "error: PORT must be a whole number from 0 to 65535, got \"http\"\n");
}

#[test]
fn fails_at_the_start_where_the_port_is_taken() {
    let service = Service::start();
    let (code, _, stderr) = output(program().env("PORT", service.address.port().to_string()));
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with(&format!("error: cannot listen on {}", service.address)), "{stderr}");
}

#[test]
fn health_check_fails_where_nobody_listens() {
    let mut service = Service::start();
    let port = service.address.port().to_string();
    service.signal("TERM");
    service.exit();
    let (code, _, stderr) = output(program().arg("health-check").env("PORT", port));
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("error: no answer from http://127.0.0.1:"), "{stderr}");
    assert!(stderr.contains("\n  caused by: "), "{stderr}");
}

#[test]
fn help_and_version_are_told() {
    let (code, stdout, _) = output(program().arg("--version"));
    assert_eq!((code, stdout.trim()), (Some(0), concat!("data-processor ", env!("CARGO_PKG_VERSION"))));
    let (code, stdout, _) = output(program().arg("--help"));
    assert_eq!(code, Some(0));
    assert!(stdout.contains("BIND_ADDRESS") && stdout.contains("health-check"), "{stdout}");
    let (code, _, stderr) = output(program().arg("--prot"));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--prot"), "{stderr}");
}
