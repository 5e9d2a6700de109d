//! The ready dashboards pass every check, with the programs declared that they are about.

use std::collections::BTreeSet;

use belvedere_grafana::Content;
use belvedere_grafana::catalog::{self, Exporter};
use belvedere_grafana::datasource::{
    CloudWatch, DataSourceRef, Exemplars, LogQl, Loki, PromQl, Prometheus, ServiceMap, Tempo, TraceQl, TracesToLogs,
};
use belvedere_grafana::prometheus::RulesFile;
use belvedere_grafana::ready::{
    CollectorNames, Ec2Host, EcsService, GrafanaItself, HttpMetrics, LambdaFunctions, LoadBalancer, LogExplorer,
    LokiItself, OpenTelemetryCollector, PrometheusItself, ServiceRed, SloDashboard, TempoItself, TracesOverview,
};
use belvedere_grafana::slo::{Indicator, Slo};
use serde_json::Value;

/// What the dashboards ask.
struct Sources {
    prometheus: DataSourceRef<PromQl>,
    loki: DataSourceRef<LogQl>,
    tempo: DataSourceRef<TraceQl>,
    cloudwatch: DataSourceRef<CloudWatch>,
}

fn data_processor() -> Exporter {
    Exporter::from_json(include_str!("../../app/metrics.json")).expect("a published list")
}

/// A content with the data sources, and with what is exported.
fn content(exporters: impl IntoIterator<Item = Exporter>) -> (Content, Sources) {
    let mut content = Content::new("ready");
    let sources = Sources {
        prometheus: content.add(Prometheus::new("prometheus", "Prometheus", "http://prometheus.example:9090")),
        loki: content.add(Loki::new("loki", "Loki", "http://loki.example:3100")),
        tempo: content.add(Tempo::new("tempo", "Tempo", "http://tempo.example:3200")),
        cloudwatch: content.add(CloudWatch::new("cloudwatch", "CloudWatch")),
    };
    for exporter in exporters {
        content.add(exporter);
    }
    (content, sources)
}

fn availability() -> Slo {
    let failed = r#"http_requests_total{job="data-processor",status=~"5.."}"#;
    let all = r#"http_requests_total{job="data-processor"}"#;
    Slo::new("data-processor-availability", 99.9, Indicator::errors_and_total(failed, all))
        .service("data-processor")
        .runbook("https://runbooks.example/availability")
}

/// All of them, with what they can show.
fn all() -> Content {
    let exporters = [
        data_processor(),
        catalog::node_exporter(),
        catalog::prometheus(),
        catalog::loki(),
        catalog::tempo(),
        catalog::tempo_metrics_generator(),
        catalog::opentelemetry_collector(),
        catalog::opentelemetry_collector_with_suffixes(),
        catalog::grafana(),
    ];
    let (mut content, Sources { prometheus, loki, tempo, cloudwatch }) = content(exporters);
    content.add(ServiceMap::new(&tempo, &prometheus));
    content.add(Exemplars::new(&prometheus, &tempo));
    content.add(TracesToLogs::new(&tempo, &loki));
    let slo = availability();
    content.add(RulesFile::new().group(slo.rules()));
    let service = ServiceRed::new(&prometheus).job("data-processor").logs(&loki).traces(&tempo);
    content.add(service.data_processor());
    content.add(Ec2Host::new(&prometheus).systemd());
    content.add(EcsService::new(&cloudwatch).cluster("main").service("api").enhanced());
    content.add(LoadBalancer::new(&cloudwatch).load_balancer("app/main/50dc6c495c0c9188"));
    let log_group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/canary:*";
    content.add(LambdaFunctions::new(&cloudwatch).function("canary").log_group(log_group));
    content.add(PrometheusItself::new(&prometheus).remote_write());
    content.add(LokiItself::new(&prometheus));
    content.add(TempoItself::new(&prometheus));
    content.add(OpenTelemetryCollector::new(&prometheus));
    let suffixed = OpenTelemetryCollector::new(&prometheus).names(CollectorNames::Suffixed);
    content.add(suffixed.uid("collector-with-suffixes").title("Collector with suffixes"));
    content.add(GrafanaItself::new(&prometheus));
    content.add(LogExplorer::new(&loki));
    content.add(TracesOverview::new(&tempo, &prometheus).service("data-processor"));
    content.add(SloDashboard::new(&prometheus).objective(slo.queries()));
    content
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    let inner = |panel: &'_ Value| panel["panels"].as_array().map(Vec::as_slice).unwrap_or_default().len();
    let mut found = Vec::new();
    for panel in panels {
        if inner(panel) > 0 {
            found.extend(panel["panels"].as_array().into_iter().flatten());
        }
        if panel["type"] != "row" {
            found.push(panel);
        }
    }
    found
}

#[test]
fn every_check_is_passed() {
    let findings = all().check();
    let shown: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{} findings:\n{}", shown.len(), shown.join("\n"));
}

#[test]
fn a_service_by_the_semantic_conventions_passes_too() {
    let list = r#"{"name": "api", "metrics": {
        "counter": {"process_cpu_seconds_total": ""},
        "gauge": {"process_resident_memory_bytes": "", "process_open_fds": ""},
        "histogram": {
            "http_server_request_duration_seconds": "http_route http_request_method http_response_status_code"
        }
    }}"#;
    let (mut content, sources) = content([Exporter::from_json(list).expect("a list")]);
    content.add(ServiceRed::new(&sources.prometheus).metrics(HttpMetrics::open_telemetry()));
    let shown: Vec<_> = content.check().iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn every_panel_says_what_it_shows() {
    for placed in all().document().dashboards {
        let dashboard = &placed.dashboard;
        let about = |what: &str| format!("{what} of {}", dashboard["title"]);
        assert!(dashboard["description"].as_str().is_some_and(|text| text.len() > 20), "{}", about("the description"));
        let tags: Vec<_> = dashboard["tags"].as_array().into_iter().flatten().collect();
        assert!(tags.contains(&&Value::from("belvedere")), "{}", about("the tags"));
        let panels = panels(dashboard);
        assert!(panels.len() >= 5, "{}", about("the panels"));
        for panel in &panels {
            let title = panel["title"].as_str().unwrap_or_default();
            assert!(panel["description"].as_str().is_some_and(|text| text.len() > 10), "{}", about(title));
            let asks = panel["targets"].as_array().is_some_and(|targets| !targets.is_empty());
            assert!(asks, "{}", about(title));
            if panel["type"] == "timeseries" {
                assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{}", about(title));
            }
        }
        let names: BTreeSet<_> = panels.iter().map(|panel| (panel["title"].as_str(), panel["type"].as_str())).collect();
        assert_eq!(names.len(), panels.len(), "a panel has its title and kind for itself: {}", about("the titles"));
    }
}

#[test]
fn rows_are_full() {
    for placed in all().document().dashboards {
        let mut lines = std::collections::BTreeMap::new();
        for panel in panels(&placed.dashboard) {
            let place = &panel["gridPos"];
            let width = place["w"].as_u64().expect("a width");
            *lines.entry((place["y"].as_u64(), panel["gridPos"]["h"].as_u64())).or_insert(0) += width;
        }
        assert!(lines.values().all(|width| *width <= 24), "{}: {lines:?}", placed.dashboard["title"]);
    }
}
