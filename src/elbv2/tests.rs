//! Tests of load balancers.

use std::time::Duration;

use super::{
    ApplicationLoadBalancer, Condition, FixedResponse, HealthCheck, Listener, ListenerRule, LoadBalancingAlgorithm,
    ProtocolVersion, Redirect, TargetGroup,
};
use crate::Stack;
use crate::certificatemanager::CertificateRef;
use crate::ec2::{Connectable, Peer, SubnetRef, VpcAttributes, VpcRef};
use crate::s3::{Bucket, LogSource};
use crate::testing::{Match, Template, json};

fn vpc() -> VpcRef {
    VpcRef::from_attributes(
        VpcAttributes::new("vpc-1", "10.0.0.0/16")
            .public_subnets(["subnet-1", "subnet-2"].map(SubnetRef::from_id))
            .private_subnets(["subnet-3", "subnet-4"].map(SubnetRef::from_id)),
    )
}

fn certificate() -> CertificateRef {
    CertificateRef::from_arn("arn:aws:acm:eu-central-1:123456789012:certificate/abc")
}

#[test]
fn a_load_balancer_is_internal_and_closed() {
    let mut stack = Stack::new("S");
    let lb = stack.add("Internal", ApplicationLoadBalancer::new(&vpc()));
    stack.add_to(&lb, "L", Listener::http(80).respond(FixedResponse::new(404)));
    let template = Template::from_stack(stack).expect("valid");
    let found = template.has_resource_properties(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        json!({
            "LoadBalancerAttributes": [
                { "Key": "deletion_protection.enabled", "Value": "false" },
                { "Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true" },
            ],
            "Scheme": "internal",
            "Subnets": ["subnet-3", "subnet-4"],
        }),
    );
    assert_eq!(found.logical_id(), "Internal606E9597");
    let found = template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        json!({
            "GroupDescription": "Automatically created Security Group for ELB SInternalDE334A9F",
            "SecurityGroupIngress": Match::absent(),
        }),
    );
    assert_eq!(found.logical_id(), "InternalSecurityGroup093B4002");
    template.resource_count_is("AWS::EC2::SecurityGroupIngress", 0);
    let found = template.has_resource("AWS::ElasticLoadBalancingV2::Listener", json!({}));
    assert_eq!(found.logical_id(), "InternalL1F4BC29B");
}

#[test]
fn listeners_rules_and_target_groups_have_the_cdks_ids() {
    let mut stack = Stack::new("S");
    let lb = stack.add("Lb", ApplicationLoadBalancer::new(&vpc()).internet_facing());
    stack.add_to(&lb, "Http", Listener::http(80).open_to(Peer::any_ipv4()).redirect_to_https());
    let https = stack.add_to(
        &lb,
        "Https",
        Listener::https(443, &certificate())
            .targets("Tasks", TargetGroup::ip(8080).health_check(HealthCheck::path("/health"))),
    );
    let rule = ListenerRule::new(10, Condition::path(["/api/*"])).targets(TargetGroup::ip(9090));
    let api = stack.add_to(&https, "Api", rule);
    let fixed = ListenerRule::new(20, Condition::host(["x.example.com"])).respond(FixedResponse::new(404));
    stack.add_to(&https, "Fixed", fixed);

    let (tasks, api) = (https.target_group().clone(), api.target_group().clone());
    assert_eq!(tasks.port(), Some(8080));
    assert_eq!(tasks.dependencies(), [https.resource().target().clone()]);
    assert_eq!(api.dependencies()[0].logical_id(), "LbHttpsApiRuleA0C225C0");
    assert_eq!(api.connections(), lb.connections());

    let template = Template::from_stack(stack).expect("valid");
    let id = |resource_type: &str, properties: serde_json::Value| {
        template.has_resource_properties(resource_type, properties).logical_id().to_owned()
    };
    let listener = "AWS::ElasticLoadBalancingV2::Listener";
    let group = "AWS::ElasticLoadBalancingV2::TargetGroup";
    let rule = "AWS::ElasticLoadBalancingV2::ListenerRule";
    assert_eq!(id("AWS::ElasticLoadBalancingV2::LoadBalancer", json!({ "Scheme": "internet-facing" })), "Lb1928D9D6");
    assert_eq!(id("AWS::EC2::SecurityGroup", json!({})), "LbSecurityGroup89A8258D");
    assert_eq!(id(listener, json!({ "Port": 80, "Protocol": "HTTP" })), "LbHttp576C453A");
    let tls = json!({ "Port": 443, "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" });
    assert_eq!(id(listener, tls), "LbHttpsFC95E725");
    assert_eq!(id(group, json!({ "Port": 8080, "HealthCheckPath": "/health" })), "LbHttpsTasksGroupD4056296");
    assert_eq!(id(group, json!({ "Port": 9090, "TargetType": "ip" })), "LbHttpsApiGroup6F3B3B49");
    assert_eq!(id(rule, json!({ "Priority": 10 })), "LbHttpsApiRuleA0C225C0");
    assert_eq!(id(rule, json!({ "Priority": 20 })), "LbHttpsFixedRuleD0ECA964");
    template.resource_properties_count_is(
        "AWS::EC2::SecurityGroupIngress",
        json!({ "CidrIp": "0.0.0.0/0", "FromPort": 80, "ToPort": 80 }),
        1,
    );
}

#[test]
fn a_target_group_of_its_own_learns_who_sends_to_it() {
    let mut stack = Stack::new("S");
    let lb = stack.add("Lb", ApplicationLoadBalancer::new(&vpc()));
    let alone = stack.add("Alone", TargetGroup::ip(80).in_vpc(&vpc()));
    assert!(alone.dependencies().is_empty());
    let http = stack.add_to(&lb, "Http", Listener::http(80).forward_to(&alone));
    assert_eq!(http.target_group().dependencies().len(), 1);
    let template = Template::from_stack(stack).expect("valid");
    let found = template.has_resource("AWS::ElasticLoadBalancingV2::TargetGroup", json!({}));
    assert_eq!(found.logical_id(), "Alone63C0E5CB");
}

#[test]
fn logs_go_to_a_bucket_that_takes_them() {
    let mut stack = Stack::new("S");
    let logs = stack.add("Logs", Bucket::new().accept_logs_from(LogSource::LoadBalancerLogs));
    stack.add("Lb", ApplicationLoadBalancer::new(&vpc()).access_logs(&logs, "lb"));
    Template::from_stack(stack).expect("valid").has_resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        json!({
            "DependsOn": ["LogsPolicy90DB40C9"],
            "Properties": { "LoadBalancerAttributes": Match::array_with(json!([
                { "Key": "access_logs.s3.bucket", "Value": logs.bucket_name() },
                { "Key": "access_logs.s3.enabled", "Value": "true" },
                { "Key": "access_logs.s3.prefix", "Value": "lb" },
            ])) },
        }),
    );
}

#[test]
fn rejects_what_the_service_would_refuse() {
    let mut stack = Stack::new("S");
    let plain = stack.add("Plain", Bucket::new());
    let lb = ApplicationLoadBalancer::new(&vpc()).access_logs(&plain, "/x").idle_timeout(Duration::from_secs(4_001));
    let lb = stack.add("Lb", lb);
    let check = HealthCheck::path("health").interval(Duration::from_secs(5)).healthy_codes("2xx").healthy_threshold(1);
    let group = TargetGroup::ip(80)
        .health_check(check)
        .slow_start(Duration::from_secs(30))
        .algorithm(LoadBalancingAlgorithm::WeightedRandom)
        .protocol_version(ProtocolVersion::Grpc);
    let http = stack.add_to(&lb, "Http", Listener::http(80).targets("Tasks", group));
    stack.add_to(&lb, "Again", Listener::http(80).redirect(Redirect::permanent()));
    let rule = |path: &str| ListenerRule::new(5, Condition::path([path])).respond(FixedResponse::new(302));
    stack.add_to(&http, "One", rule("/a"));
    stack.add_to(&http, "Two", rule("b").condition(Condition::path(["/1", "/2", "/3", "/4", "/5"])));
    let text = Template::from_stack(stack).expect_err("invalid").to_string();
    for part in [
        "S/Lb: the bucket of access_logs refuses them",
        "S/Lb: the prefix of access_logs has no `/` at either end",
        "S/Lb: idle_timeout must be 1 to 4000 s, in whole seconds, got 4001 s",
        "the timeout of a health check must be less than its interval of 5 s, got 5 s",
        "the path of a health check begins with `/`",
        "healthy_threshold must be 2 to 10, got 1",
        "healthy_codes are numbers and ranges from 0 to 99",
        "slow_start is for LoadBalancingAlgorithm::RoundRobin only",
        "targets that speak HTTP/2 or gRPC need a listener of HTTPS",
        "S/Lb/Again: the load balancer already has a listener on port 80",
        "S/Lb/Again: a redirect to the very address requested never ends",
        "a fixed response does not redirect, got 302",
        "S/Lb/Http/TwoRule: the listener already has a rule of priority 5",
        "S/Lb/Http/TwoRule: a path begins with `/` (or `*`), got `b`",
        "S/Lb/Http/TwoRule: a rule has at most one path-pattern condition",
        "S/Lb/Http/TwoRule: a rule has at most 5 values in all its conditions, got 6",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
