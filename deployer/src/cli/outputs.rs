//! `belvedere outputs`.

use std::io::Write;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::result::json;
use super::stacks::Stacks;
use crate::{outputs, select};

/// Tell the outputs of deployed stacks
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let (session, patterns, output) = args.stacks.open()?;
    let all = session.run(Style::of_process(output), false, async |_, clients, assembly, _| {
        outputs(&select(&assembly.stacks, &patterns)?, clients).await.map_err(Failure::from)
    })?;
    if output == OutputFormat::Json {
        return json(stdout, &all);
    }
    for stack in &all {
        for output in &stack.outputs {
            writeln!(stdout, "{}.{} = {}", stack.stack, output.name, output.value)?;
        }
    }
    Ok(())
}
