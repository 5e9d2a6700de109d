//! `GET /metrics`.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::prometheus_text::prometheus_text;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`: all that `registry` holds, as OpenMetrics 1.0 with exemplars if the request prefers it, else as
/// Prometheus' text format 0.0.4.
pub(crate) fn router(registry: Arc<Registry>) -> Router {
    Router::new().route("/metrics", get(move |headers: HeaderMap| async move { answer(&registry, &headers) }))
}

fn answer(registry: &Registry, headers: &HeaderMap) -> Response {
    let mut text = String::with_capacity(64 * 1024);
    if let Err(error) = encode(&mut text, registry) {
        tracing::error!(%error, "metrics cannot be written");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let accept = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if prefers_openmetrics(accept) {
        ([(CONTENT_TYPE, OPENMETRICS), (VARY, "accept")], text).into_response()
    } else {
        ([(CONTENT_TYPE, PROMETHEUS), (VARY, "accept")], prometheus_text(&text)).into_response()
    }
}

/// Whether OpenMetrics is asked for by name, and wanted no less than plain text:
/// <https://www.rfc-editor.org/rfc/rfc9110#name-accept>. Those who take anything get the text that anything can read.
fn prefers_openmetrics<'a>(accept: impl Iterator<Item = &'a str>) -> bool {
    let (mut openmetrics, mut text) = (0.0_f32, 0.0_f32);
    for range in accept.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (mut quality, mut version) = (1.0_f32, None);
        for parameter in parts {
            match parameter.split_once('=').map(|(key, value)| (key.trim(), value.trim().trim_matches('"'))) {
                Some((key, value)) if key.eq_ignore_ascii_case("q") => quality = value.parse().unwrap_or(0.0),
                Some((key, value)) if key.eq_ignore_ascii_case("version") => version = Some(value),
                _ => {}
            }
        }
        match (name.as_str(), version) {
            // Its version 0.0.1 is the same text, but for what is not used here.
            ("application/openmetrics-text", None | Some("1.0.0" | "0.0.1")) => openmetrics = quality.max(openmetrics),
            ("text/plain", None | Some("0.0.4")) => text = quality.max(text),
            _ => {}
        }
    }
    openmetrics > 0.0 && openmetrics >= text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openmetrics_goes_to_those_who_prefer_it() {
        for (accept, expected) in [
            // Prometheus 2.42.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                true,
            ),
            // Prometheus 3 with PrometheusText0.0.4 before all others.
            ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.2", false),
            ("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", true),
            ("application/openmetrics-text;version=2.0.0", false),
            ("application/openmetrics-text;q=0", false),
            ("Application/OpenMetrics-Text", true),
            ("text/plain", false),
            ("*/*", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("", false),
        ] {
            assert_eq!(prefers_openmetrics([accept].into_iter()), expected, "{accept}");
        }
        let split = ["text/plain;q=0.2", "application/openmetrics-text"];
        assert!(prefers_openmetrics(split.into_iter()), "two headers are one list");
    }
}
