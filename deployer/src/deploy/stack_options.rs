//! What CloudFormation is told about a stack besides its template.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_cloudformation::types::{RollbackConfiguration, RollbackTrigger};

use super::DeployOptions;

/// What CloudFormation is told about a stack besides its template. What is not given stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StackOptions {
    pub(crate) exclusively: bool,
    pub(crate) stack_policy: Option<String>,
    pub(crate) stack_policy_during_update: Option<String>,
    pub(crate) termination_protection: Option<bool>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) rollback_alarms: Option<BTreeSet<String>>,
    pub(crate) monitoring_time: Option<Duration>,
    pub(crate) import_existing_resources: bool,
    pub(crate) revert_drift: bool,
}

impl DeployOptions {
    /// Leaves the stacks alone that the chosen ones depend on. By default they are deployed as well.
    pub fn exclusively(mut self, exclusively: bool) -> Self {
        self.stack.exclusively = exclusively;
        self
    }

    /// The [stack policy](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html),
    /// as JSON: what later updates may do to which resources. It counts for this update already. Each stack keeps its own
    /// by default.
    pub fn stack_policy(mut self, json: impl Into<String>) -> Self {
        self.stack.stack_policy = Some(json.into());
        self
    }

    /// A stack policy that counts in the place of the stack's own while this update lasts, as JSON; only where no change
    /// set is made. None by default.
    pub fn stack_policy_during_update(mut self, json: impl Into<String>) -> Self {
        self.stack.stack_policy_during_update = Some(json.into());
        self
    }

    /// Whether the stacks can be deleted only after this is taken back. As the assembly says by default.
    pub fn termination_protection(mut self, protected: bool) -> Self {
        self.stack.termination_protection = Some(protected);
        self
    }

    /// An SNS topic that is told of the stacks' events, besides those of the assembly. May be called again for others, up
    /// to five in all.
    pub fn notification_arn(mut self, arn: impl Into<String>) -> Self {
        self.stack.notification_arns.push(arn.into());
        self
    }

    /// The CloudWatch alarms that roll a change back, by their ARNs, at most five; with none, the stacks lose those that
    /// they have. They keep them by default.
    pub fn rollback_alarms(mut self, arns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.stack.rollback_alarms = Some(arns.into_iter().map(Into::into).collect());
        self
    }

    /// For how long the alarms are watched after a change: whole minutes, at most 180. None by default.
    pub fn monitoring_time(mut self, time: Duration) -> Self {
        self.stack.monitoring_time = Some(time);
        self
    }

    /// Takes resources into the stack that are there already under the names that the template gives them; by a change
    /// set only. By default it fails where one is.
    pub fn import_existing_resources(mut self, import: bool) -> Self {
        self.stack.import_existing_resources = import;
        self
    }

    /// Brings resources back that have drifted from the template; by a change set only. By default they stay as they are.
    pub fn revert_drift(mut self, revert: bool) -> Self {
        self.stack.revert_drift = revert;
        self
    }
}

impl StackOptions {
    pub(crate) fn monitoring_minutes(&self) -> i32 {
        i32::try_from(self.monitoring_time.unwrap_or_default().as_secs() / 60).unwrap_or(i32::MAX)
    }

    /// What rolls a change back; nothing where the stack keeps what it has.
    pub(crate) fn rollback_configuration(&self) -> Option<RollbackConfiguration> {
        let alarms = self.rollback_alarms.as_ref()?;
        let trigger = |arn: &String| RollbackTrigger::builder().arn(arn).r#type("AWS::CloudWatch::Alarm").build();
        let triggers = alarms.iter().map(trigger).collect();
        let configuration = RollbackConfiguration::builder().set_rollback_triggers(Some(triggers));
        Some(configuration.monitoring_time_in_minutes(self.monitoring_minutes()).build())
    }

    /// What makes a request with these options another one.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let mut told = Vec::new();
        let mut tell = |key: &str, value: String| told.push((key.to_owned(), value));
        if let Some(policy) = &self.stack_policy_during_update {
            tell("stack policy during update", policy.clone());
        }
        if let Some(alarms) = &self.rollback_alarms {
            tell("rollback alarms", alarms.iter().map(|arn| format!("{arn}\n")).collect());
            tell("monitoring time", self.monitoring_minutes().to_string());
        }
        for (key, set) in
            [("import existing resources", self.import_existing_resources), ("revert drift", self.revert_drift)]
        {
            if set {
                tell(key, String::new());
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays() {
        let options = DeployOptions::new().stack;
        assert_eq!(options.rollback_configuration(), None);
        assert!(options.told().is_empty());
        let none = DeployOptions::new().rollback_alarms(Vec::<String>::new()).stack;
        let configuration = none.rollback_configuration().expect("given");
        assert_eq!(configuration.rollback_triggers.as_deref(), Some(&[][..]), "takes them back");
    }

    #[test]
    fn each_option_tells_a_request_apart() {
        let none = DeployOptions::new;
        let all = [
            none(),
            none().rollback_alarms(["a"]),
            none().rollback_alarms(["a", "b"]),
            none().rollback_alarms(["a"]).monitoring_time(Duration::from_secs(300)),
            none().import_existing_resources(true),
            none().revert_drift(true),
            none().stack_policy_during_update("{}"),
        ];
        let told: BTreeSet<_> = all.iter().map(|options| options.stack.told()).collect();
        assert_eq!(told.len(), all.len());
    }
}
