//! Deploying one stack: from whatever state it is in to what its template says.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

use super::change_set::Target;
use super::existing::{self, Existing};
use super::follow::Follower;
use super::pause::Pauses;
use super::seen::Seen;
use super::template::Template;
use super::{DeployOptions, Method, StackOutcome, serving};
use crate::assets::{Placeholders, publish};
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::explain::Early;
use crate::report::{Event, Events, Operation, StackResult};
use crate::resource_event::ResourceEvent;
use crate::stack::Stack;
use crate::stack_state::StackState;

/// One stack that is being deployed.
pub(super) struct One<'a> {
    pub(super) stack: &'a Stack,
    pub(super) clients: &'a Clients,
    /// Those of whoever deploys, for assets have roles of their own.
    pub(super) publisher: &'a Clients,
    pub(super) options: &'a DeployOptions,
    pub(super) events: &'a Events,
    pub(super) placeholders: Placeholders,
    pub(super) pauses: Pauses,
}

impl One<'_> {
    /// Brings the stack to what its template says, and tells of it.
    pub(super) async fn deploy(&self, seen: Seen) -> Result<StackOutcome, DeployError> {
        let begin = Instant::now();
        let result = self.run(seen).await;
        let resumed = self.resume_canaries().await;
        let result = result.and_then(|done| resumed.map(|()| done));
        let elapsed = begin.elapsed();
        let stack = self.stack.display_name.clone();
        let done = result.as_ref().map_or(StackResult::Failed, |(changed, _)| changed.result());
        self.events.send(Event::StackDone { stack: stack.clone(), result: done, elapsed });
        let (changed, existing) = result?;
        let result = changed.result();
        let change_set_id = if let Changed::Prepared(id) = changed { Some(id) } else { None };
        let (stack_id, outputs) = existing.map_or((None, BTreeMap::new()), |stack| (Some(stack.id), stack.outputs));
        let names = (stack, self.stack.stack_name.clone());
        Ok(StackOutcome { change_set_id, outputs, ..StackOutcome::new(names, stack_id, result, elapsed) })
    }

    /// Looks at the stack, and refuses what must end badly, before anything is touched.
    pub(super) async fn see(&self) -> Result<Seen, DeployError> {
        let at = Instant::now();
        let template = Template::read(self.stack, &self.placeholders)?;
        let existing = self.describe().await?;
        let theirs = self.deployed(existing.as_ref()).await?;
        self.see_that_it_is_ours(&template, theirs.as_ref())?;
        let stays = existing.as_ref().filter(|stack| !self.is_made_anew(&stack.state));
        self.target(&template, stays)?;
        Ok(Seen { template, existing, theirs, at })
    }

    async fn run(&self, seen: Seen) -> Result<(Changed, Option<Existing>), DeployError> {
        // Those that it depends on may have taken their time.
        let seen = if seen.is_fresh() { seen } else { self.see().await? };
        let Seen { template, existing, mut theirs, .. } = seen;
        if !self.is_unchanged(&self.target(&template, existing.as_ref())?, existing.as_ref(), theirs.as_ref()) {
            publish(self.stack, self.publisher, self.events, self.options.concurrency.max(4)).await?;
        }
        let state = existing.as_ref().map(|stack| stack.state.clone());
        let mut existing = self.make_ready(&template, theirs.as_ref(), existing).await?;
        if existing.as_ref().map(|stack| &stack.state) != state.as_ref() {
            // Something has been done to the stack since.
            theirs = self.deployed(existing.as_ref()).await?;
        }
        self.resume_left_over(&template, theirs.as_ref(), existing.as_ref()).await;
        let target = self.target(&template, existing.as_ref())?;
        let mut changed = if self.is_unchanged(&target, existing.as_ref(), theirs.as_ref()) {
            Changed::To(StackResult::Unchanged)
        } else {
            match self.options.method {
                Method::Direct | Method::Express => {
                    Changed::To(self.direct(&target, existing.as_ref(), theirs.as_ref()).await?)
                }
                Method::ChangeSet | Method::PrepareChangeSet => {
                    self.by_change_set(&target, existing.as_ref(), theirs.as_ref()).await?
                }
            }
        };
        if self.options.method == Method::PrepareChangeSet {
            return Ok((changed, existing));
        }
        // A canary is invoked of what serves.
        if changed.result() != StackResult::Unchanged || self.options.smoke {
            existing = self.describe().await?;
            if let Some(stack) = &existing {
                serving::wait(self, stack, &template).await?;
            }
        }
        if let Some(stack) = &existing
            && self.guard(stack).await?
            && changed.result() == StackResult::Unchanged
        {
            changed = Changed::To(StackResult::Updated);
        }
        Ok((changed, existing))
    }

    /// Whether there is nothing to do: what the stack names was published before it was made.
    fn is_unchanged(&self, target: &Target<'_>, existing: Option<&Existing>, theirs: Option<&Value>) -> bool {
        !self.options.force && existing.is_some_and(|stack| is_done(target, stack, theirs))
    }

    pub(super) async fn describe(&self) -> Result<Option<Existing>, AwsError> {
        existing::describe(self.clients, &self.stack.stack_name).await
    }

    /// The template that the stack has.
    pub(super) async fn deployed(&self, existing: Option<&Existing>) -> Result<Option<Value>, AwsError> {
        existing::deployed(self.clients, existing).await
    }

    /// A stack of this name may be somebody else's, and would lose all it has.
    fn see_that_it_is_ours(&self, template: &Template, theirs: Option<&Value>) -> Result<(), DeployError> {
        match theirs {
            Some(theirs) if !self.options.force && !template.is_akin_to(theirs) => {
                let text = format!(
                    "there is a stack {} with none of these constructs: it was deployed by another app",
                    self.stack.stack_name
                );
                Err(self.failed(text, "give this stack another name, or --force to put it in the place of the other"))
            }
            _ => Ok(()),
        }
    }

    fn target<'t>(&'t self, template: &'t Template, existing: Option<&Existing>) -> Result<Target<'t>, DeployError> {
        let updates = existing.filter(|stack| stack.state != StackState::ReviewInProgress);
        let mut parameters = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, has_default) in template.parameters() {
            let given = self.options.parameters.get(name).or_else(|| self.stack.parameters.get(name)).cloned();
            let before = updates.is_some_and(|stack| stack.parameters.contains_key(name));
            match given {
                Some(value) => _ = parameters.insert(name.to_owned(), Some(value)),
                None if before => _ = parameters.insert(name.to_owned(), None),
                None if has_default => {}
                None => missing.push(name.to_owned()),
            }
        }
        if !missing.is_empty() {
            let text = format!("parameters have no value: {}", missing.join(", "));
            return Err(self.failed(text, "give each by --parameter NAME=VALUE"));
        }
        let mut tags = self.stack.tags.clone();
        tags.extend(self.options.tags.clone());
        Ok(Target {
            stack_name: &self.stack.stack_name,
            template,
            parameters,
            tags,
            notification_arns: self.options.topics_of(self.stack),
            role_arn: self.stack.execution_role_arn.as_deref().map(|arn| self.placeholders.fill(arn)),
            options: &self.options.stack,
            express: self.options.method == Method::Express,
        })
    }

    pub(super) async fn follow(
        &self,
        follower: &mut Follower<'_>,
        result: StackResult,
    ) -> Result<StackResult, DeployError> {
        if let Some(duration) = follower.earlier {
            self.events.send(Event::Estimate { stack: self.stack.display_name.clone(), duration });
        }
        let early = Early::begin(self.clients, self.events);
        follower.tell_to(early.listener());
        match follower.rest("CloudFormation").await?.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Ok(result),
            status => Err(follower.explained(early, self.ended(follower, status)).await),
        }
    }

    pub(super) fn started(&self, operation: Operation, resources: Option<usize>) {
        let stack = self.stack.display_name.clone();
        self.events.send(Event::StackStarted { stack, operation, resources });
    }

    pub(super) fn note(&self, text: String) {
        self.events.send(Event::Note { stack: Some(self.stack.display_name.clone()), text });
    }

    pub(super) fn failed(&self, text: String, hint: &str) -> DeployError {
        let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        DeployError::Failed { failures: vec![Failure { stack: self.stack.display_name.clone(), text, hint }] }
    }

    /// The stack has come to rest where it should not.
    pub(super) fn ended(&self, follower: &Follower<'_>, status: &str) -> DeployError {
        let causes = follower.causes();
        let mut text: Vec<String> = causes.iter().map(|cause| told(cause)).collect();
        text.push(format!("the stack is in {status}"));
        let hint = match status {
            "ROLLBACK_COMPLETE" => "nothing of it is left but its events; correct the cause and deploy again",
            "UPDATE_ROLLBACK_COMPLETE" => "it is as it was before; correct the cause and deploy again",
            "CREATE_FAILED" | "UPDATE_FAILED" => "it stands as it failed; correct the cause and deploy again",
            "DELETE_FAILED" => "correct the cause, or keep the resource by a removal policy, and try again",
            "UPDATE_ROLLBACK_FAILED" => {
                "correct the cause, and deploy again; `belvedere rollback --skip` leaves a resource as it is"
            }
            _ => "correct the cause and deploy again",
        };
        self.failed(text.join("\n"), hint)
    }
}

/// What became of the wish to change a stack.
pub(super) enum Changed {
    /// It has come to this.
    To(StackResult),
    /// A change set with this ARN waits for review.
    Prepared(String),
}

impl Changed {
    fn result(&self) -> StackResult {
        match self {
            Self::To(result) => *result,
            Self::Prepared(_) => StackResult::Prepared,
        }
    }
}

/// A failed resource, in a line.
pub(crate) fn told(event: &ResourceEvent) -> String {
    let place = event.path.as_ref().unwrap_or(&event.logical_id);
    let reason = event.reason.as_deref().unwrap_or("CloudFormation does not say why");
    format!("{place} ({}) {}: {reason}", event.resource_type, event.status)
}

/// Whether the stack is what it is to be; `theirs` is its template.
fn is_done(target: &Target<'_>, stack: &Existing, theirs: Option<&Value>) -> bool {
    let given = |(name, value): (&String, &Option<String>)| {
        value.as_ref().is_none_or(|value| stack.parameters.get(name) == Some(value))
    };
    stack.state.is_complete()
        && target.parameters.iter().all(given)
        && target.tags == stack.tags
        && same(&target.notification_arns, &stack.notification_arns)
        && target.options.rollback_alarms.as_ref().is_none_or(|alarms| {
            *alarms == stack.rollback_alarms && target.options.monitoring_minutes() == stack.monitoring_minutes
        })
        // Whether something has drifted is not known here.
        && !target.options.revert_drift
        && target.role_arn.as_ref().is_none_or(|role| stack.role_arn.as_ref() == Some(role))
        // What CloudFormation itself would look up anew is not known here.
        && !refers_outside(&target.template.value)
        && theirs.is_some_and(|template| target.template.is(template))
}

/// Whether these are the same topics, in whatever order.
fn same(some: &[String], others: &[String]) -> bool {
    some.len() == others.len() && some.iter().all(|arn| others.contains(arn))
}

/// Whether a template has parts that mean something else when something outside of it has changed.
fn refers_outside(template: &Value) -> bool {
    let parameters = template["Parameters"].as_object().into_iter().flatten();
    // One that only rules look at, such as the version of a bootstrap stack, changes nothing.
    let looked_up = |(name, parameter): (&String, &Value)| {
        parameter["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value"))
            && ["Resources", "Outputs", "Conditions"].iter().any(|section| names(&template[*section], name))
    };
    template.get("Transform").is_some() || parameters.into_iter().any(looked_up)
}

/// Whether a part of a template has the name of a parameter in one of its texts.
fn names(part: &Value, name: &str) -> bool {
    match part {
        Value::String(text) => text.contains(name),
        Value::Array(elements) => elements.iter().any(|element| names(element, name)),
        Value::Object(members) => members.values().any(|member| names(member, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_resources_look_up_may_change_by_itself() {
        let template = |resources: Value| {
            let parameter = json!({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"});
            let rule = json!({"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Version"}, "1"]}}]});
            json!({"Parameters": {"Version": parameter}, "Rules": {"Check": rule}, "Resources": resources})
        };
        assert!(!refers_outside(&template(json!({"A": {"Properties": {"Name": "a"}}}))));
        assert!(refers_outside(&template(json!({"A": {"Properties": {"Name": {"Ref": "Version"}}}}))));
        assert!(refers_outside(&template(json!({"A": {"Properties": {"Name": {"Fn::Sub": "a-${Version}"}}}}))));
        assert!(refers_outside(&json!({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}})));
    }
}
