//! rotel, an OTLP collector that nobody here wrote, and what it says that it has received.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::tools::{Running, eventually, free_address, scratch};

/// A running collector.
pub(crate) struct Rotel {
    _process: Running,
    text: Arc<Mutex<String>>,
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
}

/// A span or a log record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl Rotel {
    pub(crate) fn start(program: &Path, case: &str) -> Self {
        let folder = scratch(case);
        let (grpc, http) = (free_address(), free_address());
        let mut process = Command::new(program)
            .env_clear()
            .args(["start", "--exporter", "blackhole", "--debug-log-verbosity", "detailed"])
            .args(["--debug-log", "traces", "--debug-log", "logs"])
            .args(["--otlp-grpc-endpoint", &grpc.to_string(), "--otlp-http-endpoint", &http.to_string()])
            .arg("--pid-file")
            .arg(folder.join("pid"))
            .arg("--log-file")
            .arg(folder.join("log"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the collector starts");
        let stdout = BufReader::new(process.stdout.take().expect("piped"));
        let text = Arc::new(Mutex::new(String::new()));
        let kept = text.clone();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let mut text = kept.lock().expect("no panic");
                text.push_str(&line);
                text.push('\n');
            }
        });
        let process = Running(process);
        for address in [grpc, http] {
            eventually("the collector listens", || TcpStream::connect(address).ok());
        }
        Self { _process: process, text, grpc, http }
    }

    /// The spans and the log records that have come until now.
    pub(crate) fn received(&self) -> (Vec<Record>, Vec<Record>) {
        read(&self.text.lock().expect("no panic"))
    }
}

/// Reads what the collector prints of each record.
fn read(text: &str) -> (Vec<Record>, Vec<Record>) {
    let (mut spans, mut logs) = (Vec::new(), Vec::new());
    let mut resource = BTreeMap::new();
    let mut current: Option<&mut Record> = None;
    for line in text.lines() {
        if line.starts_with("ResourceSpans #") || line.starts_with("ResourceLog #") {
            (resource, current) = (BTreeMap::new(), None);
        } else if line.starts_with("Span #") || line.starts_with("LogRecord #") {
            let records = if line.starts_with("Span #") { &mut spans } else { &mut logs };
            records.push(Record { resource: resource.clone(), ..Record::default() });
            current = records.last_mut();
        } else if let Some((name, value)) = line.trim().strip_prefix("-> ").and_then(|line| line.split_once(": ")) {
            // `Str(text)`, `Int(7)`.
            let value = value.split_once('(').and_then(|(_, value)| value.strip_suffix(')')).unwrap_or(value);
            let attributes = current.as_mut().map_or(&mut resource, |record| &mut record.attributes);
            attributes.insert(name.to_owned(), value.to_owned());
        } else if let (Some(record), Some((name, value))) = (&mut current, line.split_once(':')) {
            record.fields.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
    (spans, logs)
}
