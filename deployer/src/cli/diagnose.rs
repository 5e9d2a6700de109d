//! `belvedere diagnose`.

use std::io::Write;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::{Style, resource};
use super::result::json;
use super::stacks::Stacks;
use crate::{Diagnosis, diagnose, select};

/// Tell why stacks failed, what of them does not serve, and what to do
///
/// Exits with 4 where a stack is not well.
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let (session, patterns, output) = args.stacks.open()?;
    let all = session.run(Style::of_process(output), false, async |_, clients, assembly, _| {
        diagnose(&select(&assembly.stacks, &patterns)?, clients).await.map_err(Failure::from)
    })?;
    match output {
        OutputFormat::Json => json(stdout, &all)?,
        OutputFormat::Text => {
            for diagnosis in &all {
                stdout.write_all(text(diagnosis).as_bytes())?;
            }
        }
    }
    match all.iter().filter(|diagnosis| !diagnosis.well).count() {
        0 => Ok(()),
        count => Err(Failure::Unwell { count }),
    }
}

fn text(diagnosis: &Diagnosis) -> String {
    let name = match &diagnosis.stack_name {
        name if *name == diagnosis.stack => String::new(),
        name => format!(" ({name})"),
    };
    let state = diagnosis.state.as_ref().map(|state| format!("{state}, ")).unwrap_or_default();
    let mut text = format!("{}{name} in {}: {state}{}\n", diagnosis.stack, diagnosis.region, diagnosis.means);
    if diagnosis.well && diagnosis.state.as_ref().is_some_and(|state| state.is_complete()) {
        text += "  it is well, and what it has serves\n";
    }
    if let Some(reason) = diagnosis.reason.as_ref().filter(|_| !diagnosis.well) {
        text += &format!("  reason: {}\n", reason.replace('\n', " "));
    }
    if let Some(failed) = &diagnosis.failed {
        let began = failed.began.as_ref().map(|time| format!(" of {time}")).unwrap_or_default();
        text += &format!("  what failed{began}, the first cause first:\n");
        for cause in &failed.causes {
            text += &format!("    {}\n", resource(&cause.event));
            text += &more(&cause.details, cause.advice.as_deref());
        }
        if failed.causes.is_empty() {
            text += "    CloudFormation has no events of it any more\n";
        }
        if !failed.cancelled.is_empty() {
            text += &format!("  cancelled because of that: {}\n", failed.cancelled.join(", "));
        }
    }
    for finding in &diagnosis.findings {
        let name = finding.path.as_ref().unwrap_or(&finding.logical_id);
        text += &format!("  {name} ({}) does not serve: {}\n", finding.resource_type, finding.text);
        text += &more(&finding.details, finding.advice.as_deref());
    }
    if let Some(next) = &diagnosis.next {
        text += &format!("  next: {next}\n");
    }
    text
}

fn more(details: &[String], advice: Option<&str>) -> String {
    let details = details.iter().map(|line| format!("      {line}\n"));
    details.chain(advice.map(|advice| format!("      what to do: {advice}\n"))).collect()
}
