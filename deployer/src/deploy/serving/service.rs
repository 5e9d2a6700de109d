//! Services of ECS.

use aws_sdk_ecs::types;

use super::Answer;
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// A service, which serves once its deployment is completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    cluster: String,
    name: String,
}

impl Service {
    /// The service with this ARN, of the form that has the name of the cluster.
    pub(super) fn of(arn: &str) -> Option<Self> {
        let mut parts = arn.split(":service/").nth(1)?.split('/');
        Some(Self { cluster: parts.next()?.to_owned(), name: parts.next()?.to_owned() })
    }

    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let answer = clients.ecs.describe_services().cluster(&self.cluster).services(&self.name).send().await;
        let answer = answer.map_err(|error| AwsError::new("ecs:DescribeServices", &error))?;
        Ok(answer.services().first().map_or_else(|| Answer::Never("it is gone".into()), judged))
    }
}

fn judged(service: &types::Service) -> Answer {
    let rollout = |deployment: &types::Deployment| deployment.rollout_state().map(|state| state.as_str().to_owned());
    // The circuit breaker has had enough; where it rolls back, the deployment that failed is still told.
    if let Some(failed) = service.deployments().iter().find(|it| rollout(it).as_deref() == Some("FAILED")) {
        let why = failed.rollout_state_reason().filter(|why| !why.is_empty()).unwrap_or("its roll-out failed");
        return Answer::Never(match failed.failed_tasks() {
            0 => why.to_owned(),
            count => format!("{why} ({count} tasks failed)"),
        });
    }
    let (running, desired) = (service.running_count(), service.desired_count());
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let is_completed = match primary.and_then(rollout).as_deref() {
        Some(state) => state == "COMPLETED",
        // Deployments by others than ECS itself have no such state.
        None => service.deployments().len() <= 1,
    };
    if is_completed && running >= desired {
        return Answer::Yes;
    }
    let mut why = format!("{running} of {desired} tasks run");
    if let Some(primary) = primary {
        if primary.failed_tasks() > 0 {
            why += &format!(", {} failed", primary.failed_tasks());
        }
        if running >= desired {
            why += ", the old ones still too";
        }
    }
    Answer::NotYet(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(status: &str, rollout: &str) -> types::Deployment {
        let reason = "ECS deployment circuit breaker: tasks failed to start.";
        let deployment = types::Deployment::builder().status(status).rollout_state(rollout.into());
        deployment.rollout_state_reason(if rollout == "FAILED" { reason } else { "" }).failed_tasks(2).build()
    }

    fn asked(running: i32, deployments: &[(&str, &str)]) -> Answer {
        let deployments = deployments.iter().map(|(status, rollout)| deployment(status, rollout)).collect();
        let service = types::Service::builder().running_count(running).desired_count(2);
        judged(&service.set_deployments(Some(deployments)).build())
    }

    #[test]
    fn a_service_is_found_by_its_arn() {
        let service = Service::of("arn:aws:ecs:eu-central-1:123456789012:service/Main/Api").expect("the form of today");
        assert_eq!((service.cluster.as_str(), service.name.as_str()), ("Main", "Api"));
        assert_eq!(Service::of("arn:aws:ecs:eu-central-1:123456789012:service/old-form"), None);
    }

    #[test]
    fn a_service_serves_when_its_deployment_is_completed() {
        assert_eq!(asked(2, &[("PRIMARY", "COMPLETED")]), Answer::Yes);
        let not_yet = |why: &str| Answer::NotYet(why.to_owned());
        assert_eq!(asked(1, &[("PRIMARY", "IN_PROGRESS")]), not_yet("1 of 2 tasks run, 2 failed"));
        let both = [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")];
        assert_eq!(asked(3, &both), not_yet("3 of 2 tasks run, 2 failed, the old ones still too"));
    }

    #[test]
    fn a_circuit_that_is_broken_ends_the_wait() {
        let never = Answer::Never("ECS deployment circuit breaker: tasks failed to start. (2 tasks failed)".to_owned());
        assert_eq!(asked(2, &[("PRIMARY", "COMPLETED"), ("ACTIVE", "FAILED")]), never);
    }
}
