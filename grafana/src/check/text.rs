//! Small questions about texts and JSON that many checks ask.

use regex::Regex;
use serde_json::Value as Json;

use super::report::Report;
use super::rules;

/// A member that is a text; an empty text if it is none.
pub(super) fn text_of<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// Whether a value is known only when the stack is deployed, or is a secret.
pub(super) fn is_deferred(value: &Json) -> bool {
    let member = |name| value.get(name).is_some();
    value.as_object().is_some_and(|members| members.len() == 1)
        && (member("belvedere:value") || member("belvedere:secret"))
}

/// Checks an id: 1 to 40 letters, digits, `-` and `_`.
pub(super) fn id(report: &mut Report<'_>, place: &str, uid: Option<&Json>) {
    let Some(uid) = uid.and_then(Json::as_str).filter(|uid| !uid.is_empty()) else { return };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if uid.len() > 40 || !uid.bytes().all(legal) {
        let message = format!("a uid is at most 40 letters, digits, `-` and `_`, got `{uid}` ({} bytes)", uid.len());
        report.problem(rules::UID, place, message).fix = Some("give it a shorter or plainer one".to_owned());
    }
}

/// Checks a regular expression of the browser's. One that looks around is taken as it is: only a browser knows those.
pub(super) fn expression(pattern: &str) -> Result<(), String> {
    let looks_around = ["(?=", "(?!", "(?<=", "(?<!", "\\k", "\\u"].iter().any(|part| pattern.contains(part));
    let back = pattern.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit());
    let variable = !crate::query::variables(pattern).is_empty();
    if looks_around || back || variable {
        return Ok(());
    }
    // Browsers allow `{` and `/` to be escaped or not, as they come.
    match Regex::new(&pattern.replace("\\/", "/")) {
        Ok(_) => Ok(()),
        Err(_) if Regex::new(&lenient(pattern)).is_ok() => Ok(()),
        Err(error) => Err(reason(&error)),
    }
}

/// An expression whose braces and brackets stand for themselves where they count nothing, as browsers read them.
fn lenient(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut escaped = false;
    let mut class = false;
    for (at, next) in pattern.char_indices() {
        let counts = pattern[at..].split_once('}').is_some_and(|(inside, _)| {
            inside.len() > 1 && inside[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
        });
        match next {
            _ if escaped => {
                if !next.is_ascii_alphanumeric() && !r"\.+*?()|[]{}^$#&-~/".contains(next) {
                    written.pop();
                }
                escaped = false;
                written.push(next);
                continue;
            }
            '\\' => escaped = true,
            '[' if class => written.push('\\'),
            '[' => class = true,
            ']' => class = false,
            '{' if !counts => written.push('\\'),
            '}' if !pattern[..at].rfind('{').is_some_and(|open| {
                pattern[open + 1..at].bytes().all(|byte| byte.is_ascii_digit() || byte == b',') && open + 1 < at
            }) =>
            {
                written.push('\\');
            }
            _ => {}
        }
        written.push(next);
    }
    written
}

fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Checks a regular expression of Prometheus, Loki and Tempo.
pub(super) fn regex(pattern: &str) -> Result<(), String> {
    let with_variable = !crate::query::variables(pattern).is_empty();
    if with_variable { Ok(()) } else { crate::query::check_regex(pattern) }
}

/// A regular expression of Prometheus, which matches whole texts.
pub(super) fn whole_regex(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?s:{pattern})$")).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_of_browsers_are_not_refused() {
        for pattern in ["(?!x).*", "a{", "\\/foo\\/", "{job}", "[[]", "^(.*)$", "\\d{2,4}", "(a)\\1", "\\:x"] {
            assert_eq!(expression(pattern), Ok(()), "{pattern}");
        }
        for pattern in ["(", "a)", "[z-a]", "*"] {
            assert!(expression(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_deferred_value_is_an_object_with_one_member() {
        assert!(is_deferred(&json!({ "belvedere:value": "Url" })));
        assert!(!is_deferred(&json!({ "belvedere:value": "Url", "x": 1 })) && !is_deferred(&json!("x")));
    }
}
