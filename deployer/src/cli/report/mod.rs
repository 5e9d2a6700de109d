//! What happens, as it is shown: on a terminal, in a log, to a program.

mod json;
mod line;
mod plain;
mod progress;
mod terminal;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};

use json::JsonReport;
pub(in crate::cli) use line::resource;
use plain::PlainReport;
use terminal::TerminalReport;

use super::asking::Asking;
use super::output_format::OutputFormat;
use crate::{Event, Question, Report};

/// How events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// One live view.
    Terminal { color: bool },
    /// A line for each.
    Plain,
    /// A JSON object for each, on a line of its own.
    Json,
}

impl Style {
    /// The style that fits the standard error and the environment.
    pub(super) fn of_process(output: OutputFormat) -> Self {
        Self::choose(output, io::stderr().is_terminal(), |name| std::env::var(name).ok())
    }

    fn choose(output: OutputFormat, terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).is_some_and(|value| !value.is_empty());
        if output == OutputFormat::Json {
            Self::Json
        } else if !terminal || set("CI") || variable("TERM").as_deref() == Some("dumb") {
            Self::Plain
        } else {
            Self::Terminal { color: !set("NO_COLOR") }
        }
    }
}

/// Shows events on the standard error, and knows which stacks are under way.
pub(super) struct Shown {
    inner: Box<dyn Report + Send>,
    under_way: BTreeSet<String>,
}

impl Shown {
    pub(super) fn new(style: Style, asking: Asking) -> Self {
        let stderr = io::stderr();
        let inner: Box<dyn Report + Send> = match style {
            Style::Terminal { color } => Box::new(TerminalReport::new(color, asking)),
            Style::Plain => Box::new(PlainReport::new(stderr, asking)),
            Style::Json => Box::new(JsonReport::new(stderr, asking)),
        };
        Self { inner, under_way: BTreeSet::new() }
    }

    /// Ends what is shown, and tells what goes on without this program.
    pub(super) fn interrupted(self) -> String {
        // The terminal is as it was before once the view is gone.
        drop(self.inner);
        interrupted(&self.under_way)
    }
}

fn interrupted(under_way: &BTreeSet<String>) -> String {
    let names: Vec<&str> = under_way.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => "interrupted: nothing was under way in CloudFormation\n".into(),
        [first, ..] => format!(
            "interrupted: what CloudFormation has begun goes on there: {}\n\
             hint: give the same command again to take it up, or watch with `belvedere events {first} --follow`\n",
            names.join(", ")
        ),
    }
}

impl Report for Shown {
    fn event(&mut self, event: &Event) {
        match event {
            Event::StackStarted { stack, .. } => _ = self.under_way.insert(stack.clone()),
            Event::StackDone { stack, .. } => _ = self.under_way.remove(stack),
            _ => {}
        }
        self.inner.event(event);
    }

    fn approve(&mut self, question: &Question) -> bool {
        self.inner.approve(question)
    }
}

/// Writes a text that nobody has to read: who closed the standard error does not want to hear of it.
fn write(to: &mut impl Write, text: &str) {
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(output: OutputFormat, terminal: bool, variables: &[(&str, &str)]) -> Style {
        let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Style::choose(output, terminal, value)
    }

    #[test]
    fn the_style_fits_where_it_is_read() {
        use OutputFormat::{Json, Text};
        assert_eq!(chosen(Text, true, &[("TERM", "xterm")]), Style::Terminal { color: true });
        assert_eq!(chosen(Text, true, &[("NO_COLOR", "1")]), Style::Terminal { color: false });
        assert_eq!(chosen(Text, true, &[("NO_COLOR", "")]), Style::Terminal { color: true });
        assert_eq!(chosen(Text, true, &[("TERM", "dumb")]), Style::Plain);
        assert_eq!(chosen(Text, true, &[("CI", "true")]), Style::Plain);
        assert_eq!(chosen(Text, false, &[]), Style::Plain);
        assert_eq!(chosen(Json, true, &[]), Style::Json);
    }

    #[test]
    fn an_interruption_tells_what_goes_on() {
        assert_eq!(interrupted(&BTreeSet::new()), "interrupted: nothing was under way in CloudFormation\n");
        let under_way = ["Net".to_owned(), "App".to_owned()].into();
        let expected = "interrupted: what CloudFormation has begun goes on there: App, Net\n\
                        hint: give the same command again to take it up, or watch with `belvedere events App --follow`\n";
        assert_eq!(interrupted(&under_way), expected);
    }
}
