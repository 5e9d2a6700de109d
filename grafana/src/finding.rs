//! [`Finding`]: what a check says of a definition.

use std::fmt;
use std::panic::Location;

/// A part of a text, by bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Where the part begins.
    pub start: usize,
    /// Where it ends: the first byte after it.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// What is checked: the stable name of a finding, for allowing it and for looking it up.
///
/// Written in kebab-case, such as `unknown-metric`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule(pub &'static str);

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but probably not as meant.
    Warning,
    /// It cannot work.
    Problem,
}

/// What a check says of one place of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is, from the content's name down, such as ``dashboard `Service`, panel `Requests`, query A``.
    pub place: String,
    /// What is wrong: the value given, and the values allowed.
    pub message: String,
    /// The text that it is about, with the part that is wrong.
    pub text: Option<(String, Span)>,
    /// What to do.
    pub fix: Option<String>,
    /// Where in the program the part was added that it is about, if it is of a content.
    pub location: Option<&'static Location<'static>>,
}

impl Finding {
    /// Something that cannot work.
    #[must_use]
    pub fn problem(rule: Rule, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Problem,
            place: place.into(),
            message: message.into(),
            text: None,
            fix: None,
            location: None,
        }
    }

    /// Something that probably does not do what is meant.
    #[must_use]
    pub fn warning(rule: Rule, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::problem(rule, place, message) }
    }

    /// Shows the text with the part that is wrong.
    #[must_use]
    pub fn marked(mut self, text: impl Into<String>, span: Span) -> Self {
        self.text = Some((text.into(), span));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// How many bytes are shown before the marked part of a long line; twice as many from there.
const AROUND: usize = 400;

impl fmt::Display for Finding {
    /// One line, with the line of the program at its end, then the line of the text with the place marked below it, then the fix.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} [{}]", self.place, self.message, self.rule)?;
        if let Some(location) = self.location {
            write!(formatter, " ({}:{})", location.file(), location.line())?;
        }
        if let Some((text, span)) = &self.text {
            let clamp = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let clamp_up = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            let (start, end) = (clamp(span.start), clamp(span.end));
            let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
            // A dashboard's JSON may be one line of a megabyte.
            let (from, to) =
                (clamp_up(start.saturating_sub(AROUND)).max(line_start), clamp(start + 2 * AROUND).min(line_end));
            let (left, right) = (if from > line_start { "…" } else { "" }, if to < line_end { "…" } else { "" });
            let before = left
                .chars()
                .map(|_| ' ')
                .chain(text[from..start].chars().map(|at| if at == '\t' { '\t' } else { ' ' }));
            let width = text[start..end.clamp(start, to)].chars().count().max(1);
            let line = &text[from..to];
            write!(formatter, "\n    {left}{line}{right}\n    {}{}", before.collect::<String>(), "^".repeat(width))?;
        }
        match &self.fix {
            Some(fix) => write!(formatter, "\n    fix: {fix}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_in_its_line() {
        let query = "sum(\n  rate(http_requests[5m])\n)";
        let finding = Finding::problem(Rule("unknown-metric"), "dashboard `Service`", "no `http_requests` is exported")
            .marked(query, Span::new(12, 25))
            .fix("it is a counter: `http_requests_total`");
        let shown = "dashboard `Service`: no `http_requests` is exported [unknown-metric]\n    \
                     \x20 rate(http_requests[5m])\n    \
                     \x20      ^^^^^^^^^^^^^\n    \
                     fix: it is a counter: `http_requests_total`";
        assert_eq!(finding.to_string(), shown);
    }

    #[test]
    fn of_a_long_line_only_what_is_around_the_mark_is_shown() {
        let text = format!("{}HERE{}", "é".repeat(5_000), "é".repeat(5_000));
        let shown = Finding::problem(Rule("json"), "file", "m").marked(text, Span::new(10_000, 10_004)).to_string();
        let lines: Vec<_> = shown.lines().collect();
        let before = format!("    …{}", "é".repeat(200));
        assert!(
            lines[1].starts_with(&format!("{before}HERE")) && lines[1].ends_with("é…") && shown.len() < 2_500,
            "{shown}"
        );
        assert_eq!(lines[2].find('^'), Some(before.chars().count()));
    }

    #[test]
    fn a_place_beyond_the_text_or_inside_a_character_is_no_panic() {
        let show = |start, end| {
            Finding::warning(Rule("r"), "p", "m").marked("é", Span::new(start, end)).to_string();
        };
        show(1, 1);
        show(5, 9);
        show(2, 0);
    }
}
