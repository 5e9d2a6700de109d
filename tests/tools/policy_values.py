"""Example values for intrinsic functions, so that a linter can read a policy as AWS would after deployment."""

import re

ACCOUNT, REGION = "123456789012", "us-east-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::Region": REGION, "AWS::StackName": "stack",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/stack/1", "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}
# The ARN of each type; `ref` where Ref gives it, and the attributes that give it (Arn unless named).
ARNS = {
    "AWS::APS::Workspace": ("aps", "workspace/{}", "ref"),
    "AWS::AutoScaling::AutoScalingGroup": ("autoscaling", "autoScalingGroup:1:autoScalingGroupName/{}", ""),
    "AWS::CertificateManager::Certificate": ("acm", "certificate/{}", "ref"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:{}", ""),
    "AWS::CodeBuild::Project": ("codebuild", "project/{}", ""),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{}", ""),
    "AWS::ECR::Repository": ("ecr", "repository/{}", ""),
    "AWS::ECS::Cluster": ("ecs", "cluster/{}", ""),
    "AWS::ECS::Service": ("ecs", "service/cluster/{}", "ref ServiceArn"),
    "AWS::ECS::TaskDefinition": ("ecs", "task-definition/{}:1", "ref TaskDefinitionArn"),
    "AWS::EFS::AccessPoint": ("elasticfilesystem", "access-point/{}", ""),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system/{}", ""),
    "AWS::ElasticLoadBalancingV2::Listener": ("elasticloadbalancing", "listener/app/{}/1/1", "ref ListenerArn"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elasticloadbalancing", "loadbalancer/app/{}/1", "ref LoadBalancerArn"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elasticloadbalancing", "targetgroup/{}/1", "ref TargetGroupArn"),
    "AWS::Events::EventBus": ("events", "event-bus/{}", ""),
    "AWS::Events::Rule": ("events", "rule/{}", ""),
    "AWS::IAM::ManagedPolicy": ("iam:", "policy/{}", "ref PolicyArn"),
    "AWS::IAM::OIDCProvider": ("iam:", "oidc-provider/{}", "ref"),
    "AWS::IAM::Role": ("iam:", "role/{}", ""),
    "AWS::KMS::Key": ("kms", "key/{}", ""),
    "AWS::Kinesis::Stream": ("kinesis", "stream/{}", ""),
    "AWS::KinesisFirehose::DeliveryStream": ("firehose", "deliverystream/{}", ""),
    "AWS::Lambda::Function": ("lambda", "function:{}", ""),
    "AWS::Lambda::Version": ("lambda", "function:{}:1", "ref FunctionArn"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{}:*", ""),
    "AWS::RDS::DBInstance": ("rds", "db:{}", "DBInstanceArn"),
    "AWS::S3::Bucket": ("s3::", "{}", ""),
    "AWS::SNS::Topic": ("sns", "{}", "ref TopicArn"),
    "AWS::SQS::Queue": ("sqs", "{}", ""),
    "AWS::Scheduler::Schedule": ("scheduler", "schedule/default/{}", ""),
    "AWS::Scheduler::ScheduleGroup": ("scheduler", "schedule-group/{}", ""),
    "AWS::SecretsManager::Secret": ("secretsmanager", "secret:{}-AbCdEf", "ref Id"),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": ("servicediscovery", "namespace/{}", ""),
    "AWS::ServiceDiscovery::Service": ("servicediscovery", "service/{}", ""),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:{}", "ref"),
    "AWS::XRay::Group": ("xray", "group/default/{}", "ref GroupARN"),
}


def arn(resource_type, logical_id):
    service, form, _ = ARNS[resource_type]
    # One colon after the service leaves out the region, two also the account.
    region = "" if service.endswith(":") else REGION
    account = "" if service.endswith("::") else ACCOUNT
    return f"arn:aws:{service.rstrip(':')}:{region}:{account}:{form.format(logical_id.lower())}"


class Template:
    """A template and what its intrinsic functions could come to."""

    def __init__(self, path, body):
        self.name, self.body, self.unknown = path.name, body, set()

    def resource(self, logical_id):
        return self.body.get("Resources", {}).get(logical_id, {})

    def ref(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        resource_type = self.resource(name).get("Type")
        if resource_type in ARNS and "ref" in ARNS[resource_type][2].split():
            return arn(resource_type, name)
        return name.lower()

    def attribute(self, name, attribute):
        resource_type = self.resource(name).get("Type", "")
        known = ARNS.get(resource_type)
        if known and (attribute == "Arn" or attribute in known[2].split()):
            return arn(resource_type, name)
        if attribute.lower().endswith("arn"):
            self.unknown.add(f"no ARN is known for {resource_type}.{attribute}: add it to policy_values.py")
        return attribute.lower()

    def resolve(self, node, stacks=()):
        if isinstance(node, list):
            values = []
            for item in node:
                value = self.resolve(item, stacks)
                # A list-valued function inside a list is flattened, which gives a linter both branches of Fn::If.
                values.extend(value if isinstance(value, list) and isinstance(item, dict) else [value])
            return [value for value in values if value is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, argument), = node.items()
            if function == "Ref":
                return self.ref(argument)
            if function.startswith("Fn::"):
                return self.function(function, argument, stacks)
        return {key: value for key, item in node.items() if (value := self.resolve(item, stacks)) is not None}

    def function(self, name, argument, stacks):
        if name == "Fn::GetAtt":
            target = argument.split(".", 1) if isinstance(argument, str) else argument
            return self.attribute(*target)
        if name == "Fn::Join":
            return str(argument[0]).join(str(item) for item in self.resolve(argument[1], stacks))
        if name == "Fn::Sub":
            text, bindings = argument if isinstance(argument, list) else (argument, {})
            bindings = self.resolve(bindings, stacks)
            return re.sub(r"\$\{([^}!]+)\}", lambda match: str(self.variable(match[1], bindings)), text)
        if name == "Fn::If":
            branches = [self.resolve(branch, stacks) for branch in argument[1:]]
            return [branch for branch in branches if branch is not None]
        if name == "Fn::Select":
            values = self.resolve(argument[1], stacks)
            return values[int(argument[0])] if isinstance(values, list) and int(argument[0]) < len(values) else "selected"
        if name == "Fn::Split":
            return str(self.resolve(argument[1], stacks)).split(argument[0])
        if name == "Fn::ImportValue":
            return self.elsewhere(stacks, lambda other, output: output.get("Export", {}).get("Name") == argument, argument)
        if name == "Fn::GetStackOutput":
            wanted = argument.get("OutputName") if isinstance(argument, dict) else argument[-1]
            return self.elsewhere(stacks, lambda other, output: other.body["Outputs"].get(wanted) is output, wanted)
        self.unknown.add(f"{name} in a policy is not understood: add it to policy_values.py")
        return name

    def variable(self, name, bindings):
        if name in bindings:
            return bindings[name]
        return self.attribute(*name.split(".", 1)) if "." in name else self.ref(name)

    def elsewhere(self, stacks, is_wanted, label):
        """The value of another stack's output."""
        for other in stacks:
            for output in other.body.get("Outputs", {}).values():
                if is_wanted(other, output):
                    return other.resolve(output["Value"], stacks)
        self.unknown.add(f"no stack of the assembly has the output {label}")
        return "imported"
