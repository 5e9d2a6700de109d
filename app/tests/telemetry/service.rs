//! A running service, all of whose log lines are kept.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::client::{Answer, Client};
use crate::tools::{Running, eventually};

/// The program with nothing in its environment but what keeps it to this machine, to free ports and to haste.
pub(crate) fn program(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-processor"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
    command.envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0"), ("STORAGE_URL", "memory:")]);
    command.envs([("SHUTDOWN_DELAY", "0s"), ("AWS_EC2_METADATA_DISABLED", "true")]);
    command.envs([("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_BLRP_SCHEDULE_DELAY", "100")]);
    command.envs(variables.iter().copied());
    command
}

/// A running service; dropping it ends the process.
pub(crate) struct Service {
    process: Running,
    lines: Arc<Mutex<Vec<Value>>>,
    pub(crate) address: SocketAddr,
    pub(crate) metrics_address: SocketAddr,
}

impl Service {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let mut process = program(variables).spawn().expect("the program starts");
        let stdout = BufReader::new(process.stdout.take().expect("piped"));
        let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = lines.clone();
        thread::spawn(move || {
            for line in stdout.lines() {
                let line = line.expect("the log is text");
                let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
                kept.lock().expect("no panic").push(line);
            }
        });
        let nowhere = SocketAddr::from(([0; 4], 0));
        let mut service = Self { process: Running(process), lines, address: nowhere, metrics_address: nowhere };
        let started = service.line("started");
        let address = |name: &str| started[name].as_str().and_then(|text| text.parse().ok()).expect("an address");
        (service.address, service.metrics_address) = (address("address"), address("metrics_address"));
        service
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address).expect("the service listens")
    }

    pub(crate) fn ask(&self, request: &str) -> Answer {
        self.connect().ask(request).expect("the service answers")
    }

    /// All lines with this message, until now.
    pub(crate) fn lines(&self, message: &str) -> Vec<Value> {
        let lines = self.lines.lock().expect("no panic");
        lines.iter().filter(|line| line["message"] == message).cloned().collect()
    }

    /// The first line with this message, once it is there.
    pub(crate) fn line(&self, message: &str) -> Value {
        eventually(message, || self.lines(message).into_iter().next())
    }

    /// What a scrape without preferences gets.
    pub(crate) fn metrics(&self) -> String {
        let mut client = Client::connect(self.metrics_address).expect("metrics are served");
        let answer = client.ask(crate::client::request("GET", "/metrics")).expect("metrics are served");
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body).expect("metrics are text")
    }

    /// The value of a series now.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let text = self.metrics();
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{series} is not in\n{text}"))
    }

    /// Asks the process to end and waits until it has; whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        let process = &mut self.process.0;
        eventually("the end", || process.try_wait().expect("the process is ours")).success()
    }
}
