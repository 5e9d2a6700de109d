//! What can be wrong with a program's constructs, and how synthesis says so.

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::PathBuf;

/// One thing wrong with one construct, such as `Processor/Api: desired_count must be at least 1, got 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The construct's path from the app down.
    pub path: String,
    /// What is wrong: the value given, the values allowed, and what to do.
    pub message: String,
    /// Where in the program the construct was added.
    pub location: Option<&'static Location<'static>>,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.message)?;
        if let Some(location) = self.location {
            write!(formatter, " ({}:{})", location.file(), location.line())?;
        }
        Ok(())
    }
}

/// Why an app could not be synthesized.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// Constructs were defined in a way that cannot be deployed.
    #[error("{}", list(problems, warnings))]
    Invalid {
        /// Everything that is wrong.
        problems: Vec<Problem>,
        /// What is doubtful beside it.
        warnings: Vec<String>,
    },

    /// The assembly could not be written. What was there before is intact.
    #[error("cannot write the assembly to {}: {action}", directory.display())]
    Write {
        /// Where the assembly was to go.
        directory: PathBuf,
        /// What was being done.
        action: String,
        /// What the operating system said.
        source: io::Error,
    },

    /// The output directory holds something that is not an assembly.
    #[error(
        "{} holds `{entry}`, which no assembly has: give an empty or new directory, so that nothing of yours is lost",
        directory.display()
    )]
    NotAnAssembly {
        /// The directory.
        directory: PathBuf,
        /// What was found there.
        entry: String,
    },

    /// The program was given a context that is not JSON.
    #[error("the context in {origin} is not a JSON object")]
    Context {
        /// The environment variable or file that holds it.
        origin: String,
        /// What the parser said.
        source: Option<serde_json::Error>,
    },
}

fn list(problems: &[Problem], warnings: &[String]) -> String {
    let head = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut text = head(problems.len(), "problem");
    for problem in problems {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
    }
    if !warnings.is_empty() {
        text.push('\n');
        text.push_str(&head(warnings.len(), "warning"));
    }
    for warning in warnings {
        text.push_str("\n  ");
        text.push_str(warning);
    }
    text
}
