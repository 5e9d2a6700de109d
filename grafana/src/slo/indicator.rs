//! [`Indicator`]: which requests there are, and which of them count against an objective.

use super::sample::Series;
use crate::finding::{Finding, Rule, Span};
use crate::query::promql;

/// Which requests there are, and which of them count against an objective. Requests may be anything that is counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    kind: Kind,
    /// What a request does that counts against the objective.
    failing: String,
    /// The time that they may take, of a latency.
    bound: Option<f64>,
    /// What was wrong with what it was made of.
    complaints: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Errors { errors: String, total: String },
    Good { good: String, total: String },
}

impl Indicator {
    /// Counts those that fail. Each is a selector of counters, such as `http_requests_total{job="api",status=~"5.."}`:
    /// no range, no function. While there is no series of errors, nothing failed.
    #[must_use]
    pub fn errors_and_total(errors: impl Into<String>, total: impl Into<String>) -> Self {
        Self::of(Kind::Errors { errors: errors.into(), total: total.into() })
    }

    /// Counts those that are as they should be, as selectors of counters. While there is no series of good ones, all
    /// failed.
    #[must_use]
    pub fn good_and_total(good: impl Into<String>, total: impl Into<String>) -> Self {
        Self::of(Kind::Good { good: good.into(), total: total.into() })
    }

    /// Counts those that take at most `bound` of a histogram's unit, which is seconds by convention. `histogram` is a
    /// selector of it without `_bucket`, such as `http_request_duration_seconds{job="api"}`.
    ///
    /// The bound has to be one of the histogram's own: between two bounds nobody knows how many there are. With
    /// [`bounds`](Self::bounds) that is checked. While there is no series with the bound, all are too slow.
    #[must_use]
    pub fn latency(histogram: impl Into<String>, bound: f64) -> Self {
        let histogram = histogram.into();
        let histogram = histogram.trim();
        let (metric, matchers) = match histogram.split_once('{') {
            Some((metric, matchers)) => (metric, matchers.trim_end().trim_end_matches('}')),
            None => (histogram, ""),
        };
        let (metric, matchers) = (metric.trim(), matchers.trim().trim_end_matches(','));
        let le = le_matcher(bound);
        let (comma, total) = match matchers {
            "" => ("", String::new()),
            matchers => (",", format!("{{{matchers}}}")),
        };
        let good = format!("{metric}_bucket{{{matchers}{comma}{le}}}");
        let mut complaints = Vec::new();
        if !(bound > 0.0 && bound.is_finite()) {
            complaints.push(format!("the bound of a latency is more than 0, got {bound}"));
        }
        if let Some(suffix) = ["_bucket", "_count", "_sum"].into_iter().find(|suffix| metric.ends_with(suffix)) {
            complaints.push(format!("a histogram is named without `{suffix}`, got `{metric}`"));
        }
        let kind = Kind::Good { good, total: format!("{metric}_count{total}") };
        Self { kind, failing: format!("take longer than {bound} s"), bound: Some(bound), complaints }
    }

    /// The bounds of the buckets that a histogram has, so that a latency that is none of them is found. Not known by
    /// default.
    #[must_use]
    pub fn bounds(mut self, bounds: impl IntoIterator<Item = f64>) -> Self {
        let bounds: Vec<f64> = bounds.into_iter().collect();
        match self.bound {
            None => self.complaints.push("only a latency has bounds".to_owned()),
            Some(bound) if !bounds.contains(&bound) => {
                let known: Vec<String> = bounds.iter().map(f64::to_string).collect();
                let known = known.join(", ");
                self.complaints.push(format!("a latency is a bound of the histogram, one of {known}, got {bound}"));
            }
            Some(_) => {}
        }
        self
    }

    fn of(kind: Kind) -> Self {
        Self { kind, failing: "fail".to_owned(), bound: None, complaints: Vec::new() }
    }

    pub(super) fn failing(&self) -> &str {
        &self.failing
    }

    fn selectors(&self) -> [&str; 2] {
        match &self.kind {
            Kind::Errors { errors: part, total } | Kind::Good { good: part, total } => [part, total],
        }
    }

    /// How many requests there were in the last five minutes.
    pub(super) fn requests(&self) -> String {
        let [_, total] = self.selectors();
        format!("sum(increase({total}[5m]))")
    }

    /// How many of them count against the objective. There is always a number where there are requests: the sum over no
    /// series at all is none, and would hide that all is well, or that nothing is.
    pub(super) fn errors(&self) -> String {
        let requests = self.requests();
        match &self.kind {
            Kind::Errors { errors, .. } => format!("sum(increase({errors}[5m]))\nor\n{requests} * 0"),
            Kind::Good { good, .. } => {
                format!("clamp_min({requests} - (sum(increase({good}[5m])) or {requests} * 0), 0)")
            }
        }
    }

    pub(super) fn findings(&self, place: &str) -> Vec<Finding> {
        let problem = |text: &str, message: String, span: Span| {
            let finding = Finding::problem(Rule("slo-indicator"), place, message).marked(text, span);
            finding.fix("give a selector such as `http_requests_total{job=\"api\"}`: the range and the rate are added")
        };
        let complaints = self.complaints.iter();
        let mut findings: Vec<Finding> =
            complaints.map(|complaint| Finding::problem(Rule("slo-indicator"), place, complaint)).collect();
        for text in self.selectors() {
            if let Err(error) = promql::parse_rule(text) {
                findings.push(problem(text, error.message, error.span));
            } else if promql::selector(text).is_none() {
                let message = "an indicator is a selector of counters, without range, offset and function".to_owned();
                findings.push(problem(text, message, Span::new(0, text.len())));
            }
        }
        if findings.is_empty() && self.sample().is_none() {
            let [part, total] = self.selectors();
            let message = format!("no examples can be made: no series was found that tells `{part}` from `{total}`");
            findings.push(Finding::warning(Rule("slo-example"), place, message));
        }
        findings
    }

    /// Returns series that the indicator counts, where some can be found.
    pub(super) fn sample(&self) -> Option<Sample> {
        let [part, total] = self.selectors();
        let (part, total) = (promql::selector(part)?, promql::selector(total)?);
        let part_series = Series::sample(&part)?;
        let rest = Series::sample_outside(&total, &part)?;
        let is_of_total = part_series.fits(&total);
        Some(Sample { part: part_series, rest, is_of_total, is_good: matches!(self.kind, Kind::Good { .. }) })
    }
}

/// Two series that an indicator counts.
pub(super) struct Sample {
    /// One of the errors, or of the good ones.
    part: Series,
    /// One that only the total has.
    rest: Series,
    is_of_total: bool,
    is_good: bool,
}

impl Sample {
    /// Returns the series with how much each grows, so that `ratio` of `requests` count against the objective.
    pub(super) fn growth(&self, ratio: f64, requests: f64) -> [(&Series, f64); 2] {
        let of_part = if self.is_good { (1.0 - ratio) * requests } else { ratio * requests };
        // Where those of the part are counted among all, the rest is what is missing.
        let of_rest = if self.is_of_total { requests - of_part } else { requests };
        [(&self.part, of_part), (&self.rest, of_rest)]
    }
}

/// How a bound is written is the client library's own: Go writes `1`, Rust and Prometheus 3 write `1.0`.
fn le_matcher(bound: f64) -> String {
    let text = bound.to_string();
    if bound.fract() == 0.0 { format!("le=~\"{text}|{text}\\\\.0\"") } else { format!("le=\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_takes_a_bucket_and_the_count() {
        let indicator = Indicator::latency("a_seconds{job=\"x\"}", 0.5);
        assert_eq!(indicator.selectors(), ["a_seconds_bucket{job=\"x\",le=\"0.5\"}", "a_seconds_count{job=\"x\"}"]);
        let indicator = Indicator::latency("a_seconds", 1.0);
        assert_eq!(indicator.selectors(), ["a_seconds_bucket{le=~\"1|1\\\\.0\"}", "a_seconds_count"]);
        assert_eq!(indicator.clone().bounds([0.5, 1.0]), indicator);
        let wrong = Indicator::latency("a_seconds_bucket", 0.3).bounds([0.25, 0.5]).findings("objective `x`");
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(wrong[0].contains("without `_bucket`, got `a_seconds_bucket`"), "{wrong:?}");
        assert!(wrong[1].contains("one of 0.25, 0.5, got 0.3"), "{wrong:?}");
    }

    #[test]
    fn series_of_examples_add_up() {
        let shown = |indicator: Indicator| {
            let sample = indicator.sample().expect("series are found");
            sample.growth(0.1, 100.0).into_iter().map(|(series, each)| format!("{series} {each}")).collect::<Vec<_>>()
        };
        let inside = Indicator::errors_and_total("a_total{s=~\"5..\"}", "a_total{j=\"x\"}");
        assert_eq!(shown(inside), ["a_total{s=\"500\"} 10", "a_total{j=\"x\"} 100"]);
        let inside = Indicator::errors_and_total("a_total{j=\"x\",s=~\"5..\"}", "a_total{j=\"x\"}");
        assert_eq!(shown(inside), ["a_total{j=\"x\",s=\"500\"} 10", "a_total{j=\"x\"} 90"]);
        let rest = Indicator::good_and_total("a_total{s!~\"5..\"}", "a_total");
        assert_eq!(shown(rest), ["a_total{} 90", "a_total{s=\"500\"} 10"]);
        let latency = Indicator::latency("a_seconds", 1.0);
        assert_eq!(shown(latency), ["a_seconds_bucket{le=\"1\"} 90", "a_seconds_count{} 100"]);
        assert!(Indicator::errors_and_total("a_total", "a_total").sample().is_none());
    }

    #[test]
    fn what_is_no_selector_is_found() {
        let findings = Indicator::errors_and_total("rate(a_total[5m])", "a_total").findings("objective `x`");
        assert!(findings[0].to_string().contains("without range, offset and function"), "{findings:?}");
        let findings = Indicator::errors_and_total("a_total", "a_total").findings("objective `x`");
        assert!(findings[0].to_string().contains("no examples can be made"), "{findings:?}");
    }
}
