//! Reads queries: selectors, functions and operators.

use super::super::amount::{Amount, amount};
use super::super::flow::{Flow, Step};
use super::super::hint::{self, Hint};
use super::super::lexer::{Cursor, Kind, Syntax, Token};
use super::super::names::{LabelMatcher, MatchOp, Named, Names, Selector};
use super::super::operators::{Grouping, Side, binding};
use super::super::{Query, QueryError, ResultKind, naming, re2};
use super::functions::{AGGREGATIONS, KEYWORDS, RANGE_FUNCTIONS, callable};
use crate::finding::Span;

const SYNTAX: Syntax = Syntax {
    signs: &[
        "==", "=~", "!=", "!~", "!>", ">=", "<=", "|=", "|~", "|>", "|", ":", "(", ")", "{", "}", "[", "]", ",", "+",
        "-", "*", "/", "%", "^", "=", ">", "<",
    ],
    joins: &[],
    quotes: &['"', '`'],
    comments: &["#", "//"],
    block: Some(("/*", "*/")),
    special: |rest| ["--strict", "--keep-empty"].iter().find(|flag| rest.starts_with(**flag)).map(|flag| flag.len()),
};

/// The longest query that Loki reads.
const LONGEST: usize = 131_072;

pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    if text.len() >= LONGEST {
        let message = format!("the query has {} bytes; Loki reads fewer than {LONGEST}", text.len());
        return Err(QueryError::new(message, Span::new(0, text.len())));
    }
    let cursor = Cursor::new(text, &SYNTAX)?;
    if cursor.peek().kind == Kind::End {
        return Err(QueryError::new("the query is empty", cursor.peek().span));
    }
    let mut parser =
        Parser { cursor, names: Names::default(), flow: Flow::default(), hints: Vec::new(), functions: Vec::new() };
    let value = parser.expression(0)?;
    if parser.cursor.peek().kind != Kind::End {
        return Err(parser.behind(&value));
    }
    // The last step is the result.
    parser.flow.add(Step::Either(vec![value.step]));
    let result = match value.kind {
        ValueKind::Logs => ResultKind::Logs,
        ValueKind::Vector => ResultKind::Vector,
        ValueKind::Number => ResultKind::Scalar,
        ValueKind::Unknown => ResultKind::Unknown,
    };
    let names = Names { labels: parser.flow.asked_of_selectors(), ..parser.names };
    let mut hints = parser.hints;
    hints.extend(hint::dropped_labels(&parser.flow));
    hints.extend(hint::literal_patterns(&names));
    hints.sort_by_key(|hint| hint.span);
    Ok(Query { result, names, hints, flow: parser.flow, shown: Vec::new() })
}

pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) names: Names,
    pub(super) flow: Flow,
    hints: Vec<Hint>,
    /// The functions around this place.
    pub(super) functions: Vec<Named>,
}

/// What a part of a query returns.
struct Value {
    kind: ValueKind,
    step: usize,
    span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Logs,
    Vector,
    Number,
    /// What a variable stands for.
    Unknown,
}

impl<'a> Parser<'a> {
    /// Why nothing can stand behind a value.
    fn behind(&self, value: &Value) -> QueryError {
        if value.kind == ValueKind::Logs && self.cursor.is("[") {
            return self
                .cursor
                .unexpected("a stage or the end of the query")
                .fix("a range belongs into a function: `rate({…}[5m])`");
        }
        self.cursor.unexpected(match value.kind {
            ValueKind::Logs => "`|`, a line filter or the end of the query",
            _ => "an operator or the end of the query",
        })
    }

    fn expression(&mut self, least: u8) -> Result<Value, QueryError> {
        self.cursor.enter()?;
        let mut left = self.operand()?;
        while let Some((binds, right_first)) = binding(&self.cursor.peek()) {
            if binds < least || self.cursor.is_word("atan2") {
                break;
            }
            self.cursor.step()?;
            let operator = self.cursor.next();
            if self.cursor.is_word("bool") {
                self.cursor.next();
            }
            let matching = Grouping::read(&mut self.cursor, &["on", "ignoring"], true, false)?;
            let group = match matching {
                Some(_) => Grouping::read(&mut self.cursor, &["group_left", "group_right"], false, false)?,
                None => None,
            };
            let right = self.expression(if right_first { binds } else { binds + 1 })?;
            left = self.binary(&operator, [&left, &right], matching.as_ref(), group.as_ref())?;
        }
        self.cursor.leave();
        Ok(left)
    }

    fn binary(
        &mut self,
        operator: &Token<'_>,
        [left, right]: [&Value; 2],
        matching: Option<&Grouping>,
        group: Option<&Grouping>,
    ) -> Result<Value, QueryError> {
        let set = ["and", "or", "unless"].iter().any(|word| operator.text.eq_ignore_ascii_case(word));
        for side in [left, right] {
            if side.kind == ValueKind::Logs {
                let message = format!("`{}` takes numbers, and this selects log lines", operator.text);
                return Err(QueryError::new(message, side.span).fix("count the lines first: `count_over_time(…[5m])`"));
            }
            if side.kind == ValueKind::Number && set {
                let message = format!("`{}` takes series on both sides, and this is one number", operator.text);
                return Err(QueryError::new(message, side.span).fix("write `vector(…)` around the number"));
            }
        }
        let sides = [left, right].map(|at| Side { step: at.step, scalar: at.kind != ValueKind::Vector });
        let span = Span::new(left.span.start, right.span.end);
        let operator = operator.text.to_ascii_lowercase();
        self.hints.extend(hint::never_matches(&self.flow, &operator, sides, matching, span));
        let step = self.flow.binary(&operator, sides, matching, group);
        let kind = match (left.kind, right.kind) {
            (ValueKind::Number, ValueKind::Number) => ValueKind::Number,
            _ => ValueKind::Vector,
        };
        Ok(Value { kind, step, span })
    }

    fn operand(&mut self) -> Result<Value, QueryError> {
        let first = self.cursor.position();
        let token = self.cursor.peek();
        let (kind, step) = match token.kind {
            Kind::Sign if token.is("{") => {
                let step = self.selector()?;
                let step = self.stages(step)?;
                (ValueKind::Logs, step)
            }
            Kind::Sign if token.is("(") => {
                self.cursor.next();
                let value = self.expression(0)?;
                if !self.cursor.is(")") {
                    return Err(self.cursor.unexpected("`)`"));
                }
                self.cursor.next();
                (value.kind, value.step)
            }
            Kind::Sign if token.is("+") || token.is("-") => {
                self.cursor.next();
                self.number()?;
                (ValueKind::Number, self.flow.add(Step::Bare))
            }
            Kind::Number => {
                self.number()?;
                (ValueKind::Number, self.flow.add(Step::Bare))
            }
            Kind::Word | Kind::Variable => return self.call(),
            _ => return Err(self.cursor.unexpected("a selector `{…}`, a function or a number")),
        };
        Ok(Value { kind, step, span: self.cursor.span_from(first) })
    }

    fn call(&mut self) -> Result<Value, QueryError> {
        let first = self.cursor.position();
        let name = self.cursor.next();
        let function = Named::of(&name);
        let lower = name.text.to_ascii_lowercase();
        let called = self.cursor.is("(");
        let grouped = self.cursor.is_word("by") || self.cursor.is_word("without");
        if name.kind == Kind::Variable && !called && !grouped {
            let step = self.flow.add(Step::Unknown);
            return Ok(Value { kind: ValueKind::Unknown, step, span: name.span });
        }
        let step = match lower.as_str() {
            _ if name.kind == Kind::Variable => self.unknown_function(function)?,
            "vector" if called => {
                self.cursor.next();
                self.number()?;
                self.cursor.expect(")")?;
                self.flow.add(Step::Bare)
            }
            "label_replace" if called => self.label_replace()?,
            other if AGGREGATIONS.contains(&other) && (called || grouped) => self.aggregation(&function, other)?,
            other if called && RANGE_FUNCTIONS.iter().any(|at| at.name == other) => self.range_function(&function)?,
            other => {
                let error = QueryError::new(format!("LogQL has no function `{}`", name.text), name.span);
                let near = naming::nearest(other, callable());
                return Err(match near {
                    _ if !called => QueryError::new(format!("`{}` selects nothing", name.text), name.span)
                        .fix("LogQL begins with labels in braces, such as `{app=\"api\"}`, or with a function"),
                    Some(near) => error.fix(format!("write `{near}`")),
                    None => error,
                });
            }
        };
        Ok(Value { kind: ValueKind::Vector, step, span: self.cursor.span_from(first) })
    }

    /// A variable that stands for a function: over a range, or over series.
    fn unknown_function(&mut self, function: Named) -> Result<usize, QueryError> {
        let before = Grouping::read(&mut self.cursor, &["by", "without"], true, false)?;
        let ranged = before.is_none() && matches!(self.cursor.ahead(1).text, "{");
        let of = if ranged {
            self.functions.push(function);
            self.cursor.expect("(")?;
            let range = self.range()?;
            self.cursor.expect(")")?;
            self.functions.pop();
            range.step
        } else {
            self.cursor.expect("(")?;
            let value = self.expression(0)?;
            self.cursor.expect(")")?;
            value.step
        };
        let after = Grouping::read(&mut self.cursor, &["by", "without"], true, false)?;
        match before.or(after) {
            Some(grouping) => Ok(self.flow.aggregate(of, Some(&grouping))),
            None => Ok(self.flow.add(Step::Unknown)),
        }
    }

    fn label_replace(&mut self) -> Result<usize, QueryError> {
        self.cursor.expect("(")?;
        let of = self.series()?;
        let mut texts = Vec::new();
        for _ in 0..4 {
            self.cursor.expect(",")?;
            texts.push(self.text()?);
        }
        self.cursor.expect(")")?;
        let [made, _, from, pattern] = &texts[..] else { return Ok(of) };
        check_regex(pattern)?;
        self.flow.ask_one(from.clone(), &[of], false);
        Ok(self.flow.add(Step::Make(of, vec![made.name.clone()])))
    }

    /// What returns series.
    fn series(&mut self) -> Result<usize, QueryError> {
        let value = self.expression(0)?;
        if value.kind == ValueKind::Logs {
            if self.cursor.is("[") {
                return Err(self.behind(&value));
            }
            return Err(QueryError::new("series are expected, and this selects log lines", value.span)
                .fix("count the lines first: `count_over_time(…[5m])`"));
        }
        Ok(value.step)
    }

    fn aggregation(&mut self, function: &Named, lower: &str) -> Result<usize, QueryError> {
        let before = Grouping::read(&mut self.cursor, &["by", "without"], true, false)?;
        self.cursor.expect("(")?;
        let counted = matches!(lower, "topk" | "bottomk" | "approx_topk");
        let parameter = self.cursor.peek();
        let has_parameter = matches!(parameter.kind, Kind::Number | Kind::Variable) && self.cursor.ahead(1).is(",");
        if counted && !has_parameter {
            let message = format!("`{}` takes a count and series", function.name);
            return Err(QueryError::new(message, function.span).fix(format!("write `{}(10, …)`", function.name)));
        }
        if has_parameter {
            if !counted {
                let message = format!("`{}` takes series alone", function.name);
                return Err(QueryError::new(message, parameter.span));
            }
            let positive = parameter.text.parse().is_ok_and(|count: u64| count > 0);
            if parameter.kind == Kind::Number && !positive {
                let message = format!("the count is a whole number above 0, not `{}`", parameter.text);
                return Err(QueryError::new(message, parameter.span));
            }
            self.cursor.next();
            self.cursor.next();
        }
        let of = self.series()?;
        if !self.cursor.is(")") {
            return Err(self.cursor.unexpected("an operator or `)`"));
        }
        self.cursor.next();
        let after = match before {
            None => Grouping::read(&mut self.cursor, &["by", "without"], true, false)?,
            Some(_) => None,
        };
        let grouping = before.or(after);
        let sorts = matches!(lower, "sort" | "sort_desc" | "approx_topk");
        match &grouping {
            Some(grouping) if sorts => {
                let message = format!("`{}` does not group", function.name);
                let span = grouping.labels.first().map_or(function.span, |label| label.span);
                Err(QueryError::new(message, span).fix(format!("group below `{}`", function.name)))
            }
            grouping if sorts || counted => {
                self.flow.ask(grouping.as_ref(), &[of]);
                Ok(self.flow.add(Step::Either(vec![of])))
            }
            grouping => Ok(self.flow.aggregate(of, grouping.as_ref())),
        }
    }

    pub(super) fn selector(&mut self) -> Result<usize, QueryError> {
        let first = self.cursor.position();
        self.cursor.expect("{")?;
        let mut matchers = Vec::new();
        let mut any = false;
        while !self.cursor.is("}") {
            let token = self.cursor.peek();
            // A variable of whole matchers.
            if token.kind == Kind::Variable && (self.cursor.ahead(1).is(",") || self.cursor.ahead(1).is("}")) {
                self.cursor.next();
                any = true;
            } else {
                let label = self.label()?;
                let (matcher, fills) = self.matcher(label)?;
                matchers.push(matcher);
                any |= fills;
            }
            if !self.cursor.is("}") {
                if !self.cursor.is(",") {
                    return Err(self.cursor.unexpected("`,` or `}`"));
                }
                self.cursor.next();
                if self.cursor.is("}") {
                    return Err(self.cursor.unexpected("a label"));
                }
            }
        }
        self.cursor.next();
        let span = self.cursor.span_from(first);
        if !any {
            return Err(QueryError::new("the selector matches every stream, which Loki refuses", span)
                .fix("ask for a label that is not empty, such as `app=~\".+\"`"));
        }
        let function = self.functions.last().cloned();
        self.names.selectors.push(Selector { metric: None, matchers, span, function });
        Ok(self.flow.add(Step::Selector(self.names.selectors.len() - 1)))
    }

    pub(super) fn label(&mut self) -> Result<Named, QueryError> {
        let token = self.cursor.peek();
        if !matches!(token.kind, Kind::Word | Kind::Variable) {
            return Err(self.cursor.unexpected("a label"));
        }
        if KEYWORDS.iter().any(|keyword| token.text.eq_ignore_ascii_case(keyword)) {
            return Err(QueryError::new(format!("`{}` is a keyword and no label", token.text), token.span));
        }
        self.cursor.next();
        Ok(Named::of(&token))
    }

    /// A comparison behind a label, and whether nothing that is empty passes it.
    pub(super) fn matcher(&mut self, label: Named) -> Result<(LabelMatcher, bool), QueryError> {
        let token = self.cursor.peek();
        let Some(op) = MatchOp::of(token.text).filter(|_| token.kind == Kind::Sign) else {
            let error = self.cursor.unexpected("`=`, `!=`, `=~` or `!~`");
            return Err(if token.is("==") { error.fix(format!("write `{}=…`", label.name)) } else { error });
        };
        self.cursor.next();
        let value = self.cursor.peek();
        if value.kind != Kind::Text {
            let error = self.cursor.unexpected("a value in quotes");
            return Err(match value.kind {
                Kind::Word | Kind::Number | Kind::Variable => error.fix(format!("write `\"{}\"`", value.text)),
                _ => error,
            });
        }
        let value = self.text()?;
        let empty = if op.is_regex() { check_regex(&value)? } else { value.name.is_empty() };
        let negated = matches!(op, MatchOp::NotEqual | MatchOp::NotMatches);
        let fills = value.has_variable() || negated == empty;
        Ok((LabelMatcher { label, op, value }, fills))
    }

    /// A text in quotes, or a variable that brings its own.
    pub(super) fn text(&mut self) -> Result<Named, QueryError> {
        let token = self.cursor.peek();
        if !matches!(token.kind, Kind::Text | Kind::Variable) {
            return Err(self.cursor.unexpected("a text in quotes"));
        }
        self.cursor.next();
        Ok(Named::of(&token))
    }

    pub(super) fn number(&mut self) -> Result<(), QueryError> {
        let token = self.cursor.peek();
        let number = matches!(amount(token.text), Some(Amount::Integer | Amount::Float));
        if token.kind != Kind::Variable && !(token.kind == Kind::Number && number) {
            return Err(self.cursor.unexpected("a number"));
        }
        self.cursor.next();
        Ok(())
    }
}

/// Refuses what is no regular expression, and returns whether it matches the empty text.
pub(super) fn check_regex(pattern: &Named) -> Result<bool, QueryError> {
    re2::check_with_variables(&pattern.name).map_err(|message| QueryError::new(message, pattern.span))
}
