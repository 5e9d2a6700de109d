// Prints the logical ids that the AWS CDK gives: one stack with the constructs that Belvedere has too, under its
// recommended feature flags, as {path, type, logical_id}. `cdk`'s own ids for the same paths must be Belvedere's.
//
//   NODE_PATH=target/tools/npm/node_modules node tests/ids/vectors.js > tests/ids/vectors.json
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {
  App, CfnCondition, CfnElement, CfnMapping, CfnOutput, CfnParameter, CfnResource, Duration, Fn, LegacyStackSynthesizer,
  RemovalPolicy, Stack, Tags,
  aws_applicationautoscaling: scaling, aws_aps: aps, aws_cloudwatch: cloudwatch, aws_cloudwatch_actions: actions,
  aws_dynamodb: dynamodb, aws_ec2: ec2, aws_ecr: ecr, aws_ecs: ecs, aws_efs: efs, aws_elasticloadbalancingv2: elbv2,
  aws_events: events, aws_events_targets: targets, aws_grafana: grafana, aws_iam: iam, aws_kms: kms, aws_lambda: lambda,
  aws_lambda_destinations: destinations, aws_lambda_event_sources: sources, aws_logs: logs,
  aws_logs_destinations: logDestinations, aws_route53: route53, aws_route53_targets: aliases, aws_s3: s3,
  aws_scheduler: scheduler, aws_scheduler_targets: scheduleTargets, aws_secretsmanager: secrets,
  aws_servicediscovery: discovery, aws_sns: sns, aws_sns_subscriptions: subscriptions, aws_sqs: sqs, aws_ssm: ssm,
} = require('aws-cdk-lib');
const { Construct } = require('constructs');
// Ids do not depend on what is wrong with the rest.
process.env.CDK_VALIDATION = 'false';
const flags = require('aws-cdk-lib/recommended-feature-flags.json');

/** Networks with every kind of subnet, endpoints, flow logs. */
function network(stack) {
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 1,
    // Belvedere has no custom resource for it.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'Public', subnetType: ec2.SubnetType.PUBLIC },
      { name: 'Private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      { name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    ],
    flowLogs: { FlowLog: {} },
  });
  vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
  vpc.addGatewayEndpoint('Dynamo', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
  vpc.addInterfaceEndpoint('Logs', { service: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS });
  vpc.addInterfaceEndpoint('EcrDocker', { service: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER });
  vpc.addFlowLog('Rejects', { trafficType: ec2.FlowLogTrafficType.REJECT });

  // Without any NAT, and with two, the ids of routes differ.
  new ec2.Vpc(stack, 'Quiet', {
    maxAzs: 2, natGateways: 0, restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC }, { name: 'data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  new ec2.Vpc(stack, 'Twice', { maxAzs: 2, natGateways: 2, restrictDefaultSecurityGroup: false });

  const group = new ec2.SecurityGroup(stack, 'Group', { vpc, allowAllOutbound: false, description: 'a group' });
  group.addIngressRule(ec2.Peer.ipv4('10.0.0.0/8'), ec2.Port.tcp(443), 'from within');
  const peer = new ec2.SecurityGroup(stack, 'Peer', { vpc });
  group.connections.allowFrom(peer, ec2.Port.tcp(5432));
  group.connections.allowTo(peer, ec2.Port.tcpRange(8000, 8100));
  group.connections.allowInternally(ec2.Port.udp(53));
  const image = { getImage: () => ({ imageId: 'ami-0123456789abcdef0', osType: ec2.OperatingSystemType.LINUX, userData: ec2.UserData.forLinux() }) };
  new ec2.Instance(stack, 'Instance', {
    vpc, instanceType: new ec2.InstanceType('t3.small'), machineImage: image,
  });
  return { vpc, group };
}

/** A service behind a load balancer, with storage and scaling. */
function service(stack, { vpc, group }, { bucket, table, secret, parameter, key, topic }) {
  const cluster = new ecs.Cluster(stack, 'Cluster', {
    vpc,
    containerInsightsV2: ecs.ContainerInsights.ENHANCED,
    defaultCloudMapNamespace: { name: 'internal.example' },
    enableFargateCapacityProviders: true,
  });
  const files = new efs.FileSystem(stack, 'Files', { vpc, encrypted: true });
  const access = files.addAccessPoint('Access', { path: '/data', createAcl: { ownerUid: '1000', ownerGid: '1000', permissions: '750' } });
  files.grantReadWrite(new iam.Role(stack, 'FilesRole', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }));

  const task = new ecs.FargateTaskDefinition(stack, 'Task', {
    cpu: 512, memoryLimitMiB: 1024,
    volumes: [{
      name: 'data',
      efsVolumeConfiguration: { fileSystemId: files.fileSystemId, transitEncryption: 'ENABLED', authorizationConfig: { accessPointId: access.accessPointId, iam: 'ENABLED' } },
    }],
  });
  const container = task.addContainer('app', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:1.36'),
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'app' }),
    secrets: { PASSWORD: ecs.Secret.fromSecretsManager(secret), SETTING: ecs.Secret.fromSsmParameter(parameter) },
    portMappings: [{ containerPort: 8080 }],
  });
  container.addMountPoints({ containerPath: '/data', sourceVolume: 'data', readOnly: false });
  task.addContainer('side', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:1.36'),
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'side', logGroup: new logs.LogGroup(stack, 'SideLogs', { retention: logs.RetentionDays.ONE_MONTH }) }),
  });
  bucket.grantReadWrite(task.taskRole);
  table.grantReadData(task.taskRole);
  key.grantDecrypt(task.taskRole);
  topic.grantPublish(task.taskRole);

  const service = new ecs.FargateService(stack, 'Service', {
    cluster, taskDefinition: task, desiredCount: 2, minHealthyPercent: 100, circuitBreaker: { rollback: true },
    cloudMapOptions: { name: 'app' },
  });
  service.connections.allowTo(files, ec2.Port.tcp(2049));
  const scale = service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 });
  scale.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 });
  scale.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 70 });
  scale.scaleOnSchedule('Night', { schedule: scaling.Schedule.cron({ hour: '22', minute: '0' }), maxCapacity: 2 });

  const balancer = new elbv2.ApplicationLoadBalancer(stack, 'Balancer', { vpc, internetFacing: true });
  const listener = balancer.addListener('Http', { port: 80 });
  listener.addTargets('App', { port: 8080, protocol: elbv2.ApplicationProtocol.HTTP, targets: [service], healthCheck: { path: '/health' } });
  listener.addTargets('Api', {
    port: 8080, protocol: elbv2.ApplicationProtocol.HTTP, priority: 10,
    conditions: [elbv2.ListenerCondition.pathPatterns(['/api/*'])],
    targets: [service.loadBalancerTarget({ containerName: 'app', containerPort: 8080 })],
  });
  listener.addAction('Fixed', {
    priority: 20, conditions: [elbv2.ListenerCondition.hostHeaders(['old.example.com'])], action: elbv2.ListenerAction.fixedResponse(410),
  });
  balancer.addRedirect({ sourcePort: 8081, targetPort: 80, sourceProtocol: elbv2.ApplicationProtocol.HTTP, targetProtocol: elbv2.ApplicationProtocol.HTTP });
  const standalone = new elbv2.ApplicationTargetGroup(stack, 'Standalone', { vpc, port: 9090, protocol: elbv2.ApplicationProtocol.HTTP, targetType: elbv2.TargetType.IP });
  new elbv2.ApplicationListenerRule(stack, 'Rule', {
    listener, priority: 30, conditions: [elbv2.ListenerCondition.pathPatterns(['/metrics'])], action: elbv2.ListenerAction.forward([standalone]),
  });
  const internal = new elbv2.ApplicationLoadBalancer(stack, 'Internal', { vpc, internetFacing: false, securityGroup: group });
  internal.addListener('Http', { port: 3100, protocol: elbv2.ApplicationProtocol.HTTP, defaultTargetGroups: [standalone], open: false });

  // The deployed defaults: no scaling, no balancer, an own security group.
  new ecs.FargateService(stack, 'Plain', {
    cluster, taskDefinition: new ecs.FargateTaskDefinition(stack, 'PlainTask').addContainer('only', {
      image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:1.36'),
    }).taskDefinition,
    securityGroups: [group], minHealthyPercent: 100,
  });
  const namespace = new discovery.PrivateDnsNamespace(stack, 'Namespace', { vpc, name: 'other.example' });
  namespace.createService('Discovered', { name: 'found' });
  const zone = new route53.PrivateHostedZone(stack, 'Zone', { vpc, zoneName: 'zone.example' });
  new route53.ARecord(stack, 'Alias', { zone, target: route53.RecordTarget.fromAlias(new aliases.LoadBalancerTarget(balancer)) });
  return { service, balancer };
}

/** Storage, messages, keys. */
function storage(stack) {
  const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  key.addAlias('alias/ids');
  new kms.Alias(stack, 'Alias2', { aliasName: 'alias/other', targetKey: key });
  const bucket = new s3.Bucket(stack, 'Bucket', { enforceSSL: true, versioned: true, encryption: s3.BucketEncryption.S3_MANAGED });
  new s3.Bucket(stack, 'Encrypted', { encryption: s3.BucketEncryption.KMS });
  const table = new dynamodb.Table(stack, 'Table', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } });
  const secret = new secrets.Secret(stack, 'Secret');
  const parameter = new ssm.StringParameter(stack, 'Parameter', { stringValue: 'value' });
  const dead = new sqs.Queue(stack, 'Dead', { enforceSSL: true });
  const queue = new sqs.Queue(stack, 'Queue', { deadLetterQueue: { queue: dead, maxReceiveCount: 3 } });
  const topic = new sns.Topic(stack, 'Topic', { enforceSSL: true });
  topic.addSubscription(new subscriptions.EmailSubscription('ops@example.com'));
  topic.addSubscription(new subscriptions.SqsSubscription(queue));
  new ecr.Repository(stack, 'Repository');
  return { key, bucket, table, secret, parameter, queue, topic };
}

/** Functions, rules, schedules, alarms. */
function functions(stack, { vpc }, { bucket, table, queue, topic, key }) {
  const fn = new lambda.Function(stack, 'Function', {
    runtime: lambda.Runtime.PYTHON_3_13, handler: 'index.handler', code: lambda.Code.fromInline('def handler(event, context): pass'),
    logGroup: new logs.LogGroup(stack, 'FunctionLogs', { retention: logs.RetentionDays.ONE_WEEK }),
    deadLetterQueue: queue, tracing: lambda.Tracing.ACTIVE, onFailure: new destinations.SnsDestination(topic),
  });
  bucket.grantRead(fn);
  table.grantReadWriteData(fn);
  fn.addEventSource(new sources.SqsEventSource(new sqs.Queue(stack, 'Work')));
  fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
  new lambda.Alias(stack, 'Live', { aliasName: 'live', version: new lambda.Version(stack, 'Version', { lambda: fn }) });
  new lambda.Function(stack, 'InVpc', {
    runtime: lambda.Runtime.PYTHON_3_13, handler: 'index.handler', code: lambda.Code.fromInline('def handler(event, context): pass'), vpc,
    environmentEncryption: key,
  });
  new lambda.Function(stack, 'Bare', { runtime: lambda.Runtime.PROVIDED_AL2023, handler: 'bootstrap', code: lambda.Code.fromBucket(bucket, 'code.zip') });

  new events.Rule(stack, 'EveryMinute', { schedule: events.Schedule.rate(Duration.minutes(1)), targets: [new targets.LambdaFunction(fn)] });
  new events.Rule(stack, 'Pattern', { eventPattern: { source: ['aws.ecs'] }, targets: [new targets.SnsTopic(topic)] });
  new scheduler.Schedule(stack, 'Schedule', {
    schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)), target: new scheduleTargets.LambdaInvoke(fn, {}),
  });
  new scheduler.ScheduleGroup(stack, 'ScheduleGroup');

  const group = new logs.LogGroup(stack, 'Logs', { encryptionKey: key, retention: logs.RetentionDays.ONE_YEAR });
  new logs.MetricFilter(stack, 'Errors', { logGroup: group, filterPattern: logs.FilterPattern.literal('ERROR'), metricNamespace: 'ids', metricName: 'errors' });
  group.addSubscriptionFilter('Forward', { destination: new logDestinations.LambdaDestination(fn), filterPattern: logs.FilterPattern.allEvents() });
  new logs.LogStream(stack, 'Stream', { logGroup: group });
  const alarm = fn.metricErrors().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
  alarm.addAlarmAction(new actions.SnsAction(topic));
  new cloudwatch.CompositeAlarm(stack, 'Composite', { alarmRule: cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM) });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [[new cloudwatch.TextWidget({ markdown: 'text' })]] });
}

/** Roles and what hangs on them. */
function identities(stack, { bucket }) {
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] }));
  new iam.ManagedPolicy(stack, 'Managed', { statements: [new iam.PolicyStatement({ actions: ['sts:GetCallerIdentity'], resources: ['*'] })], roles: [role] });
  new iam.Policy(stack, 'Policy', { statements: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('*')] })], roles: [role] });
  new iam.InstanceProfile(stack, 'Profile', { role });
  const user = new iam.User(stack, 'User');
  bucket.grantRead(user);
  new iam.Group(stack, 'People');
}

/** The edges of the algorithm itself. */
function edges(stack) {
  const topic = (scope, id) => new sns.CfnTopic(scope, id);
  topic(stack, 'Simple');
  topic(stack, 'Resource');
  topic(stack, 'with.dots-and_underscores');
  topic(stack, 'Ünïcode');
  topic(stack, '1Digits');
  const outer = new Construct(stack, 'Outer');
  topic(outer, 'Default');
  topic(new Construct(stack, 'Outer2'), 'Resource');
  topic(outer, 'Inner');
  const same = new Construct(new Construct(new Construct(stack, 'Same'), 'Same'), 'Other');
  topic(same, 'Same');
  topic(same, 'Other');
  const hidden = new Construct(new Construct(stack, 'Hides'), 'Resource');
  topic(hidden, 'Name');
  topic(hidden, 'Resource');
  let deep = stack;
  for (let level = 1; level <= 12; level += 1) deep = new Construct(deep, `AConstructWithALongNameAtLevel${level}`);
  topic(deep, 'Topic');
  topic(stack, 'L'.repeat(255));
  topic(new Construct(stack, 'M'.repeat(200)), 'N'.repeat(100));
  topic(new Construct(stack, 'Dashed-Scope'), 'dashed-id');
  topic(new Construct(stack, 'Doubled'), 'NameDoubled');
  topic(new Construct(stack, 'NameEnds'), 'Ends');
  new CfnParameter(stack, 'Input');
  new CfnParameter(outer, 'Input');
  new CfnCondition(stack, 'IsSomething', { expression: Fn.conditionEquals('a', 'b') });
  new CfnMapping(stack, 'Lookup', { mapping: { a: { b: 'c' } } });
  new CfnResource(stack, 'Untyped', { type: 'AWS::CloudFormation::WaitConditionHandle' });
  new aps.CfnWorkspace(stack, 'Metrics');
  new grafana.CfnWorkspace(stack, 'Grafana', { accountAccessType: 'CURRENT_ACCOUNT', authenticationProviders: ['AWS_SSO'], permissionType: 'SERVICE_MANAGED' });
  new CfnOutput(stack, 'Answer', { value: '42' });
  new CfnOutput(outer, 'Answer', { value: '42' });
}

function vectors() {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'ids-'));
  const app = new App({ context: flags, outdir, analyticsReporting: false, treeMetadata: false });
  const stack = new Stack(app, 'Ids', { synthesizer: new LegacyStackSynthesizer() });
  const places = network(stack);
  const stores = storage(stack);
  service(stack, places, stores);
  functions(stack, places, stores);
  identities(stack, stores);
  edges(stack);
  const template = JSON.parse(fs.readFileSync(app.synth().getStackByName('Ids').templateFullPath, 'utf8'));
  fs.rmSync(outdir, { recursive: true });

  const kinds = [[CfnOutput, 'Output'], [CfnParameter, 'Parameter'], [CfnCondition, 'Condition'], [CfnMapping, 'Mapping']];
  const table = stack.node.findAll().filter(CfnElement.isCfnElement).map((element) => ({
    path: element.node.path,
    type: CfnResource.isCfnResource(element) ? element.cfnResourceType : kinds.find(([kind]) => element instanceof kind)?.[1],
    logical_id: stack.resolve(element.logicalId),
  }));
  const sections = ['Resources', 'Outputs', 'Parameters', 'Conditions', 'Mappings'];
  const written = new Set(sections.flatMap((section) => Object.keys(template[section] ?? {})));
  const listed = table.filter(({ logical_id }) => written.has(logical_id));
  if (listed.length !== written.size) throw new Error(`${written.size} in the template, ${listed.length} in the tree`);
  return listed.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const rows = vectors().map((row) => ` ${JSON.stringify(row)}`);
process.stdout.write(`[\n${rows.join(',\n')}\n]\n`);
