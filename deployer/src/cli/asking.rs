//! Asking whoever sits at the terminal.

use std::io::{self, BufRead as _, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Question;

/// How a question is answered.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    yes: bool,
    terminal: bool,
    pending: Arc<AtomicBool>,
}

impl Asking {
    /// Asks on the terminal, if there is one; `yes` is the answer that was given beforehand.
    pub(super) fn new(yes: bool) -> Self {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { yes, terminal, pending: Arc::default() }
    }

    #[cfg(test)]
    pub(super) fn nobody() -> Self {
        Self { yes: false, terminal: false, pending: Arc::default() }
    }

    /// Whether everything was approved beforehand.
    pub(super) fn yes(&self) -> bool {
        self.yes
    }

    /// Whether an answer is being waited for. Then nothing else runs that could end cleanly.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::SeqCst)
    }

    /// Writes the question to `to`, and returns whether it was approved. Where nobody can be asked, it is not.
    pub(super) fn approve(&self, question: &Question, to: &mut impl Write) -> bool {
        self.approve_by(question, to, || {
            let mut answer = String::new();
            self.pending.store(true, Ordering::SeqCst);
            let read = io::stdin().lock().read_line(&mut answer);
            self.pending.store(false, Ordering::SeqCst);
            read.map(|_| answer).unwrap_or_default()
        })
    }

    fn approve_by(&self, question: &Question, to: &mut impl Write, answer: impl FnOnce() -> String) -> bool {
        let mut text: String = question.details.iter().map(|detail| format!("  {detail}\n")).collect();
        if self.yes {
            text += &format!("{} yes, by --yes\n", question.text);
        } else if self.terminal {
            text += &format!("{} [y/N] ", question.text);
        } else {
            text += &format!("{} not approved: there is no terminal to ask on; give --yes\n", question.text);
        }
        let written = to.write_all(text.as_bytes()).and_then(|()| to.flush());
        if self.yes || !self.terminal {
            return self.yes;
        }
        // What nobody has seen nobody approves.
        let answer = if written.is_ok() { answer() } else { String::new() };
        if !answer.ends_with('\n') {
            // By Ctrl-D the line has no end.
            let _ = to.write_all(b"\n");
        }
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(asking: &Asking, answer: &str) -> (bool, String) {
        let details = vec!["App/Db: will be replaced".to_owned()];
        let question = Question { stacks: vec!["App".into()], text: "replace it?".into(), details };
        let mut text = Vec::new();
        let approved = asking.approve_by(&question, &mut text, || answer.to_owned());
        (approved, String::from_utf8(text).expect("UTF-8"))
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        let asking = Asking { terminal: true, ..Asking::nobody() };
        for (answer, approved) in [("y\n", true), ("Yes\r\n", true), ("\n", false), ("", false), ("yeah\n", false)] {
            let end = if answer.is_empty() { "\n" } else { "" };
            let expected = format!("  App/Db: will be replaced\nreplace it? [y/N] {end}");
            assert_eq!(asked(&asking, answer), (approved, expected), "{answer:?}");
        }
    }

    #[test]
    fn in_a_pipe_nothing_is_approved_without_yes() {
        let expected = "  App/Db: will be replaced\n\
                        replace it? not approved: there is no terminal to ask on; give --yes\n";
        assert_eq!(asked(&Asking::nobody(), "y\n"), (false, expected.to_owned()));
        let yes = Asking { yes: true, ..Asking::nobody() };
        assert_eq!(asked(&yes, ""), (true, "  App/Db: will be replaced\nreplace it? yes, by --yes\n".to_owned()));
    }
}
