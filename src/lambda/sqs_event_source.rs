//! [`SqsEventSource`]: how a function processes a queue.

use std::time::Duration;

use belvedere_cfn::lambda::{CfnEventSourceMapping, event_source_mapping};

use super::function_ref::FunctionRef;
use crate::limits::{number, seconds};
use crate::scope::Scope;
use crate::sqs::QueueRef;

/// How a function processes a queue.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqsEventSource {
    batch_size: Option<u16>,
    max_batching_window: Option<Duration>,
    max_concurrency: Option<u16>,
    report_batch_item_failures: bool,
    disabled: bool,
    filters: Vec<serde_json::Value>,
}

impl SqsEventSource {
    /// Up to ten messages at once, as soon as they are there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many messages at most come at once: 1 to 10,000, and to 10 for a FIFO queue. 10 by default. More than 10 need a
    /// [`max_batching_window`](Self::max_batching_window) of at least 1 s.
    #[must_use]
    pub const fn batch_size(mut self, size: u16) -> Self {
        self.batch_size = Some(size);
        self
    }

    /// How long to wait until there are more messages: 0 to 300 s. Not at all by default. Not for FIFO queues.
    #[must_use]
    pub const fn max_batching_window(mut self, window: Duration) -> Self {
        self.max_batching_window = Some(window);
        self
    }

    /// How many batches are processed at the same time at most: 2 to 1,000. As many as the function's concurrency allows by
    /// default.
    #[must_use]
    pub const fn max_concurrency(mut self, concurrency: u16) -> Self {
        self.max_concurrency = Some(concurrency);
        self
    }

    /// Whether the function says which messages of a batch failed. By default one that fails fails the whole batch.
    #[must_use]
    pub const fn report_batch_item_failures(mut self, report: bool) -> Self {
        self.report_batch_item_failures = report;
        self
    }

    /// Whether messages are processed. They are by default.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.disabled = !enabled;
        self
    }

    /// Processes messages that match the [pattern](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html),
    /// or another one; the rest is deleted. Up to five. All messages by default.
    #[must_use]
    pub fn filter(mut self, pattern: serde_json::Value) -> Self {
        self.filters.push(pattern);
        self
    }

    #[track_caller]
    pub(super) fn define(self, queue: &QueueRef, function: &FunctionRef, scope: &mut Scope<'_>) {
        let mut scope = scope.scope(format!("SqsEventSource:{}", queue.unique_id()));
        let scope = &mut scope;
        let mut mapping = CfnEventSourceMapping::new(function.function_name()).event_source_arn(queue.queue_arn());
        let window = self.max_batching_window.unwrap_or_default();
        if let Some(size) = self.batch_size {
            let size = number("batch_size", size, 1, 10_000, scope);
            if size > 10 && queue.is_fifo() == Some(true) {
                scope.problem(format!("batch_size must be 1 to 10 for a FIFO queue, got {size}"));
            } else if size > 10 && window < Duration::from_secs(1) {
                scope.problem(format!(
                    "a batch_size of more than 10 needs a max_batching_window of at least 1 s, got a batch_size of {size}"
                ));
            }
            mapping = mapping.batch_size(size);
        }
        if let Some(window) = self.max_batching_window {
            if queue.is_fifo() == Some(true) {
                scope.problem("max_batching_window is not for FIFO queues: leave it out");
            }
            let window = seconds("max_batching_window", window, 0, 300, scope);
            mapping = mapping.maximum_batching_window_in_seconds(window);
        }
        if let Some(concurrency) = self.max_concurrency {
            let concurrency = number("max_concurrency", concurrency, 2, 1_000, scope);
            mapping =
                mapping.scaling_config(event_source_mapping::ScalingConfig::new().maximum_concurrency(concurrency));
        }
        if self.report_batch_item_failures {
            mapping = mapping.function_response_types(["ReportBatchItemFailures"]);
        }
        if self.disabled {
            mapping = mapping.enabled(false);
        }
        if !self.filters.is_empty() {
            if self.filters.len() > 5 {
                scope.problem(format!("an event source has at most 5 filters, got {}", self.filters.len()));
            }
            let filters: Vec<_> = self
                .filters
                .iter()
                .map(|pattern| event_source_mapping::Filter::new().pattern(pattern.to_string()))
                .collect();
            mapping = mapping.filter_criteria(event_source_mapping::FilterCriteria::new().filters(filters));
        }
        scope.add("Resource", mapping);
    }
}
