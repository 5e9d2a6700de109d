//! What PromQL allows and is probably not meant.

use std::collections::BTreeSet;

use crate::finding::Severity;

use super::super::{Hint, MatchOp};
use super::labels::{Followed, is_scalar};
use super::tree::{Binary, Part, Tree};

pub(super) fn hints(text: &str, tree: &Tree<'_>, followed: &Followed, experimental: &[String]) -> Vec<Hint> {
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
            Part::Binary(binary) => found.extend(nothing_matches(tree, followed, binary, node.span)),
            _ => {}
        }
        if let Part::Call { function, .. } = &node.part
            && experimental.contains(&function.name)
        {
            let message = format!(
                "`{}` is experimental: Prometheus has it only with `promql-experimental-functions`",
                function.name
            );
            found.push(Hint::new("experimental-function", Severity::Warning, function.span, message));
        }
    }
    for asked in followed.flow.asked().iter().filter(|asked| asked.needed && !asked.label.has_variable()) {
        let name = &asked.label.name;
        let selected = asked.steps.iter().any(|step| followed.flow.selects(*step));
        if selected && asked.steps.iter().all(|step| followed.flow.origin_at(*step, name).is_gone()) {
            let message = format!("an inner aggregation or match drops the label `{name}`");
            let hint = Hint::new("dropped-label", Severity::Warning, asked.label.span, message);
            found.push(hint.fix(format!("keep `{name}` there too")));
        }
    }
    for matcher in tree.names.selectors.iter().flat_map(|selector| &selector.matchers) {
        let value = &matcher.value;
        let pattern = [".*", ".+", "|"].iter().any(|part| value.name.contains(part));
        if pattern && !matcher.op.is_regex() {
            let op = if matcher.op == MatchOp::Equal { MatchOp::Matches } else { MatchOp::NotMatches };
            let message =
                format!("`{}` compares with the text `{}` itself, which looks like a pattern", matcher.op, value.name);
            let fix = format!("write `{op}` to match it as one");
            found.push(Hint::new("literal-pattern", Severity::Warning, value.span, message).fix(fix));
        }
    }
    found.sort_by_key(|hint| hint.span);
    found
}

/// Functions that want a counter.
const COUNTING: [&str; 3] = ["rate", "irate", "increase"];

/// Quantiles of `_bucket` series whose buckets were added up.
fn no_buckets(tree: &Tree<'_>, followed: &Followed, of: usize) -> Option<Hint> {
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

/// A rate of a sum: when one of the counters starts again, the sum falls, and that is taken for a start of all.
fn counts_a_sum(text: &str, tree: &Tree<'_>, of: usize, function: &str) -> Option<Hint> {
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

/// Two sides whose series have different labels: nothing is on both.
fn nothing_matches(tree: &Tree<'_>, followed: &Followed, binary: &Binary, span: crate::Span) -> Option<Hint> {
    let compared = !matches!(binary.operator.as_str(), "or" | "unless");
    if !compared
        || binary.operator.contains(['$', '['])
        || is_scalar(tree, binary.left)
        || is_scalar(tree, binary.right)
    {
        return None;
    }
    let mut sides = [binary.left, binary.right].map(|at| followed.flow.labels_at(followed.steps[at]));
    match &binary.matching {
        Some(matching) if matching.labels.iter().any(super::super::Named::has_variable) => return None,
        // A label that neither side has is the same on both: `on ()`.
        Some(on) if on.keyword == "on" => {
            let on: BTreeSet<_> = on.labels.iter().map(|label| label.name.as_str()).collect();
            for side in sides.iter_mut().flatten() {
                side.retain(|label| on.contains(label));
            }
        }
        Some(ignoring) => {
            for side in sides.iter_mut().flatten() {
                side.retain(|label| ignoring.labels.iter().all(|at| at.name != *label));
            }
        }
        None => {}
    }
    let [Some(left), Some(right)] = sides else { return None };
    let shown = |labels: &BTreeSet<&str>| {
        let labels: Vec<_> = labels.iter().copied().collect();
        if labels.is_empty() { "no labels".to_owned() } else { format!("`{}`", labels.join("`, `")) }
    };
    (left != right).then(|| {
        let (left, right) = (shown(&left), shown(&right));
        let message = format!("no series can match: the left side has {left} and the right side {right}");
        let fix = "keep the same labels on both sides, or say with `on (…)` and `group_left` how they match";
        Hint::new("sides-never-match", Severity::Warning, span, message).fix(fix)
    })
}
