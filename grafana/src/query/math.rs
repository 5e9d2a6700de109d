//! The `math` expressions that Grafana computes from the results of other queries, such as `$A / ($A + $B) > 0.05`.
//!
//! Source: <https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/expression-queries/#math>.

use crate::finding::Span;

use super::naming::nearest;
use super::{Named, QueryError};

/// Reads an expression, and returns the queries and expressions that it takes, by `refId`, in the order in which they are
/// written.
///
/// # Errors
/// Says what is wrong, and where.
pub fn parse(text: &str) -> Result<Vec<Named>, QueryError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0, taken: Vec::new() };
    parser.binary(0)?;
    match parser.peek().kind {
        Kind::End => Ok(parser.taken),
        _ => Err(parser.unexpected("an operator or the end of the expression")),
    }
}

/// The functions, and how many values each takes.
const FUNCTIONS: [(&str, usize); 13] = [
    ("abs", 1),
    ("ceil", 1),
    ("floor", 1),
    ("inf", 0),
    ("infn", 0),
    ("is_inf", 1),
    ("is_nan", 1),
    ("is_null", 1),
    ("is_number", 1),
    ("log", 1),
    ("nan", 0),
    ("null", 0),
    ("round", 1),
];

/// The binary operators, from those that bind least on.
const LEVELS: [&[&str]; 6] =
    [&["||"], &["&&"], &["==", "!=", ">", ">=", "<", "<="], &["+", "-"], &["*", "/", "%"], &["**"]];

/// How deep parentheses, signs and functions may be inside each other.
const DEEPEST: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// A function's name.
    Word,
    /// `$A` or `${A}`.
    Taken,
    Operator,
    /// A parenthesis.
    Sign,
    End,
}

#[derive(Clone, Copy)]
struct Token {
    kind: Kind,
    span: Span,
}

/// What begins at a place in the text, and where it ends.
fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let run = |from: usize, fits: fn(char) -> bool| {
            text[from..].find(|next: char| !fits(next)).map_or(text.len(), |length| from + length)
        };
        let (kind, end) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '$' => (Kind::Taken, taken_end(text, at)?),
            _ if is_operator(first) => {
                let end = run(at, is_operator);
                known_operator(&text[at..end], Span::new(at, end))?;
                (Kind::Operator, end)
            }
            '0'..='9' | '.' => (Kind::Number, number_end(text, at)?),
            _ if first.is_alphabetic() => (Kind::Word, run(at, |next| next.is_alphabetic() || next == '_')),
            '(' | ')' => (Kind::Sign, at + 1),
            _ => return Err(stranger(text, at, first)),
        };
        found.push(Token { kind, span: Span::new(at, end) });
        at = end;
    }
    found.push(Token { kind: Kind::End, span: Span::new(text.len(), text.len()) });
    Ok(found)
}

const fn is_operator(at: char) -> bool {
    matches!(at, '!' | '<' | '>' | '=' | '&' | '|' | '+' | '-' | '*' | '/' | '%')
}

/// Grafana takes all signs up to the next space or word for one operator.
fn known_operator(text: &str, span: Span) -> Result<(), QueryError> {
    let known = |text: &str| text == "!" || LEVELS.iter().any(|level| level.contains(&text));
    if known(text) {
        return Ok(());
    }
    let error = QueryError::new(format!("`{text}` is no operator"), span);
    let meant = match text {
        "=" | "===" => Some("=="),
        "&" => Some("&&"),
        "|" => Some("||"),
        "<>" => Some("!="),
        "=<" => Some("<="),
        "=>" => Some(">="),
        _ => None,
    };
    let (before, last) = text.split_at(text.len() - 1);
    Err(match meant {
        Some(meant) => error.fix(format!("write `{meant}`")),
        None if known(before) && ["-", "!"].contains(&last) => {
            error.fix(format!("put a space between: `{before} {last}`"))
        }
        None => error,
    })
}

/// Where `$A` or `${A}` ends.
fn taken_end(text: &str, start: usize) -> Result<usize, QueryError> {
    let in_name = |at: char| at == '_' || at.is_alphanumeric();
    let rest = &text[start + 1..];
    let Some(inside) = rest.strip_prefix('{') else {
        let length = rest.find(|at: char| !in_name(at)).unwrap_or(rest.len());
        if length == 0 {
            return Err(QueryError::new("`$` is to be followed by the refId of a query", Span::new(start, start + 1)));
        }
        return Ok(start + 1 + length);
    };
    let Some(length) = inside.find('}') else {
        return Err(QueryError::new("`${` is not closed", Span::new(start, start + 2)).fix("close it with `}`"));
    };
    let name = &inside[..length];
    let end = start + 3 + length;
    if let Some(illegal) = name.chars().find(|at| !in_name(*at) && !at.is_whitespace()) {
        let message = format!("a refId between `${{` and `}}` is of letters, digits, `_` and spaces, got `{illegal}`");
        return Err(QueryError::new(message, Span::new(start, end)));
    }
    if name.is_empty() {
        return Err(QueryError::new("`${}` names no query", Span::new(start, end)));
    }
    Ok(end)
}

/// Where a number ends: decimal, hexadecimal or with an exponent.
fn number_end(text: &str, start: usize) -> Result<usize, QueryError> {
    let rest = &text[start..];
    let hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
    let digits = |from: usize| {
        let fits = |at: char| at.is_ascii_digit() || hexadecimal && at.is_ascii_hexdigit();
        rest[from..].find(|at| !fits(at)).map_or(rest.len(), |length| from + length)
    };
    let mut end = digits(if hexadecimal { 2 } else { 0 });
    if rest[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        end += 1;
        end += usize::from(rest[end..].starts_with(['+', '-']));
        end += rest[end..].find(|at: char| !at.is_ascii_digit()).unwrap_or(rest.len() - end);
    }
    let written = &rest[..end];
    let is_number = if hexadecimal {
        u64::from_str_radix(&written[2..], 16).is_ok()
    } else {
        written.parse::<f64>().is_ok_and(f64::is_finite)
    };
    if is_number {
        return Ok(start + end);
    }
    Err(QueryError::new(format!("`{written}` is no number"), Span::new(start, start + end)))
}

/// What no expression has.
fn stranger(text: &str, at: usize, first: char) -> QueryError {
    let span = Span::new(at, at + first.len_utf8());
    let error = QueryError::new(format!("`{first}` has no meaning here"), span);
    match first {
        '^' => error.fix("write `**`"),
        '"' | '\'' => error.fix("expressions have no texts"),
        '[' if text[at..].starts_with("[[") => error.fix("write `$A`"),
        _ => error,
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    taken: Vec<Named>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token {
        // The last token is the end, which nothing passes.
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn written(&self, token: Token) -> &'a str {
        &self.text[token.span.start..token.span.end]
    }

    fn is(&self, sign: &str) -> bool {
        self.written(self.peek()) == sign
    }

    fn unexpected(&self, expected: &str) -> QueryError {
        let token = self.peek();
        if token.kind == Kind::End {
            return QueryError::new(format!("the expression ends where {expected} is expected"), token.span);
        }
        let written = self.written(token);
        let error = QueryError::new(format!("`{written}` where {expected} is expected"), token.span);
        match word_operator(written).filter(|_| token.kind == Kind::Word) {
            Some(operator) => error.fix(format!("write `{operator}`")),
            None => error,
        }
    }

    /// An operation of operators that bind at least as much as those of a level.
    fn binary(&mut self, level: usize) -> Result<(), QueryError> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        self.binary(level + 1)?;
        while self.peek().kind == Kind::Operator && operators.contains(&self.written(self.peek())) {
            self.next();
            self.binary(level + 1)?;
        }
        Ok(())
    }

    fn operand(&mut self) -> Result<(), QueryError> {
        let mut signs = 0;
        while self.is("-") || self.is("!") {
            self.next();
            signs += 1;
        }
        self.depth += 1;
        if self.depth + signs > DEEPEST {
            return Err(QueryError::new("the expression is nested too deeply", self.peek().span));
        }
        let token = self.peek();
        match token.kind {
            Kind::Number => {
                self.next();
            }
            Kind::Taken => {
                self.next();
                let (start, end) = match self.written(token).strip_prefix("${") {
                    Some(_) => (token.span.start + 2, token.span.end - 1),
                    None => (token.span.start + 1, token.span.end),
                };
                self.taken.push(Named { name: self.text[start..end].to_owned(), span: Span::new(start, end) });
            }
            Kind::Word => self.call()?,
            Kind::Sign if self.is("(") => {
                self.next();
                self.binary(0)?;
                self.close("an operator or `)`")?;
            }
            _ => return Err(self.unexpected("a query such as `$A`, a number or a function")),
        }
        self.depth -= 1;
        Ok(())
    }

    fn close(&mut self, expected: &str) -> Result<(), QueryError> {
        if !self.is(")") {
            return Err(self.unexpected(expected));
        }
        self.next();
        Ok(())
    }

    fn call(&mut self) -> Result<(), QueryError> {
        let token = self.next();
        let name = self.written(token);
        let called = self.is("(");
        let Some((_, values)) = FUNCTIONS.into_iter().find(|(known, _)| *known == name) else {
            let error = QueryError::new(format!("there is no function `{name}`"), token.span);
            return Err(match nearest(&name.to_ascii_lowercase(), FUNCTIONS.map(|(known, _)| known)) {
                Some(near) if called => error.fix(format!("write `{near}`")),
                _ if called => error,
                _ => error.fix(format!("write `${name}` for the result of the query `{name}`")),
            });
        };
        if !called {
            return Err(self.unexpected(&format!("`(` behind the function `{name}`")));
        }
        self.next();
        if values == 0 {
            return self.close(&format!("`)`, for `{name}` takes nothing,"));
        }
        self.binary(0)?;
        self.close(&format!("`)`, for `{name}` takes one value,"))
    }
}

/// The operator that is meant by a word.
fn word_operator(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "and" => Some("&&"),
        "or" => Some("||"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_has_its_place() {
        let text = "${error rate} / $B_2 > 0.05 && !is_nan($C)";
        let taken = parse(text).expect("it is one");
        let shown: Vec<_> = taken.iter().map(|named| (&*named.name, &text[named.span.start..named.span.end])).collect();
        assert_eq!(shown, [("error rate", "error rate"), ("B_2", "B_2"), ("C", "C")]);
    }

    #[test]
    fn all_that_grafana_computes_is_taken() {
        for text in [
            "$A",
            "1",
            "$A+$B>0",
            "2 ** 3 ** -$A",
            "-$A * (1 - $B) % 2",
            "!($A || $B) && 1 == 1",
            "abs($A - $B) >= 0x1F",
            "log(round(ceil(floor($A))))",
            "is_null($A) || is_inf($A) || is_number($A) || $A == null() || $A != nan() || $A < inf() || $A > infn()",
            ".5 + 1. + 1e3 + 1.5E-3 + 072",
            "$A\n  > 5",
            "$A - -1",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn an_error_marks_what_is_wrong_and_says_what_to_do() {
        let cases = [
            ("$A >", "", "the expression ends where a query", None),
            ("$A > 5)", ")", "`)` where an operator or the end", None),
            ("($A > 5", "", "the expression ends where an operator or `)`", None),
            ("A > 5", "A", "there is no function `A`", Some("write `$A` for the result of the query `A`")),
            ("$A > 5 and $B > 5", "and", "`and` where an operator", Some("write `&&`")),
            ("$A = 5", "=", "`=` is no operator", Some("write `==`")),
            ("$A & $B", "&", "is no operator", Some("write `&&`")),
            ("$A>-1", ">-", "`>-` is no operator", Some("put a space between: `> -`")),
            ("$A&&!$B", "&&!", "is no operator", Some("put a space between: `&& !`")),
            ("$A ^ 2", "^", "`^` has no meaning", Some("write `**`")),
            ("absolute($A)", "absolute", "there is no function `absolute`", None),
            ("is_Nan($A)", "is_Nan", "there is no function", Some("write `is_nan`")),
            ("abs $A", "$A", "`(` behind the function `abs`", None),
            ("abs()", ")", "`)` where a query", None),
            ("round($A, 2)", ",", "`,` has no meaning", None),
            ("nan($A)", "$A", "takes nothing", None),
            ("$ > 5", "$", "followed by the refId", None),
            ("${A > 5", "${", "is not closed", Some("close it with `}`")),
            ("${A:raw} > 5", "${A:raw}", "got `:`", None),
            ("$A > 5%", "", "the expression ends", None),
            ("1.2.3", ".3", "where an operator", None),
            ("0x > 1", "0x", "is no number", None),
            ("1e > 1", "1e", "is no number", None),
            ("$A > \"5\"", "\"", "has no meaning", Some("expressions have no texts")),
            ("", "", "the expression ends", None),
            ("$A $B", "$B", "where an operator", None),
            ("$A > 5m", "m", "where an operator", None),
        ];
        for (text, marked, says, fix) in cases {
            let error = parse(text).expect_err(text);
            assert_eq!(&text[error.span.start..error.span.end], marked, "{text}: {}", error.message);
            assert!(error.message.contains(says), "{text}: {}", error.message);
            assert_eq!(error.fix.as_deref(), fix, "{text}");
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        for bomb in ["(".repeat(100_000), "abs(".repeat(100_000), format!("{}1", "- ".repeat(100_000))] {
            assert!(parse(&bomb).is_err());
        }
        assert!(parse(&format!("1{}", " + 1".repeat(100_000))).is_ok());
        assert!(parse(&format!("{}1{}", "(".repeat(50), ")".repeat(50))).is_ok());
    }
}
