//! Where spans go, and how.

use std::time::Duration;

use crate::config::is_http_url;
use crate::variables::Variables;

const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const COMPRESSIONS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"];
const HEADERS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

/// What the SDK has for `OTEL_TRACES_SAMPLER`.
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// An OTLP receiver for spans, over HTTP with protobuf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Otlp {
    /// The URL of the receiver.
    pub(crate) endpoint: String,
    /// How long an invocation waits for it.
    pub(crate) timeout: Duration,
}

impl Otlp {
    /// Reads the standard variables; see
    /// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/> and
    /// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.
    pub(crate) fn read(variables: &Variables<'_>) -> Option<Self> {
        check_sampler(variables);
        let disabled = variables.text(DISABLED).is_some_and(|value| match value.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => {
                variables.wrong(DISABLED, "true or false", Some(value));
                false
            }
        });
        let none = match variables.text(EXPORTER).as_deref() {
            None | Some("otlp") => false,
            Some("none") => true,
            Some(value) => {
                variables.wrong(EXPORTER, "otlp or none", Some(value.into()));
                false
            }
        };
        let (variable, endpoint) = variables.first(&ENDPOINTS)?;
        if disabled || none {
            return None;
        }
        if !is_http_url(&endpoint) {
            let allowed = "an http:// or https:// URL with a host and without user, query or fragment";
            variables.wrong(variable, allowed, Some(endpoint.clone()));
        }
        check_transport(variables);
        // The variable of one signal is the whole URL; the other is the base of all signals.
        let endpoint =
            if variable == ENDPOINTS[0] { endpoint } else { format!("{}/v1/traces", endpoint.trim_end_matches('/')) };
        let timeout = variables.first(&TIMEOUTS).map_or(TIMEOUTS[1], |(name, _)| name);
        let timeout = Duration::from_millis(variables.number(timeout, 1..=10_000, 1_000));
        Some(Self { endpoint, timeout })
    }
}

/// Protocol, compression and headers, of which the exporter would drop in silence what it does not know.
fn check_transport(variables: &Variables<'_>) {
    if let Some((name, value)) = variables.first(&PROTOCOLS).filter(|(_, value)| value != "http/protobuf") {
        variables.wrong(name, "http/protobuf, since gRPC is left out to start fast", Some(value));
    }
    if let Some((name, value)) = variables.first(&COMPRESSIONS).filter(|(_, value)| value != "none") {
        variables.wrong(name, "none, since a few spans are not worth compressing", Some(value));
    }
    let is_header = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty());
    if let Some((name, _)) = variables.first(&HEADERS).filter(|(_, value)| !value.split(',').all(is_header)) {
        variables.wrong(name, "a list of name=value, separated by commas", None);
    }
}

fn check_sampler(variables: &Variables<'_>) {
    let Some(sampler) = variables.text(SAMPLER) else { return };
    if !SAMPLERS.contains(&sampler.as_str()) {
        variables.wrong(SAMPLER, format!("one of {}", SAMPLERS.join(", ")), Some(sampler));
    } else if sampler.ends_with("traceidratio") {
        variables.number(SAMPLER_ARG, 0.0..=1.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::ConfigError;

    fn otlp(variables: &[(&str, &str)]) -> Result<Option<Otlp>, ConfigError> {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        let variables = Variables::new(&lookup);
        let found = Otlp::read(&variables);
        variables.finish().map(|()| found)
    }

    fn wrong(variables: &[(&str, &str)]) -> String {
        otlp(variables).expect_err("a wrong variable").to_string()
    }

    #[test]
    fn without_an_endpoint_nothing_is_exported() {
        assert_eq!(otlp(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]), Ok(None));
        for off in [(DISABLED, "TRUE"), (EXPORTER, "none")] {
            assert_eq!(otlp(&[(ENDPOINTS[1], "http://collector:4318"), off]), Ok(None));
        }
    }

    #[test]
    fn the_path_is_added_to_the_base_only() {
        let base = (ENDPOINTS[1], "http://collector:4318/");
        let found = otlp(&[base]).expect("valid").expect("an endpoint");
        assert_eq!(found.endpoint, "http://collector:4318/v1/traces");
        assert_eq!(found.timeout, Duration::from_secs(1));
        let found = otlp(&[base, (ENDPOINTS[0], "https://tempo/otlp"), (TIMEOUTS[0], "250")]);
        let expected = Otlp { endpoint: "https://tempo/otlp".into(), timeout: Duration::from_millis(250) };
        assert_eq!(found, Ok(Some(expected)));
    }

    #[test]
    fn rejects_what_the_exporter_cannot_do() {
        let base = (ENDPOINTS[1], "http://collector:4318");
        assert_eq!(
            wrong(&[base, (PROTOCOLS[1], "grpc")]),
            "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, since gRPC is left out to start fast, got \"grpc\""
        );
        assert!(wrong(&[base, (COMPRESSIONS[0], "gzip")]).contains("_COMPRESSION must be none"));
        assert!(wrong(&[(ENDPOINTS[1], "collector:4317")]).contains("must be an http:// or https:// URL"));
        assert!(wrong(&[base, (TIMEOUTS[1], "10001")]).contains("must be a number from 1 to 10000"));
        assert!(wrong(&[(EXPORTER, "zipkin")]).contains("must be otlp or none"));
        assert!(wrong(&[(DISABLED, "1")]).contains("must be true or false"));
    }

    #[test]
    fn rejects_a_header_without_showing_it() {
        let text = wrong(&[(ENDPOINTS[1], "http://collector"), (HEADERS[1], "a=b,secret")]);
        assert_eq!(text, "OTEL_EXPORTER_OTLP_HEADERS must be a list of name=value, separated by commas");
    }

    #[test]
    fn rejects_a_sampler_that_the_sdk_would_replace() {
        assert!(wrong(&[(SAMPLER, "xray")]).starts_with("OTEL_TRACES_SAMPLER must be one of always_on, "));
        let text = wrong(&[(SAMPLER, "traceidratio"), (SAMPLER_ARG, "2")]);
        assert_eq!(text, "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, got \"2\"");
    }
}
