//! `belvedere status`.

use std::io::Write;

use super::failure::Failure;
use super::output_format::OutputFormat;
use super::report::Style;
use super::result::json;
use super::stacks::Stacks;
use crate::{DeployedStatus, StackStatus, select, status};

/// Tell how stacks are, and what to do about those that are not well
#[derive(Debug, clap::Args)]
#[command(next_line_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: Stacks,
}

pub(super) fn run(args: Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let (session, patterns, output) = args.stacks.open()?;
    let all = session.run(Style::of_process(output), false, async |_, clients, assembly, _| {
        status(&select(&assembly.stacks, &patterns)?, clients).await.map_err(Failure::from)
    })?;
    match output {
        OutputFormat::Json => json(stdout, &all),
        OutputFormat::Text => {
            for status in &all {
                stdout.write_all(text(status).as_bytes())?;
            }
            Ok(())
        }
    }
}

fn text(status: &StackStatus) -> String {
    let name = match &status.stack_name {
        name if *name == status.stack => String::new(),
        name => format!(" ({name})"),
    };
    let heading = format!("{}{name} in {}: ", status.stack, status.region);
    match &status.deployed {
        None => format!("{heading}not deployed\n"),
        Some(deployed) => heading + &deployed_text(deployed),
    }
}

fn deployed_text(status: &DeployedStatus) -> String {
    let mut text = format!("{}, {}\n", status.state, status.state.means());
    let mut line = |name: &str, value: &str| text += &format!("  {name:10}  {value}\n");
    if let Some(reason) = &status.reason {
        line("reason", reason);
    }
    if let Some(next) = status.state.next_step() {
        line("next", next);
    }
    match (&status.updated, &status.created) {
        (Some(time), _) => line("updated", time),
        (None, Some(time)) => line("created", time),
        (None, None) => {}
    }
    let drift = match status.drift.as_str() {
        "IN_SYNC" => "none was found".to_owned(),
        "DRIFTED" => "something was changed outside CloudFormation; `belvedere drift` tells what".to_owned(),
        "NOT_CHECKED" => "not looked for yet; `belvedere drift` does".to_owned(),
        other => other.to_owned(),
    };
    let checked = status.drift_checked.as_ref().map(|time| format!(" ({time})")).unwrap_or_default();
    line("drift", &format!("{drift}{checked}"));
    line("protection", if status.termination_protection { "against termination" } else { "none" });
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StackState;

    fn status(state: StackState) -> StackStatus {
        let deployed = DeployedStatus {
            stack_id: "arn".into(),
            state,
            reason: None,
            created: Some("2026-03-01T12:00:00Z".into()),
            updated: None,
            drift: "NOT_CHECKED".into(),
            drift_checked: None,
            termination_protection: true,
        };
        let region = "eu-west-1".into();
        StackStatus { stack: "App".into(), stack_name: "obs-app".into(), region, deployed: Some(deployed) }
    }

    #[test]
    fn a_stack_that_is_well_needs_nothing() {
        let expected = "\
App (obs-app) in eu-west-1: CREATE_COMPLETE, the stack was created
  created     2026-03-01T12:00:00Z
  drift       not looked for yet; `belvedere drift` does
  protection  against termination
";
        assert_eq!(text(&status(StackState::CreateComplete)), expected);
    }

    #[test]
    fn each_state_that_is_not_well_says_what_is_next() {
        for state in StackState::ALL {
            let text = text(&status(state.clone()));
            assert!(text.starts_with(&format!("App (obs-app) in eu-west-1: {state}, {}\n", state.means())), "{text}");
            assert_eq!(text.contains("\n  next        "), !state.ended_well(), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_to_be_so() {
        let status = StackStatus { deployed: None, ..status(StackState::CreateComplete) };
        assert_eq!(text(&status), "App (obs-app) in eu-west-1: not deployed\n");
    }
}
