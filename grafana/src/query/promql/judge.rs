//! What the crate `promql-parser` says of a query, and of which part.

use promql_parser::parser::value::ValueType;
use promql_parser::parser::{Expr, parse};

use super::super::{QueryError, ResultKind, naming};
use super::tree::{Expected, Part, Tree};

pub(super) struct Judged {
    pub(super) result: ResultKind,
    /// Functions that Prometheus calls experimental.
    pub(super) experimental: Vec<String>,
}

pub(super) fn judge(text: &str, tree: &Tree<'_>) -> Result<Judged, QueryError> {
    let Some(last) = tree.nodes.len().checked_sub(1) else {
        return Err(QueryError::new("the query is empty", crate::Span::new(0, text.len())));
    };
    match parse(&plain(tree, last)) {
        Ok(expression) => {
            let mut experimental = Vec::new();
            collect(&expression, &mut experimental);
            let result = match (&tree.nodes[last].part, expression.value_type()) {
                (Part::Variable(_), _) => ResultKind::Unknown,
                (_, ValueType::Scalar) => ResultKind::Scalar,
                (_, ValueType::String) => ResultKind::Text,
                (_, ValueType::Matrix) => ResultKind::Range,
                (_, ValueType::Vector) => ResultKind::Vector,
            };
            Ok(Judged { result, experimental })
        }
        Err(whole) => {
            // Parts come after those that they consist of: the first that is refused is the smallest.
            let refused = (0..last).find_map(|at| Some((at, parse(&plain(tree, at)).err()?)));
            let (at, message) = refused.unwrap_or((last, whole));
            Err(error(tree, at, &message))
        }
    }
}

/// The tokens of a part, with something in the place of variables.
fn plain(tree: &Tree<'_>, at: usize) -> String {
    let (first, end) = tree.nodes[at].tokens;
    tree.plain[first..end].join(" ")
}

fn error(tree: &Tree<'_>, at: usize, message: &str) -> QueryError {
    let node = &tree.nodes[at];
    let mut message = message.replace('\'', "`");
    if message == "invalid promql query" {
        message = "this is no PromQL".to_owned();
    }
    // The crate begins some messages in upper case, as Prometheus does not.
    if let Some(first) = message.chars().next() {
        message.replace_range(..first.len_utf8(), &first.to_lowercase().to_string());
    }
    if message.starts_with("offset modifier") {
        return QueryError::new("`offset` stands behind a selector or a subquery, and this is none", node.span)
            .fix("write it behind each selector");
    }
    if message.starts_with("ranges only allowed") {
        return QueryError::new("only a selector has a range, and this is none", node.span)
            .fix("write `[…:]` for a subquery");
    }
    if let Part::Number = node.part {
        let message = format!("`{}` is neither a number nor a duration", tree.plain[node.tokens.0]);
        return QueryError::new(message, node.span);
    }
    if message.starts_with("expected type")
        && let Some(error) = type_error(tree, at)
    {
        return error;
    }
    if let Part::Call { function, .. } = &node.part
        && message.starts_with("unknown function")
    {
        let error = QueryError::new(format!("PromQL has no function `{}`", function.name), function.span);
        return match function.name.as_str() {
            "holt_winters" => error.fix("Prometheus 3 calls it `double_exponential_smoothing`"),
            name => match naming::nearest(&name.to_ascii_lowercase(), FUNCTIONS) {
                Some(near) => error.fix(format!("write `{near}`")),
                None => error,
            },
        };
    }
    QueryError::new(message, node.span)
}

/// What is wrong when the part that a function or an aggregation takes is of another type.
fn type_error(tree: &Tree<'_>, at: usize) -> Option<QueryError> {
    let part = &tree.nodes[at].part;
    let name = match part {
        Part::Call { function, .. } => &function.name,
        Part::Aggregate(aggregate) => &aggregate.operator.name,
        _ => return None,
    };
    let (given, wanted, found) = part.below(Expected::Vector).into_iter().find_map(|(given, wanted)| {
        let found = parse(&plain(tree, given)).ok()?.value_type();
        (found != wanted.kind()).then_some((&tree.nodes[given], wanted, found))
    })?;
    let message = format!("`{name}` takes {}, and this is {}", shown(wanted.kind()), shown(found));
    let error = QueryError::new(message, given.span);
    Some(match (wanted, found) {
        (Expected::Range, _) if matches!(given.part, Part::Selector(_)) => {
            error.fix("add a range such as `[$__rate_interval]` or `[5m]` behind the selector")
        }
        (Expected::Range, ValueType::Vector) => error.fix("only selectors have a range: apply the function to them"),
        (Expected::Vector, ValueType::Matrix) => error.fix("apply a function such as `rate` or `avg_over_time` to it"),
        (Expected::Vector, ValueType::Scalar) => error.fix("write `vector(…)` around it"),
        (Expected::Scalar, ValueType::Vector) => error.fix("write `scalar(…)` around it"),
        _ => error,
    })
}

fn shown(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Vector => "series",
        ValueType::Scalar => "a number",
        ValueType::Matrix => "samples of a range",
        ValueType::String => "a text",
    }
}

fn collect(expression: &Expr, found: &mut Vec<String>) {
    match expression {
        Expr::Call(call) => {
            if call.func.experimental {
                found.push(call.func.name.to_owned());
            }
            call.args.args.iter().for_each(|at| collect(at, found));
        }
        Expr::Aggregate(at) => {
            at.param.iter().for_each(|at| collect(at, found));
            collect(&at.expr, found);
        }
        Expr::Unary(at) => collect(&at.expr, found),
        Expr::Binary(at) => {
            collect(&at.lhs, found);
            collect(&at.rhs, found);
        }
        Expr::Paren(at) => collect(&at.expr, found),
        Expr::Subquery(at) => collect(&at.expr, found),
        _ => {}
    }
}

/// Those to which a misspelt name may be near.
///
/// Source: <https://prometheus.io/docs/prometheus/latest/querying/functions/>.
const FUNCTIONS: [&str; 75] = [
    "abs",
    "absent",
    "absent_over_time",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "avg",
    "avg_over_time",
    "ceil",
    "changes",
    "clamp",
    "clamp_max",
    "clamp_min",
    "cos",
    "cosh",
    "count",
    "count_over_time",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "deg",
    "delta",
    "deriv",
    "double_exponential_smoothing",
    "exp",
    "floor",
    "histogram_avg",
    "histogram_count",
    "histogram_fraction",
    "histogram_quantile",
    "histogram_stddev",
    "histogram_stdvar",
    "histogram_sum",
    "hour",
    "idelta",
    "increase",
    "irate",
    "label_join",
    "label_replace",
    "last_over_time",
    "ln",
    "log10",
    "log2",
    "max",
    "max_over_time",
    "min",
    "min_over_time",
    "minute",
    "month",
    "predict_linear",
    "present_over_time",
    "quantile",
    "quantile_over_time",
    "rad",
    "rate",
    "resets",
    "round",
    "scalar",
    "sgn",
    "sort",
    "sort_desc",
    "sqrt",
    "stddev_over_time",
    "stdvar_over_time",
    "sum",
    "sum_over_time",
    "time",
    "timestamp",
    "topk",
    "vector",
    "year",
];
