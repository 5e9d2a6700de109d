//! Numbers, and how long something takes: ranges, steps and offsets.

use super::super::QueryError;
use super::super::amount::is_range;
use super::super::lexer::{Cursor, Kind, Token};
use super::parser::Parser;

/// What Go's durations can hold, in seconds: 292 years.
const LONGEST: f64 = 9_223_372_036.0;

/// How strongly `-5m` binds: as `*`.
const UNARY: u8 = 2;

impl Parser {
    /// A range, or a step.
    pub(super) fn duration(&mut self, cursor: &mut Cursor<'_>) -> Result<(), QueryError> {
        let first = cursor.position();
        expression(cursor, 0)?;
        self.duration_read(cursor, first);
        let read = &cursor.tokens()[first..cursor.position()];
        let negative = matches!(read, [sign, number] if sign.is("-") && number.kind == Kind::Number);
        if negative || matches!(read, [number] if is_zero(number)) {
            return Err(QueryError::new("the duration has to be more than 0", cursor.span_from(first)));
        }
        Ok(())
    }

    /// What stands behind `offset`. Only in parentheses it is computed.
    pub(super) fn offset(&mut self, cursor: &mut Cursor<'_>) -> Result<(), QueryError> {
        while cursor.is("-") || cursor.is("+") {
            cursor.next();
        }
        let first = cursor.position();
        operand(cursor)?;
        self.duration_read(cursor, first);
        Ok(())
    }

    /// Notes what was read since a token.
    fn duration_read(&mut self, cursor: &Cursor<'_>, first: usize) {
        let span = cursor.span_from(first);
        self.tree.durations.push(span);
        if cursor.position() > first + 1 {
            self.tree.experimental.push((span, "arithmetic with durations", "promql-duration-expr"));
        }
    }
}

fn expression(cursor: &mut Cursor<'_>, least: u8) -> Result<(), QueryError> {
    cursor.enter()?;
    if cursor.is("-") || cursor.is("+") {
        cursor.next();
        expression(cursor, UNARY)?;
    } else {
        operand(cursor)?;
    }
    while let Some(binds) = binding(&cursor.peek()).filter(|binds| *binds >= least) {
        cursor.step()?;
        let operator = cursor.next();
        let right = cursor.position();
        expression(cursor, if operator.is("^") { binds } else { binds + 1 })?;
        if matches!(operator.text, "/" | "%") && cursor.position() == right + 1 && is_zero(&cursor.tokens()[right]) {
            return Err(QueryError::new(format!("`{}` by zero", operator.text), cursor.span_from(right)));
        }
    }
    cursor.leave();
    Ok(())
}

fn binding(token: &Token<'_>) -> Option<u8> {
    match token.text {
        "+" | "-" => Some(1),
        "*" | "/" | "%" => Some(2),
        "^" => Some(3),
        _ => None,
    }
}

fn operand(cursor: &mut Cursor<'_>) -> Result<(), QueryError> {
    if cursor.eat("(") {
        expression(cursor, 0)?;
    } else if (cursor.is_word("step") || cursor.is_word("range")) && cursor.ahead(1).is("(") {
        cursor.next();
        cursor.next();
    } else if (cursor.is_word("max_of") || cursor.is_word("min_of")) && cursor.ahead(1).is("(") {
        cursor.next();
        cursor.next();
        expression(cursor, 0)?;
        cursor.expect(",")?;
        expression(cursor, 0)?;
    } else {
        let token = cursor.peek();
        unsigned(cursor, "a duration such as `5m`")?;
        if value(token.text).is_some_and(|seconds| seconds > LONGEST) {
            return Err(QueryError::new("the duration is out of range", token.span));
        }
        return Ok(());
    }
    cursor.expect(")")?;
    Ok(())
}

/// A number with its sign.
pub(super) fn number(cursor: &mut Cursor<'_>, expected: &str) -> Result<(), QueryError> {
    if cursor.is("-") || cursor.is("+") {
        cursor.next();
    }
    unsigned(cursor, expected)
}

fn unsigned(cursor: &mut Cursor<'_>, expected: &str) -> Result<(), QueryError> {
    let token = cursor.peek();
    match token.kind {
        Kind::Variable => {}
        Kind::Number if is_number(token.text) => {}
        Kind::Number => {
            let message = format!("`{}` is neither a number nor a duration", token.text);
            return Err(QueryError::new(message, token.span));
        }
        _ => return Err(cursor.unexpected(expected)),
    }
    cursor.next();
    Ok(())
}

/// Whether Prometheus reads a number, as `5m` is: those of 300 seconds.
pub(super) fn is_number(text: &str) -> bool {
    is_range(text) || value(text).is_some()
}

fn is_zero(token: &Token<'_>) -> bool {
    match value(token.text) {
        Some(value) => value == 0.0,
        None => crate::duration::parse(token.text).is_some_and(|duration| duration.is_zero()),
    }
}

/// A number without unit, as Go reads it: `0x1F` and `1_000` are such.
fn value(text: &str) -> Option<f64> {
    let separated = |text: &str, digit: fn(&u8) -> bool| {
        let between = |it: &[u8]| it[1] != b'_' || (digit(&it[0]) && digit(&it[2]));
        !text.starts_with('_') && !text.ends_with('_') && text.as_bytes().windows(3).all(between)
    };
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let hex = hex.strip_prefix('_').unwrap_or(hex);
        let fits = separated(hex, u8::is_ascii_hexdigit);
        return fits.then(|| i64::from_str_radix(&hex.replace('_', ""), 16).ok())?.map(|value| value as f64);
    }
    let plain = text.bytes().all(|at| at.is_ascii_digit() || b".eE+-_".contains(&at));
    let value: f64 = text.replace('_', "").parse().ok().filter(|_| plain && separated(text, u8::is_ascii_digit))?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_prometheus() {
        for text in
            ["0", "5", ".5", "5.", "1e3", "1.5E-3", "0x1F", "0X_53_AB_F3_82", "1_000_000", ".123_456", "5m", "1h30m"]
        {
            assert!(is_number(text), "{text}");
        }
        for text in ["1x", "5M", "30m1h", "1__0", "1_", "0x", "1.5m", "1..5", "1e", "1_.5", "1._5", "5µs"] {
            assert!(!is_number(text), "{text}");
        }
        assert!(!is_number(&"9".repeat(400)), "it is out of range");
    }
}
