//! Where telemetry is sent.

use std::fmt;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Uri};

use crate::telemetry::settings::Reader;

/// How telemetry is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    HttpProtobuf,
}

/// Where and how one signal is sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The whole address; over HTTP with the path of the signal.
    pub(crate) url: String,
    pub(crate) protocol: Protocol,
    /// These may hold secrets.
    pub(crate) headers: Vec<(String, String)>,
    /// The time that one export may take, with its repetitions.
    pub(crate) timeout: Duration,
    pub(crate) gzip: bool,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Endpoint")
            .field("url", &self.url)
            .field("protocol", &self.protocol)
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("gzip", &self.gzip)
            .finish()
    }
}

impl Reader<'_> {
    /// The endpoint of `signal`, `TRACES` or `LOGS`, whose path over HTTP is `path`.
    pub(crate) fn endpoint(&mut self, signal: &str, path: &str) -> Option<Endpoint> {
        let exporter = self.choice(&format!("OTEL_{signal}_EXPORTER"), &[("otlp", true), ("none", false)]);
        let protocols = [("http/protobuf", Protocol::HttpProtobuf), ("grpc", Protocol::Grpc)];
        let protocol = self.of(signal, "PROTOCOL");
        let protocol = self.choice(&protocol, &protocols).unwrap_or(Protocol::HttpProtobuf);
        let headers = self.headers(signal);
        let timeout = self.of(signal, "TIMEOUT");
        let timeout = self.number(&timeout, 1, 3_600_000, " of milliseconds").unwrap_or(10_000);
        let gzip = self.of(signal, "COMPRESSION");
        let gzip = self.choice(&gzip, &[("gzip", true), ("none", false)]).unwrap_or(false);
        let variable = self.of(signal, "ENDPOINT");
        let url = self.text(&variable);
        if let Some(wrong) = url.as_ref().filter(|url| !is_http(url)) {
            // It may hold a password.
            let value = (!wrong.contains('@')).then(|| wrong.clone());
            self.refuse(&variable, "an http:// or https:// address", value);
        }
        if exporter == Some(false) || url.is_none() && exporter.is_none() {
            return None;
        }
        let url = match (url, protocol) {
            (None, Protocol::Grpc) => "http://localhost:4317".to_owned(),
            (None, Protocol::HttpProtobuf) => format!("http://localhost:4318{path}"),
            // The variable for all signals names what their paths are appended to; the one for a signal is the address.
            (Some(url), Protocol::HttpProtobuf) if variable == "OTEL_EXPORTER_OTLP_ENDPOINT" => {
                format!("{}{path}", url.trim_end_matches('/'))
            }
            (Some(url), _) => url,
        };
        Some(Endpoint { url, protocol, headers, timeout: Duration::from_millis(timeout), gzip })
    }

    /// The variable that counts: that of the signal if it is set, or that of all signals.
    fn of(&self, signal: &str, rest: &str) -> String {
        let name = format!("OTEL_EXPORTER_OTLP_{signal}_{rest}");
        if self.text(&name).is_some() { name } else { format!("OTEL_EXPORTER_OTLP_{rest}") }
    }

    fn headers(&mut self, signal: &str) -> Vec<(String, String)> {
        let variable = self.of(signal, "HEADERS");
        let headers = self.pairs(&variable, true);
        let fits = |(name, value): &(String, String)| {
            HeaderName::try_from(name.as_str()).is_ok() && HeaderValue::try_from(value.as_str()).is_ok()
        };
        if headers.iter().all(fits) {
            return headers;
        }
        self.refuse(&variable, "a list of key=value pairs that can be HTTP headers", None);
        Vec::new()
    }
}

fn is_http(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::settings::{Settings, table};

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::from_lookup(&table(variables)).expect("all variables are right")
    }

    fn urls(variables: &[(&str, &str)]) -> [Option<String>; 2] {
        let settings = settings(variables);
        [settings.traces, settings.logs].map(|endpoint| endpoint.map(|endpoint| endpoint.url))
    }

    fn some(traces: &str, logs: &str) -> [Option<String>; 2] {
        [traces, logs].map(|url| (!url.is_empty()).then(|| url.to_owned()))
    }

    #[test]
    fn the_endpoint_of_all_signals_gets_their_paths() {
        let all = "OTEL_EXPORTER_OTLP_ENDPOINT";
        assert_eq!(urls(&[(all, "http://a:1")]), some("http://a:1/v1/traces", "http://a:1/v1/logs"));
        assert_eq!(urls(&[(all, "https://a/b/")]), some("https://a/b/v1/traces", "https://a/b/v1/logs"));
        let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(urls(&[(all, "http://a:1"), grpc]), some("http://a:1", "http://a:1"));
    }

    #[test]
    fn the_endpoint_of_a_signal_is_taken_as_it_is() {
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:2/x");
        assert_eq!(urls(&[traces]), some("http://t:2/x", ""));
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1");
        assert_eq!(urls(&[traces, all]), some("http://t:2/x", "http://a:1/v1/logs"));
    }

    #[test]
    fn the_exporter_can_be_chosen() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1");
        assert_eq!(urls(&[all, ("OTEL_LOGS_EXPORTER", "none")]), some("http://a:1/v1/traces", ""));
        assert_eq!(urls(&[("OTEL_TRACES_EXPORTER", "otlp")]), some("http://localhost:4318/v1/traces", ""));
        let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(urls(&[("OTEL_TRACES_EXPORTER", "otlp"), grpc]), some("http://localhost:4317", ""));
    }

    #[test]
    fn all_of_an_endpoint_is_read() {
        let settings = settings(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=se%20cret"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "api-key=other"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
        ]);
        let traces = settings.traces.expect("an endpoint");
        assert_eq!(traces.protocol, Protocol::Grpc);
        assert_eq!(traces.headers, [("api-key".to_owned(), "se cret".to_owned())]);
        assert_eq!((traces.timeout, traces.gzip), (Duration::from_millis(250), true));
        let logs = settings.logs.expect("an endpoint");
        assert_eq!((logs.protocol, logs.timeout), (Protocol::HttpProtobuf, Duration::from_secs(10)));
        assert_eq!(logs.headers, [("api-key".to_owned(), "other".to_owned())]);
        assert!(!format!("{traces:?}").contains("cret"), "{traces:?}");
    }

    #[test]
    fn rejects_what_it_cannot_do_and_shows_no_secret() {
        for (name, value, expected) in [
            ("OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER must be otlp or none, got \"zipkin\""),
            (
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                "http/json",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL must be http/protobuf or grpc, got \"http/json\"",
            ),
            (
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                "collector:4317",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT must be an http:// or https:// address, got \"collector:4317\"",
            ),
            (
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                "ftp://me:secret@a",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT must be an http:// or https:// address",
            ),
            (
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
                "secret",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS must be a list of key=value pairs with commas between them and \
                 percent encoding in the values",
            ),
            (
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
                "a b=secret",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS must be a list of key=value pairs that can be HTTP headers",
            ),
        ] {
            let wrong = Settings::from_lookup(&table(&[(name, value)])).expect_err("the variable is wrong");
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert_eq!(wrong[0].to_string(), expected);
        }
    }

    #[test]
    fn rejects_a_wrong_variable_of_all_signals_once() {
        let wrong = Settings::from_lookup(&table(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")])).expect_err("no number");
        assert_eq!(wrong.len(), 1, "{wrong:?}");
    }
}
