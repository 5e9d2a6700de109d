//! Reads a query with the places of its parts. It takes a little more than PromQL: the types decide.

use super::super::lexer::{Cursor, Kind, Syntax, Token};
use super::super::names::Named;
use super::super::operators::{Grouping, binding};
use super::super::{QueryError, variables};
use super::duration;
use super::tree::{Aggregate, Binary, Move, Node, Part, Tree};

const SYNTAX: Syntax = Syntax {
    signs: &[
        "==", "=~", "!=", "!~", ">=", "<=", "(", ")", "{", "}", "[", "]", ",", ":", "+", "-", "*", "/", "%", "^", "=",
        ">", "<", "@",
    ],
    joins: &[':'],
    quotes: &['"', '\'', '`'],
    comments: &["#"],
    block: None,
    special: |_| None,
};

/// Source: <https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators>.
pub(super) const AGGREGATIONS: [&str; 14] = [
    "avg",
    "bottomk",
    "count",
    "count_values",
    "group",
    "limit_ratio",
    "limitk",
    "max",
    "min",
    "quantile",
    "stddev",
    "stdvar",
    "sum",
    "topk",
];

/// Those that Prometheus takes for nothing else.
const KEYWORDS: [&str; 6] = ["atan2", "bool", "group_left", "group_right", "ignoring", "on"];

pub(super) fn is_aggregation(word: &str) -> bool {
    AGGREGATIONS.iter().any(|name| name.eq_ignore_ascii_case(word))
}

pub(super) fn parse(text: &str, variables: bool) -> Result<Tree, QueryError> {
    let mut cursor = Cursor::new(text, &SYNTAX).map_err(|error| match text.get(error.span.start..error.span.end) {
        Some("|") => error.fix("a pipe is LogQL or TraceQL: is this the query of another data source?"),
        _ => error,
    })?;
    if let Some(variable) = cursor.tokens().iter().find(|token| token.kind == Kind::Variable && !variables) {
        let error = QueryError::new("Prometheus does not know the variables of Grafana", variable.span);
        let duration = ["interval", "range"].iter().any(|word| variable.text.contains(word));
        return Err(error.fix(if duration { "write a duration such as `5m`" } else { "write what it stands for" }));
    }
    if cursor.peek().kind == Kind::End {
        return Err(QueryError::new("the query is empty", cursor.peek().span));
    }
    let mut parser = Parser::default();
    parser.expression(&mut cursor, 0)?;
    if cursor.peek().kind != Kind::End {
        return Err(cursor.unexpected("an operator or the end of the query"));
    }
    Ok(parser.tree)
}

#[derive(Default)]
pub(super) struct Parser {
    pub(super) tree: Tree,
    /// The functions around this place.
    pub(super) functions: Vec<Named>,
}

/// The binding of `-x`: tighter than `*`, looser than `^`.
const UNARY: u8 = 6;

impl Parser {
    pub(super) fn node(&mut self, cursor: &Cursor<'_>, first: usize, part: Part) -> usize {
        self.tree.nodes.push(Node { part, span: cursor.span_from(first) });
        self.tree.nodes.len() - 1
    }

    fn expression(&mut self, cursor: &mut Cursor<'_>, least: u8) -> Result<usize, QueryError> {
        cursor.enter()?;
        let first = cursor.position();
        let mut left = if cursor.is("-") || cursor.is("+") {
            cursor.next();
            let of = self.expression(cursor, UNARY)?;
            self.node(cursor, first, Part::Unary(of))
        } else {
            self.operand(cursor)?
        };
        while let Some((binds, right_first)) = binding(&cursor.peek()) {
            if binds < least {
                break;
            }
            cursor.step()?;
            let operator = cursor.next();
            let returns_bool = cursor.is_word("bool");
            if returns_bool {
                cursor.next();
            }
            let matching = Grouping::read(cursor, &["on", "ignoring"], true, true)?;
            let group = match matching {
                Some(_) => Grouping::read(cursor, &["group_left", "group_right"], false, true)?,
                None => None,
            };
            let fills = fill(cursor)?;
            let right = self.expression(cursor, if right_first { binds } else { binds + 1 })?;
            let operator = operator.text.to_ascii_lowercase();
            let binary = Binary { operator, left, right, returns_bool, fills, matching, group };
            left = self.node(cursor, first, Part::Binary(binary));
        }
        cursor.leave();
        Ok(left)
    }

    /// Something with what stands behind it: a range, an offset, a time.
    fn operand(&mut self, cursor: &mut Cursor<'_>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let mut of = self.primary(cursor)?;
        loop {
            let part = if cursor.is("[") {
                let subquery = self.range(cursor)?;
                Part::Range { of, subquery }
            } else if cursor.is_word("offset") {
                cursor.next();
                self.offset(cursor)?;
                Part::Moved { of, by: Move::Offset }
            } else if cursor.eat("@") {
                time(cursor)?;
                Part::Moved { of, by: Move::At }
            } else if cursor.is_word("anchored") || cursor.is_word("smoothed") {
                let word = cursor.next();
                let what = if word.text.eq_ignore_ascii_case("anchored") { "`anchored`" } else { "`smoothed`" };
                self.tree.experimental.push((word.span, what, "promql-extended-range-selectors"));
                Part::Moved { of, by: Move::Extended }
            } else if cursor.peek().kind == Kind::Variable && !begins_operand(&cursor.ahead(1)) {
                // It holds an offset, or nothing. Before an operand it would be an operator.
                cursor.next();
                Part::Moved { of, by: Move::Variable }
            } else {
                return Ok(of);
            };
            cursor.step()?;
            of = self.node(cursor, first, part);
        }
    }

    /// Returns whether it is one of a subquery.
    fn range(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, QueryError> {
        cursor.expect("[")?;
        self.duration(cursor)?;
        let subquery = cursor.eat(":");
        if subquery && !cursor.is("]") {
            self.duration(cursor)?;
        }
        cursor.expect("]")?;
        Ok(subquery)
    }

    fn primary(&mut self, cursor: &mut Cursor<'_>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let token = cursor.peek();
        match token.kind {
            Kind::Number => {
                if !duration::is_number(token.text) {
                    let message = format!("`{}` is neither a number nor a duration", token.text);
                    return Err(QueryError::new(message, token.span));
                }
                cursor.next();
                Ok(self.node(cursor, first, Part::Number))
            }
            Kind::Text => {
                cursor.next();
                Ok(self.node(cursor, first, Part::Text(Named::of(&token))))
            }
            Kind::Sign if token.is("(") => {
                cursor.next();
                let of = self.expression(cursor, 0)?;
                cursor.expect(")")?;
                Ok(self.node(cursor, first, Part::Paren(of)))
            }
            Kind::Sign if token.is("{") => self.selector(cursor, None),
            Kind::Word | Kind::Variable => {
                let grouped = ["by", "without"].iter().any(|word| cursor.ahead(1).text.eq_ignore_ascii_case(word));
                let aggregates = is_aggregation(token.text) || token.kind == Kind::Variable;
                if aggregates && grouped && cursor.ahead(2).is("(") {
                    return self.aggregate(cursor);
                }
                if grouped && cursor.ahead(2).is("(") {
                    let message =
                        format!("`{}` is no aggregation, so `{}` cannot follow it", token.text, cursor.ahead(1).text);
                    return Err(QueryError::new(message, token.span).fix("group with an aggregation such as `sum`"));
                }
                if cursor.ahead(1).is("(") {
                    return if is_aggregation(token.text) { self.aggregate(cursor) } else { self.call(cursor) };
                }
                cursor.next();
                if ["inf", "nan"].iter().any(|word| token.text.eq_ignore_ascii_case(word)) {
                    return Ok(self.node(cursor, first, Part::Number));
                }
                let alone = !cursor.is("{") && !cursor.is("[");
                if token.kind == Kind::Variable && alone && is_one_variable(token.text) {
                    return Ok(self.node(cursor, first, Part::Variable));
                }
                if KEYWORDS.iter().any(|word| token.text.eq_ignore_ascii_case(word)) {
                    let message = format!("`{}` is a keyword and names no metric", token.text);
                    return Err(QueryError::new(message, token.span));
                }
                self.selector(cursor, Some(Named::of(&token)))
            }
            _ => Err(cursor.unexpected("a metric, a function or a number")),
        }
    }

    fn call(&mut self, cursor: &mut Cursor<'_>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let function = cursor.next();
        let named = Named::of(&function);
        self.functions.push(named.clone());
        let arguments = self.arguments(cursor)?;
        self.functions.pop();
        let grouped = ["by", "without"].into_iter().any(|word| cursor.is_word(word));
        if grouped && function.kind == Kind::Variable {
            let grouping = Grouping::read(cursor, &["by", "without"], true, true)?;
            let aggregate = Aggregate { operator: named, grouping, arguments };
            return Ok(self.node(cursor, first, Part::Aggregate(aggregate)));
        }
        if grouped {
            return Err(grouped_call(cursor, first, &named)?);
        }
        Ok(self.node(cursor, first, Part::Call { function: named, arguments }))
    }

    fn arguments(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<usize>, QueryError> {
        cursor.expect("(")?;
        let mut arguments = Vec::new();
        while !cursor.is(")") {
            if !arguments.is_empty() {
                if !cursor.is(",") {
                    return Err(cursor.unexpected("`,` or `)`"));
                }
                cursor.next();
            }
            arguments.push(self.expression(cursor, 0)?);
        }
        cursor.next();
        Ok(arguments)
    }

    fn aggregate(&mut self, cursor: &mut Cursor<'_>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let operator = cursor.next();
        let before = Grouping::read(cursor, &["by", "without"], true, true)?;
        let arguments = self.arguments(cursor)?;
        let grouping = match before {
            Some(grouping) => Some(grouping),
            None => Grouping::read(cursor, &["by", "without"], true, true)?,
        };
        let aggregate = Aggregate { operator: Named::of(&operator), grouping, arguments };
        Ok(self.node(cursor, first, Part::Aggregate(aggregate)))
    }
}

/// Why nothing can be grouped behind a function.
fn grouped_call(cursor: &mut Cursor<'_>, first: usize, function: &Named) -> Result<QueryError, QueryError> {
    let start = cursor.position();
    let written = |tokens: &[Token<'_>]| {
        let mut text = String::new();
        let mut end = None;
        for token in tokens {
            if end.is_some_and(|end| end < token.span.start) {
                text.push(' ');
            }
            text.push_str(token.text);
            end = Some(token.span.end);
        }
        text
    };
    let call = written(&cursor.tokens()[first..start]);
    Grouping::read(cursor, &["by", "without"], true, true)?;
    let clause = written(&cursor.tokens()[start..cursor.position()]);
    let keyword = cursor.tokens()[start].text;
    let message = format!("`{keyword}` follows `{}`, which is a function and no aggregation", function.name);
    Ok(QueryError::new(message, cursor.span_from(start)).fix(format!("write `sum {clause} ({call})`")))
}

/// `fill(0)` and its like, which only new versions know. Returns whether there is one.
fn fill(cursor: &mut Cursor<'_>) -> Result<bool, QueryError> {
    let mut fills = false;
    while ["fill", "fill_left", "fill_right"].iter().any(|name| cursor.is_word(name)) && cursor.ahead(1).is("(") {
        cursor.next();
        cursor.next();
        duration::number(cursor, "a number")?;
        cursor.expect(")")?;
        fills = true;
    }
    Ok(fills)
}

/// What stands behind `@`.
fn time(cursor: &mut Cursor<'_>) -> Result<(), QueryError> {
    if cursor.is_word("start") || cursor.is_word("end") {
        cursor.next();
        cursor.expect("(")?;
        cursor.expect(")")?;
        return Ok(());
    }
    duration::number(cursor, "a time in seconds, `start()` or `end()`")
}

fn begins_operand(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Number | Kind::Text | Kind::Variable => true,
        Kind::Word => !["by", "without", "offset"].contains(&token.text) && binding(token).is_none(),
        Kind::Sign => matches!(token.text, "(" | "{" | "-" | "+"),
        Kind::End => false,
    }
}

/// Whether nothing is glued to a variable.
fn is_one_variable(text: &str) -> bool {
    variables(text).first().is_some_and(|variable| variable.span.end == text.len())
}
