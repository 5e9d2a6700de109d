//! Reads queries: filters, what relates them, and what is made of them.

use super::super::flow::{Flow, Step};
use super::super::lexer::{Cursor, Kind, Syntax, Token};
use super::super::names::{Named, Names, Selector};
use super::super::{Query, QueryError, ResultKind, naming};
use super::attribute::{self, Type};
use super::field::plain_name;
use crate::finding::Span;

const SYNTAX: Syntax = Syntax {
    signs: &[
        "!>>", "!<<", "&>>", "&<<", "&&", "||", "&>", "&<", "&~", "!>", "!<", "!~", "!=", "=~", ">=", "<=", ">>", "<<",
        "{", "}", "(", ")", "=", ">", "<", "+", "-", "*", "/", "%", "^", "!", "~", "|", ",",
    ],
    joins: &[],
    quotes: &['"', '`'],
    comment: "//",
    block: Some(("/*", "*/")),
    special: attribute::length,
};

const AGGREGATES: [&str; 5] = ["avg", "count", "max", "min", "sum"];

pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    let cursor = Cursor::new(text, &SYNTAX)?;
    if cursor.peek().kind == Kind::End {
        return Err(QueryError::new("the query is empty", cursor.peek().span));
    }
    let mut parser = Parser { cursor, names: Names::default(), attributes: Vec::new(), flow: Flow::default() };
    let mut value = parser.pipeline()?;
    if value.kind == ValueKind::Unfinished {
        value.kind = parser.metrics()?;
    } else if value.kind == ValueKind::Spans {
        parser.flow.add(Step::Unknown);
    }
    parser.hints()?;
    if parser.cursor.peek().kind != Kind::End {
        return Err(parser.cursor.unexpected("`|`, an operator or the end of the query"));
    }
    if let ValueKind::Number(_) = value.kind {
        return Err(
            QueryError::new("a number is no result; spans or series are", value.span).fix("compare it: `count() > 2`")
        );
    }
    let mut names = parser.names;
    let all: Vec<_> = parser.attributes;
    let below = |attribute: &Named| {
        let inside = |at: &Selector| at.span.start <= attribute.span.start && attribute.span.end <= at.span.end;
        names.selectors.iter().enumerate().filter(|(_, at)| inside(at)).map(|(index, _)| index).collect()
    };
    names.labels = all.iter().map(|at| (Named { name: plain_name(&at.name), span: at.span }, below(at))).collect();
    names.labels.sort_by_key(|(label, _): &(Named, Vec<usize>)| label.span);
    let result = match value.kind {
        ValueKind::Series => ResultKind::Vector,
        ValueKind::Unknown => ResultKind::Unknown,
        _ => ResultKind::Traces,
    };
    Ok(Query { result, names, hints: Vec::new(), flow: parser.flow })
}

pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) names: Names,
    pub(super) attributes: Vec<Named>,
    pub(super) flow: Flow,
}

pub(super) struct Value {
    kind: ValueKind,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    Spans,
    Number(Type),
    /// What comes behind the last `|` is a function that makes series.
    Unfinished,
    Series,
    Unknown,
}

/// How strongly an operator between filters or numbers binds, and whether its right side binds first.
fn binding(token: &Token<'_>) -> Option<(u8, bool)> {
    if token.kind != Kind::Sign {
        return None;
    }
    Some(match token.text {
        "&&" | "||" => (1, false),
        "+" | "-" => (3, false),
        "*" | "/" | "%" => (5, false),
        "^" => (6, true),
        "=" | "!=" | ">=" | "<=" => (2, false),
        sign if is_structural(sign) => (2, false),
        _ => return None,
    })
}

/// Relations of spans in a trace.
fn is_structural(sign: &str) -> bool {
    let sign = sign.strip_prefix(['!', '&']).unwrap_or(sign);
    matches!(sign, ">" | ">>" | "<" | "<<" | "~")
}

impl Parser<'_> {
    /// Steps with `|` between them. Inside of parentheses the last may be a number.
    fn pipeline(&mut self) -> Result<Value, QueryError> {
        let first = self.cursor.position();
        let mut value = self.element(true)?;
        while self.cursor.is("|") {
            self.cursor.step()?;
            if !matches!(value.kind, ValueKind::Spans | ValueKind::Unknown) {
                return Err(QueryError::new("a number cannot be filtered further", value.span)
                    .fix("compare it first: `count() > 2`"));
            }
            self.cursor.next();
            if self.begins_metrics() {
                value.kind = ValueKind::Unfinished;
                return Ok(value);
            }
            value = self.element(false)?;
        }
        value.span = self.cursor.span_from(first);
        Ok(value)
    }

    fn element(&mut self, first: bool) -> Result<Value, QueryError> {
        let position = self.cursor.position();
        let token = self.cursor.peek();
        let called = self.cursor.ahead(1).is("(");
        match token.text {
            "by" | "select" if called => {
                self.cursor.next();
                self.cursor.next();
                loop {
                    let field = self.field(0, &mut Vec::new())?;
                    if !field.of_span {
                        return Err(QueryError::new("an attribute or an intrinsic is expected", field.span));
                    }
                    if token.text == "by" || !self.cursor.eat(",") {
                        break;
                    }
                }
                self.cursor.expect(")")?;
            }
            "coalesce" if called && !first => {
                self.cursor.next();
                self.cursor.next();
                self.cursor.expect(")")?;
            }
            _ => return self.expression(0),
        }
        Ok(Value { kind: ValueKind::Spans, span: self.cursor.span_from(position) })
    }

    fn expression(&mut self, least: u8) -> Result<Value, QueryError> {
        self.cursor.enter()?;
        let mut left = self.operand()?;
        while let Some((binds, right_first)) = binding(&self.cursor.peek()) {
            if binds < least {
                break;
            }
            self.cursor.step()?;
            let operator = self.cursor.next();
            let right = self.expression(if right_first { binds } else { binds + 1 })?;
            left = combine(&operator, &left, &right)?;
        }
        self.cursor.leave();
        Ok(left)
    }

    fn operand(&mut self) -> Result<Value, QueryError> {
        let first = self.cursor.position();
        let token = self.cursor.peek();
        let kind = match token.kind {
            Kind::Sign if token.is("{") => {
                self.filter()?;
                ValueKind::Spans
            }
            Kind::Sign if token.is("(") => {
                self.cursor.enter()?;
                self.cursor.next();
                let inner = self.pipeline()?;
                if inner.kind == ValueKind::Unfinished {
                    return Err(QueryError::new("series cannot stand in parentheses", self.cursor.peek().span));
                }
                self.cursor.expect(")")?;
                self.cursor.leave();
                inner.kind
            }
            Kind::Sign if token.is("-") => {
                self.cursor.next();
                ValueKind::Number(self.number("a number or a duration")?)
            }
            Kind::Number => ValueKind::Number(self.number("a number or a duration")?),
            Kind::Variable => {
                self.cursor.next();
                ValueKind::Unknown
            }
            Kind::Word if AGGREGATES.contains(&token.text) && self.cursor.ahead(1).is("(") => {
                self.cursor.next();
                self.cursor.next();
                let kind = if token.text == "count" { Type::Integer } else { self.aggregated(&token)? };
                self.cursor.expect(")")?;
                ValueKind::Number(kind)
            }
            Kind::Word if self.cursor.ahead(1).is("(") => {
                let error = QueryError::new(format!("TraceQL has no function `{}` here", token.text), token.span);
                let known = AGGREGATES.into_iter().chain(["by", "coalesce", "select"]).chain(super::metrics::FUNCTIONS);
                return Err(match naming::nearest(token.text, known) {
                    Some(near) if near != token.text => error.fix(format!("write `{near}`")),
                    Some(near) => error.fix(format!("filter spans first: `{{ }} | {near}(…)`")),
                    None => error,
                });
            }
            Kind::Word => {
                let error = self.cursor.unexpected("a filter `{ … }`");
                let condition = attribute::is_attribute(token.text)
                    || attribute::INTRINSICS.iter().any(|(name, _)| *name == token.text);
                return Err(if condition { error.fix("put the condition in braces: `{ … }`") } else { error });
            }
            _ => return Err(self.cursor.unexpected("a filter `{ … }`")),
        };
        Ok(Value { kind, span: self.cursor.span_from(first) })
    }

    /// What an aggregate takes: a number of a span.
    fn aggregated(&mut self, function: &Token<'_>) -> Result<Type, QueryError> {
        let field = self.field(0, &mut Vec::new())?;
        if !field.kind.is_number() && field.kind != Type::Any {
            let message = format!("`{}` takes a number, and this is {}", function.text, field.kind.shown());
            return Err(QueryError::new(message, field.span));
        }
        if !field.of_span {
            let message = format!("`{}` takes a number of the span, such as `duration`", function.text);
            return Err(QueryError::new(message, field.span));
        }
        Ok(field.kind)
    }

    /// A condition in braces.
    pub(super) fn filter(&mut self) -> Result<(), QueryError> {
        let first = self.cursor.position();
        self.cursor.expect("{")?;
        let mut matchers = Vec::new();
        if !self.cursor.is("}") {
            let field = self.field(0, &mut matchers)?;
            if !matches!(field.kind, Type::Boolean | Type::Any) {
                let message = format!("a filter is true or false, and this is {}", field.kind.shown());
                return Err(QueryError::new(message, field.span).fix("compare it with something"));
            }
        }
        if !self.cursor.is("}") {
            let error = self.cursor.unexpected("an operator or `}`");
            let comma = self.cursor.is(",") || self.cursor.is_word("and");
            return Err(if comma { error.fix("write `&&`") } else { error });
        }
        self.cursor.next();
        for matcher in &mut matchers {
            matcher.label.name = plain_name(&matcher.label.name);
        }
        let span = self.cursor.span_from(first);
        self.names.selectors.push(Selector { metric: None, matchers, span, function: None });
        Ok(())
    }
}

fn combine(operator: &Token<'_>, left: &Value, right: &Value) -> Result<Value, QueryError> {
    let span = Span::new(left.span.start, right.span.end);
    let refuse = |what: String, at: Span| Err(QueryError::new(what, at));
    let arithmetic = matches!(operator.text, "+" | "-" | "*" | "/" | "%" | "^");
    let compares = matches!(operator.text, "=" | "!=" | ">" | ">=" | "<" | "<=");
    let kind = match (left.kind, right.kind) {
        (ValueKind::Unknown, other) | (other, ValueKind::Unknown) => match other {
            ValueKind::Number(_) if arithmetic => other,
            _ => ValueKind::Spans,
        },
        (ValueKind::Spans, ValueKind::Spans) => {
            if arithmetic || matches!(operator.text, "=" | "!=" | ">=" | "<=") {
                return refuse(format!("`{}` does not stand between filters of spans", operator.text), operator.span);
            }
            ValueKind::Spans
        }
        (ValueKind::Number(left), ValueKind::Number(right)) => {
            if !arithmetic && !compares {
                return refuse(format!("`{}` does not stand between numbers", operator.text), operator.span);
            }
            if !left.fits(right) {
                let message = format!("`{}` stands between {} and {}", operator.text, left.shown(), right.shown());
                return refuse(message, span);
            }
            if arithmetic { ValueKind::Number(if left == Type::Any { right } else { left }) } else { ValueKind::Spans }
        }
        _ => {
            let fix = "make a number of the spans in parentheses: `({ … } | count())`";
            let message = format!("`{}` stands between spans and a number", operator.text);
            return Err(QueryError::new(message, span).fix(fix));
        }
    };
    Ok(Value { kind, span })
}
