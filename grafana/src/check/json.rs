//! Reads JSON, and says of a text that is none where it stops to be.

use serde_json::Value as Json;

use super::rules;
use crate::finding::{Finding, Span};

/// Reads a text that is to be JSON.
///
/// # Errors
/// Says on which line and at which column the text stops to be JSON and, where brackets are the reason, which one is open
/// since where.
pub fn parse(place: &str, text: &str) -> Result<Json, Box<Finding>> {
    serde_json::from_str(text).map_err(|error| {
        let at = offset(text, error.line(), error.column());
        let (mut message, mut span) = (reason(&error), Span::new(at, at + 1));
        let mut fix = None;
        if let Some(unbalanced) = brackets(text) {
            (message, span, fix) = (unbalanced.message, unbalanced.span, Some(unbalanced.fix));
        }
        let (line, column) = position(text, span.start);
        let finding = Finding::problem(rules::JSON, place, format!("line {line}, column {column}: {message}"));
        let finding = finding.marked(text, span);
        Box::new(Finding { fix, ..finding })
    })
}

/// The error's text without its position, which it gives last.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (start + column.saturating_sub(1)).min(text.len())
}

/// The line and the column of a byte, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

struct Unbalanced {
    message: String,
    span: Span,
    fix: String,
}

struct Open {
    bracket: u8,
    at: usize,
}

/// What is wrong with the brackets, if anything is.
fn brackets(text: &str) -> Option<Unbalanced> {
    let mut open: Vec<Open> = Vec::new();
    // The innermost pair whose ends are indented differently: who leaves a bracket out leaves the indentation right.
    let mut suspect = None;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                while let Some((_, byte)) = bytes.next() {
                    match byte {
                        b'\\' => _ = bytes.next(),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => open.push(Open { bracket: byte, at }),
            b'}' | b']' => {
                let closed = char::from(byte);
                let Some(last) = open.pop() else {
                    let message = format!("`{closed}` closes nothing");
                    let fix = format!("remove it, or open a bracket before it, such as `{}`", char::from(pair(byte)));
                    return Some(Unbalanced { message, span: Span::new(at, at + 1), fix });
                };
                if last.bracket != pair(byte) {
                    let (open, wanted) = (char::from(last.bracket), char::from(pair(last.bracket)));
                    let (line, column) = position(text, last.at);
                    let message = format!("`{closed}`, but `{open}` of line {line}, column {column} is still open");
                    let fix = format!("close it with `{wanted}` before, or remove this `{closed}`");
                    return Some(Unbalanced { message, span: Span::new(at, at + 1), fix });
                }
                if suspect.is_none() && alone(text, at) && indentation(text, at) != indentation(text, last.at) {
                    suspect = Some((last.bracket, last.at, at));
                }
            }
            _ => {}
        }
    }
    let last = open.last()?;
    let (mut bracket, mut at, mut near) = (last.bracket, last.at, String::new());
    if let Some((opened, start, end)) = suspect {
        (bracket, at) = (opened, start);
        near = format!(", as the indentation has it: before line {}", position(text, end).0);
    }
    let message = format!("the `{}` that opens here is never closed", char::from(bracket));
    let fix = format!("close it with `{}`{near}", char::from(pair(bracket)));
    Some(Unbalanced { message, span: Span::new(at, at + 1), fix })
}

const fn pair(bracket: u8) -> u8 {
    match bracket {
        b'{' => b'}',
        b'}' => b'{',
        b'[' => b']',
        _ => b'[',
    }
}

fn line_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    &text[start..]
}

fn indentation(text: &str, at: usize) -> usize {
    line_of(text, at).bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether a bracket is the first of its line.
fn alone(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..at].trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse("file", text).expect_err("it is no JSON").to_string()
    }

    #[test]
    fn the_bracket_that_is_open_is_named() {
        let text = "{\n  \"panels\": [\n    { \"id\": 1 },\n    { \"id\": 2 }\n  },\n  \"title\": \"]\"\n}\n";
        let said = shown(text);
        assert!(said.contains("line 5, column 3: `}`, but `[` of line 2, column 13 is still open"), "{said}");
        assert!(said.contains("fix: close it with `]` before"), "{said}");
    }

    #[test]
    fn a_bracket_that_is_never_closed_is_found_by_the_indentation() {
        let text = "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n  },\n  \"d\": 2\n}\n";
        let said = shown(text);
        assert!(said.contains("line 3, column 10: the `{` that opens here is never closed"), "{said}");
        assert!(said.contains("before line 5"), "{said}");
    }

    #[test]
    fn other_errors_have_their_line_and_column() {
        let said = shown("{\n  \"a\": 1,\n  \"b\" 2\n}");
        assert!(said.contains("line 3, column 7: expected `:`"), "{said}");
        assert!(shown("[1, 2]]").contains("`]` closes nothing"));
        assert!(shown("").contains("line 1, column 1: EOF"));
        assert!(shown("[\"é\", ").contains("never closed"));
    }
}
