//! `belvedere rollback`.

use std::io::Write;
use std::num::NonZeroUsize;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::result::json;
use super::stacks::Stacks;
use crate::{RollbackOptions, rollback, select};

/// Bring stacks that have failed back to how they were
///
/// A stack that was left as it failed (CREATE_FAILED, UPDATE_FAILED) is rolled back; one whose
/// roll back has failed (UPDATE_ROLLBACK_FAILED) goes on with it. Others stay as they are.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true, verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,

    /// Leave a resource as it is that cannot be rolled back; may be repeated
    #[arg(long, value_name = "LOGICAL_ID_OR_CONSTRUCT_PATH")]
    skip: Vec<String>,

    /// Leave all resources as they are that cannot be rolled back
    #[arg(long, short)]
    force: bool,

    /// Approve everything beforehand
    #[arg(long, short)]
    yes: bool,

    /// How many stacks at a time [default: the settings', or 4]
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroUsize>,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let (session, patterns, output) = args.stacks.open()?;
    let mut options = RollbackOptions::new().yes(args.yes).force(args.force);
    if let Some(concurrency) = args.concurrency.or(session.settings.concurrency) {
        options = options.concurrency(concurrency.get());
    }
    for resource in args.skip {
        options = options.skip(resource);
    }
    let outcome = session.run(Style::of_process(output), args.yes, async |_, clients, assembly, shown| {
        let stacks = select(&assembly.stacks, &patterns)?;
        rollback(&stacks, clients, &options, shown).await.map_err(Failure::from)
    })?;
    match output {
        OutputFormat::Json => json(stdout, &outcome),
        // What has become of each stack was told as it happened.
        OutputFormat::Text => Ok(()),
    }
}
