//! Functions of Lambda.

use super::Answer;
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// A function, which can be invoked once it is active and its last update is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
}

impl Function {
    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let answer = clients.lambda.get_function_configuration().function_name(&self.name).send().await;
        let answer = answer.map_err(|error| AwsError::new("lambda:GetFunctionConfiguration", &error))?;
        let state = (answer.state().map(|state| state.as_str()), answer.state_reason());
        let update = (answer.last_update_status().map(|status| status.as_str()), answer.last_update_status_reason());
        Ok(judged(state, update))
    }
}

/// What a state and a status of the last update mean, each with its reason.
fn judged(state: (Option<&str>, Option<&str>), update: (Option<&str>, Option<&str>)) -> Answer {
    let with = |text: &str, reason: Option<&str>| match reason {
        Some(reason) => format!("{text}: {reason}"),
        None => text.to_owned(),
    };
    match (state, update) {
        ((Some("Failed"), reason), _) => Answer::Never(with("it is Failed", reason)),
        (_, (Some("Failed"), reason)) => Answer::Never(with("its last update Failed", reason)),
        ((Some("Pending"), reason), _) => Answer::NotYet(with("it is Pending", reason)),
        (_, (Some("InProgress"), reason)) => Answer::NotYet(with("its last update is InProgress", reason)),
        // One that is Inactive becomes active by the next call.
        _ => Answer::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_serves_when_it_is_active_and_updated() {
        let (active, done) = ((Some("Active"), None), (Some("Successful"), None));
        assert_eq!(judged(active, done), Answer::Yes);
        assert_eq!(judged((Some("Inactive"), None), done), Answer::Yes);
        let pending = judged((Some("Pending"), Some("The function is being created.")), (None, None));
        assert_eq!(pending, Answer::NotYet("it is Pending: The function is being created.".into()));
        let failed = judged(active, (Some("Failed"), Some("no such key")));
        assert_eq!(failed, Answer::Never("its last update Failed: no such key".into()));
    }
}
