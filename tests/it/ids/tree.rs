//! The tree of `tests/ids/vectors.js`, as far as Belvedere has the constructs, under the same ids.

use std::time::Duration;

use belvedere::cfn::aps::CfnWorkspace as CfnMetrics;
use belvedere::cfn::grafana::workspace::{AccountAccessType, CfnWorkspace as CfnGrafana, PermissionType};
use belvedere::cfn::sns::CfnTopic;
use belvedere::cfn::{Condition, Mapping, Parameter};
use belvedere::cloudwatch::{Alarm, Threshold};
use belvedere::ec2::{
    FlowLogOptions, FlowLogTrafficType, GatewayEndpointService, InterfaceEndpointService, NatGateways, Peer, Port,
    SecurityGroup, SecurityGroupRef, SubnetConfiguration, SubnetSelection, Vpc, VpcRef,
};
use belvedere::ecs::{
    AwsLogs, CircuitBreaker, CloudMap, Cluster, ContainerDefinition, ContainerImage, ContainerInsights, EfsVolume,
    FargateService, FargateTaskDefinition, HalfVcpu, LogDriver, PortMapping, QuarterVcpu, TaskCount, Volume,
};
use belvedere::efs::{AccessPoint, CreationInfo, FileSystem, PosixUser};
use belvedere::elbv2::{
    ApplicationLoadBalancer, Condition as Requests, FixedResponse, HealthCheck, Listener, ListenerRule, Redirect,
    TargetGroup,
};
use belvedere::events::{EventPattern, LambdaTarget, Rule, Schedule, TopicTarget};
use belvedere::iam::{Policy, PolicyStatement, Principal, Role};
use belvedere::kms::{Key, KeyRef};
use belvedere::lambda::{Code, Function, Runtime, SqsEventSource, Tracing};
use belvedere::logs::{LogGroup, RetentionDays};
use belvedere::s3::{Bucket, BucketRef};
use belvedere::scheduler::{self, ScheduleExpression, ScheduleGroup, ScheduleTarget};
use belvedere::secretsmanager::{GeneratedString, Secret, SecretRef};
use belvedere::servicediscovery::{PrivateDnsNamespace, Service};
use belvedere::sns::{Publisher, SubscriptionOptions, Topic, TopicEncryption, TopicRef};
use belvedere::sqs::{Queue, QueueRef};
use belvedere::ssm::{ParameterRef, StringParameter};
use belvedere::{CfnResource, Construct, Output, Scope, Stack};

const IMAGE: &str = "public.ecr.aws/docker/library/busybox:1.36";
const CODE: &str = "def handler(event, context): pass";

/// Builds the stack.
pub(super) fn stack() -> Stack {
    let mut stack = Stack::new("Ids");
    let (vpc, group) = network(&mut stack);
    let stores = storage(&mut stack);
    service(&mut stack, &vpc, &group, &stores);
    functions(&mut stack, &vpc, &stores);
    identities(&mut stack, &stores.bucket);
    edges(&mut stack);
    stack
}

fn network(stack: &mut Stack) -> (VpcRef, SecurityGroupRef) {
    let logged = || FlowLogOptions::to_new_log_group(LogGroup::new());
    let vpc = stack.add(
        "Vpc",
        Vpc::new()
            .max_azs(2)
            .nat_gateways(NatGateways::Single)
            .subnets([
                SubnetConfiguration::public("Public"),
                SubnetConfiguration::private_with_egress("Private"),
                SubnetConfiguration::isolated("Isolated"),
            ])
            .flow_log("FlowLog", logged())
            .gateway_endpoint("S3", GatewayEndpointService::S3)
            .gateway_endpoint("Dynamo", GatewayEndpointService::DynamoDb)
            .interface_endpoint("Logs", InterfaceEndpointService::CloudWatchLogs)
            .interface_endpoint("EcrDocker", InterfaceEndpointService::EcrDocker)
            .flow_log("Rejects", logged().traffic_type(FlowLogTrafficType::Reject)),
    );
    stack.add(
        "Quiet",
        Vpc::new()
            .max_azs(2)
            .nat_gateways(NatGateways::None)
            .subnets([SubnetConfiguration::public("public"), SubnetConfiguration::isolated("data")]),
    );
    stack.add("Twice", Vpc::new().max_azs(2).nat_gateways(NatGateways::Count(2)));

    let group = stack.add(
        "Group",
        SecurityGroup::new(&vpc).allow_all_outbound(false).description("a group").ingress(
            Peer::ipv4("10.0.0.0/8"),
            Port::tcp(443),
            "from within",
        ),
    );
    // The rules between the two are there in both directions only if neither lets everything out.
    let peer = stack.add("Peer", SecurityGroup::new(&vpc).allow_all_outbound(true));
    stack.allow(&peer, &group, Port::tcp(5432));
    stack.allow(&group, &peer, Port::tcp_range(8000, 8100));
    stack.allow(&group, &group, Port::udp(53));
    (vpc, group)
}

struct Stores {
    key: KeyRef,
    bucket: BucketRef,
    secret: SecretRef,
    parameter: ParameterRef,
    queue: QueueRef,
    topic: TopicRef,
}

fn storage(stack: &mut Stack) -> Stores {
    let key = stack.add("Key", Key::new().rotation(true).alias("alias/ids"));
    let bucket = stack.add("Bucket", Bucket::new().enforce_tls(true).versioned(true));
    stack.add("Encrypted", Bucket::new());
    let secret = stack.add("Secret", Secret::new(GeneratedString::new(32)));
    let parameter = stack.add("Parameter", StringParameter::new("value"));
    let topic = stack.add(
        "Topic",
        Topic::new()
            .encryption(TopicEncryption::Unencrypted)
            .enforce_tls(true)
            .email("ops@example.com")
            .accept_messages_from(Publisher::EventRules)
            .accept_messages_from(Publisher::CloudWatchAlarms),
    );
    let dead = stack.add("Dead", Queue::new().enforce_tls(true));
    let queue =
        stack.add("Queue", Queue::new().dead_letter_queue(&dead, 3).subscribe_to(&topic, SubscriptionOptions::new()));
    Stores { key, bucket, secret, parameter, queue, topic }
}

fn service(stack: &mut Stack, vpc: &VpcRef, group: &SecurityGroupRef, stores: &Stores) {
    let cluster = stack.add(
        "Cluster",
        Cluster::new(vpc)
            .container_insights(ContainerInsights::Enhanced)
            .default_cloud_map_namespace("internal.example")
            .enable_fargate_capacity_providers(),
    );
    let files = stack.add("Files", FileSystem::new(vpc));
    let access = stack.add(
        "Access",
        AccessPoint::new(&files)
            .posix_user(PosixUser::new(1000, 1000))
            .directory("/data", CreationInfo::new(1000, 1000, 0o750)),
    );
    stack.add("FilesRole", Role::new(Principal::service("ecs-tasks.amazonaws.com")).grant(files.read_write()));

    let side_logs = stack.add("SideLogs", LogGroup::new().retention(RetentionDays::OneMonth));
    let app = ContainerDefinition::new("app", ContainerImage::registry(IMAGE))
        .logging(AwsLogs::new().stream_prefix("app"))
        .secret("PASSWORD", &stores.secret)
        .secret("SETTING", &stores.parameter)
        .port(PortMapping::tcp(8080))
        .mount("data", "/data");
    let side = ContainerDefinition::new("side", ContainerImage::registry(IMAGE))
        .logging(AwsLogs::to(&side_logs).stream_prefix("side"));
    let task = stack.add(
        "Task",
        FargateTaskDefinition::new(HalfVcpu::Gib1)
            .volume(Volume::efs("data", EfsVolume::access_point(&access)))
            .container(app)
            .container(side)
            .grant(stores.bucket.read_write())
            .grant(stores.key.decrypt())
            .grant(stores.topic.publish()),
    );

    let balancer = stack.add("Balancer", ApplicationLoadBalancer::new(vpc).internet_facing());
    let targets = || TargetGroup::ip(8080).health_check(HealthCheck::path("/health"));
    let http = stack.add_to(&balancer, "Http", Listener::http(80).targets("App", targets()));
    let api = stack.add_to(&http, "Api", ListenerRule::new(10, Requests::path(["/api/*"])).targets(targets()));
    let gone = ListenerRule::new(20, Requests::host(["old.example.com"])).respond(FixedResponse::new(410));
    stack.add_to(&http, "Fixed", gone);
    let redirect = Redirect::permanent().host("example.com");
    stack.add_to(&balancer, "Redirect8081To80", Listener::http(8081).redirect(redirect));

    let service =
        stack.add(
            "Service",
            FargateService::new(&cluster, &task)
                .desired_count(2)
                .min_healthy_percent(100)
                .circuit_breaker(CircuitBreaker::RollBack)
                .cloud_map(CloudMap::new("app"))
                .load_balancer_target(http.target_group(), "app", 8080)
                .load_balancer_target(api.target_group(), "app", 8080)
                .auto_scale(
                    TaskCount::between(2, 10)
                        .scale_on_cpu("Cpu", 60.0)
                        .scale_on_memory("Memory", 70.0)
                        .scale_on_schedule("Night", "cron(0 22 * * ? *)", 2, 2),
                ),
        );
    stack.allow(&service, &files, Port::tcp(2049));

    let standalone = stack.add("Standalone", TargetGroup::ip(9090).in_vpc(vpc));
    let metrics = ListenerRule::new(30, Requests::path(["/metrics"])).forward_to(&standalone);
    stack.add_to(&http, "Metrics", metrics);
    let internal = stack.add("Internal", ApplicationLoadBalancer::new(vpc).security_group(group));
    stack.add_to(&internal, "Http", Listener::http(3100).forward_to(&standalone));

    let only = ContainerDefinition::new("only", ContainerImage::registry(IMAGE)).logging(LogDriver::None);
    let plain = stack.add("PlainTask", FargateTaskDefinition::new(QuarterVcpu::Mib512).container(only));
    stack.add("Plain", FargateService::new(&cluster, &plain).security_group(group));
    let namespace = stack.add("Namespace", PrivateDnsNamespace::new("other.example", vpc));
    stack.add("Discovered", Service::new(&namespace).name("found"));
}

fn functions(stack: &mut Stack, vpc: &VpcRef, stores: &Stores) {
    let python = || Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline(CODE));
    let logs = stack.add("FunctionLogs", LogGroup::new().retention(RetentionDays::OneWeek));
    let work = stack.add("Work", Queue::new());
    let function = stack.add(
        "Function",
        python()
            .log_group(&logs)
            .dead_letter_queue(&stores.queue)
            .tracing(Tracing::Active)
            .grant(stores.bucket.read())
            .on_messages(&work, SqsEventSource::new()),
    );
    stack.add(
        "InVpc",
        python()
            .vpc(vpc, SubnetSelection::PrivateWithEgress)
            .environment_encryption(&stores.key)
            .environment("NAME", "value"),
    );
    stack.add("Bare", Function::new(Runtime::PROVIDED_AL2023, "bootstrap", Code::object(&stores.bucket, "code.zip")));

    let minute = Schedule::rate(Duration::from_secs(60));
    stack.add("EveryMinute", Rule::schedule(minute).target(LambdaTarget::new(&function)));
    let pattern = EventPattern::new().source(["aws.ecs"]);
    stack.add("Pattern", Rule::on_events(pattern).target(TopicTarget::new(&stores.topic)));
    let hourly = ScheduleExpression::rate(Duration::from_secs(3_600));
    stack.add("Schedule", scheduler::Schedule::new(hourly, ScheduleTarget::function(&function)));
    stack.add("ScheduleGroup", ScheduleGroup::new());

    stack.add("Logs", LogGroup::new().encryption_key(&stores.key).retention(RetentionDays::OneYear));
    stack.add("Alarm", Alarm::new(function.metric_errors(), Threshold::at_least(1.0)).notify(&stores.topic));
}

fn identities(stack: &mut Stack, bucket: &BucketRef) {
    let list = PolicyStatement::allow(["s3:ListAllMyBuckets"]).on_all_resources();
    let role = stack.add("Role", Role::new(Principal::service("ec2.amazonaws.com")).grant(list));
    let get = PolicyStatement::allow(["s3:GetObject"]).on(bucket.arn_for_objects("*"));
    stack.add("Policy", Policy::new(&role, get));
}

fn edges(stack: &mut Stack) {
    for id in ["Simple", "Resource", "with.dots-and_underscores", "Ünïcode", "1Digits"] {
        stack.add(id, CfnTopic::new());
    }
    let mut root = stack.scope();
    let mut outer = root.scope("Outer");
    outer.add("Default", CfnTopic::new());
    outer.add("Inner", CfnTopic::new());
    outer.parameter("Input", Parameter::string());
    outer.output("Answer", Output::new("42"));
    root.scope("Outer2").add("Resource", CfnTopic::new());
    let mut same = root.scope("Same");
    let mut same = same.scope("Same");
    let mut same = same.scope("Other");
    same.add("Same", CfnTopic::new());
    same.add("Other", CfnTopic::new());
    let mut hidden = root.scope("Hides");
    let mut hidden = hidden.scope("Resource");
    hidden.add("Name", CfnTopic::new());
    hidden.add("Resource", CfnTopic::new());
    root.add("L".repeat(255), CfnTopic::new());
    root.scope("M".repeat(200)).add("N".repeat(100), CfnTopic::new());
    root.scope("Dashed-Scope").add("dashed-id", CfnTopic::new());
    root.scope("Doubled").add("NameDoubled", CfnTopic::new());
    root.scope("NameEnds").add("Ends", CfnTopic::new());
    root.add("AConstructWithALongNameAtLevel1", Deep { level: 2 });
    root.parameter("Input", Parameter::string());
    root.condition("IsSomething", Condition::equals("a", "b"));
    root.mapping("Lookup", Mapping::new());
    root.add("Untyped", CfnResource::new("AWS::CloudFormation::WaitConditionHandle"));
    root.add("Metrics", CfnMetrics::new());
    root.add(
        "Grafana",
        CfnGrafana::new(AccountAccessType::CURRENT_ACCOUNT, ["AWS_SSO"], PermissionType::SERVICE_MANAGED),
    );
    root.output("Answer", Output::new("42"));
}

/// A topic below scopes with long names, twelve levels down.
struct Deep {
    level: u8,
}

impl Construct for Deep {
    type Ref = ();

    fn define(self, scope: &mut Scope<'_>) {
        if self.level > 12 {
            scope.add("Topic", CfnTopic::new());
        } else {
            scope.add(format!("AConstructWithALongNameAtLevel{}", self.level), Self { level: self.level + 1 });
        }
    }
}
