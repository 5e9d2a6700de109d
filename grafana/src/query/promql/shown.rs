//! Which selectors' samples are shown as they are, and not how fast they grow, how many there are or how they compare.

use super::tree::{Aggregate, Binary, Part, Tree};

/// Functions that take how samples change, when they were or whether there are any, and not what they are.
///
/// Source: <https://prometheus.io/docs/prometheus/latest/querying/functions/>.
const OF_CHANGE: [&str; 15] = [
    "absent",
    "absent_over_time",
    "changes",
    "count_over_time",
    "delta",
    "deriv",
    "idelta",
    "increase",
    "irate",
    "predict_linear",
    "present_over_time",
    "rate",
    "resets",
    "timestamp",
    "xrate",
];

/// Returns the selectors, by index, whose samples come into the result by value.
pub(super) fn shown(tree: &Tree) -> Vec<usize> {
    let mut found = Vec::new();
    let mut left: Vec<usize> = tree.nodes.len().checked_sub(1).into_iter().collect();
    while let Some(at) = left.pop() {
        match &tree.nodes[at].part {
            Part::Number | Part::Text(_) | Part::Variable => {}
            Part::Selector(selector) => found.push(*selector),
            Part::Range { of, .. } | Part::Moved { of, .. } | Part::Paren(of) | Part::Unary(of) => left.push(*of),
            Part::Call { function, arguments } if !is_of_change(&function.name) => {
                // The second argument of `info` only gives labels.
                let by_value = if function.name == "info" { &arguments[..arguments.len().min(1)] } else { arguments };
                left.extend(by_value);
            }
            Part::Call { .. } => {}
            Part::Aggregate(Aggregate { operator, arguments, .. }) => {
                let counts = ["count", "count_values", "group"].iter().any(|it| operator.name.eq_ignore_ascii_case(it));
                left.extend(arguments.last().filter(|_| !counts && !operator.has_variable()));
            }
            Part::Binary(binary) => left.extend(by_value(tree, binary)),
        }
    }
    found.sort_unstable();
    found
}

fn is_of_change(function: &str) -> bool {
    // A variable may hold any of them.
    OF_CHANGE.contains(&function) || function.starts_with("ts_of_") || function.contains(['$', '['])
}

/// The sides of an operation whose values are part of its result.
fn by_value(tree: &Tree, binary: &Binary) -> Vec<usize> {
    let scalar = |at: usize| super::labels::is_scalar(tree, at);
    let (left, right) = (binary.left, binary.right);
    match binary.operator.to_ascii_lowercase().as_str() {
        "and" | "unless" => vec![left],
        "or" => vec![left, right],
        // What grew between two times, or what came less what went.
        "-" if !scalar(left) && !scalar(right) => Vec::new(),
        // A side that is there once for many others brings its labels.
        "+" | "-" | "*" | "/" | "%" | "^" | "atan2" => match binary.group.as_ref().map(|group| group.keyword) {
            Some("group_left") => vec![left],
            Some("group_right") => vec![right],
            _ => vec![left, right],
        },
        // Comparisons, and variables.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn shown(text: &str) -> Vec<String> {
        let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let name = |at: &usize| query.names.selectors[*at].metric.as_ref().map(|metric| metric.name.clone());
        query.shown().iter().filter_map(name).collect()
    }

    #[test]
    fn what_comes_into_the_result_by_value() {
        let cases: [(&str, &[&str]); 26] = [
            ("a", &["a"]),
            ("rate(a[5m])", &[]),
            ("sum by (job) (a{x=\"(\"})", &["a"]),
            ("sum by (job) (rate(a[5m])) + b", &["b"]),
            ("topk(5, a)", &["a"]),
            ("count by (job) (a)", &[]),
            ("COUNT(a)", &[]),
            ("count(sum by (job) (a))", &[]),
            ("absent(a) or b", &["b"]),
            ("a > 5", &[]),
            ("sum(a) > bool 5", &[]),
            ("a and b", &["a"]),
            ("a unless on (job) b", &["a"]),
            ("a - a offset 1h", &[]),
            ("max_over_time(a[1h]) - min_over_time(a[1h])", &[]),
            ("a - 5", &["a"]),
            ("a / b", &["a", "b"]),
            ("rate(a[5m]) * on (job) group_left (version) b", &[]),
            ("b * on (job) group_right () rate(a[5m])", &[]),
            ("label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\")", &["a"]),
            ("avg_over_time(a[5m])", &["a"]),
            ("max_over_time(rate(a[5m])[1h:])", &[]),
            ("$fn(a[5m])", &[]),
            ("histogram_quantile(0.9, sum by (le) (a_bucket))", &["a_bucket"]),
            ("-(a)", &["a"]),
            ("scalar(a)", &["a"]),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
