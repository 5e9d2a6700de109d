//! Two real agents, as two tasks with the flagship's scraper, write to a real Prometheus: the tasks can be told apart, and
//! every query of the ready dashboard about agents has an answer.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use belvedere::aps::WorkspaceRef;
use belvedere::observability::{MetricsScraper, ScrapeTarget};
use belvedere_grafana::Content;
use belvedere_grafana::datasource::Prometheus;
use belvedere_grafana::ready::PrometheusAgent;
use serde_json::Value;

use crate::alerts_fire::{Running, eventually, free_address};
use crate::ready_dashboards::{ago, targets, try_ask};
use crate::tools;

const CASE: &str = "agents are tasks, and their dashboard has answers";

/// The tasks, by their host names.
const TASKS: [&str; 2] = ["ip-10-0-0-1.ec2.internal", "ip-10-0-0-2.ec2.internal"];

#[test]
fn agents_are_told_apart_and_seen() {
    let Some(program) = tools::find_debian_or_skip(CASE, "prometheus") else { return };
    let folder = tools::scratch("prometheus-agent");
    let server = free_address();
    fs::write(folder.join("server.yml"), "global: {scrape_interval: 1s}\n").expect("the folder is writable");
    let _server = Command::new(&program)
        .arg(format!("--config.file={}", folder.join("server.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("server").display()))
        .arg(format!("--web.listen-address={server}"))
        .arg("--web.enable-remote-write-receiver")
        .start(&folder, "server.log");
    let ask = |path: &str, parameters: &[(&str, &str)]| try_ask(server, path, parameters);
    eventually("the server answers", || ask("/api/v1/query", &[("query", "1")]));
    let agents: Vec<_> = TASKS.iter().map(|task| Agent::start(&program, &folder, task, server)).collect();

    let count = |query: &str| {
        let answer = ask("/api/v1/query", &[("query", query)])?;
        answer["result"][0]["value"][1].as_str()?.parse::<usize>().ok()
    };
    let half_a_minute = "count(count_over_time(prometheus_agent_active_series[1m]) > 30)";
    eventually("there is half a minute of both agents", || count(half_a_minute).filter(|agents| *agents == 2));
    let labels = [("match[]", r#"up{job="prometheus-agent"}"#)];
    let instances = ask("/api/v1/label/instance/values", &labels).expect("the server answers");
    let expected: Vec<_> = TASKS.iter().zip(&agents).map(|(task, agent)| format!("{task}:{}", agent.port)).collect();
    assert_eq!(instances, Value::from(expected));
    let elsewhere = ask("/api/v1/label/instance/values", &[("match[]", r#"up{job="gone"}"#)]);
    assert_eq!(elsewhere, Some(Value::from(vec!["127.0.0.1:1"])), "what is not in the task keeps its address");

    let mut content = Content::new("agents");
    let prometheus = content.add(Prometheus::new("prometheus", "Prometheus", "http://prometheus.example:9090"));
    content.add(PrometheusAgent::new(&prometheus).job("prometheus-agent"));
    let dashboard = content.document().dashboards.remove(0).dashboard;
    let starts = dashboard["annotations"]["list"].as_array().into_iter().flatten();
    let starts = starts.filter(|annotation| annotation["name"] == "Starts");
    let starts: Vec<_> = starts.map(|annotation| ("Starts".to_owned(), annotation["target"].clone())).collect();
    assert_eq!(starts.len(), 1);
    let mut empty = Vec::new();
    for (panel, target) in targets(&dashboard).into_iter().chain(starts) {
        let expression = target["expr"].as_str().expect("all of them ask Prometheus");
        let chosen =
            [("$__rate_interval", "10s"), ("$__range", "30s"), ("$job", "prometheus-agent"), ("$instance", ".*")];
        let query = chosen.into_iter().fold(expression.to_owned(), |query, (name, value)| query.replace(name, value));
        let answer = if target["instant"] == true {
            ask("/api/v1/query", &[("query", &query)])
        } else {
            let (start, end) = (ago(30), ago(0));
            ask("/api/v1/query_range", &[("query", &query), ("start", &start), ("end", &end), ("step", "5")])
        };
        let answer = answer.unwrap_or_else(|| panic!("{panel}: {query} is refused"));
        let series = answer["result"].as_array().into_iter().flatten();
        let mut values = series.flat_map(|series| match &series["values"] {
            Value::Array(values) => values.clone(),
            _ => vec![series["value"].clone()],
        });
        if !values.any(|value| value[1].as_str().is_some_and(|value| value != "NaN")) {
            empty.push(format!("{panel}: {query}"));
        }
    }
    assert!(empty.is_empty(), "{} queries have no answer:\n{}", empty.len(), empty.join("\n"));
}

/// An agent with the scraper's own configuration.
struct Agent {
    port: u16,
    _process: Running,
}

impl Agent {
    fn start(program: &Path, folder: &Path, task: &str, server: SocketAddr) -> Self {
        let own = free_address();
        let workspace = WorkspaceRef::from_id("ws-1234abcd-56ef-78ab-90cd-1234567890ab");
        let scraper = MetricsScraper::new(&workspace).target(ScrapeTarget::new("gone", "127.0.0.1:1"));
        let config = folder.join(format!("{task}.yml"));
        fs::write(&config, here(&scraper, own, server)).expect("the folder is writable");
        let process = Command::new(program)
            // What Prometheus 3 does without being told.
            .arg("--enable-feature=agent,expand-external-labels")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.agent.path={}", folder.join(task).display()))
            .arg(format!("--web.listen-address={own}"))
            .env("HOSTNAME", task)
            .start(folder, &format!("{task}.log"));
        Self { port: own.port(), _process: process }
    }
}

/// The configuration with what differs here: the ports, the remote and how often.
fn here(scraper: &MetricsScraper, own: SocketAddr, server: SocketAddr) -> String {
    let value = serde_json::to_value(scraper.configuration().expr()).expect("it is JSON");
    let text = resolved(&value);
    let remote = text.lines().find_map(|line| line.strip_prefix("  - url: ")).expect("it has a remote");
    let signed = "    sigv4:\n      region: AWS::Region\n";
    assert!(text.contains(signed), "{text}");
    text.replace(remote, &format!("http://{server}/api/v1/write"))
        .replace(signed, "")
        .replace(&format!("localhost:{}", MetricsScraper::PORT), &format!("localhost:{}", own.port()))
        .replace("scrape_interval: 15s", "scrape_interval: 1s")
}

/// A value with the names of what is known at deploy time only.
fn resolved(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => match members.get("Fn::Join").and_then(|join| join.get(1)) {
            Some(Value::Array(parts)) => parts.iter().map(resolved).collect(),
            _ => members["Ref"].as_str().expect("a reference").to_owned(),
        },
        other => panic!("{other} is no part of a text"),
    }
}

trait Start {
    /// Starts the program, and ends it with the test.
    fn start(&mut self, folder: &Path, log: &str) -> Running;
}

impl Start for Command {
    fn start(&mut self, folder: &Path, log: &str) -> Running {
        let log = File::create(folder.join(log)).expect("the folder is writable");
        self.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().map(Running).expect("Prometheus starts")
    }
}
