//! Stacks of an app, as most commands take them.

use super::connect::Aws;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::session::Session;
use super::source::Source;

/// Which stacks, of which app, in which account, and how to tell of them.
#[derive(Debug, clap::Args)]
pub(super) struct Stacks {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    aws: Aws,

    /// Only stacks whose names match: ?, * and ** are as in `ls` [default: all]
    #[arg(value_name = "STACKS")]
    patterns: Vec<String>,

    /// How to tell events and the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

impl Stacks {
    pub(super) fn source(&self) -> (&Source, &Aws) {
        (&self.source, &self.aws)
    }

    pub(super) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    pub(super) fn output(&self) -> OutputFormat {
        self.output
    }

    /// The app and the account, the patterns of names, and how to tell of it.
    pub(super) fn open(self) -> Result<(Session, Vec<String>, OutputFormat), Failure> {
        Ok((Session::open(self.source, &self.aws)?, self.patterns, self.output))
    }
}
