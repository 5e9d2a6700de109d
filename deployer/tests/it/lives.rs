//! Two stacks that have all that can be interrupted: one uses an export of the other, a file that is published, and a
//! bucket that is emptied when it goes. A program that is not ours tells what there is of them.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use belvedere_deployer::Assembly;
use serde_json::{Value, json};

use crate::emulator::{Emulator, tool_or_skip};

/// Answers each line: all that there is, or a bucket that now has two versions of an object and a marker.
const JUDGE: &str = "
import boto3, json, sys
cfn, sns, s3 = (boto3.client(name) for name in ('cloudformation', 'sns', 's3'))
s3.create_bucket(Bucket='assets', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
def there():
    stacks = [s for p in cfn.get_paginator('list_stacks').paginate() for s in p['StackSummaries']]
    stacks = [s for s in stacks if s['StackStatus'] != 'DELETE_COMPLETE']
    sets = [c for s in stacks for c in cfn.list_change_sets(StackName=s['StackName'])['Summaries']
            if c['ExecutionStatus'] == 'AVAILABLE']
    topics = [t for p in sns.get_paginator('list_topics').paginate() for t in p['Topics']]
    names = [sns.get_topic_attributes(TopicArn=t['TopicArn'])['Attributes'].get('DisplayName', '') for t in topics]
    return {'stacks': sorted([s['StackName'], s['StackStatus']] for s in stacks), 'changeSets': len(sets),
            'topics': sorted(names),
            'buckets': sorted(b['Name'] for b in s3.list_buckets()['Buckets'] if b['Name'] != 'assets'),
            'assets': sorted(o['Key'] for o in s3.list_objects_v2(Bucket='assets').get('Contents', []))}
def fill(bucket):
    for body in (b'one', b'two'):
        s3.put_object(Bucket=bucket, Key='a', Body=body)
    s3.put_object(Bucket=bucket, Key='b', Body=b'three')
    s3.delete_object(Bucket=bucket, Key='b')
print('ready', flush=True)
for line in sys.stdin:
    bucket = line.strip()
    print(json.dumps(fill(bucket) if bucket else there()), flush=True)
";

/// A program that is not ours, which ends with its standard input.
pub(crate) struct Judge {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Judge {
    /// Starts it, and has it make the bucket that assets go to.
    pub(crate) fn start(emulator: &Emulator) -> Self {
        let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
        let mut process = Command::new(python)
            .args(["-c", JUDGE])
            .envs(emulator.variables())
            .env("AWS_DEFAULT_REGION", "eu-central-1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let (stdin, stdout) = (process.stdin.take(), BufReader::new(process.stdout.take().expect("piped")));
        let mut judge = Self { process, stdin, stdout };
        assert_eq!(judge.line(), "ready\n");
        judge
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it answers");
        line
    }

    fn ask(&mut self, question: &str) -> Value {
        writeln!(self.stdin.as_mut().expect("it runs"), "{question}").expect("it listens");
        serde_json::from_str(&self.line()).expect("JSON")
    }

    /// All that there is.
    pub(crate) fn everything(&mut self) -> Value {
        self.ask("")
    }

    /// Puts objects, versions and a marker into a bucket.
    pub(crate) fn fill(&mut self, bucket: &str) {
        self.ask(bucket);
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        drop(self.stdin.take());
        _ = self.process.wait();
    }
}

/// Writes the assembly of the stacks `{name}Net` and `{name}App` as they are in this version.
pub(crate) fn write(directory: &Path, name: &str, version: u32) -> Assembly {
    let (net, app, key) = (format!("{name}Net"), format!("{name}App"), format!("{name}-{version}.txt"));
    let resource = |stack: &str, path: &str, kind: &str, properties: Value| {
        let metadata = json!({"aws:cdk:path": format!("{stack}/{path}/Resource"), "belvedere:empty-on-delete": true});
        json!({"Type": kind, "Properties": properties, "Metadata": metadata})
    };
    let topic =
        |stack: &str| resource(stack, "Topic", "AWS::SNS::Topic", json!({"DisplayName": format!("{stack}-{version}")}));
    let net_template = json!({
        "Resources": {"Topic": topic(&net)},
        "Outputs": {"Topic": {"Value": {"Ref": "Topic"}, "Export": {"Name": format!("{net}-topic")}}},
    });
    let bucket = json!({"BucketName": bucket(name), "VersioningConfiguration": {"Status": "Enabled"}});
    let imported = json!({"Type": "String", "Name": format!("/{name}/topic"), "Value": {"Fn::ImportValue": format!("{net}-topic")}});
    let app_template = json!({"Resources": {
        "Topic": topic(&app),
        "Bucket": resource(&app, "Bucket", "AWS::S3::Bucket", bucket),
        "Imported": resource(&app, "Imported", "AWS::SSM::Parameter", imported),
    }});
    let destination = json!({"bucketName": "assets", "objectKey": key});
    let source = json!({"path": "asset.txt", "packaging": "file"});
    let file = json!({"displayName": "File", "source": source, "destinations": {"here": destination}});
    let stack = |file: &str, dependencies: &[&str]| {
        json!({
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": file},
            "dependencies": dependencies,
        })
    };
    let assets = json!({"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}});
    let manifest = json!({"version": "36.0.0", "artifacts": {
        (net.as_str()): stack("net.json", &[]),
        (app.as_str()): stack("app.json", &[&net, "Assets"]),
        "Assets": assets,
    }});
    let files = json!({"version": "36.0.0", "files": {(key.as_str()): file}});
    for (file, value) in
        [("net.json", net_template), ("app.json", app_template), ("assets.json", files), ("manifest.json", manifest)]
    {
        fs::write(directory.join(file), value.to_string()).expect("written");
    }
    fs::write(directory.join("asset.txt"), &key).expect("written");
    Assembly::read(directory).expect("the assembly is sound")
}

/// The bucket of the stack `{name}App`.
pub(crate) fn bucket(name: &str) -> String {
    format!("documents-of-{}", name.to_lowercase())
}
