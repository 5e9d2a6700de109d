//! Reads a query with the places of its parts. It takes a little more than PromQL: the crate decides.

use super::super::lexer::{Cursor, Kind, Syntax, Token};
use super::super::names::{Named, Names};
use super::super::operators::{Grouping, binding};
use super::super::{QueryError, variables};
use super::tree::{Aggregate, Binary, Expected, Node, Part, Tree};

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
const AGGREGATIONS: [&str; 14] = [
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

pub(super) fn is_aggregation(word: &str) -> bool {
    AGGREGATIONS.iter().any(|name| name.eq_ignore_ascii_case(word))
}

pub(super) fn parse(text: &str, variables: bool) -> Result<Tree<'_>, QueryError> {
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
    let plain = cursor.tokens().iter().map(|token| token.text).collect();
    let mut parser = Parser { tree: Tree { nodes: Vec::new(), plain, names: Names::default() }, functions: Vec::new() };
    parser.expression(&mut cursor, 0)?;
    if cursor.peek().kind != Kind::End {
        return Err(cursor.unexpected("an operator or the end of the query"));
    }
    if let Some(last) = parser.tree.nodes.len().checked_sub(1) {
        parser.settle(last, Expected::Vector);
    }
    Ok(parser.tree)
}

pub(super) struct Parser<'a> {
    pub(super) tree: Tree<'a>,
    /// The functions around this place.
    pub(super) functions: Vec<Named>,
}

/// The binding of `-x`: tighter than `*`, looser than `^`.
const UNARY: u8 = 6;

impl<'a> Parser<'a> {
    pub(super) fn node(&mut self, cursor: &Cursor<'a>, first: usize, part: Part) -> usize {
        let node = Node { part, span: cursor.span_from(first), tokens: (first, cursor.position()) };
        self.tree.nodes.push(node);
        self.tree.nodes.len() - 1
    }

    /// Puts something that parses in the place of a token that has a variable.
    pub(super) fn stand_in(&mut self, position: usize, token: &Token<'_>, instead: &'static str) {
        if token.kind == Kind::Variable {
            self.tree.plain[position] = instead;
        }
    }

    fn expression(&mut self, cursor: &mut Cursor<'a>, least: u8) -> Result<usize, QueryError> {
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
            self.stand_in(cursor.position() - 1, &operator, "+");
            if cursor.is_word("bool") {
                cursor.next();
            }
            let matching = self.grouping(cursor, &["on", "ignoring"], true)?;
            let group = match matching {
                Some(_) => self.grouping(cursor, &["group_left", "group_right"], false)?,
                None => None,
            };
            self.fill(cursor)?;
            let right = self.expression(cursor, if right_first { binds } else { binds + 1 })?;
            let operator = operator.text.to_ascii_lowercase();
            left = self.node(cursor, first, Part::Binary(Binary { operator, left, right, matching, group }));
        }
        cursor.leave();
        Ok(left)
    }

    /// `fill(0)` and its like, which only new versions know.
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<(), QueryError> {
        while ["fill", "fill_left", "fill_right"].iter().any(|name| cursor.is_word(name)) && cursor.ahead(1).is("(") {
            cursor.next();
            cursor.next();
            if cursor.is("-") || cursor.is("+") {
                cursor.next();
            }
            let value = cursor.next();
            self.stand_in(cursor.position() - 1, &value, "1");
            cursor.expect(")")?;
        }
        Ok(())
    }

    /// Something with what stands behind it: a range, an offset, a time.
    fn operand(&mut self, cursor: &mut Cursor<'a>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let mut of = self.primary(cursor)?;
        loop {
            let part = if cursor.is("[") {
                let subquery = self.range(cursor)?;
                Part::Range { of, subquery }
            } else if cursor.is_word("offset") {
                cursor.next();
                if cursor.is("-") || cursor.is("+") {
                    cursor.next();
                }
                self.duration(cursor)?;
                Part::Moved(of)
            } else if cursor.eat("@") {
                self.time(cursor)?;
                Part::Moved(of)
            } else if cursor.peek().kind == Kind::Variable && !begins_operand(&cursor.ahead(1)) {
                // It holds an offset, or nothing. Before an operand it would be an operator.
                let token = cursor.next();
                self.stand_in(cursor.position() - 1, &token, "");
                Part::Moved(of)
            } else {
                return Ok(of);
            };
            cursor.step()?;
            of = self.node(cursor, first, part);
        }
    }

    /// Returns whether it is one of a subquery.
    fn range(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, QueryError> {
        cursor.expect("[")?;
        self.duration(cursor)?;
        let subquery = cursor.eat(":");
        if subquery && !cursor.is("]") {
            self.duration(cursor)?;
        }
        cursor.expect("]")?;
        Ok(subquery)
    }

    fn duration(&mut self, cursor: &mut Cursor<'a>) -> Result<(), QueryError> {
        let token = cursor.peek();
        if !matches!(token.kind, Kind::Number | Kind::Variable) {
            return Err(cursor.unexpected("a duration such as `5m`"));
        }
        self.stand_in(cursor.position(), &token, "5m");
        cursor.next();
        Ok(())
    }

    fn time(&mut self, cursor: &mut Cursor<'a>) -> Result<(), QueryError> {
        if cursor.is_word("start") || cursor.is_word("end") {
            cursor.next();
            cursor.expect("(")?;
            cursor.expect(")")?;
            return Ok(());
        }
        if cursor.is("-") || cursor.is("+") {
            cursor.next();
        }
        let token = cursor.peek();
        if !matches!(token.kind, Kind::Number | Kind::Variable) {
            return Err(cursor.unexpected("a time in seconds, `start()` or `end()`"));
        }
        self.stand_in(cursor.position(), &token, "1");
        cursor.next();
        Ok(())
    }

    fn primary(&mut self, cursor: &mut Cursor<'a>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let token = cursor.peek();
        match token.kind {
            Kind::Number => {
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
                    return Ok(self.node(cursor, first, Part::Variable(first)));
                }
                self.stand_in(first, &token, "metric");
                self.selector(cursor, Some(Named::of(&token)))
            }
            _ => Err(cursor.unexpected("a metric, a function or a number")),
        }
    }

    fn call(&mut self, cursor: &mut Cursor<'a>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let function = cursor.next();
        let named = Named::of(&function);
        self.functions.push(named.clone());
        let arguments = self.arguments(cursor)?;
        self.functions.pop();
        let grouped = ["by", "without"].into_iter().any(|word| cursor.is_word(word));
        if grouped && function.kind == Kind::Variable {
            let grouping = self.grouping(cursor, &["by", "without"], true)?;
            self.stand_in(first, &function, "sum");
            let aggregate = Aggregate { operator: named, grouping, arguments };
            return Ok(self.node(cursor, first, Part::Aggregate(aggregate)));
        }
        if grouped {
            return Err(self.grouped_call(cursor, first, &named)?);
        }
        // `$fn(rate(x[5m]))` aggregates, `$fn(x[5m])` does not.
        let ranged = arguments.iter().any(|at| matches!(self.tree.nodes[*at].part, Part::Range { .. }));
        self.stand_in(first, &function, if ranged { "rate" } else { "abs" });
        Ok(self.node(cursor, first, Part::Call { function: named, arguments }))
    }

    /// Why nothing can be grouped behind a function.
    fn grouped_call(
        &mut self,
        cursor: &mut Cursor<'a>,
        first: usize,
        function: &Named,
    ) -> Result<QueryError, QueryError> {
        let start = cursor.position();
        let written = |tokens: &[Token<'a>]| {
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
        self.grouping(cursor, &["by", "without"], true)?;
        let clause = written(&cursor.tokens()[start..cursor.position()]);
        let keyword = cursor.tokens()[start].text;
        let message = format!("`{keyword}` follows `{}`, which is a function and no aggregation", function.name);
        Ok(QueryError::new(message, cursor.span_from(start)).fix(format!("write `sum {clause} ({call})`")))
    }

    fn arguments(&mut self, cursor: &mut Cursor<'a>) -> Result<Vec<usize>, QueryError> {
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

    fn aggregate(&mut self, cursor: &mut Cursor<'a>) -> Result<usize, QueryError> {
        let first = cursor.position();
        let operator = cursor.next();
        self.stand_in(first, &operator, "sum");
        let before = self.grouping(cursor, &["by", "without"], true)?;
        let arguments = self.arguments(cursor)?;
        let grouping = match before {
            Some(grouping) => Some(grouping),
            None => self.grouping(cursor, &["by", "without"], true)?,
        };
        let aggregate = Aggregate { operator: Named::of(&operator), grouping, arguments };
        Ok(self.node(cursor, first, Part::Aggregate(aggregate)))
    }

    /// One of the keywords with labels in parentheses, if it is there.
    fn grouping(
        &mut self,
        cursor: &mut Cursor<'a>,
        keywords: &[&'static str],
        needs_labels: bool,
    ) -> Result<Option<Grouping>, QueryError> {
        let first = cursor.position();
        let grouping = Grouping::read(cursor, keywords, needs_labels, true)?;
        if let Some(grouping) = &grouping {
            for position in first..cursor.position() {
                let [before, token] = [cursor.tokens()[position.saturating_sub(1)], cursor.tokens()[position]];
                let separated = before.is(",") || before.is("(");
                // A label that `on` has must not be in `group_left` too, so they get different ones.
                self.stand_in(position, &token, if separated { grouping.keyword } else { "" });
            }
        }
        Ok(grouping)
    }

    /// Puts something that parses in the place of variables which stand alone.
    fn settle(&mut self, at: usize, expected: Expected) {
        let mut open = vec![(at, expected)];
        while let Some((at, expected)) = open.pop() {
            let part = &self.tree.nodes[at].part;
            open.extend(part.below(expected));
            if let Part::Variable(token) = part {
                self.tree.plain[*token] = match expected {
                    Expected::Vector => "metric",
                    Expected::Scalar => "1",
                    Expected::Range => "metric[5m]",
                    Expected::Text => "\"text\"",
                };
            }
        }
    }
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
