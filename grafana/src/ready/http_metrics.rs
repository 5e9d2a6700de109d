//! [`HttpMetrics`]: how a service names what it knows of HTTP requests.

/// The metrics and labels under which a service exports what it knows of HTTP requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpMetrics {
    pub(super) requests: String,
    pub(super) durations: String,
    pub(super) in_flight: Option<String>,
    pub(super) endpoint: String,
    pub(super) method: String,
    pub(super) status: String,
}

impl Default for HttpMetrics {
    /// The counter `http_requests_total` and the histogram `http_request_duration_seconds` with the labels `endpoint`,
    /// `method` and `status`, and the gauge `http_requests_in_flight`: those of the data processor.
    fn default() -> Self {
        Self::new("http_requests_total", "http_request_duration_seconds").in_flight("http_requests_in_flight")
    }
}

impl HttpMetrics {
    /// A counter of requests and a histogram of their durations in seconds, by their full names without `_bucket`. Both
    /// have the labels `endpoint`, `method` and `status`.
    #[must_use]
    pub fn new(requests: impl Into<String>, durations: impl Into<String>) -> Self {
        Self {
            requests: requests.into(),
            durations: durations.into(),
            in_flight: None,
            endpoint: "endpoint".to_owned(),
            method: "method".to_owned(),
            status: "status".to_owned(),
        }
    }

    /// Those of OpenTelemetry's semantic conventions, as Prometheus has them:
    /// <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>. Requests are the count of the histogram
    /// `http_server_request_duration_seconds`.
    #[must_use]
    pub fn open_telemetry() -> Self {
        Self::new("http_server_request_duration_seconds_count", "http_server_request_duration_seconds").labels(
            "http_route",
            "http_request_method",
            "http_response_status_code",
        )
    }

    /// Has a gauge of the requests that are not answered yet. There is none by default.
    #[must_use]
    pub fn in_flight(mut self, metric: impl Into<String>) -> Self {
        self.in_flight = Some(metric.into());
        self
    }

    /// Has these labels for the route, the method and the status code of a request.
    #[must_use]
    pub fn labels(mut self, endpoint: impl Into<String>, method: impl Into<String>, status: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self.method = method.into();
        self.status = status.into();
        self
    }
}
