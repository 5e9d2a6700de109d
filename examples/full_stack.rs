//! The flagship: a service on ECS Fargate that can be seen into from its first deploy.
//!
//! ```console
//! $ cargo run --example full_stack                    # Amazon Managed Grafana, which needs IAM Identity Center or SAML
//! $ cargo run --example full_stack -- self-hosted     # the same with Grafana on Fargate
//! ```
//!
//! A canary calls the data processor every minute. Metrics are scraped beside the service and kept in managed Prometheus,
//! logs go to Loki and traces to Tempo, both on Fargate with their data in S3; Grafana looks at all three. Alerts reach an
//! SNS topic. Nothing but Grafana's own front door can be reached from outside.

use std::process::ExitCode;
use std::time::Duration;

use belvedere::aps::{
    self, AlertManagerDefinition, AlertingRule, Receiver, RecordingRule, RuleGroup, RuleGroupsNamespace,
};
use belvedere::cloudwatch::{Alarm, Threshold, TreatMissingData};
use belvedere::ec2::{FlowLogOptions, GatewayEndpointService, NatGateways, Port, SubnetSelection, Vpc};
use belvedere::ecs::{
    Cluster, ClusterRef, ContainerDefinition, ContainerImage, ContainerInsights, FargateService, FargateServiceRef,
    FargateTaskDefinition, HalfVcpu, HealthCheck, PortMapping, TaskCount,
};
use belvedere::efs::FileSystem;
use belvedere::elbv2::{self, ApplicationLoadBalancer, Listener, TargetGroup, TargetGroupRef};
use belvedere::events::{LambdaTarget, Rule, Schedule};
use belvedere::grafana::{self, Authentication};
use belvedere::kms::{Key, KeyUser};
use belvedere::lambda::{Code, Function, Tracing};
use belvedere::logs::{LogGroup, LogGroupRef, RetentionDays};
use belvedere::observability::{
    BackendNetwork, Loki, LokiRef, MetricsScraper, ScrapeTarget, SelfHostedGrafana, Tempo, TempoRef,
};
use belvedere::s3::{Bucket, BucketRef, LifecycleRule, LogSource};
use belvedere::sns::{Publisher, Topic, TopicEncryption};
use belvedere::sqs::{Queue, QueueEncryption};
use belvedere::{App, Asset, Construct, Output, Scope, Size, Stack, concat_values};

const DAY: Duration = Duration::from_secs(86_400);
const MINUTE: Duration = Duration::from_secs(60);

/// The service that the stack is about: the program, a scraper beside it, and what they may do.
struct DataProcessor<'a> {
    cluster: &'a ClusterRef,
    targets: &'a TargetGroupRef,
    data: &'a BucketRef,
    metrics: &'a aps::WorkspaceRef,
    loki: &'a LokiRef,
    tempo: &'a TempoRef,
    logs: &'a LogGroupRef,
}

impl Construct for DataProcessor<'_> {
    type Ref = FargateServiceRef;

    fn define(self, scope: &mut Scope<'_>) -> FargateServiceRef {
        let base = ContainerImage::registry("public.ecr.aws/docker/library/debian:12.12-slim");
        let program = Asset::cargo_program("data-processor", "app");
        let app = ContainerDefinition::program("app", base, program)
            .user("65532")
            .memory_limit(Size::mebibytes(512))
            .port(PortMapping::tcp(8080))
            .port(PortMapping::tcp(9090))
            .environment("STORAGE_URL", concat_values!("s3://", self.data.bucket_name(), "/data"))
            .environment("OTEL_SERVICE_NAME", "data-processor")
            .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", self.tempo.otlp_traces_url())
            .environment("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", self.loki.otlp_logs_url())
            .health_check(HealthCheck::command(["/opt/program/app/app", "health-check"]))
            .logging(self.logs);
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

fn full_stack(self_hosted_grafana: bool) -> Stack {
    let mut stack = Stack::new("GrafanaObservability")
        .description("A data processor on Fargate, observed with managed Prometheus, Grafana, Loki and Tempo.");

    // What everything stands on.
    let key = stack.add("Key", Key::new().allow_service(KeyUser::CloudWatchLogs).allow_service(KeyUser::SnsPublishers));
    let logs = stack.add("Logs", LogGroup::new().retention(RetentionDays::OneYear).encryption_key(&key));
    let vpc = stack.add(
        "Vpc",
        Vpc::new()
            .nat_gateways(NatGateways::Single)
            .gateway_endpoint("S3", GatewayEndpointService::S3)
            .flow_log("Flows", FlowLogOptions::to_log_group(&logs)),
    );
    let cluster = stack.add("Cluster", Cluster::new(&vpc).container_insights(ContainerInsights::Enabled));
    let access_logs = stack.add(
        "AccessLogs",
        Bucket::new()
            .versioned(true)
            .accept_logs_from(LogSource::S3AccessLogs)
            .accept_logs_from(LogSource::LoadBalancerLogs)
            .lifecycle_rule(LifecycleRule::new().expiration(90 * DAY).noncurrent_version_expiration(DAY)),
    );
    let data = stack.add(
        "Data",
        Bucket::new()
            .versioned(true)
            .server_access_logs(&access_logs, "data/")
            .lifecycle_rule(LifecycleRule::new().noncurrent_version_expiration(30 * DAY)),
    );

    // Where alerts and metrics go.
    let alerts = stack.add(
        "Alerts",
        Topic::new()
            .encryption(TopicEncryption::Kms(key.clone()))
            .accept_messages_from(Publisher::ManagedPrometheus)
            .accept_messages_from(Publisher::CloudWatchAlarms),
    );
    let team = Receiver::sns("team", &alerts);
    let alert_logs = stack.add("MetricsLogs", LogGroup::vended("prometheus").encryption_key(&key));
    let metrics = stack.add(
        "Metrics",
        aps::Workspace::new()
            .retention_in_days(90)
            .alert_logs(&alert_logs)
            .alert_manager(AlertManagerDefinition::new(&team).json_messages()),
    );
    stack.add("Rules", RuleGroupsNamespace::new(&metrics, "data-processor").group(request_rules()));

    // Where logs and traces go.
    let backends = stack.add("Backends", ApplicationLoadBalancer::new(&vpc).access_logs(&access_logs, "backends"));
    let files = stack.add("Files", FileSystem::new(&vpc).encryption_key(&key).automatic_backups(true));
    let network =
        BackendNetwork::new(&cluster, &backends).file_system(&files).access_logs(&access_logs).encryption_key(&key);
    let loki = stack.add("Loki", Loki::new(&network).retention(30 * DAY));
    let tempo = stack.add("Tempo", Tempo::new(&network).retention(14 * DAY).span_metrics_to(&metrics));

    // The service, and the canary that calls it.
    let front = stack.add("Front", ApplicationLoadBalancer::new(&vpc).access_logs(&access_logs, "front"));
    let tasks = TargetGroup::ip(8080).health_check(elbv2::HealthCheck::path("/health"));
    let http = stack.add_to(&front, "Http", Listener::http(80).targets("Tasks", tasks));
    let targets = http.target_group();
    let service = DataProcessor {
        cluster: &cluster,
        targets,
        data: &data,
        metrics: &metrics,
        loki: &loki,
        tempo: &tempo,
        logs: &logs,
    };
    stack.add("DataProcessor", service);
    let lost = stack
        .add("LostInvocations", Queue::new().encryption(QueueEncryption::Kms(key.clone())).retention_period(14 * DAY));
    let canary = stack.add(
        "TestRunner",
        Function::rust(Code::cargo("test-runner", "lambda"))
            .timeout(Duration::from_secs(50))
            .environment("DATA_PROCESSOR_URL", concat_values!("http://", front.dns_name()))
            .environment_encryption(&key)
            .vpc(&vpc, SubnetSelection::PrivateWithEgress)
            .log_group(&logs)
            .tracing(Tracing::Active)
            .reserved_concurrent_executions(1)
            .dead_letter_queue(&lost),
    );
    stack.allow(&canary, &front, Port::tcp(80));
    stack.add("EveryMinute", Rule::schedule(Schedule::rate(MINUTE)).target(LambdaTarget::new(&canary)));
    stack.add(
        "CanaryFails",
        Alarm::new(canary.metric_errors(), Threshold::at_least(1.0))
            .evaluation_periods(3)
            .treat_missing_data(TreatMissingData::Breaching)
            .notify(&alerts),
    );

    // Where people look.
    if self_hosted_grafana {
        let grafana = stack.add(
            "Grafana",
            SelfHostedGrafana::new(&network).encryption_key(&key).metrics(&metrics).logs(&loki).traces(&tempo),
        );
        stack.output("GrafanaUrl", grafana.url());
    } else {
        let grafana = stack.add(
            "Grafana",
            grafana::Workspace::new(Authentication::IdentityCenter)
                .vpc(&vpc, SubnetSelection::PrivateWithEgress)
                .grant(metrics.query())
                .grant(alerts.publish()),
        );
        stack.allow(&grafana, &loki, Loki::PORT);
        stack.allow(&grafana, &tempo, Tempo::QUERY_PORT);
        stack.output("GrafanaUrl", grafana.url());
    }

    stack.output("DataProcessorUrl", concat_values!("http://", front.dns_name()));
    stack.output("LokiUrl", Output::new(loki.url()).description("From inside the VPC."));
    stack.output("TempoUrl", Output::new(tempo.query_url()).description("From inside the VPC."));
    stack.output("PrometheusWorkspaceId", metrics.workspace_id());
    stack.output("PrometheusQueryUrl", metrics.query_url());
    stack.output("DataBucketName", data.bucket_name());
    stack.output("AlertsTopicArn", alerts.topic_arn());
    stack
}

/// What is worth knowing of a service that answers requests, and worth waking somebody for.
fn request_rules() -> RuleGroup {
    RuleGroup::new("requests")
        .rule(RecordingRule::new("job:http_requests:rate5m", "sum by (job) (rate(http_requests_total[5m]))"))
        .rule(RecordingRule::new(
            "job:http_errors:ratio_rate5m",
            "sum by (job) (rate(http_requests_total{status=~\"5..\"}[5m])) / sum by (job) (rate(http_requests_total[5m]))",
        ))
        .rule(
            AlertingRule::new("DataProcessorErrors", "job:http_errors:ratio_rate5m{job=\"data-processor\"} > 0.05")
                .hold_for(5 * MINUTE)
                .label("severity", "critical")
                .annotation("summary", "More than 5 % of the requests fail"),
        )
        .rule(
            AlertingRule::new(
                "DataProcessorSlow",
                "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"data-processor\"}[5m]))) > 1",
            )
            .hold_for(10 * MINUTE)
            .label("severity", "warning")
            .annotation("summary", "One request in twenty takes more than a second"),
        )
        .rule(
            AlertingRule::new("DataProcessorNotScraped", "absent(up{job=\"data-processor\"} == 1)")
                .hold_for(5 * MINUTE)
                .label("severity", "critical")
                .annotation("summary", "No metrics arrive from the data processor"),
        )
}

fn main() -> ExitCode {
    let grafana = std::env::args().nth(1);
    let self_hosted = match grafana.as_deref() {
        None | Some("managed") => false,
        Some("self-hosted") => true,
        Some(other) => {
            eprintln!("error: there is no Grafana called `{other}`: give `managed` (the default) or `self-hosted`");
            return ExitCode::from(2);
        }
    };
    let directory = if self_hosted { "synth-output/full_stack_self_hosted" } else { "synth-output/full_stack" };
    let mut app = App::from_env().out_dir(directory);
    app.add(full_stack(self_hosted));
    match app.synth() {
        Ok(assembly) => {
            println!("{assembly}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
