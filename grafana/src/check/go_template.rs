//! Texts in Go's template language, as contact points and messages have them.

use std::collections::BTreeSet;

use crate::finding::Span;

/// What a text in Go's template language names, and what is wrong with it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Template {
    /// The templates that it defines.
    pub(super) defines: BTreeSet<String>,
    /// The templates that it uses, and where.
    pub(super) uses: Vec<(String, Span)>,
    /// What is wrong, and where.
    pub(super) error: Option<(String, Span)>,
}

/// Reads a text for its actions, `{{ … }}`. What is between them is no concern.
pub(super) fn read(text: &str) -> Template {
    let mut template = Template::default();
    // The blocks that are open: the word that opens each, and where.
    let mut open: Vec<(&str, Span)> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|found| at + found) {
        let Some(end) = end_of_action(text, start + 2) else {
            template.error = Some(("`{{` is not closed".to_owned(), Span::new(start, start + 2)));
            return template;
        };
        let span = Span::new(start, end);
        let inside = text[start + 2..end - 2].trim_start_matches('-').trim_end_matches('-').trim();
        at = end;
        if inside.starts_with("/*") {
            continue;
        }
        let word = inside.split(|next: char| next.is_whitespace() || next == '(').next().unwrap_or_default();
        match word {
            "if" | "range" | "with" | "define" | "block" => {
                open.push((word, span));
                if matches!(word, "define" | "block") {
                    match first_string(inside) {
                        Some(name) => _ = template.defines.insert(name),
                        None => {
                            template.error = Some((format!("`{word}` has a name in quotes, got none"), span));
                            return template;
                        }
                    }
                }
            }
            "else" if !open.last().is_some_and(|(word, _)| matches!(*word, "if" | "range" | "with")) => {
                template.error = Some(("`else` is in no `if`, `range` or `with`".to_owned(), span));
                return template;
            }
            "end" if open.pop().is_none() => {
                template.error = Some(("`end` ends nothing".to_owned(), span));
                return template;
            }
            "template" => {
                if let Some(name) = first_string(inside) {
                    template.uses.push((name, span));
                }
            }
            "" => {
                template.error = Some(("an action is empty".to_owned(), span));
                return template;
            }
            _ => {}
        }
        if let Some(error) = unbalanced(inside) {
            template.error = Some((error, span));
            return template;
        }
    }
    if let Some((word, span)) = open.last() {
        template.error = Some((format!("`{word}` has no `end`"), *span));
    }
    template
}

/// The end of an action, past its braces. Braces in texts do not count.
fn end_of_action(text: &str, start: usize) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    let bytes = text.as_bytes();
    let comment = text[start..].trim_start_matches('-').trim_start().starts_with("/*");
    if comment {
        let close = text[start..].find("*/")? + start;
        return text[close..].find("}}").map(|found| close + found + 2);
    }
    for at in start..bytes.len() {
        match (quote, bytes[at]) {
            _ if escaped => escaped = false,
            (Some(b'"'), b'\\') => escaped = true,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'`')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
    }
    None
}

fn first_string(inside: &str) -> Option<String> {
    let start = inside.find(['"', '`'])?;
    let quote = inside[start..].chars().next()?;
    let rest = &inside[start + 1..];
    rest.find(quote).map(|end| rest[..end].to_owned())
}

fn unbalanced(inside: &str) -> Option<String> {
    let mut depth = 0_i32;
    let mut quote = None;
    let mut escaped = false;
    for at in inside.chars() {
        match quote {
            Some(open) => {
                if !escaped && at == open {
                    quote = None;
                }
                escaped = !escaped && at == '\\' && open == '"';
            }
            None => match at {
                '"' | '`' => quote = Some(at),
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            },
        }
        if depth < 0 {
            return Some("`)` closes nothing".to_owned());
        }
    }
    (depth > 0).then(|| "`(` is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Option<String> {
        read(text).error.map(|(message, span)| format!("{message} at {}", span.start))
    }

    #[test]
    fn sound_templates_are_read() {
        let text = "{{ define \"sns.title\" -}}{{ if gt (len .Alerts) 1 }}{{ len .Alerts }} \"}}\"{{ else if .X }}b{{ end }}\
                    {{ range .Alerts }}{{ template \"one\" . }}{{ end }}{{/* }} */}}{{ \"}}\" }}{{- end }}";
        let template = read(text);
        assert_eq!(template.error, None);
        assert_eq!(template.defines, BTreeSet::from(["sns.title".to_owned()]));
        assert_eq!(template.uses.len(), 1);
        assert_eq!(template.uses[0].0, "one");
        assert_eq!(error("no actions { at } all"), None);
    }

    #[test]
    fn what_does_not_parse_is_found() {
        assert_eq!(error("{{ if .A }}x").as_deref(), Some("`if` has no `end` at 0"));
        assert_eq!(error("a{{ end }}").as_deref(), Some("`end` ends nothing at 1"));
        assert_eq!(error("{{ .A }").as_deref(), Some("`{{` is not closed at 0"));
        assert_eq!(error("{{ len (.A }}").as_deref(), Some("`(` is not closed at 0"));
        assert_eq!(error("{{ else }}").as_deref(), Some("`else` is in no `if`, `range` or `with` at 0"));
        assert_eq!(error("{{ define }}{{ end }}").as_deref(), Some("`define` has a name in quotes, got none at 0"));
        assert_eq!(error("{{  }}").as_deref(), Some("an action is empty at 0"));
    }
}
