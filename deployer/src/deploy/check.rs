//! What is wrong with the options, before anything is touched.

use std::time::Duration;

use serde_json::Value;

use super::{DeployOptions, Method};
use crate::deploy_error::{DeployError, Failure};
use crate::stack::Stack;

/// The limits of CloudFormation.
const POLICY_BYTES: usize = 16_384;
const TOPICS: usize = 5;
const ALARMS: usize = 5;
const TAGS: usize = 50;
const MINUTES: u64 = 180;

impl DeployOptions {
    /// Sees that the options can be used, which [`deploy()`](super::deploy()) does before anything else, too.
    ///
    /// # Errors
    /// Some cannot; all of them are told.
    pub fn check(&self) -> Result<(), DeployError> {
        let problems = self.problems();
        if problems.is_empty() { Ok(()) } else { Err(DeployError::Options { problems }) }
    }

    fn problems(&self) -> Vec<String> {
        let stack = &self.stack;
        let mut problems = Vec::new();
        for (name, policy) in
            [("stack policy", &stack.stack_policy), ("stack policy during update", &stack.stack_policy_during_update)]
        {
            problems.extend(policy.as_ref().and_then(|json| policy_problem(name, json)));
        }
        let by_change_set = matches!(self.method, Method::ChangeSet | Method::PrepareChangeSet);
        if by_change_set && stack.stack_policy_during_update.is_some() {
            problems.push("a stack policy during update needs the method direct or express".into());
        }
        for (name, set) in
            [("importing existing resources", stack.import_existing_resources), ("reverting drift", stack.revert_drift)]
        {
            if set && !by_change_set {
                problems.push(format!("{name} needs a change set, and the method {} makes none", self.method.as_str()));
            }
        }
        for arn in &stack.notification_arns {
            if !is_arn(arn, "sns", 1) {
                problems.push(format!("a notification ARN must be arn:aws:sns:REGION:ACCOUNT:TOPIC, got {arn:?}"));
            }
        }
        let alarms = stack.rollback_alarms.iter().flatten();
        for arn in alarms.clone() {
            if !(is_arn(arn, "cloudwatch", 2) && arn.split(':').nth(5) == Some("alarm")) {
                let form = "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME";
                problems.push(format!("a rollback alarm must be {form}, got {arn:?}"));
            }
        }
        if alarms.clone().count() > ALARMS {
            problems.push(format!("at most {ALARMS} rollback alarms can be given, got {}", alarms.count()));
        }
        problems.extend(stack.monitoring_time.and_then(|time| time_problem(time, stack.rollback_alarms.is_some())));
        problems.extend(self.tags.iter().filter_map(|(key, value)| tag_problem(key, value)));
        problems
    }

    /// What is wrong only together with what the assembly says of the stacks.
    pub(super) fn check_with(&self, stacks: &[&Stack]) -> Result<(), DeployError> {
        let mut failures = Vec::new();
        for stack in stacks {
            let topics = self.topics_of(stack).len();
            let tags = stack.tags.keys().chain(self.tags.keys().filter(|key| !stack.tags.contains_key(*key))).count();
            for (what, limit, count) in [("SNS topics", TOPICS, topics), ("tags", TAGS, tags)] {
                if count > limit {
                    let text =
                        format!("a stack can have at most {limit} {what}, got {count} with those of the options");
                    failures.push(Failure { stack: stack.display_name.clone(), text, hint: None });
                }
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(DeployError::Failed { failures }) }
    }

    /// The topics that are told of the events of `stack`, each once.
    pub(super) fn topics_of(&self, stack: &Stack) -> Vec<String> {
        let mut topics = stack.notification_arns.clone();
        for arn in &self.stack.notification_arns {
            if !topics.contains(arn) {
                topics.push(arn.clone());
            }
        }
        topics
    }
}

fn policy_problem(name: &str, json: &str) -> Option<String> {
    if json.len() > POLICY_BYTES {
        return Some(format!("a {name} may have {POLICY_BYTES} bytes, got {}", json.len()));
    }
    match serde_json::from_str::<Value>(json) {
        Err(error) => Some(format!("the {name} is not JSON: {error}")),
        Ok(policy) if policy["Statement"].is_array() || policy["Statement"].is_object() => None,
        Ok(_) => Some(format!("the {name} has no Statement")),
    }
}

fn time_problem(time: Duration, has_alarms: bool) -> Option<String> {
    let minutes = time.as_secs() / 60;
    if !has_alarms {
        Some("a monitoring time needs rollback alarms to watch".into())
    } else if Duration::from_secs(minutes * 60) != time || minutes > MINUTES {
        Some(format!("the monitoring time must be 0 to {MINUTES} whole minutes, got {time:?}"))
    } else {
        None
    }
}

fn tag_problem(key: &str, value: &str) -> Option<String> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        Some(format!("a tag must not begin with aws:, got {key:?}"))
    } else if key.chars().count() > 128 || value.chars().count() > 256 {
        Some(format!("a tag may have a key of 128 characters and a value of 256, got more for {key:?}"))
    } else {
        None
    }
}

/// Whether it is an ARN of the service, in a region and an account, with so many parts after the account.
fn is_arn(arn: &str, service: &str, parts: usize) -> bool {
    let all: Vec<&str> = arn.split(':').collect();
    all.len() >= 5 + parts
        && (all.len() == 5 + parts || parts > 1)
        && all[0] == "arn"
        && all[1].starts_with("aws")
        && all[2] == service
        && !all[3].is_empty()
        && all[4].len() == 12
        && all[4].bytes().all(|byte| byte.is_ascii_digit())
        && all[5..].iter().all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:events";
    const ALARM: &str = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors";

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let options = DeployOptions::new()
            .method(Method::Direct)
            .stack_policy("{")
            .stack_policy_during_update("[]")
            .notification_arn("events")
            .rollback_alarms([TOPIC])
            .monitoring_time(Duration::from_secs(90))
            .import_existing_resources(true)
            .revert_drift(true)
            .tag("aws:owner", "ana");
        let expected = [
            "the stack policy is not JSON: EOF while parsing an object at line 1 column 1".to_owned(),
            "the stack policy during update has no Statement".into(),
            "importing existing resources needs a change set, and the method direct makes none".into(),
            "reverting drift needs a change set, and the method direct makes none".into(),
            "a notification ARN must be arn:aws:sns:REGION:ACCOUNT:TOPIC, got \"events\"".into(),
            format!("a rollback alarm must be arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME, got {TOPIC:?}"),
            "the monitoring time must be 0 to 180 whole minutes, got 90s".into(),
            "a tag must not begin with aws:, got \"aws:owner\"".into(),
        ];
        assert_eq!(options.problems(), expected);
    }

    #[test]
    fn what_is_right_passes() {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let right = DeployOptions::new()
            .stack_policy(r#"{"Statement": []}"#)
            .notification_arn(TOPIC)
            .rollback_alarms([ALARM, &format!("{ALARM}:with a colon")])
            .import_existing_resources(true)
            .revert_drift(true);
        assert_eq!(right.clone().monitoring_time(minutes(180)).problems(), Vec::<String>::new());
        assert_eq!(right.monitoring_time(minutes(181)).problems().len(), 1);
        let alone = DeployOptions::new().monitoring_time(minutes(5));
        assert_eq!(alone.problems(), ["a monitoring time needs rollback alarms to watch"]);
        let during = DeployOptions::new().stack_policy_during_update(r#"{"Statement": {}}"#);
        assert_eq!(during.problems(), ["a stack policy during update needs the method direct or express"]);
        let six = DeployOptions::new().rollback_alarms((0..6).map(|index| format!("{ALARM}{index}")));
        assert_eq!(six.problems(), ["at most 5 rollback alarms can be given, got 6"]);
    }
}
