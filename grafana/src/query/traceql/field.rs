//! Reads what stands in the braces of a filter, and what aggregations take.

use super::super::amount::{Amount, amount};
use super::super::lexer::{Kind, Token, unquoted};
use super::super::names::{LabelMatcher, MatchOp, Named};
use super::super::{QueryError, naming, re2, variables};
use super::attribute::{INTRINSICS, SCOPES, Type, VALUES, is_attribute};
use super::pipeline::Parser;
use crate::finding::Span;

/// A part of a filter.
pub(super) struct Field {
    pub(super) kind: Type,
    pub(super) span: Span,
    /// Whether it says something of a span, as an attribute does and a number does not.
    pub(super) of_span: bool,
    /// The attribute or intrinsic that it is, and nothing else.
    name: Option<Named>,
    /// The text that it is, and nothing else.
    text: Option<Named>,
}

/// How strongly an operator binds, and whether its right side binds first.
fn binding(token: &Token<'_>) -> Option<(u8, bool)> {
    if token.kind != Kind::Sign {
        return None;
    }
    Some(match token.text {
        "&&" | "||" => (1, false),
        "=" | "!=" | "=~" | "!~" | ">" | ">=" | "<" | "<=" => (2, false),
        "+" | "-" => (3, false),
        "*" | "/" | "%" => (5, false),
        "^" => (6, true),
        _ => return None,
    })
}

/// What `!x` and `-x` bind.
const NOT: u8 = 4;
const NEGATIVE: u8 = 5;

impl Parser<'_> {
    /// Reads an expression over the attributes of a span. Comparisons with texts are noted as matchers.
    pub(super) fn field(&mut self, least: u8, matchers: &mut Vec<LabelMatcher>) -> Result<Field, QueryError> {
        self.cursor.enter()?;
        let mut left = self.value(matchers)?;
        while let Some((binds, right_first)) = binding(&self.cursor.peek()) {
            if binds < least {
                break;
            }
            self.cursor.step()?;
            let operator = self.cursor.next();
            let right = self.field(if right_first { binds } else { binds + 1 }, matchers)?;
            left = compare(&operator, &left, &right, matchers)?;
        }
        self.cursor.leave();
        Ok(left)
    }

    fn value(&mut self, matchers: &mut Vec<LabelMatcher>) -> Result<Field, QueryError> {
        let first = self.cursor.position();
        let token = self.cursor.peek();
        let plain = |kind, span| Field { kind, span, of_span: false, name: None, text: None };
        match token.kind {
            Kind::Text => {
                self.cursor.next();
                Ok(Field { text: Some(Named::of(&token)), ..plain(Type::Text, token.span) })
            }
            Kind::Number => {
                let kind = self.number("a number or a duration")?;
                Ok(plain(kind, token.span))
            }
            Kind::Variable => {
                self.cursor.next();
                Ok(Field { of_span: true, ..plain(Type::Any, token.span) })
            }
            Kind::Sign if token.is("(") => {
                self.cursor.next();
                let inner = self.field(0, matchers)?;
                self.cursor.expect(")")?;
                Ok(Field { span: self.cursor.span_from(first), ..inner })
            }
            Kind::Sign if token.is("!") || token.is("-") => {
                self.cursor.next();
                let (least, takes) = if token.is("!") { (NOT, &[Type::Boolean][..]) } else { (NEGATIVE, NUMBERS) };
                let of = self.field(least, matchers)?;
                if of.kind != Type::Any && !takes.contains(&of.kind) {
                    let message = format!("`{}` does not take {}", token.text, of.kind.shown());
                    return Err(QueryError::new(message, of.span));
                }
                Ok(Field { span: self.cursor.span_from(first), name: None, text: None, ..of })
            }
            Kind::Word => self.word(&token),
            _ => Err(self.cursor.unexpected("an attribute such as `span.name`, an intrinsic or a value")),
        }
    }

    fn word(&mut self, token: &Token<'_>) -> Result<Field, QueryError> {
        let value = VALUES.iter().find(|(name, _)| *name == token.text);
        if let Some((_, kind)) = value {
            self.cursor.next();
            return Ok(Field { kind: *kind, span: token.span, of_span: false, name: None, text: None });
        }
        let (kind, name) = self.own_attribute()?;
        Ok(Field { kind, span: token.span, of_span: true, name: Some(name), text: None })
    }

    /// An attribute or an intrinsic, not one of the parent: the language has those, and no Tempo answers them.
    pub(super) fn own_attribute(&mut self) -> Result<(Type, Named), QueryError> {
        let (kind, named) = self.attribute()?;
        if named.name == "parent" || named.name.starts_with("parent.") {
            return Err(QueryError::new("Tempo does not look at the parent of a span", named.span)
                .fix("relate two filters: `{ parent’s condition } > { condition }`"));
        }
        Ok((kind, named))
    }

    /// An attribute or an intrinsic.
    pub(super) fn attribute(&mut self) -> Result<(Type, Named), QueryError> {
        let token = self.cursor.peek();
        if token.kind == Kind::Variable {
            self.cursor.next();
            return Ok((Type::Any, Named::of(&token)));
        }
        if token.kind != Kind::Word {
            return Err(self.cursor.unexpected("an attribute or an intrinsic"));
        }
        let named = Named::of(&token);
        for mut variable in variables(token.text) {
            variable.span = Span::new(token.span.start + variable.span.start, token.span.start + variable.span.end);
            variable.check()?;
        }
        if let Some((_, kind)) = INTRINSICS.iter().find(|(name, _)| *name == token.text) {
            self.cursor.next();
            self.attributes.push(named.clone());
            return Ok((*kind, named));
        }
        if is_attribute(token.text) {
            let quotes = token.text.matches('"').count() - token.text.matches("\\\"").count();
            if !quotes.is_multiple_of(2) {
                return Err(
                    QueryError::new("the name of the attribute is not closed", token.span).fix("close it with `\"`")
                );
            }
            self.cursor.next();
            self.attributes.push(named.clone());
            return Ok((Type::Any, named));
        }
        if SCOPES.contains(&token.text) {
            return Err(QueryError::new(format!("a name is expected behind `{}`", token.text), token.span));
        }
        let error = QueryError::new(format!("`{}` is no intrinsic, and has no scope", token.text), token.span);
        let known = INTRINSICS.iter().chain(&VALUES).map(|(name, _)| *name);
        Err(match naming::nearest(token.text, known) {
            Some(near) => error.fix(format!("write `{near}`, or `.{}` for an attribute", token.text)),
            None => error.fix(format!("write `.{0}`, `span.{0}` or `resource.{0}` for an attribute", token.text)),
        })
    }

    /// A whole or broken number, or a duration.
    pub(super) fn number(&mut self, expected: &str) -> Result<Type, QueryError> {
        let token = self.cursor.peek();
        let kind = match amount(token.text) {
            _ if token.kind == Kind::Variable => Type::Any,
            Some(Amount::Integer) => Type::Integer,
            Some(Amount::Float) => Type::Float,
            Some(Amount::Duration) => Type::Duration,
            _ => return Err(self.cursor.unexpected(expected)),
        };
        self.cursor.next();
        Ok(kind)
    }
}

const NUMBERS: &[Type] = &[Type::Integer, Type::Float, Type::Duration];

/// What an operator makes of its sides.
fn compare(
    operator: &Token<'_>,
    left: &Field,
    right: &Field,
    matchers: &mut Vec<LabelMatcher>,
) -> Result<Field, QueryError> {
    let span = Span::new(left.span.start, right.span.end);
    let made = |kind| Field { kind, span, of_span: left.of_span || right.of_span, name: None, text: None };
    if !left.kind.fits(right.kind) {
        let message = format!("`{}` stands between {} and {}", operator.text, left.kind.shown(), right.kind.shown());
        let error = QueryError::new(message, span);
        let duration = [left, right].into_iter().any(|at| at.kind == Type::Duration);
        let text = [left, right].into_iter().find_map(|at| at.text.as_ref());
        let word = text.filter(|text| VALUES.iter().any(|(name, _)| *name == text.name));
        return Err(match (text, word) {
            (Some(text), _) if duration && amount(&text.name).is_some() => {
                error.fix(format!("write `{}` without quotes", text.name))
            }
            (_, Some(text)) => error.fix(format!("write `{}` without quotes", text.name)),
            _ => error,
        });
    }
    let nil = operator.text == "=" && [left.kind, right.kind].contains(&Type::Nil);
    for side in [left, right] {
        // What every span has.
        let always = !matches!(side.kind, Type::Any | Type::Nil)
            || side.name.as_ref().is_some_and(|name| name.name == "resource.service.name");
        if nil && always {
            return Err(QueryError::new("no span is without this, so it is never nil", side.span));
        }
        if !side.kind.takes(operator.text) {
            let message = format!("`{}` does not take {}", operator.text, side.kind.shown());
            return Err(QueryError::new(message, side.span));
        }
    }
    if matches!(operator.text, "=~" | "!~") {
        let Some(pattern) = &right.text else {
            if right.kind == Type::Any {
                return Ok(made(Type::Boolean));
            }
            return Err(QueryError::new(format!("`{}` takes a regular expression", operator.text), right.span));
        };
        re2::check_with_variables(&pattern.name).map_err(|message| QueryError::new(message, pattern.span))?;
    }
    if let (Some(op), Some(label), Some(value)) = (MatchOp::of(operator.text), &left.name, &right.text) {
        matchers.push(LabelMatcher { label: label.clone(), op, value: value.clone() });
    }
    if matches!(operator.text, "+" | "-" | "*" | "/" | "%" | "^") {
        return Ok(made(if left.kind == Type::Any { right.kind } else { left.kind }));
    }
    Ok(made(Type::Boolean))
}

/// The name of an attribute as a message or a matcher has it: without the quotes of its parts.
pub(super) fn plain_name(name: &str) -> String {
    let Some(start) = name.find('"') else { return name.to_owned() };
    match name[start..].strip_suffix('"') {
        Some(_) => format!("{}{}", &name[..start], unquoted(&name[start..])),
        None => name.to_owned(),
    }
}
