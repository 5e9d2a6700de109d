//! `belvedere events`.

use std::io::Write;
use std::time::Duration;

use super::connect::Aws;
use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::{Style, resource};
use super::session::Session;
use super::source::Source;
use crate::{EventsQuery, ResourceEvent, events, select};

/// Tell what CloudFormation has noted about a stack, the oldest first
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    aws: Aws,

    /// The stack
    #[arg(value_name = "STACK")]
    stack: String,

    /// Only events of the last while, such as 30m, 2h or 1d
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    since: Option<Duration>,

    /// Only failures, without what was cancelled because of them
    #[arg(long)]
    failed: bool,

    /// Go on until the operation that is under way is over
    #[arg(long, short)]
    follow: bool,

    /// How to tell it; as JSON, an object a line
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

pub(super) fn run(args: Args, stdout: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let session = Session::open(args.source, &args.aws)?;
    let mut query = EventsQuery::new().failed(args.failed).follow(args.follow);
    if let Some(since) = args.since {
        query = query.since(since);
    }
    let pattern = [args.stack];
    let mut written = Ok(());
    session.run(Style::of_process(args.output), false, async |_, clients, assembly, _| {
        let stacks = select(&assembly.stacks, &pattern)?;
        let [stack] = stacks.as_slice() else {
            let names = stacks.iter().map(|stack| stack.display_name.clone()).collect();
            return Err(Failure::OneStack { names });
        };
        let take = |event: &ResourceEvent| {
            let line = match args.output {
                OutputFormat::Json => serde_json::to_string(event).map_err(Failure::from),
                OutputFormat::Text => Ok(format!("{}  {}", event.time, resource(event))),
            };
            let line = line.and_then(|line| Ok(writeln!(stdout, "{line}").and_then(|()| stdout.flush())?));
            if written.is_ok() {
                written = line;
            }
        };
        events(stack, clients, &query, take).await.map_err(Failure::from)
    })?;
    written
}
