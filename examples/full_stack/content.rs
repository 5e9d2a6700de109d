//! What Grafana is filled with: the same for managed Grafana and for one on Fargate.

use belvedere::aps;
use belvedere::ecs::FargateServiceRef;
use belvedere::elbv2::ApplicationLoadBalancerRef;
use belvedere::grafana::catalog::{self, Exporter};
use belvedere::grafana::datasource::{
    CloudWatch, Exemplars, LogsToTraces, Loki, ManagedPrometheus, ServiceMap, Tempo, TracesToLogs, TracesToMetrics,
};
use belvedere::grafana::prometheus::RulesFile;
use belvedere::grafana::ready::{
    EcsService, LambdaFunctions, LoadBalancer, LogExplorer, LokiItself, PrometheusItself, ServiceRed, SloDashboard,
    TempoItself, TracesOverview,
};
use belvedere::grafana::slo::Slo;
use belvedere::grafana::{Content, Folder};
use belvedere::lambda::FunctionRef;
use belvedere::observability::{LokiRef, TempoRef};

use crate::rules;

/// What there is to look at.
pub(crate) struct Observed<'a> {
    pub(crate) metrics: &'a aps::WorkspaceRef,
    pub(crate) loki: &'a LokiRef,
    pub(crate) tempo: &'a TempoRef,
    pub(crate) service: &'a FargateServiceRef,
    pub(crate) canary: &'a FunctionRef,
    pub(crate) front: &'a ApplicationLoadBalancerRef,
    pub(crate) rules: RulesFile,
}

impl Observed<'_> {
    /// Returns the content. How Grafana signs what it asks managed Prometheus depends on which Grafana it is.
    pub(crate) fn content(self, signed: impl FnOnce(ManagedPrometheus) -> ManagedPrometheus) -> Content {
        let mut content = Content::new("full-stack");

        // What is asked, and how one leads to the other.
        let metrics = ManagedPrometheus::new("metrics", "Metrics", self.metrics.query_url()).default_source();
        let metrics = content.add(signed(metrics));
        let logs = content.add(Loki::new("logs", "Logs", self.loki.url()));
        let traces = content.add(Tempo::new("traces", "Traces", self.tempo.query_url()));
        let cloudwatch = content.add(CloudWatch::new("cloudwatch", "CloudWatch"));
        content.add(TracesToLogs::new(&traces, &logs));
        content.add(LogsToTraces::by_label(&logs, &traces, "trace_id"));
        content.add(
            TracesToMetrics::new(&traces, &metrics)
                .query("Requests", "sum(rate(traces_spanmetrics_calls_total{$__tags}[5m]))"),
        );
        content.add(Exemplars::new(&metrics, &traces));
        // Tempo's metrics generator has another name for it.
        content.add(Exemplars::new(&metrics, &traces).label("traceID"));
        content.add(ServiceMap::new(&traces, &metrics));

        // What the programs export: a query for anything else is found when the stack is synthesized.
        let data_processor = Exporter::from_json(include_str!("../../app/metrics.json"));
        content.add(data_processor.expect("a test of the program keeps its list true").job("data-processor"));
        for exporter in [
            catalog::loki().job("loki"),
            catalog::tempo().job("tempo"),
            catalog::tempo_metrics_generator(),
            catalog::prometheus().job("prometheus-agent"),
        ] {
            content.add(exporter);
        }
        content.add(self.rules);

        let service = content.add(Folder::new("service", "Data processor"));
        let requests = ServiceRed::new(&metrics).job("data-processor").data_processor();
        content.add(requests.logs(&logs).traces(&traces).folder(&service));
        let objectives = SloDashboard::new(&metrics).folder(&service);
        content.add(rules::objectives().iter().map(Slo::queries).fold(objectives, SloDashboard::objective));
        content.add(LogExplorer::new(&logs).folder(&service));
        content.add(TracesOverview::new(&traces, &metrics).folder(&service));

        let observers = content.add(Folder::new("observers", "What observes"));
        content.add(LokiItself::new(&metrics).folder(&observers));
        content.add(TempoItself::new(&metrics).folder(&observers));
        content.add(PrometheusItself::new(&metrics).job("prometheus-agent").folder(&observers));

        let aws = content.add(Folder::new("aws", "AWS"));
        let ecs =
            EcsService::new(&cloudwatch).cluster(self.service.cluster_name()).service(self.service.service_name());
        content.add(ecs.folder(&aws));
        content.add(LambdaFunctions::new(&cloudwatch).function(self.canary.function_name()).folder(&aws));
        let front = LoadBalancer::new(&cloudwatch);
        let front = match self.front.load_balancer_full_name() {
            Some(name) => front.load_balancer(name),
            None => front,
        };
        content.add(front.folder(&aws));
        content
    }
}
