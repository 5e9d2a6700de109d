//! A real Prometheus scrapes the real data processor under load: each alert of the flagship fires when its fault is made,
//! and none when it is not.
//!
//! Every duration in the rules is divided by [`FASTER`], on the typed rules, so that half an hour takes a minute.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use belvedere::Stack;
use belvedere::aps::{DeadMansSwitch, RuleGroup, RulesFile};
use belvedere::sns::TopicRef;
use serde_json::Value;

use crate::tools;

#[path = "../../examples/full_stack/rules.rs"]
pub(crate) mod rules;

/// What durations in the rules are divided by.
const FASTER: u32 = 30;

/// How long all must be quiet before a fault is made: longer than any alert holds, at this speed.
const QUIET: Duration = Duration::from_secs(40);

/// What nothing here takes, on a busy machine.
const LONG: Duration = Duration::from_secs(180);

/// The alert that always fires.
const WATCHDOG: &str = "Watchdog";

/// All groups of rules of the flagship.
pub(crate) fn flagship() -> Vec<RuleGroup> {
    let mut stack = Stack::new("Example");
    let topic = TopicRef::from_arn("arn:aws:sns:eu-central-1:123456789012:alerts");
    let heartbeat = stack.add("Heartbeat", DeadMansSwitch::new(&topic));
    rules::file().group(heartbeat.rules()).groups().to_vec()
}

/// A program of ours that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

pub(crate) fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < LONG, "{what}: not within {LONG:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free")
}

/// The folder of the programs of this repository, once they are built.
pub(crate) fn programs() -> PathBuf {
    built(&["data-processor", "load-generator"])
}

/// The folder of these programs of this repository, once they are built.
pub(crate) fn built(packages: &[&str]) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked"])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .current_dir(tools::root())
        .status()
        .expect("cargo starts");
    assert!(built.success());
    // The tests themselves are in `<profile>/deps`.
    let own = env::current_exe().expect("the test has a path");
    own.ancestors().nth(2).expect("it lies in the target folder").to_owned()
}

/// The service with load on it, and a Prometheus that looks at both.
struct Rehearsal {
    service: Running,
    _load: Running,
    _prometheus: Running,
    address: SocketAddr,
}

impl Rehearsal {
    fn start(prometheus: &Path, folder: &Path, storage: &[(&str, String)]) -> Self {
        let programs = programs();
        let mut service = Command::new(programs.join("data-processor"))
            .env_clear()
            .envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")])
            .envs(storage.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map(Running)
            .expect("the service starts");
        let mut log = BufReader::new(service.0.stdout.take().expect("piped")).lines();
        let started = log.by_ref().find_map(|line| {
            let line: Value = serde_json::from_str(&line.expect("the log is text")).expect("a line is JSON");
            (line["message"] == "started").then_some(line)
        });
        let started = started.expect("the service says that it started");
        let member = |name: &str| started[name].as_str().expect("an address").to_owned();
        // A pipe that nobody reads would stop the service.
        thread::spawn(move || log.for_each(drop));

        let load = Command::new(programs.join("load-generator"))
            .args([&format!("http://{}", member("address")), "--rate", "20", "--mix", "good=90,missing=10"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("load.log")).expect("the folder is writable"))
            .spawn()
            .map(Running)
            .expect("the load generator starts");
        let address = free_address();
        let prometheus = Self::watch(prometheus, folder, address, &member("metrics_address"));
        Self { service, _load: load, _prometheus: prometheus, address }
    }

    fn watch(program: &Path, folder: &Path, address: SocketAddr, target: &str) -> Running {
        let faster = |group: RuleGroup| group.faster(FASTER).expect("all expressions are known");
        let file = flagship().into_iter().map(faster).fold(RulesFile::new(), RulesFile::group);
        fs::write(folder.join("rules.yml"), file.text().expect("all is known")).expect("the folder is writable");
        let config = format!(
            "global:\n  scrape_interval: 1s\nrule_files: [rules.yml]\nscrape_configs:\n- job_name: data-processor\n  \
             static_configs:\n  - targets: ['{target}']\n"
        );
        fs::write(folder.join("prometheus.yml"), config).expect("the folder is writable");
        let process = Command::new(program)
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("prometheus.log")).expect("the folder is writable"))
            .spawn();
        process.map(Running).expect("Prometheus starts")
    }

    /// A part of an answer of Prometheus' API, once it answers.
    fn ask(&self, path: &str) -> Option<Value> {
        let mut connection = TcpStream::connect(self.address).ok()?;
        write!(connection, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        serde_json::from_str::<Value>(body).ok()?.get_mut("data").map(Value::take)
    }

    /// The alerts that fire, once Prometheus answers.
    fn firing(&self) -> Option<BTreeSet<String>> {
        let alerts = self.ask("/api/v1/alerts")?;
        let firing = alerts["alerts"].as_array()?.iter().filter(|alert| alert["state"] == "firing");
        Some(firing.filter_map(|alert| Some(alert["labels"]["alertname"].as_str()?.to_owned())).collect())
    }

    /// Waits until the load is seen, then looks for so long that nothing fires but the alert that always does.
    fn all_is_quiet(&self) {
        let requests = "/api/v1/query?query=sum(rate(http_requests_total%5B10s%5D))>10";
        eventually("the load is seen", || {
            Some(!self.ask(requests)?["result"].as_array()?.is_empty()).filter(|seen| *seen)
        });
        eventually("the watchdog fires", || self.firing().filter(|firing| firing.contains(WATCHDOG)));
        let end = Instant::now() + QUIET;
        while Instant::now() < end {
            let firing = self.firing().expect("Prometheus answers");
            assert_eq!(firing, BTreeSet::from([WATCHDOG.to_owned()]), "no fault was made");
            thread::sleep(Duration::from_secs(1));
        }
        let broken: Vec<Value> = self.ask("/api/v1/rules").map_or_else(Vec::new, |data| {
            let groups = data["groups"].as_array().expect("groups").clone();
            let rules = groups.into_iter().flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default());
            rules.filter(|rule| rule["health"] != "ok").collect()
        });
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// Waits until these alerts fire, and no others do.
    fn these_fire(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().chain([&WATCHDOG]).map(|name| (*name).to_owned()).collect();
        let begin = Instant::now();
        loop {
            let firing = self.firing().expect("Prometheus answers");
            let others: Vec<&String> = firing.difference(&expected).collect();
            assert!(others.is_empty(), "{others:?} fire, and nothing is wrong with what they watch");
            if firing == expected {
                // They keep to themselves for a while, too.
                thread::sleep(Duration::from_secs(10));
                assert_eq!(self.firing().expect("Prometheus answers"), expected);
                return;
            }
            assert!(begin.elapsed() < LONG, "only {firing:?} fire, not {expected:?}");
            thread::sleep(Duration::from_millis(500));
        }
    }
}

#[test]
fn every_rule_of_the_flagship_is_proven() {
    const CASE: &str = "promtool proves the flagship's rules";
    let Some(promtool) = tools::find_debian_or_skip(CASE, "promtool") else { return };
    let file = flagship().into_iter().fold(RulesFile::new(), RulesFile::group);
    assert_eq!(file.check(), []);
    assert_eq!(crate::rules::prove(&promtool, "flagship-rules", &file), Ok(()));
}

#[test]
fn errors_fire_the_alerts_on_errors() {
    const CASE: &str = "a failing storage fires the alerts on errors";
    let Some(prometheus) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let folder = tools::scratch("alerts-errors");
    let documents = folder.join("documents");
    let storage = [("STORAGE_URL", format!("file:{}", documents.display()))];
    let rehearsal = Rehearsal::start(&prometheus, &folder, &storage);
    rehearsal.all_is_quiet();
    fs::rename(&documents, folder.join("gone")).expect("the documents can be moved away");
    rehearsal.these_fire(&[
        "DataProcessorErrors",
        "DataProcessorAvailabilityBurnsFast",
        "DataProcessorAvailabilityBurnsSlowly",
    ]);
}

#[test]
fn a_service_that_is_gone_fires_the_alert_on_scrapes() {
    const CASE: &str = "a service that is gone fires the alert on scrapes";
    let Some(prometheus) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let folder = tools::scratch("alerts-gone");
    let mut rehearsal = Rehearsal::start(&prometheus, &folder, &[("STORAGE_URL", "memory:".to_owned())]);
    rehearsal.all_is_quiet();
    rehearsal.service.0.kill().expect("the service runs");
    rehearsal.these_fire(&["DataProcessorNotScraped"]);
}

#[test]
fn a_slow_storage_fires_the_alerts_on_latency() {
    const CASE: &str = "a slow storage fires the alerts on latency";
    let Some(prometheus) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let Some(moto) = tools::find_or_skip(CASE, "moto/bin/moto_server") else { return };
    let folder = tools::scratch("alerts-slow");
    let bucket = Storage::start(&moto, &folder, &["documents"]);
    let network = Network::to(bucket.address);
    let storage = [
        ("STORAGE_URL", "s3://documents/data".to_owned()),
        ("AWS_ENDPOINT_URL_S3", format!("http://{}", network.address)),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        // The network is slow, not broken.
        ("STORAGE_TIMEOUT", "9s".to_owned()),
    ];
    let rehearsal = Rehearsal::start(&prometheus, &folder, &storage);
    rehearsal.all_is_quiet();
    network.delay_by(Duration::from_millis(1_500));
    rehearsal.these_fire(&["DataProcessorSlow", "DataProcessorLatencyBurnsFast", "DataProcessorLatencyBurnsSlowly"]);
}

/// An emulated S3 with buckets.
pub(crate) struct Storage {
    _process: Running,
    pub(crate) address: SocketAddr,
}

impl Storage {
    pub(crate) fn start(moto: &Path, folder: &Path, buckets: &[&str]) -> Self {
        let address = free_address();
        let process = Command::new(moto)
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("moto.log")).expect("the folder is writable"))
            .spawn()
            .map(Running)
            .expect("moto starts");
        for bucket in buckets {
            eventually("there is a bucket", || {
                let mut connection = TcpStream::connect(address).ok()?;
                write!(connection, "PUT /{bucket} HTTP/1.0\r\nhost: s3.amazonaws.com\r\ncontent-length: 0\r\n\r\n")
                    .ok()?;
                let mut answer = String::new();
                connection.read_to_string(&mut answer).ok()?;
                answer.lines().next()?.contains(" 200 ").then_some(())
            });
        }
        Self { _process: process, address }
    }
}

/// A network whose way back can be made slow.
pub(crate) struct Network {
    pub(crate) address: SocketAddr,
    delay: Arc<AtomicU64>,
}

impl Network {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let delay = Arc::new(AtomicU64::new(0));
        let of_connections = delay.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(target) else { continue };
                let pass = |from: &TcpStream, to: &TcpStream, delay: Arc<AtomicU64>| {
                    let (from, to) = (from.try_clone(), to.try_clone());
                    if let (Ok(from), Ok(to)) = (from, to) {
                        thread::spawn(move || carry(from, to, &delay));
                    }
                };
                pass(&client, &server, Arc::default());
                pass(&server, &client, of_connections.clone());
            }
        });
        Self { address, delay }
    }

    pub(crate) fn delay_by(&self, time: Duration) {
        self.delay.store(u64::try_from(time.as_millis()).expect("a short time"), Ordering::Relaxed);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: &AtomicU64) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(read) = from.read(&mut bytes) {
        thread::sleep(Duration::from_millis(delay.load(Ordering::Relaxed)));
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    _ = to.shutdown(Shutdown::Write);
    _ = from.shutdown(Shutdown::Read);
}
