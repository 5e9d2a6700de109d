//! Who acts on a rule's events.

use std::time::Duration;

use belvedere_cfn::events::rule;
use belvedere_cfn::lambda::CfnPermission;
use belvedere_cfn::{Value, functions};

use super::rule::RuleRef;
use crate::lambda::FunctionRef;
use crate::limits::{number, seconds};
use crate::scope::Scope;
use crate::sns::{Publisher, TopicRef};
use crate::sqs::{MessageSource, QueueRef};

/// Who acts on a rule's events: a [`LambdaTarget`], a [`QueueTarget`] or a [`TopicTarget`].
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTarget {
    receiver: Receiver,
    input: Option<Value<String>>,
    message_group_id: Option<String>,
    delivery: Delivery,
}

#[derive(Clone, Debug, PartialEq)]
enum Receiver {
    Function(FunctionRef),
    Queue(QueueRef),
    Topic(TopicRef),
}

/// How hard EventBridge tries, and what becomes of an event that it could not deliver.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
#[derive(Clone, Debug, Default, PartialEq)]
struct Delivery {
    retry_attempts: Option<u8>,
    max_event_age: Option<Duration>,
    dead_letter_queue: Option<QueueRef>,
}

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident($reference:ty) = $variant:ident, $made:literal;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(RuleTarget);

        impl $name {
            #[doc = $made]
            #[must_use]
            pub fn new(receiver: &$reference) -> Self {
                Self(RuleTarget {
                    receiver: Receiver::$variant(receiver.clone()),
                    input: None,
                    message_group_id: None,
                    delivery: Delivery::default(),
                })
            }

            /// Sends this instead of the event. The event by default.
            #[must_use]
            pub fn input(mut self, input: impl Into<serde_json::Value>) -> Self {
                self.0.input = Some(Value::from(input.into().to_string()));
                self
            }

            /// Sends this, with what is known only at deploy time in it, instead of the event. The event by default.
            #[must_use]
            pub fn input_value(mut self, input: impl Into<belvedere_cfn::Expr>) -> Self {
                self.0.input = Some(functions::to_json_string(input));
                self
            }

            /// How often delivery is tried again: 0 to 185 times. 185 times by default.
            #[must_use]
            pub const fn retry_attempts(mut self, attempts: u8) -> Self {
                self.0.delivery.retry_attempts = Some(attempts);
                self
            }

            /// How old an event may be to be tried again: 1 minute to 24 hours. 24 hours by default.
            #[must_use]
            pub const fn max_event_age(mut self, age: Duration) -> Self {
                self.0.delivery.max_event_age = Some(age);
                self
            }

            /// Where events go that could not be delivered, which is a standard queue that is defined with
            /// [`accept_messages_from`](crate::sqs::Queue::accept_messages_from) [`MessageSource::EventRules`]. Nowhere by
            /// default.
            #[must_use]
            pub fn dead_letter_queue(mut self, queue: &QueueRef) -> Self {
                self.0.delivery.dead_letter_queue = Some(queue.clone());
                self
            }
        }

        impl From<$name> for RuleTarget {
            fn from(target: $name) -> Self {
                target.0
            }
        }

        impl From<&$reference> for RuleTarget {
            fn from(receiver: &$reference) -> Self {
                $name::new(receiver).into()
            }
        }
    )+ };
}

targets! {
    /// A function that runs for each event. The rule is allowed to invoke it.
    LambdaTarget(FunctionRef) = Function, "Invokes a function.";
    /// A queue that events wait in. It is defined with
    /// [`accept_messages_from`](crate::sqs::Queue::accept_messages_from) [`MessageSource::EventRules`].
    QueueTarget(QueueRef) = Queue, "Sends events to a queue.";
    /// A topic that events are published to. It is defined with
    /// [`accept_messages_from`](crate::sns::Topic::accept_messages_from) [`Publisher::EventRules`].
    TopicTarget(TopicRef) = Topic, "Publishes events to a topic.";
}

impl QueueTarget {
    /// Sends all events in one message group, for a FIFO queue.
    #[must_use]
    pub fn message_group_id(mut self, id: impl Into<String>) -> Self {
        self.0.message_group_id = Some(id.into());
        self
    }
}

impl RuleTarget {
    /// Returns the target's entry in the rule, and reports a receiver that would refuse what the rule sends.
    pub(super) fn render(&self, index: usize, scope: &mut Scope<'_>) -> rule::Target {
        let arn: Value<String> = match &self.receiver {
            Receiver::Function(function) => function.function_arn().cast(),
            Receiver::Queue(queue) => {
                if queue.refuses(MessageSource::EventRules) {
                    scope.problem(
                        "the queue refuses what rules send: define it with accept_messages_from(MessageSource::EventRules)",
                    );
                }
                if queue.is_fifo() == Some(true) && self.message_group_id.is_none() {
                    scope.problem("a FIFO queue needs a message_group_id for what rules send");
                }
                queue.queue_arn().cast()
            }
            Receiver::Topic(topic) => {
                if topic.refuses(Publisher::EventRules) {
                    scope.problem(
                        "the topic refuses what rules publish: define it with accept_messages_from(Publisher::EventRules)",
                    );
                }
                topic.topic_arn().cast()
            }
        };
        let mut target = rule::Target::new(arn, format!("Target{index}"));
        if let Some(input) = &self.input {
            target = target.input(input);
        }
        if let Some(id) = &self.message_group_id {
            target = target.sqs_parameters(rule::SqsParameters::new(id));
        }
        let Delivery { retry_attempts, max_event_age, dead_letter_queue } = &self.delivery;
        if retry_attempts.is_some() || max_event_age.is_some() {
            let mut policy = rule::RetryPolicy::new();
            if let Some(age) = max_event_age {
                policy = policy.maximum_event_age_in_seconds(seconds("max_event_age", *age, 60, 86_400, scope));
            }
            if let Some(attempts) = retry_attempts {
                policy = policy.maximum_retry_attempts(number("retry_attempts", *attempts, 0, 185, scope));
            }
            target = target.retry_policy(policy);
        }
        if let Some(queue) = dead_letter_queue {
            if queue.refuses(MessageSource::EventRules) {
                scope.problem(
                    "the dead_letter_queue refuses what rules send: define it with accept_messages_from(MessageSource::EventRules)",
                );
            }
            if queue.is_fifo() == Some(true) {
                scope.problem("the dead_letter_queue of a rule must be a standard queue, got a FIFO queue");
            }
            target = target.dead_letter_config(rule::DeadLetterConfig::new().arn(queue.queue_arn()));
        }
        target
    }

    /// Lets the rule do what the target needs to be told itself.
    #[track_caller]
    pub(super) fn permit(&self, rule: &RuleRef, scope: &mut Scope<'_>) {
        let Receiver::Function(function) = &self.receiver else { return };
        let id = format!("AllowEventRule{}", function.unique_id());
        if scope.has_child(&id) {
            return;
        }
        let permission = CfnPermission::new("lambda:InvokeFunction", function.function_arn(), "events.amazonaws.com")
            .source_arn(rule.rule_arn());
        scope.add(id, permission);
    }
}
