//! Loki and Tempo with the files that the flagship has for them, and all that they need.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::canary;
use super::panels::nanoseconds;
use crate::alerts_fire::{Network, Running, Storage, built, eventually, free_address};
use crate::ready_dashboards::{get, try_ask};
use crate::template::{REGION, Template};
use crate::tools;

/// Where Loki and Tempo are.
pub(crate) struct Programs {
    pub(crate) loki: PathBuf,
    pub(crate) tempo: PathBuf,
}

impl Programs {
    /// The programs that `LOKI_BIN` and `TEMPO_BIN` or the path name, or nothing once the skipped case is reported. No
    /// package has them, so `BELVEDERE_REQUIRE_TOOLS` does not ask for them.
    pub(crate) fn find_or_skip(case: &str) -> Option<Self> {
        let find = |variable: &str, name: &str| {
            let path = env::var_os("PATH").unwrap_or_default();
            let given = env::var_os(variable).map(PathBuf::from).into_iter();
            let mut candidates = given.chain(env::split_paths(&path).map(|folder| folder.join(name)));
            // Another program is named Loki, too.
            let found = candidates.find(|program| {
                let said = Command::new(program).arg("-version").stdin(Stdio::null()).output();
                said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).starts_with(&format!("{name}, version")))
            });
            if found.is_none() {
                tools::skip(case, &format!("{name} is not installed; {variable} can say where it is"));
            }
            found
        };
        let (loki, tempo) = (find("LOKI_BIN", "loki"), find("TEMPO_BIN", "tempo"));
        Some(Self { loki: loki?, tempo: tempo? })
    }
}

/// The configuration file of Loki, whose folder is another here. Nothing else is changed.
pub(crate) fn loki_file(template: &Template, folder: &Path) -> PathBuf {
    let text = template.file("LokiTask", "loki.yaml").replace("/var/loki", &folder.join("loki").display().to_string());
    write(folder, "loki.yaml", &text)
}

/// Where Tempo finds others and is found, in its file: there are no flags for these.
pub(crate) struct TempoPlaces {
    pub(crate) server: [SocketAddr; 2],
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) storage: SocketAddr,
    pub(crate) metrics: SocketAddr,
}

/// The configuration file of Tempo. Its folder and these places are others here, and blocks are written and looked for more
/// often.
pub(crate) fn tempo_file(template: &Template, folder: &Path, places: &TempoPlaces) -> PathBuf {
    let mut text =
        template.file("TempoTask", "tempo.yaml").replace("/var/tempo", &folder.join("tempo").display().to_string());
    let managed =
        format!("https://aps-workspaces.{REGION}.amazonaws.com/workspaces/metrics6dbda108/api/v1/remote_write");
    let s3 = format!("endpoint: s3.{REGION}.amazonaws.com\n");
    let here = format!("endpoint: {}\n      insecure: true\n      forcepathstyle: true\n", places.storage);
    let [http, grpc] = places.server;
    let server = format!(
        "http_listen_address: {}\n  http_listen_port: {}\n  grpc_listen_address: {}\n  grpc_listen_port: {}\n",
        http.ip(),
        http.port(),
        grpc.ip(),
        grpc.port()
    );
    let replaced = [
        ("http_listen_port: 3200\n", server),
        ("0.0.0.0:4317", places.grpc.to_string()),
        ("0.0.0.0:4318", places.http.to_string()),
        (&*s3, here),
        (&*managed, format!("http://{}/api/v1/write", places.metrics)),
        ("backend: s3\n", "backend: s3\n    blocklist_poll: 5s\n".to_owned()),
        ("max_block_duration: 5m\n", "max_block_duration: 10s\n".to_owned()),
    ];
    for (old, new) in replaced {
        assert_eq!(text.matches(old).count(), 1, "{old} in {text}");
        text = text.replace(old, &new);
    }
    // It talks to no other, and listens for them all the same.
    text += "memberlist:\n  bind_addr: [127.0.0.1]\n";
    write(folder, "tempo.yaml", &text)
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("the folder is writable");
    path
}

/// The flagship on this machine: the service under load, the canary, and where metrics, logs and traces are.
pub(crate) struct Flagship {
    pub(crate) loki: SocketAddr,
    pub(crate) tempo: SocketAddr,
    pub(crate) prometheus: SocketAddr,
    network: Network,
    _running: Vec<Running>,
    _storage: Storage,
}

impl Flagship {
    pub(crate) fn start(programs: &Programs, prometheus: &Path, moto: &Path, folder: &Path) -> Self {
        let template = Template::of("full_stack");
        let own = built(&["data-processor", "load-generator", "test-runner"]);
        let ports = free_addresses();
        let [loki, loki_grpc, tempo, tempo_grpc, members, otlp_grpc, otlp, metrics] = ports;
        let loki_file = loki_file(&template, folder);
        let mut app = template.container("app");
        let mut test_runner = template.function("TestRunner");
        let buckets =
            buckets(&[template.file("LokiTask", "loki.yaml"), template.file("TempoTask", "tempo.yaml")], &app);
        let storage = Storage::start(moto, folder, &buckets.iter().map(String::as_str).collect::<Vec<_>>());
        let network = Network::to(storage.address);
        let places =
            TempoPlaces { server: [tempo, tempo_grpc], grpc: otlp_grpc, http: otlp, storage: storage.address, metrics };
        let tempo_file = tempo_file(&template, folder, &places);
        let mut running = Vec::new();

        // S3 is emulated, and what takes minutes takes seconds. Flags win over the file.
        let s3 = storage.address.to_string();
        let listening = |http: SocketAddr, grpc: SocketAddr| {
            ["http", "grpc"].into_iter().zip([http, grpc]).flat_map(|(kind, address)| {
                [
                    format!("-server.{kind}-listen-address={}", address.ip()),
                    format!("-server.{kind}-listen-port={}", address.port()),
                ]
            })
        };
        running.push(quiet(
            Command::new(&programs.loki)
                .arg(format!("-config.file={}", loki_file.display()))
                .args(listening(loki, loki_grpc))
                .args([format!("-s3.endpoint={s3}"), "-s3.insecure=true".into(), "-s3.force-path-style=true".into()])
                .args(["-compactor.compaction-interval=5s", "-compactor.apply-retention-interval=5s"])
                .args(["-ingester.flush-check-period=1s", "-ingester.max-chunk-age=10s"]),
            folder,
            "loki",
        ));
        running.push(quiet(
            Command::new(&programs.tempo)
                .arg(format!("-config.file={}", tempo_file.display()))
                .arg(format!("-memberlist.bind-port={}", members.port())),
            folder,
            "tempo",
        ));
        eventually("Loki is ready", || get(loki, "/ready").filter(|said| said.trim() == "ready"));
        eventually("Tempo is ready", || get(tempo, "/ready").filter(|said| said.trim() == "ready"));

        for (_, value) in app.iter_mut().chain(&mut test_runner) {
            *value =
                value.replace(":3100/", &format!(":{}/", loki.port())).replace(":4318/", &format!(":{}/", otlp.port()));
        }
        let mut service = Command::new(own.join("data-processor"))
            .env_clear()
            .envs(app)
            .envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")])
            .envs(credentials())
            .env("AWS_ENDPOINT_URL_S3", format!("http://{}", network.address))
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
        thread::spawn(move || log.for_each(drop));
        running.push(service);
        let url = format!("http://{}", started["address"].as_str().expect("an address"));
        let mix = ["--rate", "10", "--mix", "good=80,missing=10,invalid=10", "--trace-sampled"];
        running.push(quiet(Command::new(own.join("load-generator")).arg(&url).args(mix), folder, "load"));
        for (name, value) in &mut test_runner {
            if name == "DATA_PROCESSOR_URL" {
                value.clone_from(&url);
            }
        }
        running.push(canary::start(&own.join("test-runner"), &test_runner));

        let app = started["metrics_address"].as_str().expect("an address");
        let targets = [("data-processor", app), ("loki", &loki.to_string()), ("tempo", &tempo.to_string())];
        running.push(watch(prometheus, folder, metrics, &targets));
        let flagship = Self { loki, tempo, prometheus: metrics, network, _running: running, _storage: storage };
        flagship.settle();
        flagship
    }

    /// Waits until there is something of everything: requests, slow ones, failures.
    fn settle(&self) {
        eventually("the load is seen", || self.count("sum(rate(http_requests_total[10s])) > 5"));
        self.network.delay_by(Duration::from_millis(700));
        eventually("requests are slow", || {
            let within = "sum(rate(http_request_duration_seconds_bucket{le=\"0.5\"}[10s]))";
            self.count(&format!("sum(rate(http_request_duration_seconds_count[10s])) - {within} > 0"))
        });
        self.network.delay_by(Duration::from_secs(6));
        eventually("the storage fails", || self.count("sum(rate(http_requests_total{status=~\"5..\"}[10s])) > 0"));
        self.network.delay_by(Duration::ZERO);
        eventually("Tempo makes metrics", || {
            self.count("count_over_time(traces_service_graph_request_total[1m]) > 2")?;
            self.count("count_over_time(traces_spanmetrics_calls_total[1m]) > 2")
        });
        self.log_an_error();
    }

    /// Another program logs an error by OTLP: the service has warnings of a storage that is late, and errors of its own
    /// defects only.
    fn log_an_error(&self) {
        let record = json!({ "timeUnixNano": nanoseconds(1), "severityNumber": 17, "severityText": "ERROR",
            "body": { "stringValue": "something is wrong" } });
        let service = json!({ "key": "service.name", "value": { "stringValue": "another" } });
        let body = json!({ "resourceLogs": [{ "resource": { "attributes": [service] },
            "scopeLogs": [{ "logRecords": [record] }] }] });
        let body = body.to_string();
        let mut connection = TcpStream::connect(self.loki).expect("Loki listens");
        write!(
            connection,
            "POST /otlp/v1/logs HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("Loki takes it");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("Loki answers");
        assert!(answer.lines().next().is_some_and(|status| status.contains(" 20")), "{answer}");
    }

    fn count(&self, query: &str) -> Option<()> {
        let answer = try_ask(self.prometheus, "/api/v1/query", &[("query", query)])?;
        (!answer["result"].as_array()?.is_empty()).then_some(())
    }
}

/// Addresses that differ.
fn free_addresses<const COUNT: usize>() -> [SocketAddr; COUNT] {
    let mut found = BTreeSet::new();
    while found.len() < COUNT {
        found.insert(free_address());
    }
    let found: Vec<_> = found.into_iter().collect();
    found.try_into().expect("as many as asked for")
}

/// The buckets that the files and the service name.
fn buckets(files: &[String], app: &[(String, String)]) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for text in files {
        let named = |line: &str| {
            let line = line.trim();
            line.strip_prefix("bucket: ").or_else(|| line.strip_prefix("bucketnames: ")).map(str::to_owned)
        };
        found.extend(text.lines().filter_map(named));
    }
    let url = app.iter().find(|(name, _)| name == "STORAGE_URL").map(|(_, url)| url).expect("a storage");
    found.extend(url.strip_prefix("s3://").and_then(|url| url.split('/').next()).map(str::to_owned));
    assert_eq!(found.len(), 3, "{found:?}");
    found
}

fn credentials() -> [(&'static str, &'static str); 4] {
    [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}

fn quiet(command: &mut Command, folder: &Path, name: &str) -> Running {
    let log = File::create(folder.join(format!("{name}.log"))).expect("the folder is writable");
    command.envs(credentials()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().map(Running).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn watch(program: &Path, folder: &Path, address: SocketAddr, targets: &[(&str, &str)]) -> Running {
    let mut config = "global:\n  scrape_interval: 1s\nscrape_configs:\n".to_owned();
    for (job, target) in targets {
        config += &format!("- job_name: {job}\n  static_configs:\n  - targets: ['{target}']\n");
    }
    let mut command = Command::new(program);
    command
        .arg(format!("--config.file={}", write(folder, "prometheus.yml", &config).display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("metrics").display()))
        .arg(format!("--web.listen-address={address}"))
        .args(["--enable-feature=exemplar-storage", "--web.enable-remote-write-receiver"]);
    quiet(&mut command, folder, "prometheus")
}
