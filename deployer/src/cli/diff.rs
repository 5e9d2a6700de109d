//! `belvedere diff`.

use std::io::{self, IsTerminal as _, Write};

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::parameter::assign;
use super::parameters::Parameters;
use super::report::Style;
use super::result::json;
use super::stacks::Stacks;
use crate::grafana::contents;
use crate::{DiffOptions, Event, FailOn, Report, Stack, diff, select};

/// Tell what a deployment would change: what is replaced, what is lost, who may do more
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,

    /// Ask CloudFormation, too, by a change set that is deleted again at once
    #[arg(long)]
    change_set: bool,

    #[command(flatten)]
    parameters: Parameters,

    /// Exit with 4 on: replace, broaden, destroy, any; may be repeated
    #[arg(long, value_name = "CHANGE", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
}

/// What is in a Grafana is not looked at here: that takes a login, and in a workspace a token.
fn tell_of_grafana(stacks: &[&Stack], report: &mut impl Report) -> Result<(), Failure> {
    for stack in stacks {
        if !contents(stack)?.is_empty() {
            let name = &stack.display_name;
            let text = format!("what changes in its Grafana is told by `belvedere grafana plan {name}`");
            report.event(&Event::Note { stack: Some(name.clone()), text });
        }
    }
    Ok(())
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let parameters = args.parameters.read()?;
    let (mut session, patterns, output) = args.stacks.open()?;
    let mut options = DiffOptions::new().change_set(args.change_set);
    for (key, value) in session.settings.tags.clone() {
        options = options.tag(key, value);
    }
    for (name, value) in assign(parameters, &mut session.assembly.stacks)? {
        options = options.parameter(name, value);
    }
    let all = session.run(Style::of_process(output), false, async |_, clients, assembly, shown| {
        let stacks = select(&assembly.stacks, &patterns)?;
        let all = diff(&stacks, clients, &options).await?;
        tell_of_grafana(&stacks, shown)?;
        Ok::<_, Failure>(all)
    })?;
    match output {
        OutputFormat::Json => json(stdout, &all)?,
        OutputFormat::Text => {
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let is_coloured = io::stdout().is_terminal() && !plain;
            for stack in &all {
                stdout.write_all(stack.render(is_coloured).as_bytes())?;
            }
        }
    }
    if all.iter().any(|stack| stack.violates(&args.fail_on)) { Err(Failure::Differences) } else { Ok(()) }
}
