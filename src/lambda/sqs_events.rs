//! [`SqsEvents`]: how a function receives the messages of a queue.

use std::time::Duration;

use belvedere_cfn::lambda::{CfnEventSourceMapping, event_source_mapping};
use belvedere_cfn::{ResourceRef, Value, kind};

use crate::limits::{number, seconds};
use crate::scope::Scope;
use crate::sqs::QueueRef;

/// How a function receives the messages of a queue: ten at a time, by default.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqsEvents {
    batch_size: Option<u16>,
    max_batching_window: Option<Duration>,
    report_batch_item_failures: bool,
    max_concurrency: Option<u16>,
    filters: Vec<serde_json::Value>,
    disabled: bool,
}

impl SqsEvents {
    /// Every message, as soon as it comes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The most messages in one invocation: 1 to 10,000, and 10 for a FIFO queue. 10 by default. More than 10 wants a
    /// [`max_batching_window`](SqsEvents::max_batching_window) of at least 1 s.
    #[must_use]
    pub const fn batch_size(mut self, messages: u16) -> Self {
        self.batch_size = Some(messages);
        self
    }

    /// How long to wait for a batch to fill: 0 s to 5 minutes. 0 s by default. Not for FIFO queues.
    #[must_use]
    pub const fn max_batching_window(mut self, window: Duration) -> Self {
        self.max_batching_window = Some(window);
        self
    }

    /// Whether the function says which messages of a batch failed, so that the others are not sent again. By default a
    /// batch fails as a whole.
    #[must_use]
    pub const fn report_batch_item_failures(mut self, report: bool) -> Self {
        self.report_batch_item_failures = report;
        self
    }

    /// The most invocations at a time for the queue: 2 to 1,000. What the function is allowed by default.
    #[must_use]
    pub const fn max_concurrency(mut self, invocations: u16) -> Self {
        self.max_concurrency = Some(invocations);
        self
    }

    /// Adds a pattern of messages to receive, as
    /// [event filtering](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html) has it; at most five.
    /// Messages that fit none are deleted from the queue. All are received by default.
    #[must_use]
    pub fn filter(mut self, pattern: serde_json::Value) -> Self {
        self.filters.push(pattern);
        self
    }

    /// Whether messages are received. They are by default.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.disabled = !enabled;
        self
    }

    /// Defines the mapping in the scope of the function.
    pub(super) fn define(
        self,
        queue: &QueueRef,
        function_name: &Value<kind::lambda::FunctionName>,
        timeout: Duration,
        scope: &mut Scope<'_>,
    ) -> ResourceRef<CfnEventSourceMapping> {
        let mut scope = scope.scope(format!("SqsEventSource:{}", queue.unique_id()));
        if let Some(visibility) = queue.visibility_timeout()
            && visibility < timeout
        {
            scope.problem(format!(
                "the queue's visibility_timeout must be at least the function's timeout of {} s, got {} s",
                timeout.as_secs(),
                visibility.as_secs()
            ));
        }
        let fifo = queue.is_fifo() == Some(true);
        let window = self.max_batching_window.unwrap_or_default();
        if fifo && !window.is_zero() {
            scope.problem("a FIFO queue's messages cannot wait for a batch to fill: leave max_batching_window out");
        }
        let mut mapping = CfnEventSourceMapping::new(function_name).event_source_arn(queue.queue_arn());
        if let Some(size) = self.batch_size {
            let most = if fifo { 10 } else { 10_000 };
            if (11..=most).contains(&i64::from(size)) && window.is_zero() {
                scope.problem(format!("a batch_size of more than 10 wants a max_batching_window of 1 s, got {size}"));
            }
            mapping = mapping.batch_size(number("batch_size", size, 1, most, &mut scope));
        }
        if let Some(window) = self.max_batching_window {
            let window = seconds("max_batching_window", window, 0, 300, &mut scope);
            mapping = mapping.maximum_batching_window_in_seconds(window);
        }
        if self.report_batch_item_failures {
            mapping = mapping.function_response_types(["ReportBatchItemFailures"]);
        }
        if let Some(most) = self.max_concurrency {
            let most = number("max_concurrency", most, 2, 1_000, &mut scope);
            mapping = mapping.scaling_config(event_source_mapping::ScalingConfig::new().maximum_concurrency(most));
        }
        if !self.filters.is_empty() {
            if self.filters.len() > 5 {
                scope.problem(format!("a mapping has at most 5 filters, got {}", self.filters.len()));
            }
            let filters: Vec<_> = self
                .filters
                .iter()
                .map(|pattern| event_source_mapping::Filter::new().pattern(pattern.to_string()))
                .collect();
            mapping = mapping.filter_criteria(event_source_mapping::FilterCriteria::new().filters(filters));
        }
        if self.disabled {
            mapping = mapping.enabled(false);
        }
        scope.add("Resource", mapping)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::SqsEvents;
    use crate::Stack;
    use crate::lambda::{Code, Function, Runtime};
    use crate::sqs::Queue;
    use crate::testing::{Template, json};

    fn stack(queue: Queue, events: SqsEvents, timeout: Duration) -> Stack {
        let mut stack = Stack::new("S");
        let queue = stack.add("Q", queue);
        let code = Code::inline("def handler(event, context): pass");
        let function = Function::new(Runtime::PYTHON_3_13, "index.handler", code).timeout(timeout);
        stack.add("Full", function.on_messages(&queue, events));
        stack
    }

    fn message_of(queue: Queue, events: SqsEvents) -> String {
        let stack = stack(queue, events, Duration::from_secs(30));
        Template::from_stack(stack).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_queue_is_received_from_with_the_permission_to() {
        let events = SqsEvents::new()
            .batch_size(10)
            .max_batching_window(Duration::from_secs(5))
            .report_batch_item_failures(true)
            .max_concurrency(5)
            .filter(json!({ "body": { "kind": ["order"] } }));
        let template = Template::from_stack(stack(Queue::new(), events, Duration::from_secs(10))).expect("it is sound");
        let mapping = template.has_resource_properties(
            "AWS::Lambda::EventSourceMapping",
            json!({
                "BatchSize": 10,
                "EventSourceArn": { "Fn::GetAtt": ["Q63C6E3AB", "Arn"] },
                "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\":{\"kind\":[\"order\"]}}" }] },
                "FunctionName": { "Ref": "FullC8C81DE8" },
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "MaximumBatchingWindowInSeconds": 5,
                "ScalingConfig": { "MaximumConcurrency": 5 },
            }),
        );
        // The AWS CDK's id.
        assert_eq!(mapping.logical_id(), "FullSqsEventSourceSQ837093D313ABEE9F");
    }

    #[test]
    fn rejects_what_lambda_refuses() {
        let slow = Queue::new().visibility_timeout(Duration::from_secs(20));
        assert!(message_of(slow, SqsEvents::new()).contains("at least the function's timeout of 30 s, got 20 s"));
        assert!(message_of(Queue::new(), SqsEvents::new().batch_size(11)).contains("wants a max_batching_window"));
        assert!(message_of(Queue::fifo(), SqsEvents::new().batch_size(11)).contains("must be 1 to 10, got 11"));
        assert!(message_of(Queue::new(), SqsEvents::new().max_concurrency(1)).contains("must be 2 to 1000, got 1"));
        let waiting = SqsEvents::new().max_batching_window(Duration::from_secs(1));
        assert!(message_of(Queue::fifo(), waiting).contains("leave max_batching_window out"));
    }
}
