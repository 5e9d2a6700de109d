//! How a trace goes from Lambda to this program, and on to the data processor.

use std::collections::HashMap;

use hyper::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_aws::trace::{MissingSampledBehavior, XrayPropagator};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::variables::Variables;

const VARIABLE: &str = "OTEL_PROPAGATORS";

/// Which headers carry the trace on, and whether Lambda's own trace is the one that is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Propagation {
    trace_context: bool,
    baggage: bool,
    xray: bool,
    /// `xray-lambda`: see <https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/>.
    continues_lambda: bool,
}

impl Propagation {
    pub(crate) fn read(variables: &Variables<'_>) -> Self {
        let mut found = Self { trace_context: false, baggage: false, xray: false, continues_lambda: false };
        let value = variables.text(VARIABLE).unwrap_or_else(|| "tracecontext,baggage,xray-lambda".into());
        for name in value.split(',') {
            match name.trim() {
                "tracecontext" => found.trace_context = true,
                "baggage" => found.baggage = true,
                "xray" => found.xray = true,
                "xray-lambda" => (found.xray, found.continues_lambda) = (true, true),
                "none" if value == "none" => {}
                _ => {
                    let allowed = "a list of tracecontext, baggage, xray and xray-lambda, or none";
                    variables.wrong(VARIABLE, allowed, Some(value.clone()));
                }
            }
        }
        found
    }

    /// The context that an invocation begins in, from what Lambda says in `Lambda-Runtime-Trace-Id`.
    pub(crate) fn extract(self, trace_header: Option<&str>) -> Context {
        let context = Context::new();
        let Some(header) = trace_header.filter(|_| self.continues_lambda) else { return context };
        let carrier = HashMap::from([("x-amzn-trace-id".to_owned(), header.to_owned())]);
        let context = xray().extract_with_context(&context, &carrier);
        // A header without a parent names a trace that no span can join.
        if context.span().span_context().is_valid() { context } else { Context::new() }
    }

    /// Writes the headers that carry the trace of `context` on.
    pub(crate) fn inject(self, context: &Context, headers: &mut HeaderMap) {
        let mut propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
        if self.trace_context {
            propagators.push(Box::new(TraceContextPropagator::new()));
        }
        if self.baggage {
            propagators.push(Box::new(BaggagePropagator::new()));
        }
        if self.xray {
            propagators.push(Box::new(xray()));
        }
        TextMapCompositePropagator::new(propagators).inject_context(context, &mut HeaderInjector(headers));
    }
}

/// Lambda leaves the decision out where it has none; then it is this program's, which is rare enough to keep every trace.
fn xray() -> XrayPropagator {
    XrayPropagator::new().with_missing_sampled_behavior(MissingSampledBehavior::Sampled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::ConfigError;

    const HEADER: &str =
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0";

    fn propagation(value: Option<&str>) -> Result<Propagation, ConfigError> {
        let lookup = |_: &str| value.map(Into::into);
        let variables = Variables::new(&lookup);
        let found = Propagation::read(&variables);
        variables.finish().map(|()| found)
    }

    fn headers(value: Option<&str>, trace_header: &str) -> HeaderMap {
        let propagation = propagation(value).expect("valid");
        let mut headers = HeaderMap::new();
        propagation.inject(&propagation.extract(Some(trace_header)), &mut headers);
        headers
    }

    #[test]
    fn the_trace_of_lambda_is_carried_on_in_both_forms() {
        let headers = headers(None, HEADER);
        assert_eq!(headers["traceparent"], "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
        assert_eq!(headers["x-amzn-trace-id"], HEADER);
    }

    #[test]
    fn a_header_without_a_decision_is_sampled() {
        let headers = headers(None, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8");
        assert_eq!(headers["traceparent"], "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
    }

    #[test]
    fn what_names_no_parent_begins_no_trace() {
        for header in ["Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "", "Root=1-x-y;Parent=z"] {
            assert!(headers(None, header).is_empty(), "{header}");
        }
    }

    #[test]
    fn only_xray_lambda_continues_the_trace_of_lambda() {
        assert!(headers(Some("tracecontext,baggage,xray"), HEADER).is_empty());
        assert!(headers(Some("none"), HEADER).is_empty());
        assert!(!headers(Some("xray-lambda"), HEADER).contains_key("traceparent"));
    }

    #[test]
    fn rejects_an_unknown_propagator() {
        for value in ["b3", "tracecontext,none"] {
            let error = propagation(Some(value)).expect_err(value);
            assert!(error.to_string().starts_with("OTEL_PROPAGATORS must be a list of "), "{error}");
        }
    }
}
