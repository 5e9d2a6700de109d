//! [`Function`]: a program that runs when something happens.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_cfn::lambda::{CfnFunction, CfnPermission, function};
use belvedere_cfn::sns::CfnSubscription;
use belvedere_cfn::{IntoValue, Resource, Target, Value};

use super::code::Code;
use super::environment;
use super::function_ref::FunctionRef;
use super::runtime::Runtime;
use super::sqs_event_source::SqsEventSource;
use crate::construct::Construct;
use crate::ec2::{Connections, SecurityGroup, SecurityGroupRef, SubnetSelection, SubnetType, VpcRef};
use crate::iam::{Grant, ManagedPolicy, PolicyStatement, Principal, Role};
use crate::kms::KeyRef;
use crate::limits::{number, seconds};
use crate::logs::{LogGroup, LogGroupRef};
use crate::scope::Scope;
use crate::size::Size;
use crate::sns::{SubscriptionOptions, TopicRef};
use crate::sqs::QueueRef;

/// A program that runs when something happens, with a role and a log group of its own.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html).
///
/// The log group has a name that CloudFormation makes, other than in the AWS CDK, which names it after the function. So it
/// is there before the function first runs, and the role may write to it and to no other.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    runtime: Runtime,
    handler: String,
    code: Code,
    function_name: Option<Value<String>>,
    description: Option<String>,
    architecture: Architecture,
    memory_size: Option<Size>,
    ephemeral_storage: Option<Size>,
    timeout: Option<Duration>,
    environment: BTreeMap<String, Value<String>>,
    environment_encryption: Option<KeyRef>,
    reserved_concurrent_executions: Option<u32>,
    tracing: Tracing,
    log_group: FunctionLogs,
    log_format: Option<LogFormat>,
    vpc: Option<(VpcRef, SubnetSelection)>,
    security_groups: Vec<SecurityGroupRef>,
    dead_letter_queue: Option<QueueRef>,
    grants: Grant,
    messages: Vec<(QueueRef, SqsEventSource)>,
    subscriptions: Vec<(TopicRef, SubscriptionOptions)>,
    canary: bool,
}

/// What a function's processor understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Architecture {
    /// 64 bit x86.
    #[default]
    X86_64,
    /// 64 bit Arm, at four fifths of the price.
    Arm64,
}

impl Architecture {
    /// Returns the name that AWS has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// Whether X-Ray traces a function.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracing {
    /// It is not traced by Lambda.
    #[default]
    Disabled,
    /// Traces that reach the function go on, and some requests start one.
    Active,
}

/// How a function's log events look.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// As text.
    Text,
    /// As JSON objects, Lambda's own and those that the runtime writes.
    Json,
}

/// Where a function's log goes: a [`LogGroup`] of its own, or one that is there.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionLogs {
    /// A log group that is defined with the function, under the id `LogGroup`.
    Own(LogGroup),
    /// A log group that was defined before.
    Shared(LogGroupRef),
}

impl From<LogGroup> for FunctionLogs {
    fn from(group: LogGroup) -> Self {
        Self::Own(group)
    }
}

impl From<&LogGroupRef> for FunctionLogs {
    fn from(group: &LogGroupRef) -> Self {
        Self::Shared(group.clone())
    }
}

impl Function {
    /// A function whose `handler` (`index.handler`, `bootstrap`) is called for each event.
    #[must_use]
    pub fn new(runtime: Runtime, handler: impl Into<String>, code: Code) -> Self {
        Self {
            runtime,
            handler: handler.into(),
            code,
            function_name: None,
            description: None,
            architecture: Architecture::X86_64,
            memory_size: None,
            ephemeral_storage: None,
            timeout: None,
            environment: BTreeMap::new(),
            environment_encryption: None,
            reserved_concurrent_executions: None,
            tracing: Tracing::Disabled,
            log_group: FunctionLogs::Own(LogGroup::new()),
            log_format: None,
            vpc: None,
            security_groups: Vec::new(),
            dead_letter_queue: None,
            grants: Grant::default(),
            messages: Vec::new(),
            subscriptions: Vec::new(),
            canary: false,
        }
    }

    /// A function written in Rust, such as `Code::cargo("my-function", "my-function")`: a program that speaks Lambda's
    /// runtime protocol itself.
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

    /// What the processor understands. [`Architecture::X86_64`] by default.
    #[must_use]
    pub const fn architecture(mut self, architecture: Architecture) -> Self {
        self.architecture = architecture;
        self
    }

    /// How much memory there is, and a share of processors by it: 128 to 10,240 MiB. 128 MiB by default.
    #[must_use]
    pub const fn memory_size(mut self, size: Size) -> Self {
        self.memory_size = Some(size);
        self
    }

    /// How much room there is in `/tmp`: 512 to 10,240 MiB. 512 MiB by default.
    #[must_use]
    pub const fn ephemeral_storage(mut self, size: Size) -> Self {
        self.ephemeral_storage = Some(size);
        self
    }

    /// How long the function may run: 1 s to 15 minutes. 3 s by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets an environment variable; all of them have at most 4 KiB. None by default.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.environment.insert(name.into(), value.into_value());
        self
    }

    /// Encrypts the environment variables by a key of your own. By a key that Lambda keeps, by default.
    #[must_use]
    pub fn environment_encryption(mut self, key: &KeyRef) -> Self {
        self.environment_encryption = Some(key.clone());
        self
    }

    /// How often the function can run at the same time, which is taken from what the account has. Whatever the account
    /// has left by default.
    #[must_use]
    pub const fn reserved_concurrent_executions(mut self, executions: u32) -> Self {
        self.reserved_concurrent_executions = Some(executions);
        self
    }

    /// Whether X-Ray traces the function. It does not by default.
    #[must_use]
    pub const fn tracing(mut self, tracing: Tracing) -> Self {
        self.tracing = tracing;
        self
    }

    /// Where the log goes. To a [`LogGroup`] of its own by default.
    #[must_use]
    pub fn log_group(mut self, group: impl Into<FunctionLogs>) -> Self {
        self.log_group = group.into();
        self
    }

    /// How log events look. Text by default.
    #[must_use]
    pub const fn log_format(mut self, format: LogFormat) -> Self {
        self.log_format = Some(format);
        self
    }

    /// Connects the function to subnets of a VPC, which must not be public: a function has no address there that the
    /// internet answers to. To no VPC by default.
    #[must_use]
    pub fn vpc(mut self, vpc: &VpcRef, subnets: SubnetSelection) -> Self {
        self.vpc = Some((vpc.clone(), subnets));
        self
    }

    /// Adds a security group, instead of the function's own. By default it has one of its own in its VPC, which lets
    /// everything out.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }

    /// Where events go that the function failed to process three times, of those that nobody waits for the answer to.
    /// Nowhere by default.
    #[must_use]
    pub fn dead_letter_queue(mut self, queue: &QueueRef) -> Self {
        self.dead_letter_queue = Some(queue.clone());
        self
    }

    /// Gives the function's role permissions. By default it may write the log, and what the function's other settings need.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.grants = self.grants.and(grant.into());
        self
    }

    /// Runs for the messages of a queue, which hides them for at least as long as the function may run. For none by default.
    #[must_use]
    pub fn on_messages(mut self, queue: &QueueRef, source: SqsEventSource) -> Self {
        self.messages.push((queue.clone(), source));
        self
    }

    /// Runs for what is published to a topic. For nothing by default.
    #[must_use]
    pub fn subscribe_to(mut self, topic: &TopicRef, options: SubscriptionOptions) -> Self {
        self.subscriptions.push((topic.clone(), options));
        self
    }

    /// Says that the function tries out what the stack has: it fails where that does not work. `belvedere deploy --smoke`
    /// invokes it, and `--pause-canary` stops its rules during an update. An answer may list `checks`, each with the
    /// members `check` (its name), `request`, `durationMs` and `misses`, as the flagship's does. No canary by default.
    #[must_use]
    pub const fn canary(mut self) -> Self {
        self.canary = true;
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
        if let Some(description) = &self.description
            && description.chars().count() > 256
        {
            let characters = description.chars().count();
            scope.problem(format!("a function's description has at most 256 characters, got {characters}"));
        }
        if self.handler.is_empty() || self.handler.len() > 128 || self.handler.contains(char::is_whitespace) {
            scope.problem(format!("a handler has 1 to 128 characters and no spaces, got `{}`", self.handler));
        }
        environment::report(&self.environment, scope);
        if self.vpc.is_none() && !self.security_groups.is_empty() {
            scope.problem("a function that is in no VPC has no security groups: add vpc(..), or leave them out");
        }
        let timeout = self.timeout.unwrap_or(Duration::from_secs(3));
        for (queue, _) in &self.messages {
            if let Some(hidden) = queue.visibility_timeout()
                && hidden < timeout
            {
                scope.problem(format!(
                    "the visibility_timeout of the queue must be at least the function's timeout of {} s, got {} s",
                    timeout.as_secs(),
                    hidden.as_secs()
                ));
            }
        }
    }

    /// Puts together what the role may do.
    fn permissions(&self, log_group: &LogGroupRef) -> Grant {
        let mut grant = log_group.write();
        if let Some(queue) = &self.dead_letter_queue {
            grant = grant.and(queue.send_only());
        }
        if self.tracing == Tracing::Active {
            // X-Ray knows no resources that these could be limited to.
            let actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
            grant = grant.and(PolicyStatement::allow(actions).on_all_resources().into());
        }
        if let Some(key) = &self.environment_encryption {
            grant = grant.and(key.decrypt());
        }
        for (queue, _) in &self.messages {
            grant = grant.and(queue.consume());
        }
        grant.and(self.grants.clone())
    }

    /// Defines what connects the function to its VPC, if it is to be in one.
    fn connect(&self, scope: &mut Scope<'_>) -> Option<Network> {
        let (vpc, selection) = self.vpc.as_ref()?;
        let subnets = vpc.select(selection);
        if subnets.is_empty() {
            scope.problem("the VPC has no subnets of the kind that the function is to be in");
        }
        if subnets.iter().any(|subnet| subnet.subnet_type() == Some(SubnetType::Public)) {
            scope.problem(
                "a function in a public subnet cannot reach the internet: use SubnetSelection::PrivateWithEgress, or Isolated",
            );
        }
        let security_groups = if self.security_groups.is_empty() {
            // The AWS CDK's description, since another would replace the group.
            let description = format!("Automatic security group for Lambda Function {}", scope.unique_id());
            vec![scope.add("SecurityGroup", SecurityGroup::new(vpc).description(description))]
        } else {
            self.security_groups.clone()
        };
        let group_ids: Vec<_> = security_groups.iter().map(SecurityGroupRef::security_group_id).collect();
        let subnet_ids: Vec<_> = subnets.iter().map(|subnet| subnet.subnet_id()).collect();
        Some(Network {
            vpc_config: function::VpcConfig::new().security_group_ids(group_ids).subnet_ids(subnet_ids),
            routes: subnets.iter().flat_map(|subnet| subnet.internet_connectivity()).cloned().collect(),
            connections: Connections { security_groups },
        })
    }
}

/// What connects a function to its VPC.
struct Network {
    vpc_config: function::VpcConfig,
    routes: Vec<Target>,
    connections: Connections,
}

impl Construct for Function {
    type Ref = FunctionRef;

    fn define(self, scope: &mut Scope<'_>) -> FunctionRef {
        self.report(scope);
        let log_group = match self.log_group.clone() {
            FunctionLogs::Own(group) => scope.add("LogGroup", group),
            FunctionLogs::Shared(group) => group,
        };
        let mut role = Role::new(Principal::service("lambda.amazonaws.com")).grant(self.permissions(&log_group));
        if self.vpc.is_some() {
            role = role.managed_policy(ManagedPolicy::aws("service-role/AWSLambdaENIManagementAccess"));
        }
        let role = scope.add("ServiceRole", role);

        let network = self.connect(scope);
        let code = self.code.render(&self.runtime, &self.handler, self.architecture, scope);
        let mut logging = function::LoggingConfig::new().log_group(log_group.log_group_name());
        if let Some(format) = self.log_format {
            logging = logging.log_format(match format {
                LogFormat::Text => function::LogFormat::TEXT,
                LogFormat::Json => function::LogFormat::JSON,
            });
        }
        let mut resource = CfnFunction::new(code, role.role_arn())
            .handler(self.handler)
            .logging_config(logging)
            .runtime(self.runtime.into_text());
        if let Some(name) = self.function_name {
            resource = resource.function_name(name);
        }
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if self.architecture != Architecture::X86_64 {
            resource = resource.architectures([self.architecture.name()]);
        }
        if let Some(size) = self.memory_size {
            resource = resource.memory_size(mebibytes("memory_size", size, 128, scope));
        }
        if let Some(size) = self.ephemeral_storage {
            let size = mebibytes("ephemeral_storage", size, 512, scope);
            resource = resource.ephemeral_storage(function::EphemeralStorage::new(size));
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
        if let Some(executions) = self.reserved_concurrent_executions {
            resource = resource.reserved_concurrent_executions(executions);
        }
        if self.tracing == Tracing::Active {
            resource = resource.tracing_config(function::TracingConfig::new().mode(function::Mode::ACTIVE));
        }
        if let Some(queue) = &self.dead_letter_queue {
            resource = resource.dead_letter_config(function::DeadLetterConfig::new().target_arn(queue.queue_arn()));
        }
        let mut connections = Connections::default();
        if let Some(network) = network {
            resource = network.routes.iter().fold(resource.vpc_config(network.vpc_config), Resource::depends_on);
            connections = network.connections;
        }
        // Without it a function can run before its role may do anything. For the role itself it waits anyway.
        if let Some(policy) = role.default_policy() {
            resource = resource.depends_on(policy.target());
        }
        if self.canary {
            resource = resource.metadata("belvedere:canary", true);
        }
        let resource = scope.add("Resource", resource);
        let reference = FunctionRef {
            function_name: resource.function_name(),
            function_arn: resource.arn(),
            unique_id: scope.unique_id(),
            connections,
            role: Some(role),
            log_group: Some(log_group),
            resource: Some(resource),
        };
        for (queue, source) in self.messages {
            source.define(&queue, &reference, scope);
        }
        for (topic, options) in self.subscriptions {
            let permission = CfnPermission::new("lambda:InvokeFunction", reference.function_arn(), "sns.amazonaws.com")
                .source_arn(topic.topic_arn());
            scope.add(format!("AllowInvoke:{}", topic.unique_id()), permission);
            let subscription = CfnSubscription::new("lambda", topic.topic_arn()).endpoint(reference.function_arn());
            let mut below = scope.scope(topic.id().to_owned());
            let subscription = options.apply(subscription, false, &mut below);
            below.add("Resource", subscription);
        }
        reference
    }
}

fn mebibytes(setting: &str, size: Size, least: i64, scope: &mut Scope<'_>) -> i64 {
    let given = i64::try_from(size.to_mebibytes()).unwrap_or(i64::MAX);
    number(&format!("{setting} in MiB"), given, least, 10_240, scope)
}
