//! The receiver is gone, silent or broken, and comes back; and nobody reads stdout.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, post};
use crate::service::{Service, program};
use crate::tools::{Running, eventually, free_address};

const FAILED: &str = "telemetry cannot be exported; the service goes on without";
const AGAIN: &str = "telemetry is exported again";
const DROPPED: &str = r#"telemetry_records_dropped_total{signal="traces""#;

/// How a receiver behaves.
#[derive(Clone, Copy)]
enum Mood {
    Well,
    Silent,
    Broken,
}

/// A receiver of OTLP over HTTP that can be told to behave badly.
#[derive(Clone, Default)]
struct Receiver {
    mood: Arc<AtomicU8>,
    taken: Arc<AtomicU64>,
}

impl Receiver {
    fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    fn listen(&self, address: SocketAddr) {
        let listener = TcpListener::bind(address).expect("the address is free");
        let receiver = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let receiver = receiver.clone();
                thread::spawn(move || receiver.serve(stream));
            }
        });
    }

    /// Answers until the connection ends.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut writer = stream;
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).ok()? == 0 {
                    return None;
                }
                let line = line.trim_end().to_ascii_lowercase();
                if line.is_empty() {
                    break;
                }
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().ok()?;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let answer: &[u8] = match self.mood.load(Ordering::SeqCst) {
                mood if mood == Mood::Silent as u8 => {
                    thread::sleep(Duration::from_secs(600));
                    return None;
                }
                mood if mood == Mood::Broken as u8 => b"HTTP/1.1 500 Broken\r\ncontent-length: 0\r\n\r\n",
                _ => {
                    self.taken.fetch_add(1, Ordering::SeqCst);
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
                }
            };
            writer.write_all(answer).ok()?;
        }
    }
}

/// Makes so many requests over one connection; the slowest may take a second.
fn requests(service: &Service, count: usize) {
    let mut client = service.connect();
    for _ in 0..count {
        let begin = Instant::now();
        assert_eq!(client.ask(post("{}")).expect("the service answers").status, 201);
        assert!(begin.elapsed() < Duration::from_secs(1), "a request took {:?}", begin.elapsed());
    }
}

fn signals(lines: &[Value]) -> Vec<&str> {
    let mut signals: Vec<_> = lines.iter().filter_map(|line| line["signal"].as_str()).collect();
    signals.sort_unstable();
    signals
}

fn start(address: SocketAddr, variables: &[(&str, &str)]) -> Service {
    let endpoint = format!("http://{address}");
    let always = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_TIMEOUT", "500")];
    Service::start(&[&always, variables].concat())
}

/// The service says once that it cannot export, however often it tries, and stays as fast as it is.
fn says_so_once(service: &Service) {
    requests(service, 50);
    eventually("both signals have failed", || (service.lines(FAILED).len() >= 2).then_some(()));
    let failed = service.metric(&format!("{DROPPED},reason=\"export_failed\"}}"));
    eventually("it goes on trying", || {
        requests(service, 20);
        let now = service.metric(&format!("{DROPPED},reason=\"export_failed\"}}"));
        (now >= failed + 40.0).then_some(())
    });
    let lines = service.lines(FAILED);
    assert_eq!(signals(&lines), ["logs", "traces"], "once for each signal");
    assert!(lines.iter().all(|line| line["level"] == "WARN" && line["error"].is_string()), "{lines:?}");
    let health = crate::client::request("GET", "/health");
    assert_eq!(service.ask(&health).status, 200);
}

/// The service says once that it can export again.
fn recovers(service: &Service) {
    eventually("both signals are exported again", || {
        requests(service, 5);
        (service.lines(AGAIN).len() >= 2).then_some(())
    });
    let lines = service.lines(AGAIN);
    assert_eq!(signals(&lines), ["logs", "traces"], "once for each signal");
    assert!(lines.iter().all(|line| line["lost"].as_u64().is_some_and(|lost| lost > 0)), "{lines:?}");
    let exported = service.metric(r#"telemetry_records_exported_total{signal="traces"}"#);
    requests(service, 10);
    eventually("more is exported", || {
        (service.metric(r#"telemetry_records_exported_total{signal="traces"}"#) >= exported + 20.0).then_some(())
    });
    assert_eq!(service.lines(FAILED).len(), 2);
}

#[test]
fn a_receiver_is_gone_and_comes_back() {
    let address = free_address();
    let service = start(address, &[]);
    says_so_once(&service);
    let receiver = Receiver::default();
    receiver.listen(address);
    recovers(&service);
    assert!(receiver.taken.load(Ordering::SeqCst) > 0);
}

#[test]
fn a_receiver_of_grpc_is_gone() {
    let service = start(free_address(), &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    says_so_once(&service);
}

#[test]
fn a_receiver_is_broken_and_is_mended() {
    let (address, receiver) = (free_address(), Receiver::default());
    receiver.set(Mood::Broken);
    receiver.listen(address);
    let service = start(address, &[]);
    says_so_once(&service);
    receiver.set(Mood::Well);
    recovers(&service);
}

#[test]
fn a_receiver_is_silent_and_speaks_again() {
    let (address, receiver) = (free_address(), Receiver::default());
    receiver.set(Mood::Silent);
    receiver.listen(address);
    let mut service = start(address, &[]);
    says_so_once(&service);
    receiver.set(Mood::Well);
    recovers(&service);
    receiver.set(Mood::Silent);
    requests(&service, 10);
    let begin = Instant::now();
    service.stop();
    assert!(begin.elapsed() < Duration::from_secs(8), "the end took {:?}", begin.elapsed());
}

#[test]
fn what_waits_is_bounded() {
    let (address, receiver) = (free_address(), Receiver::default());
    receiver.set(Mood::Silent);
    receiver.listen(address);
    // The first export hangs for longer than this test, so that everything after it waits.
    let variables = [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "64"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16"),
        ("TRACES_PER_SECOND", "0"),
    ];
    let service = start(address, &variables);
    requests(&service, 1000);
    let dropped = service.metric(&format!("{DROPPED},reason=\"queue_full\"}}"));
    // Two spans a request, but for those that wait and those that were on their way.
    assert!((1800.0..=2000.0 - 64.0).contains(&dropped), "{dropped} were dropped");
    assert_eq!(service.metric(r#"telemetry_records_exported_total{signal="traces"}"#), 0.0);
}

#[test]
fn nobody_reads_stdout() {
    let mut process = Running(program(&[("TRACES_PER_SECOND", "0")]).spawn().expect("the program starts"));
    let mut stdout = BufReader::new(process.0.stdout.take().expect("piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("the first line comes");
    let started: Value = serde_json::from_str(&line).expect("JSON");
    let address = |name: &str| started[name].as_str().and_then(|text| text.parse().ok()).expect("an address");
    let (address, metrics): (SocketAddr, SocketAddr) = (address("address"), address("metrics_address"));
    let mut client = Client::connect(address).expect("the service listens");
    for _ in 0..10_000 {
        assert_eq!(client.ask(post("{}")).expect("the service answers").status, 201);
    }
    let mut client = Client::connect(metrics).expect("metrics are served");
    let answer = client.ask(crate::client::request("GET", "/metrics")).expect("metrics are served");
    let text = String::from_utf8(answer.body).expect("metrics are text");
    let dropped = text.lines().find_map(|line| line.strip_prefix("log_lines_dropped_total "));
    let dropped: u64 = dropped.and_then(|value| value.parse().ok()).expect("the series is there");
    // A mebibyte of lines waits, as much at most is being written, and the pipe takes 64 KiB; of the rest none does.
    // A line has 250 to 500 bytes.
    let room = (1 << 20) / 500..=((2 << 20) + (64 << 10)) / 250;
    assert!(room.contains(&(10_000 - dropped)), "{dropped} lines were dropped");
    // What was kept is whole.
    drop(process);
    let kept: Vec<String> = stdout.lines().map(|line| line.expect("text")).collect();
    let whole = kept.iter().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
    assert!(!kept.is_empty() && whole + 1 >= kept.len(), "{whole} of {}", kept.len());
}
