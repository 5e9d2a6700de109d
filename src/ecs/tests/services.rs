//! Services.

use super::{complaints, container, task, vpc, web};
use crate::ec2::{Port, SubnetSelection};
use crate::ecs::{
    AlarmBehavior, CapacityProvider, CircuitBreaker, CloudMap, Cluster, ContainerCondition, EfsVolume, FargateService,
    PortMapping, PropagateTags, ServiceConnect, TaskCount, Volume,
};
use crate::efs::{AccessPoint, CreationInfo, FileSystem, PosixUser};
use crate::elbv2::{self, ApplicationLoadBalancer, Listener, TargetGroup};
use crate::problem::SynthError;
use crate::s3::Bucket;
use crate::servicediscovery::DnsRecordType;
use crate::stack::Stack;
use crate::testing::{Match, Template, json};
use std::time::Duration;

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
fn health_checks_reach_a_port_of_their_own() -> Result<(), SynthError> {
    let mut stack = Stack::new("Stack");
    let (cluster, task) = web(&mut stack);
    let balancer = stack.add("Lb", ApplicationLoadBalancer::new(&vpc()));
    let group = TargetGroup::ip(80).health_check(elbv2::HealthCheck::path("/ready").port(9090));
    let http = stack.add_to(&balancer, "Http", Listener::http(80).targets("Web", group));
    stack.add("Svc", FargateService::new(&cluster, &task).load_balancer_target(http.target_group(), "web", 8080));
    let template = Template::from_stack(stack)?;
    for port in [8080, 9090] {
        for kind in ["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"] {
            template.has_resource_properties(kind, json!({ "FromPort": port, "ToPort": port }));
        }
    }
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
