//! [`Queue`]: messages that wait to be processed.

use std::time::Duration;

use belvedere_cfn::sns::CfnSubscription;
use belvedere_cfn::sqs::{CfnQueue, CfnQueuePolicy};
use belvedere_cfn::{IntoValue, Properties, Resource, Value};

use super::message_source::MessageSource;
use super::queue_ref::QueueRef;
use crate::construct::Construct;
use crate::iam::{PolicyDocument, PolicyStatement, Principal};
use crate::kms::KeyRef;
use crate::limits::{number, seconds};
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;
use crate::sns::{SubscriptionOptions, TopicRef};

/// Messages that wait to be processed: encrypted, reached over TLS only, and deleted with their stack, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    fifo: bool,
    queue_name: Option<Value<String>>,
    encryption: QueueEncryption,
    enforce_tls: bool,
    content_based_deduplication: bool,
    visibility_timeout: Option<Duration>,
    retention_period: Option<Duration>,
    delivery_delay: Option<Duration>,
    receive_message_wait_time: Option<Duration>,
    max_message_size: Option<u32>,
    dead_letter_queue: Option<(QueueRef, u16)>,
    sources: Vec<MessageSource>,
    subscriptions: Vec<(TopicRef, SubscriptionOptions)>,
    statements: Vec<PolicyStatement>,
    removal_policy: RemovalPolicy,
}

/// What a queue encrypts its messages with.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum QueueEncryption {
    /// Keys that SQS keeps, at no cost.
    #[default]
    SqsManaged,
    /// The key that AWS keeps for SQS in the account. Other AWS services cannot send with it.
    AwsManaged,
    /// A key of your own. Services that send to the queue need to be allowed to use it, by the key's policy.
    Kms(KeyRef),
}

impl Default for Queue {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    /// A standard queue: at least once, in roughly the order sent.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fifo: false,
            queue_name: None,
            encryption: QueueEncryption::SqsManaged,
            enforce_tls: true,
            content_based_deduplication: false,
            visibility_timeout: None,
            retention_period: None,
            delivery_delay: None,
            receive_message_wait_time: None,
            max_message_size: None,
            dead_letter_queue: None,
            sources: Vec::new(),
            subscriptions: Vec::new(),
            statements: Vec::new(),
            removal_policy: RemovalPolicy::Destroy,
        }
    }

    /// A first-in-first-out queue: exactly once, in order within each message group.
    #[must_use]
    pub fn fifo() -> Self {
        Self { fifo: true, ..Self::new() }
    }

    /// A fixed name: 1 to 80 letters, digits, hyphens and underscores; that of a FIFO queue ends in `.fifo`.
    /// CloudFormation makes one by default.
    #[must_use]
    pub fn queue_name(mut self, name: impl IntoValue<String>) -> Self {
        self.queue_name = Some(name.into_value());
        self
    }

    /// What the messages are encrypted with. SQS's own keys by default.
    #[must_use]
    pub fn encryption(mut self, encryption: QueueEncryption) -> Self {
        self.encryption = encryption;
        self
    }

    /// Whether requests without TLS are refused. They are by default, by a policy of the queue.
    #[must_use]
    pub const fn enforce_tls(mut self, enforce: bool) -> Self {
        self.enforce_tls = enforce;
        self
    }

    /// Whether messages of equal content within five minutes count as one. They do not by default. For FIFO queues.
    #[must_use]
    pub const fn content_based_deduplication(mut self, deduplicate: bool) -> Self {
        self.content_based_deduplication = deduplicate;
        self
    }

    /// How long a received message is hidden from others: 0 s to 12 hours. 30 s by default.
    #[must_use]
    pub const fn visibility_timeout(mut self, timeout: Duration) -> Self {
        self.visibility_timeout = Some(timeout);
        self
    }

    /// How long a message waits before it is dropped: 1 minute to 14 days. Four days by default.
    #[must_use]
    pub const fn retention_period(mut self, period: Duration) -> Self {
        self.retention_period = Some(period);
        self
    }

    /// How long a new message stays hidden: 0 s to 15 minutes. 0 s by default.
    #[must_use]
    pub const fn delivery_delay(mut self, delay: Duration) -> Self {
        self.delivery_delay = Some(delay);
        self
    }

    /// How long a receiver waits for a message before it is told that there is none: 0 to 20 s. 0 s by default.
    #[must_use]
    pub const fn receive_message_wait_time(mut self, wait: Duration) -> Self {
        self.receive_message_wait_time = Some(wait);
        self
    }

    /// The largest message in bytes: 1,024 to 1,048,576. 1,048,576 by default.
    #[must_use]
    pub const fn max_message_size(mut self, bytes: u32) -> Self {
        self.max_message_size = Some(bytes);
        self
    }

    /// Where a message goes that was received `max_receive_count` times (1 to 1,000) and never deleted. Nowhere by default.
    /// A FIFO queue's is a FIFO queue too, and a standard queue's a standard queue.
    #[must_use]
    pub fn dead_letter_queue(mut self, queue: &QueueRef, max_receive_count: u16) -> Self {
        self.dead_letter_queue = Some((queue.clone(), max_receive_count));
        self
    }

    /// Lets a service of the same account send messages to the queue. None may by default.
    #[must_use]
    pub fn accept_messages_from(mut self, source: MessageSource) -> Self {
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        self
    }

    /// Receives what is published to `topic`, and lets the topic send it. Nothing is received by default.
    #[must_use]
    pub fn subscribe_to(mut self, topic: &TopicRef, options: SubscriptionOptions) -> Self {
        self.subscriptions.push((topic.clone(), options));
        self
    }

    /// Adds a statement to the queue's policy. A queue has one policy only, so this is where it is written.
    #[must_use]
    pub fn policy_statement(mut self, statement: PolicyStatement) -> Self {
        self.statements.push(statement);
        self
    }

    /// What becomes of the queue when the stack no longer has it. It is deleted by default.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Some(name) = self.queue_name.as_ref().and_then(|name| name.as_str()) {
            let stem = name.strip_suffix(".fifo").unwrap_or(name);
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if stem.is_empty() || name.len() > 80 || !stem.bytes().all(legal) || self.fifo != name.ends_with(".fifo") {
                scope.problem(format!(
                    "a queue's name is 1 to 80 letters, digits, hyphens and underscores, and ends in `.fifo` for a FIFO \
                     queue only, got `{name}`"
                ));
            }
        }
        if self.encryption == QueueEncryption::AwsManaged
            && (!self.sources.is_empty() || !self.subscriptions.is_empty())
        {
            scope.problem(
                "the key that AWS keeps for SQS cannot be used by services that send to the queue: leave the encryption to \
                 SQS, or use a key of your own",
            );
        }
        if self.content_based_deduplication && !self.fifo {
            scope.problem("content_based_deduplication is for FIFO queues only: use Queue::fifo()");
        }
        if let Some((queue, max_receive_count)) = &self.dead_letter_queue {
            number("max_receive_count of dead_letter_queue", *max_receive_count, 1, 1_000, scope);
            if queue.fifo.is_some_and(|fifo| fifo != self.fifo) {
                let (own, other) = if self.fifo { ("FIFO", "standard") } else { ("standard", "FIFO") };
                scope.problem(format!(
                    "the dead_letter_queue of a {own} queue must be a {own} queue, got a {other} queue"
                ));
            }
        }
    }
}

impl Construct for Queue {
    type Ref = QueueRef;

    fn define(self, scope: &mut Scope<'_>) -> QueueRef {
        self.report(scope);
        let mut resource = CfnQueue::new();
        if self.fifo {
            resource = resource.fifo_queue(true);
        }
        if let Some(name) = self.queue_name {
            resource = resource.queue_name(name);
        }
        if self.content_based_deduplication {
            resource = resource.content_based_deduplication(true);
        }
        let key = match self.encryption {
            QueueEncryption::SqsManaged => {
                resource = resource.sqs_managed_sse_enabled(true);
                None
            }
            QueueEncryption::AwsManaged => {
                resource = resource.kms_master_key_id("alias/aws/sqs");
                None
            }
            QueueEncryption::Kms(key) => {
                resource = resource.kms_master_key_id(key.key_arn());
                Some(key)
            }
        };
        if let Some(timeout) = self.visibility_timeout {
            resource = resource.visibility_timeout(seconds("visibility_timeout", timeout, 0, 43_200, scope));
        }
        if let Some(period) = self.retention_period {
            resource = resource.message_retention_period(seconds("retention_period", period, 60, 1_209_600, scope));
        }
        if let Some(delay) = self.delivery_delay {
            resource = resource.delay_seconds(seconds("delivery_delay", delay, 0, 900, scope));
        }
        if let Some(wait) = self.receive_message_wait_time {
            let wait = seconds("receive_message_wait_time", wait, 0, 20, scope);
            resource = resource.receive_message_wait_time_seconds(wait);
        }
        if let Some(bytes) = self.max_message_size {
            resource = resource.maximum_message_size(number("max_message_size", bytes, 1_024, 1_048_576, scope));
        }
        if let Some((queue, max_receive_count)) = &self.dead_letter_queue {
            let policy = Properties::new()
                .with("deadLetterTargetArn", queue.queue_arn())
                .with("maxReceiveCount", i64::from(*max_receive_count));
            resource = resource.redrive_policy(policy);
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        let mut reference = QueueRef {
            queue_arn: resource.arn(),
            queue_url: resource.queue_url(),
            queue_name: resource.queue_name().cast(),
            unique_id: scope.unique_id(),
            fifo: Some(self.fifo),
            visibility_timeout: Some(self.visibility_timeout.unwrap_or(Duration::from_secs(30))),
            sources: Some(self.sources.clone()),
            key,
            resource: Some(resource),
            policy: None,
        };

        let arn: Value<String> = reference.queue_arn().cast();
        let mut document = PolicyDocument::new();
        if self.enforce_tls {
            document.push(PolicyStatement::deny(["sqs:*"]).principal(Principal::anyone()).on(&arn).when(
                "Bool",
                "aws:SecureTransport",
                "false",
            ));
        }
        for source in self.sources {
            document.push(source.statement(&arn));
        }
        for (topic, _) in &self.subscriptions {
            document.push(
                PolicyStatement::allow(["sqs:SendMessage"])
                    .principal(Principal::service("sns.amazonaws.com"))
                    .on(&arn)
                    .when("ArnEquals", "aws:SourceArn", topic.topic_arn()),
            );
        }
        for statement in self.statements {
            document.push(statement);
        }
        if !document.is_empty() {
            let policy = CfnQueuePolicy::new(document, [reference.queue_url()]);
            reference.policy = Some(scope.scope("Policy").add("Resource", policy));
        }
        for (topic, options) in self.subscriptions {
            let subscription = CfnSubscription::new("sqs", topic.topic_arn()).endpoint(reference.queue_arn());
            let mut subscription = options.apply(subscription, true, scope);
            if let Some(policy) = &reference.policy {
                subscription = subscription.depends_on(policy.target());
            }
            scope.scope(topic.unique_id().to_owned()).add("Resource", subscription);
        }
        reference
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Queue, QueueEncryption};
    use crate::Stack;
    use crate::sns::{SubscriptionOptions, Topic};
    use crate::sqs::{MessageSource, QueueRef};
    use crate::testing::{Match, Template, json};

    #[test]
    fn a_queue_is_encrypted_and_refuses_plain_text() {
        let mut stack = Stack::new("S");
        let queue = stack.add("Queue", Queue::new());
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource(
            "AWS::SQS::Queue",
            json!({ "DeletionPolicy": "Delete", "Properties": { "SqsManagedSseEnabled": true } }),
        );
        assert_eq!(found.logical_id(), "Queue4A7E3555");
        let found = template.has_resource_properties(
            "AWS::SQS::QueuePolicy",
            json!({
                "PolicyDocument": { "Statement": [{
                    "Action": "sqs:*",
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                    "Effect": "Deny",
                    "Resource": queue.queue_arn(),
                }] },
                "Queues": [queue.queue_url()],
            }),
        );
        assert_eq!(found.logical_id(), "QueuePolicy25439813");
    }

    #[test]
    fn a_subscription_lets_its_topic_send_and_waits_for_the_policy() {
        let mut stack = Stack::new("S");
        let topic = stack.add("Topic", Topic::new());
        let options = SubscriptionOptions::new().raw_message_delivery(true);
        let queue = stack.add("Queue", Queue::new().subscribe_to(&topic, options));
        let template = Template::from_stack(stack).expect("valid");
        let found = template.has_resource(
            "AWS::SNS::Subscription",
            json!({
                "DependsOn": ["QueuePolicy25439813"],
                "Properties": { "Endpoint": queue.queue_arn(), "Protocol": "sqs", "RawMessageDelivery": true },
            }),
        );
        assert_eq!(found.logical_id(), "QueueSTopicA6DC6E5712DAD2B2");
        template.has_resource_properties(
            "AWS::SQS::QueuePolicy",
            json!({ "PolicyDocument": { "Statement": Match::array_with(json!([{
                "Action": "sqs:SendMessage",
                "Condition": { "ArnEquals": { "aws:SourceArn": topic.topic_arn() } },
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
            }])) } }),
        );
    }

    #[test]
    fn an_arn_tells_the_url() {
        let queue = QueueRef::from_arn("arn:aws:sqs:eu-central-1:123456789012:orders.fifo");
        assert_eq!(queue.queue_name().as_str(), Some("orders.fifo"));
        assert_eq!(queue.is_fifo(), Some(true));
        assert_eq!(queue.unique_id(), "orders.fifo");
        assert!(!queue.refuses(MessageSource::EventRules));
    }

    #[test]
    fn rejects_what_sqs_would_refuse() {
        let mut stack = Stack::new("S");
        let fifo = stack.add("Fifo", Queue::fifo());
        stack.add("Long", Queue::new().visibility_timeout(Duration::from_secs(43_201)));
        stack.add("Mixed", Queue::new().dead_letter_queue(&fifo, 0));
        stack.add("Name", Queue::new().queue_name("a.fifo"));
        stack.add("Once", Queue::new().content_based_deduplication(true));
        let shared_key = Queue::new().encryption(QueueEncryption::AwsManaged);
        stack.add("Shared", shared_key.accept_messages_from(MessageSource::EventRules));
        let text = Template::from_stack(stack).expect_err("invalid").to_string();
        for part in [
            "S/Long: visibility_timeout must be 0 to 43200 s, in whole seconds, got 43201 s",
            "S/Mixed: max_receive_count of dead_letter_queue must be 1 to 1000, got 0",
            "S/Mixed: the dead_letter_queue of a standard queue must be a standard queue, got a FIFO queue",
            "S/Name: a queue's name is",
            "S/Once: content_based_deduplication is for FIFO queues only",
            "S/Shared: the key that AWS keeps for SQS cannot be used",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
