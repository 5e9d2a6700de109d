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
        // It is asked first: its plugins are processes of their own, which it ends.
        _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let begin = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(100));
        }
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
        let Some(mut command) = server() else {
            let reason = "no grafana on the path, and GRAFANA_BIN is not set";
            _ = writeln!(io::stderr().lock(), "skipped: {case}: real Grafana: {reason}");
            return None;
        };
        let directory = empty(case);
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        // Nothing of an installation that is there counts: neither its settings nor what it keeps.
        let settings = directory.join("grafana.ini");
        fs::write(&settings, "").expect("writable");
        command.arg("--config").arg(settings);
        env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_string_lossy().starts_with("GF_"))
            .for_each(|name| _ = command.env_remove(name));
        for (name, folder) in [("DATA", ""), ("LOGS", "log"), ("PLUGINS", "plugins"), ("PROVISIONING", "provisioning")]
        {
            let folder = directory.join("data").join(folder);
            fs::create_dir_all(&folder).expect("made");
            command.env(format!("GF_PATHS_{name}"), folder);
        }
        for kind in ["datasources", "dashboards", "plugins", "alerting"] {
            fs::create_dir_all(directory.join("data/provisioning").join(kind)).expect("made");
        }
        command.env("GF_SERVER_HTTP_ADDR", "127.0.0.1").env("GF_SERVER_HTTP_PORT", port.to_string());
        command.env("GF_SECURITY_ADMIN_USER", "admin").env("GF_SECURITY_ADMIN_PASSWORD", PASSWORD);
        // It asks nobody outside of this machine for anything.
        command.envs([
            ("GF_ANALYTICS_REPORTING_ENABLED", "false"),
            ("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
            ("GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", "false"),
            ("GF_NEWS_NEWS_FEED_ENABLED", "false"),
            ("GF_SECURITY_DISABLE_GRAVATAR", "true"),
            ("GF_PLUGINS_PREINSTALL_DISABLED", "true"),
            ("GF_PLUGINS_PREINSTALL_AUTO_UPDATE", "false"),
            ("GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED", "true"),
            ("GF_LOG_LEVEL", "warn"),
        ]);
        let log = fs::File::create(directory.join("grafana.log")).expect("writable");
        let process = command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log).spawn();
        let mut process = Process(process.unwrap_or_else(|error| panic!("{command:?}: {error}")));
        let url = format!("http://127.0.0.1:{port}");
        let begin = Instant::now();
        let wait = |process: &mut Process| {
            let log = || fs::read_to_string(directory.join("grafana.log")).unwrap_or_default();
            assert!(process.0.try_wait().expect("it is ours").is_none(), "it ended: {}", log());
            assert!(begin.elapsed() < Duration::from_secs(300), "it does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(300));
        };
        while !is_well(&url) {
            wait(&mut process);
        }
        let site = Self { url, directory: directory.clone(), _kept: Box::new(()) };
        // Newer versions are well before their stores of folders and dashboards are there.
        for path in ["folders/none", "dashboards/uid/none", "search", "v1/provisioning/policies"] {
            while site.call("GET", path, &Value::Null).0 >= 500 {
                wait(&mut process);
            }
        }
        Some(Self { _kept: Box::new(process), ..site })
    }

    /// Waits for what newer versions do after they have answered: they list and search by an index.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Whether the list at this path has things with all of these uids.
    pub(crate) fn lists(&self, path: &str, uids: &[&str]) -> bool {
        let list = self.get(path);
        uids.iter().all(|uid| list.as_array().is_some_and(|all| all.iter().any(|it| it["uid"] == *uid)))
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

/// The command that starts a server: `GRAFANA_BIN` may be the program or the folder that an archive was unpacked to.
fn server() -> Option<Command> {
    let program = match env::var_os("GRAFANA_BIN").filter(|program| !program.is_empty()) {
        Some(program) => PathBuf::from(program),
        None => {
            let path = env::var_os("PATH")?;
            let places = env::split_paths(&path);
            let mut all = places.flat_map(|folder| ["grafana", "grafana-server"].map(|name| folder.join(name)));
            all.find(|program| program.is_file())?
        }
    };
    Some(start(&program, env::var_os("GRAFANA_HOME").map(PathBuf::from)))
}

fn start(program: &Path, home: Option<PathBuf>) -> Command {
    let home = home.or_else(|| self::home(program));
    // What packages put on the path is a script with settings of the system's server; the program itself is at its home.
    let own = home.iter().map(|home| home.join("bin/grafana")).find(|own| own.is_file());
    let program = own.unwrap_or_else(|| program.to_owned());
    let mut command = Command::new(&program);
    if program.file_name().is_some_and(|name| name == "grafana") {
        command.arg("server");
    }
    if let Some(home) = home {
        command.arg("--homepath").arg(home);
    }
    command
}

/// Where its own files are: above the program, or where packages have them.
fn home(program: &Path) -> Option<PathBuf> {
    let has_defaults = |folder: &Path| folder.join("conf/defaults.ini").is_file();
    let program = fs::canonicalize(program).ok()?;
    let above = program.ancestors().find(|folder| has_defaults(folder)).map(Path::to_owned);
    above.or_else(|| {
        let packages = ["/usr/share/grafana", "/opt/homebrew/share/grafana", "/usr/local/share/grafana"];
        packages.map(PathBuf::from).into_iter().find(|folder| has_defaults(folder))
    })
}

#[test]
fn a_server_is_started_with_its_own_files_wherever_it_is() {
    let folder = fs::canonicalize(empty("grafana_start")).expect("there");
    let file = |path: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "").expect("written");
    };
    for path in ["grafana-13/conf/defaults.ini", "grafana-13/bin/grafana", "grafana-13/bin/grafana-server"] {
        file(path);
    }
    let (home, program) = (folder.join("grafana-13"), folder.join("grafana-13/bin/grafana"));
    let shown = |command: Command| {
        let arguments = command.get_args().map(|it| it.to_string_lossy().into_owned());
        (PathBuf::from(command.get_program()), arguments.collect::<Vec<_>>())
    };
    let expected = (program.clone(), vec!["server".to_owned(), "--homepath".into(), home.display().to_string()]);
    for given in [&home, &program, &home.join("bin/grafana-server")] {
        assert_eq!(shown(start(given, None)), expected, "{}", given.display());
    }
    assert_eq!(shown(start(Path::new("/elsewhere/grafana"), Some(home))), expected);
    // As some distributions have it: the program is alone, and the home has none.
    file("share/conf/defaults.ini");
    file("sbin/grafana");
    let alone = folder.join("sbin/grafana");
    assert_eq!(shown(start(&alone, Some(folder.join("share")))).0, alone);
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
