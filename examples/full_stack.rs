//! The flagship: a service on ECS Fargate that can be seen into from its first deploy.
//!
//! ```console
//! $ cargo run --example full_stack                    # Amazon Managed Grafana, which needs IAM Identity Center or SAML
//! $ cargo run --example full_stack -- self-hosted     # the same with Grafana on Fargate
//! $ cargo run --example full_stack --features deploy -- deploy                 # or diff, destroy, outputs, status, …
//! $ cargo run --example full_stack --features deploy -- self-hosted deploy --help
//! ```
//!
//! A canary calls the data processor every minute. Metrics are scraped beside the service and kept in managed Prometheus,
//! logs go to Loki and traces to Tempo, both on Fargate with their data in S3; Grafana looks at all three. Alerts reach an
//! SNS topic. Nothing but Grafana's own front door can be reached from outside.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a program talks to whoever runs it")]

#[path = "full_stack/content.rs"]
mod content;
#[path = "full_stack/data_processor.rs"]
mod data_processor;
#[path = "full_stack/rules.rs"]
mod rules;

use std::process::ExitCode;
use std::time::Duration;

use belvedere::aps::{self, AlertManagerDefinition, DeadMansSwitch, Receiver, RuleGroupsNamespace};
use belvedere::cloudwatch::{Alarm, Threshold, TreatMissingData};
use belvedere::ec2::{FlowLogOptions, GatewayEndpointService, NatGateways, Peer, SubnetSelection, Vpc};
use belvedere::ecs::{Cluster, ContainerInsights};
use belvedere::efs::FileSystem;
use belvedere::elbv2::{ApplicationLoadBalancer, HealthCheck, Listener, TargetGroup};
use belvedere::events::{LambdaTarget, Rule, Schedule};
use belvedere::grafana::datasource::ManagedPrometheus;
use belvedere::grafana::{self, Authentication, WorkspaceContent, access};
use belvedere::kms::{Key, KeyUser};
use belvedere::lambda::{Code, Function, Tracing};
use belvedere::logs::{LogGroup, RetentionDays};
use belvedere::observability::{BackendNetwork, Loki, SelfHostedGrafana, Tempo};
use belvedere::s3::{Bucket, LifecycleRule, LogSource};
use belvedere::sns::{Publisher, Topic, TopicEncryption};
use belvedere::sqs::{Queue, QueueEncryption};
use belvedere::{App, Finding, Output, Stack, concat_values};

use crate::content::Observed;
use crate::data_processor::DataProcessor;

const DAY: Duration = Duration::from_secs(86_400);
const MINUTE: Duration = Duration::from_secs(60);

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
    if let Some(bucket) = access_logs.resource() {
        stack.acknowledge(bucket, Finding::checkov("CKV_AWS_18", "it is where access logs go, and would log itself"));
    }
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
    let heartbeat = stack.add("Heartbeat", DeadMansSwitch::new(&alerts).encryption_key(&key));
    let alert_logs = stack.add("MetricsLogs", LogGroup::vended("prometheus").encryption_key(&key));
    let metrics = stack.add(
        "Metrics",
        aps::Workspace::new()
            .retention_in_days(90)
            .alert_logs(&alert_logs)
            .alert_manager(AlertManagerDefinition::new(&team).route(heartbeat.route()).json_messages()),
    );
    let rules = rules::file().group(heartbeat.rules());
    stack.add("Rules", RuleGroupsNamespace::new(&metrics, "data-processor").file(&rules));

    // Where logs and traces go.
    let backends = stack.add("Backends", ApplicationLoadBalancer::new(&vpc).access_logs(&access_logs, "backends"));
    let files = stack.add("Files", FileSystem::new(&vpc).encryption_key(&key).automatic_backups(true));
    let network = BackendNetwork::new(&cluster, &backends)
        .file_system(&files)
        .access_logs(&access_logs)
        .encryption_key(&key)
        .metrics(&metrics);
    let loki = stack.add("Loki", Loki::new(&network).retention(30 * DAY));
    let tempo = stack.add("Tempo", Tempo::new(&network).retention(14 * DAY).span_metrics_to(&metrics));

    // The service, and the canary that calls it.
    let inside = Peer::ipv4(vpc.cidr_block());
    let front = stack.add("Front", ApplicationLoadBalancer::new(&vpc).access_logs(&access_logs, "front"));
    let tasks = TargetGroup::ip(8080).health_check(HealthCheck::path("/health"));
    let http = stack.add_to(&front, "Http", Listener::http(80).open_to(inside.clone()).targets("Tasks", tasks));
    let reason = "private to the VPC; with a certificate, `Listener::https` is one word away";
    for finding in [
        Finding::checkov("CKV_AWS_2", reason),
        Finding::checkov("CKV_AWS_103", reason),
        Finding::guard("CT.ELASTICLOADBALANCING.PR.1", reason),
    ] {
        stack.acknowledge(http.resource(), finding);
    }
    let service = stack.add(
        "DataProcessor",
        DataProcessor {
            cluster: &cluster,
            targets: http.target_group(),
            data: &data,
            metrics: &metrics,
            loki: &loki,
            tempo: &tempo,
            logs: &logs,
        },
    );
    let lost = stack
        .add("LostInvocations", Queue::new().encryption(QueueEncryption::Kms(key.clone())).retention_period(14 * DAY));
    let canary = stack.add(
        "TestRunner",
        Function::rust(Code::cargo("test-runner", "lambda"))
            .timeout(Duration::from_secs(50))
            .environment("DATA_PROCESSOR_URL", concat_values!("http://", front.dns_name()))
            .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            // Without Lambda's own, which would make a span that X-Ray alone has the parent of ours in Tempo.
            .environment("OTEL_PROPAGATORS", "tracecontext,baggage,xray")
            .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", tempo.otlp_traces_url())
            .environment_encryption(&key)
            .vpc(&vpc, SubnetSelection::PrivateWithEgress)
            .log_group(&logs)
            .tracing(Tracing::Active)
            .reserved_concurrent_executions(1)
            .dead_letter_queue(&lost)
            .canary(),
    );
    stack.allow(&canary, &tempo, Tempo::OTLP_PORT);
    stack.add("EveryMinute", Rule::schedule(Schedule::rate(MINUTE)).target(LambdaTarget::new(&canary)));
    stack.add(
        "CanaryFails",
        Alarm::new(canary.metric_errors(), Threshold::at_least(1.0))
            .evaluation_periods(3)
            .treat_missing_data(TreatMissingData::Breaching)
            .notify(&alerts),
    );

    // Where people look, and what at.
    let observed = Observed {
        metrics: &metrics,
        loki: &loki,
        tempo: &tempo,
        service: &service,
        canary: &canary,
        front: &front,
        rules,
    };
    if self_hosted_grafana {
        let grafana = stack.add(
            "Grafana",
            SelfHostedGrafana::new(&network)
                .encryption_key(&key)
                .grant(metrics.query())
                .grant(access::cloudwatch_metrics())
                .content(observed.content(ManagedPrometheus::core_plugin)),
        );
        stack.allow(grafana.service(), &loki, Loki::PORT);
        stack.allow(grafana.service(), &tempo, Tempo::QUERY_PORT);
        stack.allow(&inside, &grafana, SelfHostedGrafana::PORT);
        stack.output("GrafanaUrl", Output::new(grafana.url()).description("From inside the VPC."));
    } else {
        let grafana = stack.add(
            "Grafana",
            grafana::Workspace::new(Authentication::IdentityCenter)
                .vpc(&vpc, SubnetSelection::PrivateWithEgress)
                .grant(metrics.query())
                .grant(access::cloudwatch_metrics())
                .grant(alerts.publish()),
        );
        stack.allow(&grafana, &loki, Loki::PORT);
        stack.allow(&grafana, &tempo, Tempo::QUERY_PORT);
        stack.add("Content", WorkspaceContent::new(&grafana, observed.content(|metrics| metrics)));
        stack.output("GrafanaUrl", grafana.url());
    }

    let url = concat_values!("http://", front.dns_name());
    stack.output("DataProcessorUrl", Output::new(url).description("From inside the VPC."));
    stack.output("LokiUrl", Output::new(loki.url()).description("For what the stack allows to connect."));
    stack.output("TempoUrl", Output::new(tempo.query_url()).description("For what the stack allows to connect."));
    stack.output("PrometheusWorkspaceId", metrics.workspace_id());
    stack.output("PrometheusQueryUrl", metrics.query_url());
    stack.output("DataBucketName", data.bucket_name());
    stack.output("AlertsTopicArn", alerts.topic_arn());
    stack
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let self_hosted = arguments.next_if(|grafana| grafana == "self-hosted").is_some();
    if !self_hosted {
        arguments.next_if(|grafana| grafana == "managed");
    }
    let command: Vec<String> = arguments.collect();
    #[cfg(not(feature = "deploy"))]
    if let Some(command) = command.first() {
        eprintln!("error: there is no `{command}`: give `managed` (the default) or `self-hosted`");
        eprintln!("hint: with `--features deploy` a command of belvedere may follow, such as `deploy`");
        return ExitCode::from(2);
    }
    let directory = if self_hosted { "synth-output/full_stack_self_hosted" } else { "synth-output/full_stack" };
    let mut app = App::from_env().out_dir(directory);
    app.add(full_stack(self_hosted));
    match app.synth() {
        #[cfg(feature = "deploy")]
        Ok(assembly) if !command.is_empty() => belvedere_deployer::cli::app_main(assembly.directory(), command),
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
