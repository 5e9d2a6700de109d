//! Every request to a Grafana fits Grafana's own OpenAPI description, as prism judges it. The description is no part of this
//! repository: `GRAFANA_OPENAPI` names a file that has it, such as `public/api-merged.json` of Grafana's repository.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::emulator::tool_or_skip;
use crate::fake::{Answer, Fake, Request};
use crate::grafana_site::{Site, nothing, whole};
use crate::support::run;

/// A process that ends with its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn skipped(reason: &str) {
    _ = writeln!(io::stderr().lock(), "skipped: grafana_openapi: {reason}");
}

/// The description with what is wrong in it as the servers have it, for some of Grafana's own names are written badly.
fn description(file: &Path, directory: &Path) -> PathBuf {
    let mut description: Value = serde_json::from_slice(&fs::read(file).expect("GRAFANA_OPENAPI")).expect("JSON");
    // Both forms that Grafana publishes, of Swagger 2 and of OpenAPI 3.
    let is_swagger = description.get("swagger").is_some();
    let place = if is_swagger { "/definitions" } else { "/components/schemas" };
    let definitions = description.pointer_mut(place).expect("a description of an API");
    // The enumeration has blanks before its words, and lacks some kinds that Grafana has.
    definitions["EmbeddedContactPoint"]["properties"]["type"] = json!({"type": "string"});
    // Durations are numbers in Go, and in JSON numbers or texts.
    definitions["Duration"] = json!({});
    // Matchers are structures in Go, and lists of three texts in JSON.
    definitions["ObjectMatchers"] = json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}});
    let path = directory.join("description.json");
    fs::write(&path, description.to_string()).expect("written");
    path
}

#[test]
fn requests_fit_grafanas_own_description() {
    let Some(file) = env::var_os("GRAFANA_OPENAPI").filter(|file| !file.is_empty()) else {
        return skipped("GRAFANA_OPENAPI names no file with Grafana's OpenAPI description");
    };
    let installed = || tool_or_skip("grafana_openapi", "npm/node_modules/.bin/prism");
    let Some(prism) = env::var_os("PRISM_BIN").map(PathBuf::from).or_else(installed) else { return };
    let (site, fake) = Site::fake("grafana_openapi");
    let description = description(Path::new(&file), &site.directory);
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let log = fs::File::create(site.directory.join("prism.log")).expect("writable");
    let mut command = Command::new(prism);
    command.args(["mock", "-h", "127.0.0.1", "-p", &port.to_string(), "--errors"]).arg(description);
    let process = command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log).spawn();
    let _process = Process(process.expect("prism starts"));
    let judge = format!("http://127.0.0.1:{port}");
    let begin = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begin.elapsed() < Duration::from_secs(120), "prism does not start");
        std::thread::sleep(Duration::from_millis(200));
    }

    // What the program asks the fake for is kept, and judged afterwards.
    let upstream = fake.url.clone();
    let recorder = Fake::start(move |request| forward(&upstream, request));
    let recorded = Site { url: recorder.url.clone(), ..site };
    recorded.run("apply", &whole(), &["--check-health"]).ok();
    let mut changed = whole();
    changed["folders"][0]["title"] = "Other".into();
    changed["folders"][1]["parentUid"] = Value::Null;
    for (place, member) in
        [("/dashboards/0/dashboard", "title"), ("/dataSources/0", "url"), ("/alerting/ruleGroups/0/rules/0", "title")]
    {
        changed.pointer_mut(place).expect("a place")[member] = "http://127.0.0.1:5/other".into();
    }
    changed["alerting"]["muteTimings"][0]["time_intervals"][0] =
        json!({"months": ["1:3"], "times": [{"start_time": "06:00", "end_time": "23:59"}]});
    changed["alerting"]["templates"][0]["template"] = "{{ define \"short\" }}x{{ end }}".into();
    recorded.run("apply", &changed, &[]).ok();
    let mut export = crate::support::belvedere(&recorded.directory);
    export.args(["grafana", "export", "--url", &recorded.url]);
    recorded.sign_in(&mut export);
    run(&mut export).ok();
    recorded.run("apply", &nothing(), &["--yes"]).ok();
    let requests = recorder.stop();

    let mut wrong = Vec::new();
    let mut judged = 0;
    for request in &requests {
        // Its path is not in the description.
        if request.target == "/api/health" {
            continue;
        }
        judged += 1;
        let (status, answer) = send(&judge, &request.target["/api".len()..], request);
        // A request that fits is answered with a sample of what follows from it, and any other with a refusal.
        if status >= 400 {
            wrong.push(format!("{} {} ({status}): {answer}\n    {}", request.method, request.target, request.body));
        }
    }
    let log = fs::read_to_string(recorded.directory.join("prism.log")).unwrap_or_default();
    let why: Vec<&str> = log.lines().filter(|line| line.contains("Violation")).collect();
    assert!(wrong.is_empty(), "{} of {judged}:\n{}\n{}", wrong.len(), wrong.join("\n"), why.join("\n"));
    assert!(judged > 60, "{judged} requests");
    // Prism does judge.
    let group = requests.iter().find(|request| request.method == "PUT" && request.target.contains("/rule-groups/"));
    let mut bad = group.expect("one").clone();
    bad.body = json!({"title": "x", "rules": [{"title": "x"}]}).to_string();
    let (status, _) = send(&judge, &bad.target["/api".len()..], &bad);
    assert_eq!(status, 400);
    let text = format!("prism has judged {judged} requests to Grafana by its own description: all fit");
    _ = writeln!(io::stderr().lock(), "{text}");
}

fn forward(upstream: &str, request: &Request) -> Answer {
    let (status, body) = send(upstream, &request.target, request);
    let answer = Answer::new(status).header("content-type", "application/json");
    if status == 204 { answer } else { answer.body(&body.to_string()) }
}

/// Makes the same request elsewhere.
fn send(url: &str, target: &str, request: &Request) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        _ = rustls::crypto::ring::default_provider().install_default();
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).expect("a method");
        let mut sent = reqwest::Client::new().request(method, format!("{url}{target}"));
        for name in ["authorization", "content-type", "accept", "x-disable-provenance"] {
            if let Some(value) = request.headers.get(name) {
                sent = sent.header(name, value);
            }
        }
        let answer = sent.body(request.body.clone()).send().await.expect("it answers");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a text")).unwrap_or_default())
    })
}
