//! All ready dashboards, with what they are about.

use belvedere_grafana::Content;
use belvedere_grafana::catalog::{self, Exporter};
use belvedere_grafana::datasource::{
    CloudWatch, DataSourceRef, Exemplars, LogQl, Loki, PromQl, Prometheus, ServiceMap, Tempo, TraceQl, TracesToLogs,
};
use belvedere_grafana::prometheus::RulesFile;
use belvedere_grafana::ready::{
    CollectorNames, Ec2Host, EcsService, GrafanaItself, LambdaFunctions, LoadBalancer, LogExplorer, LokiItself,
    OpenTelemetryCollector, PrometheusAgent, PrometheusItself, ServiceRed, SloDashboard, TempoItself, TracesOverview,
};
use belvedere_grafana::slo::{Indicator, Slo};

/// What the dashboards ask.
pub(crate) struct Sources {
    pub(crate) prometheus: DataSourceRef<PromQl>,
    pub(crate) loki: DataSourceRef<LogQl>,
    pub(crate) tempo: DataSourceRef<TraceQl>,
    pub(crate) cloudwatch: DataSourceRef<CloudWatch>,
}

fn data_processor() -> Exporter {
    Exporter::from_json(include_str!("../../../app/metrics.json")).expect("a published list")
}

/// A content with the data sources, and with what is exported.
pub(crate) fn content(exporters: impl IntoIterator<Item = Exporter>) -> (Content, Sources) {
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

pub(crate) fn availability() -> Slo {
    let failed = r#"http_requests_total{job="data-processor",status=~"5.."}"#;
    let all = r#"http_requests_total{job="data-processor"}"#;
    Slo::new("data-processor-availability", 99.9, Indicator::errors_and_total(failed, all))
        .service("data-processor")
        .runbook("https://runbooks.example/availability")
}

/// All of them, with what they can show.
pub(crate) fn all() -> Content {
    let exporters = [
        data_processor(),
        catalog::node_exporter(),
        catalog::prometheus(),
        catalog::prometheus_agent(),
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
    content.add(LambdaFunctions::new(&cloudwatch).function("canary").streams().log_group(log_group));
    content.add(PrometheusItself::new(&prometheus).remote_write());
    content.add(PrometheusAgent::new(&prometheus));
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
