//! Dashboards drawn from the data of a real Prometheus, looked at in a real browser.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use belvedere::grafana::Content;
use belvedere::grafana::datasource::Prometheus;
use belvedere::grafana::ready::PrometheusItself;
use serde_json::{Value, json};

use crate::emulator::tool_or_skip;
use crate::support::{belvedere, empty, run};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A program on the path, or of Debian's below `target/tools`.
fn program(case: &str, name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.exists());
    found.or_else(|| tool_or_skip(case, &format!("deb/usr/bin/{name}")))
}

/// Starts a Prometheus that scrapes itself every second, and waits until it has some points.
fn prometheus(case: &str, folder: &Path) -> Option<(Running, String)> {
    let program = program(case, "prometheus")?;
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let config = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: prometheus\n    static_configs:\n      - targets: [\"{address}\"]\n"
    );
    fs::write(folder.join("prometheus.yml"), config).expect("the folder is writable");
    let child = Command::new(program)
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("prometheus.log")).expect("the folder is writable"))
        .spawn()
        .expect("Prometheus starts");
    let running = Running(child);
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "Prometheus does not listen");
        thread::sleep(Duration::from_millis(100));
    }
    // Rates need several points.
    thread::sleep(Duration::from_secs(20));
    Some((running, format!("http://{address}")))
}

fn panel(
    id: u32,
    kind: &str,
    title: &str,
    (x, y, w, h): (u32, u32, u32, u32),
    queries: &[&str],
    rest: &Value,
) -> Value {
    // As often as is scraped here: by default a graph has no more points than one in 15 seconds.
    let mut panel = json!({
        "id": id, "type": kind, "title": title, "gridPos": { "x": x, "y": y, "w": w, "h": h }, "interval": "1s",
        "datasource": { "type": "prometheus", "uid": "metrics" },
    });
    let target = |(index, query): (usize, &&str)| {
        let reference = char::from(b'A' + u8::try_from(index).expect("a few"));
        json!({ "refId": reference.to_string(), "expr": query, "legendFormat": "__auto" })
    };
    let targets: Vec<Value> = queries.iter().enumerate().map(target).collect();
    panel["targets"] = json!(targets);
    for (name, value) in rest.as_object().into_iter().flatten() {
        panel[name] = value.clone();
    }
    panel
}

/// A dashboard with a panel of each kind.
fn kinds() -> Value {
    let steps =
        json!({ "mode": "absolute", "steps": [{ "color": "green", "value": null }, { "color": "red", "value": 80 }] });
    let defaults = |more: Value| {
        let mut defaults = json!({ "thresholds": steps });
        for (name, value) in more.as_object().into_iter().flatten() {
            defaults[name] = value.clone();
        }
        json!({ "fieldConfig": { "defaults": defaults, "overrides": [] } })
    };
    let bytes = "process_resident_memory_bytes";
    let goroutines = "go_goroutines";
    let by_handler = "sum by (handler) (prometheus_http_requests_total)";
    let buckets = "sum by (le) (increase(prometheus_http_request_duration_seconds_bucket[10s]))";
    let graph = json!({
        "fieldConfig": { "defaults": { "unit": "bytes", "custom": { "fillOpacity": 20, "stacking": { "mode": "normal" } } },
            "overrides": [] },
        "options": { "legend": { "displayMode": "table", "placement": "bottom", "calcs": ["mean", "max"] } },
        "description": "What the process holds of the machine's memory.",
    });
    let mut table = panel(7, "table", "Table", (0, 10, 12, 8), &[by_handler], &defaults(json!({})));
    table["targets"][0]["format"] = json!("table");
    table["targets"][0]["instant"] = json!(true);
    let mapped =
        defaults(json!({ "mappings": [{ "type": "value", "options": { "1": { "text": "up", "color": "green" } } }] }));
    json!({
        "uid": "kinds", "title": "Every kind <b>of</b> panel", "schemaVersion": 41, "time": { "from": "now-1m", "to": "now" },
        "templating": { "list": [{ "type": "query", "name": "job", "query": { "query": "label_values(up, job)" },
            "datasource": { "type": "prometheus", "uid": "metrics" } }] },
        "panels": [
            panel(1, "timeseries", "Memory of $job", (0, 0, 12, 9),
                &[bytes, "go_memstats_heap_inuse_bytes{job=\"$job\"}"], &graph),
            panel(2, "stat", "Stat", (12, 0, 4, 5), &[goroutines], &defaults(json!({ "unit": "short" }))),
            panel(3, "gauge", "Gauge", (16, 0, 4, 5), &[goroutines], &defaults(json!({ "max": 100 }))),
            panel(4, "bargauge", "Bar gauge", (20, 0, 4, 5), &[by_handler], &defaults(json!({}))),
            panel(5, "piechart", "Pie", (12, 5, 6, 4), &[by_handler], &json!({ "options": { "pieType": "donut" } })),
            panel(6, "barchart", "Bars", (18, 5, 6, 4), &[by_handler], &json!({})),
            json!({ "id": 20, "type": "row", "title": "More of them", "gridPos": { "x": 0, "y": 9, "w": 24, "h": 1 }, "panels": [] }),
            table,
            panel(8, "heatmap", "Heat map", (12, 10, 12, 8), &[buckets], &json!({ "options": { "yAxis": { "unit": "s" } } })),
            panel(9, "histogram", "Histogram", (0, 18, 8, 7), &[bytes], &defaults(json!({ "unit": "bytes" }))),
            panel(10, "state-timeline", "States", (8, 18, 8, 7), &["up"], &mapped),
            panel(11, "status-history", "History", (16, 18, 8, 7), &["up"], &mapped),
            panel(12, "text", "Text", (0, 25, 8, 5), &[], &json!({ "options": { "mode": "markdown",
                "content": "# Title\n\n- a [link](https://example.com)\n- <script>alert(1)</script> ![](https://example.com/x.png)" } })),
            panel(13, "timeseries", "Nothing there", (8, 25, 8, 5), &["no_such_metric"], &json!({})),
            panel(14, "timeseries", "Refused", (16, 25, 8, 5), &["sum("], &json!({})),
            json!({ "id": 15, "type": "logs", "title": "Logs", "gridPos": { "x": 0, "y": 30, "w": 24, "h": 5 },
                "datasource": { "type": "loki", "uid": "logs" }, "targets": [{ "refId": "A", "expr": "{job=\"x\"}" }] }),
        ],
    })
}

/// Returns the panels of a dashboard by title.
fn find<'a>(seen: &'a Value, dashboard: usize, title: &str) -> &'a Value {
    let panels = seen["dashboards"][dashboard]["panels"].as_array().into_iter().flatten();
    panels.into_iter().find(|panel| panel["title"] == title).unwrap_or_else(|| panic!("no {title} in {seen:#}"))
}

#[test]
fn a_browser_shows_what_prometheus_has() {
    const CASE: &str = "preview::a_browser_shows_what_prometheus_has";
    let folder = empty("preview");
    let Some(chromium) = program(CASE, "chromium") else { return };
    let Some(modules) = tool_or_skip(CASE, "npm/node_modules/playwright-core") else { return };
    let Some((_running, url)) = prometheus(CASE, &folder) else { return };

    let mut content = Content::new("test");
    let metrics = content.add(Prometheus::new("metrics", "Metrics", url.as_str()));
    content.add(PrometheusItself::new(&metrics));
    let ready = &content.document().dashboards[0].dashboard;
    fs::write(folder.join("a.json"), kinds().to_string()).expect("the folder is writable");
    fs::write(folder.join("b.json"), ready.to_string()).expect("the folder is writable");

    let mut command = belvedere(&folder);
    command.args(["dashboards", "preview", "a.json", "b.json", "--prometheus", &url, "--from", "now-1m"]);
    let told: Value = serde_json::from_str(&run(command.args(["--output", "json"])).ok()).expect("it is JSON");
    let states: Vec<(&str, &str)> = told["panels"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|panel| panel["dashboard"] == "Every kind <b>of</b> panel")
        .map(|panel| (panel["panel"].as_str().unwrap_or_default(), panel["state"].as_str().unwrap_or_default()))
        .collect();
    for (panel, state) in &states {
        let expected = match *panel {
            "Nothing there" => "empty",
            "Refused" => "error",
            "Logs" => "unconnected",
            _ => "data",
        };
        assert_eq!(*state, expected, "{panel}: {told:#}");
    }
    assert_eq!(states.len(), 15, "{told:#}");

    let script = crate::judge::root().join("tests/tools/preview.mjs");
    let looked = Command::new("node")
        .arg(script)
        .arg(folder.join("dashboards.html"))
        .arg(&folder)
        .env("CHROMIUM", chromium)
        .env("NODE_MODULES", modules.parent().expect("a folder"))
        .output()
        .expect("node starts");
    let errors = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success(), "{errors}{}", String::from_utf8_lossy(&looked.stdout));
    let seen: Value = serde_json::from_slice(&looked.stdout).expect("it is JSON");
    for dashboard in seen["dashboards"].as_array().into_iter().flatten() {
        assert_eq!(dashboard["visible"], true, "{seen:#}");
        for panel in dashboard["panels"].as_array().into_iter().flatten() {
            let size = (panel["width"].as_f64().unwrap_or(0.0), panel["height"].as_f64().unwrap_or(0.0));
            assert!(size.0 > 100.0 && size.1 > 50.0, "{panel:#}");
            assert_eq!((&panel["filled"], &panel["overflows"]), (&json!(true), &json!(false)), "{panel:#}");
        }
    }
    let memory = find(&seen, 0, "Memory of prometheus");
    assert!(memory["text"].as_str().is_some_and(|text| text.contains("MiB") && text.contains("Mean")), "{memory:#}");
    assert_eq!(find(&seen, 0, "Nothing there")["text"].as_str().map(|text| text.contains("no data")), Some(true));
    assert!(find(&seen, 0, "Refused")["text"].as_str().is_some_and(|text| text.contains("parse error")), "{seen:#}");
    assert!(find(&seen, 0, "Text")["text"].as_str().is_some_and(|text| text.contains("<script>")), "{seen:#}");
    assert!(find(&seen, 0, "Logs")["text"].as_str().is_some_and(|text| text.contains("not connected")), "{seen:#}");
    assert!(seen["tip"].as_str().is_some_and(|tip| tip.contains(':')), "{seen:#}");
}

#[test]
fn a_grafana_of_ones_own_has_the_dashboards_of_a_managed_one() {
    let folder = empty("dashboards-flagship");
    let [managed, own] = ["full_stack", "full_stack_self_hosted"].map(|assembly| {
        let assembly = crate::judge::root().join("synth-output").join(assembly);
        let mut command = belvedere(&folder);
        command.args(["dashboards", "ls", "--output", "json", "--app"]).arg(assembly);
        let told: Value = serde_json::from_str(&run(&mut command).ok()).expect("it is JSON");
        let titles = told.as_array().into_iter().flatten().map(|dashboard| dashboard["title"].clone());
        titles.collect::<Vec<_>>()
    });
    assert_eq!(managed.len(), 10, "{managed:?}");
    assert_eq!(managed, own);
}

#[test]
fn what_is_no_dashboard_is_refused_by_name() {
    let folder = empty("preview-refused");
    fs::write(folder.join("broken.json"), "{\"title\": ").expect("the folder is writable");
    fs::write(folder.join("other.json"), "{\"title\": 1}").expect("the folder is writable");
    for (file, arguments, part) in [
        ("broken.json", &[][..], "broken.json is not JSON"),
        ("other.json", &[], "other.json is not a dashboard"),
        ("gone.json", &[], "cannot read gone.json"),
        ("other.json", &["--prometheus", "localhost"], "\"localhost\" is not the URL of a server"),
    ] {
        let mut command = belvedere(&folder);
        let told = run(command.args(["dashboards", "preview", file]).args(arguments)).failed();
        assert!(told.contains(part), "{told}");
    }
    assert!(!folder.join("dashboards.html").exists());
}

#[test]
fn a_dashboard_of_the_schema_v2_is_told_as_such() {
    let folder = empty("dashboards-v2");
    let spec = json!({"title": "T", "elements": {}, "layout": {"kind": "GridLayout"}});
    let resource = json!({"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "metadata": {"name": "t"}, "spec": spec});
    for (file, json) in [("spec.json", &spec), ("resource.json", &resource)] {
        fs::write(folder.join(file), json.to_string()).expect("the folder is writable");
        for verb in ["check", "export", "ls", "preview"] {
            let told = run(belvedere(&folder).args(["dashboards", verb, file]));
            assert_eq!(told.code, Some(1), "{verb} {file}: {told:?}");
            let all = format!("{}{}", told.stdout, told.stderr);
            assert!(all.contains(file) && all.contains("it is of the schema v2, which is not taken"), "{verb}: {all}");
        }
    }
}

#[test]
fn a_server_that_does_not_answer_is_told_once() {
    let folder = empty("preview-silent");
    fs::write(folder.join("good.json"), kinds().to_string()).expect("the folder is writable");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}");
    let told = run(belvedere(&folder).args(["dashboards", "preview", "good.json", "--prometheus", &url])).ok();
    assert_eq!(told.matches(&url).count(), 1, "{told}");
    assert!(told.contains(&format!(" panels: nothing answers at {url}: ")), "{told}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = empty("dashboards-head");
    fs::write(folder.join("good.json"), kinds().to_string()).expect("the folder is writable");
    for output in ["text", "json"] {
        let mut command = belvedere(&folder);
        command.args(["dashboards", "ls", "good.json", "--output", output]);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ended = command.stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), told.as_str()), (Some(0), ""), "{output}");
    }
}

#[test]
fn directories_are_read_with_what_is_below_them() {
    let folder = empty("dashboards-below");
    for (directory, title) in [("a/deep", "Deep"), ("b", "Beside"), ("a/.git", "Hidden")] {
        fs::create_dir_all(folder.join("all").join(directory)).expect("the folder is writable");
        let json = json!({ "uid": title.to_lowercase(), "title": title, "panels": [] });
        fs::write(folder.join("all").join(directory).join("one.json"), json.to_string())
            .expect("the folder is writable");
    }
    let told = run(belvedere(&folder).args(["dashboards", "ls", "all"])).ok();
    let uids: Vec<_> = told.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(uids, ["deep", "beside"]);
    fs::create_dir(folder.join("none")).expect("the folder is writable");
    for verb in ["check", "export", "ls", "preview"] {
        let told = run(belvedere(&folder).args(["dashboards", verb, "none"])).failed();
        assert!(told.contains("there is no file that ends with .json"), "{verb}: {told}");
    }
}

#[test]
fn a_file_is_checked_and_becomes_rust() {
    let folder = empty("dashboards-files");
    fs::write(folder.join("good.json"), kinds().to_string()).expect("the folder is writable");
    let told = run(belvedere(&folder).args(["dashboards", "check", "good.json"]));
    // One of its queries is broken, for the preview.
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("panel `Refused` (id 14), query A") && told.stdout.contains('^'), "{told:?}");
    assert!(told.stdout.lines().all(|line| line.starts_with("    ") || line.contains("  good.json: ")), "{told:?}");
    assert!(told.stderr.contains("correct what the lines name that begin with problem"), "{told:?}");

    let export = ["dashboards", "export", "good.json", "--directory", "code", "--output", "json"];
    let written: Value = serde_json::from_str(&run(belvedere(&folder).args(export)).ok()).expect("it is JSON");
    let path = written[0]["path"].as_str().expect("a path");
    let code = fs::read_to_string(folder.join(path)).expect("the file is there");
    assert!(code.contains("TimeSeries::new(\"Memory of $job\")"), "{code}");
    assert!(code.contains("made from `good.json`"), "{code}");
    let again = run(belvedere(&folder).args(export)).failed();
    assert!(again.contains("is there already") && again.contains("--force"), "{again}");
}
