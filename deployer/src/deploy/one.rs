//! Deploying one stack: from whatever state it is in to what its template says.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

use super::change_set::Target;
use super::existing::{self, Existing};
use super::follow::Follower;
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
}

impl One<'_> {
    /// Brings the stack to what its template says, and tells of it.
    pub(super) async fn deploy(&self) -> Result<StackOutcome, DeployError> {
        let begin = Instant::now();
        let result = self.run().await;
        let elapsed = begin.elapsed();
        let (stack, done) = (self.stack.display_name.clone(), result.as_ref().map(|(result, _)| *result));
        let done = done.unwrap_or(StackResult::Failed);
        self.events.send(Event::StackDone { stack: stack.clone(), result: done, elapsed });
        let (result, existing) = result?;
        let stack_name = self.stack.stack_name.clone();
        let (stack_id, outputs) = existing.map_or((None, BTreeMap::new()), |stack| (Some(stack.id), stack.outputs));
        Ok(StackOutcome { stack, stack_name, stack_id, result, outputs, elapsed, removal: None })
    }

    async fn run(&self) -> Result<(StackResult, Option<Existing>), DeployError> {
        let template = Template::read(self.stack, &self.placeholders)?;
        publish(self.stack, self.publisher, self.events, self.options.concurrency.max(4)).await?;
        let mut existing = self.describe().await?;
        let mut theirs = self.deployed(existing.as_ref()).await?;
        self.see_that_it_is_ours(&template, theirs.as_ref())?;
        let state = existing.as_ref().map(|stack| stack.state.clone());
        existing = self.make_ready(&template, existing).await?;
        if existing.as_ref().map(|stack| &stack.state) != state.as_ref() {
            // Something has been done to the stack since.
            theirs = None;
        }
        let target = self.target(&template, existing.as_ref())?;
        let result = match &existing {
            Some(stack) if !self.options.force && is_done(&target, stack, theirs.as_ref()) => StackResult::Unchanged,
            _ => match self.options.method {
                Method::Direct => self.direct(&target, existing.as_ref(), theirs.as_ref()).await?,
                Method::ChangeSet => self.by_change_set(&target, existing.as_ref(), theirs.as_ref()).await?,
            },
        };
        if result != StackResult::Unchanged {
            existing = self.describe().await?;
            if let Some(stack) = &existing {
                serving::wait(self.clients, stack, &template, &self.stack.display_name, self.events).await?;
            }
        }
        if let (Some(stack), Some(wanted)) = (&existing, self.stack.termination_protection)
            && stack.termination_protection != wanted
        {
            let request = self.clients.cloudformation.update_termination_protection();
            let answer = request.stack_name(&stack.id).enable_termination_protection(wanted).send().await;
            answer.map_err(|error| AwsError::new("cloudformation:UpdateTerminationProtection", &error))?;
        }
        Ok((result, existing))
    }

    pub(super) async fn describe(&self) -> Result<Option<Existing>, AwsError> {
        existing::describe(self.clients, &self.stack.stack_name).await
    }

    /// The template that the stack has.
    async fn deployed(&self, existing: Option<&Existing>) -> Result<Option<Value>, AwsError> {
        match existing.filter(|stack| stack.state != StackState::ReviewInProgress) {
            Some(stack) => existing::template(self.clients, &stack.id).await,
            None => Ok(None),
        }
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
            notification_arns: self.stack.notification_arns.clone(),
            role_arn: self.stack.execution_role_arn.as_deref().map(|arn| self.placeholders.fill(arn)),
        })
    }

    pub(super) async fn follow(
        &self,
        follower: &mut Follower<'_>,
        result: StackResult,
    ) -> Result<StackResult, DeployError> {
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
            "UPDATE_ROLLBACK_FAILED" => "correct the cause; the next deploy goes on with the roll back",
            _ => "correct the cause and deploy again",
        };
        self.failed(text.join("\n"), hint)
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
        && target.notification_arns == stack.notification_arns
        && target.role_arn.as_ref().is_none_or(|role| stack.role_arn.as_ref() == Some(role))
        // What CloudFormation itself would look up anew is not known here.
        && !refers_outside(&target.template.value)
        && theirs.is_some_and(|template| target.template.is(template))
}

/// Whether a template has parts that mean something else when something outside of it has changed.
fn refers_outside(template: &Value) -> bool {
    let parameters = template["Parameters"].as_object().into_iter().flatten();
    let looked_up = |(_, parameter): (&String, &Value)| {
        parameter["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value"))
    };
    template.get("Transform").is_some() || parameters.into_iter().any(looked_up)
}
