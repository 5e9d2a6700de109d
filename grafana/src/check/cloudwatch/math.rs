//! Metric math: calculations from the ids of a panel's queries, and searches.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html> and
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html>.

use serde_json::Value as Json;

use super::statistic;
use crate::check::report::Report;
use crate::check::source::listed;
use crate::check::target::Asked;
use crate::check::{nearest, rules, text_of};
use crate::finding::Span;

/// Checks the id of a query, by which expressions take it.
pub(super) fn id(report: &mut Report<'_>, asked: &Asked<'_>, target: &Json) {
    let id = text_of(target, "id");
    if id.is_empty() || id.contains('$') {
        return;
    }
    let legal = id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !legal {
        let message = format!("the id of a query is a lowercase letter, then letters, digits and `_`, got `{id}`");
        report.problem(rules::CLOUDWATCH, asked.place, message).fix =
            Some(format!("write one such as `q{}`, also where expressions take it", asked.beside.len()));
        return;
    }
    let region = |target| text_of(target, "region");
    let first = asked.beside.iter().find(|other| text_of(other, "id") == id && region(other) == region(target));
    if let Some(first) = first.filter(|first| text_of(first, "refId") != text_of(target, "refId")) {
        let message = format!("the query {} has the id `{id}` too", text_of(first, "refId"));
        report.problem(rules::CLOUDWATCH, asked.place, message).fix =
            Some("give each query an id of its own".to_owned());
    }
}

/// Checks an expression, and that what it takes is there.
pub(super) fn check(report: &mut Report<'_>, asked: &Asked<'_>, target: &Json) {
    let text = text_of(target, "expression");
    let mut tell = |message: String, span: Span, fix: Option<String>| {
        let finding = report.problem(rules::CLOUDWATCH, asked.place, message);
        finding.text = Some((text.to_owned(), span));
        finding.fix = fix;
    };
    let words = match read(text) {
        Ok(words) => words,
        Err((message, span)) => return tell(message, span, None),
    };
    for (message, span) in search(text, &words) {
        tell(message, span, None);
    }
    let ids: Vec<&str> = asked.beside.iter().map(|other| text_of(other, "id")).filter(|id| !id.is_empty()).collect();
    if ids.iter().any(|id| id.contains('$')) {
        return;
    }
    for word in words.iter().filter(|word| word.kind == Kind::Name) {
        let name = &text[word.span.start..word.span.end];
        // Those that have none are given one by Grafana.
        let given = || asked.beside.iter().any(|other| name.strip_prefix("query") == Some(text_of(other, "refId")));
        let same = ids.iter().find(|id| id.eq_ignore_ascii_case(name));
        // Functions and their words are in capital letters.
        let is_id = name.starts_with(|first: char| first.is_ascii_lowercase()) || same.is_some();
        if name == text_of(target, "id") {
            tell(format!("the expression `{name}` needs itself"), word.span, None);
        } else if is_id && !ids.contains(&name) && !given() && !["and", "or", "not"].contains(&name) {
            let shown: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
            let message = format!("no query of the panel has the id `{name}`; there are {}", listed(&shown));
            let near = same.copied().or_else(|| nearest(name, ids.iter().copied()));
            tell(message, word.span, near.map(|near| format!("write `{near}`")));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The name before a parenthesis.
    Function,
    Name,
    /// With its quotes.
    Text,
    Number,
    Sign,
    /// A variable of Grafana, with what it is a part of: it may be anything.
    Variable,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    kind: Kind,
    span: Span,
}

/// The words of an expression whose quotes and brackets are closed.
fn read(text: &str) -> Result<Vec<Word>, (String, Span)> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let run = |fits: fn(char) -> bool| rest.find(|next: char| !fits(next)).unwrap_or(rest.len());
        let in_name = |next: char| next.is_alphanumeric() || next == '_';
        let (kind, length) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '\'' | '"' => {
                let Some(closed) = rest[1..].find(first) else {
                    return Err((format!("the text is not closed with `{first}`"), Span::new(at, text.len())));
                };
                (Kind::Text, closed + 2)
            }
            '$' if rest.starts_with("${") => (Kind::Variable, rest.find('}').map_or(rest.len(), |end| end + 1)),
            '$' => (Kind::Variable, 1 + rest[1..].find(|next: char| !in_name(next)).unwrap_or(rest.len() - 1)),
            '[' if bracketed(rest).is_some() => (Kind::Variable, bracketed(rest).unwrap_or_default()),
            '0'..='9' | '.' => (Kind::Number, run(|next| next.is_alphanumeric() || next == '.')),
            _ if first.is_alphabetic() || first == '_' => (Kind::Name, run(in_name)),
            _ => (Kind::Sign, first.len_utf8()),
        };
        let mut span = Span::new(at, at + length);
        at = span.end;
        // A variable may be a part of a name: `m$number`.
        let part = words.last().copied().filter(|last| {
            let joins = |kind| matches!(kind, Kind::Name | Kind::Number | Kind::Variable);
            last.span.end == span.start
                && joins(last.kind)
                && joins(kind)
                && [last.kind, kind].contains(&Kind::Variable)
        });
        if let Some(last) = part {
            words.pop();
            span.start = last.span.start;
            words.push(Word { kind: Kind::Variable, span });
            continue;
        }
        match first {
            '(' | '[' if kind == Kind::Sign => open.push((first, span.start)),
            ')' | ']' if kind == Kind::Sign => {
                let pair = if first == ')' { '(' } else { '[' };
                if open.pop().is_none_or(|(opened, _)| opened != pair) {
                    return Err((format!("`{first}` closes nothing"), span));
                }
            }
            _ => {}
        }
        if let Some(last) = words.last_mut().filter(|last| first == '(' && last.kind == Kind::Name) {
            last.kind = Kind::Function;
        }
        words.push(Word { kind, span });
    }
    match open.pop() {
        Some((opened, at)) => Err((format!("`{opened}` is not closed"), Span::new(at, at + 1))),
        None => Ok(words),
    }
}

/// How long a variable in brackets is: `[[name]]`.
fn bracketed(text: &str) -> Option<usize> {
    let (name, _) = text.strip_prefix("[[")?.split_once("]]")?;
    let legal = !name.is_empty() && name.chars().all(|at| at.is_alphanumeric() || matches!(at, '_' | ':' | '.'));
    legal.then_some(name.len() + 4)
}

/// What is wrong with the searches of an expression: `SEARCH('{Namespace,Dimension} term', 'Sum', 300)`.
fn search(text: &str, words: &[Word]) -> Vec<(String, Span)> {
    let written = |word: &Word| &text[word.span.start..word.span.end];
    let mut found = Vec::new();
    for (at, _) in words.iter().enumerate().filter(|(_, word)| word.kind == Kind::Function && written(word) == "SEARCH")
    {
        let mut arguments = words[at + 1..].iter().skip(1);
        let Some(query) = arguments.next().filter(|word| word.kind == Kind::Text) else { continue };
        let inside = &text[query.span.start + 1..query.span.end - 1];
        found.extend(unbalanced(inside).map(|message| (message, query.span)));
        let mut rest = arguments.filter(|word| written(word) != ",");
        let Some(taken) = rest.next().filter(|word| word.kind == Kind::Text) else { continue };
        let name = &text[taken.span.start + 1..taken.span.end - 1];
        if !name.contains(['$', '[']) {
            found.extend(statistic::complaint(name).map(|(message, _)| (message, taken.span)));
        }
        let period = rest.next().filter(|word| word.kind == Kind::Number);
        if let Some(word) = period.filter(|word| !statistic::is_period(written(word))) {
            found.push((
                format!("a period is 1, 5, 10, 20 or 30 seconds or a multiple of 60, got `{}`", written(word)),
                word.span,
            ));
        }
    }
    found
}

/// What of a search term is not closed.
fn unbalanced(term: &str) -> Option<String> {
    let (mut depth, mut quoted) = (0_i32, false);
    for next in term.chars() {
        match next {
            '"' => quoted = !quoted,
            '{' | '(' if !quoted => depth += 1,
            '}' | ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return Some(format!("`{next}` closes nothing in the search"));
        }
    }
    match (quoted, depth) {
        (true, _) => Some("a `\"` is not closed in the search".to_owned()),
        (false, 0) => None,
        _ if term.matches('{').count() > term.matches('}').count() => {
            Some("`{` is not closed in the search".to_owned())
        }
        _ => Some("`(` is not closed in the search".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let words = read(text).unwrap_or_else(|(message, _)| panic!("{text}: {message}"));
        words.iter().filter(|word| word.kind == Kind::Name).map(|word| &text[word.span.start..word.span.end]).collect()
    }

    #[test]
    fn what_is_named_is_outside_of_texts_numbers_and_variables() {
        let cases: [(&str, &[&str]); 8] = [
            ("errors / calls * 1e2", &["errors", "calls"]),
            ("SUM([m1, m2]) / RATE(m3)", &["m1", "m2", "m3"]),
            ("REMOVE_EMPTY(SEARCH('{AWS/EC2,InstanceId} lower \"x y\"', 'Sum', 300))", &[]),
            ("IF(m1 > 0 AND m2, m1, FILL(m2, REPEAT))", &["m1", "AND", "m2", "m1", "m2", "REPEAT"]),
            ("m$number + ${id}x + [[other]] + m1", &["m1"]),
            ("METRICS(\"errors\") - $offset", &[]),
            ("ANOMALY_DETECTION_BAND(m1, 2)", &["m1"]),
            ("-m1", &["m1"]),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_closed_is_found() {
        for (text, says) in [
            ("SUM([m1, m2)", "`)` closes nothing"),
            ("SUM(m1", "`(` is not closed"),
            ("m1)", "`)` closes nothing"),
            ("SEARCH('{AWS/EC2} x, 'Sum', 300)", "the text is not closed"),
        ] {
            assert_eq!(read(text).map_err(|(message, _)| message.contains(says)).err(), Some(true), "{text}");
        }
        let searched =
            |text: &str| search(text, &read(text).expect("it is closed")).into_iter().map(|(message, _)| message);
        for (text, says) in [
            ("SEARCH('{AWS/EC2,InstanceId MetricName=\"x\"', 'Sum')", "`{` is not closed"),
            ("SEARCH('{AWS/EC2} MetricName=\"x', 'Sum')", "a `\"` is not closed"),
            ("SEARCH('AWS/EC2} x', 'Sum')", "`}` closes nothing"),
            ("SEARCH('{AWS/EC2} (a OR b', 'Sum')", "`(` is not closed"),
            ("SEARCH('{AWS/EC2} x', 'Summe', 300)", "`Summe` is no statistic"),
            ("SEARCH('{AWS/EC2} x', 'Sum', 61)", "got `61`"),
        ] {
            let found: Vec<_> = searched(text).collect();
            assert!(found.len() == 1 && found[0].contains(says), "{text}: {found:?}");
        }
        for text in
            ["SEARCH(' {AWS/EC2,InstanceId} MetricName=\"a { b\" ', 'p99', 300)", "SEARCH('$term', '$stat', $period)"]
        {
            assert_eq!(searched(text).next(), None, "{text}");
        }
    }
}
