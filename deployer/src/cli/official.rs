//! Arguments of the official CLI that have another name here, or none.

use clap::error::{ContextKind, ContextValue};

/// What to give in the place of an argument that is not known.
pub(super) fn hint(error: &clap::Error) -> Option<&'static str> {
    match (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue)) {
        (Some(ContextValue::String(argument)), None) => instead(argument),
        _ => None,
    }
}

fn instead(argument: &str) -> Option<&'static str> {
    Some(match argument.split_once('=').map_or(argument, |(name, _)| name) {
        "--parameters" => "give --parameter NAME=VALUE; those that are not given keep their values",
        "--previous-parameters" => "parameters that are not given keep their values without being told",
        "--tags" => "give --tag KEY=VALUE",
        "--notification-arns" => "give --notification-arn ARN",
        "--rollback-trigger-alarm-arns" => "give --rollback-alarm ARN",
        "--express" => "give --method express",
        "--no-execute" => "give --method prepare-change-set",
        "--change-set-name" => "a change set is named after what is in it; the same deploy again executes it",
        "--require-approval" => {
            "what replaces, removes or broadens is asked about; give --yes to approve it beforehand"
        }
        "--hotswap" | "--hotswap-fallback" => "give --method express, and belvedere watch for each change",
        "--watch" => "belvedere watch deploys after each change",
        "--ci" | "--progress" => "a pipe gets a line for each event, a terminal one view, a program --output json",
        "--toolkit-stack-name" | "--toolkit-bucket-name" => {
            "no bootstrap stack is needed; the assembly names its bucket"
        }
        "--build-exclude" | "--asset-parallelism" | "--asset-prebuild" => "assets are published in parallel, if absent",
        "--rollback" => "that is what is done without --no-rollback",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_official_cli_lead_to_ours() {
        let given = |argument: &'static str| {
            let command = clap::Command::new("deploy").arg(clap::arg!(--parameter <P>));
            hint(&command.try_get_matches_from(["deploy", argument]).expect_err("not known"))
        };
        assert_eq!(given("--no-execute"), Some("give --method prepare-change-set"));
        assert!(given("--parameters=A=1").is_some_and(|hint| hint.starts_with("give --parameter NAME=VALUE")));
        assert_eq!(given("--nonsense"), None);
    }
}
