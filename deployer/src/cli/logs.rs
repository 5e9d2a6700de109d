//! `belvedere logs`.

use std::io::Write;
use std::ops::ControlFlow;
use std::time::Duration;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::stacks::Stacks;
use crate::plain::plain;
use crate::{LogLine, LogsQuery, logs, select};

/// Show what functions and containers write, from all log groups of stacks
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,

    /// Go on until Ctrl-C
    #[arg(long, short)]
    follow: bool,

    /// Only lines of the last while, such as 30m, 2h or 1d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = humantime::parse_duration)]
    since: Duration,

    /// Only lines that this filter pattern of CloudWatch matches, such as ERROR
    #[arg(long, value_name = "PATTERN")]
    filter: Option<String>,

    /// Only lines of this construct and those below it, or this logical id; may be repeated
    #[arg(long, value_name = "PATH_OR_ID")]
    resource: Vec<String>,
}

pub(super) fn run(args: Args, stdout: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let (session, patterns, output) = args.stacks.open()?;
    let mut query = LogsQuery::new().since(args.since).follow(args.follow);
    query = args.filter.into_iter().fold(query, LogsQuery::filter);
    query = args.resource.into_iter().fold(query, LogsQuery::resource);
    let mut written = Ok(());
    session.run(Style::of_process(output), false, async |_, clients, assembly, shown| {
        let stacks = select(&assembly.stacks, &patterns)?;
        let take = |line: &LogLine| {
            let text = match output {
                OutputFormat::Json => serde_json::to_string(line).map_err(Failure::from),
                OutputFormat::Text => Ok(text(line)),
            };
            written = text.and_then(|text| Ok(writeln!(stdout, "{text}").and_then(|()| stdout.flush())?));
            // Nobody reads any more: there is nothing to go on for.
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        logs(&stacks, clients, &query, shown, take).await.map_err(Failure::from)
    })?;
    written
}

fn text(line: &LogLine) -> String {
    let name = line.path.as_ref().unwrap_or(&line.logical_id);
    format!("{}  {name}  {}  {}", line.time, line.stream, plain(&line.message))
}
