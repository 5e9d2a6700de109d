//! The names that Prometheus gives to the metrics of OpenTelemetry, and what a wrong name was probably meant to be.

use crate::catalog::{Metric, MetricKind};

/// The words that Prometheus writes for units of UCUM. Other units are written as they are.
///
/// Source: <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>.
const UNITS: [(&str, &str); 26] = [
    ("%", "percent"),
    ("1", ""),
    ("A", "amperes"),
    ("By", "bytes"),
    ("Cel", "celsius"),
    ("GBy", "gigabytes"),
    ("GiBy", "gibibytes"),
    ("Hz", "hertz"),
    ("J", "joules"),
    ("KBy", "kilobytes"),
    ("KiBy", "kibibytes"),
    ("MBy", "megabytes"),
    ("MiBy", "mebibytes"),
    ("TBy", "terabytes"),
    ("TiBy", "tebibytes"),
    ("V", "volts"),
    ("W", "watts"),
    ("d", "days"),
    ("g", "grams"),
    ("h", "hours"),
    ("m", "meters"),
    ("min", "minutes"),
    ("ms", "milliseconds"),
    ("ns", "nanoseconds"),
    ("s", "seconds"),
    ("us", "microseconds"),
];

/// The unit behind `per`, as in `bytes_per_second`.
const PER: [(&str, &str); 7] =
    [("d", "day"), ("h", "hour"), ("m", "minute"), ("mo", "month"), ("s", "second"), ("w", "week"), ("y", "year")];

/// Returns the name that a metric of OpenTelemetry has in Prometheus.
///
/// Other signs than letters, digits and `:` become `_`. The unit follows as a word, then `_total` behind a counter that
/// only grows (`monotonic`) and `_ratio` behind a gauge of the unit `1`. No word is written twice. The series of a
/// histogram have `_bucket`, `_sum` and `_count` behind it. The unit is that of UCUM, such as `s`, `By/s` or
/// `{request}`, where what is in braces says nothing; empty is none.
///
/// Source: <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>.
///
/// ```
/// use belvedere_grafana::catalog::MetricKind;
/// use belvedere_grafana::query::naming::prometheus_name;
///
/// let name = prometheus_name("http.server.request.duration", "s", MetricKind::Histogram, false);
/// assert_eq!(name, "http_server_request_duration_seconds");
/// assert_eq!(prometheus_name("http.requests", "{request}", MetricKind::Counter, true), "http_requests_total");
/// ```
#[must_use]
pub fn prometheus_name(otel_name: &str, unit: &str, kind: MetricKind, monotonic: bool) -> String {
    let mut words: Vec<String> = otel_name.split(|at| !is_kept(at)).map(str::to_owned).collect();
    words.retain(|word| !word.is_empty());
    for suffix in unit_suffixes(unit) {
        if !words.contains(&suffix) {
            words.push(suffix);
        }
    }
    let last = match kind {
        MetricKind::Counter if monotonic => Some("total"),
        MetricKind::Gauge if unit == "1" => Some("ratio"),
        _ => None,
    };
    if let Some(last) = last {
        words.retain(|word| word != last);
        words.push(last.to_owned());
    }
    let name = words.join("_");
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}

fn is_kept(at: char) -> bool {
    at.is_ascii_alphanumeric() || at == ':'
}

/// `bytes` and `per_second` for `By/s`.
fn unit_suffixes(unit: &str) -> Vec<String> {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    let word = |unit: &str, known: &[(&str, &str)]| {
        let unit = unit.trim();
        if unit.contains(['{', '}']) {
            return String::new();
        }
        let word = known.iter().find(|(at, _)| *at == unit).map_or(unit, |(_, word)| word);
        word.split(|at| !is_kept(at)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
    };
    let (main, per) = (word(main, &UNITS), word(per, &PER));
    let per = if per.is_empty() { per } else { format!("per_{per}") };
    [main, per].into_iter().filter(|suffix| !suffix.is_empty()).collect()
}

/// What an unknown name was probably meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The series that there is.
    pub name: String,
    /// How the two differ.
    pub reason: Reason,
}

/// How a name differs from the one that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// `_total` is missing behind a counter.
    Total,
    /// `_total` is behind something that is no counter.
    NoTotal,
    /// `_ratio` is missing behind a gauge of the unit `1`.
    Ratio,
    /// The unit is missing, perhaps with `_total` or `_ratio` behind it.
    Unit,
    /// The unit is no part of the name.
    NoUnit,
    /// A histogram or a summary has series of its own: `_bucket`, `_sum` and `_count`.
    Series,
    /// It is the name in OpenTelemetry, with dots.
    Dots,
    /// It is only near in spelling.
    Spelling,
}

impl Reason {
    /// Returns whether the name follows from the rules of naming, so that the other one was certainly meant.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self != Self::Spelling
    }

    /// Says it, to follow on the name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Total => "it is a counter, which ends with `_total`",
            Self::NoTotal => "it is no counter, so it does not end with `_total`",
            Self::Ratio => "it is a gauge of the unit `1`, which ends with `_ratio`",
            Self::Unit => "its unit is part of the name",
            Self::NoUnit => "its name has no unit",
            Self::Series => "it has series with `_bucket`, `_sum` and `_count`",
            Self::Dots => "Prometheus has `_` where OpenTelemetry has dots",
            Self::Spelling => "it is the nearest in spelling",
        }
    }
}

/// Returns what a name of a series that nothing exports was probably meant to be, if anything is near.
#[must_use]
pub fn suggest<'a>(unknown: &str, known: impl Iterator<Item = &'a Metric>) -> Option<Suggestion> {
    let known: Vec<_> = known.collect();
    let certain = known
        .iter()
        .find_map(|metric| Some(Suggestion { name: series_of(metric, unknown)?, reason: reason(metric, unknown)? }));
    certain.or_else(|| {
        let all: Vec<_> = known.iter().flat_map(|metric| series(metric)).collect();
        let name = nearest(unknown, all.iter().map(String::as_str))?.to_owned();
        Some(Suggestion { name, reason: Reason::Spelling })
    })
}

/// The names of a metric's series.
fn series(metric: &Metric) -> Vec<String> {
    let suffixes: &[&str] = match metric.kind {
        MetricKind::Histogram => &["_bucket", "_sum", "_count"],
        MetricKind::Summary => &["", "_sum", "_count"],
        _ => &[""],
    };
    suffixes.iter().map(|suffix| format!("{}{suffix}", metric.name)).collect()
}

/// The series of a metric that an unknown name would be, had it the metric's name.
fn series_of(metric: &Metric, unknown: &str) -> Option<String> {
    let all = series(metric);
    let suffix = ["_bucket", "_sum", "_count"].into_iter().find(|suffix| unknown.ends_with(suffix));
    let same = all.iter().find(|name| suffix.is_some_and(|suffix| name.ends_with(suffix)));
    same.or_else(|| all.first()).cloned()
}

/// The rule by which an unknown name becomes that of a metric.
fn reason<'a>(metric: &'a Metric, unknown: &'a str) -> Option<Reason> {
    let stem = match metric.kind {
        MetricKind::Histogram | MetricKind::Summary => without_any(unknown, &["_bucket", "_sum", "_count"]),
        _ => unknown,
    };
    if stem == metric.name {
        return (metric.kind == MetricKind::Histogram).then_some(Reason::Series);
    }
    if stem.contains('.') && stem.replace('.', "_") == metric.name {
        return Some(Reason::Dots);
    }
    let behind = |long: &'a str, short: &str| long.strip_prefix(short)?.strip_prefix('_');
    if let Some(less) = behind(stem, &metric.name) {
        return match less {
            "total" => Some(Reason::NoTotal),
            _ => is_unit(without_any(less, &["_total", "_ratio"])).then_some(Reason::NoUnit),
        };
    }
    match behind(&metric.name, stem)? {
        "total" => Some(Reason::Total),
        "ratio" => Some(Reason::Ratio),
        more => is_unit(without_any(more, &["_total", "_ratio"])).then_some(Reason::Unit),
    }
}

fn without_any<'a>(name: &'a str, suffixes: &[&str]) -> &'a str {
    suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

fn is_unit(words: &str) -> bool {
    let (main, per) = match words.split_once("per_") {
        Some((main, per)) => (main.trim_end_matches('_'), per),
        None => (words, ""),
    };
    let main_fits = UNITS.iter().any(|(_, word)| *word == main);
    main_fits && (per.is_empty() && !main.is_empty() || PER.iter().any(|(_, word)| *word == per))
}

/// The name that is nearest in spelling, if one is near at all.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Up to a third of the name may differ.
    let most = name.len().max(3) / 3;
    let known = known.into_iter().filter(|at| at.len().abs_diff(name.len()) <= most);
    let distances = known.map(|at| (strsim::osa_distance(name, at), at));
    distances.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_prometheus_gives() {
        let cases = [
            ("http.server.request.duration", "s", MetricKind::Histogram, false, "http_server_request_duration_seconds"),
            ("http.requests", "{request}", MetricKind::Counter, true, "http_requests_total"),
            ("requests.total", "1", MetricKind::Counter, true, "requests_total"),
            ("system.network.io", "By", MetricKind::Counter, true, "system_network_io_bytes_total"),
            ("network.speed", "By/s", MetricKind::Gauge, false, "network_speed_bytes_per_second"),
            ("system.cpu.utilization", "1", MetricKind::Gauge, false, "system_cpu_utilization_ratio"),
            ("queue.ratio", "1", MetricKind::Gauge, false, "queue_ratio"),
            ("queue.length", "1", MetricKind::Counter, false, "queue_length"),
            ("queue.length", "{item}", MetricKind::Gauge, false, "queue_length"),
            ("disk.usage", "%", MetricKind::Gauge, false, "disk_usage_percent"),
            ("memory_bytes", "By", MetricKind::Gauge, false, "memory_bytes"),
            ("errors", "{error}/s", MetricKind::Gauge, false, "errors_per_second"),
            ("2xx..responses", "", MetricKind::Counter, true, "_2xx_responses_total"),
            ("__weird--name__", "", MetricKind::Gauge, false, "weird_name"),
            ("speed", "m/s", MetricKind::Gauge, false, "speed_meters_per_second"),
            ("job:custom", "widgets", MetricKind::Gauge, false, "job:custom_widgets"),
        ];
        for (name, unit, kind, monotonic, expected) in cases {
            assert_eq!(prometheus_name(name, unit, kind, monotonic), expected, "{name} in {unit}");
        }
    }

    fn metric(name: &str, kind: MetricKind) -> Metric {
        Metric { name: name.to_owned(), kind, labels: Vec::new(), help: String::new() }
    }

    #[test]
    fn what_was_meant_is_found_with_the_reason() {
        let known = [
            metric("http_requests_total", MetricKind::Counter),
            metric("http_request_duration_seconds", MetricKind::Histogram),
            metric("queue_utilization_ratio", MetricKind::Gauge),
            metric("network_io_bytes_total", MetricKind::Counter),
            metric("network_speed_bytes_per_second", MetricKind::Gauge),
            metric("queue_length", MetricKind::Gauge),
            metric("gc_pause_seconds", MetricKind::Summary),
        ];
        let cases = [
            ("http_requests", "http_requests_total", Reason::Total),
            ("queue_length_total", "queue_length", Reason::NoTotal),
            ("queue_utilization", "queue_utilization_ratio", Reason::Ratio),
            ("http_request_duration_bucket", "http_request_duration_seconds_bucket", Reason::Unit),
            ("http_request_duration_seconds", "http_request_duration_seconds_bucket", Reason::Series),
            ("network_io", "network_io_bytes_total", Reason::Unit),
            ("network_io_bytes", "network_io_bytes_total", Reason::Total),
            ("network_speed", "network_speed_bytes_per_second", Reason::Unit),
            ("gc_pause_sum", "gc_pause_seconds_sum", Reason::Unit),
            ("queue_length_bytes", "queue_length", Reason::NoUnit),
            ("queue.length", "queue_length", Reason::Dots),
            ("http_reqeusts_total", "http_requests_total", Reason::Spelling),
        ];
        for (unknown, name, reason) in cases {
            let found = suggest(unknown, known.iter());
            assert_eq!(found, Some(Suggestion { name: name.to_owned(), reason }), "{unknown}");
        }
        assert_eq!(suggest("jvm_threads", known.iter()), None);
    }
}
