//! [`ScheduleTarget`]: what a schedule calls on.

use std::time::Duration;

use belvedere_cfn::scheduler::schedule;
use belvedere_cfn::{Expr, IntoValue, Value, functions, kind};

use crate::iam::Grant;
use crate::lambda::FunctionRef;
use crate::limits::{number, seconds};
use crate::scope::Scope;
use crate::sqs::QueueRef;

/// What a schedule calls on: a function or a queue.
/// [AWS page](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html).
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleTarget {
    arn: Value<String>,
    grant: Grant,
    message_group_id: Option<String>,
    needs_message_group: bool,
    input: Option<Value<String>>,
    retry_attempts: Option<u8>,
    max_event_age: Option<Duration>,
    dead_letter_queue: Option<QueueRef>,
}

impl ScheduleTarget {
    const fn new(arn: Value<String>, grant: Grant) -> Self {
        Self {
            arn,
            grant,
            message_group_id: None,
            needs_message_group: false,
            input: None,
            retry_attempts: None,
            max_event_age: None,
            dead_letter_queue: None,
        }
    }

    /// Invokes a function.
    #[must_use]
    pub fn function(function: &FunctionRef) -> Self {
        Self::new(function.function_arn().cast(), function.invoke())
    }

    /// Sends a message to a queue.
    #[must_use]
    pub fn queue(queue: &QueueRef) -> Self {
        let target = Self::new(queue.queue_arn().cast(), queue.send_only());
        Self { needs_message_group: queue.is_fifo() == Some(true), ..target }
    }

    /// The message group of what is sent, for a FIFO queue. None by default.
    #[must_use]
    pub fn message_group_id(mut self, id: impl Into<String>) -> Self {
        self.message_group_id = Some(id.into());
        self
    }

    /// Sends this. An event of EventBridge's own by default.
    #[must_use]
    pub fn input(mut self, input: impl Into<serde_json::Value>) -> Self {
        self.input = Some(Value::from(input.into().to_string()));
        self
    }

    /// Sends this, with what is known only at deploy time in it. An event of EventBridge's own by default.
    #[must_use]
    pub fn input_value(mut self, input: impl Into<Expr>) -> Self {
        self.input = Some(functions::to_json_string(input));
        self
    }

    /// How often the call is tried again: 0 to 185 times. 185 times by default.
    #[must_use]
    pub const fn retry_attempts(mut self, attempts: u8) -> Self {
        self.retry_attempts = Some(attempts);
        self
    }

    /// How old a call may be to be tried again: 1 minute to 24 hours. 24 hours by default.
    #[must_use]
    pub const fn max_event_age(mut self, age: Duration) -> Self {
        self.max_event_age = Some(age);
        self
    }

    /// Where calls go that failed for good, which is a standard queue. Nowhere by default.
    #[must_use]
    pub fn dead_letter_queue(mut self, queue: &QueueRef) -> Self {
        self.dead_letter_queue = Some(queue.clone());
        self
    }

    /// Returns what the schedule's role may do.
    pub(super) fn permissions(&self) -> Grant {
        match &self.dead_letter_queue {
            Some(queue) => self.grant.clone().and(queue.send_only()),
            None => self.grant.clone(),
        }
    }

    pub(super) fn render(self, role: impl IntoValue<kind::iam::RoleArn>, scope: &mut Scope<'_>) -> schedule::Target {
        if self.needs_message_group && self.message_group_id.is_none() {
            scope.problem("a FIFO queue needs a message_group_id for what a schedule sends");
        }
        let age = self.max_event_age.unwrap_or(Duration::from_secs(86_400));
        let age = seconds("max_event_age", age, 60, 86_400, scope);
        let attempts = number("retry_attempts", self.retry_attempts.unwrap_or(185), 0, 185, scope);
        let policy = schedule::RetryPolicy::new()
            .maximum_event_age_in_seconds(u32::try_from(age).unwrap_or(u32::MAX))
            .maximum_retry_attempts(u32::try_from(attempts).unwrap_or(u32::MAX));
        let mut target = schedule::Target::new(self.arn, role).retry_policy(policy);
        if let Some(id) = self.message_group_id {
            target = target.sqs_parameters(schedule::SqsParameters::new().message_group_id(id));
        }
        if let Some(input) = self.input {
            target = target.input(input);
        }
        if let Some(queue) = self.dead_letter_queue {
            if queue.is_fifo() == Some(true) {
                scope.problem("the dead_letter_queue of a schedule must be a standard queue, got a FIFO queue");
            }
            target = target.dead_letter_config(schedule::DeadLetterConfig::new().arn(queue.queue_arn()));
        }
        target
    }
}
