//! The generated types, against templates written by hand.

#![cfg(all(feature = "containers", feature = "network", feature = "security", feature = "storage"))]

use belvedere_cfn::ec2::{CfnSecurityGroup, CfnSubnet, CfnVpc, security_group};
use belvedere_cfn::ecs::{CfnCluster, CfnService, service, task_definition};
use belvedere_cfn::iam::CfnRole;
use belvedere_cfn::s3::CfnBucket;
use belvedere_cfn::s3::bucket::{
    BucketEncryption, ObjectOwnership, OwnershipControls, OwnershipControlsRule, ServerSideEncryptionByDefault,
    ServerSideEncryptionByDefaultSseAlgorithm, ServerSideEncryptionRule,
};
use belvedere_cfn::secretsmanager::CfnSecret;
use belvedere_cfn::{Choice, Resource, ResourceRef, Tag, Target, Value, kind};
use serde::Serialize;
use serde_json::json;

fn refer<R>(logical_id: &str) -> ResourceRef<R> {
    ResourceRef::new(Target::local(logical_id))
}

fn written(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("a template is JSON")
}

fn properties(resource: &impl Resource) -> serde_json::Value {
    written(resource.untyped().properties())
}

#[test]
fn properties_land_under_their_cloudformation_names() {
    let vpc = refer::<CfnVpc>("Vpc");
    let subnet = CfnSubnet::new(vpc.vpc_id())
        .cidr_block("10.0.0.0/24")
        .map_public_ip_on_launch(false)
        .ipv4_netmask_length(24)
        .tags([Tag::new("Name", "a")]);
    assert_eq!(subnet.untyped().resource_type(), CfnSubnet::TYPE);
    assert_eq!(
        properties(&subnet),
        json!({
            "CidrBlock": "10.0.0.0/24",
            "Ipv4NetmaskLength": 24,
            "MapPublicIpOnLaunch": false,
            "Tags": [{"Key": "Name", "Value": "a"}],
            "VpcId": {"Ref": "Vpc"},
        })
    );
}

#[test]
fn nested_types_and_enumerations_render_as_objects_and_text() {
    let rule = OwnershipControlsRule::new().object_ownership(ObjectOwnership::BUCKET_OWNER_ENFORCED);
    let encryption = ServerSideEncryptionByDefault::new(ServerSideEncryptionByDefaultSseAlgorithm::AWS_KMS)
        .kms_master_key_id(Value::<kind::kms::KeyArn>::from("arn:aws:kms:eu-west-1:123456789012:key/0"));
    let bucket =
        CfnBucket::new().ownership_controls(OwnershipControls::new([rule])).bucket_encryption(BucketEncryption::new([
            ServerSideEncryptionRule::new().server_side_encryption_by_default(encryption),
        ]));
    assert_eq!(
        properties(&bucket),
        json!({
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [{
                "ServerSideEncryptionByDefault": {
                    "KMSMasterKeyID": "arn:aws:kms:eu-west-1:123456789012:key/0",
                    "SSEAlgorithm": "aws:kms",
                },
            }]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        })
    );
}

#[test]
fn an_enumeration_is_open_to_newer_values() {
    let rule = OwnershipControlsRule::new().object_ownership(Choice::custom("SomethingNew"));
    assert_eq!(
        properties(&CfnBucket::new().ownership_controls(OwnershipControls::new([rule]))),
        json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "SomethingNew"}]}})
    );
}

#[test]
fn references_are_ref_or_getatt() {
    let cluster = refer::<CfnCluster>("Cluster");
    assert_eq!(written(&cluster.cluster_name()), json!({"Ref": "Cluster"}));
    assert_eq!(written(&cluster.arn()), json!({"Fn::GetAtt": ["Cluster", "Arn"]}));
    let role = refer::<CfnRole>("Role");
    assert_eq!(written(&role.role_name()), json!({"Ref": "Role"}));
    assert_eq!(written(&role.arn()), json!({"Fn::GetAtt": ["Role", "Arn"]}));
    let vpc = refer::<CfnVpc>("Vpc");
    assert_eq!(
        written(&vpc.vpc_encryption_control_state()),
        json!({"Fn::GetAtt": ["Vpc", "VpcEncryptionControl.State"]})
    );
    assert_eq!(written(&refer::<CfnSecret>("Secret").id()), json!({"Ref": "Secret"}));
}

#[test]
fn a_property_takes_each_form_that_the_service_takes() {
    let cluster = refer::<CfnCluster>("Cluster");
    let by_name = CfnService::new().cluster(cluster.cluster_name());
    let by_arn = CfnService::new().cluster(cluster.arn());
    assert_eq!(properties(&by_name), json!({"Cluster": {"Ref": "Cluster"}}));
    assert_eq!(properties(&by_arn), json!({"Cluster": {"Fn::GetAtt": ["Cluster", "Arn"]}}));
}

#[test]
fn a_security_group_has_one_id_under_three_names() {
    let (group, vpc) = (refer::<CfnSecurityGroup>("Group"), refer::<CfnVpc>("Vpc"));
    let network = service::AwsVpcConfiguration::new().security_groups([
        group.id(),
        group.group_id(),
        vpc.default_security_group(),
    ]);
    let service =
        CfnService::new().network_configuration(service::NetworkConfiguration::new().awsvpc_configuration(network));
    assert_eq!(
        properties(&service)["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"],
        json!([{"Ref": "Group"}, {"Fn::GetAtt": ["Group", "GroupId"]}, {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}])
    );
    let ingress = || CfnSecurityGroup::new("g").security_group_ingress([security_group::Ingress::new("tcp")]);
    assert_eq!(ingress(), ingress());
}

#[test]
fn names_that_rust_reserves_have_an_underscore() {
    let constraint = service::PlacementConstraint::new(service::PlacementConstraintType::DISTINCT_INSTANCE);
    assert_eq!(
        properties(&CfnService::new().placement_constraints([constraint])),
        json!({"PlacementConstraints": [{"Type": "distinctInstance"}]})
    );
    let tmpfs = task_definition::Ulimit::new(2, "nofile", 1);
    assert!(format!("{tmpfs:?}").contains("nofile"));
}
