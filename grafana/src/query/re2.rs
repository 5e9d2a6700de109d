//! Regular expressions as Go reads them (RE2), which Prometheus, Loki and Tempo are written in.

use regex::Regex;
use regex_syntax::hir::Hir;

use super::variable::without_variables;

/// The most that Go repeats.
const REPEAT: u32 = 1000;

/// Checks a regular expression of Prometheus, Loki or Tempo.
///
/// The syntax is that of Go's package `regexp` (RE2): no look-around, no backreferences, at most 1000 repetitions.
///
/// # Errors
/// Says what is wrong, lower case and without a full stop.
pub fn check_regex(pattern: &str) -> Result<(), String> {
    parse(pattern).map(drop)
}

/// Like [`check_regex`], where each variable of Grafana may stand for anything. Returns whether the empty text matches.
pub(super) fn check_with_variables(pattern: &str) -> Result<bool, String> {
    let pattern = parse(&without_variables(pattern, "x"))?;
    // Compiling costs much more than parsing, and only one that looks around needs it.
    Ok(pattern.properties().minimum_len() == Some(0)
        && (pattern.properties().look_set().is_empty()
            || Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|whole| whole.is_match(""))))
}

/// Parses a pattern, whose `.` is any character, as in a selector.
fn parse(pattern: &str) -> Result<Hir, String> {
    let ours = translated(pattern)?;
    regex_syntax::parse(&format!("(?s:{ours})")).map_err(|error| {
        let text = error.to_string();
        // The last line says what; those above show the pattern, which the caller marks itself.
        let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it does not parse");
        format!("`{pattern}` is no regular expression: {reason}")
    })
}

/// The pattern in the syntax of the crate `regex`, which knows more and escapes less.
fn translated(pattern: &str) -> Result<String, String> {
    let refuse = |what: &str| Err(format!("`{pattern}` is no regular expression: {what}"));
    let mut ours = String::with_capacity(pattern.len());
    let mut rest = pattern;
    // Whether a repetition can follow, and whether one was just read.
    let mut repeated = false;
    while let Some(next) = rest.chars().next() {
        let mut length = next.len_utf8();
        let mut repeats = false;
        match next {
            '\\' => {
                let Some(escaped) = rest[1..].chars().next() else { return refuse("it ends with a backslash") };
                length += escaped.len_utf8();
                match escaped {
                    'Q' => {
                        let end = rest.find("\\E").unwrap_or(rest.len());
                        ours.push_str(&regex::escape(&rest[2..end]));
                        rest = rest.get(end + 2..).unwrap_or("");
                        repeated = false;
                        continue;
                    }
                    '<' | '>' | 'u' | 'U' => return refuse(&format!("RE2 has no escape sequence `\\{escaped}`")),
                    '1'..='9' | 'k' => return refuse("RE2 has no backreferences"),
                    '0' => {
                        let digits = rest[1..].find(|at: char| !at.is_digit(8)).unwrap_or(rest.len() - 1).min(3);
                        let value = u32::from_str_radix(&rest[1..=digits], 8).unwrap_or(0);
                        ours.push_str(&format!("\\x{{{value:x}}}"));
                        rest = &rest[1 + digits..];
                        repeated = false;
                        continue;
                    }
                    // A word boundary of this crate only: `\b{start}`.
                    'b' if rest[2..].starts_with('{') => ours.push_str("(?:\\b)"),
                    'p' | 'P' | 'x' if rest[2..].starts_with('{') => {
                        length = rest.find('}').map_or(rest.len(), |end| end + 1);
                        ours.push_str(&rest[..length]);
                    }
                    _ => ours.push_str(&rest[..length]),
                }
            }
            '[' => {
                let class = class_length(rest);
                let Some(class) = class else { return refuse("a class `[` is not closed") };
                push_class(&mut ours, &rest[..class]);
                length = class;
            }
            '{' => {
                let counted = rest.find('}').and_then(|end| Some((end, counts(&rest[1..end])?)));
                match counted {
                    Some((end, most)) => {
                        if most > REPEAT {
                            return refuse(&format!("RE2 repeats at most {REPEAT} times, here {most}"));
                        }
                        if repeated {
                            return refuse("a repetition follows another");
                        }
                        length = end + 1;
                        if rest[length..].starts_with('?') {
                            length += 1;
                        }
                        ours.push_str(&rest[..length]);
                        repeats = true;
                    }
                    // Without a count it stands for itself.
                    None => ours.push_str("\\{"),
                }
            }
            '*' | '+' | '?' => {
                if repeated {
                    return refuse(&format!("a repetition `{next}` follows another"));
                }
                if rest[1..].starts_with('?') {
                    length = 2;
                }
                ours.push_str(&rest[..length]);
                repeats = true;
            }
            '(' if rest.starts_with("(?") => {
                let flags = rest[2..].find(|at: char| !at.is_ascii_alphabetic() && at != '-').unwrap_or(0);
                match &rest.as_bytes()[2..] {
                    [b'=' | b'!', ..] | [b'<', b'=' | b'!', ..] => return refuse("RE2 has no look-around"),
                    [b'P', ..] | [b'<', ..] => ours.push('('),
                    _ => {
                        let flags = &rest[2..2 + flags];
                        if let Some(flag) = flags.chars().find(|flag| !"imsU-".contains(*flag)) {
                            return refuse(&format!("RE2 has no flag `{flag}`: they are i, m, s and U"));
                        }
                        ours.push('(');
                    }
                }
            }
            // Nobody closes what was not opened, in Go as here; `}` and `]` stand for themselves.
            '}' => ours.push_str("\\}"),
            ']' => ours.push_str("\\]"),
            _ => ours.push(next),
        }
        rest = &rest[length..];
        repeated = repeats;
    }
    Ok(ours)
}

/// The most that a count such as `2,5` allows; nothing when it is none.
fn counts(inside: &str) -> Option<u32> {
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    // More digits than fit are more than allowed.
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|at| at.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let least = number(least)?;
    if most.is_empty() { Some(least) } else { Some(least.max(number(most)?)) }
}

/// The length of a class with its brackets, of which the first `]` may be a member.
fn class_length(rest: &str) -> Option<usize> {
    let mut at = 1;
    if rest[at..].starts_with('^') {
        at += 1;
    }
    if rest[at..].starts_with(']') {
        at += 1;
    }
    loop {
        let next = rest[at..].chars().next()?;
        match next {
            ']' => return Some(at + 1),
            '\\' => at += 1 + rest[at + 1..].chars().next()?.len_utf8(),
            '[' if rest[at..].starts_with("[:") => at += rest[at..].find(":]").map_or(1, |end| end + 2),
            _ => at += next.len_utf8(),
        }
    }
}

/// A class, in which the crate `regex` gives a meaning to `[`, `&&`, `--` and `~~` that Go does not.
fn push_class(ours: &mut String, class: &str) {
    let mut at = 1;
    ours.push('[');
    if class[at..].starts_with('^') {
        ours.push('^');
        at += 1;
    }
    if class[at..].starts_with(']') {
        ours.push_str("\\]");
        at += 1;
    }
    let end = class.len() - 1;
    while let Some(next) = class[at..end].chars().next() {
        let mut length = next.len_utf8();
        match next {
            '\\' => {
                length += class[at + 1..].chars().next().map_or(0, char::len_utf8);
                ours.push_str(&class[at..at + length]);
            }
            '[' => match class[at..end].starts_with("[:").then(|| class[at..end].find(":]")).flatten() {
                Some(close) => {
                    length = close + 2;
                    ours.push_str(&class[at..at + length]);
                }
                None => ours.push_str("\\["),
            },
            '&' | '~' => {
                ours.push('\\');
                ours.push(next);
            }
            '-' if class[at + 1..end].starts_with('-') => ours.push_str("\\-"),
            _ => ours.push(next),
        }
        at += length;
    }
    ours.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_compiles_is_accepted() {
        let patterns = [
            "api|web",
            "5..",
            "a{2,5}",
            "a{,3}",
            "{",
            "x{y}",
            "[[a-z]+]",
            "[a&&b]",
            "[]a]",
            "[^]]",
            "[[:alpha:]_]+",
            "\\Qa.b\\E.*",
            "(?i)error",
            "(?P<name>x)",
            "(?<name>x)",
            "(?is:x)",
            "\\.\\-\\/\\_",
            "\\pL\\p{Greek}",
            "\\x41\\x{1F600}",
            "\\07",
            "a*?",
            "^a$",
            "",
            "a|",
            "[--x]",
            "é",
            "\\b{2}",
        ];
        for pattern in patterns {
            assert_eq!(check_regex(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_go_does_not_compile_is_refused() {
        let patterns = [
            "(", "a)", "[", "[a", "*", "a**", "a{2}{3}", "(?=x)", "(?!x)", "(?<=x)", "(?<!x)", "\\1", "\\<a\\>", "a\\",
            "(?x)a", "a{1001}", "[z-a]", "\\u0041", "(?P<name", "\\y", "a{3,2}",
        ];
        for pattern in patterns {
            assert!(check_regex(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn braces_and_brackets_without_a_meaning_stand_for_themselves() {
        let matches = |pattern, text| {
            let pattern = parse(pattern).expect("it is one");
            Regex::new(&format!("^(?:{pattern})$")).expect("it compiles").is_match(text)
        };
        assert!(matches("{a}[[]]", "{a}[]") && matches("[&~]+", "&~"));
    }

    #[test]
    fn the_empty_text_matches_what_asks_for_nothing() {
        for pattern in ["", ".*", "a|", "(b)?", "^$", "(?i)", "a{0}", "\\B"] {
            assert_eq!(check_with_variables(pattern), Ok(true), "{pattern}");
        }
        for pattern in ["a", ".+", "$job", "\\b", "^.$", "a|b"] {
            assert_eq!(check_with_variables(pattern), Ok(false), "{pattern}");
        }
    }
}
