//! [`Function`]: a program that runs when something happens.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::lambda::{CfnFunction, function};
use belvedere_cfn::{IntoValue, Resource, Value};

use super::code::{Architecture, Code};
use super::environment;
use super::function_ref::FunctionRef;
use super::logging::{LogFormat, Tracing};
use super::runtime::Runtime;
use super::sqs_events::SqsEvents;
use super::vpc_config::{VpcConfig, network_interfaces};
use crate::construct::Construct;
use crate::iam::{Grant, PolicyStatement, Principal, Role};
use crate::kms::KeyRef;
use crate::limits::seconds;
use crate::logs::{LogGroup, LogGroupRef};
use crate::scope::Scope;
use crate::size::Size;
use crate::sqs::QueueRef;

/// How long a function may take when nobody says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// A program that runs when something happens, with a role and a log group of its own.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html).
///
/// The role may write to the function's log group and nothing else, until more is granted. The AWS CDK's may create log
/// groups and write to any of them, and its log group is made after the function, under a name that Lambda would choose;
/// here it is made first, under a name that CloudFormation makes, so that the role can be told which one it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    runtime: Runtime,
    handler: String,
    code: Code,
    function_name: Option<Value<String>>,
    description: Option<String>,
    architecture: Option<Architecture>,
    memory_size: Option<Size>,
    timeout: Option<Duration>,
    environment: BTreeMap<String, Value<String>>,
    environment_encryption: Option<KeyRef>,
    reserved_concurrent_executions: Option<u32>,
    tracing: Option<Tracing>,
    vpc: Option<VpcConfig>,
    logs: Logs,
    log_format: LogFormat,
    dead_letter_queue: Option<QueueRef>,
    ephemeral_storage_size: Option<Size>,
    grants: Vec<PolicyStatement>,
    queues: Vec<(QueueRef, SqsEvents)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Logs {
    Own(LogGroup),
    Existing(LogGroupRef),
}

impl Function {
    /// A function in a language of Lambda's own. The handler is what Lambda calls, such as `index.handler`: the function
    /// `handler` in the file `index`.
    #[must_use]
    pub fn new(runtime: Runtime, handler: impl Into<String>, code: Code) -> Self {
        Self {
            runtime,
            handler: handler.into(),
            code,
            function_name: None,
            description: None,
            architecture: None,
            memory_size: None,
            timeout: None,
            environment: BTreeMap::new(),
            environment_encryption: None,
            reserved_concurrent_executions: None,
            tracing: None,
            vpc: None,
            logs: Logs::Own(LogGroup::new()),
            log_format: LogFormat::Text,
            dead_letter_queue: None,
            ephemeral_storage_size: None,
            grants: Vec::new(),
            queues: Vec::new(),
        }
    }

    /// A program that brings its own runtime, as one in Rust does: an executable called `bootstrap`, on Amazon Linux 2023.
    #[must_use]
    pub fn rust(code: Code) -> Self {
        Self::new(Runtime::PROVIDED_AL2023, "bootstrap", code)
    }

    /// A fixed name: 1 to 64 letters, digits, hyphens and underscores. CloudFormation makes one by default.
    #[must_use]
    pub fn function_name(mut self, name: impl IntoValue<String>) -> Self {
        self.function_name = Some(name.into_value());
        self
    }

    /// Says what the function is for, in at most 256 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The processor. 64-bit Intel and AMD by default.
    #[must_use]
    pub const fn architecture(mut self, architecture: Architecture) -> Self {
        self.architecture = Some(architecture);
        self
    }

    /// The memory, and with it the share of processors: 128 to 10,240 MiB. 128 MiB by default.
    #[must_use]
    pub const fn memory_size(mut self, size: Size) -> Self {
        self.memory_size = Some(size);
        self
    }

    /// How long an invocation may take: 1 s to 15 minutes. 3 s by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets an environment variable: a letter, then letters, digits and underscores; all together at most 4,096 bytes.
    /// None by default. Secrets do not belong here: give the function the permission to read them.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.environment.insert(name.into(), value.into_value());
        self
    }

    /// Encrypts the environment variables with a key of your own. With one that AWS keeps for Lambda, by default.
    #[must_use]
    pub fn environment_encryption(mut self, key: &KeyRef) -> Self {
        self.environment_encryption = Some(key.clone());
        self
    }

    /// How many invocations there can be at a time, kept free for this function; 0 stops it. What the account has left,
    /// by default.
    #[must_use]
    pub const fn reserved_concurrent_executions(mut self, invocations: u32) -> Self {
        self.reserved_concurrent_executions = Some(invocations);
        self
    }

    /// Traces invocations with X-Ray. None are by default.
    #[must_use]
    pub const fn tracing(mut self, tracing: Tracing) -> Self {
        self.tracing = Some(tracing);
        self
    }

    /// Runs the function in a network: `&vpc`, or a [`VpcConfig`] that says more. In none of the account's by default.
    #[must_use]
    pub fn vpc(mut self, vpc: impl Into<VpcConfig>) -> Self {
        self.vpc = Some(vpc.into());
        self
    }

    /// The function's own log group: its retention, key and removal. Two years, and kept, by default.
    #[must_use]
    pub fn logs(mut self, log_group: LogGroup) -> Self {
        self.logs = Logs::Own(log_group);
        self
    }

    /// Writes to a log group that exists. To one of its own by default.
    #[must_use]
    pub fn log_group(mut self, log_group: &LogGroupRef) -> Self {
        self.logs = Logs::Existing(log_group.clone());
        self
    }

    /// How log lines are written. As text by default.
    #[must_use]
    pub const fn log_format(mut self, format: LogFormat) -> Self {
        self.log_format = format;
        self
    }

    /// Where an event goes that was sent without waiting for an answer and failed three times. Nowhere by default.
    #[must_use]
    pub fn dead_letter_queue(mut self, queue: &QueueRef) -> Self {
        self.dead_letter_queue = Some(queue.clone());
        self
    }

    /// The space in `/tmp`: 512 to 10,240 MiB. 512 MiB by default.
    #[must_use]
    pub const fn ephemeral_storage_size(mut self, size: Size) -> Self {
        self.ephemeral_storage_size = Some(size);
        self
    }

    /// Gives the function permissions. By default it may write its logs only.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.grants.extend(grant.into().into_statements());
        self
    }

    /// Runs the function when there are messages in `queue`, and lets it receive and delete them.
    #[must_use]
    pub fn on_messages(mut self, queue: &QueueRef, events: SqsEvents) -> Self {
        self.queues.push((queue.clone(), events));
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.function_name.as_ref().and_then(|name| name.as_str()) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
                scope.problem(format!(
                    "a function's name is 1 to 64 letters, digits, hyphens and underscores, got `{name}`"
                ));
            }
        }
        if let Some(length) = self.description.as_ref().map(|text| text.chars().count()).filter(|length| *length > 256)
        {
            scope.problem(format!("a function's description has at most 256 characters, got {length}"));
        }
        if self.handler.is_empty() || self.handler.len() > 128 || self.handler.contains(char::is_whitespace) {
            scope.problem(format!("a handler is 1 to 128 characters without spaces, got `{}`", self.handler));
        }
        for complaint in environment::complaints(&self.environment) {
            scope.problem(complaint);
        }
    }
}

impl Construct for Function {
    type Ref = FunctionRef;

    fn define(self, scope: &mut Scope<'_>) -> FunctionRef {
        self.report(scope);
        let log_group = match self.logs {
            Logs::Own(definition) => scope.add("LogGroup", definition),
            Logs::Existing(log_group) => log_group,
        };
        let placement = self.vpc.map(|vpc| vpc.define(scope));

        let mut role = Role::new(Principal::service("lambda.amazonaws.com")).grant(log_group.write());
        if placement.is_some() {
            role = role.grant(network_interfaces());
        }
        if let Some(queue) = &self.dead_letter_queue {
            role = role.grant(queue.send_only());
        }
        if self.tracing.is_some() {
            let actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
            role = role.grant(PolicyStatement::allow(actions).on_all_resources());
        }
        for (queue, _) in &self.queues {
            role = role.grant(queue.consume());
        }
        let role = scope.add("ServiceRole", role.grant(Grant::new(self.grants)));

        let code = self.code.render(&self.runtime, &self.handler, self.architecture, scope);
        let logging = function::LoggingConfig::new().log_group(log_group.log_group_name());
        let mut resource = CfnFunction::new(code, role.role_arn())
            .handler(self.handler)
            .logging_config(self.log_format.apply(logging))
            .runtime(self.runtime.into_text());
        if let Some(name) = self.function_name {
            resource = resource.function_name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if let Some(architecture) = self.architecture {
            resource = resource.architectures([architecture.as_str()]);
        }
        if let Some(size) = self.memory_size {
            resource = resource.memory_size(mebibytes("memory_size", size, 128, scope));
        }
        if let Some(timeout) = self.timeout {
            resource = resource.timeout(seconds("timeout", timeout, 1, 900, scope));
        }
        if !self.environment.is_empty() {
            resource = resource.environment(function::Environment::new().variables(self.environment));
        }
        if let Some(key) = &self.environment_encryption {
            resource = resource.kms_key_arn(key.key_arn());
        }
        if let Some(invocations) = self.reserved_concurrent_executions {
            resource = resource.reserved_concurrent_executions(i64::from(invocations));
        }
        if let Some(tracing) = self.tracing {
            resource = resource.tracing_config(tracing.config());
        }
        if let Some(queue) = &self.dead_letter_queue {
            resource = resource.dead_letter_config(function::DeadLetterConfig::new().target_arn(queue.queue_arn()));
        }
        if let Some(size) = self.ephemeral_storage_size {
            let size = mebibytes("ephemeral_storage_size", size, 512, scope);
            resource = resource.ephemeral_storage(function::EphemeralStorage::new(size));
        }
        // Without its permissions the function would fail when it is first run, and in a VPC when it is made.
        if let Some(policy) = role.default_policy() {
            resource = resource.depends_on(policy.target());
        }
        let mut security_groups = Vec::new();
        if let Some(placement) = placement {
            for target in &placement.dependencies {
                resource = resource.depends_on(target);
            }
            resource = resource.vpc_config(placement.properties);
            security_groups = placement.security_groups;
        }
        let resource = scope.add("Resource", resource);
        let reference = FunctionRef {
            function_name: resource.function_name(),
            function_arn: resource.arn(),
            unique_id: scope.unique_id(),
            role: Some(role),
            log_group: Some(log_group),
            security_groups,
            resource: Some(resource),
        };
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        for (queue, events) in self.queues {
            events.define(&queue, &reference.function_name, timeout, scope);
        }
        reference
    }
}

/// Returns a size in MiB, and reports one outside of the range.
fn mebibytes(setting: &str, size: Size, least: u64, scope: &mut Scope<'_>) -> i64 {
    const MOST: u64 = 10_240;
    let given = size.to_mebibytes();
    if !(least..=MOST).contains(&given) {
        scope.problem(format!("{setting} must be {least} to {MOST} MiB, got {given} MiB"));
    }
    i64::try_from(given).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Function;
    use crate::ec2::{Port, SubnetRef, SubnetSelection, VpcAttributes, VpcRef};
    use crate::kms::Key;
    use crate::lambda::{Code, LogFormat, LogLevel, Runtime, Tracing, VpcConfig};
    use crate::logs::{LogGroup, RetentionDays};
    use crate::sqs::Queue;
    use crate::testing::{Match, Template, json};
    use crate::{Size, Stack};

    fn function() -> Function {
        Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline("def handler(event, context): pass"))
    }

    fn vpc() -> VpcRef {
        let subnets = ["subnet-0a", "subnet-0b"].map(SubnetRef::from_id);
        let public = ["subnet-0c"].map(SubnetRef::from_id);
        let attributes = VpcAttributes::new("vpc-0123456789abcdef0", "10.0.0.0/16");
        VpcRef::from_attributes(attributes.private_subnets(subnets).public_subnets(public))
    }

    fn message_of(function: Function) -> String {
        let mut stack = Stack::new("Test");
        stack.add("Function", function);
        Template::from_stack(stack).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_function_writes_to_its_own_log_group_and_may_do_nothing_else() {
        let mut stack = Stack::new("S");
        stack.add("Plain", function());
        let template = Template::from_stack(stack).expect("the stack is sound");
        let found = template.has_resource(
            "AWS::Lambda::Function",
            json!({
                "Properties": {
                    "Handler": "index.handler",
                    "LoggingConfig": { "LogGroup": { "Ref": "PlainLogGroup3CBD58A9" } },
                    "Role": { "Fn::GetAtt": ["PlainServiceRole96160F77", "Arn"] },
                    "Runtime": "python3.13",
                    "VpcConfig": Match::absent(),
                },
                "DependsOn": [Match::string_like("PlainServiceRoleDefaultPolicy*")],
            }),
        );
        assert_eq!(found.logical_id(), "Plain295EB121");
        template.has_resource_properties("AWS::IAM::Role", json!({ "ManagedPolicyArns": Match::absent() }));
        template.has_resource_properties(
            "AWS::IAM::Policy",
            json!({ "PolicyDocument": { "Statement": [{
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Effect": "Allow",
                "Resource": { "Fn::GetAtt": ["PlainLogGroup3CBD58A9", "Arn"] },
            }] } }),
        );
    }

    #[test]
    fn everything_that_can_be_said_is_written() {
        let mut stack = Stack::new("S");
        let failed = stack.add("Dlq", Queue::new());
        let key = stack.add("K", Key::new());
        let definition = function()
            .function_name("orders")
            .description("works")
            .memory_size(Size::mebibytes(256))
            .timeout(Duration::from_secs(10))
            .environment("QUEUE_URL", failed.queue_url())
            .environment_encryption(&key)
            .reserved_concurrent_executions(5)
            .tracing(Tracing::Active)
            .logs(LogGroup::new().retention(RetentionDays::OneWeek))
            .log_format(LogFormat::Json(LogLevel::Warn))
            .dead_letter_queue(&failed)
            .ephemeral_storage_size(Size::gibibytes(1));
        stack.add("Full", definition);
        let template = Template::from_stack(stack).expect("the stack is sound");
        template.has_resource_properties(
            "AWS::Lambda::Function",
            json!({
                "DeadLetterConfig": { "TargetArn": { "Fn::GetAtt": ["DlqD1FAA4AD", "Arn"] } },
                "Description": "works",
                "Environment": { "Variables": { "QUEUE_URL": { "Ref": "DlqD1FAA4AD" } } },
                "EphemeralStorage": { "Size": 1024 },
                "FunctionName": "orders",
                "KmsKeyArn": { "Fn::GetAtt": ["K485CC42E", "Arn"] },
                "LoggingConfig": { "ApplicationLogLevel": "WARN", "LogFormat": "JSON" },
                "MemorySize": 256,
                "ReservedConcurrentExecutions": 5,
                "Timeout": 10,
                "TracingConfig": { "Mode": "Active" },
            }),
        );
        template.has_resource_properties("AWS::Logs::LogGroup", json!({ "RetentionInDays": 7 }));
        template.has_resource_properties(
            "AWS::IAM::Policy",
            json!({ "PolicyDocument": { "Statement": Match::array_with(json!([
                { "Action": "sqs:SendMessage", "Resource": { "Fn::GetAtt": ["DlqD1FAA4AD", "Arn"] } },
                { "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*" },
            ])) } }),
        );
    }

    #[test]
    fn a_function_in_a_network_has_a_security_group_of_its_own() {
        let mut stack = Stack::new("S");
        let worker = stack.add("Full", function().vpc(&vpc()));
        let other = stack.add("Other", function().vpc(&vpc()));
        stack.scope().allow(&worker, &other, Port::tcp(443));
        let template = Template::from_stack(stack).expect("the stack is sound");
        template.has_resource_properties(
            "AWS::EC2::SecurityGroup",
            json!({ "GroupDescription": "Automatic security group for Lambda Function SFullC13BBA60" }),
        );
        template.has_resource_properties(
            "AWS::Lambda::Function",
            json!({ "VpcConfig": {
                "SecurityGroupIds": [{ "Fn::GetAtt": ["FullSecurityGroup5CBE1C31", "GroupId"] }],
                "SubnetIds": ["subnet-0a", "subnet-0b"],
            } }),
        );
        template.resource_count_is("AWS::EC2::SecurityGroupIngress", 1);
        template.has_no_warnings();
    }

    #[test]
    fn a_public_subnet_is_no_way_out() {
        let mut stack = Stack::new("S");
        stack.add("Full", function().vpc(VpcConfig::new(&vpc()).subnets(SubnetSelection::Public)));
        Template::from_stack(stack).expect("the stack is sound").has_warning("*cannot reach the internet*");
    }

    #[test]
    fn rejects_what_lambda_refuses() {
        assert!(message_of(function().timeout(Duration::from_secs(901))).contains("1 to 900 s"));
        assert!(message_of(function().timeout(Duration::ZERO)).contains("1 to 900 s"));
        assert!(message_of(function().memory_size(Size::mebibytes(64))).contains("128 to 10240 MiB, got 64 MiB"));
        assert!(message_of(function().ephemeral_storage_size(Size::mebibytes(1))).contains("512 to 10240 MiB"));
        assert!(message_of(function().function_name("a b")).contains("got `a b`"));
        assert!(
            message_of(function().vpc(VpcConfig::new(&vpc()).subnets(SubnetSelection::Isolated))).contains("subnet")
        );
    }
}
