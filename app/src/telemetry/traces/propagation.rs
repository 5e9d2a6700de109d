//! What a request says of the trace that it belongs to.

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceId};
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

/// One way to carry a trace's context in headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagator {
    /// `traceparent` and `tracestate`: <https://www.w3.org/TR/trace-context/>.
    TraceContext,
    /// `baggage`: <https://www.w3.org/TR/baggage/>.
    Baggage,
    /// `X-Amzn-Trace-Id`:
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.
    XRay,
}

impl Propagator {
    fn header(self) -> &'static str {
        match self {
            Self::TraceContext => "traceparent",
            Self::Baggage => "baggage",
            Self::XRay => "x-amzn-trace-id",
        }
    }

    /// Whether the ids in a header have the form that they must have. The propagators take shorter ones as well.
    fn accepts(self, value: &[u8]) -> bool {
        let hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
        let ids = |text: &[u8], lengths: &[usize]| {
            let mut parts = text.split(|byte| *byte == b'-');
            lengths.iter().all(|length| parts.next().is_some_and(|part| part.len() == *length && hex(part)))
        };
        match self {
            Self::TraceContext => ids(value.trim_ascii(), &[2, 32, 16, 2]),
            Self::Baggage => true,
            Self::XRay => value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).all(|part| {
                let id = |key: &[u8], lengths: &[usize]| part.strip_prefix(key).is_none_or(|text| ids(text, lengths));
                id(b"Root=", &[1, 8, 24]) && id(b"Parent=", &[16])
            }),
        }
    }
}

/// A header longer than what the W3C recommends to carry (8192 bytes of baggage, the largest of them) is not read: what
/// is read stays in memory for as long as the request.
const LONGEST: usize = 8192;

/// The propagators in use, in order: of two that find a parent, the later wins.
#[derive(Debug)]
pub(crate) struct Propagation {
    propagators: Vec<(Propagator, HeaderName, Box<dyn TextMapPropagator + Send + Sync>)>,
}

impl Propagation {
    pub(crate) fn new(propagators: &[Propagator]) -> Self {
        let made = |propagator: &Propagator| -> (_, _, Box<dyn TextMapPropagator + Send + Sync>) {
            let header = HeaderName::from_static(propagator.header());
            match propagator {
                Propagator::TraceContext => (*propagator, header, Box::new(TraceContextPropagator::new())),
                Propagator::Baggage => (*propagator, header, Box::new(BaggagePropagator::new())),
                Propagator::XRay => (*propagator, header, Box::new(XrayPropagator::new())),
            }
        };
        Self { propagators: propagators.iter().map(made).collect() }
    }

    /// Reads the headers of a request. Most have none of these, and cost no more than looking for each.
    pub(crate) fn extract(&self, headers: &HeaderMap) -> Incoming {
        let mut context = Context::new();
        let mut found = false;
        for (kind, header, propagator) in &self.propagators {
            if headers.get(header).is_some_and(|value| kind.accepts(value.as_bytes())) {
                context = propagator.extract_with_context(&context, &Headers(headers));
                found = true;
            }
        }
        if found { Incoming::new(context) } else { Incoming::default() }
    }
}

/// The context that a request comes with.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    /// Baggage and, if there is one, the parent span.
    pub(crate) context: Context,
    /// The trace to go on with, where one was given.
    pub(crate) trace_id: Option<TraceId>,
    /// Whether the trace is sampled, where that was decided by the caller.
    pub(crate) sampled: Option<bool>,
}

/// X-Ray's way to leave the decision to us, in the flags of `opentelemetry-aws`. No other propagator sets this bit.
const DEFERRED: TraceFlags = TraceFlags::new(0x02);

impl Incoming {
    fn new(context: Context) -> Self {
        let parent = context.span().span_context().clone();
        let trace_id = (parent.trace_id() != TraceId::INVALID).then_some(parent.trace_id());
        if !parent.is_valid() {
            // A load balancer that was the first to see the request gives a trace id alone. Its own span is nowhere, so
            // ours is the root, in that trace: its access log and our spans agree.
            let context = context.with_remote_span_context(SpanContext::empty_context());
            return Self { context, trace_id, sampled: None };
        }
        if parent.trace_flags() & DEFERRED == DEFERRED {
            let (span_id, state) = (parent.span_id(), parent.trace_state().clone());
            let parent = SpanContext::new(parent.trace_id(), span_id, TraceFlags::default(), true, state);
            return Self { context: context.with_remote_span_context(parent), trace_id, sampled: None };
        }
        Self { context, trace_id, sampled: Some(parent.is_sampled()) }
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).filter(|value| value.len() <= LONGEST).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use opentelemetry::baggage::BaggageExt;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const XRAY_TRACE: &str = "67891233abcdef012345678912345678";
    const ALL: [Propagator; 3] = [Propagator::XRay, Propagator::TraceContext, Propagator::Baggage];

    fn extracted(propagators: &[Propagator], headers: &[(&'static str, &str)]) -> Incoming {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("visible")))
            .collect();
        Propagation::new(propagators).extract(&headers)
    }

    fn parent(incoming: &Incoming) -> (bool, String) {
        let span = incoming.context.span();
        (span.span_context().is_valid(), span.span_context().span_id().to_string())
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let incoming = extracted(&ALL, &[("host", "here")]);
        assert_eq!((incoming.trace_id, incoming.sampled), (None, None));
    }

    #[test]
    fn a_w3c_parent_has_decided() {
        for (flags, sampled) in [("01", true), ("00", false), ("03", true), ("02", false)] {
            let header = format!("00-{TRACE}-b7ad6b7169203331-{flags}");
            let incoming = extracted(&ALL, &[("traceparent", &header)]);
            assert_eq!(incoming.trace_id.map(|id| id.to_string()).as_deref(), Some(TRACE), "{header}");
            assert_eq!(incoming.sampled, Some(sampled), "{header}");
            assert_eq!(parent(&incoming), (true, "b7ad6b7169203331".into()), "{header}");
        }
    }

    #[test]
    fn a_load_balancers_trace_id_is_kept_without_a_parent() {
        for header in [
            "Root=1-67891233-abcdef012345678912345678",
            "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678",
            "Root=1-67891233-abcdef012345678912345678;Sampled=1",
        ] {
            let incoming = extracted(&ALL, &[("x-amzn-trace-id", header)]);
            assert_eq!(incoming.trace_id.map(|id| id.to_string()).as_deref(), Some(XRAY_TRACE), "{header}");
            assert_eq!(incoming.sampled, None, "nobody has recorded anything: {header}");
            assert!(!parent(&incoming).0, "{header}");
        }
    }

    #[test]
    fn an_xray_parent_may_leave_the_decision_to_us() {
        let root = "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad";
        for (sampled, expected) in
            [("", None), (";Sampled=?", None), (";Sampled=1", Some(true)), (";Sampled=0", Some(false))]
        {
            let incoming = extracted(&ALL, &[("x-amzn-trace-id", &format!("{root}{sampled}"))]);
            assert_eq!(incoming.sampled, expected, "{sampled}");
            assert_eq!(parent(&incoming), (true, "463ac35c9f6413ad".into()), "{sampled}");
        }
    }

    #[test]
    fn the_callers_traceparent_outlives_the_load_balancers_header() {
        let both = [("traceparent", PARENT), ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678")];
        let incoming = extracted(&ALL, &both);
        assert_eq!(incoming.trace_id.map(|id| id.to_string()).as_deref(), Some(TRACE));
        assert_eq!(incoming.sampled, Some(true));
    }

    #[test]
    fn only_what_was_chosen_is_read() {
        let both = [("traceparent", PARENT), ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678")];
        assert_eq!(extracted(&[], &both).trace_id, None);
        let incoming = extracted(&[Propagator::XRay], &both);
        assert_eq!(incoming.trace_id.map(|id| id.to_string()).as_deref(), Some(XRAY_TRACE));
    }

    #[test]
    fn baggage_is_carried() {
        let incoming = extracted(&ALL, &[("baggage", "tenant=blue"), ("traceparent", PARENT)]);
        assert_eq!(incoming.context.baggage().get("tenant").map(ToString::to_string).as_deref(), Some("blue"));
        assert!(parent(&incoming).0);
    }

    #[test]
    fn rejects_what_is_malformed_or_too_long() {
        let long = format!("Root=1-67891233-abcdef012345678912345678;x={}", "a".repeat(LONGEST));
        for (name, value) in [
            ("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
            ("traceparent", "nonsense"),
            ("traceparent", "00-1-2-01"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01"),
            ("x-amzn-trace-id", "Root=1-nonsense"),
            ("x-amzn-trace-id", "Root=1-6789-abcd"),
            ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678;Parent=1;Sampled=1"),
            ("x-amzn-trace-id", "Root=1-00000000-000000000000000000000000"),
            ("x-amzn-trace-id", &long),
        ] {
            let incoming = extracted(&ALL, &[(name, value)]);
            assert_eq!((incoming.trace_id, incoming.sampled), (None, None), "{name}: {value:.80}");
        }
    }
}
