//! Results for people and for programs.

use clap::ValueEnum;

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// For a person
    Text,
    /// For a program
    Json,
}
