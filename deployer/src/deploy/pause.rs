//! Pausing what invokes the canaries of a stack, for as long as the stack is updated.
//!
//! A rule that is disabled has a tag, so that it can be told from one that somebody else has disabled. It is enabled again
//! whatever ends the deployment: at its end, when its future is dropped, and by the next deployment where the program was
//! killed.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use aws_sdk_eventbridge::types::Tag;
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use super::existing::{self, Existing};
use super::one::One;
use super::template::Template;
use crate::canary::{Trigger, TriggerKind, canaries, triggers};
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError};
use crate::described::rfc3339;

/// The tag of a rule that is paused; its value is the time.
const MARK: &str = "belvedere:paused";
/// For how long a program that is interrupted goes on to enable rules, and how long it waits before that: a call that was
/// on its way may still arrive.
const LIMIT: Duration = Duration::from_secs(20);
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// A rule of a stack.
#[derive(Clone, Debug)]
struct Rule {
    clients: Clients,
    stack: String,
    place: String,
    bus: Option<String>,
    name: String,
    arn: String,
}

/// The rules that are paused now.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses(Arc<Mutex<Vec<Rule>>>);

impl Pauses {
    fn list(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_stack(&self, stack: &str) -> Vec<Rule> {
        self.list().iter().filter(|rule| rule.stack == stack).cloned().collect()
    }

    /// Sees to it that no rule stays paused when the deployment is given up.
    pub(super) fn until_dropped(&self) -> Resuming {
        Resuming(self.clone())
    }
}

/// Enables what is still paused when it is dropped.
#[derive(Debug)]
pub(super) struct Resuming(Pauses);

impl Drop for Resuming {
    fn drop(&mut self) {
        let rules = mem::take(&mut *self.0.list());
        if rules.is_empty() {
            return;
        }
        // Whoever drops the future may never run another: this has a thread, a runtime and connections of its own.
        let work = thread::spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            let all = async {
                sleep(ON_ITS_WAY).await;
                for mut rule in rules {
                    rule.clients = rule.clients.reconnected();
                    // What cannot be enabled keeps its mark: the next deployment finds it.
                    let _ = rule.resume().await;
                }
            };
            let _ = runtime.block_on(async { timeout(LIMIT, all).await });
        });
        let _ = work.join();
    }
}

impl Rule {
    /// The rule that a trigger is; nothing where it is none, or the stack has none.
    async fn of(one: &One<'_>, stack: &Existing, trigger: &Trigger<'_>) -> Result<Option<Self>, AwsError> {
        if trigger.kind != TriggerKind::Rule {
            return Ok(None);
        }
        let Some(id) = existing::physical_id(one.clients, &stack.id, trigger.logical_id).await? else {
            return Ok(None);
        };
        let (bus, name) = match id.split_once('|') {
            Some((bus, name)) => (Some(bus.to_owned()), name.to_owned()),
            None => (None, id),
        };
        let clients = one.publisher.clone();
        let (region, identity) = (clients.region(), clients.identity());
        let path = bus.as_deref().map(|bus| format!("{bus}/")).unwrap_or_default();
        let arn = format!("arn:{}:events:{region}:{}:rule/{path}{name}", identity.partition, identity.account);
        let (stack, place) = (one.stack.display_name.clone(), trigger.place.to_owned());
        Ok(Some(Self { clients, stack, place, bus, name, arn }))
    }

    async fn is_enabled(&self) -> Result<bool, AwsError> {
        let request = self.clients.eventbridge.describe_rule().name(&self.name).set_event_bus_name(self.bus.clone());
        let answer = request.send().await.map_err(|error| AwsError::new("events:DescribeRule", &error))?;
        Ok(answer.state().is_some_and(|state| state.as_str() != "DISABLED"))
    }

    /// When it was paused; nothing where it is not.
    async fn paused(&self) -> Result<Option<String>, AwsError> {
        let answer = self.clients.eventbridge.list_tags_for_resource().resource_arn(&self.arn).send().await;
        let answer = answer.map_err(|error| AwsError::new("events:ListTagsForResource", &error))?;
        Ok(answer.tags().iter().find(|tag| tag.key() == MARK).map(|tag| tag.value().to_owned()))
    }

    /// Marks it first: one that is disabled and has no mark would stay so.
    async fn pause(&self) -> Result<(), AwsError> {
        let eventbridge = &self.clients.eventbridge;
        let tag = Tag::builder().key(MARK).value(rfc3339(&SystemTime::now().into())).build();
        let tag = tag.map_err(|error| AwsError {
            operation: "events:TagResource".into(),
            code: String::new(),
            message: error.to_string(),
        })?;
        let marked = eventbridge.tag_resource().resource_arn(&self.arn).tags(tag).send().await;
        marked.map_err(|error| AwsError::new("events:TagResource", &error))?;
        let disabled = eventbridge.disable_rule().name(&self.name).set_event_bus_name(self.bus.clone()).send().await;
        disabled.map_err(|error| AwsError::new("events:DisableRule", &error))?;
        Ok(())
    }

    /// Takes the mark away last. A rule that is gone needs none of it.
    async fn resume(&self) -> Result<(), AwsError> {
        let eventbridge = &self.clients.eventbridge;
        let present = |error: AwsError| if error.code == "ResourceNotFoundException" { Ok(()) } else { Err(error) };
        let enabled = eventbridge.enable_rule().name(&self.name).set_event_bus_name(self.bus.clone()).send().await;
        enabled.map(drop).map_err(|error| AwsError::new("events:EnableRule", &error)).or_else(present)?;
        let unmarked = eventbridge.untag_resource().resource_arn(&self.arn).tag_keys(MARK).send().await;
        unmarked.map(drop).map_err(|error| AwsError::new("events:UntagResource", &error)).or_else(present)
    }

    /// The command that enables it.
    fn command(&self) -> String {
        let bus = self.bus.as_deref().map(|bus| format!(" --event-bus-name {bus}")).unwrap_or_default();
        format!("aws events enable-rule --name {}{bus} --region {}", self.name, self.clients.region())
    }
}

/// The rules that the deployed template runs its canaries by. What is a canary may have been said since.
fn running<'t>(template: &'t Template, theirs: Option<&'t Value>) -> Vec<Trigger<'t>> {
    let mut functions = canaries(&template.value);
    functions.extend(theirs.map(canaries).unwrap_or_default());
    if functions.is_empty() {
        return Vec::new();
    }
    let triggers = triggers(theirs.unwrap_or(&template.value), &functions);
    triggers.into_iter().filter(|trigger| trigger.enabled).collect()
}

impl One<'_> {
    /// Enables what a run that was killed has left disabled.
    pub(super) async fn resume_left_over(&self, template: &Template, theirs: Option<&Value>, stack: Option<&Existing>) {
        let Some(stack) = stack else { return };
        for trigger in running(template, theirs) {
            let resumed = async {
                let Some(rule) = Rule::of(self, stack, &trigger).await? else { return Ok(None) };
                let paused = rule.paused().await?;
                if paused.is_some() {
                    rule.resume().await?;
                }
                Ok::<_, AwsError>(paused)
            };
            match resumed.await {
                Ok(None) => {}
                Ok(Some(since)) => self.note(format!(
                    "{} was paused at {since} by a deployment that was cut short; it runs again",
                    trigger.place
                )),
                // Who may not look has not paused it either.
                Err(error) if error.code.starts_with("AccessDenied") => {}
                Err(error) => self.note(format!("whether {} is still paused is not known: {error}", trigger.place)),
            }
        }
    }

    /// Disables what invokes the stack's canaries, where that is wanted.
    pub(super) async fn pause_canaries(
        &self,
        template: &Template,
        theirs: Option<&Value>,
        stack: Option<&Existing>,
    ) -> Result<(), DeployError> {
        let Some(stack) = stack.filter(|_| self.options.pause_canary) else { return Ok(()) };
        for trigger in running(template, theirs) {
            if trigger.kind == TriggerKind::Schedule {
                self.note(format!("{} is not paused: only rules of EventBridge can be", trigger.place));
            }
            let Some(rule) = Rule::of(self, stack, &trigger).await? else { continue };
            // One that somebody has disabled stays disabled.
            if rule.is_enabled().await? {
                // Known before it is done.
                self.pauses.list().push(rule.clone());
                rule.pause().await?;
                self.note(format!("{} is paused until the deployment ends", trigger.place));
            }
        }
        Ok(())
    }

    /// Enables again what was disabled for this deployment.
    pub(super) async fn resume_canaries(&self) -> Result<(), DeployError> {
        let mut failed = Vec::new();
        for rule in self.pauses.of_stack(&self.stack.display_name) {
            match rule.resume().await {
                Ok(()) => {
                    // Not before: what comes in between does not make it forgotten.
                    self.pauses.list().retain(|other| other.arn != rule.arn);
                    self.note(format!("{} runs again", rule.place));
                }
                Err(error) => failed.push((rule, error)),
            }
        }
        match failed.first() {
            None => Ok(()),
            Some((rule, error)) => {
                let text = format!("{} is still paused: {error}", rule.place);
                Err(self.failed(text, &format!("deploy again, or give `{}`", rule.command())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::template::Way;
    use super::*;

    fn template(metadata: &Value, state: &str) -> Template {
        let value = json!({"Resources": {
            "Canary": {"Type": "AWS::Lambda::Function", "Metadata": metadata},
            "Minutely": {"Type": "AWS::Events::Rule", "Properties": {
                "ScheduleExpression": "rate(1 minute)", "State": state,
                "Targets": [{"Id": "0", "Arn": {"Fn::GetAtt": ["Canary", "Arn"]}}],
            }},
        }});
        Template { value, way: Way::Body(String::new()), paths: BTreeMap::new() }
    }

    #[test]
    fn what_runs_is_what_the_deployed_template_says() {
        let ours = template(&json!({"belvedere:canary": true}), "ENABLED");
        let before = template(&json!({}), "ENABLED");
        assert_eq!(running(&ours, Some(&before.value)).len(), 1, "what is a canary was said since");
        assert_eq!(running(&before, Some(&ours.value)).len(), 1, "or is not any more");
        assert!(running(&before, Some(&before.value)).is_empty());
        let off = template(&json!({}), "DISABLED");
        assert!(running(&ours, Some(&off.value)).is_empty(), "it does not run");
    }
}
