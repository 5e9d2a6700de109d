//! Addresses of data sources that are another one's, or of another use.

use serde_json::Value as Json;

use super::report::Report;
use super::{rules, text_of};

/// Where programs write to or ask below the address that a data source has.
const BELOW: [(&str, &[&str]); 2] = [("loki", &["/loki/api", "/otlp"]), ("prometheus", &["/api/v1", "/otlp"])];

/// Ports at which Tempo and collectors take spans in: OTLP, and Jaeger's.
const TAKES_SPANS: [&str; 3] = [":4317", ":4318", ":14268"];

pub(super) fn check(report: &mut Report<'_>, place: &str, source: &Json) {
    let url = text_of(source, "url");
    let Some((_, rest)) = url.split_once("://") else { return };
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let plugin = text_of(source, "type");
    let below = BELOW.iter().filter(|(name, _)| plugin.contains(name)).flat_map(|(_, below)| below.iter());
    if let Some(at) = below.filter_map(|below| path.find(below)).min() {
        let base = &url[..url.len() - path.len() + at];
        let message = format!("Grafana adds the path of each request itself, got `{}`", &path[at..]);
        report.problem(rules::DATA_SOURCE, place, message).fix = Some(format!("write `{base}`"));
    } else if source.pointer("/jsonData/prometheusType").and_then(Json::as_str) == Some("Mimir")
        && path.trim_matches('/').is_empty()
    {
        let message = "Mimir answers below `/prometheus`, unless it is configured otherwise, and the `url` has no path";
        let fix = format!("write `{}/prometheus`, or allow the finding", url.trim_end_matches('/'));
        report.warn(rules::DATA_SOURCE, place, message).fix = Some(fix);
    }
    if let Some(port) = TAKES_SPANS.iter().find(|port| plugin == "tempo" && host.ends_with(**port)) {
        let message = format!("at `{port}` spans are taken in, and Tempo answers at another port");
        report.warn(rules::DATA_SOURCE, place, message).fix =
            Some(format!("write its HTTP port, such as `{}:3200`", host.trim_end_matches(port)));
    }
}
