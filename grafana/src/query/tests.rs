//! What holds for every text, whatever it is.

use proptest::prelude::*;

use super::naming::{prometheus_name, suggest};
use super::{Language, check_regex, variables};
use crate::catalog::{Metric, MetricKind};

/// Parts of queries in any order come further than letters in any order.
const PARTS: [&str; 64] = [
    "rate",
    "sum",
    "by",
    "without",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    "=~",
    "!=",
    "!~",
    "\"x\"",
    "\"",
    "`a`",
    "'",
    "5m",
    "5",
    "1.5",
    "$x",
    "${x:regex}",
    "[[x]]",
    "$__interval",
    "$__x",
    "${",
    "|",
    "|=",
    "|~",
    "!>",
    "json",
    "unwrap",
    "line_format",
    "label_format",
    "pattern",
    "\"<a>\"",
    "offset",
    "@",
    "start()",
    "on",
    "group_left",
    "and",
    "or",
    "-",
    "+",
    "^",
    "==",
    ">",
    "span.",
    ".a",
    "resource.b",
    "duration",
    "count()",
    "&&",
    ">>",
    "topk",
    "\\",
    "#",
    "/*",
    "é",
    "\n",
    " ",
];

fn text() -> impl Strategy<Value = String> {
    let parts = prop::collection::vec(prop::sample::select(&PARTS[..]), 0..24).prop_map(|parts| parts.concat());
    prop_oneof![parts, "\\PC{0,40}", "[ -~]{0,40}"]
}

proptest! {
    #[test]
    fn no_text_panics_and_every_place_is_in_the_text(text in text()) {
        for language in [Language::PromQl, Language::LogQl, Language::TraceQl] {
            let mut spans = Vec::new();
            match language.parse(&text) {
                Ok(query) => {
                    for selector in &query.names.selectors {
                        spans.push(selector.span);
                        spans.extend(selector.metric.iter().chain(&selector.function).map(|at| at.span));
                        spans.extend(selector.matchers.iter().flat_map(|at| [at.label.span, at.value.span]));
                    }
                    for (label, of) in &query.names.labels {
                        spans.push(label.span);
                        prop_assert!(of.iter().all(|at| *at < query.names.selectors.len()));
                    }
                    spans.extend(query.hints.iter().map(|hint| hint.span));
                    let origin = query.origin("le");
                    prop_assert!(origin.selectors.iter().all(|at| *at < query.names.selectors.len()));
                    prop_assert_eq!(language.parse(&text), Ok(query));
                }
                Err(error) => spans.push(error.span),
            }
            for span in spans {
                prop_assert!(text.get(span.start..span.end).is_some(), "{:?} of {:?} is no part of it", span, text);
            }
        }
        for variable in variables(&text) {
            prop_assert!(text.get(variable.span.start..variable.span.end).is_some());
        }
        _ = check_regex(&text);
    }

    #[test]
    fn a_name_is_one_of_prometheus_and_stays_as_it_is(name in "\\PC{0,20}", unit in "[a-zA-Z/%1{}]{0,6}", monotonic: bool) {
        for kind in [MetricKind::Counter, MetricKind::Gauge, MetricKind::Histogram] {
            let once = prometheus_name(&name, &unit, kind, monotonic);
            let fits = |at: char| at.is_ascii_alphanumeric() || at == '_' || at == ':';
            prop_assert!(once.chars().all(fits) && !once.starts_with(|first: char| first.is_ascii_digit()), "{}", once);
            let metric = Metric { name: once, kind, labels: Vec::new(), help: String::new() };
            _ = suggest(&name, [&metric].into_iter());
        }
    }
}
