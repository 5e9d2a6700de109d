//! Task definitions and their containers.

use super::{complaints_about, container, task};
use crate::asset::Asset;
use crate::ecs::{
    AppProtocol, AwsLogs, Capability, ConfigFile, ContainerCondition, ContainerDefinition, ContainerImage,
    CpuArchitecture, FargateTaskDefinition, HealthCheck, LogDriver, PortMapping, QuarterVcpu, RestartPolicy, Secret,
    UlimitName, Volume, WritableDirectory,
};
use crate::problem::SynthError;
use crate::secretsmanager::SecretRef;
use crate::size::Size;
use crate::ssm::ParameterRef;
use crate::stack::Stack;
use crate::testing::{Match, Template, json};
use std::time::Duration;

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
