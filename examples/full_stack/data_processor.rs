//! The service that the flagship is about: the program, a scraper beside it, and what they may do.

use std::time::Duration;

use belvedere::aps;
use belvedere::ecs::{
    ClusterRef, ContainerDefinition, ContainerImage, FargateService, FargateServiceRef, FargateTaskDefinition,
    HalfVcpu, HealthCheck, PortMapping, TaskCount,
};
use belvedere::elbv2::TargetGroupRef;
use belvedere::logs::LogGroupRef;
use belvedere::observability::{Loki, LokiRef, MetricsScraper, ScrapeTarget, Tempo, TempoRef};
use belvedere::s3::BucketRef;
use belvedere::{Asset, Construct, Scope, Size, concat_values};

pub(crate) struct DataProcessor<'a> {
    pub(crate) cluster: &'a ClusterRef,
    pub(crate) targets: &'a TargetGroupRef,
    pub(crate) data: &'a BucketRef,
    pub(crate) metrics: &'a aps::WorkspaceRef,
    pub(crate) loki: &'a LokiRef,
    pub(crate) tempo: &'a TempoRef,
    pub(crate) logs: &'a LogGroupRef,
}

impl Construct for DataProcessor<'_> {
    type Ref = FargateServiceRef;

    fn define(self, scope: &mut Scope<'_>) -> FargateServiceRef {
        // No image is built: the program is an asset, fetched when a task starts, and run from a plain base.
        let base = ContainerImage::registry("public.ecr.aws/docker/library/debian:12.12-slim");
        let app = ContainerDefinition::program("app", base, Asset::cargo_program("data-processor", "app"))
            .user("65532")
            .memory_limit(Size::mebibytes(512))
            .port(PortMapping::tcp(8080))
            .port(PortMapping::tcp(9090))
            .environment("STORAGE_URL", concat_values!("s3://", self.data.bucket_name(), "/data"))
            .environment("OTEL_SERVICE_NAME", "data-processor")
            .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", self.tempo.otlp_traces_url())
            .environment("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", self.loki.otlp_logs_url())
            .health_check(HealthCheck::command(["/opt/program/app", "health-check"]));
        let scraper = MetricsScraper::new(self.metrics)
            .target(ScrapeTarget::new("data-processor", "localhost:9090").interval(Duration::from_secs(5)));
        let task = scope.add(
            "Task",
            FargateTaskDefinition::new(HalfVcpu::Gib1)
                .container(app)
                .container(scraper.container())
                .logging(self.logs)
                .grant(self.data.read_write())
                .grant(scraper.grant()),
        );
        let service = scope.add(
            "Service",
            FargateService::new(self.cluster, &task)
                .load_balancer_target(self.targets, "app", 8080)
                .auto_scale(TaskCount::between(2, 6).scale_on_cpu("Cpu", 60.0)),
        );
        scope.allow(&service, self.loki, Loki::PORT);
        scope.allow(&service, self.tempo, Tempo::OTLP_PORT);
        service
    }
}
