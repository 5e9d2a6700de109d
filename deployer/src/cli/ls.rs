//! `belvedere ls`.

use std::io::Write;
use std::path::Path;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::source::Source;
use crate::{Settings, listing, select};

/// List the stacks of the app, each after those that it depends on
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// Only stacks whose names match: ? is one character, * any up to a slash, ** any parts
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,

    /// Tell the environment, the resources, the outputs and the dependencies of each stack
    #[arg(long, short)]
    long: bool,

    /// How to tell it
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let assembly = args.source.assembly(&Settings::read(Path::new(""))?, None)?;
    let stacks = select(&assembly.stacks, &args.patterns)?;
    match (args.output, args.long) {
        (OutputFormat::Json, true) => {
            serde_json::to_writer_pretty(&mut *stdout, &stacks)?;
            writeln!(stdout)?;
        }
        (OutputFormat::Json, false) => {
            let names: Vec<&str> = stacks.iter().map(|stack| stack.display_name.as_str()).collect();
            serde_json::to_writer_pretty(&mut *stdout, &names)?;
            writeln!(stdout)?;
        }
        (OutputFormat::Text, true) => stdout.write_all(listing(&stacks).as_bytes())?,
        (OutputFormat::Text, false) => {
            for stack in stacks {
                writeln!(stdout, "{}", stack.display_name)?;
            }
        }
    }
    Ok(())
}
