//! Changing a stack at once.

use serde_json::Value;

use super::Method;
use super::approval::HARD;
use super::change_set::{Target, capabilities};
use super::existing::Existing;
use super::express;
use super::follow::Follower;
use super::one::One;
use super::template::Way;
use super::token;
use crate::deploy_error::{AwsError, DeployError};
use crate::report::{Operation, StackResult};
use crate::stack_state::StackState;

impl One<'_> {
    /// Lets CloudFormation create or update the stack.
    pub(super) async fn direct(
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
        let token = token::unique();
        match existing {
            Some(stack) if stack.state != StackState::ReviewInProgress => {
                if !self.approved(target.template, theirs, None).await {
                    return Err(DeployError::Declined { question: format!("{}: {HARD}", self.stack.display_name) });
                }
                self.set_policy(&stack.id).await?;
                let mut follower =
                    Follower::begin(self.clients, &stack.id, name, &target.template.paths, self.events).await?;
                self.pause_canaries(target.template, theirs, Some(stack)).await?;
                let request = cloudformation.update_stack().stack_name(target.stack_name).client_request_token(token);
                let request = request.set_template_body(body).set_template_url(url).set_tags(Some(target.tags()));
                let request = request.set_parameters(Some(target.parameters())).set_role_arn(target.role_arn.clone());
                let request = request.set_notification_arns(Some(target.notification_arns.clone()));
                let request = request.set_capabilities(Some(capabilities()));
                let during = target.options.stack_policy_during_update.clone();
                let request = request.set_stack_policy_during_update_body(during);
                let request = request.set_rollback_configuration(target.options.rollback_configuration());
                let request = request.set_disable_rollback(self.disable_rollback());
                let (express, roll_back) = (target.express, self.options.roll_back);
                let request = request.customize().mutate_request(move |request| {
                    if express {
                        express::ask(request, roll_back);
                    }
                });
                match request.send().await.map_err(|error| AwsError::new("cloudformation:UpdateStack", &error)) {
                    Ok(_) => {}
                    // The answer to a first request was lost, and this is the refusal of the second.
                    Err(error) if error.code == "ValidationError" && follower.has_news().await? => {}
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
                let request = request.set_rollback_configuration(target.options.rollback_configuration());
                let request = request.set_disable_rollback(self.disable_rollback());
                let (express, roll_back) = (target.express, self.options.roll_back);
                let request = request.customize().mutate_request(move |request| {
                    if express {
                        express::ask(request, roll_back);
                    }
                });
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
                let mut follower = Follower::whole(self.clients, &id, name, &target.template.paths, self.events);
                self.follow(&mut follower, StackResult::Created).await
            }
        }
    }

    /// CloudFormation rolls back unless it is told not to. In Express mode that is told in another place.
    fn disable_rollback(&self) -> Option<bool> {
        (!self.options.roll_back && self.options.method != Method::Express).then_some(true)
    }
}
