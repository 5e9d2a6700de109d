//! PromQL, the language of Prometheus 3, of Mimir and of the managed services.
//!
//! It is read here and by no crate: each part keeps its place, Grafana's variables stand anywhere, and the smallest part
//! that is wrong is what an error marks. Prometheus itself is asked in the tests whether it agrees.

mod duration;
mod functions;
mod hints;
mod labels;
mod parser;
mod selector;
mod shown;
mod tree;
mod types;

use std::time::Duration;

use super::{Names, Query, QueryError, Selector};

/// Parses a query.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    read(text, true)
}

/// Parses the expression of a rule. No one replaces Grafana's variables there, so that there must be none.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse_rule(text: &str) -> Result<Query, QueryError> {
    read(text, false)
}

/// Whether a query gives only the series for which something is so, as the expression of an alert does: it compares, matches
/// sets, asks what is absent or what another rule or alert says, or asks no series at all.
#[must_use]
pub(crate) fn is_condition(text: &str) -> bool {
    let Ok(tree) = parser::parse(text, false) else { return true };
    let says = |part: &tree::Part| match part {
        tree::Part::Binary(binary) => {
            matches!(binary.operator.as_str(), "==" | "!=" | ">" | "<" | ">=" | "<=" | "and" | "unless")
        }
        tree::Part::Call { function, .. } => function.name.starts_with("absent"),
        _ => false,
    };
    let rules = |metric: &str| metric.contains(':') || metric.starts_with("ALERTS");
    let selectors = &tree.names.selectors;
    tree.nodes.iter().any(|node| says(&node.part))
        || selectors.iter().all(|selector| selector.metric.as_ref().is_some_and(|metric| rules(&metric.name)))
}

fn read(text: &str, variables: bool) -> Result<Query, QueryError> {
    let tree = parser::parse(text, variables)?;
    let result = types::check(&tree)?;
    let followed = labels::follow(&tree);
    let hints = hints::hints(text, &tree, &followed);
    let shown = shown::shown(&tree);
    let names = Names { labels: followed.flow.asked_of_selectors(), ..tree.names };
    Ok(Query { result, names, hints, flow: followed.flow, shown })
}

/// Returns the selector that a query is, if it is nothing else: a metric with matchers, without range, offset and `@`.
pub(crate) fn selector(text: &str) -> Option<Selector> {
    let mut tree = parser::parse(text, false).ok()?;
    let selector = match &tree.nodes[..] {
        [node] if matches!(node.part, tree::Part::Selector(_)) => tree.names.selectors.pop()?,
        _ => return None,
    };
    selector.metric.is_some().then_some(selector)
}

/// Returns the query with every range, step and offset divided.
pub(crate) fn faster(text: &str, factor: u32) -> Option<String> {
    let tree = parser::parse(text, false).ok()?;
    types::check(&tree).ok()?;
    let mut faster = String::with_capacity(text.len());
    let mut end = 0;
    for span in &tree.durations {
        let written = text.get(span.start..span.end)?;
        faster.push_str(text.get(end..span.start)?);
        match crate::duration::parse(written) {
            // The shortest that Prometheus knows is a millisecond.
            Some(time) if !time.is_zero() => {
                faster.push_str(&crate::duration::text((time / factor).max(Duration::from_millis(1))));
            }
            _ => faster.push_str(&format!("(({written}) / {factor})")),
        }
        end = span.end;
    }
    faster.push_str(text.get(end..)?);
    Some(faster)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ResultKind;

    fn error(text: &str) -> (String, String, Option<String>) {
        let error = parse(text).expect_err(text);
        (error.message, text[error.span.start..error.span.end].to_owned(), error.fix)
    }

    fn hints(text: &str) -> Vec<(&'static str, String)> {
        let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        query.hints.iter().map(|hint| (hint.rule.0, text[hint.span.start..hint.span.end].to_owned())).collect()
    }

    /// Each label that is asked for, and the metrics that have to have it.
    fn labels(text: &str) -> Vec<(String, Vec<String>)> {
        let names = parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).names;
        let metric = |at: usize| names.selectors[at].metric.as_ref().map_or_else(String::new, |at| at.name.clone());
        names.labels.iter().map(|(label, of)| (label.name.clone(), of.iter().map(|at| metric(*at)).collect())).collect()
    }

    #[test]
    fn what_is_named_has_its_place() {
        let text = "sum by (route) (rate(http_requests_total{job=\"api\", code=~\"5..\"}[$__rate_interval])) > $limit";
        let query = parse(text).expect("it parses");
        assert_eq!(query.result, ResultKind::Vector);
        let [selector] = &query.names.selectors[..] else { panic!("one selector") };
        let at = |span: crate::Span| &text[span.start..span.end];
        assert_eq!(at(selector.span), "http_requests_total{job=\"api\", code=~\"5..\"}");
        assert_eq!(selector.metric.as_ref().map(|metric| at(metric.span)), Some("http_requests_total"));
        assert_eq!(selector.function.as_ref().map(|function| at(function.span)), Some("rate"));
        assert_eq!(selector.matchers.iter().map(|it| at(it.value.span)).collect::<Vec<_>>(), ["api", "5.."]);
        assert_eq!(query.labels(), Some(vec!["route"]));
    }

    #[test]
    fn variables_stand_wherever_grafana_allows_them() {
        let queries = [
            "$metric",
            "${metric}{job=\"$job\"}",
            "node_${kind}_seconds_total",
            "rate(x{$filter}[$interval])",
            "rate(x{job=~\"[[job]]\", $label=\"a\"}[[[interval]]])",
            "rate(x[${n}m])",
            "rate(x[5$unit])",
            "rate($metric[$__range:$__interval])",
            "topk($n, sum by ($group) (x))",
            "histogram_quantile($q, sum by (le, ${group:csv}) (rate(x_bucket[1m])))",
            "$fn(rate(x[5m]))",
            "$fn by (job) (rate(x[5m]))",
            "$fn(rate(x[5m])) by (job)",
            "${fn}(x[5m])",
            "x offset $offset",
            "sum(x $offset) by (job)",
            "rate(x[5m] $offset) / 2",
            "x @ ${__to}",
            "x * $__interval_ms / 1000 > bool $limit",
            "x $operator 5",
            "clamp_max(x, $a * 2)",
            "rate($selector)",
            "x / on ($by) group_left (${extra}) y",
            "avg_over_time((x > $y)[$__range_s:])",
            "label_replace(x, \"$dst\", \"$1\", \"src\", \"(.*)\")",
            "round($x, $to)",
        ];
        for text in queries {
            parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span));
        }
        assert_eq!(parse("$query").expect("it parses").result, ResultKind::Unknown);
    }

    #[test]
    fn a_rule_has_no_variables() {
        let error =
            parse_rule("rate(x{path=~\"/a$\", job=\"$job\"}[$__rate_interval])").expect_err("Prometheus has none");
        assert_eq!((error.span.start, error.span.end), (32, 48));
        assert_eq!(error.fix.as_deref(), Some("write a duration such as `5m`"));
        assert!(parse_rule("label_replace(up, \"host\", \"${1}\", \"instance\", \"(.*):.*$\")").is_ok());
    }

    #[test]
    fn an_error_marks_the_smallest_part_that_is_wrong() {
        let cases = [
            ("sum(rate(http_requests_total)) by (job)", "http_requests_total"),
            ("sum by (job) (x[5m])", "x[5m]"),
            ("clamp_max(x, y)", "y"),
            ("rate(sum(x))", "sum(x)"),
            ("label_replace(x, \"a\", 5, \"b\", \"c\")", "5"),
            ("sum(x) / ratee(y[5m])", "ratee"),
            ("sum(x", ""),
            ("x{job=\"a\"", ""),
            ("x{job=api}", "api"),
            ("x{job==\"api\"}", "=="),
            ("x{code=~\"5(\"}", "5("),
            ("x{code=~\"(?=5)\"}", "(?=5)"),
            ("x{path=~\"/\\d+\"}", "\\d"),
            ("x{job=\"api}", "\"api}"),
            ("rate(x[5 minutes])", "minutes"),
            ("rate(x[$__rate_intervall])", "$__rate_intervall"),
            ("{job=~\".*\"}", "{job=~\".*\"}"),
            ("sum by (a b) (x)", "b"),
            ("a + + ) b", ")"),
            ("1 > 2", "1 > 2"),
            ("topk(x)", "topk(x)"),
            ("x $ y", "$"),
            ("sum(x) by (job", ""),
        ];
        for (text, marked) in cases {
            assert_eq!(error(text).1, marked, "{text}: {}", error(text).0);
        }
    }

    #[test]
    fn a_function_does_not_group() {
        let (message, marked, fix) = error("histogram_quantile(0.95, rate(x_bucket[5m]) by (operation))");
        assert_eq!(message, "`by` follows `rate`, which is a function and no aggregation");
        assert_eq!(marked, "by (operation)");
        assert_eq!(fix.as_deref(), Some("write `sum by (operation) (rate(x_bucket[5m]))`"));
    }

    #[test]
    fn labels_are_followed_to_the_selectors_that_have_them() {
        let to =
            |label: &str, of: &[&str]| (label.to_owned(), of.iter().map(|at| (*at).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            labels("sum by (job, version) (a * on (instance) group_left (version) build_info)"),
            [
                to("job", &["a"]),
                to("version", &["build_info"]),
                to("instance", &["a", "build_info"]),
                to("version", &["build_info"]),
            ]
        );
        assert_eq!(
            labels("sum by (host) (label_replace(a, \"host\", \"$1\", \"instance\", \"(.*):.*\"))"),
            [to("host", &[]), to("instance", &["a"])]
        );
        assert_eq!(labels("max by (v) (count_values by (job) (\"v\", a))"), [to("v", &[]), to("job", &["a"])]);
        let query = parse("sum by (le) (rate(a_bucket[5m])) or b").expect("it parses");
        assert_eq!(query.origin("le").selectors, [0, 1]);
        assert_eq!(query.origin("job").selectors, [1]);
        assert_eq!(query.labels(), None);
    }

    #[test]
    fn what_is_probably_not_meant_is_hinted_at() {
        let cases: [(&str, &[(&str, &str)]); 17] = [
            (
                "histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m])))",
                &[("quantile-without-le", "sum by (job) (rate(x_bucket[5m]))")],
            ),
            (
                "histogram_quantile(0.9, sum without (le) (rate(x_bucket[5m])))",
                &[("quantile-without-le", "sum without (le) (rate(x_bucket[5m]))")],
            ),
            ("histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m])))", &[]),
            ("histogram_quantile(0.9, sum by ($group) (rate(x_bucket[5m])))", &[]),
            ("histogram_quantile(0.9, rate(x_bucket[5m]))", &[]),
            ("histogram_quantile(0.9, sum(rate(native_seconds[5m])))", &[]),
            ("rate(sum(x)[5m:])", &[("rate-of-sum", "sum(x)[5m:]")]),
            ("max_over_time(sum(rate(x[5m]))[1h:])", &[]),
            ("sum by (pod) (sum by (job) (x))", &[("dropped-label", "pod")]),
            ("x{job=\"api.*\"}", &[("literal-pattern", "api.*")]),
            ("sum by (job) (a) / sum by (pod) (b)", &[("sides-never-match", "sum by (job) (a) / sum by (pod) (b)")]),
            ("sum by (job) (a) / on () group_left sum(b)", &[]),
            ("sum by (job) (a) / ignoring (pod) group_right sum by (job, pod) (b)", &[]),
            ("sum(a) / sum(b) > 0.1 and sum(a) > 10", &[]),
            ("sort_by_label(x, \"job\")", &[("experimental-function", "sort_by_label")]),
            ("limitk(3, x)", &[("experimental-function", "limitk")]),
            ("info(x)", &[("experimental-function", "info")]),
        ];
        for (text, expected) in cases {
            let found = hints(text);
            let found: Vec<_> = found.iter().map(|(rule, at)| (*rule, at.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        for bomb in ["(".repeat(100_000), format!("{}x", "-".repeat(100_000)), format!("x{}", " + x".repeat(100_000))] {
            assert!(parse(&bomb).is_err());
        }
        let many = format!("x{}", " + x".repeat(400));
        assert!(parse(&many).is_ok());
        let deep = format!("{}x{}", "(".repeat(60), ")".repeat(60));
        assert!(parse(&deep).is_ok());
    }
}
