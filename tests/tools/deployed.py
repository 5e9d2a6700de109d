"""Looks at what a deployment has left in an account, by AWS's own SDK. It knows nothing of who deployed.

    target/tools/ministack/bin/python tests/tools/deployed.py there ASSEMBLY [--ids FILE]
    target/tools/ministack/bin/python tests/tools/deployed.py gone ASSEMBLY --ids FILE
    target/tools/ministack/bin/python tests/tools/deployed.py picture ASSEMBLY

`there`: each stack of the assembly is complete and each resource of its template exists; the services are asked for
each, and its main properties are compared with those of the template. `--ids` keeps what was found for `gone`, which
sees that the stacks are gone and the services have none of it but what its template says to retain. `picture` writes
what the services say of each resource as JSON, with logical ids in place of physical ones: two accounts in which the
same was deployed give the same. The endpoint and the credentials come from the environment, as for any program.
Exit code: 0 all as it should be, 1 something is not.
"""

import argparse
import json
import pathlib
import re
import sys
import urllib.parse

import boto3
import botocore.exceptions

DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


class Wrong(Exception):
    """Something is not as it should be."""


def stacks_of(directory):
    """Name, region and template of each stack."""
    manifest = json.loads((directory / "manifest.json").read_text())
    for name, artifact in manifest["artifacts"].items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "aws:cloudformation:stack":
            template = json.loads((directory / properties["templateFile"]).read_text())
            yield properties.get("stackName", name), artifact["environment"].rsplit("/", 1)[-1], template
        elif artifact["type"] == "cdk:cloud-assembly":
            yield from stacks_of(directory / properties["directoryName"])


class Account:
    """Clients, each made once."""

    def __init__(self):
        self.clients = {}

    def __call__(self, service, region):
        region = None if region == "unknown-region" else region
        if (service, region) not in self.clients:
            self.clients[service, region] = boto3.client(service, region_name=region)
        return self.clients[service, region]


def document(value):
    """A policy as it is, however the service writes it."""
    return json.loads(urllib.parse.unquote(value)) if isinstance(value, str) else value


def only(entries):
    if not entries:
        raise LookupError("the service has none of that id")
    return entries[0]


# What the service of each type says of a resource, by the names that the template has. `ask(service)` gives a client.


def vpc(ask, name, _props):
    found = only(ask("ec2").describe_vpcs(VpcIds=[name])["Vpcs"])
    hosts = ask("ec2").describe_vpc_attribute(VpcId=name, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    return {"CidrBlock": found["CidrBlock"], "EnableDnsHostnames": hosts}


def subnet(ask, name, _props):
    found = only(ask("ec2").describe_subnets(SubnetIds=[name])["Subnets"])
    return {key: found[key] for key in ("CidrBlock", "MapPublicIpOnLaunch", "VpcId")}


def route_table(ask, name, _props):
    return {"VpcId": only(ask("ec2").describe_route_tables(RouteTableIds=[name])["RouteTables"])["VpcId"]}


def internet_gateway(ask, name, _props):
    only(ask("ec2").describe_internet_gateways(InternetGatewayIds=[name])["InternetGateways"])
    return {}


def nat_gateway(ask, name, _props):
    found = only(ask("ec2").describe_nat_gateways(NatGatewayIds=[name])["NatGateways"])
    if found["State"] != "available":
        raise LookupError(f"it is {found['State']}")
    return {"SubnetId": found["SubnetId"]}


def address(ask, name, _props):
    found = only([entry for entry in ask("ec2").describe_addresses()["Addresses"] if entry["PublicIp"] == name])
    return {"Domain": found["Domain"]}


def endpoint(ask, name, _props):
    found = only(ask("ec2").describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"])
    return {key: found[key] for key in ("VpcEndpointType", "VpcId")}


def flow_log(ask, name, _props):
    found = only(ask("ec2").describe_flow_logs(FlowLogIds=[name])["FlowLogs"])
    return {"ResourceId": found["ResourceId"], "TrafficType": found["TrafficType"]}


def security_group(ask, name, _props):
    found = only(ask("ec2").describe_security_groups(GroupIds=[name])["SecurityGroups"])
    return {"GroupDescription": found["Description"], "VpcId": found["VpcId"]}


def rule(ask, name, _props):
    found = only(ask("ec2").describe_security_group_rules(SecurityGroupRuleIds=[name])["SecurityGroupRules"])
    return {key: found.get(key) for key in ("FromPort", "ToPort", "IpProtocol", "Description") if key in found}


def cluster(ask, name, _props):
    found = only(ask("ecs").describe_clusters(clusters=[name])["clusters"])
    if found["status"] != "ACTIVE":
        raise LookupError(f"it is {found['status']}")
    return {}


def service(ask, name, _props):
    cluster_name = name.split("/")[1]
    found = only(ask("ecs").describe_services(cluster=cluster_name, services=[name])["services"])
    if found["status"] != "ACTIVE":
        raise LookupError(f"it is {found['status']}")
    return {"DesiredCount": found["desiredCount"], "LaunchType": found["launchType"], "TaskDefinition": found["taskDefinition"]}


def task_definition(ask, name, props):
    found = ask("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
    if found["status"] != "ACTIVE":
        raise LookupError(f"it is {found['status']}")
    # Of the containers what a reader of the template would ask first: its own program and ports.
    names = [container["name"] for container in found["containerDefinitions"]]
    wanted = [container["Name"] for container in props["ContainerDefinitions"]]
    if names != wanted:
        raise LookupError(f"its containers are {names}, not {wanted}")
    seen = {"Cpu": found["cpu"], "Memory": found["memory"], "NetworkMode": found["networkMode"]}
    return seen | {"RequiresCompatibilities": found["requiresCompatibilities"]}


def load_balancer(ask, name, _props):
    found = only(ask("elbv2").describe_load_balancers(LoadBalancerArns=[name])["LoadBalancers"])
    return {"Scheme": found["Scheme"], "Type": found["Type"]}


def listener(ask, name, _props):
    found = only(ask("elbv2").describe_listeners(ListenerArns=[name])["Listeners"])
    return {"Port": found["Port"], "Protocol": found["Protocol"], "LoadBalancerArn": found["LoadBalancerArn"]}


def target_group(ask, name, _props):
    found = only(ask("elbv2").describe_target_groups(TargetGroupArns=[name])["TargetGroups"])
    return {key: found[key] for key in ("Port", "Protocol", "TargetType", "VpcId") if key in found}


def role(ask, name, _props):
    found = ask("iam").get_role(RoleName=name)["Role"]
    attached = ask("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "AssumeRolePolicyDocument": document(found["AssumeRolePolicyDocument"]),
        "ManagedPolicyArns": sorted(entry["PolicyArn"] for entry in attached),
    }


def role_policy(ask, _name, props):
    held = [ask("iam").get_role_policy(RoleName=role, PolicyName=props["PolicyName"]) for role in props["Roles"]]
    return {"PolicyDocument": document(only(held)["PolicyDocument"])}


def key(ask, name, _props):
    found = ask("kms").describe_key(KeyId=name)["KeyMetadata"]
    if found["KeyState"] != "Enabled":
        raise LookupError(f"it is {found['KeyState']}")
    return {"EnableKeyRotation": ask("kms").get_key_rotation_status(KeyId=name)["KeyRotationEnabled"]}


def function(ask, name, _props):
    found = ask("lambda").get_function(FunctionName=name)["Configuration"]
    seen = {key: found.get(key) for key in ("Handler", "MemorySize", "Role", "Runtime", "Timeout")}
    return seen | {"Environment": {"Variables": found.get("Environment", {}).get("Variables", {})}}


def permission(ask, name, props):
    policy = document(ask("lambda").get_policy(FunctionName=props["FunctionName"])["Policy"])
    found = [statement["Action"] for statement in policy["Statement"] if statement["Sid"] == name or len(policy["Statement"]) == 1]
    return {"Action": only(found)}


def log_group(ask, name, _props):
    found = ask("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found = only([group for group in found if group["logGroupName"] == name])
    return {"LogGroupName": name, "RetentionInDays": found.get("retentionInDays")}


def bucket(ask, name, _props):
    s3 = ask("s3")
    s3.head_bucket(Bucket=name)
    seen = {"VersioningConfiguration": {"Status": s3.get_bucket_versioning(Bucket=name).get("Status")}}
    for prop, look in (
        ("PublicAccessBlockConfiguration", lambda: s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]),
        ("BucketEncryption", lambda: encryption(s3, name)),
    ):
        try:
            seen[prop] = look()
        except botocore.exceptions.ClientError as error:
            if "NoSuch" not in error.response["Error"]["Code"] and "NotFound" not in error.response["Error"]["Code"]:
                raise
    return seen


def encryption(s3, name):
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = [{"ServerSideEncryptionByDefault": entry["ApplyServerSideEncryptionByDefault"]} for entry in rules]
    return {"ServerSideEncryptionConfiguration": by_default}


def bucket_policy(ask, _name, props):
    return {"PolicyDocument": document(ask("s3").get_bucket_policy(Bucket=props["Bucket"])["Policy"])}


def topic(ask, name, _props):
    ask("sns").get_topic_attributes(TopicArn=name)
    return {}


def queue(ask, name, _props):
    found = ask("sqs").get_queue_attributes(QueueUrl=name, AttributeNames=["All"])["Attributes"]
    return {"MessageRetentionPeriod": int(found["MessageRetentionPeriod"])}


def secret(ask, name, _props):
    return {"Description": ask("secretsmanager").describe_secret(SecretId=name).get("Description")}


def parameter(ask, name, _props):
    found = ask("ssm").get_parameter(Name=name)["Parameter"]
    return {"Name": found["Name"], "Type": found["Type"], "Value": found["Value"]}


def alarm(ask, name, _props):
    found = only(ask("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"])
    return {key: found[key] for key in ("ComparisonOperator", "EvaluationPeriods", "MetricName", "Namespace", "Period", "Threshold")}


def events_rule(ask, name, _props):
    found = ask("events").describe_rule(Name=name.rsplit("/", 1)[-1])
    return {"ScheduleExpression": found.get("ScheduleExpression"), "State": found["State"]}


def file_system(ask, name, _props):
    return {"Encrypted": only(ask("efs").describe_file_systems(FileSystemId=name)["FileSystems"])["Encrypted"]}


def mount_target(ask, name, _props):
    found = only(ask("efs").describe_mount_targets(MountTargetId=name)["MountTargets"])
    return {"FileSystemId": found["FileSystemId"], "SubnetId": found["SubnetId"]}


def access_point(ask, name, _props):
    found = only(ask("efs").describe_access_points(AccessPointId=name)["AccessPoints"])
    return {"FileSystemId": found["FileSystemId"]}


LOOKS = {
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::EC2::EIP": address,
    "AWS::EC2::FlowLog": flow_log,
    "AWS::EC2::InternetGateway": internet_gateway,
    "AWS::EC2::NatGateway": nat_gateway,
    "AWS::EC2::RouteTable": route_table,
    "AWS::EC2::SecurityGroup": security_group,
    "AWS::EC2::SecurityGroupEgress": rule,
    "AWS::EC2::SecurityGroupIngress": rule,
    "AWS::EC2::Subnet": subnet,
    "AWS::EC2::VPC": vpc,
    "AWS::EC2::VPCEndpoint": endpoint,
    "AWS::ECS::Cluster": cluster,
    "AWS::ECS::Service": service,
    "AWS::ECS::TaskDefinition": task_definition,
    "AWS::EFS::AccessPoint": access_point,
    "AWS::EFS::FileSystem": file_system,
    "AWS::EFS::MountTarget": mount_target,
    "AWS::ElasticLoadBalancingV2::Listener": listener,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": load_balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": target_group,
    "AWS::Events::Rule": events_rule,
    "AWS::IAM::Policy": role_policy,
    "AWS::IAM::Role": role,
    "AWS::KMS::Key": key,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Permission": permission,
    "AWS::Logs::LogGroup": log_group,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SNS::Topic": topic,
    "AWS::SQS::Queue": queue,
    "AWS::SSM::Parameter": parameter,
    "AWS::SecretsManager::Secret": secret,
}


def settled(value, ids, attributes=None):
    """A template's value with physical ids in place of references. What only CloudFormation can work out is None, or, for
    attributes of resources, what `attributes` has."""
    if isinstance(value, list):
        return [settled(entry, ids, attributes) for entry in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), = value.items()
        if name == "Ref":
            return ids.get(argument)
        if name == "Fn::GetAtt" and attributes:
            return attributes.get(argument[0])
        if name.startswith("Fn::"):
            return None
    return {name: settled(entry, ids, attributes) for name, entry in value.items()}


def alike(expected, seen):
    """Numbers and booleans are texts in some templates and in some answers; some lists have no order. What is
    not known is not compared."""
    if expected is None:
        return True
    if isinstance(expected, dict) and isinstance(seen, dict):
        return all(alike(value, seen.get(name)) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(seen, list):
        if all(isinstance(value, str) for value in expected + seen):
            return sorted(expected) == sorted(seen)
        return len(expected) == len(seen) and all(map(alike, expected, seen))
    if isinstance(expected, bool) or isinstance(seen, bool):
        return str(expected).lower() == str(seen).lower()
    if isinstance(expected, (int, float, str)) and isinstance(seen, (int, float, str)):
        try:
            return float(expected) == float(seen)
        except ValueError:
            return expected == seen
    return expected == seen


def resources_of(account, name, region):
    pages = account("cloudformation", region).get_paginator("list_stack_resources").paginate(StackName=name)
    return {entry["LogicalResourceId"]: entry for page in pages for entry in page["StackResourceSummaries"]}


def look_at(account, directory):
    """Every resource of every stack: what the template has, and what the service says."""
    for name, region, template in stacks_of(directory):
        described = account("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]
        if described["StackStatus"] not in DONE:
            raise Wrong(f"{name} is {described['StackStatus']}")
        outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])}
        lacking = [key for key, value in template.get("Outputs", {}).items() if not outputs.get(key) and "Condition" not in value]
        if lacking:
            raise Wrong(f"{name} has no value for {', '.join(lacking)}")
        made = resources_of(account, name, region)
        ids = {key: entry.get("PhysicalResourceId") for key, entry in made.items()}
        for logical_id, resource in template["Resources"].items():
            entry = made.get(logical_id)
            if entry is None and "Condition" in resource:
                continue
            if entry is None or not entry.get("PhysicalResourceId") or not re.fullmatch("(CREATE|UPDATE)_COMPLETE", entry["ResourceStatus"]):
                raise Wrong(f"{name} {logical_id} is {entry and entry['ResourceStatus']}")
            properties = resource.get("Properties") or {}
            # Where a service has to be told of whom: a name or an ARN, either will do.
            whose = settled(properties, ids, ids)
            look, seen = LOOKS.get(resource["Type"]), {}
            if look:
                try:
                    seen = look(lambda service: account(service, region), entry["PhysicalResourceId"], whose)
                except (botocore.exceptions.ClientError, LookupError) as error:
                    raise Wrong(f"{name} {logical_id} ({entry['PhysicalResourceId']}): {error}") from error
            yield name, region, logical_id, resource, entry["PhysicalResourceId"], (settled(properties, ids), whose), seen


def there(account, directory, ids):
    kept, wrong, resources, properties = {}, [], 0, 0
    for name, region, logical_id, resource, physical_id, (wanted, whose), seen in look_at(account, directory):
        for prop in sorted(seen.keys() & wanted.keys()):
            if not alike(wanted[prop], seen[prop]):
                wrong.append(f"{name} {logical_id}.{prop} is {seen[prop]!r}, not {wanted[prop]!r}")
            properties += 1
        resources += 1
        kept[f"{name} {logical_id}"] = [region, resource["Type"], physical_id, resource.get("DeletionPolicy"), whose]
    if ids:
        ids.write_text(json.dumps(kept))
    if wrong:
        raise Wrong("; ".join(wrong))
    print(f"there: {resources} resources, {properties} properties compared")


def gone(account, directory, ids):
    for name, region, _template in stacks_of(directory):
        try:
            described = account("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]
        except botocore.exceptions.ClientError:
            continue
        raise Wrong(f"{name} is {described['StackStatus']}")
    absent, retained = 0, 0
    for place, (region, kind, physical_id, policy, whose) in json.loads(ids.read_text()).items():
        if kind not in LOOKS:
            continue
        try:
            LOOKS[kind](lambda service: account(service, region), physical_id, whose)
            is_there = True
        except (botocore.exceptions.ClientError, LookupError):
            is_there = False
        if is_there and policy != "Retain":
            raise Wrong(f"{place} ({physical_id}) is still there")
        if not is_there and policy == "Retain":
            raise Wrong(f"{place} ({physical_id}) is gone, and should be retained")
        absent, retained = absent + (not is_there), retained + is_there
    print(f"gone: {absent} resources, {retained} retained")


def picture(account, directory):
    seen, names = {}, {}
    for name, _region, logical_id, resource, physical_id, _wanted, found in look_at(account, directory):
        names[physical_id] = f"<{name}.{logical_id}>"
        seen[f"{name}.{logical_id}"] = {"Type": resource["Type"], **found}
    text = json.dumps(seen, indent=1, sort_keys=True)
    for physical_id in sorted(names, key=len, reverse=True):
        text = text.replace(physical_id, names[physical_id])
    # A load balancer has a name that the service makes up.
    text = re.sub(r"-[a-z0-9]+(\.[a-z0-9-]+\.elb\.amazonaws\.com)", r"-<any>\1", text)
    # Whichever bucket the code came from.
    print(re.sub(r"(cdk-[a-z0-9]+|belvedere)-assets-", "<assets>-", text))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["there", "gone", "picture"])
    parser.add_argument("assembly", type=pathlib.Path)
    parser.add_argument("--ids", type=pathlib.Path)
    arguments = parser.parse_args()
    account = Account()
    try:
        if arguments.what == "there":
            there(account, arguments.assembly, arguments.ids)
        elif arguments.what == "gone":
            gone(account, arguments.assembly, arguments.ids)
        else:
            picture(account, arguments.assembly)
    except Wrong as wrong:
        print(f"wrong: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
