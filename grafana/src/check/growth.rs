//! Counters that are shown as they are, and rates of what is no counter.

use super::report::Report;
use super::rules;
use crate::catalog::Growth;
use crate::query::Query;

/// Compares what a query does with samples to what they do. Where no program of the stack says, well-known programs do,
/// and then names: those of counters end with `_total` and those of histograms with `_bucket`.
pub(super) fn check(report: &mut Report<'_>, place: &str, text: &str, query: &Query) {
    let metrics = report.metrics;
    let mut told: Vec<&str> = Vec::new();
    for (index, selector) in query.names.selectors.iter().enumerate() {
        let Some(metric) = selector.metric.as_ref().filter(|metric| !metric.has_variable()) else { continue };
        let known = metrics.growth(&metric.name);
        let named = known.is_none() && !metrics.are_known() && is_named_as_counter(&metric.name, query);
        // How long a program has run is what such a counter is for.
        let counter = (named || known == Some(Growth::Counter)) && !metric.name.contains("uptime");
        if counter && query.shown().contains(&index) && !told.contains(&metric.name.as_str()) {
            told.push(&metric.name);
            let is = if named { "has the name of a counter" } else { "is a counter" };
            let message = format!("`{}` {is}: its value says how long the program has run", metric.name);
            let written = text.get(selector.span.start..selector.span.end).unwrap_or(&metric.name);
            let range = report.range;
            let finding = report.warn(rules::COUNTER_WITHOUT_RATE, place, message);
            finding.text = Some((text.to_owned(), selector.span));
            let unless = if named { ", unless it is no counter" } else { "" };
            finding.fix = Some(format!("write `rate({written}[{range}])`{unless}"));
        }
        let rated =
            selector.function.as_ref().filter(|function| ["rate", "irate", "increase"].contains(&&*function.name));
        if let Some(function) = rated.filter(|_| known == Some(Growth::Gauge) && !grows_by_name(&metric.name)) {
            let message = format!("`{}` of `{}`, which is no counter", function.name, metric.name);
            let finding = report.warn(rules::RATE_OF_GAUGE, place, message);
            finding.text = Some((text.to_owned(), function.span));
            finding.fix = Some("take `deriv` or `delta` of it, or none".to_owned());
        }
    }
}

/// Whether a gauge only grows all the same: the time, or a counter that its program calls a gauge.
fn grows_by_name(name: &str) -> bool {
    ["_total", "_bucket", "_sum", "_count", "_time_seconds"].iter().any(|suffix| name.ends_with(suffix))
}

/// Whether a name is that of a counter by the conventions. `_sum` and `_count` are also at the end of gauges' names, such as
/// those of statistics of CloudWatch: they have to come together.
fn is_named_as_counter(name: &str, query: &Query) -> bool {
    let together = |own: &str, other: &str| {
        let Some(base) = name.strip_suffix(own) else { return false };
        let names = query.names.selectors.iter().filter_map(|selector| selector.metric.as_ref());
        names.into_iter().any(|metric| metric.name.strip_suffix(other) == Some(base))
    };
    // What a rule records has a colon, and ends with what was done.
    let exported = !name.contains(':');
    exported
        && (name.ends_with("_total")
            || name.ends_with("_bucket")
            || together("_sum", "_count")
            || together("_count", "_sum"))
}
