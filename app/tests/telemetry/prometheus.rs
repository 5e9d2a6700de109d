//! A real Prometheus scrapes the service, and finds what the load implies.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::client::{Client, post, request};
use crate::service::Service;
use crate::tools::{Running, eventually, find_debian_or_skip, free_address, scratch};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

struct Prometheus {
    _process: Running,
    address: SocketAddr,
}

impl Prometheus {
    fn start(program: &std::path::Path, case: &str, target: SocketAddr) -> Self {
        let folder = scratch(case);
        let address = free_address();
        let config = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n- job_name: data-processor\n  static_configs:\n  \
             - targets: ['{target}']\n"
        );
        fs::write(folder.join("prometheus.yml"), config).expect("the folder is writable");
        let process = Command::new(program)
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--enable-feature=exemplar-storage")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).expect("the folder is writable"))
            .spawn()
            .expect("Prometheus starts");
        let prometheus = Self { _process: Running(process), address };
        eventually("Prometheus is ready", || {
            let mut client = Client::connect(address).ok()?;
            client.send("GET /-/ready HTTP/1.0\r\n\r\n").ok()?;
            client.rest().ok().filter(|answer| answer.starts_with(b"HTTP/1.0 200 "))
        });
        prometheus
    }

    /// The result of a call of Prometheus' API.
    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let mut client = Client::connect(self.address).expect("Prometheus listens");
        // By HTTP/1.0 the body has no chunks, and ends with the connection.
        client.send(format!("GET {path}?{query} HTTP/1.0\r\n\r\n")).expect("Prometheus listens");
        let answer = String::from_utf8(client.rest().expect("an answer")).expect("the answer is text");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert_eq!(body["status"], "success", "{body}");
        body["data"].clone()
    }

    /// The value of a query that has one.
    fn value(&self, query: &str) -> Option<f64> {
        let data = self.get("/api/v1/query", &[("query", query)]);
        let results = data["result"].as_array().expect("a vector");
        assert!(results.len() <= 1, "{query} has several values: {data}");
        results.first()?["value"][1].as_str()?.parse().ok()
    }
}

/// A known load: the answers that it gets, by what was asked.
fn load(service: &Service) {
    let mut client = service.connect();
    let mut status = |text: &str| {
        let answer = client.ask(text).expect("the service answers");
        let key = answer.json_or_null()["key"].as_str().map(str::to_owned);
        (answer.status, key)
    };
    let parent = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n");
    let mut keys = Vec::new();
    for _ in 0..7 {
        let (created, key) = status(&post(r#"{"a":1}"#).replacen("host:", &format!("{parent}host:"), 1));
        assert_eq!(created, 201);
        keys.extend(key);
    }
    for key in &keys[..5] {
        assert_eq!(status(&request("GET", &format!("/data/{key}"))).0, 200);
    }
    for _ in 0..3 {
        assert_eq!(status(&request("GET", "/data/01890a5d-ac96-774b-bcce-b302099a8057")).0, 404);
    }
    for _ in 0..2 {
        assert_eq!(status(&post("{")).0, 400);
    }
    assert_eq!(status(&request("DELETE", &format!("/data/{}", keys[0]))).0, 204);
    assert_eq!(status(&request("GET", "/data?limit=2")).0, 200);
    assert_eq!(status(&request("INVENTED", "/data")).0, 405);
    assert_eq!(status(&request("GET", "/invented")).0, 404);
    assert_eq!(status(&request("GET", "/health")).0, 200);
}

trait JsonOrNull {
    fn json_or_null(&self) -> Value;
}

impl JsonOrNull for crate::client::Answer {
    fn json_or_null(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[test]
fn each_promised_series_is_queried_back() {
    const CASE: &str = "each_promised_series_is_queried_back";
    let Some(program) = find_debian_or_skip(CASE, "prometheus") else { return };
    let service = Service::start(&[]);
    let prometheus = Prometheus::start(&program, CASE, service.metrics_address);
    eventually("a scrape before the load", || prometheus.value("http_requests_in_flight"));
    let before = prometheus.value(r#"http_requests_total{method="POST",endpoint="/data",status="201"}"#);
    assert_eq!(before, Some(0.0), "the series is there before the first request");
    load(&service);
    eventually("a scrape after the load", || {
        let last = r#"http_requests_total{endpoint="/health",method="GET",status="200"}"#;
        prometheus.value(last).filter(|value| *value == 1.0)
    });

    for (query, expected) in [
        (r#"http_requests_total{method="POST",endpoint="/data",status="201"}"#, 7.0),
        (r#"http_requests_total{method="POST",endpoint="/data",status="400"}"#, 2.0),
        (r#"http_requests_total{method="GET",endpoint="/data/{key}",status="200"}"#, 5.0),
        (r#"http_requests_total{method="GET",endpoint="/data/{key}",status="404"}"#, 3.0),
        (r#"http_requests_total{method="DELETE",endpoint="/data/{key}",status="204"}"#, 1.0),
        (r#"http_requests_total{method="GET",endpoint="/data",status="200"}"#, 1.0),
        (r#"http_requests_total{method="_OTHER",endpoint="/data",status="405"}"#, 1.0),
        (r#"http_requests_total{method="GET",endpoint="unmatched",status="404"}"#, 1.0),
        ("sum(http_requests_total)", 22.0),
        ("sum(http_request_duration_seconds_count)", 22.0),
        (r#"sum(http_request_duration_seconds_bucket{le="+Inf"})"#, 22.0),
        (r#"http_request_duration_seconds_bucket{method="POST",endpoint="/data",status="201",le="10.0"}"#, 7.0),
        ("http_requests_in_flight", 0.0),
        (r#"http_request_errors_total{endpoint="/data"}"#, 0.0),
        ("sum(http_request_errors_total)", 0.0),
        (r#"storage_operation_duration_seconds_count{system="memory",operation="put"}"#, 7.0),
        (r#"storage_operation_duration_seconds_count{system="memory",operation="get"}"#, 8.0),
        (r#"storage_operation_duration_seconds_count{system="memory",operation="delete"}"#, 1.0),
        (r#"storage_operation_duration_seconds_count{system="memory",operation="list"}"#, 1.0),
        (r#"storage_operation_errors_total{system="memory",operation="put",error="timeout"}"#, 0.0),
        ("sum(storage_operation_errors_total)", 0.0),
        (r#"data_processor_build_info{version="0.1.0"}"#, 1.0),
        ("traces_not_sampled_total", 0.0),
        ("log_lines_suppressed_total", 0.0),
        ("log_lines_dropped_total", 0.0),
        (r#"up{job="data-processor"}"#, 1.0),
    ] {
        assert_eq!(prometheus.value(query), Some(expected), "{query}");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    for (query, from, to) in [
        ("sum(http_request_duration_seconds_sum)", 1e-6, 60.0),
        ("histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[1h])))", 0.0, 10.0),
        ("sum(storage_operation_duration_seconds_sum)", 1e-9, 60.0),
        ("process_cpu_seconds_total", 0.0, 600.0),
        ("process_resident_memory_bytes", 1e6, 1e9),
        ("process_virtual_memory_bytes", 1e6, 1e13),
        ("process_start_time_seconds", now - 600.0, now),
        ("process_open_fds", 5.0, 1000.0),
        ("process_max_fds", 5.0, 1e10),
        ("process_threads", 2.0, 1000.0),
    ] {
        let value = prometheus.value(query).unwrap_or_else(|| panic!("{query} has no value"));
        assert!((from..=to).contains(&value), "{query} is {value}");
    }

    for series in
        ["http_requests_total", "http_request_duration_seconds_bucket", "storage_operation_duration_seconds_bucket"]
    {
        let times = [("start", (now - 600.0).to_string()), ("end", (now + 600.0).to_string())];
        let times = [(times[0].0, times[0].1.as_str()), (times[1].0, times[1].1.as_str())];
        let found = prometheus.get("/api/v1/query_exemplars", &[&[("query", series)], &times[..]].concat());
        let labels = found.as_array().into_iter().flatten().flat_map(|series| series["exemplars"].as_array());
        let traces: Vec<_> = labels.flatten().map(|exemplar| exemplar["labels"]["trace_id"].clone()).collect();
        assert!(traces.contains(&TRACE.into()), "{series}: {traces:?}");
    }
}

#[test]
fn promtool_has_nothing_to_say() {
    let Some(program) = find_debian_or_skip("promtool_has_nothing_to_say", "promtool") else { return };
    let service = Service::start(&[]);
    load(&service);
    let metrics = service.metrics();
    assert!(metrics.contains("# TYPE http_requests_total counter\n") && !metrics.contains("# EOF"), "{metrics}");
    let mut check = Command::new(program)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    check.stdin.take().expect("piped").write_all(metrics.as_bytes()).expect("promtool reads");
    let output = check.wait_with_output().expect("promtool ends");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn openmetrics_ends_with_its_mark() {
    let service = Service::start(&[]);
    let mut client = Client::connect(service.metrics_address).expect("metrics are served");
    let accept = "host:test\r\naccept: application/openmetrics-text; version=1.0.0";
    let answer = client.ask(request("GET", "/metrics").replacen("host: test", accept, 1)).expect("metrics are served");
    assert!(answer.head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
    assert!(String::from_utf8_lossy(&answer.body).ends_with("\n# EOF\n"));
}
