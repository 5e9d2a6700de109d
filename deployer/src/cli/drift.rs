//! `belvedere drift`.

use std::io::Write;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::result::json;
use super::stacks::Stacks;
use crate::{StackDrift, drift, select};

/// Tell what was changed outside CloudFormation
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,

    /// Exit with 4 where something was changed
    #[arg(long)]
    fail: bool,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let (session, patterns, output) = args.stacks.open()?;
    let all = session.run(Style::of_process(output), false, async |_, clients, assembly, shown| {
        let mut all = Vec::new();
        for stack in select(&assembly.stacks, &patterns)? {
            all.push(drift(stack, clients, shown).await?);
        }
        Ok::<_, Failure>(all)
    })?;
    match output {
        OutputFormat::Json => json(stdout, &all)?,
        OutputFormat::Text => {
            for drift in &all {
                stdout.write_all(text(drift).as_bytes())?;
            }
        }
    }
    if args.fail && all.iter().any(|drift| drift.drifted) { Err(Failure::Differences) } else { Ok(()) }
}

fn text(drift: &StackDrift) -> String {
    let mut text = format!("{}: {}, {} as they should be\n", drift.stack, heading(drift), drift.in_sync);
    for resource in &drift.resources {
        let what = if resource.deleted { "deleted" } else { "changed" };
        text += &format!("  {what} {} ({})\n", resource.name(), resource.resource_type);
        for difference in &resource.differences {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
            text += &format!("    {}\n", difference.property);
            text += &format!("      expected {}\n", value(&difference.expected));
            text += &format!("      actual   {}\n", value(&difference.actual));
        }
    }
    for (name, reason) in &drift.unknown {
        text += &format!("  unknown {name}: {reason}\n");
    }
    text
}

fn heading(drift: &StackDrift) -> String {
    match drift.resources.len() {
        0 if drift.drifted => "something has drifted".into(),
        0 => "no drift".into(),
        1 => "1 resource has drifted".into(),
        count => format!("{count} resources have drifted"),
    }
}
