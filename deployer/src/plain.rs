//! Text of others, made fit to be shown.

/// How much of one line is shown.
const LONGEST: usize = 400;

/// A text without colors and without what else would move a terminal's cursor; new lines stay.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.trim_end().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            // A sequence for a terminal ends with a letter.
            '\u{1b}' if rest.next_if_eq(&'[').is_some() => {
                while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
            '\n' | '\t' => plain.push(c),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

/// The lines of a text, each as it can be shown; those without any text are left out.
pub(crate) fn plain_lines(text: &str) -> Vec<String> {
    let lines = plain(text);
    let shown = |line: &str| match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.trim_end().to_owned(),
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(
            plain("\u{1b}[1;31merror\u{1b}[0m: no\r\n\tbell\u{7}\u{1b}]0;title\u{7}\n"),
            "error: no\n\tbell]0;title"
        );
        assert_eq!(plain("\u{1b}[2"), "");
    }

    #[test]
    fn lines_are_whole_or_cut_at_a_character() {
        assert_eq!(plain_lines("a\n\n  b  \n"), ["a", "  b"]);
        let long = "é".repeat(LONGEST + 1);
        assert_eq!(plain_lines(&long), [format!("{} …", "é".repeat(LONGEST))]);
    }
}
