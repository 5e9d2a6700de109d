//! Texts in Go's template language, as contact points and messages have them.

use std::collections::BTreeSet;

use crate::finding::Span;
use crate::query::naming::nearest;

/// What a text in Go's template language names, and what is wrong with it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template {
    /// The templates that it defines.
    pub(crate) defines: BTreeSet<String>,
    /// The templates that it uses, and where.
    pub(crate) uses: Vec<(String, Span)>,
    /// The functions that it calls, and where.
    pub(crate) calls: Vec<(String, Span)>,
    /// The variables that it uses and does not set.
    pub(crate) variables: Vec<Variable>,
    /// What is wrong, and where.
    pub(crate) error: Option<(String, Span)>,
}

/// A variable such as `$labels.job`.
#[derive(Debug, PartialEq)]
pub(crate) struct Variable {
    /// The name, without the sign.
    pub(crate) name: String,
    /// What is taken of it: `job`.
    pub(crate) field: Option<String>,
    /// The whole variable.
    pub(crate) span: Span,
}

/// Functions that Go's templates have themselves.
const OWN: [&str; 19] = [
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq",
    "ne", "lt", "le", "gt", "ge",
];

/// Words that are no functions.
const WORDS: [&str; 13] =
    ["if", "else", "end", "range", "with", "define", "block", "template", "break", "continue", "true", "false", "nil"];

/// Functions for the labels and annotations of rules, in Prometheus and in Grafana.
///
/// Sources: <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/> and
/// <https://grafana.com/docs/grafana/latest/alerting/alerting-rules/templates/reference/>.
pub(crate) const RULES: [&str; 34] = [
    "args",
    "externalURL",
    "filterLabels",
    "filterLabelsRe",
    "first",
    "graphLink",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "label",
    "match",
    "mergeLabelValues",
    "now",
    "parseDuration",
    "pathPrefix",
    "query",
    "reReplaceAll",
    "removeLabels",
    "removeLabelsRe",
    "safeHtml",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "title",
    "tmpl",
    "toDuration",
    "toLower",
    "toTime",
    "toUpper",
    "value",
];

/// Functions for messages. Those with a dot, such as `coll.Dict`, are not listed.
///
/// Source: <https://grafana.com/docs/grafana/latest/alerting/configure-notifications/template-notifications/reference/>.
pub(crate) const MESSAGES: [&str; 21] = [
    "date",
    "duration",
    "humanizeDuration",
    "join",
    "list",
    "match",
    "reReplaceAll",
    "safeHtml",
    "safeUrl",
    "since",
    "stringSlice",
    "strings",
    "title",
    "toJson",
    "toLower",
    "toUpper",
    "trimSpace",
    "tz",
    "append",
    "dict",
    "urlUnescape",
];

/// What is wrong, where, and what to write instead.
type Complaint = (String, Span, Option<String>);

/// The functions that there are not.
pub(crate) fn unknown_functions(calls: &[(String, Span)], known: &[&str]) -> Vec<Complaint> {
    let there = || known.iter().chain(&OWN).copied();
    let unknown = calls.iter().filter(|(name, _)| !there().any(|known| known == name));
    let complaint = |(name, span): &(String, Span)| {
        let near = nearest(name, there()).map(|near| format!("write `{near}`"));
        (format!("there is no function `{name}`"), *span, near)
    };
    unknown.map(complaint).collect()
}

/// The variables that nothing sets.
pub(crate) fn unknown_variables(variables: &[Variable], known: &[&str]) -> Vec<Complaint> {
    // Prometheus has these too, and Grafana reads them.
    const MORE: [&str; 3] = ["", "externalLabels", "externalURL"];
    let unknown = variables.iter().filter(|it| !known.iter().chain(&MORE).any(|known| *known == it.name));
    let complaint = |it: &Variable| {
        let near = nearest(&it.name, known.iter().copied()).map(|near| format!("write `${near}`"));
        (format!("nothing sets the variable `${}`", it.name), it.span, near)
    };
    unknown.map(complaint).collect()
}

/// Reads a text for its actions, `{{ … }}`. What is between them is no concern.
pub(crate) fn read(text: &str) -> Template {
    let mut template = Template::default();
    // The blocks that are open: the word that opens each, and where.
    let mut open: Vec<(&str, Span)> = Vec::new();
    let mut set: BTreeSet<String> = BTreeSet::new();
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
        names(text, Span::new(start + 2, end - 2), &mut template, &mut set);
    }
    template.variables.retain(|variable| !set.contains(&variable.name));
    if let Some((word, span)) = open.last() {
        template.error = Some((format!("`{word}` has no `end`"), *span));
    }
    template
}

/// Notes the functions and variables of an action, and which variables it sets.
fn names(text: &str, action: Span, template: &mut Template, set: &mut BTreeSet<String>) {
    let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let bytes = &text.as_bytes()[..action.end];
    let word = |start: usize| start + bytes[start..].iter().take_while(|byte| part_of_name(**byte)).count();
    let first = template.variables.len();
    let mut at = action.start;
    while at < action.end {
        let start = at;
        match bytes[at] {
            quote @ (b'"' | b'`' | b'\'') => {
                at += 1;
                while at < action.end && bytes[at] != quote {
                    at += if bytes[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
                at += 1;
            }
            b'$' => {
                at = word(at + 1);
                let name = text[start + 1..at].to_owned();
                let end = if bytes.get(at) == Some(&b'.') { word(at + 1) } else { at };
                let field = (end > at + 1).then(|| text[at + 1..end].to_owned());
                template.variables.push(Variable { name, field, span: Span::new(start, end.max(at)) });
                at = end.max(at);
            }
            b'.' => at = word(at + 1),
            b':' if bytes.get(at + 1) == Some(&b'=') => {
                set.extend(template.variables[first..].iter().map(|variable| variable.name.clone()));
                at += 2;
            }
            byte if part_of_name(byte) => {
                at = word(at);
                let name = &text[start..at];
                let space = bytes.get(at) == Some(&b'.');
                if !byte.is_ascii_digit() && !space && !WORDS.contains(&name) {
                    template.calls.push((name.to_owned(), Span::new(start, at)));
                }
            }
            _ => at += 1,
        }
    }
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
