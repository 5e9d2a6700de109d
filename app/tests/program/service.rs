//! A running service.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Client;

/// What nothing in these tests takes.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// The program with nothing in its environment but what keeps it to this machine and to free ports.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-processor"));
    command.env_clear().envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")]);
    command.env("STORAGE_URL", "memory:").stdin(Stdio::null());
    command
}

/// What a program that ends by itself did: its exit code, stdout and stderr.
pub(crate) fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

/// A running service; dropping it ends the process.
pub(crate) struct Service {
    process: Child,
    log: Receiver<Value>,
    pub(crate) address: SocketAddr,
    pub(crate) metrics_address: SocketAddr,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::start_as(&mut program())
    }

    pub(crate) fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_as(program().envs(variables.iter().copied()))
    }

    pub(crate) fn start_as(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let stdout = BufReader::new(process.stdout.take().expect("piped"));
        let (tell, log) = channel();
        // A pipe that nobody reads would stop the service.
        thread::spawn(move || {
            for line in stdout.lines() {
                let line = line.expect("the log is text");
                let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let nowhere = SocketAddr::from(([0; 4], 0));
        let mut service = Self { process, log, address: nowhere, metrics_address: nowhere };
        let started = service.logged("started");
        assert_eq!((&started["level"], &started["service"]), (&"INFO".into(), &"data-processor".into()));
        let address = |name: &str| started[name].as_str().and_then(|text| text.parse().ok()).expect("an address");
        (service.address, service.metrics_address) = (address("address"), address("metrics_address"));
        service
    }

    /// The next line of the log that has this message.
    pub(crate) fn logged(&self, message: &str) -> Value {
        let end = Instant::now() + LONG;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).unwrap_or_else(|error| panic!("no line {message:?}: {error}"));
            if line["message"] == message {
                return line;
            }
        }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address).expect("the service listens")
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status();
        assert!(status.expect("kill runs").success());
    }

    pub(crate) fn exit(&mut self) -> ExitStatus {
        let end = Instant::now() + LONG;
        loop {
            if let Some(status) = self.process.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(Instant::now() < end, "the service did not stop");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// A line of `/proc/<id>/status` that tells a size, in bytes.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let text = fs::read_to_string(Path::new(&path)).expect("the process runs");
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:"))).expect("the line is there");
        1024 * line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
    }

    /// The time that the process has spent on processors.
    pub(crate) fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.process.id());
        let text = fs::read_to_string(Path::new(&path)).expect("the process runs");
        let (_, fields) = text.rsplit_once(") ").expect("the name ends");
        let ticks: u64 = fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
        Duration::from_millis(10 * ticks)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
