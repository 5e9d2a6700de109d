//! The one printer of errors.

use std::error::Error;
use std::io;

use thiserror::Error;

use crate::{AppError, AssemblyError, ImageError, PackageError, SelectError};

/// Why a command failed.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Select(#[from] SelectError),
    #[error("the app reports {count} error{}", if *count == 1 { "" } else { "s" })]
    Reported { count: usize },
    #[error("SOURCE_DATE_EPOCH must be a number of seconds, got {text:?}")]
    SourceDate { text: String },
    #[error("cannot start the threads for the network")]
    Runtime { source: io::Error },
    #[error("cannot write the result")]
    Output {
        #[from]
        source: io::Error,
    },
    #[error("cannot write the result")]
    Json {
        #[from]
        source: serde_json::Error,
    },
    #[error(transparent)]
    Arguments(#[from] clap::Error),
}

impl Failure {
    fn hint(&self) -> Option<String> {
        match self {
            Self::App(error) => error.hint(),
            Self::Assembly(error) => Some(error.hint()),
            Self::Image(error) => error.hint(),
            Self::Package(error) => error.hint(),
            Self::Select(error) => Some(error.hint()),
            Self::Reported { .. } => Some("correct the constructs that the summary names".into()),
            Self::SourceDate { .. } | Self::Runtime { .. } | Self::Output { .. } => None,
            Self::Json { .. } | Self::Arguments(_) => None,
        }
    }

    /// The error, what caused it, and what to do about it, a line each.
    pub(super) fn render(&self, color: bool) -> String {
        let paint = |code: &str, word: &str| if color { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.into() };
        let mut text = format!("{} {self}\n", paint("1;31", "error:"));
        let mut source = self.source();
        while let Some(cause) = source {
            text += &format!("  {} {}\n", paint("31", "caused by:"), cause.to_string().trim_end());
            source = cause.source();
        }
        if let Some(hint) = self.hint() {
            text += &format!("{} {hint}\n", paint("36", "hint:"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hints_have_their_lines() {
        let source = serde_json::from_str::<u8>("[").expect_err("cut short");
        let failure = Failure::from(AssemblyError::Json { path: "manifest.json".into(), source });
        assert_eq!(
            failure.render(false),
            "error: manifest.json is damaged\n  caused by: invalid type: sequence, expected u8 at line 1 column 0\n\
             hint: synthesize again; an assembly is not meant to be edited\n"
        );
    }

    #[test]
    fn color_is_only_paint() {
        let failure = Failure::Reported { count: 2 };
        assert!(failure.render(true).starts_with("\u{1b}[1;31merror:\u{1b}[0m the app reports 2 errors\n"));
        assert!(failure.render(false).starts_with("error: the app reports 2 errors\n"));
    }
}
