//! What a span and a log line tell of a request, by <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.

use std::net::{IpAddr, SocketAddr};

use axum::body::HttpBody;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{HOST, HeaderName, HeaderValue, USER_AGENT};
use axum::http::{Method, StatusCode, Uri, Version};
use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::attribute;

use super::metrics::method_name;

/// The status under which a request counts that its client gave up: nginx's, as HTTP has none.
pub(super) const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Longer texts are cut: what a client sends stays in memory until it is exported.
pub(super) const LONGEST: usize = 1024;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What a span and a log line tell of a request.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    pub(super) uri: Uri,
    version: Version,
    host: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
    forwarded_for: Option<HeaderValue>,
    forwarded_proto: Option<HeaderValue>,
    peer: Option<SocketAddr>,
    pub(super) body_bytes: Option<u64>,
}

impl Head {
    pub(super) fn of(request: &Request) -> Self {
        let headers = request.headers();
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            host: headers.get(HOST).cloned(),
            user_agent: headers.get(USER_AGENT).cloned(),
            forwarded_for: headers.get(FORWARDED_FOR).cloned(),
            forwarded_proto: headers.get(FORWARDED_PROTO).cloned(),
            peer: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
            body_bytes: request.body().size_hint().exact(),
        }
    }

    pub(super) fn span_name(&self, template: &str) -> String {
        // A method that is not known would make the name unbounded.
        let method = match method_name(&self.method) {
            "_OTHER" => "HTTP",
            known => known,
        };
        if template == super::metrics::UNMATCHED { method.to_owned() } else { format!("{method} {template}") }
    }

    /// The attributes that are known from the start, by <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.
    pub(super) fn attributes(&self, template: &str) -> Vec<KeyValue> {
        // With room for those of the outcome.
        let mut attributes = Vec::with_capacity(20);
        let mut add = |key: &'static str, value: opentelemetry::Value| attributes.push(KeyValue::new(key, value));
        let method = method_name(&self.method);
        add(attribute::HTTP_REQUEST_METHOD, method.into());
        if method == "_OTHER" {
            add(attribute::HTTP_REQUEST_METHOD_ORIGINAL, cut(self.method.as_str()).to_owned().into());
        }
        if template != super::metrics::UNMATCHED {
            add(attribute::HTTP_ROUTE, template.to_owned().into());
        }
        add(attribute::URL_PATH, cut(self.uri.path()).to_owned().into());
        if let Some(query) = self.uri.query() {
            add(attribute::URL_QUERY, cut(query).to_owned().into());
        }
        add(attribute::URL_SCHEME, self.scheme().into());
        if let Some((host, port)) = self.server() {
            add(attribute::SERVER_ADDRESS, cut(host).to_owned().into());
            if let Some(port) = port {
                add(attribute::SERVER_PORT, i64::from(port).into());
            }
        }
        let version = match self.version {
            Version::HTTP_09 => "0.9",
            Version::HTTP_10 => "1.0",
            Version::HTTP_2 => "2",
            Version::HTTP_3 => "3",
            _ => "1.1",
        };
        add(attribute::NETWORK_PROTOCOL_VERSION, version.into());
        if let Some(peer) = self.peer {
            add(attribute::NETWORK_PEER_ADDRESS, peer.ip().to_string().into());
            add(attribute::NETWORK_PEER_PORT, i64::from(peer.port()).into());
        }
        if let Some(client) = self.client() {
            add(attribute::CLIENT_ADDRESS, client.to_string().into());
        }
        if let Some(user_agent) = self.user_agent() {
            add(attribute::USER_AGENT_ORIGINAL, user_agent.to_owned().into());
        }
        if let Some(bytes) = self.body_bytes {
            add(attribute::HTTP_REQUEST_BODY_SIZE, size(bytes).into());
        }
        attributes
    }

    fn scheme(&self) -> &'static str {
        match self.forwarded_proto.as_ref().map(HeaderValue::as_bytes) {
            Some(b"https") => "https",
            _ => "http",
        }
    }

    fn server(&self) -> Option<(&str, Option<u16>)> {
        let host = self.host.as_ref()?.to_str().ok()?;
        match host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => Some((host, port.parse().ok())),
            _ => Some((host, None)),
        }
    }

    /// The first address that proxies have noted, or that of the other end of the connection. It is what the client
    /// says: good to search by, not to trust.
    pub(super) fn client(&self) -> Option<IpAddr> {
        let forwarded = self.forwarded_for.as_ref().and_then(|value| value.to_str().ok());
        let first = forwarded.and_then(|list| list.split(',').next()?.trim().parse().ok());
        first.or_else(|| self.peer.map(|peer| peer.ip()))
    }

    pub(super) fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_ref().and_then(|value| value.to_str().ok()).map(cut)
    }
}

/// The attributes that are known in the end.
pub(super) fn outcome(status: StatusCode, response_bytes: Option<u64>) -> impl Iterator<Item = KeyValue> {
    let error = match status.as_u16() {
        CLIENT_CLOSED_REQUEST => Some("canceled".into()),
        code @ 500.. => Some(opentelemetry::Value::from(code.to_string())),
        _ => None,
    };
    let code = i64::from(status.as_u16());
    // What was never answered has no status.
    let answered = code != i64::from(CLIENT_CLOSED_REQUEST);
    let code = answered.then(|| KeyValue::new(attribute::HTTP_RESPONSE_STATUS_CODE, code));
    let bytes = response_bytes.map(|bytes| KeyValue::new(attribute::HTTP_RESPONSE_BODY_SIZE, size(bytes)));
    let error = error.map(|error| KeyValue::new(attribute::ERROR_TYPE, error));
    [code, bytes, error].into_iter().flatten()
}

fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The beginning of a text, at most [`LONGEST`] bytes of it.
pub(super) fn cut(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        let text = format!("{}\u{e9}{}", "a".repeat(LONGEST - 1), "b".repeat(10));
        assert_eq!(cut(&text), "a".repeat(LONGEST - 1));
        assert_eq!(cut("short"), "short");
    }
}
