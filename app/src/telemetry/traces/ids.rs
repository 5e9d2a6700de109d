//! The ids of spans.

use std::cell::Cell;

use opentelemetry::trace::{Link, TraceContextExt};
use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SamplingDecision, SamplingResult, ShouldSample};

thread_local! {
    static NEXT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Runs `start`, in which one span is started, so that this span is recorded and gets these ids.
///
/// The API has no other way to choose them, and there are two reasons to: a load balancer gives a request a trace id
/// but no parent, and a request that was not sampled may turn out to be worth a span when its ids are known already.
pub(crate) fn with_next<T>(trace_id: TraceId, span_id: SpanId, start: impl FnOnce() -> T) -> T {
    NEXT.set(Some((trace_id, span_id)));
    let result = start();
    NEXT.set(None);
    result
}

/// New ids, at random.
pub(crate) fn random() -> (TraceId, SpanId) {
    let random = RandomIdGenerator::default();
    (random.new_trace_id(), random.new_span_id())
}

/// A new span id, at random.
pub(crate) fn random_span() -> SpanId {
    RandomIdGenerator::default().new_span_id()
}

/// Ids at random, but for a span within [`with_next`].
#[derive(Debug)]
pub(crate) struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        NEXT.get().map_or_else(|| RandomIdGenerator::default().new_trace_id(), |(trace_id, _)| trace_id)
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.get().map_or_else(random_span, |(_, span_id)| span_id)
    }
}

/// Samples what was decided already: a span within [`with_next`], and the children of sampled spans.
#[derive(Clone, Debug)]
pub(crate) struct Decided;

impl ShouldSample for Decided {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let span = parent.map(|context| context.span());
        let parent = span.as_ref().map(|span| span.span_context());
        let sampled = NEXT.get().is_some() || parent.is_some_and(|parent| parent.is_sampled());
        SamplingResult {
            decision: if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: parent.map(|parent| parent.trace_state().clone()).unwrap_or_default(),
        }
    }
}
