//! What protects a stack: its policy, and its protection against termination.

use serde_json::Value;

use super::existing::Existing;
use super::one::One;
use crate::deploy_error::AwsError;

impl One<'_> {
    /// Gives the stack the protection that it is to have. Returns whether it had another.
    pub(super) async fn guard(&self, stack: &Existing) -> Result<bool, AwsError> {
        let policy = self.set_policy(&stack.id).await?;
        Ok(self.set_termination_protection(stack).await? || policy)
    }

    /// Gives the stack its policy. Returns whether it had another.
    pub(super) async fn set_policy(&self, stack_id: &str) -> Result<bool, AwsError> {
        let Some(wanted) = &self.options.stack.stack_policy else { return Ok(false) };
        let answer = self.clients.cloudformation.get_stack_policy().stack_name(stack_id).send().await;
        let answer = answer.map_err(|error| AwsError::new("cloudformation:GetStackPolicy", &error))?;
        if answer.stack_policy_body().is_some_and(|body| is_same(body, wanted)) {
            return Ok(false);
        }
        let request = self.clients.cloudformation.set_stack_policy().stack_name(stack_id).stack_policy_body(wanted);
        request.send().await.map_err(|error| AwsError::new("cloudformation:SetStackPolicy", &error))?;
        self.note("has a new stack policy".into());
        Ok(true)
    }

    async fn set_termination_protection(&self, stack: &Existing) -> Result<bool, AwsError> {
        let wanted = self.options.stack.termination_protection.or(self.stack.termination_protection);
        let Some(wanted) = wanted.filter(|wanted| *wanted != stack.termination_protection) else { return Ok(false) };
        let request = self.clients.cloudformation.update_termination_protection();
        let answer = request.stack_name(&stack.id).enable_termination_protection(wanted).send().await;
        answer.map_err(|error| AwsError::new("cloudformation:UpdateTerminationProtection", &error))?;
        let is = if wanted { "is protected against termination from now on" } else { "can be deleted from now on" };
        self.note(is.into());
        Ok(true)
    }
}

/// Whether two policies say the same, however they are written.
fn is_same(one: &str, other: &str) -> bool {
    let parsed = |text| serde_json::from_str::<Value>(text).ok();
    parsed(one).is_some_and(|policy| Some(policy) == parsed(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_compared_by_what_they_say() {
        assert!(is_same(r#"{"Statement": [], "Version": "1"}"#, "{\"Version\":\"1\",\n\"Statement\":[]}"));
        assert!(!is_same(r#"{"Statement": []}"#, r#"{"Statement": {}}"#));
        assert!(!is_same("", ""));
    }
}
