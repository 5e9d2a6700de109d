//! The flagship's own dashboards have data.
//!
//! Two tasks of the real data processor are under load. Beside each is a real Prometheus as an agent, configured as the
//! assembly says, which writes to another in the place of managed Prometheus; that one evaluates the flagship's rules.
//! Each query of the assembly's documents is asked as a preview asks it, and a browser opens the preview.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use belvedere_grafana::preview::{Answer, Answers, PanelState, Preview, Request};
use belvedere_grafana::prometheus::{RuleGroup, RulesFile};
use serde_json::Value;

use crate::alerts_fire::{Running, eventually, flagship, free_address, programs};
use crate::ready_dashboards::{get, try_ask};
use crate::template::Template;
use crate::tools;

const CASE: &str = "the flagship's dashboards have data";

/// What durations in the rules are divided by. The shortest window still has samples, which arrive some seconds late.
const FASTER: u32 = 20;

/// Dashboards of which Prometheus has what programs tell that are not here.
const ELSEWHERE: [(&str, &str); 3] = [
    ("Loki", "what Loki tells of itself"),
    ("Tempo", "what Tempo tells of itself"),
    ("Traces", "what Tempo makes of traces"),
];

#[test]
fn each_query_of_the_flagships_documents_has_data() {
    let Some(prometheus) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let Some(assemblies) = tools::assemblies_or_skip(CASE) else { return };
    let folder = tools::scratch("flagship-dashboards");
    let managed = Managed::start(&prometheus, &folder);
    let name = |assembly: &PathBuf| assembly.file_name().expect("a folder").to_string_lossy().into_owned();
    let configuration = |assembly| Template::of(&name(assembly)).file("DataProcessorTask", "prometheus.yml");
    let configurations: BTreeSet<String> = assemblies.iter().map(configuration).collect();
    assert_eq!(configurations.len(), 1, "both flagships scrape alike");
    let configuration = configurations.first().expect("one");
    let start = |number| Task::start(number, &prometheus, configuration, managed.address, &folder);
    let (first, second) = (start(1), start(2));
    let instances = [0, 1].map(|job| [&first, &second].map(|task| task.instances[job].clone()));
    // Its scraper goes on.
    let Task { service, _load, _agent, .. } = second;
    managed.settle(&first, service);

    let mut empty = Vec::new();
    for assembly in &assemblies {
        let dashboards = dashboards(assembly);
        assert!(dashboards.len() >= 7, "{}", assembly.display());
        for dashboard in &dashboards {
            let title = dashboard["title"].as_str().expect("a title");
            let (preview, answers) = managed.ask([dashboard.clone()]);
            let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == title);
            let (mut untold, mut unasked) = (0, BTreeMap::new());
            for panel in preview.summary(&answers) {
                let mut ours = Vec::new();
                for detail in &panel.details {
                    let plugin = detail.strip_suffix(" is not asked here").and_then(|text| text.rsplit(' ').next());
                    match plugin {
                        Some(plugin) => *unasked.entry(plugin.to_owned()).or_insert(0) += 1,
                        None => ours.push(detail),
                    }
                }
                if elsewhere.is_some() && panel.state != PanelState::Error {
                    untold += ours.len();
                } else {
                    empty.extend(ours.into_iter().map(|detail| format!("{title}, {}: {detail}", panel.panel)));
                }
            }
            if let Some((_, what)) = elsewhere {
                tools::skip(CASE, &format!("{title}: {untold} queries of Prometheus for {what}"));
            }
            for (plugin, count) in unasked {
                let why = if plugin == "cloudwatch" { "there is no account" } else { "it is not here" };
                tools::skip(CASE, &format!("{title}: {count} queries of {plugin}: {why}"));
            }
            let numberless = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Data(data) if is_nan(data)));
            empty.extend(numberless.map(|(request, _)| format!("{title}: no number: {}", request.path)));
        }
    }
    assert!(empty.is_empty(), "{} queries have no data:\n{}", empty.len(), empty.join("\n"));

    // What is drawn for each instance is drawn for each task. What runs has a mark where it was started.
    let [services, agents] = &instances;
    for (job, dashboard, instances, running) in [
        ("data-processor", "service-red", services, &services[..1]),
        ("prometheus-agent", "prometheus-agent", agents, &agents[..]),
    ] {
        assert_eq!(managed.instances(&format!("up{{job=\"{job}\"}}")), instances);
        let starts = starts(&assemblies[0], dashboard).replace("$job", job).replace("$instance", ".*");
        assert_eq!(managed.instances(&starts), running, "{starts}");
    }
    // What is not in a task keeps its address.
    assert_eq!(managed.instances(&format!("up{{job=\"{GONE}\"}}")), ["127.0.0.1:1"; 2]);
    looked_at(&managed, &assemblies[0], &folder);
}

/// A browser opens the preview of all dashboards.
fn looked_at(managed: &Managed, assembly: &Path, folder: &Path) {
    const CASE: &str = "a browser shows the flagship's dashboards";
    let Some(chromium) = tools::find_debian_or_skip(CASE, "chromium") else { return };
    let Some(modules) = tools::find_or_skip(CASE, "npm/node_modules/playwright-core") else { return };
    let (preview, answers) = managed.ask(dashboards(assembly));
    let page = folder.join("dashboards.html");
    fs::write(&page, preview.page(&answers)).expect("the folder is writable");
    let looked = Command::new("node")
        .arg(tools::root().join("tests/tools/preview.mjs"))
        .args([&page, folder])
        .env("CHROMIUM", chromium)
        .env("NODE_MODULES", modules.parent().expect("a folder"))
        .output()
        .expect("node starts");
    let text = String::from_utf8_lossy(&looked.stdout);
    assert!(looked.status.success(), "{}{text}", String::from_utf8_lossy(&looked.stderr));
    let seen: Value = serde_json::from_str(&text).expect("it is JSON");
    let panels = seen["dashboards"].as_array().into_iter().flatten();
    let panels: Vec<_> =
        panels.flat_map(|dashboard| dashboard["panels"].as_array().cloned().unwrap_or_default()).collect();
    assert_eq!(panels.len(), preview.summary(&answers).len());
    for panel in panels {
        assert!(panel["filled"] == true && panel["overflows"] == false, "{panel:#}");
    }
}

/// The dashboards of an assembly: in the content of a workspace, or in the files of a Grafana of our own, where those with
/// names that only a deployment knows, all about CloudWatch, are in pieces.
fn dashboards(assembly: &Path) -> Vec<Value> {
    let read = |path: &Path| serde_json::from_slice::<Value>(&fs::read(path).expect("it can be read"));
    let content = assembly.join("GrafanaObservability.grafana.json");
    if content.exists() {
        let contents = read(&content).expect("it is JSON")["contents"].take();
        let placed = contents.as_array().into_iter().flatten();
        let placed = placed.flat_map(|content| content["document"]["dashboards"].as_array().into_iter().flatten());
        return placed.map(|placed| placed["dashboard"].clone()).collect();
    }
    let files = tools::files(assembly).into_keys().filter(|path| path.to_string_lossy().starts_with("asset."));
    let json = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.filter_map(|path| read(&assembly.join(path)).ok()).filter(|json| json["panels"].is_array()).collect()
}

/// What a dashboard asks for to mark when programs were started. No preview shows marks.
fn starts(assembly: &Path, uid: &str) -> String {
    let dashboard = dashboards(assembly).into_iter().find(|dashboard| dashboard["uid"] == uid).expect(uid);
    let mut marks = dashboard["annotations"]["list"].as_array().into_iter().flatten();
    let starts = marks.find(|annotation| annotation["name"] == "Starts").expect("the mark of starts");
    starts["target"]["expr"].as_str().expect("a query").to_owned()
}

/// Whether an answer has values, and none of them is a number.
fn is_nan(answer: &Value) -> bool {
    let series = answer["data"]["result"].as_array().into_iter().flatten();
    let pairs = series.flat_map(|series| match &series["values"] {
        Value::Array(values) => values.iter().collect(),
        _ => vec![&series["value"]],
    });
    let mut texts = pairs.filter_map(|pair| pair[1].as_str()).peekable();
    texts.peek().is_some() && texts.all(|text| text == "NaN")
}

fn quiet(command: &mut Command, log: &Path) -> Running {
    let log = File::create(log).expect("the folder is writable");
    let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
    Running(process.expect("it starts"))
}

/// A job of the scrapers for what is in no task, and does not answer.
const GONE: &str = "gone";

/// A task of the flagship's service: the program, its scraper, and who calls it.
struct Task {
    /// What the program and the scraper are known by.
    instances: [String; 2],
    service: Running,
    _load: Running,
    _agent: Running,
    documents: PathBuf,
}

impl Task {
    fn start(number: u8, prometheus: &Path, configuration: &str, managed: SocketAddr, folder: &Path) -> Self {
        let folder = folder.join(format!("task-{number}"));
        fs::create_dir(&folder).expect("the folder is writable");
        let documents = folder.join("documents");
        let programs = programs();
        let mut service = Command::new(programs.join("data-processor"))
            .env_clear()
            .envs([("BIND_ADDRESS", "127.0.0.1"), ("PORT", "0"), ("METRICS_PORT", "0")])
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
        let url = format!("http://{}", started["address"].as_str().expect("an address"));
        let mix = ["--rate", "30", "--mix", "good=80,missing=10,invalid=10", "--trace-sampled"];
        let load = quiet(Command::new(programs.join("load-generator")).arg(url).args(mix), &folder.join("load.log"));
        let address = free_address();
        let (_, metrics) = started["metrics_address"].as_str().and_then(|at| at.rsplit_once(':')).expect("an address");
        let configuration = here(configuration, address.port(), metrics, managed);
        fs::write(folder.join("agent.yml"), configuration).expect("the folder is writable");
        // The second series of Prometheus called features what the third, which the flagship runs, does anyway.
        let version = Command::new(prometheus).arg("--version").output().expect("it starts");
        let version = [version.stdout, version.stderr].concat();
        let mode = if String::from_utf8_lossy(&version).contains("version 2.") {
            "--enable-feature=agent,expand-external-labels"
        } else {
            "--agent"
        };
        let mut agent = Command::new(prometheus);
        agent
            .env("HOSTNAME", format!("task-{number}"))
            .arg(mode)
            .arg(format!("--config.file={}", folder.join("agent.yml").display()))
            .arg(format!("--storage.agent.path={}", folder.join("agent").display()))
            .arg(format!("--web.listen-address={address}"));
        let agent = quiet(&mut agent, &folder.join("agent.log"));
        let instances = [metrics.to_owned(), address.port().to_string()].map(|port| format!("task-{number}:{port}"));
        Self { instances, service, _load: load, _agent: agent, documents }
    }
}

/// The configuration for this machine: other ports, nobody to sign for, a scrape each second, and one job more.
fn here(configuration: &str, agent: u16, service: &str, managed: SocketAddr) -> String {
    let mut lines = Vec::new();
    let mut signs = false;
    for line in configuration.lines() {
        let indent = line.len() - line.trim_start().len();
        signs = line.trim() == "sigv4:" || signs && indent > 4;
        match line.trim().split_once(": ") {
            _ if signs => {}
            Some(("- url", _)) => lines.push(format!("  - url: http://{managed}/api/v1/write")),
            Some(("scrape_interval", _)) => lines.push(format!("{:indent$}scrape_interval: 1s", "")),
            _ => lines.push(
                line.replace("localhost:9091", &format!("localhost:{agent}"))
                    .replace("localhost:9090", &format!("localhost:{service}")),
            ),
        }
    }
    lines.push(format!("  - job_name: {GONE}\n    static_configs:\n      - targets: [\"127.0.0.1:1\"]\n"));
    lines.join("\n")
}

/// A Prometheus in the place of managed Prometheus.
struct Managed {
    _prometheus: Running,
    address: SocketAddr,
}

impl Managed {
    fn start(prometheus: &Path, folder: &Path) -> Self {
        let address = free_address();
        let faster = |group: RuleGroup| group.faster(FASTER).expect("all expressions are known");
        let rules = flagship().into_iter().map(faster).fold(RulesFile::new(), RulesFile::group);
        fs::write(folder.join("rules.yml"), rules.text().expect("all is known")).expect("the folder is writable");
        let configuration = "global:\n  evaluation_interval: 1s\nrule_files: [rules.yml]\n";
        fs::write(folder.join("managed.yml"), configuration).expect("the folder is writable");
        let mut command = Command::new(prometheus);
        command
            .args(["--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage"])
            .arg(format!("--config.file={}", folder.join("managed.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("managed").display()))
            .arg(format!("--web.listen-address={address}"));
        Self { _prometheus: quiet(&mut command, &folder.join("managed.log")), address }
    }

    /// Waits until both tasks are seen, one of them has failed for a while, and the other is gone.
    fn settle(&self, failing: &Task, gone: Running) {
        let both = "count(sum by (instance) (rate(http_requests_total[10s])) > 10) == 2";
        eventually("both tasks are seen", || self.has(both));
        let away = failing.documents.with_extension("away");
        fs::rename(&failing.documents, &away).expect("the documents can be moved away");
        eventually("the storage fails", || self.has("sum(rate(http_requests_total{status=~\"5..\"}[10s])) > 0"));
        fs::rename(&away, &failing.documents).expect("the documents can be brought back");
        eventually("the objectives are evaluated", || self.has("count(slo:error_budget_remaining:ratio) == 2"));
        drop(gone);
        eventually("a task is gone", || self.has("up{job=\"data-processor\"} == 0"));
        // A preview's points are fifteen seconds from each other.
        eventually("there is a minute of it", || self.has("sum_over_time(up{job=\"prometheus-agent\"}[5m]) > 60"));
    }

    fn has(&self, query: &str) -> Option<()> {
        let answer = try_ask(self.address, "/api/v1/query", &[("query", query)])?;
        (!answer["result"].as_array()?.is_empty()).then_some(())
    }

    /// The instances of a query's series, sorted.
    fn instances(&self, query: &str) -> Vec<String> {
        let answer = try_ask(self.address, "/api/v1/query", &[("query", query)]).expect("an answer");
        let series = answer["result"].as_array().expect("series").iter();
        let mut instances: Vec<_> =
            series.map(|series| series["metric"]["instance"].as_str().expect("an instance").to_owned()).collect();
        instances.sort();
        instances
    }

    /// Asks all that a preview of dashboards wants to know of Prometheus.
    fn ask(&self, dashboards: impl IntoIterator<Item = Value>) -> (Preview, Answers) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let preview = Preview::new(dashboards, (now - Duration::from_secs(1)).as_secs_f64()).range("now-2m", "now");
        let mut answers = Answers::new();
        loop {
            let wanted = preview.wanted(&answers);
            if wanted.is_empty() {
                return (preview, answers);
            }
            answers.extend(wanted.into_iter().map(|request| {
                let answer = self.answer(&request);
                (request, answer)
            }));
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        if !["prometheus", "grafana-amazonprometheus-datasource"].contains(&request.plugin.as_str()) {
            return Answer::Unconnected;
        }
        let text = get(self.address, &request.path).expect("Prometheus answers");
        let answer: Value = serde_json::from_str(&text).expect("it is JSON");
        match answer["error"].as_str() {
            Some(error) => Answer::Refused(error.to_owned()),
            None => Answer::Data(answer),
        }
    }
}
