"""Resource types that ministack 1.5.33 lacks.

Where ministack has the service's own API (EC2, IAM), the handler goes through it, so that the service's describe
calls show the resource and a reference to something absent fails the deployment, as it would on AWS. Where it has
none (managed Prometheus and Grafana, application autoscaling, X-Ray), the handler checks what the service would
refuse at once and keeps a record; CloudFormation's own describe calls show it.
"""

import hashlib
import uuid
import xml.etree.ElementTree as ElementTree

import yaml
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region, now_iso
from ministack.services import ec2, ecs, iam
from ministack.services.cloudformation import provisioners

# What the record-only types hold: (kind, physical id) -> properties, for each account and region.
_records = AccountRegionScopedDict()


def register():
    handlers = {
        "AWS::EC2::EIP": handler(create_address, delete=release_address),
        "AWS::EC2::EIPAssociation": handler(associate_address, delete=disassociate_address),
        "AWS::EC2::FlowLog": handler(create_flow_log, delete=delete_flow_log),
        "AWS::EC2::Instance": handler(run_instance, delete=terminate_instance),
        "AWS::EC2::NatGateway": handler(create_nat_gateway, delete=delete_nat_gateway),
        "AWS::EC2::SecurityGroupEgress": security_group_rule("IpPermissionsEgress"),
        "AWS::EC2::SecurityGroupIngress": security_group_rule("IpPermissions"),
        "AWS::ECS::ClusterCapacityProviderAssociations": handler(associate_capacity_providers),
        "AWS::IAM::OIDCProvider": handler(create_oidc_provider, delete=delete_oidc_provider),
        "AWS::APS::ResourcePolicy": recorded(workspace_policy),
        "AWS::APS::RuleGroupsNamespace": recorded(rule_groups_namespace),
        "AWS::APS::Scraper": recorded(scraper),
        "AWS::APS::Workspace": recorded(prometheus_workspace),
        "AWS::ApplicationAutoScaling::ScalableTarget": recorded(scalable_target),
        "AWS::ApplicationAutoScaling::ScalingPolicy": recorded(scaling_policy),
        "AWS::CloudWatch::AnomalyDetector": recorded(anomaly_detector),
        "AWS::CloudWatch::CompositeAlarm": recorded(composite_alarm),
        "AWS::Grafana::Workspace": recorded(grafana_workspace),
        "AWS::Logs::QueryDefinition": recorded(query_definition),
        "AWS::XRay::Group": recorded(trace_group),
        "AWS::XRay::ResourcePolicy": recorded(trace_policy),
        "AWS::XRay::SamplingRule": recorded(sampling_rule),
        "AWS::XRay::TransactionSearchConfig": recorded(transaction_search),
    }
    for resource_type, functions in handlers.items():
        provisioners._RESOURCE_HANDLERS.setdefault(resource_type, functions)


def handler(create, delete=None):
    """A type whose update makes a new one, as a replacement does."""
    return {"create": create, "delete": delete or (lambda physical_id, props: None)}


def recorded(describe):
    """A type of which only a record is kept: `describe` checks the properties and names the thing."""

    kind = describe.__name__

    def create(logical_id, props, stack_name):
        physical_id, attributes = describe(logical_id, props, stack_name, None)
        if (kind, physical_id) in _records:
            raise ValueError(f"{physical_id} already exists")
        _records[kind, physical_id] = props
        return physical_id, attributes

    def update(physical_id, _old, props, stack_name, logical_id):
        kept, attributes = describe(logical_id, props, stack_name, physical_id)
        if kept != physical_id:
            _records.pop((kind, physical_id), None)
        _records[kind, kept] = props
        return kept, attributes

    def delete(physical_id, _props):
        _records.pop((kind, physical_id), None)

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def arn(service, resource, region=True):
    return f"arn:aws:{service}:{get_region() if region else ''}:{get_account_id()}:{resource}"


def token(*parts):
    """A stable identifier of 32 hex digits for the named thing, new for each stack and logical id."""
    return hashlib.sha256("/".join((get_account_id(), get_region(), *parts)).encode()).hexdigest()[:32]


def require(props, *names):
    for name in names:
        if props.get(name) in (None, "", [], {}):
            raise ValueError(f"Properties validation failed: required property [{name}] is missing")


def one_of(props, name, *allowed):
    values = props.get(name, [])
    for value in values if isinstance(values, list) else [values]:
        if value not in allowed:
            raise ValueError(f"Properties validation failed: {name} [{value}] is not one of {', '.join(allowed)}")


def known_workspace(name):
    if (prometheus_workspace.__name__, name) not in _records:
        raise ValueError(f"Workspace {name} does not exist")


# EC2, through its own API


def call(action, parameters):
    """Runs one EC2 action and gives back its answer; an error answer becomes the resource's failure."""
    ec2._ensure_defaults_initialized()
    status, _headers, body = action({key: [str(value)] for key, value in parameters.items() if value not in (None, "")})
    root = ElementTree.fromstring(body.strip())
    for element in root.iter():
        element.tag = element.tag.rsplit("}", 1)[-1]
    if status >= 400:
        raise ValueError(root.findtext(".//Message") or body.decode())
    return root


def tagged(resource_id, props):
    provisioners._ec2_apply_tags(resource_id, props)
    return resource_id


def exists(store, resource_id, what):
    ec2._ensure_defaults_initialized()
    if resource_id not in store:
        raise ValueError(f"The {what} ID '{resource_id}' does not exist")


def create_address(_logical_id, props, _stack_name):
    answer = call(ec2._allocate_address, {"Domain": props.get("Domain", "vpc")})
    allocation, address = answer.findtext("allocationId"), answer.findtext("publicIp")
    tagged(allocation, props)
    if props.get("InstanceId"):
        exists(ec2._instances, props["InstanceId"], "instance")
        call(ec2._associate_address, {"AllocationId": allocation, "InstanceId": props["InstanceId"]})
    return address, {"AllocationId": allocation, "PublicIp": address}


def release_address(physical_id, _props):
    for allocation in [a["AllocationId"] for a in ec2._addresses.values() if a["PublicIp"] == physical_id]:
        call(ec2._release_address, {"AllocationId": allocation})


def associate_address(_logical_id, props, _stack_name):
    require(props, "AllocationId")
    if props.get("InstanceId"):
        exists(ec2._instances, props["InstanceId"], "instance")
    answer = call(ec2._associate_address, {k: props.get(k) for k in ("AllocationId", "InstanceId")})
    association = answer.findtext("associationId")
    return association, {"Id": association}


def disassociate_address(physical_id, _props):
    call(ec2._disassociate_address, {"AssociationId": physical_id})


def create_nat_gateway(_logical_id, props, _stack_name):
    require(props, "SubnetId")
    exists(ec2._subnets, props["SubnetId"], "subnet")
    connectivity = props.get("ConnectivityType", "public")
    if connectivity == "public":
        require(props, "AllocationId")
        exists(ec2._addresses, props["AllocationId"], "allocation")
    answer = call(ec2._create_nat_gateway, {
        "SubnetId": props["SubnetId"], "AllocationId": props.get("AllocationId"), "ConnectivityType": connectivity,
    })
    gateway = answer.findtext(".//natGatewayId")
    tagged(gateway, props)
    return gateway, {"NatGatewayId": gateway, "EniId": f"eni-{token(gateway)[:17]}"}


def delete_nat_gateway(physical_id, _props):
    call(ec2._delete_nat_gateway, {"NatGatewayId": physical_id})


def create_flow_log(_logical_id, props, _stack_name):
    require(props, "ResourceId", "ResourceType")
    stores = {"VPC": ec2._vpcs, "Subnet": ec2._subnets, "NetworkInterface": ec2._network_interfaces}
    one_of(props, "ResourceType", *stores)
    exists(stores[props["ResourceType"]], props["ResourceId"], props["ResourceType"])
    if props.get("LogDestinationType", "cloud-watch-logs") == "cloud-watch-logs":
        require(props, "DeliverLogsPermissionArn")
    answer = call(ec2._create_flow_logs, {
        "ResourceId.1": props["ResourceId"],
        **{k: props.get(k) for k in ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName")},
    })
    flow_log = answer.findtext(".//flowLogIdSet/item")
    tagged(flow_log, props)
    return flow_log, {"Id": flow_log}


def delete_flow_log(physical_id, _props):
    call(ec2._delete_flow_logs, {"FlowLogId.1": physical_id})


def run_instance(_logical_id, props, _stack_name):
    interface = (props.get("NetworkInterfaces") or [{}])[0]
    subnet = props.get("SubnetId") or interface.get("SubnetId")
    groups = props.get("SecurityGroupIds") or interface.get("GroupSet") or []
    if subnet:
        exists(ec2._subnets, subnet, "subnet")
    for group in groups:
        exists(ec2._security_groups, group, "security group")
    profile = props.get("IamInstanceProfile")
    if profile and profile not in iam._instance_profiles:
        raise ValueError(f"Value ({profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name")
    answer = call(ec2._run_instances, {
        "ImageId": props.get("ImageId"), "InstanceType": props.get("InstanceType"), "KeyName": props.get("KeyName"),
        "SubnetId": subnet, "UserData": props.get("UserData"), "PrivateIpAddress": props.get("PrivateIpAddress"),
        "IamInstanceProfile.Name": profile,
        **{f"SecurityGroupId.{n}": group for n, group in enumerate(groups, 1)},
    })
    instance_id = answer.findtext(".//instanceId")
    tagged(instance_id, props)
    instance = ec2._instances[instance_id]
    return instance_id, {
        "AvailabilityZone": ec2._subnets.get(subnet, {}).get("AvailabilityZone", instance["Placement"]["AvailabilityZone"]),
        "InstanceId": instance_id,
        "PrivateDnsName": instance["PrivateDnsName"],
        "PrivateIp": instance["PrivateIpAddress"],
        "PublicDnsName": instance["PublicDnsName"],
        "PublicIp": instance["PublicIpAddress"],
        "State.Code": "16",
        "State.Name": "running",
        "VpcId": instance["VpcId"],
    }


def terminate_instance(physical_id, _props):
    call(ec2._terminate_instances, {"InstanceId.1": physical_id})


def security_group_rule(side):
    """One rule in the group's own list, where DescribeSecurityGroups and DescribeSecurityGroupRules find it."""

    def create(_logical_id, props, _stack_name):
        require(props, "GroupId", "IpProtocol")
        exists(ec2._security_groups, props["GroupId"], "security group")
        for peer in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
            if props.get(peer):
                exists(ec2._security_groups, props[peer], "security group")
        rule = provisioners._ec2_sg_permissions([props])[0]
        rules = ec2._security_groups[props["GroupId"]].setdefault(side, [])
        if any(ec2._rules_match(rule, other) for other in rules):
            raise ValueError("the specified rule already exists (Service: Ec2, Status Code: 400)")
        rule_id = f"sgr-{uuid.uuid4().hex[:17]}"
        rules.append({**rule, "SecurityGroupRuleId": rule_id})
        return rule_id, {"Id": rule_id}

    def delete(physical_id, props):
        group = ec2._security_groups.get(props.get("GroupId")) or {}
        group[side] = [rule for rule in group.get(side, []) if rule.get("SecurityGroupRuleId") != physical_id]

    def update(physical_id, old, props, stack_name):
        delete(physical_id, old)
        return create(None, props, stack_name)

    return {"create": create, "update": update, "delete": delete}


# ECS and IAM


def associate_capacity_providers(_logical_id, props, _stack_name):
    require(props, "Cluster")
    cluster = str(props["Cluster"]).rsplit("/", 1)[-1]
    if cluster not in ecs._clusters:
        raise ValueError(f"Cluster not found: {cluster}")
    ecs._clusters[cluster]["capacityProviders"] = props.get("CapacityProviders", [])
    return cluster, {}


def create_oidc_provider(_logical_id, props, _stack_name):
    require(props, "Url")
    lists = {"ClientIDList": props.get("ClientIdList", []), "ThumbprintList": props.get("ThumbprintList", [])}
    parameters = {"Url": [props["Url"]]}
    for name, values in lists.items():
        parameters.update({f"{name}.member.{n}": [value] for n, value in enumerate(values, 1)})
    status, _headers, body = iam._create_oidc_provider(parameters)
    if status >= 400:
        raise ValueError(body.decode())
    provider = arn("iam", f"oidc-provider/{props['Url'].removeprefix('https://').rstrip('/')}", region=False)
    return provider, {"Arn": provider}


def delete_oidc_provider(physical_id, _props):
    iam._delete_oidc_provider({"OpenIDConnectProviderArn": [physical_id]})


# Managed Prometheus and Grafana


def prometheus_workspace(logical_id, props, stack_name, kept):
    definition = props.get("AlertManagerDefinition")
    if definition is not None and "alertmanager_config" not in (yaml.safe_load(definition) or {}):
        raise ValueError("AlertManagerDefinition has no alertmanager_config")
    workspace = kept.rsplit("/", 1)[-1] if kept else f"ws-{uuid.UUID(token(stack_name, logical_id, uuid.uuid4().hex))}"
    name = arn("aps", f"workspace/{workspace}")
    endpoint = f"https://aps-workspaces.{get_region()}.amazonaws.com/workspaces/{workspace}/"
    return name, {"Arn": name, "WorkspaceId": workspace, "PrometheusEndpoint": endpoint}


def rule_groups_namespace(_logical_id, props, _stack_name, _kept):
    require(props, "Data", "Name", "Workspace")
    known_workspace(props["Workspace"])
    if not (yaml.safe_load(props["Data"]) or {}).get("groups"):
        raise ValueError("Data holds no groups")
    workspace = props["Workspace"].rsplit("/", 1)[-1]
    name = arn("aps", f"rulegroupsnamespace/{workspace}/{props['Name']}")
    return name, {"Arn": name}


def workspace_policy(_logical_id, props, _stack_name, _kept):
    require(props, "PolicyDocument", "WorkspaceArn")
    known_workspace(props["WorkspaceArn"])
    return props["WorkspaceArn"], {}


def scraper(logical_id, props, stack_name, kept):
    require(props, "Destination", "ScrapeConfiguration", "Source")
    known_workspace(props["Destination"]["AmpConfiguration"]["WorkspaceArn"])
    scraper_id = kept.rsplit("/", 1)[-1] if kept else f"s-{uuid.UUID(token(stack_name, logical_id))}"
    name = arn("aps", f"scraper/{scraper_id}")
    role = arn("iam", f"role/aws-service-role/scraper.aps.amazonaws.com/AWSServiceRoleForAmazonPrometheusScraper_{scraper_id}", False)
    return name, {"Arn": name, "ScraperId": scraper_id, "RoleArn": role}


def grafana_workspace(logical_id, props, stack_name, kept):
    require(props, "AccountAccessType", "AuthenticationProviders", "PermissionType")
    one_of(props, "AccountAccessType", "CURRENT_ACCOUNT", "ORGANIZATION")
    one_of(props, "AuthenticationProviders", "AWS_SSO", "SAML")
    one_of(props, "PermissionType", "CUSTOMER_MANAGED", "SERVICE_MANAGED")
    if props["PermissionType"] == "CUSTOMER_MANAGED":
        require(props, "RoleArn")
    workspace = kept or f"g-{token(stack_name, logical_id, uuid.uuid4().hex)[:10]}"
    saml = "SAML" in props["AuthenticationProviders"]
    return workspace, {
        "CreationTimestamp": now_iso(),
        "Endpoint": f"{workspace}.grafana-workspace.{get_region()}.amazonaws.com",
        "GrafanaVersion": props.get("GrafanaVersion", "10.4"),
        "Id": workspace,
        "ModificationTimestamp": now_iso(),
        "SamlConfigurationStatus": "CONFIGURED" if saml and props.get("SamlConfiguration") else "NOT_CONFIGURED",
        "SsoClientId": "" if saml else token(workspace)[:20],
        "Status": "ACTIVE",
    }


# Application autoscaling


def scalable_target(_logical_id, props, _stack_name, _kept):
    require(props, "MaxCapacity", "MinCapacity", "ResourceId", "ScalableDimension", "ServiceNamespace")
    if int(props["MinCapacity"]) > int(props["MaxCapacity"]):
        raise ValueError("Maximum capacity cannot be less than minimum capacity")
    if props["ServiceNamespace"] == "ecs":
        kind, _, service = str(props["ResourceId"]).partition("/")
        if kind != "service" or service not in ecs._services:
            raise ValueError(f"ECS service doesn't exist: {props['ResourceId']}")
    target = "|".join(str(props[name]) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    return target, {"Id": target}


def scaling_policy(_logical_id, props, _stack_name, kept):
    require(props, "PolicyName", "PolicyType")
    target = props.get("ScalingTargetId") or "|".join(
        str(props.get(name)) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    if (scalable_target.__name__, target) not in _records:
        raise ValueError(f"No scalable target registered for {target}")
    if props["PolicyType"] == "TargetTrackingScaling":
        require(props, "TargetTrackingScalingPolicyConfiguration")
    resource, _dimension, namespace = target.split("|")
    name = kept or arn(
        "autoscaling",
        f"scalingPolicy:{uuid.uuid4()}:resource/{namespace}/{resource}:policyName/{props['PolicyName']}",
    )
    return name, {"Arn": name}


# CloudWatch, CloudWatch Logs and X-Ray


def composite_alarm(logical_id, props, stack_name, kept):
    require(props, "AlarmRule")
    name = props.get("AlarmName") or kept or f"{stack_name}-{logical_id}-{token(stack_name, logical_id)[:12]}"
    return name, {"Arn": arn("cloudwatch", f"alarm:{name}")}


def anomaly_detector(logical_id, _props, stack_name, kept):
    detector = kept or str(uuid.UUID(token(stack_name, logical_id)))
    return detector, {"Id": detector}


def query_definition(logical_id, props, stack_name, kept):
    require(props, "Name", "QueryString")
    query = kept or str(uuid.UUID(token(stack_name, logical_id)))
    return query, {"QueryDefinitionId": query}


def trace_group(logical_id, props, stack_name, kept):
    require(props, "GroupName")
    name = kept or arn("xray", f"group/{props['GroupName']}/{token(stack_name, logical_id).upper()}")
    return name, {"GroupARN": name}


def trace_policy(_logical_id, props, _stack_name, _kept):
    require(props, "PolicyDocument", "PolicyName")
    return props["PolicyName"], {}


def sampling_rule(_logical_id, props, _stack_name, _kept):
    require(props, "SamplingRule")
    name = arn("xray", f"sampling-rule/{props['SamplingRule'].get('RuleName') or props.get('RuleName')}")
    return name, {"RuleARN": name}


def transaction_search(_logical_id, _props, _stack_name, _kept):
    return get_account_id(), {"AccountId": get_account_id()}
