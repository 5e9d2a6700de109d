//! A real Prometheus scrapes the real data processor under load, a node exporter and itself: every query of every panel
//! and variable of the ready dashboards about them has an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use belvedere_grafana::Content;
use belvedere_grafana::datasource::Prometheus;
use belvedere_grafana::prometheus::{RuleGroup, RulesFile};
use belvedere_grafana::ready::{Ec2Host, PrometheusItself, ServiceRed, SloDashboard};
use serde_json::Value;

use crate::alerts_fire::{Running, eventually, free_address, programs};
use crate::tools;

#[path = "../../grafana/tests/ready/everything.rs"]
mod everything;

const CASE: &str = "every query of the ready dashboards has an answer";

/// The dashboards, as Grafana gets them.
fn dashboards() -> Vec<Value> {
    let mut content = Content::new("ready");
    let prometheus = content.add(Prometheus::new("prometheus", "Prometheus", "http://prometheus.example:9090"));
    content.add(ServiceRed::new(&prometheus).job("data-processor").data_processor());
    content.add(Ec2Host::new(&prometheus).job("node"));
    content.add(PrometheusItself::new(&prometheus).job("prometheus").remote_write());
    content.add(SloDashboard::new(&prometheus).objective(everything::availability().queries()));
    content.document().dashboards.into_iter().map(|placed| placed.dashboard).collect()
}

#[test]
fn every_query_has_an_answer() {
    let Some(prometheus) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let Some(node_exporter) = tools::find_debian_or_skip(CASE, "prometheus-node-exporter") else { return };
    let folder = tools::scratch("ready-dashboards");
    let stack = Stack::start(&prometheus, &node_exporter, &folder);
    let here = stack.node_exporter_metrics();
    let mut empty = Vec::new();
    for dashboard in dashboards() {
        let view = View::open(&stack, &dashboard, &mut empty);
        for (panel, target) in targets(&dashboard) {
            let expression = target["expr"].as_str().expect("all of them ask Prometheus");
            let place = format!("{}, {panel}: {expression}", dashboard["title"]);
            let absent: Vec<_> = names(expression).into_iter().filter(|name| name.starts_with("node_")).collect();
            let absent: Vec<_> = absent.into_iter().filter(|name| !here.contains(*name)).collect();
            if !absent.is_empty() {
                // A container has no disks, sensors or pressure of its own.
                tools::skip(CASE, &format!("{place}: this machine does not tell of {}", absent.join(", ")));
                continue;
            }
            if view.values(expression, target["instant"] == true) == 0 {
                empty.push(place);
            }
        }
    }
    assert!(empty.is_empty(), "{} queries have no answer:\n{}", empty.len(), empty.join("\n"));

    let exemplars = stack.ask(
        "/api/v1/query_exemplars",
        &[("query", "http_request_duration_seconds_bucket"), ("start", &ago(60)), ("end", &ago(0))],
    );
    let traced = exemplars.as_array().is_some_and(|series| {
        let exemplars = series.iter().flat_map(|series| series["exemplars"].as_array().cloned().unwrap_or_default());
        exemplars.into_iter().any(|exemplar| exemplar["labels"]["trace_id"].is_string())
    });
    assert!(traced, "no request has an exemplar: {exemplars}");
}

#[test]
fn grafanas_types_take_the_ready_dashboards() {
    let placed = everything::all().document().dashboards;
    let uid = |dashboard: &Value| dashboard["uid"].as_str().expect("a uid").to_owned();
    let all: Vec<_> = placed.into_iter().map(|placed| (uid(&placed.dashboard), placed.dashboard)).collect();
    let Some(ran) = crate::dashboards::judge("ready dashboards fit Grafana's types", &all) else { return };
    assert!(ran.success, "{}", ran.text);
}

#[test]
fn the_catalog_has_what_the_programs_here_export() {
    const CASE: &str = "the catalog has what the programs here export";
    for program in ["prometheus", "prometheus-node-exporter", "prometheus-alertmanager"] {
        if tools::find_debian_or_skip(CASE, program).is_none() {
            return;
        }
    }
    let refresh = tools::root().join("grafana/data/refresh");
    let output = Command::new(refresh).arg("--check").output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "grafana/data/refresh adds what is missing:\n{said}");
    said.lines().for_each(tools::note);
}

/// The programs that are looked at, and Prometheus.
struct Stack {
    _service: Running,
    _load: Running,
    _node_exporter: Running,
    _prometheus: Running,
    address: SocketAddr,
    node_exporter: SocketAddr,
}

impl Stack {
    fn start(prometheus: &Path, node_exporter: &Path, folder: &Path) -> Self {
        let programs = programs();
        let documents = folder.join("documents");
        let mut service = Command::new(programs.join("data-processor"))
            .env_clear()
            .envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")])
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("STORAGE_URL", format!("file:{}", documents.display()))
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
        let quiet = |command: &mut Command, log: &str| {
            let log = File::create(folder.join(log)).expect("the folder is writable");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().map(Running)
        };
        let url = format!("http://{}", started["address"].as_str().expect("an address"));
        let mix = ["--rate", "40", "--mix", "good=80,missing=10,invalid=10", "--trace-sampled"];
        let load = quiet(Command::new(programs.join("load-generator")).arg(url).args(mix), "load.log");
        let (address, node) = (free_address(), free_address());
        let exporter = quiet(
            Command::new(node_exporter)
                .arg(format!("--web.listen-address={node}"))
                .args(["--collector.processes", "--no-collector.systemd"]),
            "node-exporter.log",
        );
        let target = started["metrics_address"].as_str().expect("an address");
        configure(
            folder,
            address,
            &[("data-processor", target), ("node", &node.to_string()), ("prometheus", &address.to_string())],
        );
        let arguments = ["--enable-feature=exemplar-storage", "--web.enable-remote-write-receiver"];
        let watching = quiet(
            Command::new(prometheus)
                .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
                .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
                .arg(format!("--web.listen-address={address}"))
                .args(arguments),
            "prometheus.log",
        );
        let stack = Self {
            _service: service,
            _load: load.expect("the load generator starts"),
            _node_exporter: exporter.expect("the node exporter starts"),
            _prometheus: watching.expect("Prometheus starts"),
            address,
            node_exporter: node,
        };
        stack.settle(folder);
        stack
    }

    /// Waits until there is half a minute of everything, and a fault of the storage in it.
    fn settle(&self, folder: &Path) {
        let documents = folder.join("documents");
        let requests = "sum(rate(http_requests_total[10s])) > 10";
        eventually("the load is seen", || self.count(requests));
        fs::rename(&documents, folder.join("gone")).expect("the documents can be moved away");
        eventually("the storage fails", || self.count("sum(rate(http_requests_total{status=~\"5..\"}[10s])) > 0"));
        fs::rename(folder.join("gone"), &documents).expect("the documents can be brought back");
        eventually("the objective is evaluated", || self.count("slo:error_budget_remaining:ratio"));
        let half_a_minute = "count_over_time(http_requests_in_flight[1m]) > 30 and on () prometheus_tsdb_head_series";
        eventually("there is half a minute of it", || {
            use_the_disk(&folder.join("written"));
            self.count(half_a_minute)
        });
    }

    fn count(&self, query: &str) -> Option<()> {
        let answer = try_ask(self.address, "/api/v1/query", &[("query", query)])?;
        (!answer["result"].as_array()?.is_empty()).then_some(())
    }

    /// A part of an answer of Prometheus' API.
    fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        try_ask(self.address, path, parameters).unwrap_or_else(|| panic!("{path} {parameters:?} is refused"))
    }

    /// The names of what the node exporter tells on this machine.
    fn node_exporter_metrics(&self) -> BTreeSet<String> {
        let text = get(self.node_exporter, "/metrics").expect("the node exporter answers");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| Some(line.split(['{', ' ']).next()?.to_owned())).collect()
    }
}

/// Writes to the disk and reads from it, not from the memory that the system keeps of it.
fn use_the_disk(file: &Path) {
    fs::write(file, [7; 1 << 20]).expect("the folder is writable");
    let forget = ["oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"];
    let forgotten = Command::new("dd").arg(format!("of={}", file.display())).args(forget).status();
    assert!(forgotten.expect("dd starts").success());
    fs::read(file).expect("it was written");
}

/// Prometheus' configuration: it scrapes each second, records an objective, and writes to itself.
fn configure(folder: &Path, address: SocketAddr, targets: &[(&str, &str)]) {
    let faster = RuleGroup::from(everything::availability()).faster(60).expect("all is known");
    let rules = RulesFile::new().group(faster).text().expect("all is known");
    fs::write(folder.join("rules.yml"), rules).expect("the folder is writable");
    let mut config = format!(
        "global:\n  scrape_interval: 1s\nrule_files: [rules.yml]\nremote_write:\n- name: itself\n  url: \
         http://{address}/api/v1/write\n  write_relabel_configs:\n  - {{source_labels: [__name__], regex: up, action: keep}}\n  \
         - {{target_label: written, replacement: again}}\nscrape_configs:\n"
    );
    // One that is not there, for what is said of targets that are down.
    for (job, target) in targets.iter().chain([&("gone", "127.0.0.1:1")]) {
        config += &format!("- job_name: {job}\n  static_configs:\n  - targets: ['{target}']\n");
    }
    fs::write(folder.join("prometheus.yml"), config).expect("the folder is writable");
}

/// A dashboard with the values of its variables.
struct View<'a> {
    stack: &'a Stack,
    variables: BTreeMap<String, String>,
}

impl<'a> View<'a> {
    /// Asks for the values of the variables, in their order, and chooses as Grafana does when the dashboard is opened.
    fn open(stack: &'a Stack, dashboard: &Value, empty: &mut Vec<String>) -> Self {
        let mut view = Self { stack, variables: BTreeMap::new() };
        for variable in dashboard["templating"]["list"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str().expect("a name");
            let query = variable["definition"].as_str().expect("all of them ask Prometheus");
            let inside = query.strip_prefix("label_values(").and_then(|query| query.strip_suffix(')'));
            let (selector, label) = inside.and_then(|inside| inside.rsplit_once(", ")).expect("the values of a label");
            let selector = view.filled(selector);
            let values = stack.ask(&format!("/api/v1/label/{label}/values"), &[("match[]", &selector)]);
            let values: Vec<_> = values.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let chosen = &variable["current"]["value"];
            let chosen = chosen.as_array().map_or(chosen, |values| &values[0]).as_str();
            let value = match chosen {
                Some("$__all") => variable["allValue"].as_str().expect("what stands for all").to_owned(),
                Some(chosen) if values.contains(&chosen) => chosen.to_owned(),
                Some(_) => String::new(),
                None => values.first().copied().unwrap_or_default().to_owned(),
            };
            if value.is_empty() || values.is_empty() {
                empty.push(format!("{}, variable {name}: {query} has {values:?}", dashboard["title"]));
            }
            view.variables.insert(name.to_owned(), value);
        }
        view
    }

    fn filled(&self, text: &str) -> String {
        let macros = [("$__rate_interval", "10s"), ("$__range", "30s"), ("$__interval", "5s")];
        let text = macros.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        self.variables.iter().fold(text, |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    /// How many values a query has that are numbers.
    fn values(&self, expression: &str, instant: bool) -> usize {
        let query = self.filled(expression);
        let answer = if instant {
            self.stack.ask("/api/v1/query", &[("query", &query)])
        } else {
            let (start, end) = (ago(30), ago(0));
            self.stack.ask("/api/v1/query_range", &[("query", &query), ("start", &start), ("end", &end), ("step", "5")])
        };
        let series = answer["result"].as_array().into_iter().flatten();
        let values = series.flat_map(|series| match &series["values"] {
            Value::Array(values) => values.clone(),
            _ => vec![series["value"].clone()],
        });
        values.filter(|value| value[1].as_str().is_some_and(|value| value != "NaN")).count()
    }
}

/// The queries of a dashboard, each with its panel's title, those in rows included.
pub(crate) fn targets(dashboard: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut open: Vec<&Value> = dashboard["panels"].as_array().into_iter().flatten().collect();
    while let Some(panel) = open.pop() {
        open.extend(panel["panels"].as_array().into_iter().flatten());
        let title = panel["title"].as_str().unwrap_or_default();
        let queries = panel["targets"].as_array().into_iter().flatten();
        found.extend(queries.map(|target| (title.to_owned(), target.clone())));
    }
    assert!(!found.is_empty(), "{} asks nothing", dashboard["title"]);
    found
}

/// The words of a query.
fn names(expression: &str) -> Vec<&str> {
    expression.split(|at: char| !at.is_ascii_alphanumeric() && at != '_').collect()
}

pub(crate) fn ago(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    (now - Duration::from_secs(seconds)).as_secs_f64().to_string()
}

/// The answer's `data`, if it is a success.
pub(crate) fn try_ask(address: SocketAddr, path: &str, parameters: &[(&str, &str)]) -> Option<Value> {
    let escaped = |text: &str| {
        let byte = |byte: u8| {
            if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let mut answer: Value = serde_json::from_str(&get(address, &format!("{path}?{}", pairs.join("&")))?).ok()?;
    (answer["status"] == "success").then(|| answer["data"].take())
}

fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut connection = TcpStream::connect(address).ok()?;
    write!(connection, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    Some(answer.split_once("\r\n\r\n")?.1.to_owned())
}
