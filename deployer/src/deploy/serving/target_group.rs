//! Target groups of load balancers.

use aws_sdk_elasticloadbalancingv2::types::TargetHealth;

use super::Answer;
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// A target group, which serves once its targets are healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TargetGroup {
    pub(super) arn: String,
}

impl TargetGroup {
    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let answer = clients.elbv2.describe_target_health().target_group_arn(&self.arn).send().await;
        let answer = answer.map_err(|error| AwsError::new("elasticloadbalancing:DescribeTargetHealth", &error))?;
        let targets = answer.target_health_descriptions();
        Ok(judged(targets.iter().filter_map(|target| target.target_health())))
    }
}

fn judged<'a>(targets: impl Iterator<Item = &'a TargetHealth>) -> Answer {
    // Those that leave do not count, nor those that no listener or no zone of the load balancer uses, nor those that
    // are not checked at all.
    let counts = |target: &&TargetHealth| {
        target.state().is_some_and(|state| !["draining", "unused", "unavailable"].contains(&state.as_str()))
    };
    let (healthy, others): (Vec<_>, Vec<_>) =
        targets.filter(counts).partition(|target| target.state().is_some_and(|state| state.as_str() == "healthy"));
    let Some(other) = others.first() else { return Answer::Yes };
    let state = other.state().map(|state| state.as_str()).unwrap_or_default();
    let why = other.description().map(|why| format!(": {why}")).unwrap_or_default();
    let count = healthy.len() + others.len();
    Answer::NotYet(format!("{} of {count} targets are healthy, one is {state}{why}", healthy.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(states: &[&str]) -> Answer {
        let target =
            |state: &&str| TargetHealth::builder().state((*state).into()).description("health checks fail").build();
        let targets: Vec<_> = states.iter().map(target).collect();
        judged(targets.iter())
    }

    #[test]
    fn a_target_group_serves_when_all_that_count_are_healthy() {
        assert_eq!(asked(&["healthy", "draining", "unused"]), Answer::Yes);
        assert_eq!(asked(&[]), Answer::Yes, "nothing is registered that could become healthy");
        let text = "1 of 2 targets are healthy, one is unhealthy: health checks fail";
        assert_eq!(asked(&["healthy", "unhealthy"]), Answer::NotYet(text.into()));
        assert!(matches!(asked(&["initial"]), Answer::NotYet(_)));
    }
}
