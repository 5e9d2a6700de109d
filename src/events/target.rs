//! [`EventTarget`]: where a rule sends events.

use std::time::Duration;

use belvedere_cfn::events::rule;
use belvedere_cfn::{IntoValue, Value};

use crate::lambda::FunctionRef;
use crate::limits::{number, seconds};
use crate::scope::Scope;
use crate::sns::{Publisher, TopicRef};
use crate::sqs::{MessageSource, QueueRef};

/// Where a rule sends events, and what becomes of those that cannot be delivered.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html).
#[derive(Clone, Debug, PartialEq)]
pub struct EventTarget {
    pub(super) destination: Destination,
    input: Option<Input>,
    retry_attempts: Option<u8>,
    max_event_age: Option<Duration>,
    dead_letter_queue: Option<QueueRef>,
    message_group_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Destination {
    Function(FunctionRef),
    Queue(QueueRef),
    Topic(TopicRef),
}

#[derive(Clone, Debug, PartialEq)]
enum Input {
    Text(Value<String>),
    Path(String),
}

impl From<&FunctionRef> for EventTarget {
    fn from(function: &FunctionRef) -> Self {
        Self::function(function)
    }
}

impl From<&QueueRef> for EventTarget {
    fn from(queue: &QueueRef) -> Self {
        Self::queue(queue)
    }
}

impl From<&TopicRef> for EventTarget {
    fn from(topic: &TopicRef) -> Self {
        Self::topic(topic)
    }
}

impl EventTarget {
    /// Invokes a function, which the rule is permitted to.
    #[must_use]
    pub fn function(function: &FunctionRef) -> Self {
        Self::new(Destination::Function(function.clone()))
    }

    /// Sends to a queue, which must be defined with
    /// [`accept_messages_from`](crate::sqs::Queue::accept_messages_from) [`MessageSource::EventRules`]: a queue has one
    /// policy only, so that a rule cannot add to it.
    #[must_use]
    pub fn queue(queue: &QueueRef) -> Self {
        Self::new(Destination::Queue(queue.clone()))
    }

    /// Publishes to a topic, which must be defined with
    /// [`accept_messages_from`](crate::sns::Topic::accept_messages_from) [`Publisher::EventRules`]: a topic has one policy
    /// only, so that a rule cannot add to it.
    #[must_use]
    pub fn topic(topic: &TopicRef) -> Self {
        Self::new(Destination::Topic(topic.clone()))
    }

    const fn new(destination: Destination) -> Self {
        Self {
            destination,
            input: None,
            retry_attempts: None,
            max_event_age: None,
            dead_letter_queue: None,
            message_group_id: None,
        }
    }

    /// Sends this JSON text instead of the event. The whole event by default.
    #[must_use]
    pub fn input(mut self, json: impl IntoValue<String>) -> Self {
        self.input = Some(Input::Text(json.into_value()));
        self
    }

    /// Sends a part of the event, such as `$.detail`. The whole event by default.
    #[must_use]
    pub fn input_path(mut self, path: impl Into<String>) -> Self {
        self.input = Some(Input::Path(path.into()));
        self
    }

    /// How often delivery is tried again: 0 to 185 times. 185 by default.
    #[must_use]
    pub const fn retry_attempts(mut self, attempts: u8) -> Self {
        self.retry_attempts = Some(attempts);
        self
    }

    /// How long delivery of an event is tried: 1 minute to 24 hours. 24 hours by default.
    #[must_use]
    pub const fn max_event_age(mut self, age: Duration) -> Self {
        self.max_event_age = Some(age);
        self
    }

    /// Where events go that could not be delivered: a queue defined with
    /// [`accept_messages_from`](crate::sqs::Queue::accept_messages_from) [`MessageSource::EventRules`]. They are dropped by
    /// default.
    #[must_use]
    pub fn dead_letter_queue(mut self, queue: &QueueRef) -> Self {
        self.dead_letter_queue = Some(queue.clone());
        self
    }

    /// The group that the messages are in order in, 1 to 128 characters: what a FIFO queue wants, and only that.
    #[must_use]
    pub fn message_group_id(mut self, id: impl Into<String>) -> Self {
        self.message_group_id = Some(id.into());
        self
    }

    /// Renders the target, and reports what EventBridge would refuse.
    pub(super) fn render(self, id: String, scope: &mut Scope<'_>) -> rule::Target {
        let fifo = match &self.destination {
            Destination::Queue(queue) => queue.is_fifo(),
            Destination::Function(_) | Destination::Topic(_) => Some(false),
        };
        match (fifo, &self.message_group_id) {
            (Some(true), None) => scope.problem("a FIFO queue wants a message_group_id"),
            (Some(false), Some(group)) => {
                scope.problem(format!("message_group_id is for FIFO queues only, got `{group}`"));
            }
            _ => {}
        }
        let arn: Value<String> = match &self.destination {
            Destination::Function(function) => function.function_arn().cast(),
            Destination::Queue(queue) => {
                accepts_events(queue, "a queue that a rule sends to", scope);
                queue.queue_arn().cast()
            }
            Destination::Topic(topic) => {
                if topic.refuses(Publisher::EventRules) {
                    scope.problem(
                        "a topic that a rule publishes to must be defined with accept_messages_from(Publisher::EventRules)",
                    );
                }
                topic.topic_arn().cast()
            }
        };
        let mut target = rule::Target::new(arn, id);
        match self.input {
            Some(Input::Text(text)) => {
                if let Some(literal) = text.as_str()
                    && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(literal)
                {
                    scope.problem(format!("input must be JSON text, got `{literal}`: {error}"));
                }
                target = target.input(text);
            }
            Some(Input::Path(path)) => {
                if !path.starts_with('$') {
                    scope.problem(format!("input_path starts with `$`, as in `$.detail`, got `{path}`"));
                }
                target = target.input_path(path);
            }
            None => {}
        }
        if self.retry_attempts.is_some() || self.max_event_age.is_some() {
            let mut policy = rule::RetryPolicy::new();
            if let Some(age) = self.max_event_age {
                policy = policy.maximum_event_age_in_seconds(seconds("max_event_age", age, 60, 86_400, scope));
            }
            if let Some(attempts) = self.retry_attempts {
                policy = policy.maximum_retry_attempts(number("retry_attempts", attempts, 0, 185, scope));
            }
            target = target.retry_policy(policy);
        }
        if let Some(queue) = self.dead_letter_queue {
            accepts_events(&queue, "a rule's dead_letter_queue", scope);
            if queue.is_fifo() == Some(true) {
                scope.problem("a rule's dead_letter_queue must be a standard queue, got a FIFO queue");
            }
            target = target.dead_letter_config(rule::DeadLetterConfig::new().arn(queue.queue_arn()));
        }
        if let Some(group) = self.message_group_id {
            if !(1..=128).contains(&group.len()) {
                scope.problem(format!("message_group_id has 1 to 128 characters, got {}", group.len()));
            }
            target = target.sqs_parameters(rule::SqsParameters::new(group));
        }
        target
    }
}

fn accepts_events(queue: &QueueRef, what: &str, scope: &mut Scope<'_>) {
    if queue.refuses(MessageSource::EventRules) {
        scope.problem(format!("{what} must be defined with accept_messages_from(MessageSource::EventRules)"));
    }
}
