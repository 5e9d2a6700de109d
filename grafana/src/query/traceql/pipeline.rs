//! Reads queries: filters, what relates them, and what is made of them.

use super::super::flow::{Flow, Step};
use super::super::hint;
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
    comments: &["//"],
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
    let value = parser.pipeline()?;
    let step = match value.kind {
        ValueKind::Series(step) | ValueKind::Comparison(step) => Step::Either(vec![step]),
        _ => Step::Unknown,
    };
    parser.flow.add(step);
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
    let below = |attribute: &Named| {
        let inside = |at: &Selector| at.span.start <= attribute.span.start && attribute.span.end <= at.span.end;
        names.selectors.iter().enumerate().filter(|(_, at)| inside(at)).map(|(index, _)| index).collect()
    };
    let labels = parser.attributes.iter();
    names.labels = labels.map(|at| (Named { name: plain_name(&at.name), span: at.span }, below(at))).collect();
    names.labels.sort_by_key(|(label, _): &(Named, Vec<usize>)| label.span);
    let result = match value.kind {
        ValueKind::Series(_) | ValueKind::Comparison(_) => ResultKind::Vector,
        ValueKind::Unknown => ResultKind::Unknown,
        _ => ResultKind::Traces,
    };
    let hints = hint::literal_patterns(&names);
    Ok(Query { result, names, hints, flow: parser.flow, shown: Vec::new() })
}

pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) names: Names,
    pub(super) attributes: Vec<Named>,
    pub(super) flow: Flow,
}

struct Value {
    kind: ValueKind,
    span: Span,
    form: Form,
}

/// How a number is made: Tempo compares an aggregate with a plain number, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    /// Made of plain numbers.
    Computed,
    Aggregate,
    Other,
}

impl Form {
    fn is_constant(self) -> bool {
        matches!(self, Self::Plain | Self::Computed)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueKind {
    Spans,
    /// Spans of which a number was compared. They are combined with others only in parentheses.
    Compared,
    Number(Type),
    /// What a function makes of spans over time, and the step that it is.
    Series(usize),
    /// What `compare` makes, behind which nothing can stand.
    Comparison(usize),
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
            match value.kind {
                ValueKind::Series(_) => self.second_stage()?,
                ValueKind::Comparison(_) => {
                    return Err(QueryError::new("nothing can stand behind `compare`", self.cursor.peek().span));
                }
                ValueKind::Number(_) => {
                    return Err(QueryError::new("a number cannot be filtered further", value.span)
                        .fix("compare it first: `count() > 2`"));
                }
                _ => {
                    self.cursor.next();
                    value = if self.begins_metrics() { self.series()? } else { self.element(false)? };
                    value.form = Form::Other;
                }
            }
            if matches!(value.kind, ValueKind::Series(_)) {
                self.series_filters()?;
            }
        }
        value.span = self.cursor.span_from(first);
        Ok(value)
    }

    fn series(&mut self) -> Result<Value, QueryError> {
        let first = self.cursor.position();
        let compares = self.cursor.peek().text == "compare";
        let step = self.metrics()?;
        let kind = if compares { ValueKind::Comparison(step) } else { ValueKind::Series(step) };
        Ok(Value { kind, span: self.cursor.span_from(first), form: Form::Other })
    }

    /// `> 5` behind series.
    fn series_filters(&mut self) -> Result<(), QueryError> {
        while is_comparison(self.cursor.peek().text) {
            self.cursor.step()?;
            self.cursor.next();
            // What binds tighter than a comparison.
            let limit = self.expression(3)?;
            let number = matches!(limit.kind, ValueKind::Number(_)) && limit.form.is_constant();
            if !number && limit.kind != ValueKind::Unknown {
                return Err(QueryError::new("series are compared with a number", limit.span));
            }
        }
        Ok(())
    }

    fn element(&mut self, first: bool) -> Result<Value, QueryError> {
        let position = self.cursor.position();
        let token = self.cursor.peek();
        let called = self.cursor.ahead(1).is("(");
        match token.text {
            "by" if called => {
                self.cursor.next();
                self.cursor.next();
                let field = self.field(0, &mut Vec::new())?;
                if !field.of_span {
                    return Err(QueryError::new("an attribute or an intrinsic is expected", field.span));
                }
                self.cursor.expect(")")?;
            }
            "select" if called => {
                self.cursor.next();
                self.cursor.next();
                self.own_attribute()?;
                while self.cursor.eat(",") {
                    self.own_attribute()?;
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
        Ok(Value { kind: ValueKind::Spans, span: self.cursor.span_from(position), form: Form::Other })
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
            left = self.combine(&operator, &left, &right)?;
        }
        self.cursor.leave();
        Ok(left)
    }

    fn operand(&mut self) -> Result<Value, QueryError> {
        let first = self.cursor.position();
        let token = self.cursor.peek();
        let mut form = Form::Other;
        let kind = match token.kind {
            Kind::Sign if token.is("{") => {
                self.filter()?;
                ValueKind::Spans
            }
            Kind::Sign if token.is("(") => {
                self.cursor.enter()?;
                self.cursor.next();
                let inner = self.pipeline()?;
                self.cursor.expect(")")?;
                self.cursor.leave();
                form = inner.form;
                if inner.kind == ValueKind::Compared { ValueKind::Spans } else { inner.kind }
            }
            Kind::Sign if token.is("-") => {
                self.cursor.next();
                form = Form::Plain;
                ValueKind::Number(self.number("a number or a duration")?)
            }
            Kind::Number => {
                form = Form::Plain;
                ValueKind::Number(self.number("a number or a duration")?)
            }
            Kind::Variable => {
                self.cursor.next();
                ValueKind::Unknown
            }
            Kind::Word if AGGREGATES.contains(&token.text) && self.cursor.ahead(1).is("(") => {
                self.cursor.next();
                self.cursor.next();
                let kind = if token.text == "count" { Type::Integer } else { self.aggregated(&token)? };
                self.cursor.expect(")")?;
                form = Form::Aggregate;
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
        Ok(Value { kind, span: self.cursor.span_from(first), form })
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

    /// What an operator makes of filters, numbers and series.
    fn combine(&mut self, operator: &Token<'_>, left: &Value, right: &Value) -> Result<Value, QueryError> {
        let span = Span::new(left.span.start, right.span.end);
        let misplaced = |between: &str| {
            let message = format!("`{}` does not stand between {between}", operator.text);
            Err(QueryError::new(message, operator.span))
        };
        let arithmetic = matches!(operator.text, "+" | "-" | "*" | "/" | "%" | "^");
        let kind = match (left.kind, right.kind) {
            (ValueKind::Unknown, other) | (other, ValueKind::Unknown) => match other {
                ValueKind::Number(_) if arithmetic => other,
                ValueKind::Series(_) => other,
                _ => ValueKind::Spans,
            },
            (ValueKind::Spans, ValueKind::Spans) => {
                if arithmetic || is_comparison(operator.text) && !is_structural(operator.text) {
                    return misplaced("filters of spans");
                }
                ValueKind::Spans
            }
            (ValueKind::Number(left_type), ValueKind::Number(right_type)) => {
                if !arithmetic && !is_comparison(operator.text) {
                    return misplaced("numbers");
                }
                if !left_type.fits(right_type) {
                    return misplaced(&format!("{} and {}", left_type.shown(), right_type.shown()));
                }
                if arithmetic {
                    ValueKind::Number(if left_type == Type::Any { right_type } else { left_type })
                } else if left.form == Form::Aggregate && right.form == Form::Plain {
                    ValueKind::Compared
                } else if left.form.is_constant() && right.form.is_constant() {
                    return Err(QueryError::new("both sides are plain numbers", span)
                        .fix("compare a number of the spans: `count() > 2`"));
                } else {
                    return Err(QueryError::new("Tempo compares an aggregate with a plain number only", span)
                        .fix("write the aggregate first: `{ … } | count() > 2`"));
                }
            }
            (ValueKind::Series(one), ValueKind::Series(other)) => {
                if !matches!(operator.text, "+" | "-" | "*" | "/") {
                    return misplaced("series");
                }
                ValueKind::Series(self.flow.add(Step::Either(vec![one, other])))
            }
            (ValueKind::Series(step), ValueKind::Number(number)) => {
                let counts = matches!(operator.text, "+" | "-" | "*" | "/") && number != Type::Duration;
                if !counts && !is_comparison(operator.text) {
                    return misplaced("series and a number");
                }
                ValueKind::Series(step)
            }
            (ValueKind::Number(Type::Integer | Type::Float), ValueKind::Series(step))
                if matches!(operator.text, "+" | "-" | "*" | "/") =>
            {
                ValueKind::Series(step)
            }
            (ValueKind::Compared, _) | (_, ValueKind::Compared) => {
                return Err(QueryError::new(format!("`{}` combines a comparison of numbers", operator.text), span)
                    .fix("put each side in parentheses"));
            }
            _ => {
                let fix = "make a number of the spans first: `{ … } | count() > 2`";
                let message = format!("`{}` stands between two that do not fit", operator.text);
                return Err(QueryError::new(message, span).fix(fix));
            }
        };
        let form = if left.form.is_constant() && right.form.is_constant() { Form::Computed } else { Form::Other };
        Ok(Value { kind, span, form })
    }
}

fn is_comparison(sign: &str) -> bool {
    matches!(sign, "=" | "!=" | ">" | ">=" | "<" | "<=")
}
