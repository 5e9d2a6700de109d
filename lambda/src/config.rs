//! What the environment says.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;
use tracing_subscriber::filter::LevelFilter;

use crate::otlp::Otlp;
use crate::propagation::Propagation;
use crate::variables::{ConfigError, Variables};

const URL: &str = "DATA_PROCESSOR_URL";
const TIME_LIMIT: &str = "CHECK_TIME_LIMIT_MS";
const THRESHOLD: &str = "CHECK_THRESHOLD_MS";
const TOTAL_THRESHOLD: &str = "TOTAL_THRESHOLD_MS";
const NAMESPACE: &str = "AWS_EMF_NAMESPACE";
const CA_FILE: &str = "SSL_CERT_FILE";
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// The longest time that a limit or a threshold can be set to, in milliseconds.
const MINUTE: u64 = 60_000;

/// The settings of the function, from its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    base_url: String,
    time_limit: Duration,
    threshold: Duration,
    total_threshold: Duration,
    namespace: String,
    service: String,
    function: String,
    function_version: String,
    log_level: LevelFilter,
    ca_file: Option<PathBuf>,
    propagation: Propagation,
    otlp: Option<Otlp>,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Variables are missing, or set to what they cannot mean; see [`Config::from_lookup`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(&|name| env::var_os(name))
    }

    /// Reads the variables that `lookup` finds. One that is empty counts as not set.
    ///
    /// - `DATA_PROCESSOR_URL`, required: an `http://` or `https://` URL under which the data processor has its paths,
    ///   such as `http://internal-alb.example:8080`.
    /// - `CHECK_TIME_LIMIT_MS`: how long one call may take from the first look at the host's name to the last byte of
    ///   the answer before it is given up, 1 to 60,000 ms, 2,000 by default.
    /// - `CHECK_THRESHOLD_MS`: how long a call may take to pass, 1 to 60,000 ms, by default 1,000 or the limit if that
    ///   is less. A call between the two has an answer, and fails for being slow.
    /// - `TOTAL_THRESHOLD_MS`: how long the six calls may take together, 1 to 60,000 ms, 5,000 by default.
    /// - `AWS_EMF_NAMESPACE`: the namespace of the metrics in CloudWatch, `DataProcessor` by default, at most 255
    ///   characters; it must not begin with `AWS/`, which AWS keeps for itself.
    /// - `OTEL_SERVICE_NAME`, or `service.name` in `OTEL_RESOURCE_ATTRIBUTES`: the name of this program in logs, traces
    ///   and metrics; the function's name by default.
    /// - `AWS_LAMBDA_LOG_LEVEL`: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`, as Lambda's logging controls set
    ///   it; `INFO` by default. Lines that carry metrics are written at every level, but where a function's log format
    ///   is JSON, Lambda drops those below its application log level by itself, and their metrics with them.
    /// - `SSL_CERT_FILE`: the certificates (PEM) that `https://` servers must descend from, in place of the public
    ///   ones that the program carries.
    /// - `OTEL_PROPAGATORS`: a list of `tracecontext`, `baggage`, `xray` and `xray-lambda`, or `none`; by default
    ///   `tracecontext,baggage,xray-lambda`. With `xray-lambda` the trace is the one that Lambda began; without it, it
    ///   is one of this program's own. Both `xray` and `xray-lambda` send `X-Amzn-Trace-Id`.
    /// - `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_EXPORTER_OTLP_ENDPOINT` to which `/v1/traces` is added: where
    ///   spans go. None by default, and then nothing is exported.
    /// - `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT` or `OTEL_EXPORTER_OTLP_TIMEOUT`: how long an invocation waits for that at
    ///   its end, 1 to 10,000 ms, 1,000 by default: less than elsewhere, since a function is paid by the millisecond.
    /// - `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` or `OTEL_EXPORTER_OTLP_PROTOCOL`: `http/protobuf`, the default; and
    ///   likewise `..._COMPRESSION`: `none`.
    /// - `OTEL_EXPORTER_OTLP_TRACES_HEADERS` or `OTEL_EXPORTER_OTLP_HEADERS`: a list of `name=value`.
    /// - `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`: as the SDK has them, `parentbased_always_on` by default.
    /// - `OTEL_TRACES_EXPORTER`: `otlp`, the default, or `none`; and `OTEL_SDK_DISABLED`, `true` or `false`.
    ///
    /// `OTEL_RESOURCE_ATTRIBUTES` and the limits of the SDK are read by the SDK itself, from the process.
    ///
    /// # Errors
    /// Variables are missing, or set to what they cannot mean: all of them are told at once.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let variables = Variables::new(lookup);
        let time_limit = variables.number(TIME_LIMIT, 1..=MINUTE, 2_000);
        let threshold = variables.number(THRESHOLD, 1..=MINUTE, time_limit.min(1_000));
        if threshold > time_limit {
            let allowed = format!("at most {TIME_LIMIT}, which is {time_limit}");
            variables.wrong(THRESHOLD, allowed, Some(threshold.to_string()));
        }
        let function = variables.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| env!("CARGO_PKG_NAME").into());
        let config = Self {
            base_url: base_url(&variables),
            time_limit: Duration::from_millis(time_limit),
            threshold: Duration::from_millis(threshold),
            total_threshold: Duration::from_millis(variables.number(TOTAL_THRESHOLD, 1..=MINUTE, 5_000)),
            namespace: namespace(&variables),
            service: service(&variables).unwrap_or_else(|| function.clone()),
            function,
            function_version: variables.text("AWS_LAMBDA_FUNCTION_VERSION").unwrap_or_default(),
            log_level: log_level(&variables),
            ca_file: variables.text(CA_FILE).map(PathBuf::from),
            propagation: Propagation::read(&variables),
            otlp: Otlp::read(&variables),
        };
        variables.finish()?;
        Ok(config)
    }

    /// The URL of `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// How long one call may take before it is given up.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.time_limit
    }

    /// How long one call may take to pass.
    #[must_use]
    pub fn threshold(&self) -> Duration {
        self.threshold
    }

    /// How long the six calls may take together to pass.
    #[must_use]
    pub fn total_threshold(&self) -> Duration {
        self.total_threshold
    }

    /// The namespace of the metrics in CloudWatch.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name of this program in logs, traces and metrics.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The name of the function.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The version of the function, `$LATEST` or a number.
    #[must_use]
    pub fn function_version(&self) -> &str {
        &self.function_version
    }

    /// The least severe level that is logged.
    #[must_use]
    pub fn log_level(&self) -> LevelFilter {
        self.log_level
    }

    /// The file with the certificates that `https://` servers must descend from, if it is not the public ones.
    #[must_use]
    pub fn ca_file(&self) -> Option<&PathBuf> {
        self.ca_file.as_ref()
    }

    pub(crate) fn propagation(&self) -> Propagation {
        self.propagation
    }

    pub(crate) fn otlp(&self) -> Option<&Otlp> {
        self.otlp.as_ref()
    }
}

fn base_url(variables: &Variables<'_>) -> String {
    let value = variables.text(URL);
    if let Some(value) = value.as_deref().filter(|value| is_http_url(value)) {
        return value.trim_end_matches('/').into();
    }
    variables.wrong(URL, "an http:// or https:// URL with a host and without user, query or fragment", value);
    String::new()
}

/// Whether this is a URL to which a path can be added.
pub(crate) fn is_http_url(value: &str) -> bool {
    // A parsed URI has lost its fragment, and keeps the user in its authority.
    !value.contains(['#', '@'])
        && value.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
        })
}

fn service(variables: &Variables<'_>) -> Option<String> {
    variables.text("OTEL_SERVICE_NAME").or_else(|| {
        let attributes = variables.text("OTEL_RESOURCE_ATTRIBUTES")?;
        let mut pairs = attributes.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.trim() == "service.name").map(|(_, value)| value.trim().to_owned())
    })
}

fn log_level(variables: &Variables<'_>) -> LevelFilter {
    let Some(value) = variables.text(LOG_LEVEL) else { return LevelFilter::INFO };
    match value.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => {
            variables.wrong(LOG_LEVEL, "TRACE, DEBUG, INFO, WARN, ERROR or FATAL", Some(value));
            LevelFilter::INFO
        }
    }
}

fn namespace(variables: &Variables<'_>) -> String {
    let value = variables.text(NAMESPACE).unwrap_or_else(|| "DataProcessor".into());
    let allowed = |character: char| character.is_ascii_alphanumeric() || ".-_/#: ".contains(character);
    if value.len() > 255 || value.starts_with("AWS/") || !value.chars().all(allowed) {
        let allowed = "at most 255 letters, digits or any of .-_/#: and not begin with AWS/";
        variables.wrong(NAMESPACE, allowed, Some(value.clone()));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(&|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn a_url_is_enough() {
        for url in ["http://alb.internal", "http://alb.internal/"] {
            let config = config(&[(URL, url)]).expect("a valid URL");
            assert_eq!(config.url("/data"), "http://alb.internal/data");
            assert_eq!(config.time_limit(), Duration::from_secs(2));
            assert_eq!(config.threshold(), Duration::from_secs(1));
            assert_eq!(config.total_threshold(), Duration::from_secs(5));
            assert_eq!((config.namespace(), config.service()), ("DataProcessor", "test-runner"));
            assert_eq!(config.otlp(), None);
        }
    }

    #[test]
    fn a_port_and_a_path_are_kept() {
        let config = config(&[(URL, "https://10.0.0.1:8080/v1"), (TIME_LIMIT, "500")]).expect("both are valid");
        assert_eq!(config.url("/data"), "https://10.0.0.1:8080/v1/data");
        assert_eq!(config.time_limit(), Duration::from_millis(500));
        assert_eq!(config.threshold(), Duration::from_millis(500));
    }

    #[test]
    fn the_service_is_the_function_unless_named() {
        let function = ("AWS_LAMBDA_FUNCTION_NAME", "Stack-TestRunner-1");
        let found = config(&[(URL, "http://alb"), function]).expect("valid");
        assert_eq!((found.service(), found.function()), ("Stack-TestRunner-1", "Stack-TestRunner-1"));
        let found = config(&[(URL, "http://alb"), function, ("OTEL_SERVICE_NAME", "canary")]).expect("valid");
        assert_eq!((found.service(), found.function()), ("canary", "Stack-TestRunner-1"));
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test, service.name=canary");
        assert_eq!(config(&[(URL, "http://alb"), attributes]).expect("valid").service(), "canary");
    }

    #[test]
    fn the_level_is_the_one_of_lambda() {
        let level = |value| config(&[(URL, "http://alb"), (LOG_LEVEL, value)]).map(|config| config.log_level());
        assert_eq!(level("FATAL"), Ok(LevelFilter::ERROR));
        assert_eq!(level(""), Ok(LevelFilter::INFO));
        assert!(level("loud").is_err());
    }

    #[test]
    fn fails_without_a_url() {
        let error = config(&[]).expect_err("a URL is required");
        assert_eq!(
            error.to_string(),
            "DATA_PROCESSOR_URL must be an http:// or https:// URL with a host and without user, query or fragment"
        );
        assert_eq!(config(&[(URL, " ")]), Err(error));
    }

    #[test]
    fn fails_on_what_is_no_http_url() {
        for value in
            ["ftp://alb", "alb.internal", "/health", "http://", "http://a b", "http://alb/?a=b", "http://u@alb"]
        {
            let error = config(&[(URL, value)]).expect_err(value);
            assert_eq!(error.variables()[0].value.as_deref(), Some(value));
        }
    }

    #[test]
    fn fails_on_a_limit_out_of_range() {
        for value in ["0", "60001", "2s", "-1"] {
            let error = config(&[(URL, "http://alb"), (TIME_LIMIT, value)]).expect_err("out of range");
            assert_eq!(
                error.to_string(),
                format!("CHECK_TIME_LIMIT_MS must be a number from 1 to 60000, got {value:?}")
            );
        }
    }

    #[test]
    fn fails_on_a_threshold_above_the_limit() {
        let error = config(&[(URL, "http://alb"), (THRESHOLD, "2500")]).expect_err("never reached");
        let text = "CHECK_THRESHOLD_MS must be at most CHECK_TIME_LIMIT_MS, which is 2000, got \"2500\"";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn fails_on_the_namespace_of_a_service() {
        for value in ["AWS/Lambda", "a*b", &"a".repeat(256)] {
            let error = config(&[(URL, "http://alb"), (NAMESPACE, value)]).expect_err(value);
            assert_eq!(error.variables()[0].name, NAMESPACE);
        }
    }

    #[test]
    fn fails_with_every_wrong_variable_at_once() {
        let variables = [
            (URL, "ftp://files"),
            (TOTAL_THRESHOLD, "soon"),
            ("OTEL_PROPAGATORS", "b3"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ];
        let error = config(&variables).expect_err("five are wrong");
        let names: Vec<_> = error.variables().iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(names, ["DATA_PROCESSOR_URL", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_PROPAGATORS", TOTAL_THRESHOLD]);
    }
}
