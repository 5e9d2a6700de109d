//! What PromQL allows and is probably not meant.

use crate::finding::{Severity, Span};

use super::super::hint::{self, Hint};
use super::super::operators::Side;
use super::functions::find;
use super::labels::{Followed, is_scalar};
use super::tree::{Aggregate, Binary, Part, Tree};

pub(super) fn hints(text: &str, tree: &Tree, followed: &Followed) -> Vec<Hint> {
    let mut found = Vec::new();
    for node in &tree.nodes {
        match &node.part {
            Part::Call { function, arguments } if function.name == "histogram_quantile" => {
                if let Some(of) = arguments.get(1) {
                    found.extend(no_buckets(tree, followed, *of));
                }
            }
            Part::Call { function, arguments } if COUNTING.contains(&function.name.as_str()) => {
                if let Some(of) = arguments.first() {
                    found.extend(counts_a_sum(text, tree, *of, &function.name));
                }
            }
            Part::Binary(Binary { operator, left, right, matching, .. }) => {
                let sides = [*left, *right].map(|at| Side { step: followed.steps[at], scalar: is_scalar(tree, at) });
                found.extend(hint::never_matches(&followed.flow, operator, sides, matching.as_ref(), node.span));
            }
            _ => {}
        }
        found.extend(beyond_one(text, tree, &node.part));
        let named = match &node.part {
            Part::Call { function, .. } if find(&function.name).is_some_and(|it| it.experimental) => Some(function),
            Part::Aggregate(Aggregate { operator, .. }) if LIMITS.contains(&&*operator.name) => Some(operator),
            _ => None,
        };
        found.extend(named.map(|function| {
            experimental(function.span, &format!("`{}`", function.name), "promql-experimental-functions")
        }));
    }
    found.extend(tree.experimental.iter().map(|(span, what, feature)| experimental(*span, what, feature)));
    found.extend(hint::dropped_labels(&followed.flow));
    found.extend(hint::literal_patterns(&tree.names));
    found.sort_by_key(|hint| hint.span);
    found
}

fn experimental(span: Span, what: &str, feature: &str) -> Hint {
    let message = format!("{what} is experimental: Prometheus has it only with `{feature}`");
    Hint::new("experimental-function", Severity::Warning, span, message)
}

/// Aggregations that Prometheus calls experimental.
const LIMITS: [&str; 2] = ["limitk", "limit_ratio"];

/// Functions that want a counter.
const COUNTING: [&str; 3] = ["rate", "irate", "increase"];

/// Quantiles of `_bucket` series whose buckets were added up.
fn no_buckets(tree: &Tree, followed: &Followed, of: usize) -> Option<Hint> {
    if !followed.flow.origin_at(followed.steps[of], "le").is_gone() {
        return None;
    }
    // A native histogram has no `le`.
    let node = &tree.nodes[of];
    let classic = tree.names.selectors.iter().any(|selector| {
        let bucket = selector.metric.as_ref().is_some_and(|metric| metric.name.ends_with("_bucket"));
        bucket && node.span.start <= selector.span.start && selector.span.end <= node.span.end
    });
    classic.then(|| {
        let message = "`histogram_quantile` needs the label `le` of each bucket, and the aggregation drops it";
        let fix = match &node.part {
            Part::Aggregate(aggregate) => match &aggregate.grouping {
                Some(grouping) if grouping.keyword == "by" => {
                    let mut labels = grouping.names();
                    labels.push("le".to_owned());
                    format!("write `by ({})`", labels.join(", "))
                }
                Some(_) => "take `le` out of `without`".to_owned(),
                None => format!("write `{} by (le) (…)`", aggregate.operator.name),
            },
            _ => "keep `le` in each aggregation below".to_owned(),
        };
        Hint::new("quantile-without-le", Severity::Problem, node.span, message).fix(fix)
    })
}

/// A quantile that is written as a percentage, which gives `+Inf`.
fn beyond_one(text: &str, tree: &Tree, part: &Part) -> Option<Hint> {
    let (name, arguments) = match part {
        Part::Call { function, arguments } => (&function.name, arguments),
        Part::Aggregate(aggregate) => (&aggregate.operator.name, &aggregate.arguments),
        _ => return None,
    };
    let first = &tree.nodes[*arguments.first()?];
    let written = text.get(first.span.start..first.span.end)?;
    let quantile: f64 = written.parse().ok()?;
    let of_quantiles = matches!(name.as_str(), "histogram_quantile" | "quantile_over_time" | "quantile");
    (of_quantiles && matches!(first.part, Part::Number) && quantile > 1.0).then(|| {
        let message = format!("a quantile is from 0 to 1, got {written}");
        Hint::new("quantile-beyond-one", Severity::Problem, first.span, message)
            .fix(format!("write `{}`", quantile / 100.0))
    })
}

/// A rate of a sum: when one of the counters starts again, the sum falls, and that is taken for a start of all.
fn counts_a_sum(text: &str, tree: &Tree, of: usize, function: &str) -> Option<Hint> {
    let Part::Range { of: inner, subquery: true } = &tree.nodes[of].part else { return None };
    let mut inner = *inner;
    while let Part::Paren(of) = &tree.nodes[inner].part {
        inner = *of;
    }
    let Part::Aggregate(aggregate) = &tree.nodes[inner].part else { return None };
    let added = ["sum", "avg", "count"].iter().any(|name| aggregate.operator.name.eq_ignore_ascii_case(name));
    added.then(|| {
        let written = &text[tree.nodes[of].span.start..tree.nodes[of].span.end];
        let message = format!("`{function}` of `{written}` takes each restart of one counter for one of the sum");
        let fix = format!("apply `{function}` first and add up then: `{}({function}(…))`", aggregate.operator.name);
        Hint::new("rate-of-sum", Severity::Warning, tree.nodes[of].span, message).fix(fix)
    })
}
