//! Metrics of requests.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use axum::http::{Method, StatusCode};
use opentelemetry::trace::TraceId;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::{CounterWithExemplar, HistogramWithExemplars};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The upper bounds of the buckets of request durations, in seconds: 0.5 ms to 10 s.
///
/// Objectives are usually set at a round number, and a ratio "faster than 100 ms" is exact only where there is a bound
/// at 100 ms; 10 s is the time that a request may take at all. Each bucket is at most 2.5 times the one before, which
/// bounds the error of a quantile that is interpolated within it.
pub(crate) const DURATION_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The endpoint of what no route matches.
pub(crate) const UNMATCHED: &str = "unmatched";

/// The methods that are told apart; everything else is `_OTHER`, as the semantic conventions have it, so that nobody
/// makes series by inventing methods: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "_OTHER"];

/// More templates than any router of this program has.
const ROUTES: usize = 32;

/// The series that exist from the start, with 0: a rate over the first error would otherwise miss it.
const EXPECTED: [(&str, &str, &[u16]); 7] = [
    ("POST", "/data", &[201, 400, 413, 415, 500, 503]),
    ("GET", "/data", &[200, 400, 500, 503]),
    ("GET", "/data/{key}", &[200, 404, 500, 503]),
    ("DELETE", "/data/{key}", &[204, 404, 500, 503]),
    ("GET", "/health", &[200]),
    ("GET", "/ready", &[200, 503]),
    ("GET", UNMATCHED, &[404]),
];

/// The label of an exemplar: the trace of one request that was counted.
pub(crate) type Exemplar = [(&'static str, String); 1];

pub(crate) fn exemplar(trace_id: TraceId) -> Exemplar {
    [("trace_id", trace_id.to_string())]
}

pub(crate) fn duration_histogram() -> HistogramWithExemplars<Exemplar> {
    HistogramWithExemplars::new(DURATION_BUCKETS.into_iter())
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    endpoint: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: String,
}

/// The metrics of requests.
///
/// A request finds its series by route, method and status in arrays: no label is hashed, compared or allocated once
/// they exist. Their number is bounded: templates of routes, known methods, statuses that the service answers with.
#[derive(Debug)]
pub(crate) struct HttpMetrics {
    requests: Family<RequestLabels, CounterWithExemplar<Exemplar>>,
    durations: Family<RequestLabels, HistogramWithExemplars<Exemplar>, fn() -> HistogramWithExemplars<Exemplar>>,
    errors: Family<EndpointLabels, Counter>,
    in_flight: Gauge,
    /// The first is [`UNMATCHED`].
    routes: [OnceLock<Route>; ROUTES],
}

/// The number of a route in [`HttpMetrics`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteIndex(usize);

#[derive(Debug)]
struct Route {
    template: String,
    errors: Counter,
    /// By method, then by status less 100.
    series: [OnceLock<Box<[OnceLock<Series>]>>; METHODS.len()],
}

#[derive(Debug)]
struct Series {
    requests: CounterWithExemplar<Exemplar>,
    durations: HistogramWithExemplars<Exemplar>,
}

impl HttpMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(duration_histogram),
            errors: Family::default(),
            in_flight: Gauge::default(),
            routes: [const { OnceLock::new() }; ROUTES],
        };
        registry.register("http_requests", "Requests that were answered", metrics.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to the head of its answer",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests that are not answered yet", metrics.in_flight.clone());
        registry.register(
            "http_request_errors",
            "Requests that were answered with a status of 500 or more",
            metrics.errors.clone(),
        );
        for (method, template, statuses) in EXPECTED {
            let route = metrics.route(Some(template));
            let method = method_index(&Method::from_bytes(method.as_bytes()).unwrap_or_default());
            for status in statuses {
                metrics.series(route, method, *status);
            }
        }
        metrics
    }

    /// The route with the given template; [`UNMATCHED`] without one, and after the 31st.
    pub(crate) fn route(&self, template: Option<&str>) -> RouteIndex {
        let template = template.unwrap_or(UNMATCHED);
        let unmatched = || Route::new(UNMATCHED, &self.errors);
        if self.routes[0].get_or_init(unmatched).template == template {
            return RouteIndex(0);
        }
        for (index, slot) in self.routes.iter().enumerate().skip(1) {
            if slot.get_or_init(|| Route::new(template, &self.errors)).template == template {
                return RouteIndex(index);
            }
        }
        RouteIndex(0)
    }

    /// The template of a route.
    pub(crate) fn template(&self, route: RouteIndex) -> &str {
        self.routes[route.0].get().map_or(UNMATCHED, |route| &route.template)
    }

    /// A request has come.
    pub(crate) fn begin(&self) {
        self.in_flight.inc();
    }

    /// A request that had come is answered, or was given up.
    pub(crate) fn end(
        &self,
        route: RouteIndex,
        method: &Method,
        status: StatusCode,
        duration: Duration,
        trace: Option<TraceId>,
    ) {
        self.in_flight.dec();
        let seconds = duration.as_secs_f64();
        if let Some(series) = self.series(route, method_index(method), status.as_u16()) {
            let now = trace.map(|_| SystemTime::now());
            series.requests.inc_by(1, trace.map(exemplar), now);
            series.durations.observe(seconds, trace.map(exemplar), now);
        }
        if status.is_server_error()
            && let Some(route) = self.routes[route.0].get()
        {
            route.errors.inc();
        }
    }

    fn series(&self, route: RouteIndex, method: usize, status: u16) -> Option<&Series> {
        let route = self.routes[route.0].get()?;
        let status = status.clamp(100, 599);
        let statuses = route.series[method].get_or_init(|| (100..=599).map(|_| OnceLock::new()).collect());
        let series = statuses.get(usize::from(status - 100))?;
        Some(series.get_or_init(|| {
            let labels = RequestLabels { method: METHODS[method], endpoint: route.template.clone(), status };
            Series {
                requests: self.requests.get_or_create_owned(&labels),
                durations: self.durations.get_or_create_owned(&labels),
            }
        }))
    }
}

impl Route {
    fn new(template: &str, errors: &Family<EndpointLabels, Counter>) -> Self {
        Self {
            template: template.to_owned(),
            errors: errors.get_or_create_owned(&EndpointLabels { endpoint: template.to_owned() }),
            series: [const { OnceLock::new() }; METHODS.len()],
        }
    }
}

/// The name of a method as the semantic conventions have it: known, or `_OTHER`.
pub(crate) fn method_name(method: &Method) -> &'static str {
    METHODS[method_index(method)]
}

fn method_index(method: &Method) -> usize {
    match *method {
        Method::GET => 0,
        Method::HEAD => 1,
        Method::POST => 2,
        Method::PUT => 3,
        Method::DELETE => 4,
        Method::CONNECT => 5,
        Method::OPTIONS => 6,
        Method::TRACE => 7,
        Method::PATCH => 8,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;

    fn metrics() -> (HttpMetrics, Registry) {
        let mut registry = Registry::default();
        (HttpMetrics::register(&mut registry), registry)
    }

    fn text(registry: &Registry) -> String {
        let mut text = String::new();
        encode(&mut text, registry).expect("a string takes everything");
        text
    }

    fn answered(metrics: &HttpMetrics, template: Option<&str>, method: &str, status: u16) {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        metrics.begin();
        let status = StatusCode::from_u16(status).expect("a status");
        metrics.end(metrics.route(template), &method, status, Duration::from_millis(3), None);
    }

    #[test]
    fn expected_series_begin_with_0() {
        let (_metrics, registry) = metrics();
        let text = text(&registry);
        for line in [
            "http_requests_total{method=\"POST\",endpoint=\"/data\",status=\"201\"} 0",
            "http_requests_total{method=\"GET\",endpoint=\"/data/{key}\",status=\"503\"} 0",
            "http_request_duration_seconds_count{method=\"GET\",endpoint=\"/data/{key}\",status=\"404\"} 0",
            "http_request_errors_total{endpoint=\"/data\"} 0",
            "http_requests_in_flight 0",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn requests_are_counted_where_they_belong() {
        let (metrics, registry) = metrics();
        for _ in 0..3 {
            answered(&metrics, Some("/data/{key}"), "GET", 200);
        }
        answered(&metrics, Some("/data/{key}"), "GET", 503);
        metrics.begin();
        let text = text(&registry);
        for line in [
            "http_requests_total{method=\"GET\",endpoint=\"/data/{key}\",status=\"200\"} 3",
            "http_requests_total{method=\"GET\",endpoint=\"/data/{key}\",status=\"503\"} 1",
            "http_request_duration_seconds_bucket{le=\"0.0025\",method=\"GET\",endpoint=\"/data/{key}\",status=\"200\"} 0",
            "http_request_duration_seconds_bucket{le=\"0.005\",method=\"GET\",endpoint=\"/data/{key}\",status=\"200\"} 3",
            "http_request_errors_total{endpoint=\"/data/{key}\"} 1",
            "http_requests_in_flight 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_sampled_request_is_an_exemplar() {
        let (metrics, registry) = metrics();
        let trace = TraceId::from_bytes([0xab; 16]);
        let route = metrics.route(Some("/data"));
        metrics.end(route, &Method::POST, StatusCode::CREATED, Duration::from_millis(30), Some(trace));
        let text = text(&registry);
        let exemplars: Vec<_> =
            text.lines().filter(|line| line.contains(&format!("# {{trace_id=\"{trace}\"}}"))).collect();
        assert_eq!(exemplars.len(), 2, "{text}");
        assert!(
            exemplars[0].starts_with("http_requests_total{") && exemplars[1].contains("le=\"0.05\""),
            "{exemplars:?}"
        );
    }

    #[test]
    fn nobody_makes_series_by_inventing() {
        let (metrics, registry) = metrics();
        let before = text(&registry).lines().count();
        for number in 0..500 {
            answered(&metrics, Some(&format!("/invented/{number}")), &format!("INVENTED{number}"), 200);
        }
        for number in 0..500 {
            answered(&metrics, None, &format!("INVENTED{number}"), 404);
        }
        let text = text(&registry);
        // 31 routes and the unmatched one: 17 lines of histogram, a count, and errors each.
        assert!(text.lines().count() - before <= ROUTES * 20, "{}", text.lines().count());
        assert!(
            text.contains("http_requests_total{method=\"_OTHER\",endpoint=\"unmatched\",status=\"404\"} 500"),
            "{text}"
        );
    }
}
