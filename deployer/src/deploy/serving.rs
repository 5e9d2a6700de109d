//! Whether what was deployed serves: CloudFormation says when a resource is there, not when it answers.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::existing::{self, Existing};
use super::template::Template;
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::report::{Event, Events};

/// For how long something may take to serve.
const LIMIT: Duration = Duration::from_secs(900);
const PAUSE: Duration = Duration::from_secs(3);

/// Something that serves after a while.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Serving {
    Service { cluster: String, name: String },
    TargetGroup { arn: String },
    Prometheus { id: String },
    Grafana { id: String },
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    /// Not yet, and why.
    NotYet(String),
    /// Never: what went wrong.
    Never(String),
}

/// Waits until all that the stack has serves.
pub(super) async fn wait(
    clients: &Clients,
    stack: &Existing,
    template: &Template,
    name: &str,
    events: &Events,
) -> Result<(), DeployError> {
    // What is asked, only where there is something to ask of: that saves most stacks a call.
    let kinds = template.value["Resources"].as_object().into_iter().flatten();
    let kinds: Vec<&str> = kinds.filter_map(|(_, resource)| resource["Type"].as_str()).collect();
    if !kinds.iter().any(|kind| KINDS.contains(kind)) {
        return Ok(());
    }
    let begin = Instant::now();
    for resource in existing::resources(clients, &stack.id).await? {
        let (kind, id) = (resource.resource_type().unwrap_or_default(), resource.physical_resource_id());
        let Some(serving) = id.and_then(|id| Serving::of(kind, id)) else { continue };
        let logical_id = resource.logical_resource_id().unwrap_or_default();
        let place = template.paths.get(logical_id).map_or(logical_id, String::as_str);
        loop {
            let why = match serving.ask(clients).await {
                Ok(Answer::Yes) => break,
                Ok(Answer::Never(why)) => return Err(failed(name, format!("{place} ({kind}) does not serve: {why}"))),
                Ok(Answer::NotYet(why)) => why,
                // It is there, as CloudFormation says. Whoever deploys may not be allowed to look closer.
                Err(error) => {
                    let text = format!("{place} is there; whether it serves is not known: {error}");
                    events.send(Event::Note { stack: Some(name.to_owned()), text });
                    break;
                }
            };
            if begin.elapsed() > LIMIT {
                return Err(failed(
                    name,
                    format!("{place} ({kind}) does not serve after {} s: {why}", LIMIT.as_secs()),
                ));
            }
            let what = format!("{place} to serve ({why})");
            events.send(Event::Waiting { stack: name.to_owned(), what, elapsed: begin.elapsed() });
            sleep(PAUSE).await;
        }
    }
    Ok(())
}

fn failed(stack: &str, text: String) -> DeployError {
    let hint = "the stack is deployed; look at the events and the log of what does not serve".to_owned();
    DeployError::Failed { failures: vec![Failure { stack: stack.to_owned(), text, hint: Some(hint) }] }
}

const KINDS: [&str; 4] =
    ["AWS::ECS::Service", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::APS::Workspace", "AWS::Grafana::Workspace"];

impl Serving {
    fn of(kind: &str, id: &str) -> Option<Self> {
        Some(match kind {
            "AWS::ECS::Service" => {
                let mut parts = id.split(":service/").nth(1)?.split('/');
                Self::Service { cluster: parts.next()?.to_owned(), name: parts.next()?.to_owned() }
            }
            "AWS::ElasticLoadBalancingV2::TargetGroup" => Self::TargetGroup { arn: id.to_owned() },
            "AWS::APS::Workspace" => Self::Prometheus { id: id.rsplit('/').next()?.to_owned() },
            "AWS::Grafana::Workspace" => Self::Grafana { id: id.to_owned() },
            _ => return None,
        })
    }

    async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        match self {
            Self::Service { cluster, name } => {
                let answer = clients.ecs.describe_services().cluster(cluster).services(name).send().await;
                let answer = answer.map_err(|error| AwsError::new("ecs:DescribeServices", &error))?;
                let Some(service) = answer.services().first() else { return Ok(Answer::Never("it is gone".into())) };
                let failed = service.deployments().iter().find_map(|deployment| {
                    let failed = deployment.rollout_state().is_some_and(|state| state.as_str() == "FAILED");
                    failed.then(|| deployment.rollout_state_reason().unwrap_or("its roll-out failed").to_owned())
                });
                let (running, desired) = (service.running_count(), service.desired_count());
                Ok(match failed {
                    Some(why) => Answer::Never(why),
                    None if service.deployments().len() <= 1 && running >= desired => Answer::Yes,
                    None => Answer::NotYet(format!("{running} of {desired} tasks run")),
                })
            }
            Self::TargetGroup { arn } => {
                let answer = clients.elbv2.describe_target_health().target_group_arn(arn).send().await;
                let answer =
                    answer.map_err(|error| AwsError::new("elasticloadbalancing:DescribeTargetHealth", &error))?;
                let targets = answer.target_health_descriptions();
                let states: Vec<&str> =
                    targets.iter().filter_map(|target| Some(target.target_health()?.state()?.as_str())).collect();
                let of = |state: &str| states.iter().filter(|other| **other == state).count();
                // A target group that nothing is registered with, or that no listener uses, has nothing to wait for.
                Ok(if of("healthy") > 0 || of("unused") == states.len() {
                    Answer::Yes
                } else {
                    Answer::NotYet(format!("no target is healthy, {} are not", states.len()))
                })
            }
            Self::Prometheus { id } => {
                let answer = clients.amp.describe_workspace().workspace_id(id).send().await;
                let answer = answer.map_err(|error| AwsError::new("aps:DescribeWorkspace", &error))?;
                let state =
                    answer.workspace().and_then(|workspace| workspace.status()).map(|status| status.status_code());
                Ok(active(state.map(|state| state.as_str())))
            }
            Self::Grafana { id } => {
                let answer = clients.grafana.describe_workspace().workspace_id(id).send().await;
                let answer = answer.map_err(|error| AwsError::new("grafana:DescribeWorkspace", &error))?;
                Ok(active(answer.workspace().map(|workspace| workspace.status().as_str())))
            }
        }
    }
}

fn active(state: Option<&str>) -> Answer {
    match state {
        Some("ACTIVE") => Answer::Yes,
        Some(state) if state.ends_with("_FAILED") || state == "FAILED" => Answer::Never(format!("it is {state}")),
        state => Answer::NotYet(format!("it is {}", state.unwrap_or("in no known state"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serves_is_known_by_its_type() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:service/Main/Api";
        let service = Serving::Service { cluster: "Main".into(), name: "Api".into() };
        assert_eq!(Serving::of("AWS::ECS::Service", arn), Some(service));
        let workspace = "arn:aws:aps:eu-central-1:123456789012:workspace/ws-1";
        assert_eq!(Serving::of("AWS::APS::Workspace", workspace), Some(Serving::Prometheus { id: "ws-1".into() }));
        assert_eq!(Serving::of("AWS::SNS::Topic", "arn"), None);
    }

    #[test]
    fn a_workspace_serves_when_it_is_active() {
        assert_eq!(active(Some("ACTIVE")), Answer::Yes);
        assert_eq!(active(Some("CREATING")), Answer::NotYet("it is CREATING".into()));
        assert_eq!(active(Some("CREATION_FAILED")), Answer::Never("it is CREATION_FAILED".into()));
    }
}
