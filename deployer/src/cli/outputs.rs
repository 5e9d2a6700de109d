//! `belvedere outputs`.

use std::io::Write;

use super::connect::Aws;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::result::json;
use super::session::Session;
use super::source::Source;
use crate::{outputs, select};

/// Tell the outputs of deployed stacks
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    aws: Aws,

    /// Only stacks whose names match: ?, * and ** are as in `ls` [default: all]
    #[arg(value_name = "STACKS")]
    patterns: Vec<String>,

    /// How to tell it
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let session = Session::open(args.source, &args.aws)?;
    let patterns = args.patterns;
    let all = session.run(Style::of_process(args.output), false, async |_, clients, assembly, _| {
        outputs(&select(&assembly.stacks, &patterns)?, clients).await.map_err(Failure::from)
    })?;
    if args.output == OutputFormat::Json {
        return json(stdout, &all);
    }
    for stack in &all {
        for output in &stack.outputs {
            writeln!(stdout, "{}.{} = {}", stack.stack, output.name, output.value)?;
        }
    }
    Ok(())
}
