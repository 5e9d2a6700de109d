//! Whether what was deployed serves: CloudFormation says when a resource is there, not when it answers.

mod function;
mod grafana;
mod prometheus;
mod service;
mod target_group;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudformation::types::StackResourceSummary;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Semaphore;
use tokio::time::{Instant, interval_at, sleep};

use self::function::Function;
use self::grafana::Grafana;
use self::prometheus::{AlertManager, Prometheus, RuleGroups};
use self::service::Service;
use self::target_group::TargetGroup;
use super::existing::{self, Existing};
use super::one::One;
use super::template::Template;
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError};
use crate::report::{Event, Events};

/// How often each thing is asked, and how many at a time.
const PAUSE: Duration = Duration::from_secs(3);
const AT_A_TIME: usize = 8;
/// When it is told for the first time what is missing, and how often after that.
const FIRST: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(4);
/// How many of the things that are missing are named.
const NAMED: usize = 3;

/// Something that serves after a while.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Serving {
    Service(Service),
    TargetGroup(TargetGroup),
    Prometheus(Prometheus),
    RuleGroups(RuleGroups),
    AlertManager(AlertManager),
    Grafana(Grafana),
    Function(Function),
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

/// Something that serves after a while, and where it is in the app.
#[derive(Clone, Debug)]
struct Thing {
    place: String,
    kind: String,
    serving: Serving,
}

/// How the wait for one thing ended.
enum End {
    Serves,
    Never(String),
    /// Nobody could be asked.
    NotKnown(String),
}

/// Waits until all that the stack has serves, as long as the options allow.
pub(super) async fn wait(one: &One<'_>, stack: &Existing, template: &Template) -> Result<(), DeployError> {
    let limit = one.options.wait;
    // What is asked, only where there is something to ask of: that saves most stacks a call.
    let resources = template.value["Resources"].as_object().into_iter().flatten();
    let mut kinds = resources.filter_map(|(_, resource)| resource["Type"].as_str());
    if limit.is_zero() || !kinds.any(|kind| KINDS.contains(&kind)) {
        return Ok(());
    }
    let resources = existing::resources(one.clients, &stack.id).await?;
    let things: Vec<Thing> = resources.iter().flat_map(|resource| things(resource, template)).collect();
    // The role that deploys a stack has rarely more rights than that takes.
    let outcome = wait_for(&things, one.publisher, limit, &one.stack.display_name, one.events).await;
    outcome.map_err(|text| {
        one.failed(text, "the stack is deployed; look at the events and the log of what does not serve, or give --wait")
    })
}

/// Asks all things at the same time until each serves. Fails with the text of what does not.
async fn wait_for(
    things: &[Thing],
    clients: &Clients,
    limit: Duration,
    stack: &str,
    events: &Events,
) -> Result<(), String> {
    let begin = Instant::now();
    let missing = Mutex::new(BTreeMap::new());
    let at_a_time = Semaphore::new(AT_A_TIME);
    let ask = |thing| until_it_serves(clients, thing, &missing, &at_a_time);
    let mut asked: FuturesUnordered<_> = things.iter().map(ask).collect();
    let mut ticks = interval_at(begin + FIRST, SILENCE);
    let mut over = std::pin::pin!(sleep(limit));
    loop {
        tokio::select! {
            biased;
            ended = asked.next() => match ended {
                None => return Ok(()),
                Some(End::Serves) => {}
                Some(End::Never(text)) => return Err(text),
                // It is there, as CloudFormation says. Whoever deploys may not be allowed to look closer, and not every
                // region has every service.
                Some(End::NotKnown(text)) => events.send(Event::Note { stack: Some(stack.to_owned()), text }),
            },
            () = &mut over => {
                let missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
                return Err(format!("after {} s these do not serve: {}", limit.as_secs(), told(&missing)));
            }
            _ = ticks.tick() => {
                let what = format!("{} to serve", told(&missing.lock().unwrap_or_else(PoisonError::into_inner)));
                events.send(Event::Waiting { stack: stack.to_owned(), what, elapsed: begin.elapsed() });
            }
        }
    }
}

async fn until_it_serves(
    clients: &Clients,
    thing: &Thing,
    missing: &Mutex<BTreeMap<String, String>>,
    at_a_time: &Semaphore,
) -> End {
    let Thing { place, kind, serving } = thing;
    let missing = || missing.lock().unwrap_or_else(PoisonError::into_inner);
    let mut was_asked = false;
    loop {
        let answer = {
            // Nobody closes it.
            let _permit = at_a_time.acquire().await;
            serving.ask(clients).await
        };
        let why = match answer {
            Ok(Answer::Yes) => {
                missing().remove(place);
                return End::Serves;
            }
            Ok(Answer::Never(why)) => return End::Never(format!("{place} ({kind}) does not serve: {why}")),
            Ok(Answer::NotYet(why)) => why,
            Err(error) if !was_asked => {
                return End::NotKnown(format!("{place} is there; whether it serves is not known: {error}"));
            }
            // It did answer before: this passes.
            Err(error) => error.to_string(),
        };
        was_asked = true;
        missing().insert(place.clone(), why);
        sleep(PAUSE).await;
    }
}

/// What is missing, in a line.
fn told(missing: &BTreeMap<String, String>) -> String {
    let named: Vec<String> = missing.iter().take(NAMED).map(|(place, why)| format!("{place} ({why})")).collect();
    match (named.as_slice(), missing.len().saturating_sub(NAMED)) {
        ([], _) => "what was deployed".into(),
        (named, 0) => named.join(", "),
        (named, more) => format!("{} and {more} more", named.join(", ")),
    }
}

const KINDS: [&str; 6] = [
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::APS::Workspace",
    "AWS::APS::RuleGroupsNamespace",
    "AWS::Grafana::Workspace",
    "AWS::Lambda::Function",
];

/// What a resource of the stack is waited for: mostly nothing, and for a workspace of Prometheus two things.
fn things(resource: &StackResourceSummary, template: &Template) -> Vec<Thing> {
    let logical_id = resource.logical_resource_id().unwrap_or_default();
    let definition = &template.value["Resources"][logical_id];
    let (kind, id) = (resource.resource_type().unwrap_or_default(), resource.physical_resource_id());
    // What has left the template and was kept is no part of the stack any more.
    let (Some(id), true) = (id, definition.is_object()) else { return Vec::new() };
    let mut all: Vec<Serving> = Serving::of(kind, id).into_iter().collect();
    if kind == "AWS::APS::Workspace" && definition["Properties"].get("AlertManagerDefinition").is_some() {
        all.extend(AlertManager::of(id).map(Serving::AlertManager));
    }
    let place = template.paths.get(logical_id).map_or(logical_id, String::as_str);
    let thing = |serving: Serving| {
        let part = if matches!(serving, Serving::AlertManager(_)) { " (alert manager)" } else { "" };
        Thing { place: format!("{place}{part}"), kind: kind.to_owned(), serving }
    };
    all.into_iter().map(thing).collect()
}

impl Serving {
    /// What the resource of this type and id is waited for.
    fn of(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "AWS::ECS::Service" => Service::of(id).map(Self::Service),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => Some(Self::TargetGroup(TargetGroup { arn: id.to_owned() })),
            "AWS::APS::Workspace" => Prometheus::of(id).map(Self::Prometheus),
            "AWS::APS::RuleGroupsNamespace" => RuleGroups::of(id).map(Self::RuleGroups),
            "AWS::Grafana::Workspace" => Some(Self::Grafana(Grafana { id: id.to_owned() })),
            "AWS::Lambda::Function" => Some(Self::Function(Function { name: id.to_owned() })),
            _ => None,
        }
    }

    async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        match self {
            Self::Service(service) => service.ask(clients).await,
            Self::TargetGroup(group) => group.ask(clients).await,
            Self::Prometheus(workspace) => workspace.ask(clients).await,
            Self::RuleGroups(groups) => groups.ask(clients).await,
            Self::AlertManager(manager) => manager.ask(clients).await,
            Self::Grafana(workspace) => workspace.ask(clients).await,
            Self::Function(function) => function.ask(clients).await,
        }
    }
}

/// The answer of what is `ACTIVE` in the end, or something that ends in `FAILED`.
fn active(state: Option<&str>, reason: Option<&str>) -> Answer {
    let reason = reason.filter(|reason| !reason.is_empty()).map(|reason| format!(": {reason}")).unwrap_or_default();
    match state {
        Some("ACTIVE") => Answer::Yes,
        Some(state) if state.ends_with("FAILED") => Answer::Never(format!("it is {state}{reason}")),
        state => Answer::NotYet(format!("it is {}{reason}", state.unwrap_or("in no known state"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serves_is_known_by_its_type() {
        for kind in KINDS {
            let arn = "arn:aws:x:eu-central-1:123456789012:service/Main/Api";
            assert!(Serving::of(kind, arn).is_some() || kind == "AWS::APS::RuleGroupsNamespace", "{kind}");
        }
        assert_eq!(Serving::of("AWS::SNS::Topic", "arn"), None);
    }

    #[test]
    fn a_workspace_serves_when_it_is_active() {
        assert_eq!(active(Some("ACTIVE"), None), Answer::Yes);
        assert_eq!(active(Some("CREATING"), Some("")), Answer::NotYet("it is CREATING".into()));
        let never = Answer::Never("it is CREATION_FAILED: no such role".into());
        assert_eq!(active(Some("CREATION_FAILED"), Some("no such role")), never);
    }

    #[test]
    fn few_of_those_missing_are_named() {
        let missing = |count: usize| (0..count).map(|it| (format!("App/{it}"), "it is CREATING".to_owned())).collect();
        assert_eq!(told(&missing(0)), "what was deployed");
        assert_eq!(told(&missing(1)), "App/0 (it is CREATING)");
        assert!(told(&missing(5)).ends_with("App/2 (it is CREATING) and 2 more"), "{}", told(&missing(5)));
    }
}
