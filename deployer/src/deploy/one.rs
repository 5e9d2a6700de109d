//! Deploying one stack: from whatever state it is in to what its template says.

use std::collections::BTreeMap;
use std::time::Instant;

use aws_sdk_cloudformation::types::{ChangeSetType, StackStatus};
use serde_json::Value;

use super::change_set::{self, ChangeSet, Made, Target, capabilities};
use super::existing::{self, Existing};
use super::follow::Follower;
use super::template::{Template, Way};
use super::{DeployOptions, Method, StackOutcome, explain, serving};
use crate::assets::{Placeholders, publish};
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::diff::{Change, Effect, Replacement, compare};
use crate::report::{Event, Events, Operation, Question, ResourceEvent, StackResult};
use crate::stack::Stack;

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
        Ok(StackOutcome { stack, stack_name, stack_id, result, outputs, elapsed })
    }

    async fn run(&self) -> Result<(StackResult, Option<Existing>), DeployError> {
        let template = Template::read(self.stack, &self.placeholders)?;
        publish(self.stack, self.publisher, self.events, self.options.concurrency.max(4)).await?;
        let mut existing = self.describe().await?;
        let mut theirs = self.deployed(existing.as_ref()).await?;
        self.see_that_it_is_ours(&template, theirs.as_ref())?;
        let status = existing.as_ref().map(|stack| stack.status.clone());
        existing = self.make_ready(&template, existing).await?;
        if existing.as_ref().map(|stack| &stack.status) != status.as_ref() {
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

    async fn describe(&self) -> Result<Option<Existing>, AwsError> {
        existing::describe(self.clients, &self.stack.stack_name).await
    }

    /// The template that the stack has.
    async fn deployed(&self, existing: Option<&Existing>) -> Result<Option<Value>, AwsError> {
        match existing.filter(|stack| stack.status != StackStatus::ReviewInProgress) {
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

    /// Deals with what an earlier run, or somebody else, has left the stack in.
    async fn make_ready(&self, template: &Template, found: Option<Existing>) -> Result<Option<Existing>, DeployError> {
        let mut found = found;
        loop {
            let Some(stack) = found else { return Ok(None) };
            match &stack.status {
                // A change set that was never executed: there is nothing but a name.
                StackStatus::ReviewInProgress => return Ok(Some(stack)),
                status if status.as_str().ends_with("_IN_PROGRESS") => {
                    self.note(format!("is in {}: waiting for that to end", status.as_str()));
                    let name = &self.stack.display_name;
                    let mut follower =
                        Follower::begin(self.clients, &stack.id, name, Some(template), self.events).await?;
                    // It may have come to rest before the first look.
                    if !existing::describe(self.clients, &stack.id).await?.is_some_and(|stack| at_rest(&stack.status)) {
                        follower.rest("the operation that was going on").await?;
                    }
                }
                StackStatus::RollbackComplete
                | StackStatus::RollbackFailed
                | StackStatus::CreateFailed
                | StackStatus::DeleteFailed => {
                    self.note(format!("is in {}, from which there is no update: deleting it first", stack.status));
                    self.delete(&stack, template).await?;
                }
                StackStatus::UpdateRollbackFailed => {
                    self.note("is in UPDATE_ROLLBACK_FAILED: going on with the roll back first".into());
                    self.continue_rollback(&stack, template).await?;
                }
                StackStatus::ImportRollbackFailed => {
                    let text = "is in IMPORT_ROLLBACK_FAILED, which only AWS can end".to_owned();
                    return Err(self.failed(text, "ask AWS Support, or take the resources out of the stack by hand"));
                }
                _ => return Ok(Some(stack)),
            }
            found = self.describe().await?;
        }
    }

    async fn delete(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        let name = &self.stack.display_name;
        let mut follower = Follower::begin(self.clients, &stack.id, name, Some(template), self.events).await?;
        let answer = self.clients.cloudformation.delete_stack().stack_name(&stack.id).send().await;
        answer.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
        match follower.rest("what is left of the stack to be deleted").await?.as_str() {
            "DELETE_COMPLETE" => Ok(()),
            status => Err(self.ended(&follower, status)),
        }
    }

    async fn continue_rollback(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        let name = &self.stack.display_name;
        let mut follower = Follower::begin(self.clients, &stack.id, name, Some(template), self.events).await?;
        let answer = self.clients.cloudformation.continue_update_rollback().stack_name(&stack.id).send().await;
        answer.map_err(|error| AwsError::new("cloudformation:ContinueUpdateRollback", &error))?;
        match follower.rest("the roll back").await?.as_str() {
            "UPDATE_ROLLBACK_COMPLETE" => Ok(()),
            status => Err(self.ended(&follower, status)),
        }
    }

    fn target<'t>(&'t self, template: &'t Template, existing: Option<&Existing>) -> Result<Target<'t>, DeployError> {
        let updates = existing.filter(|stack| stack.status != StackStatus::ReviewInProgress);
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

    async fn by_change_set(
        &self,
        target: &Target<'_>,
        existing: Option<&Existing>,
        theirs: Option<&Value>,
    ) -> Result<StackResult, DeployError> {
        let creates = existing.is_none_or(|stack| stack.status == StackStatus::ReviewInProgress);
        let kind = if creates { ChangeSetType::Create } else { ChangeSetType::Update };
        let set = match change_set::make(self.clients, target, kind).await? {
            Made::Ready(set) => set,
            Made::Empty { stack_id } => {
                self.forget_if_new(creates, &stack_id).await?;
                return Ok(StackResult::Unchanged);
            }
            Made::Refused { reason } => {
                if creates && let Some(stack) = self.describe().await? {
                    self.forget_if_new(true, &stack.id).await?;
                }
                return Err(self.failed(format!("CloudFormation refuses the template: {reason}"), ""));
            }
        };
        if !self.approved(target.template, theirs, Some(&set)).await {
            change_set::delete(self.clients, target.stack_name, &set.id).await?;
            self.forget_if_new(creates, &set.stack_id).await?;
            return Err(DeployError::Declined { question: format!("{}: {HARD}", self.stack.display_name) });
        }
        let (operation, result) =
            if creates { (Operation::Create, StackResult::Created) } else { (Operation::Update, StackResult::Updated) };
        self.started(operation, Some(set.changes.len()));
        let name = &self.stack.display_name;
        let mut follower =
            Follower::begin(self.clients, &set.stack_id, name, Some(target.template), self.events).await?;
        if let Err(error) = change_set::execute(self.clients, &set, self.options.roll_back).await {
            // An answer that was lost: the change goes on all the same.
            let begun = ["InvalidChangeSetStatus", "ChangeSetNotFound", "ChangeSetNotFoundException"];
            let gone_on = begun.contains(&error.code.as_str())
                && self.describe().await?.is_some_and(|stack| stack.status != StackStatus::ReviewInProgress);
            if !gone_on {
                return Err(error.into());
            }
        }
        self.follow(&mut follower, result).await
    }

    async fn direct(
        &self,
        target: &Target<'_>,
        existing: Option<&Existing>,
        theirs: Option<&Value>,
    ) -> Result<StackResult, DeployError> {
        let cloudformation = &self.clients.cloudformation;
        let name = &self.stack.display_name;
        let (body, url) = match &target.template.way {
            Way::Body(body) => (Some(body.clone()), None),
            Way::Url(url) => (None, Some(url.clone())),
        };
        let token = format!("belvedere-{}", target.fingerprint());
        match existing {
            Some(stack) if stack.status != StackStatus::ReviewInProgress => {
                if !self.approved(target.template, theirs, None).await {
                    return Err(DeployError::Declined { question: format!("{}: {HARD}", self.stack.display_name) });
                }
                let mut follower =
                    Follower::begin(self.clients, &stack.id, name, Some(target.template), self.events).await?;
                let request = cloudformation.update_stack().stack_name(target.stack_name).client_request_token(token);
                let request = request.set_template_body(body).set_template_url(url).set_tags(Some(target.tags()));
                let request = request.set_parameters(Some(target.parameters())).set_role_arn(target.role_arn.clone());
                let request = request.set_notification_arns(Some(target.notification_arns.clone()));
                let request = request.set_capabilities(Some(capabilities()));
                let request = request.set_disable_rollback((!self.options.roll_back).then_some(true));
                match request.send().await.map_err(|error| AwsError::new("cloudformation:UpdateStack", &error)) {
                    Ok(_) => {}
                    Err(error) if error.message.contains("No updates are to be performed") => {
                        return Ok(StackResult::Unchanged);
                    }
                    Err(error) => return Err(error.into()),
                }
                self.started(Operation::Update, None);
                self.follow(&mut follower, StackResult::Updated).await
            }
            other => {
                if let Some(stack) = other {
                    self.forget_if_new(true, &stack.id).await?;
                }
                let request = cloudformation.create_stack().stack_name(target.stack_name).client_request_token(token);
                let request = request.set_template_body(body).set_template_url(url).set_tags(Some(target.tags()));
                let request = request.set_parameters(Some(target.parameters())).set_role_arn(target.role_arn.clone());
                let request = request.set_notification_arns(Some(target.notification_arns.clone()));
                let request = request.set_capabilities(Some(capabilities()));
                let request = request.set_disable_rollback((!self.options.roll_back).then_some(true));
                let answer = request.send().await;
                let answer = answer.map_err(|error| AwsError::new("cloudformation:CreateStack", &error));
                let id = match answer {
                    Ok(answer) => answer.stack_id.unwrap_or_else(|| target.stack_name.to_owned()),
                    // An answer that was lost.
                    Err(error) if error.code == "AlreadyExistsException" => {
                        self.describe().await?.map_or_else(|| target.stack_name.to_owned(), |stack| stack.id)
                    }
                    Err(error) => return Err(error.into()),
                };
                self.started(Operation::Create, None);
                let mut follower = Follower::whole(self.clients, &id, name, Some(target.template), self.events);
                self.follow(&mut follower, StackResult::Created).await
            }
        }
    }

    async fn follow(&self, follower: &mut Follower<'_>, result: StackResult) -> Result<StackResult, DeployError> {
        match follower.rest("CloudFormation").await?.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Ok(result),
            status => Err(self.explained(follower, status).await),
        }
    }

    /// The failure, with what the services themselves say of its causes.
    async fn explained(&self, follower: &Follower<'_>, status: &str) -> DeployError {
        let mut details = Vec::new();
        for cause in follower.causes() {
            details.extend(explain::explain(self.clients, cause).await);
        }
        let mut error = self.ended(follower, status);
        if let (DeployError::Failed { failures }, false) = (&mut error, details.is_empty()) {
            for failure in failures {
                failure.text = format!("{}\n{}", failure.text, details.join("\n"));
            }
        }
        error
    }

    /// A stack that is only the name of a change set is no stack: it goes with the change set.
    async fn forget_if_new(&self, new: bool, stack_id: &str) -> Result<(), AwsError> {
        let left = if new { existing::describe(self.clients, stack_id).await? } else { None };
        if left.is_some_and(|stack| stack.status == StackStatus::ReviewInProgress) {
            let answer = self.clients.cloudformation.delete_stack().stack_name(stack_id).send().await;
            answer.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
        }
        Ok(())
    }

    /// Whether all that is hard to take back is approved: what is replaced or removed, by the types' own data and by the
    /// change set where there is one, and what gives more access than there was.
    async fn approved(&self, template: &Template, theirs: Option<&Value>, set: Option<&ChangeSet>) -> bool {
        let Some(theirs) = theirs.filter(|_| !self.options.yes) else { return true };
        let details = hard(template, theirs, set);
        if details.is_empty() {
            return true;
        }
        let question = Question { stacks: vec![self.stack.display_name.clone()], text: format!("{HARD}?"), details };
        self.events.approve(question).await
    }

    fn started(&self, operation: Operation, resources: Option<usize>) {
        let stack = self.stack.display_name.clone();
        self.events.send(Event::StackStarted { stack, operation, resources });
    }

    fn note(&self, text: String) {
        self.events.send(Event::Note { stack: Some(self.stack.display_name.clone()), text });
    }

    fn failed(&self, text: String, hint: &str) -> DeployError {
        let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        DeployError::Failed { failures: vec![Failure { stack: self.stack.display_name.clone(), text, hint }] }
    }

    /// The stack has come to rest where it should not.
    fn ended(&self, follower: &Follower<'_>, status: &str) -> DeployError {
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

/// What a change means that is asked about.
const HARD: &str = "replace or remove resources, or broaden access";

/// What is hard to take back, a line each.
fn hard(template: &Template, theirs: &Value, set: Option<&ChangeSet>) -> Vec<String> {
    let diff = compare(theirs, &template.value);
    let mut details = BTreeMap::new();
    for change in &diff.resources {
        let what = match change.change {
            Change::Removed if change.retained => "leaves the stack and is kept",
            Change::Removed => "is removed",
            Change::Modified if change.replacement == Replacement::Replaces => "is replaced",
            _ => continue,
        };
        details.insert(change.logical_id.as_str(), format!("{} ({}) {what}", change.name(), change.resource_type));
    }
    for change in set.iter().flat_map(|set| &set.changes).filter(|change| change.replaces) {
        let name = template.paths.get(&change.logical_id).unwrap_or(&change.logical_id);
        let told = format!("{name} ({}) is replaced", change.resource_type);
        details.entry(&change.logical_id).or_insert(told);
    }
    let broadens = diff.security.iter().filter(|change| change.effect == Effect::Broadens);
    let broadens = broadens.map(|change| format!("{} broadens access: {}", change.name(), change.text));
    details.into_values().chain(broadens).collect()
}

/// A failed resource, in a line.
pub(crate) fn told(event: &ResourceEvent) -> String {
    let place = event.path.as_ref().unwrap_or(&event.logical_id);
    let reason = event.reason.as_deref().unwrap_or("CloudFormation does not say why");
    format!("{place} ({}) {}: {reason}", event.resource_type, event.status)
}

/// Whether the stack is what it is to be; `theirs` is its template.
fn is_done(target: &Target<'_>, stack: &Existing, theirs: Option<&Value>) -> bool {
    let complete = matches!(
        stack.status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete
            | StackStatus::ImportComplete
            | StackStatus::ImportRollbackComplete
    );
    let given = |(name, value): (&String, &Option<String>)| {
        value.as_ref().is_none_or(|value| stack.parameters.get(name) == Some(value))
    };
    complete
        && target.parameters.iter().all(given)
        && target.tags == stack.tags
        && target.notification_arns == stack.notification_arns
        && target.role_arn.as_ref().is_none_or(|role| stack.role_arn.as_ref() == Some(role))
        // What CloudFormation itself would look up anew is not known here.
        && !refers_outside(&target.template.value)
        && theirs.is_some_and(|template| target.template.is(template))
}

fn at_rest(status: &StackStatus) -> bool {
    !status.as_str().ends_with("_IN_PROGRESS")
}

/// Whether a template has parts that mean something else when something outside of it has changed.
fn refers_outside(template: &Value) -> bool {
    let parameters = template["Parameters"].as_object().into_iter().flatten();
    let looked_up = |(_, parameter): (&String, &Value)| {
        parameter["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value"))
    };
    template.get("Transform").is_some() || parameters.into_iter().any(looked_up)
}
