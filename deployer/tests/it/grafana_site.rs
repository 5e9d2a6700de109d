//! A Grafana to try on: the fake, or a real one where it is installed.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io};

use serde_json::{Value, json};

use crate::grafana_fake::{FakeGrafana, PASSWORD};
use crate::support::{Run, belvedere, empty, run};

/// A Grafana, and how a person with a browser would change things in it.
pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) directory: PathBuf,
    pub(crate) _kept: Box<dyn std::any::Any>,
}

/// A process that ends with its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Site {
    pub(crate) fn fake(case: &str) -> (Self, std::rc::Rc<FakeGrafana>) {
        let fake = std::rc::Rc::new(FakeGrafana::start());
        (Self { url: fake.url.clone(), directory: empty(case), _kept: Box::new(fake.clone()) }, fake)
    }

    /// A real one that was just installed, or nothing once the skipped case is reported.
    pub(crate) fn real(case: &str) -> Option<Self> {
        let Some(program) = program() else {
            let reason = "no grafana on the path, and GRAFANA_BIN is not set";
            _ = writeln!(io::stderr().lock(), "skipped: {case}: real Grafana: {reason}");
            return None;
        };
        let directory = empty(case);
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let mut command = Command::new(&program);
        if program.file_name().is_some_and(|name| name == "grafana") {
            command.arg("server");
        }
        let home = env::var_os("GRAFANA_HOME").map(PathBuf::from).or_else(|| home(&program));
        if let Some(home) = home {
            command.arg("--homepath").arg(home);
        }
        let data = directory.join("data");
        fs::create_dir_all(&data).expect("made");
        command
            .env("GF_PATHS_DATA", &data)
            .env("GF_PATHS_LOGS", data.join("log"))
            .env("GF_PATHS_PLUGINS", data.join("plugins"));
        command.env("GF_PATHS_PROVISIONING", data.join("provisioning"));
        command.env("GF_SERVER_HTTP_ADDR", "127.0.0.1").env("GF_SERVER_HTTP_PORT", port.to_string());
        command.env("GF_SECURITY_ADMIN_USER", "admin").env("GF_SECURITY_ADMIN_PASSWORD", PASSWORD);
        command.envs([
            ("GF_ANALYTICS_REPORTING_ENABLED", "false"),
            ("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
            ("GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", "false"),
            ("GF_PLUGINS_PREINSTALL_DISABLED", "true"),
            ("GF_LOG_LEVEL", "warn"),
        ]);
        let log = fs::File::create(directory.join("grafana.log")).expect("writable");
        let process = command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log).spawn();
        let mut process = Process(process.unwrap_or_else(|error| panic!("{}: {error}", program.display())));
        let url = format!("http://127.0.0.1:{port}");
        let begin = Instant::now();
        while !is_well(&url) {
            let log = || fs::read_to_string(directory.join("grafana.log")).unwrap_or_default();
            assert!(process.0.try_wait().expect("it is ours").is_none(), "it ended: {}", log());
            assert!(begin.elapsed() < Duration::from_secs(180), "it does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(300));
        }
        Some(Self { url, directory, _kept: Box::new(process) })
    }

    /// The program with a content of no stack.
    pub(crate) fn command(&self, verb: &str, document: &Value, arguments: &[&str]) -> Command {
        let file = self.directory.join("content.json");
        fs::write(&file, document.to_string()).expect("written");
        let mut command = belvedere(&self.directory);
        command.args(["grafana", verb, "--file"]).arg(file).args(["--url", &self.url]).args(arguments);
        self.sign_in(&mut command);
        command
    }

    pub(crate) fn sign_in(&self, command: &mut Command) {
        command.env_remove("GRAFANA_TOKEN").env("GRAFANA_USER", "admin").env("GRAFANA_PASSWORD", PASSWORD);
        command.env("HOOK_SECRET", "MARKED-hook-secret").stdin(Stdio::null());
        // The places of secrets that are exported.
        command.envs(["LOKI_BASIC_AUTH_PASSWORD", "TEAM_PASSWORD"].map(|name| (name, "MARKED-hook-secret")));
    }

    pub(crate) fn run(&self, verb: &str, document: &Value, arguments: &[&str]) -> Run {
        run(&mut self.command(verb, document, arguments))
    }

    /// The actions of a plan that are something, with what they are done to.
    pub(crate) fn plan(&self, document: &Value, arguments: &[&str]) -> Vec<String> {
        let plans = self.run("plan", document, &[&["--output", "json"], arguments].concat()).ok();
        let plans: Value = serde_json::from_str(&plans).expect("JSON");
        actions(&plans[0]["steps"])
    }

    /// Makes a call as a person would by the browser, and returns the status and the answer.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            _ = rustls::crypto::ring::default_provider().install_default();
            let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
            let mut request = reqwest::Client::new().request(method, format!("{}/api/{path}", self.url));
            request = request.basic_auth("admin", Some(PASSWORD)).header("x-disable-provenance", "true");
            if !body.is_null() {
                request = request.json(body);
            }
            let answer = request.send().await.expect("it answers");
            let status = answer.status().as_u16();
            (status, serde_json::from_str(&answer.text().await.expect("a text")).unwrap_or_default())
        })
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

/// The actions of steps that are something.
pub(crate) fn actions(steps: &Value) -> Vec<String> {
    let steps = steps.as_array().expect("steps").iter().filter(|step| step["action"] != "nothing");
    let text = |json: &Value| json.as_str().expect("a text").to_owned();
    steps.map(|step| format!("{} {} {}", text(&step["action"]), text(&step["kind"]), text(&step["id"]))).collect()
}

fn program() -> Option<PathBuf> {
    if let Some(program) = env::var_os("GRAFANA_BIN").filter(|program| !program.is_empty()) {
        return Some(program.into());
    }
    let path = env::var_os("PATH")?;
    let mut all =
        env::split_paths(&path).flat_map(|folder| ["grafana", "grafana-server"].map(|name| folder.join(name)));
    all.find(|program| program.is_file())
}

/// Where its own files are: above the program, or where packages have them.
fn home(program: &Path) -> Option<PathBuf> {
    let program = fs::canonicalize(program).ok()?;
    let above = program.ancestors().find(|folder| folder.join("conf/defaults.ini").is_file()).map(Path::to_owned);
    above.or_else(|| Some(PathBuf::from("/usr/share/grafana")).filter(|home| home.is_dir()))
}

fn is_well(url: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::get(format!("{url}/api/health")).await.is_ok_and(|answer| answer.status().is_success())
    })
}

/// A dashboard with one panel.
pub(crate) fn dashboard(uid: &str, title: &str) -> Value {
    json!({
        "uid": uid, "title": title, "schemaVersion": 39, "tags": ["x"], "timezone": "browser", "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"}, "templating": {"list": []},
        "panels": [{
            "id": 1, "type": "timeseries", "title": "Requests", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
            "datasource": {"type": "prometheus", "uid": "bv-prometheus"},
            "targets": [{"refId": "A", "expr": "sum(rate(http_requests_total[5m]))"}],
        }],
    })
}

fn rule(uid: &str, title: &str, folder: &str, group: &str) -> Value {
    json!({
        "uid": uid, "title": title, "condition": "C", "for": "300s", "noDataState": "NoData", "execErrState": "Error",
        "folderUID": folder, "ruleGroup": group,
        "labels": {"severity": "page"}, "annotations": {"summary": "too many errors"},
        "data": [
            {"refId": "A", "datasourceUid": "bv-prometheus", "relativeTimeRange": {"from": 600, "to": 0},
             "model": {"refId": "A", "expr": "sum(rate(http_errors_total[5m]))", "instant": true}},
            {"refId": "C", "datasourceUid": "__expr__", "relativeTimeRange": {"from": 600, "to": 0},
             "model": {"refId": "C", "type": "threshold", "expression": "A",
                       "conditions": [{"evaluator": {"type": "gt", "params": [1]}}]}},
        ],
    })
}

/// A content with a thing of each kind.
pub(crate) fn whole() -> Value {
    let hook = json!({"belvedere:secret": {"environment": "HOOK_SECRET"}});
    json!({
        "name": "main",
        "folders": [
            {"uid": "bv-top", "title": "Observability", "parentUid": null},
            {"uid": "bv-sub", "title": "Services", "parentUid": "bv-top"},
        ],
        "dataSources": [
            {"uid": "bv-prometheus", "name": "Prometheus", "type": "prometheus", "access": "proxy",
             "url": "http://127.0.0.1:9090", "jsonData": {"httpMethod": "POST", "timeInterval": "30s"}},
            {"uid": "bv-loki", "name": "Loki", "type": "loki", "access": "proxy", "url": "http://127.0.0.1:3100",
             "basicAuth": true, "basicAuthUser": "reader", "jsonData": {"maxLines": 500},
             "secureJsonData": {"basicAuthPassword": hook}},
        ],
        "dashboards": [
            {"folderUid": "bv-sub", "dashboard": dashboard("bv-service", "Service")},
            {"folderUid": null, "dashboard": dashboard("bv-home", "Home")},
        ],
        "alerting": {
            "ruleGroups": [{
                "folderUid": "bv-sub", "title": "errors all", "interval": 60,
                "rules": [rule("bv-rule-1", "Errors", "bv-sub", "errors all"), rule("bv-rule-2", "More errors", "bv-sub", "errors all")],
            }],
            "contactPoints": [
                {"uid": "bv-hook", "name": "team", "type": "webhook", "disableResolveMessage": false,
                 "settings": {"url": "http://127.0.0.1:9/hook", "httpMethod": "POST", "username": "bot", "password": hook}},
            ],
            "policies": {
                "receiver": "team", "group_by": ["alertname"],
                "routes": [{"receiver": "team", "object_matchers": [["severity", "=", "page"]], "mute_time_intervals": ["weekends"]}],
            },
            "muteTimings": [{"name": "weekends", "time_intervals": [{"weekdays": ["saturday", "sunday"]}]}],
            "templates": [{"name": "short", "template": "{{ define \"short\" }}{{ len .Alerts }} alerts{{ end }}"}],
        },
        "plugins": [],
    })
}

/// The content with nothing in it.
pub(crate) fn nothing() -> Value {
    let alerting = json!({"ruleGroups": [], "contactPoints": [], "policies": null, "muteTimings": [], "templates": []});
    json!({"name": "main", "folders": [], "dataSources": [], "dashboards": [], "alerting": alerting, "plugins": []})
}
