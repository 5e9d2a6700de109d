//! What `belvedere deploy` and `watch` take for CloudFormation besides a template.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::failure::Failure;
use crate::{DeployOptions, Settings};

/// What clears the rollback alarms.
const NONE: &str = "none";

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Stacks")]
pub(super) struct StackArguments {
    /// Leave the stacks alone that the chosen ones depend on
    #[arg(long, short)]
    exclusively: bool,

    /// File of the stack policy, as JSON: what updates may do to which resources
    #[arg(long, value_name = "FILE")]
    stack_policy: Option<PathBuf>,

    /// File of a policy that counts while this update lasts; not by a change set
    #[arg(long, value_name = "FILE")]
    stack_policy_during_update: Option<PathBuf>,

    /// Whether a stack can be deleted only after this is taken back [default: the app's]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    termination_protection: Option<bool>,

    /// SNS topic that is told of events, besides the app's; may be repeated
    #[arg(long, value_name = "ARN")]
    notification_arn: Vec<String>,

    /// CloudWatch alarm that rolls a change back, or none; may be repeated
    #[arg(long, value_name = "ARN")]
    rollback_alarm: Vec<String>,

    /// For how long alarms are watched after a change, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    monitoring_time: Option<Duration>,

    /// Take resources in that are there already under the names that templates give
    #[arg(long)]
    import_existing_resources: bool,

    /// Bring resources back that have drifted from their templates
    #[arg(long)]
    revert_drift: bool,
}

impl StackArguments {
    /// Adds these to the options, and what the settings say where they say nothing.
    pub(super) fn apply(&self, options: DeployOptions, settings: &Settings) -> Result<DeployOptions, Failure> {
        let settings = &settings.deploy;
        let mut options = options
            .exclusively(self.exclusively)
            .import_existing_resources(self.import_existing_resources)
            .revert_drift(self.revert_drift);
        if let Some(path) = self.stack_policy.as_ref().or(settings.stack_policy.as_ref()) {
            options = options.stack_policy(text(path)?);
        }
        if let Some(path) = &self.stack_policy_during_update {
            options = options.stack_policy_during_update(text(path)?);
        }
        if let Some(protected) = self.termination_protection.or(settings.termination_protection) {
            options = options.termination_protection(protected);
        }
        for arn in settings.notification_arns.iter().chain(&self.notification_arn) {
            options = options.notification_arn(arn);
        }
        let given = Some(&self.rollback_alarm).filter(|alarms| !alarms.is_empty());
        if let Some(alarms) = given.or(settings.rollback_alarms.as_ref()) {
            options = options.rollback_alarms(alarms.iter().filter(|alarm| *alarm != NONE));
        }
        if let Some(time) = self.monitoring_time.or(settings.monitoring_time) {
            options = options.monitoring_time(time);
        }
        Ok(options)
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::PolicyFile { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        stack: StackArguments,
    }

    fn options(arguments: &[&str], settings: &Settings) -> DeployOptions {
        let command = Command::try_parse_from([&["deploy"], arguments].concat()).expect("right");
        command.stack.apply(DeployOptions::new(), settings).expect("right")
    }

    #[test]
    fn an_argument_counts_over_the_settings() {
        let mut settings = Settings::default();
        settings.deploy.termination_protection = Some(true);
        settings.deploy.rollback_alarms = Some(vec!["a".into()]);
        settings.deploy.notification_arns = vec!["t".into()];
        let expected = DeployOptions::new().termination_protection(true).rollback_alarms(["a"]).notification_arn("t");
        assert_eq!(options(&[], &settings), expected);
        let arguments = ["--termination-protection=false", "--rollback-alarm", "none", "--notification-arn", "u", "-e"];
        let expected = DeployOptions::new()
            .exclusively(true)
            .termination_protection(false)
            .rollback_alarms(Vec::<String>::new())
            .notification_arn("t")
            .notification_arn("u");
        assert_eq!(options(&arguments, &settings), expected);
        let protected = DeployOptions::new().termination_protection(true);
        assert_eq!(options(&["--termination-protection"], &Settings::default()), protected);
    }
}
