//! `belvedere destroy`.

use std::io::Write;
use std::num::NonZeroUsize;

use super::connect::Aws;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::result::json;
use super::session::Session;
use super::source::Source;
use crate::{DestroyOptions, destroy, select};

/// Delete stacks, each after those that depend on it
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    aws: Aws,

    /// Stacks whose names match: ?, * and ** are as in `ls`
    #[arg(value_name = "STACKS", required_unless_present = "all")]
    patterns: Vec<String>,

    /// All stacks
    #[arg(long, conflicts_with = "patterns")]
    all: bool,

    /// Approve everything beforehand
    #[arg(long, short)]
    yes: bool,

    /// Take back termination protection, and empty what cannot be deleted otherwise
    #[arg(long, short)]
    force: bool,

    /// How many stacks at a time [default: the settings', or 4]
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroUsize>,

    /// How to tell events and the result
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let session = Session::open(args.source, &args.aws)?;
    let mut options = DestroyOptions::new().yes(args.yes).force(args.force);
    if let Some(concurrency) = args.concurrency.or(session.settings.concurrency) {
        options = options.concurrency(concurrency.get());
    }
    let patterns = args.patterns;
    let outcome = session.run(Style::of_process(args.output), args.yes, async |_, clients, assembly, shown| {
        let stacks = select(&assembly.stacks, &patterns)?;
        destroy(&stacks, clients, &options, shown).await.map_err(Failure::from)
    })?;
    match args.output {
        OutputFormat::Json => json(stdout, &outcome),
        // What has become of each stack was told as it happened.
        OutputFormat::Text => Ok(()),
    }
}
