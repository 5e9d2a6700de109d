"""Shows that the emulator does what the deployment tests rely on.

    target/tools/ministack/bin/python tests/tools/emulator_check.py

One stack holds every resource type that ministack_types.py adds. Its template arrives by a virtual-hosted URL, and its
outputs ask for every attribute that AWS's resource schemas (in cfn-lint's package) mark as read-only.
"""

import json
import pathlib
import re
import socket
import sys
import time
import urllib.parse

import boto3
import botocore.exceptions
from cdk_cli import TOOLS, Emulator

ACCOUNT, REGION = "111122223333", "eu-west-1"
# Attributes that only another form of the resource has.
NOT_HERE = {
    "AWS::EC2::Instance": {"State"},
    "AWS::EC2::NatGateway": {"AutoProvisionZones", "AutoScalingIps", "RouteTableId"},
    "AWS::EC2::Route": {"CidrBlock"},
    "AWS::EC2::SecurityGroup": {"Id"},
    "AWS::EC2::Subnet": {"BlockPublicAccessStates", "Ipv6CidrBlocks", "NetworkAclAssociationId"},
}
# Attributes that AWS documents without marking them as read-only.
DOCUMENTED = {
    "AWS::EC2::Instance": {"AvailabilityZone", "State.Code", "State.Name"},
    "AWS::EC2::VPC": {"CidrBlock"},
    "AWS::Grafana::Workspace": {"GrafanaVersion"},
}
SHAPES = {
    "Ref of Address": r"\d+\.\d+\.\d+\.\d+",
    "Ref of Egress": r"sgr-[0-9a-f]{17}",
    "Ref of FlowLog": r"fl-[0-9a-f]{17}",
    "Ref of Grafana": r"g-[0-9a-f]{10}",
    "Ref of Group": rf"arn:aws:xray:{REGION}:{ACCOUNT}:group/slow/[0-9A-F]+",
    "Ref of Instance": r"i-[0-9a-f]{17}",
    "Ref of Nat": r"nat-[0-9a-f]{17}",
    "Ref of Profile": r"every-type-Profile.*",
    "Ref of Provider": rf"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com",
    "Ref of Prometheus": rf"arn:aws:aps:{REGION}:{ACCOUNT}:workspace/ws-[0-9a-f-]{{36}}",
    "Ref of Secret": rf"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:.+",
    "Ref of Target": r"service/[^/|]+/[^/|]+\|ecs:service:DesiredCount\|ecs",
    "Address.AllocationId": r"eipalloc-[0-9a-f]+",
    "Grafana.Endpoint": rf"g-[0-9a-f]{{10}}\.grafana-workspace\.{REGION}\.amazonaws\.com",
    "Prometheus.PrometheusEndpoint": rf"https://aps-workspaces\.{REGION}\.amazonaws\.com/workspaces/ws-[0-9a-f-]{{36}}/",
    "Vpc.CidrBlock": r"10\.0\.0\.0/16",
}
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def ref(name):
    return {"Ref": name}


def att(name, attribute):
    return {"Fn::GetAtt": [name, attribute]}


RESOURCES = {
    "Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "Subnet": ("AWS::EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.0.0/24"}),
    "Table": ("AWS::EC2::RouteTable", {"VpcId": ref("Vpc")}),
    "Association": ("AWS::EC2::SubnetRouteTableAssociation", {"RouteTableId": ref("Table"), "SubnetId": ref("Subnet")}),
    "Address": ("AWS::EC2::EIP", {"Domain": "vpc"}),
    "Nat": ("AWS::EC2::NatGateway", {"SubnetId": ref("Subnet"), "AllocationId": att("Address", "AllocationId")}),
    "Route": ("AWS::EC2::Route", {
        "RouteTableId": ref("Table"), "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": ref("Nat")}),
    "Security": ("AWS::EC2::SecurityGroup", {"VpcId": ref("Vpc"), "GroupDescription": "a group"}),
    "Peer": ("AWS::EC2::SecurityGroup", {"VpcId": ref("Vpc"), "GroupDescription": "another group"}),
    "Ingress": ("AWS::EC2::SecurityGroupIngress", {
        "GroupId": att("Security", "GroupId"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "SourceSecurityGroupId": att("Peer", "GroupId"), "Description": "from the peer"}),
    "Egress": ("AWS::EC2::SecurityGroupEgress", {
        "GroupId": att("Security", "GroupId"), "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"}),
    "Endpoint": ("AWS::EC2::VPCEndpoint", {
        "VpcId": ref("Vpc"), "VpcEndpointType": "Interface", "ServiceName": f"com.amazonaws.{REGION}.logs",
        "SubnetIds": [ref("Subnet")], "SecurityGroupIds": [att("Security", "GroupId")]}),
    "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST}),
    "Profile": ("AWS::IAM::InstanceProfile", {"Roles": [ref("Role")]}),
    "FlowLog": ("AWS::EC2::FlowLog", {
        "ResourceId": ref("Vpc"), "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "flows",
        "DeliverLogsPermissionArn": att("Role", "Arn")}),
    "Instance": ("AWS::EC2::Instance", {
        "ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.small", "SubnetId": ref("Subnet"),
        "IamInstanceProfile": ref("Profile"), "SecurityGroupIds": [att("Security", "GroupId")]}),
    "Attachment": ("AWS::EC2::EIPAssociation", {"AllocationId": att("Address", "AllocationId"), "InstanceId": ref("Instance")}),
    "Provider": ("AWS::IAM::OIDCProvider", {"Url": "https://token.example.com", "ClientIdList": ["sts.amazonaws.com"]}),
    "Secret": ("AWS::SecretsManager::Secret", {"GenerateSecretString": {"PasswordLength": 20}}),
    "Cluster": ("AWS::ECS::Cluster", {}),
    "Providers": ("AWS::ECS::ClusterCapacityProviderAssociations", {
        "Cluster": ref("Cluster"), "CapacityProviders": ["FARGATE"], "DefaultCapacityProviderStrategy": []}),
    "Task": ("AWS::ECS::TaskDefinition", {
        "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "app", "Image": "public.ecr.aws/docker/library/busybox:1.36"}]}),
    "Service": ("AWS::ECS::Service", {
        "Cluster": ref("Cluster"), "TaskDefinition": ref("Task"), "DesiredCount": 1, "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [att("Security", "GroupId")]}}}),
    "Target": ("AWS::ApplicationAutoScaling::ScalableTarget", {
        "MinCapacity": 1, "MaxCapacity": 4, "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": {"Fn::Join": ["/", ["service", ref("Cluster"), att("Service", "Name")]]}}),
    "Scaling": ("AWS::ApplicationAutoScaling::ScalingPolicy", {
        "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "ScalingTargetId": ref("Target"),
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 60, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}}),
    "Prometheus": ("AWS::APS::Workspace", {"Alias": "all", "AlertManagerDefinition": "alertmanager_config: |\n  route: {}\n"}),
    "Rules": ("AWS::APS::RuleGroupsNamespace", {
        "Name": "rules", "Workspace": ref("Prometheus"), "Data": "groups: [{name: a, rules: [{record: b, expr: up}]}]"}),
    "Policy": ("AWS::APS::ResourcePolicy", {"WorkspaceArn": att("Prometheus", "Arn"), "PolicyDocument": "{}"}),
    "Scraper": ("AWS::APS::Scraper", {
        "Destination": {"AmpConfiguration": {"WorkspaceArn": att("Prometheus", "Arn")}},
        "ScrapeConfiguration": {"ConfigurationBlob": "e30="},
        "Source": {"EksConfiguration": {"ClusterArn": "arn:aws:eks:eu-west-1:111122223333:cluster/a", "SubnetIds": [ref("Subnet")]}}}),
    "Grafana": ("AWS::Grafana::Workspace", {
        "AccountAccessType": "CURRENT_ACCOUNT", "AuthenticationProviders": ["AWS_SSO"], "PermissionType": "CUSTOMER_MANAGED",
        "RoleArn": att("Role", "Arn")}),
    "Group": ("AWS::XRay::Group", {"GroupName": "slow", "FilterExpression": "responsetime > 5"}),
    "Sampling": ("AWS::XRay::SamplingRule", {"SamplingRule": {
        "RuleName": "all", "FixedRate": 1, "Host": "*", "HTTPMethod": "*", "Priority": 1, "ReservoirSize": 1, "ResourceARN": "*",
        "ServiceName": "*", "ServiceType": "*", "URLPath": "*", "Version": 1}}),
    "TracePolicy": ("AWS::XRay::ResourcePolicy", {"PolicyName": "traces", "PolicyDocument": "{}"}),
    "Search": ("AWS::XRay::TransactionSearchConfig", {"IndexingPercentage": 1}),
    "Composite": ("AWS::CloudWatch::CompositeAlarm", {"AlarmRule": "ALARM(a)"}),
    "Detector": ("AWS::CloudWatch::AnomalyDetector", {"Namespace": "a", "MetricName": "b", "Stat": "Average"}),
    "Query": ("AWS::Logs::QueryDefinition", {"Name": "errors", "QueryString": "fields @message"}),
    "Here": ("AWS::SSM::Parameter", {"Type": "String", "Value": "here"}),
    "Elsewhere": ("AWS::SSM::Parameter", {"Type": "String", "Value": "elsewhere"}),
}


def schemas():
    folder = next((TOOLS / "cfn-lint/lib").glob("python*/site-packages/cfnlint/data/schemas"))
    names = json.loads((folder / f"providers/{REGION}.json").read_text())
    return lambda resource_type: json.loads((folder / f"resources/{names[resource_type]}.json").read_text())


def template():
    schema_of, outputs = schemas(), {}
    for name, (resource_type, _) in RESOURCES.items():
        schema = schema_of(resource_type)
        wanted = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", [])}
        # A nested one belongs to a feature that no template here turns on.
        wanted = {path for path in wanted if "/" not in path} | DOCUMENTED.get(resource_type, set())
        values = {f"Ref of {name}": ref(name)}
        for attribute in sorted(wanted - NOT_HERE.get(resource_type, set())):
            is_list = schema["properties"].get(attribute, {}).get("type") == "array"
            # An output is a string.
            text = {"Fn::Join": [",", att(name, attribute)]} if is_list else {"Fn::Sub": f"${{{name}.{attribute}}}"}
            values[f"{name}.{attribute}"] = text
        for label, value in values.items():
            outputs[re.sub(r"\W", "", label)] = {"Description": label, "Value": value}
    resources = {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in RESOURCES.items()}
    resources["Here"]["Condition"], resources["Elsewhere"]["Condition"] = "Here", "Elsewhere"
    outputs.pop("RefofElsewhere")
    is_region = {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Fn::FindInMap": ["Names", "here", "region"]}]}
    return {
        "Mappings": {"Names": {"here": {"region": REGION}}},
        "Conditions": {"Here": is_region, "Elsewhere": {"Fn::Not": [is_region]}},
        "Resources": resources,
        "Outputs": outputs,
    }


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def __call__(self, condition, text):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED  {text}")


def describe(client, stack):
    found = client.describe_stacks(StackName=stack)["Stacks"][0]
    return found, {output["Description"]: output["OutputValue"] for output in found.get("Outputs", [])}


def settled(client, stack):
    """The status a stack comes to rest in; None when it is gone."""
    for _ in range(120):
        try:
            status = describe(client, stack)[0]["StackStatus"]
        except botocore.exceptions.ClientError:
            return None
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(0.5)
    return "still in progress"


def every_type(check, clients):
    cloudformation, s3, ec2, iam, ecs = (clients(name) for name in ("cloudformation", "s3", "ec2", "iam", "ecs"))
    s3.create_bucket(Bucket="a.templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="a.templates", Key="every type.json", Body=json.dumps(template()))
    url = f"https://a.templates.s3.{REGION}.amazonaws.com/{urllib.parse.quote('every type.json')}"
    cloudformation.create_stack(StackName="every-type", TemplateURL=url, Capabilities=["CAPABILITY_IAM"])
    status = settled(cloudformation, "every-type")
    check(status == "CREATE_COMPLETE", f"the stack with every type is {status}")
    if status != "CREATE_COMPLETE":
        for event in cloudformation.describe_stack_events(StackName="every-type")["StackEvents"]:
            if "FAILED" in event["ResourceStatus"]:
                print(event["LogicalResourceId"], event.get("ResourceStatusReason"))
        return
    _, outputs = describe(cloudformation, "every-type")
    for declared in template()["Outputs"].values():
        label = declared["Description"]
        check(outputs.get(label) is not None, f"{label} has no value")
    for label, shape in SHAPES.items():
        check(re.fullmatch(shape, outputs.get(label, "")), f"{label} is {outputs.get(label)!r}, not like {shape}")
    made = {entry["LogicalResourceId"]: entry for entry in cloudformation.describe_stack_resources(StackName="every-type")["StackResources"]}
    check(set(made) == set(RESOURCES) - {"Elsewhere"}, f"not these resources: {sorted(set(RESOURCES) ^ set(made))}")

    group = outputs["Security.GroupId"]
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    ids = {rule["SecurityGroupRuleId"] for rule in rules}
    check({outputs["Ref of Ingress"], outputs["Ref of Egress"]} <= ids, f"the rules of the group are {ids}")
    nat = ec2.describe_nat_gateways(NatGatewayIds=[outputs["Ref of Nat"]])["NatGateways"][0]
    check(nat["State"] == "available", f"the NAT gateway is {nat['State']}")
    check(len(ec2.describe_flow_logs(FlowLogIds=[outputs["Ref of FlowLog"]])["FlowLogs"]) == 1, "EC2 does not see the flow log")
    instance = ec2.describe_instances(InstanceIds=[outputs["Ref of Instance"]])["Reservations"][0]["Instances"][0]
    check(instance["VpcId"] == outputs["Ref of Vpc"], f"the instance is in {instance['VpcId']}")
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=outputs["Ref of Provider"])
    check(provider["ClientIDList"] == ["sts.amazonaws.com"], f"the provider's clients are {provider['ClientIDList']}")
    cluster = ecs.describe_clusters(clusters=[outputs["Ref of Cluster"]])["clusters"][0]
    check(cluster["capacityProviders"] == ["FARGATE"], f"the cluster's providers are {cluster.get('capacityProviders')}")

    cloudformation.delete_stack(StackName="every-type")
    check(settled(cloudformation, "every-type") is None, "the stack is not deleted")
    check(not ec2.describe_addresses()["Addresses"], "an address outlives its stack")
    check(not ec2.describe_flow_logs()["FlowLogs"], "a flow log outlives its stack")
    check(not iam.list_open_id_connect_providers()["OpenIDConnectProviderList"], "a provider outlives its stack")


def refusals(check, clients):
    """What AWS refuses, the emulator has to refuse as well."""
    cloudformation = clients("cloudformation")
    rule = ("AWS::EC2::SecurityGroupIngress", {
        "GroupId": att("Security", "GroupId"), "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"})
    security = {name: RESOURCES[name] for name in ("Vpc", "Security")}
    cases = {
        "the same rule twice": security | {"One": rule, "Two": rule},
        "an absent subnet": {"Nat": ("AWS::EC2::NatGateway", {"SubnetId": "subnet-0", "ConnectivityType": "private"})},
        "an absent workspace": {"Rules": ("AWS::APS::RuleGroupsNamespace", {
            "Name": "a", "Data": "groups: [{}]", "Workspace": "arn:aws:aps:eu-west-1:111122223333:workspace/ws-0"})},
        "an absent service": {"Target": ("AWS::ApplicationAutoScaling::ScalableTarget", {
            "MinCapacity": 1, "MaxCapacity": 2, "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": "service/none/none"})},
        "a workspace without a role": {"Grafana": ("AWS::Grafana::Workspace", {
            "AccountAccessType": "CURRENT_ACCOUNT", "AuthenticationProviders": ["SAML"], "PermissionType": "CUSTOMER_MANAGED"})},
    }
    for number, (label, resources) in enumerate(cases.items()):
        stack = f"refused-{number}"
        body = {"Resources": {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in resources.items()}}
        cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(body))
        status = settled(cloudformation, stack)
        check(status == "ROLLBACK_COMPLETE", f"{label}: the stack is {status}")
    try:
        cloudformation.create_stack(StackName="unknown", TemplateBody='{"Resources": {"A": {"Type": "AWS::Not::AType"}}}')
        check(False, "an unknown type is accepted")
    except botocore.exceptions.ClientError as error:
        check("Unrecognized resource types" in str(error), str(error))


def full_buckets(check, clients):
    cloudformation, s3 = clients("cloudformation"), clients("s3")
    cloudformation.create_stack(StackName="full", TemplateBody='{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}')
    check(settled(cloudformation, "full") == "CREATE_COMPLETE", "the stack with a bucket is not made")
    bucket = cloudformation.describe_stack_resources(StackName="full")["StackResources"][0]["PhysicalResourceId"]
    s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    cloudformation.delete_stack(StackName="full")
    status = settled(cloudformation, "full")
    check(status == "DELETE_FAILED", f"after the deletion of a full bucket the stack is {status}")
    s3.delete_object(Bucket=bucket, Key="key")
    cloudformation.delete_stack(StackName="full")
    check(settled(cloudformation, "full") is None, "an emptied bucket is not deleted")


def main():
    check = Checks()
    with Emulator() as emulator:
        def clients(service):
            return boto3.client(service, endpoint_url=emulator.url, region_name=REGION,
                                aws_access_key_id=ACCOUNT, aws_secret_access_key="none")

        every_type(check, clients)
        refusals(check, clients)
        full_buckets(check, clients)
        port = urllib.parse.urlparse(emulator.url).port
    with socket.socket() as probe:
        check(probe.connect_ex(("127.0.0.1", port)) != 0, "the emulator still listens after its end")
    print(f"emulator: {check.passed} passed, {check.failed} failed, 0 skipped")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
