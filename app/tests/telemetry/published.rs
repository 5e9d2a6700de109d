//! `metrics.json`, where the program publishes what it exports, so that dashboards and alerts can be checked against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use crate::client::{Client, post, request};
use crate::rotel::{Record, Rotel};
use crate::service::Service;
use crate::tools::{eventually, find_or_skip, scratch};

const CASE: &str = "what_is_published_is_what_is_exported";

/// The attributes of resources that Loki makes labels of streams, unless it is configured otherwise. All others, and
/// those of records, are structured metadata: <https://grafana.com/docs/loki/latest/send-data/otel/>.
const STREAM_LABELS: [&str; 18] = [
    "cloud.availability_zone",
    "cloud.region",
    "container.name",
    "deployment.environment",
    "deployment.environment.name",
    "k8s.cluster.name",
    "k8s.container.name",
    "k8s.cronjob.name",
    "k8s.daemonset.name",
    "k8s.deployment.name",
    "k8s.job.name",
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.replicaset.name",
    "k8s.statefulset.name",
    "service.instance.id",
    "service.name",
    "service.namespace",
];

/// What Loki stores of the fields of a record that are no attributes.
const RECORD_FIELDS: [&str; 8] = [
    "detected_level",
    "flags",
    "observed_timestamp",
    "scope_name",
    "severity_number",
    "severity_text",
    "span_id",
    "trace_id",
];

#[test]
fn what_is_published_is_what_is_exported() {
    let Some(rotel) = find_or_skip(CASE, "rotel/bin/rotel-agent") else { return };
    let rotel = Rotel::start(&rotel, CASE);
    let endpoint = format!("http://{}", rotel.http);
    let folder = scratch(&format!("{CASE}-documents"));
    let service = Service::start(&[
        ("STORAGE_URL", &format!("file:{}", folder.display())),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
        ("ECS_CONTAINER_METADATA_URI_V4", &agent_of_ecs()),
    ]);
    let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nuser-agent: test\r\n";
    let sampled = |text: &str| text.replacen("host:", &format!("{parent}host:"), 1);
    assert_eq!(service.ask(&sampled(&post(r#"{"a":1}"#))).status, 201);
    fs::remove_dir_all(&folder).expect("the folder is ours");
    fs::write(&folder, "no folder").expect("the folder is gone");
    let failed = service.ask(&sampled(&post(r#"{"a":1}"#))).status;
    assert!(failed >= 500, "storage is gone, got {failed}");
    let records = eventually("both records", || {
        let (_, logs) = rotel.received();
        let requests: Vec<_> = logs.into_iter().filter(|log| log.field("Body") == "Str(request)").collect();
        (requests.len() == 2).then_some(requests)
    });
    fs::remove_file(&folder).expect("the file is ours");

    let mut exported = published(&service, &records);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("metrics.json");
    exported["name"] = "data-processor".into();
    let text = serde_json::to_string_pretty(&exported).expect("JSON is written") + "\n";
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, &text).expect("the folder is writable");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, text, "app/metrics.json is out of date; UPDATE=1 rewrites it");
}

/// What the program exports.
fn published(service: &Service, records: &[Record]) -> Value {
    let resource: BTreeSet<&str> =
        records.iter().flat_map(|record| record.resource.keys().map(String::as_str)).collect();
    let attributes = records.iter().flat_map(|record| record.attributes.keys().map(String::as_str));
    let (labels, metadata): (BTreeSet<&str>, BTreeSet<&str>) =
        resource.into_iter().partition(|name| STREAM_LABELS.contains(name));
    let fields: BTreeSet<_> = metadata.into_iter().chain(attributes).chain(RECORD_FIELDS).map(loki_name).collect();
    let bodies = records.iter().map(|record| record.field("Body"));
    let bodies: BTreeSet<_> = bodies.filter_map(|body| body.strip_prefix("Str(")?.strip_suffix(')')).collect();
    json!({
        "metrics": metrics(&service.metrics()),
        "streamLabels": labels.into_iter().map(loki_name).collect::<Vec<_>>(),
        "logFields": fields,
        "logSamples": bodies,
        "exemplarLabels": exemplar_labels(service),
    })
}

/// The name under which Loki and Prometheus store an attribute.
fn loki_name(attribute: &str) -> String {
    attribute.replace(|at: char| !at.is_ascii_alphanumeric(), "_")
}

/// The metrics of an exposition, sorted by name.
fn metrics(text: &str) -> Vec<Value> {
    let mut help = BTreeMap::new();
    let mut metrics: BTreeMap<&str, (&str, BTreeSet<String>)> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, text)) = line.strip_prefix("# HELP ").and_then(|line| line.split_once(' ')) {
            help.insert(name, text);
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            metrics.insert(name, (kind, BTreeSet::new()));
        } else {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let family = family.filter(|family| metrics.contains_key(family)).unwrap_or(name);
            let (_, labels) = metrics.get_mut(family).unwrap_or_else(|| panic!("no type is told of {line}"));
            labels.extend(label_names(line).into_iter().filter(|label| label != "le"));
        }
    }
    let metric = |(name, (kind, labels))| json!({"name": name, "kind": kind, "labels": labels, "help": help[name]});
    metrics.into_iter().map(metric).collect()
}

/// The names in `name{first="a",second="b"} 1`. No value of this program has quotes or braces in it but those of routes.
fn label_names(series: &str) -> Vec<String> {
    let pairs = series.split("=\"").collect::<Vec<_>>();
    let before = |pair: &&str| pair.rsplit(['{', ',']).next().unwrap_or_default().to_owned();
    pairs[..pairs.len() - 1].iter().map(before).collect()
}

fn exemplar_labels(service: &Service) -> BTreeSet<String> {
    let accept = "host: test\r\naccept: application/openmetrics-text; version=1.0.0";
    let mut client = Client::connect(service.metrics_address).expect("metrics are served");
    let answer = client.ask(request("GET", "/metrics").replacen("host: test", accept, 1)).expect("metrics are served");
    let text = String::from_utf8(answer.body).expect("metrics are text");
    text.lines().filter_map(|line| line.split_once(" # ")).flat_map(|(_, exemplar)| label_names(exemplar)).collect()
}

/// The address of what tells a task of Amazon ECS about itself.
fn agent_of_ecs() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap_or_default();
            let task = head[..length].starts_with(b"GET /task ");
            let body = if task { task_of_ecs() } else { container_of_ecs() }.to_string();
            let head = format!("content-type: application/json\r\ncontent-length: {}", body.len());
            _ = write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n{head}\r\n\r\n{body}");
        }
    });
    format!("http://{address}")
}

fn container_of_ecs() -> Value {
    json!({
        "DockerId": "cd189a933e5849daa93386466019ab50-2495160603",
        "DockerName": "app",
        "Image": "public.ecr.aws/docker/library/debian:12.12-slim@sha256:25f3",
        "ImageID": "sha256:25f3",
        "ContainerARN": "arn:aws:ecs:eu-west-1:111122223333:container/default/cd18/05281ee3",
        "LogDriver": "awslogs",
        "LogOptions": {"awslogs-group": "/ecs/app", "awslogs-region": "eu-west-1", "awslogs-stream": "ecs/app/cd18"},
    })
}

fn task_of_ecs() -> Value {
    json!({
        "Cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/default",
        "TaskARN": "arn:aws:ecs:eu-west-1:111122223333:task/default/cd189a933e5849daa93386466019ab50",
        "Family": "app",
        "Revision": "2",
        "AvailabilityZone": "eu-west-1a",
        "LaunchType": "FARGATE",
    })
}
