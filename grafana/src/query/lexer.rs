//! What the languages have in common: words, numbers, strings, signs and Grafana's variables, each with its place.

use crate::finding::Span;

use super::QueryError;
use super::variable::variable_at;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A number, a duration or an amount of bytes.
    Number,
    Text,
    Sign,
    /// A variable of Grafana, with what is glued to it: it can be anything.
    Variable,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) span: Span,
}

impl Token<'_> {
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// As a message names it.
    fn shown(&self) -> String {
        if self.kind == Kind::End { "the end of the query".to_owned() } else { format!("`{}`", self.text) }
    }
}

/// How a language is cut into tokens.
pub(super) struct Syntax {
    /// Longer ones before those that they begin with.
    pub(super) signs: &'static [&'static str],
    /// What continues a word, beside letters, digits and `_`. Not inside of `[]` and `{}`.
    pub(super) joins: &'static [char],
    pub(super) quotes: &'static [char],
    /// How a line begins that is none, up to its end.
    pub(super) comments: &'static [&'static str],
    /// How a comment begins and ends that may have several lines.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// Cuts off a token that only this language has, and returns its length.
    pub(super) special: fn(&str) -> Option<usize>,
}

/// Cuts a query into tokens. The last is the end.
pub(super) fn tokens<'a>(text: &'a str, syntax: &Syntax) -> Result<Vec<Token<'a>>, QueryError> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut brackets = 0_usize;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        if syntax.comments.iter().any(|begin| rest.starts_with(*begin)) {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if let Some((open, close)) = syntax.block.filter(|(open, _)| rest.starts_with(*open)) {
            let end = rest[open.len()..].find(close).ok_or_else(|| {
                let span = Span::new(at, text.len());
                QueryError::new("the comment is not closed", span).fix(format!("close it with `{close}`"))
            })?;
            at += open.len() + end + close.len();
            continue;
        }
        let joins = if brackets == 0 { syntax.joins } else { &[] };
        let (kind, length) = if let Some(length) = (syntax.special)(rest) {
            (Kind::Word, length)
        } else if syntax.quotes.contains(&next) {
            (Kind::Text, string_length(text, at)?)
        } else {
            word(text, at, joins)?
        };
        let (kind, length) = if length > 0 {
            (kind, length)
        } else {
            let sign = syntax.signs.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(|| {
                let span = Span::new(at, at + next.len_utf8());
                QueryError::new(format!("`{next}` has no meaning here"), span)
            })?;
            match *sign {
                "[" | "{" => brackets += 1,
                "]" | "}" => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            (Kind::Sign, sign.len())
        };
        found.push(Token { kind, text: &rest[..length], span: Span::new(at, at + length) });
        at += length;
    }
    found.push(Token { kind: Kind::End, text: "", span: Span::new(text.len(), text.len()) });
    Ok(found)
}

/// A word, a number, a variable, or several of them that are glued together; nothing when something else begins here.
fn word(text: &str, start: usize, joins: &[char]) -> Result<(Kind, usize), QueryError> {
    let mut at = start;
    let mut kind = match &text.as_bytes()[start..] {
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => Kind::Number,
        _ => Kind::Word,
    };
    while let Some(next) = text[at..].chars().next() {
        if matches!(next, '$' | '[')
            && let Some(variable) = variable_at(text, at)
        {
            variable.check()?;
            kind = Kind::Variable;
            at = variable.span.end;
            continue;
        }
        let before = &text.as_bytes()[start..at];
        let exponent = kind == Kind::Number
            && matches!(next, '+' | '-')
            && matches!(before, [.., b'0'..=b'9' | b'.', b'e' | b'E'])
            && !before.starts_with(b"0x")
            && !before.starts_with(b"0X")
            && text[at + 1..].starts_with(|digit: char| digit.is_ascii_digit());
        let continues = next.is_ascii_alphanumeric()
            || next == '_'
            || exponent
            || (kind == Kind::Number && matches!(next, '.' | 'µ'))
            || (joins.contains(&next) && kind != Kind::Number);
        if !continues {
            break;
        }
        at += next.len_utf8();
    }
    Ok((kind, at - start))
}

/// The length of a string with its quotes. Backquotes know no escapes.
fn string_length(text: &str, start: usize) -> Result<usize, QueryError> {
    let mut chars = text[start..].char_indices();
    let quote = chars.next().map_or('"', |(_, quote)| quote);
    while let Some((at, next)) = chars.next() {
        if next == quote {
            return Ok(at + 1);
        }
        if next == '\n' && quote != '`' {
            break;
        }
        if next == '\\' && quote != '`' {
            let Some((_, escaped)) = chars.next() else { break };
            let digits = match escaped {
                'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => 0,
                'x' => 2,
                'u' => 4,
                'U' => 8,
                '0'..='7' => 2,
                other if other == quote => 0,
                _ => {
                    let span = Span::new(start + at, start + at + 1 + escaped.len_utf8());
                    return Err(QueryError::new(format!("a string has no escape sequence `\\{escaped}`"), span)
                        .fix(format!("write `\\\\{escaped}` for a backslash, or quote the string with backquotes")));
                }
            };
            let radix = if escaped.is_ascii_digit() { 8 } else { 16 };
            for _ in 0..digits {
                if !chars.next().is_some_and(|(_, digit)| digit.is_digit(radix)) {
                    let span = Span::new(start + at, start + at + 2);
                    return Err(QueryError::new(format!("`\\{escaped}` takes {digits} digits"), span));
                }
            }
        }
    }
    Err(QueryError::new("the string is not closed", Span::new(start, text.len()))
        .fix(format!("close it with `{quote}`")))
}

/// What a string holds: without its quotes, and with the characters that its escapes stand for.
pub(super) fn unquoted(text: &str) -> String {
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    if text.starts_with('`') || !inside.contains('\\') {
        return inside.to_owned();
    }
    // Bytes, because `\xe9` and `\351` are such.
    let mut bytes = Vec::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(next) = chars.next() {
        let mut push = |what: char| bytes.extend_from_slice(what.encode_utf8(&mut [0; 4]).as_bytes());
        if next != '\\' {
            push(next);
            continue;
        }
        let escaped = chars.next().unwrap_or('\\');
        let mut number = |first: &str, digits: usize, radix: u32| {
            let written: String = first.chars().chain(chars.by_ref().take(digits)).collect();
            u32::from_str_radix(&written, radix).unwrap_or(0xfffd)
        };
        match escaped {
            'a' => push('\x07'),
            'b' => push('\x08'),
            'f' => push('\x0c'),
            'n' => push('\n'),
            'r' => push('\r'),
            't' => push('\t'),
            'v' => push('\x0b'),
            'x' => bytes.extend(u8::try_from(number("", 2, 16))),
            '0'..='7' => bytes.extend(u8::try_from(number(&escaped.to_string(), 2, 8))),
            'u' => push(char::from_u32(number("", 4, 16)).unwrap_or('\u{fffd}')),
            'U' => push(char::from_u32(number("", 8, 16)).unwrap_or('\u{fffd}')),
            other => push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A place in the tokens of a query.
pub(super) struct Cursor<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    steps: usize,
}

/// How deep a query may nest. Nobody writes such a one; it keeps the stack small.
const DEPTH: usize = 64;

/// How many operators and stages a query may have: each is a level of a tree that is followed recursively.
const STEPS: usize = 500;

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, syntax: &Syntax) -> Result<Self, QueryError> {
        Ok(Self { tokens: tokens(text, syntax)?, at: 0, depth: 0, steps: 0 })
    }

    pub(super) fn peek(&self) -> Token<'a> {
        self.ahead(0)
    }

    /// The token that comes after some others. Behind the end there is the end.
    pub(super) fn ahead(&self, count: usize) -> Token<'a> {
        self.tokens[(self.at + count).min(self.tokens.len() - 1)]
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        self.peek().is(sign)
    }

    /// Whether a keyword is next, in upper or lower case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<Token<'a>, QueryError> {
        if self.is(sign) { Ok(self.next()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// How many tokens come before this place.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// All tokens, the end among them.
    pub(super) fn tokens(&self) -> &[Token<'a>] {
        &self.tokens
    }

    /// From the first byte of a token up to the last byte before this place.
    pub(super) fn span_from(&self, position: usize) -> Span {
        let start = self.tokens[position].span.start;
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].span.end);
        Span::new(start, end.max(start))
    }

    pub(super) fn unexpected(&self, expected: &str) -> QueryError {
        let token = self.peek();
        QueryError::new(format!("{} where {expected} is expected", token.shown()), token.span)
    }

    pub(super) fn enter(&mut self) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(QueryError::new(format!("the query nests deeper than {DEPTH} levels"), self.peek().span));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Counts an operator, a stage or something else that takes what is before it.
    pub(super) fn step(&mut self) -> Result<(), QueryError> {
        self.steps += 1;
        if self.steps > STEPS {
            let message = format!("the query has more than {STEPS} operators and stages");
            return Err(QueryError::new(message, self.peek().span));
        }
        Ok(())
    }
}
