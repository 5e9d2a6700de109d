//! One request, from its head to the head of its answer.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::response::Response;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState, Tracer,
};
use opentelemetry::{Context, ContextGuard};
use tracing::Level;

use super::handle::Shared;
use super::logs::Chain;
use super::metrics::{RouteIndex, method_name};
use super::request_head::{CLIENT_CLOSED_REQUEST, Head, cut, outcome};
use super::traces::{Incoming, ids};

/// What made a request fail, as an extension of its response: the log line tells it, the client does not see it.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<dyn Error + Send + Sync>);

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Chain(&*self.0), formatter)
    }
}

/// One request that is not answered yet.
///
/// Nothing is allocated for a request that is not sampled but its context, and nothing is formatted: what may be wanted
/// at the end, should it fail, are handles to what the request came with.
#[derive(Debug)]
pub(crate) struct ObservedRequest {
    shared: Arc<Shared>,
    begin: Instant,
    route: RouteIndex,
    head: Head,
    /// What the request came with.
    incoming: Context,
    /// The context of its handling.
    context: Context,
    sampled: bool,
    ended: bool,
}

impl ObservedRequest {
    pub(crate) fn begin(shared: Arc<Shared>, request: &Request) -> Self {
        let begin = Instant::now();
        let route = shared.metrics.http.route(request.extensions().get::<MatchedPath>().map(MatchedPath::as_str));
        shared.metrics.http.begin();
        let headers = request.headers();
        let head = Head::of(request);
        let Incoming { context: incoming, trace_id, sampled } = shared.propagation.extract(headers);
        let (random, span_id) = ids::random();
        let incoming = Incoming { context: incoming, trace_id, sampled };
        let trace_id = trace_id.unwrap_or(random);
        let sampled = shared.sampling.decide(&incoming, trace_id, begin);
        let incoming = incoming.context;
        let context = if sampled {
            let template = shared.metrics.http.template(route);
            let builder = SpanBuilder::from_name(head.span_name(template))
                .with_kind(SpanKind::Server)
                .with_attributes(head.attributes(template));
            let span = ids::with_next(trace_id, span_id, || shared.tracer.build_with_context(builder, &incoming));
            incoming.with_span(span)
        } else {
            shared.metrics.telemetry.not_sampled.inc();
            let flags = TraceFlags::default();
            incoming.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE))
        };
        Self { shared, begin, route, head, incoming, context, sampled, ended: false }
    }

    /// Makes the context of the request that of the thread, for as long as the guard lives.
    pub(crate) fn attach(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    /// The request is answered.
    pub(crate) fn end(mut self: Box<Self>, response: &mut Response) {
        let cause = response.extensions_mut().remove::<Cause>();
        let bytes = response.body().size_hint().exact();
        self.finish(response.status(), cause.as_ref(), bytes);
    }

    fn finish(&mut self, status: StatusCode, cause: Option<&Cause>, response_bytes: Option<u64>) {
        self.ended = true;
        let duration = self.begin.elapsed();
        let trace = self.sampled.then(|| self.context.span().span_context().trace_id());
        let failed = status.is_server_error();
        self.shared.metrics.http.end(self.route, &self.head.method, status, duration, trace);
        if self.sampled {
            let span = self.context.span();
            span.set_attributes(outcome(status, response_bytes));
            if failed {
                span.set_status(Status::error(cause.map(ToString::to_string).unwrap_or_default()));
            }
            span.end();
        } else if failed && self.shared.failures.take(self.begin + duration) {
            // Not sampled, and yet worth a trace of its own span: it gets the ids that the client was told.
            self.context = self.force(status, cause, response_bytes);
            self.sampled = true;
        }
        let seconds = duration.as_secs_f64();
        let line = Line { status, seconds, cause, response_bytes };
        // The line is written in the context of the request, which gives it the ids.
        let guard = self.attach();
        self.log(&line);
        drop(guard);
    }

    /// A span made at the end.
    fn force(&self, status: StatusCode, cause: Option<&Cause>, response_bytes: Option<u64>) -> Context {
        let own = self.context.span().span_context().clone();
        let template = self.shared.metrics.http.template(self.route);
        let mut attributes = self.head.attributes(template);
        attributes.extend(outcome(status, response_bytes));
        let builder = SpanBuilder::from_name(self.head.span_name(template))
            .with_kind(SpanKind::Server)
            .with_start_time(SystemTime::now() - self.begin.elapsed())
            .with_attributes(attributes);
        let tracer = &self.shared.tracer;
        let mut span =
            ids::with_next(own.trace_id(), own.span_id(), || tracer.build_with_context(builder, &self.incoming));
        span.set_status(Status::error(cause.map(ToString::to_string).unwrap_or_default()));
        span.end();
        self.incoming.with_span(span)
    }

    fn log(&self, line: &Line<'_>) {
        let template = self.shared.metrics.http.template(self.route);
        let routine = matches!(template, "/health" | "/ready") && line.status.is_success();
        macro_rules! log {
            ($level:expr) => {{
                tracing::event!(
                    name: "http.server.request",
                    target: "data_processor::access",
                    $level,
                    method = method_name(&self.head.method),
                    endpoint = template,
                    path = cut(self.head.uri.path()),
                    status = line.status.as_u16(),
                    duration_seconds = line.seconds,
                    request_bytes = self.head.body_bytes,
                    response_bytes = line.response_bytes,
                    client = self.head.client().map(tracing::field::display),
                    user_agent = self.head.user_agent(),
                    error = line.cause.map(tracing::field::display),
                    "request"
                )
            }};
        }
        macro_rules! enabled {
            ($level:expr) => {
                tracing::enabled!(target: "data_processor::access", $level)
            };
        }
        // What is not sampled is on debug level: those who want each line can have it.
        let written = match (line.status.as_u16(), self.sampled && !routine) {
            (503, true) if enabled!(Level::WARN) => {
                log!(Level::WARN);
                true
            }
            (500.., true) if enabled!(Level::ERROR) => {
                log!(Level::ERROR);
                true
            }
            (..500, true) if enabled!(Level::INFO) => {
                log!(Level::INFO);
                true
            }
            (_, false) if enabled!(Level::DEBUG) => {
                log!(Level::DEBUG);
                true
            }
            _ => routine,
        };
        if !written {
            self.shared.metrics.telemetry.lines_suppressed.inc();
        }
    }
}

impl Drop for ObservedRequest {
    fn drop(&mut self) {
        if !self.ended {
            // Either the handler is unwinding, or its client has gone and nobody waits for the answer.
            let panicking = std::thread::panicking();
            let status = if panicking { 500 } else { CLIENT_CLOSED_REQUEST };
            self.finish(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), None, None);
        }
    }
}

struct Line<'a> {
    status: StatusCode,
    seconds: f64,
    cause: Option<&'a Cause>,
    response_bytes: Option<u64>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io;
    use std::time::Duration;

    use axum::Router;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use opentelemetry::trace::SpanId;
    use opentelemetry_sdk::trace::SpanData;

    use super::super::current_trace_id;
    use super::super::request_head::LONGEST;
    use super::super::testing::{Observed, answer};
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SAMPLED: (&str, &str) = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    const NOT_SAMPLED: (&str, &str) = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
    const FOUND: &str = r#"http_requests_total{method="GET",endpoint="/data/{key}",status="200"}"#;

    async fn trace_id() -> String {
        current_trace_id().unwrap_or_default()
    }

    async fn fail() -> Response {
        let cause = Cause(Arc::new(io::Error::other("the disk is gone")));
        let mut response = (StatusCode::INTERNAL_SERVER_ERROR, trace_id().await).into_response();
        response.extensions_mut().insert(cause);
        response
    }

    async fn panic() {
        panic!("on purpose");
    }

    fn router(observed: &Observed) -> Router {
        Router::new()
            .route("/data/{key}", get(trace_id))
            .route("/health", get(|| async { "well" }))
            .route("/fail", get(fail))
            .route("/panic", get(panic))
            .route("/slow", get(|| tokio::time::sleep(Duration::from_secs(60))))
            .fallback(|| async { StatusCode::NOT_FOUND })
            .layer(observed.telemetry.layer())
    }

    fn attributes(span: &SpanData) -> BTreeMap<&str, String> {
        span.attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value.to_string())).collect()
    }

    fn only<T: fmt::Debug>(all: Vec<T>) -> T {
        let [one] = all.try_into().expect("there is one");
        one
    }

    #[tokio::test]
    async fn a_sampled_request_has_a_span_and_a_line() {
        let observed = Observed::new(&[]);
        let forwarded = ("x-forwarded-for", "192.0.2.7, 10.0.0.1");
        let headers = [("host", "api.example:8080"), ("user-agent", "test"), forwarded];
        let (_, told) = answer(&router(&observed), "/data/7?a=b", &headers).await;
        let span = only(observed.spans());
        let (trace_id, span_id) = (span.span_context.trace_id().to_string(), span.span_context.span_id().to_string());
        assert_eq!(trace_id, told, "the handler is within the trace");
        assert_eq!((&*span.name, span.span_kind.clone()), ("GET /data/{key}", SpanKind::Server));
        assert_eq!((span.parent_span_id, span.status.clone()), (SpanId::INVALID, Status::Unset));
        let expected = [
            ("client.address", "192.0.2.7"),
            ("http.request.body.size", "0"),
            ("http.request.method", "GET"),
            ("http.response.body.size", "32"),
            ("http.response.status_code", "200"),
            ("http.route", "/data/{key}"),
            ("network.protocol.version", "1.1"),
            ("server.address", "api.example"),
            ("server.port", "8080"),
            ("url.path", "/data/7"),
            ("url.query", "a=b"),
            ("url.scheme", "http"),
            ("user_agent.original", "test"),
        ];
        assert_eq!(attributes(&span), expected.map(|(key, value)| (key, value.to_owned())).into());

        let line = only(observed.lines());
        assert_eq!((&line["level"], &line["service"]), (&"INFO".into(), &"data-processor".into()));
        assert_eq!(line["message"], "request");
        assert_eq!((&line["trace_id"], &line["span_id"]), (&trace_id.into(), &span_id.into()));
        assert_eq!(line["trace_flags"], "01");
        assert_eq!((&line["method"], &line["endpoint"]), (&"GET".into(), &"/data/{key}".into()));
        assert_eq!((&line["path"], &line["status"]), (&"/data/7".into(), &200.into()));
        assert_eq!((&line["client"], &line["response_bytes"]), (&"192.0.2.7".into(), &32.into()));
        assert!(line["duration_seconds"].as_f64().is_some_and(|seconds| seconds < 10.0), "{line}");
        assert_eq!(observed.metric(FOUND).await, Some(1.0));
    }

    #[tokio::test]
    async fn the_callers_span_is_the_parent() {
        let observed = Observed::new(&[("TRACES_PER_SECOND", "1")]);
        for _ in 0..20 {
            assert_eq!(answer(&router(&observed), "/data/7", &[SAMPLED]).await.1, TRACE);
        }
        let spans = observed.spans();
        assert_eq!(spans.len(), 20, "the caller has decided, budget or not");
        for span in spans {
            assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
            assert!(span.parent_span_is_remote);
        }
    }

    #[tokio::test]
    async fn a_load_balancers_trace_goes_on() {
        let observed = Observed::new(&[]);
        let header = ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678");
        let (_, told) = answer(&router(&observed), "/data/7", &[header]).await;
        assert_eq!(told, "67891233abcdef012345678912345678");
        let span = only(observed.spans());
        assert_eq!(span.span_context.trace_id().to_string(), told);
        assert_eq!(span.parent_span_id, SpanId::INVALID, "the root is ours");
    }

    #[tokio::test]
    async fn what_is_not_sampled_is_measured_alone() {
        let observed = Observed::new(&[]);
        assert_eq!(answer(&router(&observed), "/data/7", &[NOT_SAMPLED]).await.1, TRACE, "ids are there");
        assert!(observed.spans().is_empty());
        assert!(observed.lines().is_empty());
        assert_eq!(observed.metric(FOUND).await, Some(1.0));
        assert_eq!(observed.metric("traces_not_sampled_total").await, Some(1.0));
        assert_eq!(observed.metric("log_lines_suppressed_total").await, Some(1.0));
    }

    #[tokio::test]
    async fn lines_of_what_is_not_sampled_are_on_debug_level() {
        let observed = Observed::new(&[("LOG_LEVEL", "debug")]);
        answer(&router(&observed), "/data/7", &[NOT_SAMPLED]).await;
        let line = only(observed.lines());
        assert_eq!((&line["level"], &line["trace_flags"]), (&"DEBUG".into(), &"00".into()));
        assert_eq!(observed.metric("log_lines_suppressed_total").await, Some(0.0));
    }

    #[tokio::test]
    async fn the_budget_bounds_new_traces() {
        let observed = Observed::new(&[("TRACES_PER_SECOND", "5")]);
        let router = router(&observed);
        for _ in 0..100 {
            answer(&router, "/data/7", &[]).await;
        }
        let spans = observed.spans().len();
        assert!((50..=52).contains(&spans), "ten seconds' worth, got {spans}");
        assert_eq!(observed.lines().len(), spans, "each trace has its line, and each line its trace");
        assert_eq!(observed.metric("traces_not_sampled_total").await, Some((100 - spans) as f64));
    }

    #[tokio::test]
    async fn a_failure_is_traced_and_logged_with_its_cause() {
        let observed = Observed::new(&[]);
        let (status, told) = answer(&router(&observed), "/fail", &[]).await;
        assert_eq!(status, 500);
        let span = only(observed.spans());
        assert_eq!(span.status, Status::error("the disk is gone"));
        assert_eq!(attributes(&span).get("error.type").map(String::as_str), Some("500"));
        let line = only(observed.lines());
        assert_eq!((&line["level"], &line["error"]), (&"ERROR".into(), &"the disk is gone".into()));
        assert_eq!(line["trace_id"], told);
        assert_eq!(observed.metric(r#"http_request_errors_total{endpoint="/fail"}"#).await, Some(1.0));
    }

    #[tokio::test]
    async fn a_failure_that_was_not_sampled_is_traced_all_the_same() {
        let observed = Observed::new(&[]);
        let before = SystemTime::now();
        let (_, told) = answer(&router(&observed), "/fail", &[NOT_SAMPLED]).await;
        let span = only(observed.spans());
        assert_eq!(span.span_context.trace_id().to_string(), told);
        assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
        assert!(span.span_context.is_sampled());
        assert_eq!(span.status, Status::error("the disk is gone"));
        assert!(before <= span.start_time && span.start_time <= span.end_time, "{span:?}");
        assert!(attributes(&span).contains_key("url.path"));
        let line = only(observed.lines());
        assert_eq!(line["span_id"], span.span_context.span_id().to_string());
        assert_eq!((&line["level"], &line["trace_flags"]), (&"ERROR".into(), &"01".into()));
    }

    #[tokio::test]
    async fn failures_have_a_bound() {
        let observed = Observed::new(&[]);
        let router = router(&observed);
        for _ in 0..1000 {
            answer(&router, "/fail", &[NOT_SAMPLED]).await;
        }
        let spans = observed.spans().len();
        assert!((100..=200).contains(&spans), "two seconds' worth, and some for the time of the test, got {spans}");
        assert_eq!(observed.lines().len(), spans);
        assert_eq!(observed.metric("log_lines_suppressed_total").await, Some((1000 - spans) as f64));
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_counts_as_such() {
        let observed = Observed::new(&[]);
        let router = router(&observed);
        let slow = answer(&router, "/slow", &[]);
        assert!(tokio::time::timeout(Duration::from_millis(20), slow).await.is_err());
        let series = r#"http_requests_total{method="GET",endpoint="/slow",status="499"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
        assert_eq!(observed.metric("http_requests_in_flight").await, Some(0.0));
        let span = only(observed.spans());
        assert_eq!(attributes(&span).get("error.type").map(String::as_str), Some("canceled"));
        assert!(!attributes(&span).contains_key("http.response.status_code"));
    }

    #[tokio::test]
    async fn a_handler_that_panics_counts_as_failed() {
        let observed = Observed::new(&[]);
        let router = router(&observed);
        let local = tokio::task::LocalSet::new();
        let task = local.spawn_local(async move { answer(&router, "/panic", &[]).await });
        local.await;
        assert!(task.await.expect_err("it has panicked").is_panic());
        let series = r#"http_requests_total{method="GET",endpoint="/panic",status="500"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
        assert_eq!(observed.lines()[0]["level"], "ERROR");
    }

    #[tokio::test]
    async fn probes_have_a_line_on_debug_level_alone() {
        let observed = Observed::new(&[]);
        answer(&router(&observed), "/health", &[]).await;
        assert!(observed.lines().is_empty());
        assert_eq!(observed.metric("log_lines_suppressed_total").await, Some(0.0), "it was not suppressed");
        let series = r#"http_requests_total{method="GET",endpoint="/health",status="200"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
    }

    #[tokio::test]
    async fn what_matches_no_route_is_not_named_after_it() {
        let observed = Observed::new(&[]);
        let long = format!("/{}", "x".repeat(5000));
        answer(&router(&observed), &long, &[]).await;
        let span = only(observed.spans());
        assert_eq!(span.name, "GET");
        assert!(!attributes(&span).contains_key("http.route"));
        assert_eq!(attributes(&span)["url.path"].len(), LONGEST);
        let series = r#"http_requests_total{method="GET",endpoint="unmatched",status="404"}"#;
        assert_eq!(observed.metric(series).await, Some(1.0));
        assert_eq!(observed.lines()[0]["path"].as_str().map(str::len), Some(LONGEST));
    }

    #[tokio::test]
    async fn disabled_is_off() {
        let observed = Observed::new(&[("OTEL_SDK_DISABLED", "true")]);
        assert_eq!(answer(&router(&observed), "/fail", &[SAMPLED]).await.1, "", "there is no context");
        assert!(observed.spans().is_empty() && observed.lines().is_empty());
        assert_eq!(observed.metric("http_requests_in_flight").await, None);
    }
}
