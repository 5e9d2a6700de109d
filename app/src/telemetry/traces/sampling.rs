//! Which requests are traced.

use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, TraceId};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};

use super::budget::Budget;
use super::propagation::Incoming;

/// The burst of [`Sampling::budget`], in seconds' worth: who tries the service out sees each of some thousand requests.
const BURST: Duration = Duration::from_secs(10);

/// How it is decided which requests are traced.
#[derive(Debug)]
pub(crate) enum Sampling {
    /// As the caller has decided; where nobody has, as long as the budget lasts.
    Budget(Option<Budget>),
    /// As a standard sampler decides.
    Standard(Box<Sampler>),
}

impl Sampling {
    /// At most `per_second` new traces a second, with a burst of ten seconds' worth; 0 sets no limit.
    pub(crate) fn budget(per_second: u32) -> Self {
        Self::Budget((per_second > 0).then(|| Budget::new(per_second, BURST)))
    }

    /// Whether the request that came with `incoming`, at `now`, is traced.
    pub(crate) fn decide(&self, incoming: &Incoming, trace_id: TraceId, now: Instant) -> bool {
        match self {
            Self::Budget(budget) => {
                incoming.sampled.unwrap_or_else(|| budget.as_ref().is_none_or(|budget| budget.take(now)))
            }
            Self::Standard(sampler) => {
                // Where the caller leaves the decision to us, its span does not count as a parent that has decided.
                let undecided = Context::new();
                let parent = if incoming.sampled.is_some() { &incoming.context } else { &undecided };
                let result = sampler.should_sample(Some(parent), trace_id, "", &SpanKind::Server, &[], &[]);
                result.decision == SamplingDecision::RecordAndSample
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState};

    use super::*;

    const TRACE: TraceId = TraceId::from_bytes([7; 16]);

    fn incoming(sampled: Option<bool>) -> Incoming {
        let flags = TraceFlags::default().with_sampled(sampled == Some(true));
        let parent = SpanContext::new(TRACE, SpanId::from_bytes([1; 8]), flags, true, TraceState::NONE);
        Incoming { context: Context::new().with_remote_span_context(parent), trace_id: Some(TRACE), sampled }
    }

    fn sampled_of(sampling: &Sampling, incoming: &Incoming, requests: usize) -> usize {
        let now = Instant::now();
        (0..requests).filter(|_| sampling.decide(incoming, TRACE, now)).count()
    }

    #[test]
    fn the_budget_is_for_those_who_have_no_decision() {
        let sampling = Sampling::budget(50);
        assert_eq!(sampled_of(&sampling, &incoming(Some(true)), 1000), 1000);
        assert_eq!(sampled_of(&sampling, &incoming(Some(false)), 1000), 0);
        assert_eq!(sampled_of(&sampling, &incoming(None), 60), 60);
        let rest = sampled_of(&sampling, &Incoming::default(), 1000);
        assert!((440..=442).contains(&rest), "ten seconds' worth less 60, got {rest}");
    }

    #[test]
    fn without_a_limit_all_are_sampled() {
        assert_eq!(sampled_of(&Sampling::budget(0), &Incoming::default(), 10_000), 10_000);
    }

    #[test]
    fn a_standard_sampler_is_obeyed() {
        let parent_based = |root| Sampling::Standard(Box::new(Sampler::ParentBased(Box::new(root))));
        let off = parent_based(Sampler::AlwaysOff);
        assert_eq!(sampled_of(&off, &incoming(Some(true)), 9), 9);
        assert_eq!(sampled_of(&off, &incoming(None), 9), 0);
        let on = parent_based(Sampler::AlwaysOn);
        assert_eq!(sampled_of(&on, &incoming(Some(false)), 9), 0);
        assert_eq!(sampled_of(&on, &incoming(None), 9), 9, "the caller leaves it to us");
        assert_eq!(sampled_of(&Sampling::Standard(Box::new(Sampler::AlwaysOn)), &incoming(Some(false)), 9), 9);
        let tenth = Sampling::Standard(Box::new(Sampler::TraceIdRatioBased(0.1)));
        let now = Instant::now();
        let sampled =
            (0..10_000).filter(|_| tenth.decide(&Incoming::default(), super::super::ids::random().0, now)).count();
        assert!((800..1200).contains(&sampled), "{sampled}");
    }
}
