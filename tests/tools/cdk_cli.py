"""Lets the official CDK CLI deploy cloud assemblies to an emulator and looks at the result with AWS's own SDK.

    target/tools/ministack/bin/python tests/tools/cdk_cli.py DIRECTORY...

Each assembly gets an emulator of its own, empty and without a bootstrap stack: ls, synth, diff, deploy (every stack
CREATE_COMPLETE, every resource there), deploy again (no changes), diff (no differences), destroy. The commands run in
the repository's root, where a user runs them, because commands that build assets are found from there.
Exit code: 0 all passed, 1 something failed.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.exceptions

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = pathlib.Path(os.environ.get("BELVEDERE_TOOLS") or ROOT / "target/tools")
CLI = TOOLS / "npm/node_modules/aws-cdk/bin/cdk"
DEFAULT_ACCOUNT, DEFAULT_REGION = "111122223333", "us-east-1"
LIMIT_SECONDS = 900


class Failed(Exception):
    """A step that did not go as it should."""


class Skipped(Exception):
    """A case that cannot be shown here."""


class Emulator:
    """An emulator of its own for one assembly, ended by process id."""

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="cdk-cli-")
        self.log = pathlib.Path(self.scratch.name) / "emulator.log"
        command = [sys.executable, str(HERE / "ministack_plus.py"), "--log", str(self.log)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline().split()
        if len(line) != 3:
            self.__exit__()
            raise Failed("the emulator did not start")
        self.url = line[1]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.scratch.cleanup()


def stack_artifacts(directory):
    """The stacks of an assembly and of the assemblies inside it."""
    manifest = json.loads((directory / "manifest.json").read_text())
    for name, artifact in manifest["artifacts"].items():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            yield {
                "name": properties.get("stackName", name),
                "shown": artifact.get("displayName", name),
                "environment": artifact["environment"],
                "template": json.loads((directory / properties["templateFile"]).read_text()),
            }
        elif artifact["type"] == "cdk:cloud-assembly":
            yield from stack_artifacts(directory / artifact["properties"]["directoryName"])


def environment_of(stacks):
    """The one account that every stack can be in, and a region for the command line."""
    places = [re.fullmatch(r"aws://([^/]+)/(.+)", stack["environment"]).groups() for stack in stacks]
    accounts = {account for account, _ in places if account != "unknown-account"}
    regions = [region for _, region in places if region != "unknown-region"]
    if len(accounts) > 1:
        raise Skipped(f"its stacks are in the accounts {', '.join(sorted(accounts))}, and one run has the credentials of one")
    return accounts.pop() if accounts else DEFAULT_ACCOUNT, regions[0] if regions else DEFAULT_REGION


class Case:
    """One assembly, its emulator and the CLI."""

    def __init__(self, assembly, emulator, stacks, account, region):
        self.stacks, self.region, self.url, self.account = stacks, region, emulator.url, account
        home = pathlib.Path(emulator.scratch.name)
        # The CLI writes locks and archives into an assembly, so it gets a copy.
        self.app = home / "assembly" / assembly.name
        shutil.copytree(assembly, self.app)
        self.environment = {
            # What cargo tells a test of its own package would make the commands that build assets build anew.
            **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_", "CARGO_PKG_", "CARGO_MANIFEST_"))},
            # The emulator takes a 12-digit access key for the account.
            "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": emulator.url, "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_HOME": str(home / "cdk"),
            "CI": "true", "NO_COLOR": "1", "NODE_NO_WARNINGS": "1",
            # Makes the CLI hold manifests to its own schema strictly.
            "TESTING_CDK": "1",
        }

    def cdk(self, *arguments):
        command = ["node", str(CLI), *arguments, "--app", str(self.app), "--no-notices", "--no-version-reporting"]
        try:
            done = subprocess.run(command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"cdk {' '.join(arguments)} took more than {LIMIT_SECONDS} s") from late
        if done.returncode != 0:
            raise Failed(f"cdk {' '.join(arguments)} ended with {done.returncode}:\n{excerpt(done.stdout)}")
        return done.stdout

    def client(self, service, region=None):
        return boto3.client(service, endpoint_url=self.url, region_name=region or self.region,
                            aws_access_key_id=self.account, aws_secret_access_key="none")

    def region_of(self, stack):
        region = stack["environment"].rsplit("/", 1)[-1]
        return self.region if region == "unknown-region" else region

    def described(self, stack):
        try:
            return self.client("cloudformation", self.region_of(stack)).describe_stacks(StackName=stack["name"])["Stacks"][0]
        except botocore.exceptions.ClientError:
            return None

    def expect(self, condition, text):
        if not condition:
            raise Failed(text)

    # The steps, in their order.

    def ls(self):
        listed = self.cdk("ls").splitlines()
        for stack in self.stacks:
            self.expect(any(line.split(" ")[0] == stack["shown"] for line in listed), f"{stack['shown']} is not listed in {listed}")

    def synth(self):
        self.cdk("synth", "--quiet")

    def diff_of_new(self):
        shown = self.cdk("diff", "--all")
        count = sum(len(stack["template"]["Resources"]) for stack in self.stacks)
        added = len(re.findall(r"^\[\+\] (?:AWS|Custom|Alexa)::", shown, re.MULTILINE))
        self.expect(added == count, f"{added} resources shown as new, {count} expected:\n{excerpt(shown)}")

    def deploy(self):
        self.cdk("deploy", "--all", "--require-approval", "never", "--progress", "events")
        self.expect(self.described({"name": "CDKToolkit", "environment": "aws://unknown-account/unknown-region"}) is None,
                    "a bootstrap stack appeared")

    def resources_are_there(self):
        for stack in self.stacks:
            described = self.described(stack)
            self.expect(described is not None, f"{stack['name']} does not exist")
            self.expect(described["StackStatus"] == "CREATE_COMPLETE", f"{stack['name']} is {described['StackStatus']}")
            cloudformation = self.client("cloudformation", self.region_of(stack))
            pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack["name"])
            made = {entry["LogicalResourceId"]: entry for page in pages for entry in page["StackResourceSummaries"]}
            conditional = {key for key, value in stack["template"]["Resources"].items() if "Condition" in value}
            self.expect(set(stack["template"]["Resources"]) - conditional <= set(made),
                        f"{stack['name']} lacks {sorted(set(stack['template']['Resources']) - conditional - set(made))}")
            for logical_id, entry in made.items():
                self.expect(entry["ResourceStatus"] == "CREATE_COMPLETE" and entry.get("PhysicalResourceId"),
                            f"{stack['name']} {logical_id} is {entry['ResourceStatus']}, {entry.get('PhysicalResourceId')}")
            outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])}
            for name, declared in stack["template"].get("Outputs", {}).items():
                self.expect(outputs.get(name) or "Condition" in declared, f"{stack['name']} has no value for its output {name}")
            self.services_see(made, self.region_of(stack))

    def services_see(self, made, region):
        """A look through the services' own eyes, for the types where one call does it."""
        looks = {
            "AWS::S3::Bucket": ("s3", lambda client, name: client.head_bucket(Bucket=name)),
            "AWS::EC2::VPC": ("ec2", lambda client, name: client.describe_vpcs(VpcIds=[name])["Vpcs"][0]),
            "AWS::EC2::NatGateway": ("ec2", lambda client, name: client.describe_nat_gateways(NatGatewayIds=[name])["NatGateways"][0]),
            "AWS::EC2::SecurityGroupIngress": ("ec2", look_for_rule),
            "AWS::EC2::SecurityGroupEgress": ("ec2", look_for_rule),
            "AWS::ECS::Cluster": ("ecs", lambda client, name: client.describe_clusters(clusters=[name])["clusters"][0]),
            "AWS::ElasticLoadBalancingV2::LoadBalancer": (
                "elbv2", lambda client, name: client.describe_load_balancers(LoadBalancerArns=[name])["LoadBalancers"][0]),
            "AWS::IAM::Role": ("iam", lambda client, name: client.get_role(RoleName=name)),
            "AWS::Lambda::Function": ("lambda", lambda client, name: client.get_function(FunctionName=name)),
            "AWS::SecretsManager::Secret": ("secretsmanager", lambda client, name: client.describe_secret(SecretId=name)),
            "AWS::SSM::Parameter": ("ssm", lambda client, name: client.get_parameter(Name=name)),
        }
        for logical_id, entry in made.items():
            if entry["ResourceType"] not in looks:
                continue
            service, look = looks[entry["ResourceType"]]
            try:
                look(self.client(service, region), entry["PhysicalResourceId"])
            except (botocore.exceptions.ClientError, LookupError) as error:
                raise Failed(f"{service} does not see {logical_id} ({entry['PhysicalResourceId']}): {error}") from error

    def deploy_again(self):
        shown = self.cdk("deploy", "--all", "--require-approval", "never", "--progress", "events")
        count = shown.count("(no changes)")
        self.expect(count == len(self.stacks), f"{count} of {len(self.stacks)} stacks without changes:\n{excerpt(shown)}")

    def diff_of_same(self):
        shown = self.cdk("diff", "--all")
        self.expect("Number of stacks with differences: 0" in shown, f"differences after deployment:\n{excerpt(shown)}")

    def destroy(self):
        for stack in self.stacks:
            self.empty_buckets(stack)
        self.cdk("destroy", "--all", "--force")
        for stack in self.stacks:
            self.expect(self.described(stack) is None, f"{stack['name']} is still there")

    def empty_buckets(self, stack):
        """What a user has to do before the deletion of a bucket that is not kept: AWS deletes none that holds objects."""
        kept = {key for key, value in stack["template"]["Resources"].items() if value.get("DeletionPolicy") == "Retain"}
        pages = self.client("cloudformation", self.region_of(stack)).get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=stack["name"]):
            for entry in page["StackResourceSummaries"]:
                if entry["ResourceType"] != "AWS::S3::Bucket" or entry["LogicalResourceId"] in kept:
                    continue
                name = entry["PhysicalResourceId"]
                s3 = self.client("s3", self.region_of(stack))
                listed = s3.list_object_versions(Bucket=name)
                for version in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
                    s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
                for held in s3.list_objects_v2(Bucket=name).get("Contents", []):
                    s3.delete_object(Bucket=name, Key=held["Key"])
                if listed.get("Versions"):
                    print(f"   note   {stack['name']}: emptied {entry['LogicalResourceId']}, which AWS would not delete full")

    STEPS = (ls, synth, diff_of_new, deploy, resources_are_there, deploy_again, diff_of_same, destroy)


def look_for_rule(client, name):
    return client.describe_security_group_rules(SecurityGroupRuleIds=[name])["SecurityGroupRules"][0]


def excerpt(text, lines=40):
    """The lines that tell what went wrong, and the end."""
    every = text.splitlines()
    telling = [line for line in every if re.search(r"FAILED|error|Error|❌", line)][:10]
    return "\n".join([*telling, "…", *every[-lines:]])


def judge(assembly):
    """Runs the steps; gives back how many passed."""
    stacks = list(stack_artifacts(assembly))
    account, region = environment_of(stacks)
    passed = 0
    with Emulator() as emulator:
        case = Case(assembly, emulator, stacks, account, region)
        for step in Case.STEPS:
            started = time.monotonic()
            try:
                step(case)
            except Failed as failure:
                log = emulator.log.read_text()[-2000:] if emulator.log.exists() else ""
                raise Failed(f"{step.__name__}: {failure}\nemulator's log: {log}") from failure
            passed += 1
            print(f"ok      {assembly.name} {step.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
    return passed


def main():
    passed, failed, skipped = 0, 0, 0
    for directory in map(pathlib.Path, sys.argv[1:]):
        assembly = directory.resolve()
        try:
            passed += judge(assembly)
        except Skipped as reason:
            skipped += 1
            print(f"skipped {directory}: {reason}")
        except (Failed, OSError, ValueError, KeyError) as failure:
            failed += 1
            print(f"FAILED  {directory} {failure}")
    with contextlib.suppress(BrokenPipeError):
        print(f"cdk: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
