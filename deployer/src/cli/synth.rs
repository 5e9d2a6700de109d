//! `belvedere synth`.

use std::io::Write;
use std::path::Path;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::source::Source;
use crate::{Level, Settings, summary};

/// Run the app, and tell what it has written
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// How to tell it
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let assembly = args.source.assembly(&Settings::read(Path::new(""))?, None)?;
    match args.output {
        OutputFormat::Text => stdout.write_all(summary(&assembly).as_bytes())?,
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut *stdout, &assembly)?;
            writeln!(stdout)?;
        }
    }
    match assembly.messages().filter(|message| message.level == Level::Error).count() {
        0 => Ok(()),
        count => Err(Failure::Reported { count }),
    }
}
