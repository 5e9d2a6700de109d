"""Makes small cloud assemblies by hand, of the form that the library writes.

    sample_assembly.py sound DIRECTORY    every judge accepts it and the official CLI deploys it without a bootstrap
    sample_assembly.py flawed DIRECTORY   every judge finds something in it

They show that the judges judge. `sound` has a staging stack with the bucket for assets and a main stack whose template
is too big to be sent inline, so it is an asset itself; the Lambda function's code is an asset made by a command.
"""

import hashlib
import json
import pathlib
import sys

BUCKET = "sample-assets-${AWS::AccountId}-${AWS::Region}"
ANYWHERE = "aws://unknown-account/unknown-region"
# Zips a one-line handler and prints the path of the archive, as the CLI wants it.
BUILD_HANDLER = """
import pathlib, tempfile, zipfile
archive = pathlib.Path(tempfile.mkdtemp()) / "handler.zip"
with zipfile.ZipFile(archive, "w") as writer:
    writer.writestr("index.py", "def handler(event, context): return 'ok'")
print(archive)
"""


def resource(path, resource_type, properties, **more):
    return {"Type": resource_type, "Properties": properties, **more, "Metadata": {"aws:cdk:path": path}}


def bucket(path, name):
    return resource(path, "AWS::S3::Bucket", {
        **name,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
        "LifecycleConfiguration": {"Rules": [
            {"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
            {"Id": "parts", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        ]},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True),
        "VersioningConfiguration": {"Status": "Enabled"},
    }, DeletionPolicy="Delete", UpdateReplacePolicy="Delete")


def tls_only(path, name):
    return resource(path, "AWS::S3::BucketPolicy", {"Bucket": {"Ref": name}, "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*",
            "Resource": [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Join": ["", [{"Fn::GetAtt": [name, "Arn"]}, "/*"]]}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }],
    }})


def staging_template():
    return {"Resources": {
        "Assets": bucket("Staging/Assets/Resource", {"BucketName": {"Fn::Sub": BUCKET}}),
        "AssetsPolicy": tls_only("Staging/Assets/Policy/Resource", "Assets"),
    }}


def main_template(code):
    resources = {
        "Role": resource("Main/Role/Resource", "AWS::IAM::Role", {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
            "Policies": [{"PolicyName": "logs", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                 "Resource": {"Fn::GetAtt": ["Logs", "Arn"]}},
                {"Effect": "Allow", "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*"},
            ]}}],
        }),
        "Key": resource("Main/Key/Resource", "AWS::KMS::Key", {"EnableKeyRotation": True, "KeyPolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
                 "Action": "kms:*", "Resource": "*"},
                {"Effect": "Allow", "Principal": {"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}},
                 "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], "Resource": "*"},
                {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "kms:CreateGrant", "Resource": "*", "Condition": {
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "kms:GrantIsForAWSResource": "false"}}},
            ]}}, DeletionPolicy="Delete", UpdateReplacePolicy="Delete"),
        "Logs": resource("Main/Logs/Resource", "AWS::Logs::LogGroup", {
            "RetentionInDays": 400, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
        }, DeletionPolicy="Delete", UpdateReplacePolicy="Delete"),
        "Function": resource("Main/Function/Resource", "AWS::Lambda::Function", {
            "Code": {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": f"{code}.zip"},
            "Handler": "index.handler", "Runtime": "python3.13", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "ReservedConcurrentExecutions": 1, "TracingConfig": {"Mode": "Active"},
            "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
        }),
    }
    # Enough of them to pass the 51,200 bytes that an inline template may have.
    for number in range(160):
        resources[f"Setting{number}"] = resource(f"Main/Setting{number}/Resource", "AWS::SSM::Parameter", {
            "Type": "String", "Value": f"setting {number} " + "of a template that is big " * 8})
    return {
        "Resources": resources,
        "Outputs": {"FunctionName": {"Value": {"Ref": "Function"}}, "LogGroupArn": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}}},
    }


def write(directory, name, content):
    text = json.dumps(content, indent=1) + "\n"
    (directory / name).write_text(text)
    return hashlib.sha256(text.encode()).hexdigest()


def sound(directory):
    directory.mkdir(parents=True, exist_ok=True)
    write(directory, "Staging.template.json", staging_template())
    code = hashlib.sha256(BUILD_HANDLER.encode()).hexdigest()
    template = write(directory, "Main.template.json", main_template(code))

    def destination(key):
        return {"current_account-current_region": {"bucketName": BUCKET, "objectKey": key}}

    write(directory, "Main.assets.json", {"version": "36.0.0", "dockerImages": {}, "files": {
        template: {"displayName": "Main Template", "source": {"path": "Main.template.json", "packaging": "file"},
                   "destinations": destination(f"{template}.json")},
        code: {"displayName": "Main/Function/Code", "source": {"executable": ["python3", "-c", BUILD_HANDLER]},
               "destinations": destination(f"{code}.zip")},
    }})
    write(directory, "tree.json", {"version": "tree-0.1", "tree": {"id": "App", "path": "", "children": {
        name: {"id": name, "path": name} for name in ("Staging", "Main")}}})
    write(directory, "manifest.json", {"version": "36.0.0", "artifacts": {
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        "Staging": {"type": "aws:cloudformation:stack", "environment": ANYWHERE, "displayName": "Staging",
                    "properties": {"templateFile": "Staging.template.json", "stackName": "sample-staging"}},
        "Main.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Main.assets.json"}, "dependencies": ["Staging"]},
        "Main": {"type": "aws:cloudformation:stack", "environment": ANYWHERE, "displayName": "Main",
                 "dependencies": ["Staging", "Main.assets"],
                 "properties": {"templateFile": "Main.template.json", "stackName": "sample-main",
                                "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/{template}.json"}},
    }})


def flawed(directory):
    sound(directory)
    path = directory / "Main.template.json"
    template = json.loads(path.read_text())
    resources = template["Resources"]
    resources["Function"]["Properties"]["Runtime"] = "python9"
    resources["Function"]["DependsOn"] = ["Role"]
    statement = resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    statement[0]["Action"] = ["logs:Put*", "logs:CreateLogStreem"]
    statement.append({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"})
    statement.append({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})
    del resources["Setting0"]["Metadata"]
    for number in range(3):
        resources[f"Open{number}"] = resource(f"Main/Open{number}/Resource", "AWS::S3::Bucket", {})
    path.write_text(json.dumps(template))
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["artifacts"]["Main"]["properties"]["stackTemplateUrl"] = "s3://typo/key"
    manifest["artifacts"]["Main"]["dependencies"].append("Nowhere")
    (directory / "manifest.json").write_text(json.dumps(manifest))


if __name__ == "__main__":
    {"sound": sound, "flawed": flawed}[sys.argv[1]](pathlib.Path(sys.argv[2]))
