//! Tasks and services together: ids, what is written, and what is refused.

use std::time::Duration;

use super::{
    AlarmBehavior, AppProtocol, AwsLogs, Capability, CapacityProvider, CircuitBreaker, CloudMap, Cluster, ClusterRef,
    ConfigFile, ContainerCondition, ContainerDefinition, ContainerImage, CpuArchitecture, EfsVolume, FargateService,
    FargateTaskDefinition, FargateTaskDefinitionRef, HalfVcpu, HealthCheck, LogDriver, PortMapping, PropagateTags,
    QuarterVcpu, RestartPolicy, Secret, ServiceConnect, TaskCount, UlimitName, Volume, WritableDirectory,
};
use crate::asset::Asset;
use crate::ec2::{Port, SubnetRef, SubnetSelection, VpcAttributes, VpcRef};
use crate::efs::{AccessPoint, CreationInfo, FileSystem, PosixUser};
use crate::elbv2::{ApplicationLoadBalancer, Listener, TargetGroup};
use crate::problem::SynthError;
use crate::s3::Bucket;
use crate::secretsmanager::SecretRef;
use crate::servicediscovery::DnsRecordType;
use crate::size::Size;
use crate::ssm::ParameterRef;
use crate::stack::Stack;
use crate::testing::{Match, Template, json};

fn vpc() -> VpcRef {
    VpcRef::from_attributes(
        VpcAttributes::new("vpc-1", "10.0.0.0/16")
            .public_subnets(["subnet-3", "subnet-4"].map(SubnetRef::from_id))
            .private_subnets(["subnet-1", "subnet-2"].map(SubnetRef::from_id)),
    )
}

fn image() -> ContainerImage {
    ContainerImage::registry("public.ecr.aws/a/b:1.0")
}

fn container(name: &str) -> ContainerDefinition {
    ContainerDefinition::new(name, image())
}

fn task(containers: impl IntoIterator<Item = ContainerDefinition>) -> FargateTaskDefinition {
    containers.into_iter().fold(FargateTaskDefinition::new(HalfVcpu::Gib1), FargateTaskDefinition::container)
}

/// Returns what is wrong with a stack.
fn complaints(stack: Stack) -> String {
    Template::from_stack(stack).map_or_else(|error| error.to_string(), |_| "nothing is wrong".to_owned())
}

fn complaints_about(task: FargateTaskDefinition) -> String {
    let mut stack = Stack::new("Stack");
    stack.add("Task", task);
    complaints(stack)
}

fn web(stack: &mut Stack) -> (ClusterRef, FargateTaskDefinitionRef) {
    let cluster = stack.add("Cluster", Cluster::new(&vpc()));
    let task = stack.add("Task", task([container("web").port(PortMapping::tcp(8080).name("http"))]));
    (cluster, task)
}

#[test]
fn ids_and_names_are_the_cdks() -> Result<(), SynthError> {
    let mut stack = Stack::new("S");
    let cluster = stack.add(
        "Cluster",
        Cluster::new(&vpc()).enable_fargate_capacity_providers().default_cloud_map_namespace("obs.local"),
    );
    let bucket = stack.add("B", Bucket::new());
    let app = container("app").port(PortMapping::tcp(8080)).depends_on("init", ContainerCondition::Success);
    let init = container("init").essential(false);
    let definition = stack.add("Task", task([app, init]).grant(bucket.read()));
    let balancer = stack.add("Lb", ApplicationLoadBalancer::new(&vpc()));
    let http = stack.add_to(&balancer, "Http", Listener::http(80).targets("App", TargetGroup::ip(80)));
    let service = stack.add(
        "Svc",
        FargateService::new(&cluster, &definition)
            .cloud_map(CloudMap::new("app"))
            .load_balancer_target(http.target_group(), "app", 8080)
            .auto_scale(
                TaskCount::between(1, 4).scale_on_cpu("Cpu", 60.0).scale_on_memory("Mem", 60.0).scale_on_request_count(
                    "Req",
                    100.0,
                    http.target_group(),
                ),
            ),
    );
    let other = stack.add("Task2", task([container("web").port(PortMapping::tcp(80))]));
    let other = stack.add("Svc2", FargateService::new(&cluster, &other));
    stack.allow(&service, &other, Port::tcp(80));

    let template = Template::from_stack(stack)?;
    let resources = &template.to_json()["Resources"];
    // From aws-cdk-lib 2.276.0.
    for (path, id) in [
        ("Task/TaskRole/Resource", "TaskTaskRoleE98524A1"),
        ("Task/TaskRole/DefaultPolicy/Resource", "TaskTaskRoleDefaultPolicyC02AED32"),
        ("Task/Resource", "Task79114B6B"),
        ("Task/app/LogGroup/Resource", "TaskappLogGroupE326ACBA"),
        ("Task/init/LogGroup/Resource", "TaskinitLogGroupB568D6DE"),
        ("Task/ExecutionRole/Resource", "TaskExecutionRoleEF964934"),
        ("Task/ExecutionRole/DefaultPolicy/Resource", "TaskExecutionRoleDefaultPolicy72339918"),
        ("Svc/Service", "SvcServiceE0738BDC"),
        ("Svc/CloudmapService/Resource", "SvcCloudmapService939A3629"),
        ("Svc/SecurityGroup/Resource", "SvcSecurityGroup210F6F1C"),
        (
            "Svc/SecurityGroup/from SLbSecurityGroupF282BC64:8080",
            "SvcSecurityGroupfromSLbSecurityGroupF282BC648080BCF71F50",
        ),
        (
            "Lb/SecurityGroup/to SSvcSecurityGroupC7633D83:8080",
            "LbSecurityGrouptoSSvcSecurityGroupC7633D83808007DDBB49",
        ),
        ("Svc/TaskCount/Target/Resource", "SvcTaskCountTargetBCF8696E"),
        ("Svc/TaskCount/Target/Cpu/Resource", "SvcTaskCountTargetCpuB4C98E6A"),
        ("Svc/TaskCount/Target/Mem/Resource", "SvcTaskCountTargetMem9189B14C"),
        ("Svc/TaskCount/Target/Req/Resource", "SvcTaskCountTargetReq37AF00EE"),
        (
            "Svc2/SecurityGroup/from SSvcSecurityGroupC7633D83:80",
            "Svc2SecurityGroupfromSSvcSecurityGroupC7633D838056C6301D",
        ),
    ] {
        assert_eq!(resources[id]["Metadata"]["aws:cdk:path"], format!("S/{path}"), "{id}");
    }
    assert_eq!(resources["Task79114B6B"]["Properties"]["Family"], "STaskAA4FD6B0");
    let policy = &resources["SvcTaskCountTargetCpuB4C98E6A"]["Properties"]["PolicyName"];
    assert_eq!(policy, "SSvcTaskCountTargetCpu28FCBB56");
    Ok(())
}

#[test]
fn a_container_is_written_in_full() -> Result<(), SynthError> {
    let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf";
    let secret = SecretRef::from_arn(arn);
    let mut stack = Stack::new("Stack");
    let app = container("app")
        .environment("B", "1")
        .environment("A", "2")
        .secret("PASSWORD", Secret::field_of(&secret, "password"))
        .secret("TOKEN", &ParameterRef::from_name("/app/token"))
        .port(PortMapping::tcp(8080).name("http").app_protocol(AppProtocol::Http))
        .health_check(HealthCheck::shell("wget -q -O - http://localhost:8080/health || exit 1"))
        .init_process(true)
        .drop_capabilities([Capability::All])
        .stop_timeout(Duration::from_secs(120))
        .ulimit(UlimitName::Nofile, 1_024, 2_048)
        .user("10001")
        .memory_limit(Size::mebibytes(512))
        .cpu(256)
        .mount("scratch", "/scratch")
        .restart_policy(RestartPolicy::new().ignored_exit_codes([0]))
        .logging(AwsLogs::new().non_blocking(Size::mebibytes(25)));
    let task = task([app]).volume(Volume::ephemeral("scratch")).ephemeral_storage(Size::gibibytes(30));
    stack.add("Task", task.cpu_architecture(CpuArchitecture::Arm64));
    let template = Template::from_stack(stack)?;
    template.has_resource_properties(
        "AWS::ECS::TaskDefinition",
        json!({
            "ContainerDefinitions": [{
                "Cpu": 256,
                "Environment": [{ "Name": "B", "Value": "1" }, { "Name": "A", "Value": "2" }],
                "Essential": true,
                "HealthCheck": {
                    "Command": ["CMD-SHELL", "wget -q -O - http://localhost:8080/health || exit 1"],
                    "Interval": 30, "Retries": 3, "Timeout": 5
                },
                "LinuxParameters": { "Capabilities": { "Drop": ["ALL"] }, "InitProcessEnabled": true },
                "LogConfiguration": { "LogDriver": "awslogs", "Options": {
                    "awslogs-group": { "Ref": Match::string_like("TaskappLogGroup*") },
                    "awslogs-region": { "Ref": "AWS::Region" },
                    "awslogs-stream-prefix": "app",
                    "max-buffer-size": "26214400b",
                    "mode": "non-blocking"
                } },
                "Memory": 512,
                "MountPoints": [{ "ContainerPath": "/scratch", "ReadOnly": false, "SourceVolume": "scratch" }],
                "PortMappings": [{ "AppProtocol": "http", "ContainerPort": 8080, "Name": "http", "Protocol": "tcp" }],
                "ReadonlyRootFilesystem": true,
                "RestartPolicy": { "Enabled": true, "IgnoredExitCodes": [0] },
                "Secrets": [
                    { "Name": "PASSWORD", "ValueFrom": format!("{arn}:password::") },
                    { "Name": "TOKEN", "ValueFrom": { "Fn::Join": Match::any() } }
                ],
                "StopTimeout": 120,
                "Ulimits": [{ "HardLimit": 2048, "Name": "nofile", "SoftLimit": 1024 }],
                "User": "10001"
            }],
            "Cpu": "512",
            "EphemeralStorage": { "SizeInGiB": 30 },
            "Memory": "1024",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "RuntimePlatform": { "CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX" }
        }),
    );
    template.has_resource_properties(
        "AWS::IAM::Policy",
        json!({
            "PolicyDocument": { "Statement": Match::array_with(json!([{ "Resource": arn }])) },
            "Roles": [{ "Ref": Match::string_like("TaskExecutionRole*") }]
        }),
    );
    template.has_resource_properties(
        "AWS::IAM::Role",
        json!({ "AssumeRolePolicyDocument": { "Statement": [{
            "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } }
        }] } }),
    );
    Ok(())
}

#[test]
fn files_are_written_before_the_container_starts() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let tempo = container("tempo")
        .user("10001")
        .file(ConfigFile::new("/etc/tempo/tempo.yaml", "price: $5 'a' \"b\"\n"))
        .file(ConfigFile::new("/etc/tempo/tls/key.pem", "secret").mode(0o600))
        .writable_directory(WritableDirectory::new("/var/tempo"))
        .writable_directory(WritableDirectory::temporary());
    stack.add("Task", task([tempo, container("other")]));
    let template = Template::from_stack(stack)?;
    // Shared with the container that the files are for.
    template.resource_count_is("AWS::Logs::LogGroup", 2);
    let script = "set -eu\numask 022\n\
        printf %s \"${FILE_1-}\" > '/prepared/tempo-etc-tempo/tempo.yaml'\n\
        mkdir -p '/prepared/tempo-etc-tempo/tls'\n\
        printf %s \"${FILE_2-}\" > '/prepared/tempo-etc-tempo/tls/key.pem'\n\
        chmod 644 '/prepared/tempo-etc-tempo/tempo.yaml'\n\
        chmod 600 '/prepared/tempo-etc-tempo/tls/key.pem'\n\
        chown 10001:0 '/prepared/tempo-etc-tempo/tls/key.pem'\n\
        chmod 755 '/prepared/tempo-var-tempo'\n\
        chown 10001:0 '/prepared/tempo-var-tempo'\n\
        chmod 1777 '/prepared/tempo-tmp'\n";
    template.has_resource_properties(
        "AWS::ECS::TaskDefinition",
        json!({
            "ContainerDefinitions": [
                {
                    "Name": "tempo",
                    "DependsOn": [{ "Condition": "SUCCESS", "ContainerName": "prepare-files" }],
                    "MountPoints": [
                        { "ContainerPath": "/etc/tempo", "ReadOnly": true, "SourceVolume": "tempo-etc-tempo" },
                        { "ContainerPath": "/tmp", "ReadOnly": false, "SourceVolume": "tempo-tmp" },
                        { "ContainerPath": "/var/tempo", "ReadOnly": false, "SourceVolume": "tempo-var-tempo" }
                    ]
                },
                { "Name": "other", "DependsOn": Match::absent() },
                {
                    "Name": "prepare-files",
                    "Image": "public.ecr.aws/docker/library/busybox:1.37.0",
                    "EntryPoint": ["sh", "-c"],
                    "Command": [script],
                    "Environment": [
                        { "Name": "FILE_1", "Value": "price: $5 'a' \"b\"\n" },
                        { "Name": "FILE_2", "Value": "secret" }
                    ],
                    "Essential": false,
                    "LogConfiguration": { "Options": {
                        "awslogs-group": { "Ref": Match::string_like("TasktempoLogGroup*") },
                        "awslogs-stream-prefix": "prepare-files"
                    } },
                    "ReadonlyRootFilesystem": true,
                    "User": "0"
                }
            ],
            "Volumes": [{ "Name": "tempo-etc-tempo" }, { "Name": "tempo-tmp" }, { "Name": "tempo-var-tempo" }]
        }),
    );
    Ok(())
}

#[test]
fn a_program_is_fetched_from_its_asset() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let base = ContainerImage::registry("public.ecr.aws/docker/library/debian:12.12-slim");
    stack.add(
        "Task",
        task([ContainerDefinition::program("web", base, Asset::file("Cargo.toml")).argument("--verbose")]),
    );
    let template = Template::from_stack(stack)?;
    template.has_resource_properties(
        "AWS::ECS::TaskDefinition",
        json!({ "ContainerDefinitions": [
            { "EntryPoint": ["/opt/program/web"], "Command": ["--verbose"] },
            {
                "Command": [Match::string_like("*aws s3 cp --only-show-errors \"$FILE_1\" '/prepared/web-opt-program/web'\nchmod 755*")],
                "Environment": [{ "Name": "FILE_1", "Value": { "Fn::Join": Match::any() } }],
                "Image": Match::string_like("public.ecr.aws/aws-cli/aws-cli:2.*"),
                "LinuxParameters": { "Capabilities": { "Drop": ["ALL"] } }
            }
        ] }),
    );
    template.has_resource_properties(
        "AWS::IAM::Policy",
        json!({ "PolicyDocument": { "Statement": [{ "Action": "s3:GetObject", "Effect": "Allow" }] } }),
    );
    Ok(())
}

#[test]
fn a_service_can_reach_its_file_systems() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let cluster = stack.add("Cluster", Cluster::new(&vpc()));
    let files = stack.add("Files", FileSystem::new(&vpc()));
    let data = AccessPoint::new(&files).posix_user(PosixUser::new(10_001, 10_001));
    let data = stack.add("Data", data.directory("/loki", CreationInfo::new(10_001, 10_001, 0o750)));
    let loki = task([container("loki").mount("data", "/loki")]);
    let loki = stack.add("Task", loki.volume(Volume::efs("data", EfsVolume::access_point(&data))));
    let service = stack.add("Svc", FargateService::new(&cluster, &loki));
    // Already allowed: the same rule.
    stack.allow(&service, &files, FileSystem::PORT);
    let template = Template::from_stack(stack)?;
    template.resource_count_is("AWS::EC2::SecurityGroupIngress", 1);
    template.has_resource_properties(
        "AWS::ECS::TaskDefinition",
        json!({ "Volumes": [{ "Name": "data", "EFSVolumeConfiguration": {
            "AuthorizationConfig": { "AccessPointId": { "Ref": Match::any() }, "IAM": "ENABLED" },
            "TransitEncryption": "ENABLED"
        } }] }),
    );
    template.has_resource(
        "AWS::ECS::Service",
        json!({ "DependsOn": Match::array_with(json!([Match::string_like("FilesEfsMountTarget*")])) }),
    );
    Ok(())
}

#[test]
fn a_service_is_written_in_full() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let cluster = Cluster::new(&vpc()).enable_fargate_capacity_providers().default_cloud_map_namespace("obs.local");
    let cluster = stack.add("Cluster", cluster);
    let web = container("web").port(PortMapping::tcp(8080).name("http")).readonly_root_filesystem(false);
    let definition = stack.add("Task", task([web]));
    stack.add(
        "Svc",
        FargateService::new(&cluster, &definition)
            .desired_count(2)
            .circuit_breaker(CircuitBreaker::Stop)
            .min_healthy_percent(50)
            .max_healthy_percent(150)
            .deployment_alarms(["errors"], AlarmBehavior::RollBack)
            .assign_public_ip(true)
            .cloud_map(CloudMap::new("web").srv("web", 8080))
            .service_connect(ServiceConnect::client().offer("http", "web"))
            .capacity_provider(CapacityProvider::Fargate, 1, 1)
            .capacity_provider(CapacityProvider::FargateSpot, 0, 4)
            .propagate_tags(PropagateTags::Service)
            .availability_zone_rebalancing(false)
            .enable_execute_command(),
    );
    let template = Template::from_stack(stack)?;
    template.has_no_warnings();
    template.has_resource_properties(
        "AWS::ECS::Service",
        json!({
            "AvailabilityZoneRebalancing": "DISABLED",
            "CapacityProviderStrategy": [
                { "Base": 1, "CapacityProvider": "FARGATE", "Weight": 1 },
                { "CapacityProvider": "FARGATE_SPOT", "Weight": 4 }
            ],
            "DeploymentConfiguration": {
                "Alarms": { "AlarmNames": ["errors"], "Enable": true, "Rollback": true },
                "DeploymentCircuitBreaker": { "Enable": true, "Rollback": false },
                "MaximumPercent": 150,
                "MinimumHealthyPercent": 50
            },
            "DesiredCount": 2,
            "EnableExecuteCommand": true,
            "HealthCheckGracePeriodSeconds": Match::absent(),
            "LaunchType": Match::absent(),
            "NetworkConfiguration": { "AwsvpcConfiguration": {
                "AssignPublicIp": "ENABLED", "Subnets": ["subnet-3", "subnet-4"]
            } },
            "PropagateTags": "SERVICE",
            "ServiceConnectConfiguration": {
                "Enabled": true,
                "Namespace": "obs.local",
                "Services": [{ "ClientAliases": [{ "DnsName": "web", "Port": 8080 }], "PortName": "http" }]
            },
            "ServiceRegistries": [{ "ContainerName": "web", "ContainerPort": 8080 }]
        }),
    );
    template.has_resource_properties(
        "AWS::IAM::Policy",
        json!({ "PolicyDocument": { "Statement": [{ "Action": [
            "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"
        ] }] } }),
    );
    Ok(())
}

#[test]
fn a_service_that_must_not_run_twice_is_not_rebalanced() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let (cluster, task) = web(&mut stack);
    stack.add("Svc", FargateService::new(&cluster, &task).min_healthy_percent(0).max_healthy_percent(100));
    Template::from_stack(stack)?.has_resource_properties(
        "AWS::ECS::Service",
        json!({ "AvailabilityZoneRebalancing": "DISABLED", "LaunchType": "FARGATE", "DesiredCount": Match::absent() }),
    );
    Ok(())
}

#[test]
fn sessions_need_a_container_that_can_be_written_to() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let (cluster, task) = web(&mut stack);
    stack.add("Svc", FargateService::new(&cluster, &task).enable_execute_command());
    Template::from_stack(stack)?.has_warning("Stack/Svc: ECS Exec cannot open sessions*");
    Ok(())
}

#[test]
fn rejects_containers_that_do_not_fit_together() {
    let waiting = |name, on, condition| container(name).depends_on(on, condition);
    use ContainerCondition::{Healthy, Start, Success};
    for (task, problem) in [
        (task([]), "a task needs at least one container"),
        (task([container("a").essential(false)]), "at least one essential container"),
        (task([container("a"), container("a")]), "there is already a construct with id `a`"),
        (task([waiting("a", "b", Start)]), "container `a` depends on `b`, which the task does not have"),
        (task([waiting("a", "b", Start), waiting("b", "a", Start)]), "wait for each other: a -> b -> a"),
        (task([waiting("a", "b", Success), container("b")]), "make `b` essential(false)"),
        (task([waiting("a", "b", Healthy), container("b")]), "give `b` a health_check"),
        (
            task([container("a").port(PortMapping::tcp(80)), container("b").port(PortMapping::tcp(80))]),
            "containers `a` and `b` both listen on port 80",
        ),
        (task([container("a").mount("data", "/data")]), "mounts the volume `data`, which the task does not have"),
        (
            task([container("a").memory_limit(Size::gibibytes(2))]),
            "must be at most that of the task, 1024 MiB, got 2048",
        ),
        (task([container("a").cpu(400), container("b").cpu(400)]), "512 units, got 800"),
        (task([container("a")]).ephemeral_storage(Size::gibibytes(20)), "21 to 200 GiB, in whole GiB, got 20480 MiB"),
    ] {
        let text = complaints_about(task);
        assert!(text.contains(problem), "wanted {problem}, got {text}");
    }
}

#[test]
fn rejects_containers_that_ecs_refuses() {
    for (container, problem) in [
        (ContainerDefinition::new("a", ContainerImage::registry("nginx")), "Stack/Task/a: the image is not pinned"),
        (ContainerDefinition::new("a", ContainerImage::registry("nginx:latest")), "got `nginx:latest`"),
        (container("a b"), "a container's name is 1 to 255"),
        (container("a").environment("X", "1").environment("X", "2"), "the variable `X` is there twice"),
        (container("a").stop_timeout(Duration::from_secs(121)), "stop_timeout must be 0 to 120 s"),
        (container("a").port(PortMapping::tcp(0)), "a port must be 1 to 65535, got 0"),
        (container("a").ulimit(UlimitName::Nofile, 2, 1), "got 2 and 1"),
        (
            container("a").health_check(HealthCheck::shell("true").interval(Duration::from_secs(4))),
            "interval must be 5 to 300 s, got 4s",
        ),
        (container("a").memory_limit(Size::mebibytes(5)), "memory_limit must be at least 6 MiB, got 5 MiB"),
        (
            container("a").logging(LogDriver::None).working_directory("tmp"),
            "working_directory must be an absolute path",
        ),
    ] {
        let text = complaints_about(task([container]));
        assert!(text.contains(problem), "wanted {problem}, got {text}");
    }
}

#[test]
fn rejects_files_that_cannot_be_delivered() {
    for (container, problem) in [
        (container("a").file(ConfigFile::new("/etc/a.yaml", "")), "would hide what the image has in `/etc`"),
        (container("a").file(ConfigFile::new("a.yaml", "")), "the file `a.yaml` of container `a` is an absolute path"),
        (container("a").file(ConfigFile::new("/a/../etc/passwd", "")), "is an absolute path"),
        (container("a").file(ConfigFile::new("/a/it's", "")), "is an absolute path"),
        (
            container("a").file(ConfigFile::new("/a/b", "")).file(ConfigFile::new("/a/b", "")),
            "`/a/b` of container `a` is there twice",
        ),
        (container("a").file(ConfigFile::asset("/a/b", Asset::directory("src"))), "is published as an archive"),
        (container("a").writable_directory(WritableDirectory::new("/usr/lib")), "would hide what the image has there"),
        (
            container("a").user("nobody").writable_directory(WritableDirectory::new("/data")),
            "only the image knows who `nobody` is",
        ),
        (container("a").file(ConfigFile::new("/a/b", "x".repeat(70_000))), "has at most 65536 bytes, got about 7"),
    ] {
        let text = complaints_about(task([container]));
        assert!(text.contains(problem), "wanted {problem}, got {text}");
    }
}

#[test]
fn rejects_services_that_ecs_refuses() {
    let standalone = |stack: &mut Stack| stack.add("Group", TargetGroup::ip(80).in_vpc(&vpc()));
    let mut stack = Stack::new("Stack");
    let group = standalone(&mut stack);
    let (cluster, task) = web(&mut stack);
    let service = || FargateService::new(&cluster, &task);
    let existing = crate::servicediscovery::ServiceRef::from_attributes("srv-1", "arn:srv-1", DnsRecordType::Srv);
    for (index, (service, problem)) in [
        (service().load_balancer_target(&group, "web", 8080), "only once a listener sends requests to it"),
        (service().load_balancer_target(&group, "api", 8080), "the task has no container `api`, only `web`"),
        (service().load_balancer_target(&group, "web", 80), "container `web` has no port 80, only 8080"),
        (service().min_healthy_percent(100).max_healthy_percent(100), "a deployment needs room"),
        (service().max_healthy_percent(300), "max_healthy_percent must be 100 to 200, got 300"),
        (service().cloud_map(CloudMap::new("web")), "cloud_map `web` needs a namespace"),
        (service().service_connect(ServiceConnect::client()), "service_connect needs a namespace"),
        (
            service().service_connect(ServiceConnect::client().namespace("x").offer("grpc", "web")),
            "no port that is called `grpc`",
        ),
        (service().register(&existing), "SRV records have a port"),
        (service().capacity_provider(CapacityProvider::Fargate, 0, 1), "the cluster has no capacity providers"),
        (service().subnets(SubnetSelection::Public), "add assign_public_ip(true)"),
        (service().subnets(SubnetSelection::Isolated), "the VPC has no such subnets"),
        (service().health_check_grace_period(Duration::from_secs(1)), "needs a load_balancer_target"),
        (service().auto_scale(TaskCount::between(3, 2).scale_on_cpu("Cpu", 60.0)), "got 3 and 2"),
        (service().auto_scale(TaskCount::between(1, 2).scale_on_cpu("Cpu", 160.0)), "at most 100, got 160"),
        (
            service().auto_scale(TaskCount::between(1, 2).scale_on_request_count("R", 1.0, &group)),
            "requests can be counted only",
        ),
        (service().auto_scale(TaskCount::between(1, 2)), "nothing changes"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut stack = Stack::new("Stack");
        stack.add(format!("Svc{index}"), service);
        let text = complaints(stack);
        assert!(text.contains(problem), "wanted {problem}, got {text}");
    }
}

#[test]
fn a_task_without_logs_and_secrets_needs_no_execution_role() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let quiet = FargateTaskDefinition::new(QuarterVcpu::Mib512).container(container("a").logging(LogDriver::None));
    let reference = stack.add("Task", quiet);
    assert_eq!(reference.execution_role(), None);
    let template = Template::from_stack(stack)?;
    template.resource_count_is("AWS::IAM::Role", 1);
    template.has_resource_properties("AWS::ECS::TaskDefinition", json!({ "ExecutionRoleArn": Match::absent() }));
    Ok(())
}
