//! Whether the parts of a query fit together, as Prometheus decides it.

use crate::finding::Span;

use super::super::{Named, QueryError, ResultKind, naming};
use super::functions::{FUNCTIONS, Type, find};
use super::parser::{AGGREGATIONS, is_aggregation};
use super::tree::{Aggregate, Binary, Move, Part, Tree};

/// Returns what a query gives.
///
/// # Errors
/// Marks the smallest part that does not fit.
pub(super) fn check(tree: &Tree) -> Result<ResultKind, QueryError> {
    let mut types = Types { tree, known: Vec::with_capacity(tree.nodes.len()) };
    for at in 0..tree.nodes.len() {
        // Parts come after those that they consist of.
        let known = types.of_part(at)?;
        types.known.push(known);
    }
    Ok(match types.known.last() {
        Some(Type::Scalar) => ResultKind::Scalar,
        Some(Type::Text) => ResultKind::Text,
        Some(Type::Range) => ResultKind::Range,
        Some(Type::Vector) => ResultKind::Vector,
        Some(Type::Any) | None => ResultKind::Unknown,
    })
}

struct Types<'a> {
    tree: &'a Tree,
    known: Vec<Type>,
}

impl Types<'_> {
    fn of_part(&self, at: usize) -> Result<Type, QueryError> {
        let span = self.tree.nodes[at].span;
        match &self.tree.nodes[at].part {
            Part::Number => Ok(Type::Scalar),
            Part::Text(_) => Ok(Type::Text),
            Part::Variable => Ok(Type::Any),
            Part::Selector(_) => Ok(Type::Vector),
            Part::Paren(of) => Ok(self.known[*of]),
            Part::Range { of, subquery: true } => {
                let found = self.known[*of];
                let message = || format!("a subquery is one of series, and this is {}", found.shown());
                if found.fits(Type::Vector) { Ok(Type::Range) } else { Err(QueryError::new(message(), self.span(*of))) }
            }
            Part::Range { of, subquery: false } => {
                self.range(*of).map_err(|message| QueryError::new(message, span).fix("write `[…:]` for a subquery"))
            }
            Part::Moved { of, by } => self.moved(*of, *by, span),
            Part::Unary(of) => match self.known[*of] {
                found @ (Type::Scalar | Type::Vector | Type::Any) => Ok(found),
                found => {
                    let message = format!("a sign stands before series or a number, and this is {}", found.shown());
                    Err(QueryError::new(message, self.span(*of)))
                }
            },
            Part::Call { function, arguments } => self.call(function, arguments, span),
            Part::Aggregate(aggregate) => self.aggregate(aggregate, span),
            Part::Binary(binary) => self.binary(binary, span),
        }
    }

    fn span(&self, at: usize) -> Span {
        self.tree.nodes[at].span
    }

    fn range(&self, of: usize) -> Result<Type, &'static str> {
        match &self.tree.nodes[of].part {
            Part::Selector(_) | Part::Variable | Part::Moved { by: Move::Variable, .. } => Ok(Type::Range),
            Part::Moved { .. } => Err("`offset` and `@` stand behind the range"),
            _ => Err("only a selector has a range, and this is none"),
        }
    }

    fn moved(&self, of: usize, by: Move, span: Span) -> Result<Type, QueryError> {
        let mut inner = of;
        let mut twice = false;
        while let Part::Moved { of, by: before } = &self.tree.nodes[inner].part {
            twice |= *before == by && by != Move::Variable;
            inner = *of;
        }
        let word = match by {
            Move::Offset => "offset",
            Move::At => "@",
            Move::Extended => "anchored` or `smoothed",
            Move::Variable => return Ok(self.known[of]),
        };
        if twice {
            return Err(QueryError::new(format!("`{word}` stands here twice"), span));
        }
        match &self.tree.nodes[inner].part {
            Part::Range { subquery: true, .. } if by == Move::Extended => {
                Err(QueryError::new(format!("a subquery has no `{word}`"), span))
            }
            Part::Selector(_) | Part::Range { .. } | Part::Variable => Ok(self.known[of]),
            _ => {
                let message = format!("`{word}` stands behind a selector or a subquery, and this is none");
                Err(QueryError::new(message, span).fix("write it behind each selector"))
            }
        }
    }

    fn call(&self, named: &Named, arguments: &[usize], span: Span) -> Result<Type, QueryError> {
        if named.has_variable() {
            return Ok(Type::Vector);
        }
        let Some(function) = find(&named.name) else {
            let error = QueryError::new(format!("PromQL has no function `{}`", named.name), named.span);
            let known: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).chain(AGGREGATIONS).collect();
            return Err(match naming::nearest(&named.name.to_ascii_lowercase(), known) {
                _ if named.name == "holt_winters" => error.fix("Prometheus 3 calls it `double_exponential_smoothing`"),
                Some(near) => error.fix(format!("write `{near}`")),
                None => error,
            });
        };
        let given = arguments.len();
        if given < function.least || given > function.most {
            let takes = match (function.least, function.most) {
                (0, 0) => "no argument".to_owned(),
                (least, most) if least == most => format!("{least} argument{}", if least == 1 { "" } else { "s" }),
                (least, usize::MAX) => format!("at least {least} arguments"),
                (least, most) => format!("{least} to {most} arguments"),
            };
            return Err(QueryError::new(format!("`{}` takes {takes}, and gets {given}", function.name), span));
        }
        for (at, of) in arguments.iter().enumerate() {
            if let Some(wanted) = function.argument(at) {
                self.expect(function.name, *of, wanted)?;
            }
        }
        if let ("info", Some(second)) = (function.name, arguments.get(1)) {
            let labels = match &self.tree.nodes[*second].part {
                Part::Selector(at) => self.tree.names.selectors.get(*at).is_some_and(|it| it.metric.is_none()),
                part => matches!(part, Part::Variable),
            };
            if !labels {
                let message = "`info` takes matchers of labels, without a metric, as its second argument";
                return Err(QueryError::new(message, self.span(*second)));
            }
        }
        Ok(function.returns)
    }

    fn aggregate(&self, aggregate: &Aggregate, span: Span) -> Result<Type, QueryError> {
        let operator = &aggregate.operator.name;
        let parameter = match operator.to_ascii_lowercase().as_str() {
            "count_values" => Some(Type::Text),
            "bottomk" | "limit_ratio" | "limitk" | "quantile" | "topk" => Some(Type::Scalar),
            _ => None,
        };
        let wanted = 1 + usize::from(parameter.is_some());
        let given = aggregate.arguments.len();
        let known = is_aggregation(operator);
        if known && given != wanted || given == 0 {
            let takes = if wanted == 1 { "1 argument" } else { "2 arguments" };
            return Err(QueryError::new(format!("`{operator}` takes {takes}, and gets {given}"), span));
        }
        if let (Some(wanted), [first, _]) = (parameter, &aggregate.arguments[..]) {
            self.expect(operator, *first, wanted)?;
        }
        if let Some(last) = aggregate.arguments.last() {
            self.expect(operator, *last, Type::Vector)?;
        }
        Ok(Type::Vector)
    }

    fn binary(&self, binary: &Binary, span: Span) -> Result<Type, QueryError> {
        let sides = [binary.left, binary.right];
        for side in sides {
            let found = self.known[side];
            if matches!(found, Type::Range | Type::Text) {
                let message = format!("an operator takes series and numbers, and this is {}", found.shown());
                let error = QueryError::new(message, self.span(side));
                return Err(match found {
                    Type::Range => error.fix("apply a function such as `rate` or `avg_over_time` to it"),
                    _ => error,
                });
            }
        }
        let [left, right] = sides.map(|side| self.known[side]);
        let error = |message: String| Err(QueryError::new(message, span));
        let operator = binary.operator.as_str();
        let compares = matches!(operator, "==" | "!=" | ">" | "<" | ">=" | "<=");
        let combines = matches!(operator, "and" | "or" | "unless");
        let has_scalar = left == Type::Scalar || right == Type::Scalar;
        let variable = !compares && operator.contains(['$', '[']);
        if binary.returns_bool && !compares && !variable {
            return error(format!("`bool` stands behind a comparison, and `{operator}` is none"));
        }
        if compares && !binary.returns_bool && left == Type::Scalar && right == Type::Scalar {
            return Err(QueryError::new("two numbers are compared with `bool` only", span)
                .fix(format!("write `{operator} bool`")));
        }
        if combines && has_scalar {
            return error(format!("`{operator}` combines series, and one side is a number"));
        }
        if combines && let Some(group) = &binary.group {
            return error(format!("`{}` has no meaning with `{operator}`", group.keyword));
        }
        if combines && binary.fills {
            return error(format!("`fill` has no meaning with `{operator}`"));
        }
        if has_scalar
            && let Some(matching) = &binary.matching
            && !matching.labels.is_empty()
        {
            return error(format!("`{}` matches series, and one side is a number", matching.keyword));
        }
        if has_scalar && binary.fills {
            return error("`fill` is for series, and one side is a number".to_owned());
        }
        if let (Some(on), Some(group)) = (&binary.matching, &binary.group)
            && on.keyword == "on"
            && let Some(twice) = group.labels.iter().find(|label| on.labels.iter().any(|it| it.name == label.name))
            && !twice.has_variable()
        {
            let message = format!("label `{}` stands in `on` and in `{}`", twice.name, group.keyword);
            return Err(QueryError::new(message, twice.span).fix(format!("take it out of `{}`", group.keyword)));
        }
        Ok(match (left, right) {
            (Type::Vector, _) | (_, Type::Vector) => Type::Vector,
            (Type::Any, _) | (_, Type::Any) => Type::Any,
            _ => Type::Scalar,
        })
    }

    /// What is wrong when an argument is of another type.
    fn expect(&self, name: &str, given: usize, wanted: Type) -> Result<(), QueryError> {
        let found = self.known[given];
        if found.fits(wanted) {
            return Ok(());
        }
        let message = format!("`{name}` takes {}, and this is {}", wanted.shown(), found.shown());
        let error = QueryError::new(message, self.span(given));
        Err(match (wanted, found) {
            (Type::Range, _) if matches!(self.tree.nodes[given].part, Part::Selector(_)) => {
                error.fix("add a range such as `[$__rate_interval]` or `[5m]` behind the selector")
            }
            (Type::Range, Type::Vector) => error.fix("only selectors have a range: apply the function to them"),
            (Type::Vector, Type::Range) => error.fix("apply a function such as `rate` or `avg_over_time` to it"),
            (Type::Vector, Type::Scalar) => error.fix("write `vector(…)` around it"),
            (Type::Scalar, Type::Vector) => error.fix("write `scalar(…)` around it"),
            _ => error,
        })
    }
}
