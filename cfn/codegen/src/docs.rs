//! Documentation: from the specification's Markdown to what rustdoc takes without a warning.
//!
//! All of it is kept: the whole crate is a third of what the registry allows.

/// Returns the lines of a doc comment for `markdown`, without trailing blanks.
pub(crate) fn clean(markdown: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut previous = Line::Blank;
    let mut is_fenced = false;
    for raw in markdown.replace('\t', " ").lines() {
        let text = raw.trim();
        if let Some(language) = text.strip_prefix("```") {
            // What is not marked as another language is compiled as a doctest.
            let is_opening = !is_fenced;
            if is_opening && !matches!(previous, Line::Blank) {
                lines.push(String::new());
            }
            lines.push(match language {
                "json" if is_opening => "```json".to_owned(),
                _ if is_opening => "```text".to_owned(),
                _ => "```".to_owned(),
            });
            is_fenced = is_opening;
            previous = Line::Text;
            continue;
        }
        if is_fenced {
            lines.push(raw.trim_end().to_owned());
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        let line = Line::of(text, indent);
        match (&previous, &line) {
            (_, Line::Blank) if lines.last().is_none_or(String::is_empty) => continue,
            (Line::Item(_) | Line::Quote, Line::Text) | (Line::Item(_), Line::Quote) | (Line::Quote, Line::Item(_)) => {
                lines.push(String::new());
            }
            _ => {}
        }
        lines.push(match &line {
            Line::Blank => String::new(),
            Line::Text => inline(text),
            Line::Quote => format!("> {}", inline(text.trim_start_matches('>').trim())).trim_end().to_owned(),
            Line::Item(depth) => {
                let item = text.split_once(' ').map_or("", |(_, item)| item).trim();
                format!("{}- {}", "  ".repeat(*depth), inline(item)).trim_end().to_owned()
            }
        });
        previous = line;
    }
    if is_fenced {
        lines.push("```".to_owned());
    }
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

enum Line {
    Blank,
    Text,
    Quote,
    /// An item of a list, and how deep it is.
    Item(usize),
}

impl Line {
    fn of(text: &str, indent: usize) -> Self {
        let marker = text.split(' ').next().unwrap_or_default();
        let is_number = marker
            .strip_suffix('.')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        if text.is_empty() {
            Self::Blank
        } else if text.starts_with('>') {
            Self::Quote
        } else if (["-", "*", "+"].contains(&marker) || is_number) && text.len() > marker.len() {
            Self::Item(usize::from(indent >= 2))
        } else {
            Self::Text
        }
    }
}

/// Returns one line with links that lead somewhere, and without what rustdoc would take for HTML or an item's name.
pub(crate) fn inline(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '`' {
            let fence = rest.len() - rest.trim_start_matches('`').len();
            let (ticks, behind) = rest.split_at(fence);
            let Some(end) = behind.find(ticks) else {
                cleaned.push_str("\\`");
                rest = &rest[1..];
                continue;
            };
            let code = behind[..end].trim();
            // Some links were put into code, where they would be read as code.
            match link(code) {
                Some((label, url, "")) => match address(url) {
                    Some(address) => cleaned.push_str(&format!("[`{label}`]({address})")),
                    None => cleaned.push_str(&format!("`{label}`")),
                },
                _ if code.is_empty() => {}
                _ => cleaned.push_str(&format!("{ticks}{code}{ticks}")),
            }
            rest = unspaced(&behind[end + fence..]);
        } else if let Some((label, url, behind)) = link(rest) {
            match address(url) {
                Some(address) => cleaned.push_str(&format!("[{}]({address})", inline(label))),
                None => cleaned.push_str(&inline(label)),
            }
            rest = unspaced(behind);
        } else if rest.starts_with("http://") || rest.starts_with("https://") {
            let end = rest.find(|character: char| character.is_whitespace() || "\"'`)],".contains(character));
            let (url, behind) = rest.split_at(end.unwrap_or(rest.len()));
            let trimmed = url.trim_end_matches(['.', ':', ';', '*']);
            cleaned.push_str(&if trimmed.contains(['{', '<', '*', '$', '[']) || trimmed.len() < 10 {
                format!("`{trimmed}`")
            } else {
                format!("<{trimmed}>")
            });
            rest = &rest[trimmed.len()..];
            debug_assert!(rest.len() >= behind.len());
        } else {
            match character {
                // Nothing that a sentence needs: phrases that the specification filled in have blanks around them.
                ' ' if is_surplus(&rest[1..]) => {}
                '[' | ']' | '<' => {
                    cleaned.push('\\');
                    cleaned.push(character);
                }
                _ => cleaned.push(character),
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    cleaned.trim().replace("* .", "*.").replace("* ,", "*,")
}

/// Returns whether a blank before this is one too many.
fn is_surplus(behind: &str) -> bool {
    let mut characters = behind.chars();
    match characters.next() {
        Some(' ') => true,
        Some('.' | ',' | ';' | ')') => characters.next().is_none_or(|next| next.is_whitespace() || next == '.'),
        _ => false,
    }
}

/// Takes away the blank that the specification puts between a code word and a full stop.
fn unspaced(behind: &str) -> &str {
    let trimmed = behind.trim_start_matches(' ');
    if trimmed.starts_with(['.', ',', ';', ':', ')']) { trimmed } else { behind }
}

/// Splits `[label](url) behind`.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let inner = text.strip_prefix('[')?;
    let (label, behind) = inner.split_once("](")?;
    if label.contains(['[', '\n']) {
        return None;
    }
    let mut depth = 1_usize;
    for (index, character) in behind.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((label, &behind[..index], &behind[index + 1..]));
        }
    }
    None
}

fn address(url: &str) -> Option<String> {
    let url = url.trim();
    // Addresses outside AWS were given a prefix that leads nowhere.
    let url = match url.strip_prefix("https://docs.aws.amazon.com/") {
        Some(outer) if outer.starts_with("http") => outer,
        _ => url,
    };
    let is_address =
        (url.starts_with("https://") || url.starts_with("http://")) && !url.contains([' ', '<', '>', '{', '"']);
    is_address.then(|| url.replace('(', "%28").replace(')', "%29"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_words_and_links_close_up_with_what_follows() {
        assert_eq!(inline("The default is `false` ."), "The default is `false`.");
        assert_eq!(inline("See [Subnets](https://a.b/c) ."), "See [Subnets](https://a.b/c).");
        assert_eq!(inline("In AWS Organizations , or ( AWS  ) keys"), "In AWS Organizations, or ( AWS) keys");
        assert_eq!(inline("the `[CreateQueue](https://a.b/c)` action"), "the [`CreateQueue`](https://a.b/c) action");
    }

    #[test]
    fn nothing_is_left_for_rustdoc_to_complain_about() {
        assert_eq!(inline("matches [a-z] and <b>"), "matches \\[a-z\\] and \\<b>");
        assert_eq!(inline("at https://a.example/b."), "at <https://a.example/b>.");
        assert_eq!(inline("at https://{api}.example"), "at `https://{api}.example`");
        assert_eq!(inline("[x](https://docs.aws.amazon.com/https://y.z/)"), "[x](https://y.z/)");
        assert_eq!(inline("[x](#cfn-x)"), "x");
        assert_eq!(inline("a ` alone"), "a \\` alone");
    }

    #[test]
    fn lists_and_quotes_end_where_text_begins() {
        assert_eq!(clean("One:\n- a\n- b\nTwo\n> three"), ["One:", "- a", "- b", "", "Two", "> three"]);
    }

    #[test]
    fn fences_are_no_doctests() {
        assert_eq!(clean("```\nx\n```"), ["```text", "x", "```"]);
    }
}
