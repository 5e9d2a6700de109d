//! From OpenMetrics' text to Prometheus' own.

use std::fmt::Write;

/// Writes what `openmetrics` says in the text format 0.0.4, which older scrapers and people's tools read:
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>.
///
/// The formats differ in little: there, a family of counters is named as its samples are, with `_total`; an `info` is a
/// gauge named `…_info`; an `unknown` is `untyped`; there are no units, exemplars, creation times and no end mark; and
/// times are in milliseconds.
pub(crate) fn prometheus_text(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len());
    let mut help: Option<(&str, &str)> = None;
    let mut family = Family::default();
    for line in openmetrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = Some(rest.split_once(' ').unwrap_or((rest, "")));
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "unknown"));
            family = Family { name, kind };
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "info" => ("_info", "gauge"),
                "stateset" | "gaugehistogram" => ("", "gauge"),
                "unknown" => ("", "untyped"),
                _ => ("", kind),
            };
            if let Some((_, help)) = help.take().filter(|(of, _)| *of == name) {
                writeln(&mut text, format_args!("# HELP {name}{suffix} {help}"));
            }
            writeln(&mut text, format_args!("# TYPE {name}{suffix} {kind}"));
        } else if !line.starts_with('#')
            && let Some(sample) = Sample::parse(line)
            && !family.is_creation_time(sample.series)
        {
            match sample.timestamp.and_then(|seconds| seconds.parse::<f64>().ok()) {
                None => writeln(&mut text, format_args!("{} {}", sample.series, sample.value)),
                Some(seconds) => {
                    let milliseconds = seconds * 1000.0;
                    writeln(&mut text, format_args!("{} {} {milliseconds:.0}", sample.series, sample.value));
                }
            }
        }
    }
    text
}

fn writeln(text: &mut String, line: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = text.write_fmt(line);
    text.push('\n');
}

#[derive(Default)]
struct Family<'a> {
    name: &'a str,
    kind: &'a str,
}

impl Family<'_> {
    fn is_creation_time(&self, series: &str) -> bool {
        matches!(self.kind, "counter" | "histogram" | "summary")
            && series.strip_prefix(self.name).is_some_and(|rest| {
                rest.strip_prefix("_created").is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
            })
    }
}

/// One sample: `name{labels} value timestamp # exemplar`, of which the first two are always there.
struct Sample<'a> {
    series: &'a str,
    value: &'a str,
    timestamp: Option<&'a str>,
}

impl<'a> Sample<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (series, rest) = line.split_at(series_length(line)?);
        let rest = rest.split_once(" # ").map_or(rest, |(sample, _exemplar)| sample);
        let mut words = rest.split_ascii_whitespace();
        Some(Self { series, value: words.next()?, timestamp: words.next() })
    }
}

/// The length of the name and the labels. The value of a label may hold braces, spaces, and quotes behind backslashes.
fn series_length(line: &str) -> Option<usize> {
    let name = line.find(['{', ' '])?;
    if line.as_bytes()[name] == b' ' {
        return Some(name);
    }
    let (mut quoted, mut escaped) = (false, false);
    for (index, byte) in line.bytes().enumerate().skip(name + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(index + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_named_as_their_samples() {
        let openmetrics = "# HELP hits Pages.\n# TYPE hits counter\nhits_total{a=\"1\"} 5 # {trace_id=\"f0\"} 1.0 1.5\n\
                           hits_created{a=\"1\"} 1600000000.0\n# EOF\n";
        let expected = "# HELP hits_total Pages.\n# TYPE hits_total counter\nhits_total{a=\"1\"} 5\n";
        assert_eq!(prometheus_text(openmetrics), expected);
    }

    #[test]
    fn histograms_lose_their_exemplars_and_units() {
        let openmetrics = "# HELP t_seconds Time.\n# TYPE t_seconds histogram\n# UNIT t_seconds seconds\n\
                           t_seconds_sum 0.5\nt_seconds_count 1\n\
                           t_seconds_bucket{le=\"0.5\"} 1 # {trace_id=\"f0\"} 0.5 1600000000.123\n\
                           t_seconds_bucket{le=\"+Inf\"} 1\n# EOF\n";
        let expected = "# HELP t_seconds Time.\n# TYPE t_seconds histogram\nt_seconds_sum 0.5\nt_seconds_count 1\n\
                        t_seconds_bucket{le=\"0.5\"} 1\nt_seconds_bucket{le=\"+Inf\"} 1\n";
        assert_eq!(prometheus_text(openmetrics), expected);
    }

    #[test]
    fn other_types_are_renamed() {
        let openmetrics =
            "# HELP build B.\n# TYPE build info\nbuild_info{v=\"1\"} 1\n# TYPE what unknown\nwhat 1\n# EOF\n";
        let expected =
            "# HELP build_info B.\n# TYPE build_info gauge\nbuild_info{v=\"1\"} 1\n# TYPE what untyped\nwhat 1\n";
        assert_eq!(prometheus_text(openmetrics), expected);
    }

    #[test]
    fn labels_may_hold_anything() {
        let series = r#"g{a="x } # {b=\"1\"} 2",c="\\",d=""}"#;
        let openmetrics = format!("# TYPE g gauge\n{series} 4 1.5 # {{t=\"u # v\"}} 1\n");
        assert_eq!(prometheus_text(&openmetrics), format!("# TYPE g gauge\n{series} 4 1500\n"));
    }

    #[test]
    fn a_gauge_may_be_called_created() {
        let openmetrics = "# TYPE x_created gauge\nx_created 1\n# TYPE x gauge\nx_created_at 2\n";
        assert_eq!(prometheus_text(openmetrics), openmetrics);
    }
}
