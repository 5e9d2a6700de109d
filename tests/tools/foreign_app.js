// An app of the AWS CDK, as its users write them: the assembly counts on a bootstrap stack.
//
//     CDK_OUTDIR=DIRECTORY NODE_PATH=target/tools/npm/node_modules node tests/tools/foreign_app.js [roles|caller]
//
// `roles` has the roles of the bootstrap stack, as is the default; `caller` leaves them out, and has the bucket alone.
// `Large` names its account and region, so that its template has literal names where the others have placeholders.

const fs = require('fs');
const os = require('os');
const path = require('path');
const cdk = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');
const ecs = require('aws-cdk-lib/aws-ecs');
const lambda = require('aws-cdk-lib/aws-lambda');
const s3 = require('aws-cdk-lib/aws-s3');
const ssm = require('aws-cdk-lib/aws-ssm');

const app = new cdk.App({ analyticsReporting: false });
const synthesizer = () => process.argv[2] === 'caller' ? new cdk.CliCredentialsStackSynthesizer() : new cdk.DefaultStackSynthesizer();

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'foreign-app-'));
process.on('exit', () => fs.rmSync(directory, { recursive: true }));
fs.writeFileSync(path.join(directory, 'index.py'), 'def handler(event, context):\n    return {"answer": 42}\n');
const code = () => lambda.Code.fromAsset(directory);

const foundation = new cdk.Stack(app, 'Foundation', { synthesizer: synthesizer(), tags: { team: 'peers' } });
const vpc = new ec2.Vpc(foundation, 'Vpc', { maxAzs: 2, natGateways: 1, restrictDefaultSecurityGroup: false });
const bucket = new s3.Bucket(foundation, 'Documents', {
  encryption: s3.BucketEncryption.S3_MANAGED,
  removalPolicy: cdk.RemovalPolicy.DESTROY,
  versioned: true,
});
new cdk.CfnOutput(foundation, 'BucketName', { value: bucket.bucketName, description: 'where documents are' });

const service = new cdk.Stack(app, 'Service', { synthesizer: synthesizer() });
const task = new ecs.FargateTaskDefinition(service, 'Task', { cpu: 256, memoryLimitMiB: 512 });
task.addContainer('web', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:1.29'),
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'web', logRetention: undefined }),
  portMappings: [{ containerPort: 80 }],
});
const cluster = new ecs.Cluster(service, 'Cluster', { vpc });
new ecs.FargateService(service, 'Web', { cluster, taskDefinition: task, desiredCount: 1, minHealthyPercent: 100 });
const reader = new lambda.Function(service, 'Reader', {
  code: code(),
  environment: { BUCKET: bucket.bucketName },
  handler: 'index.handler',
  memorySize: 256,
  runtime: lambda.Runtime.PYTHON_3_11,
});
bucket.grantRead(reader);
new cdk.CfnOutput(service, 'Function', { value: reader.functionName });

const within = new cdk.NestedStack(service, 'Within');
new lambda.Function(within, 'Helper', { code: code(), handler: 'index.handler', runtime: lambda.Runtime.PYTHON_3_11 });

const large = new cdk.Stack(app, 'Large', {
  env: { account: '123456789012', region: 'eu-central-1' },
  synthesizer: synthesizer(),
});
for (let number = 0; number < 170; number += 1) {
  new ssm.StringParameter(large, `Setting${number}`, {
    parameterName: `/large/${number}`,
    stringValue: `setting ${number} ${'of a template that is large '.repeat(8)}`,
  });
}
new lambda.Function(large, 'Settler', { code: code(), handler: 'index.handler', runtime: lambda.Runtime.PYTHON_3_11 });

app.synth();
