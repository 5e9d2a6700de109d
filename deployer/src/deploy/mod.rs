//! Bringing stacks to what their templates say.

mod approval;
mod by_change_set;
pub(crate) mod change_set;
mod direct;
pub(crate) mod existing;
mod explain;
pub(crate) mod follow;
pub(crate) mod left;
mod one;
mod ready;
pub(crate) mod schedule;
mod seen;
mod serving;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::account::{check_account, clients_of};
use crate::assembly::Assembly;
use crate::assets::{self, Placeholders};
use crate::clients::Clients;
use crate::deploy_error::{DeployError, Failure};
use crate::parameters::see_that_they_are_known;
use crate::report::{Event, Events, Operation, Report, StackResult};
use crate::secrets::Secrets;
use crate::stack::{Level, Stack};

pub(crate) use self::one::told;
use self::schedule::Direction;
pub use self::template::TemplateError;

/// How stacks are deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct DeployOptions {
    pub(crate) method: Method,
    pub(crate) concurrency: usize,
    pub(crate) yes: bool,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) roll_back: bool,
    pub(crate) force: bool,
}

impl Default for DeployOptions {
    fn default() -> Self {
        Self {
            method: Method::ChangeSet,
            concurrency: 4,
            yes: false,
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            roll_back: true,
            force: false,
        }
    }
}

/// How CloudFormation is asked to change a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// By a change set, which tells what will happen before it does.
    ChangeSet,
    /// At once, which saves the time that a change set takes.
    Direct,
}

impl DeployOptions {
    /// Change sets, four stacks at a time, and nothing replaced or broadened without being asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// How CloudFormation is asked. By a change set by default.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// How many stacks are worked on at a time, where they do not wait for each other; at least 1. 4 by default.
    pub fn concurrency(mut self, stacks: usize) -> Self {
        self.concurrency = stacks.max(1);
        self
    }

    /// Approves everything beforehand. By default [`Report::approve`] is asked before a resource is replaced or access
    /// is broadened.
    pub fn yes(mut self, yes: bool) -> Self {
        self.yes = yes;
        self
    }

    /// The value of a template's parameter, in every stack that has it. May be called again for others.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// A tag for every stack and its resources, besides those of the assembly. May be called again for others.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Whether a stack goes back to how it was where a change of it fails. True by default.
    pub fn roll_back(mut self, roll_back: bool) -> Self {
        self.roll_back = roll_back;
        self
    }

    /// Deploys although nothing seems to have changed, which gives outputs and tags anew. False by default.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

/// What has become of the stacks, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// Each stack.
    pub stacks: Vec<StackOutcome>,
}

/// What has become of one stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StackOutcome {
    /// The display name.
    pub stack: String,
    /// The name in CloudFormation.
    pub stack_name: String,
    /// The ARN, where there is a stack.
    pub stack_id: Option<String>,
    /// What has become of it.
    pub result: StackResult,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Publishes what `stacks` need and brings each to what its template says, those that do not wait for each other at the
/// same time. Stacks of the assembly that they depend on are deployed as well. What happens is told to `report`.
///
/// # Errors
/// Something is wrong with what is to be deployed, AWS refuses it, or it fails; what could still be done was done.
pub async fn deploy(
    assembly: &Assembly,
    stacks: &[&Stack],
    clients: &Clients,
    options: &DeployOptions,
    report: &mut impl Report,
) -> Result<Outcome, DeployError> {
    let stacks = with_dependencies(assembly, stacks);
    see_that_they_can_be(&stacks, clients)?;
    see_that_assets_are_whole(&stacks).await?;
    see_that_they_are_known(&stacks, &options.parameters)?;
    let secrets = Secrets::of(&stacks, &options.parameters);
    let report = &mut secrets.masking(report);
    report.event(&Event::Planned {
        operation: Operation::Deploy,
        stacks: stacks.iter().map(|stack| stack.display_name.clone()).collect(),
    });
    let checked = match seen::look(&stacks, clients, options, report).await {
        Ok(checked) => checked,
        Err(error) => return secrets.masked(Err(error)),
    };
    let work = |stack: &Stack, events: Events| {
        let (options, publisher) = (options.clone(), clients_of(clients, stack));
        let (stack, checked) = (stack.clone(), checked[&stack.display_name].clone());
        async move {
            let seen::Checked { clients, placeholders, seen } = checked;
            let (stack, options, events) = (&stack, &options, &events);
            one::One { stack, clients: &clients, publisher: &publisher, options, events, placeholders }
                .deploy(seen)
                .await
        }
    };
    secrets.masked(schedule::run(&stacks, Direction::DependenciesFirst, options.concurrency, report, work).await)
}

/// An asset that has changed since it was named is found before the first stack is touched.
async fn see_that_assets_are_whole(stacks: &[&Stack]) -> Result<(), DeployError> {
    let stacks: Vec<Stack> = stacks.iter().map(|stack| (*stack).clone()).collect();
    let look = move || {
        let wrong = stacks.iter().filter_map(|stack| Some((stack.display_name.clone(), assets::verify(stack).err()?)));
        wrong.flat_map(|(stack, error)| DeployError::from(error).into_failures(&stack)).collect::<Vec<Failure>>()
    };
    match tokio::task::spawn_blocking(look).await {
        Ok(failures) if failures.is_empty() => Ok(()),
        Ok(failures) => Err(DeployError::Failed { failures }),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Clients of the role that deploys the stack, where the assembly names one and it can be assumed.
pub(crate) async fn deploying(
    stack: &Stack,
    clients: Clients,
    placeholders: &Placeholders,
    events: &Events,
) -> Clients {
    let Some(role) = stack.assume_role_arn.as_deref().map(|role| placeholders.fill(role)) else { return clients };
    match clients.assuming(&role).await {
        Ok(assumed) => assumed,
        Err(error) => {
            let text = format!("{error}; going on with the credentials that there are");
            events.send(Event::Note { stack: Some(stack.display_name.clone()), text });
            clients
        }
    }
}

/// `stacks` and all that they depend on, in the order of the assembly.
fn with_dependencies<'a>(assembly: &'a Assembly, stacks: &[&'a Stack]) -> Vec<&'a Stack> {
    let mut wanted: BTreeSet<&str> = stacks.iter().map(|stack| stack.display_name.as_str()).collect();
    // Each stack comes after those that it depends on, so one pass from the end finds them all.
    for stack in assembly.stacks.iter().rev() {
        if wanted.contains(stack.display_name.as_str()) {
            wanted.extend(stack.dependencies.iter().map(String::as_str));
        }
    }
    assembly.stacks.iter().filter(|stack| wanted.contains(stack.display_name.as_str())).collect()
}

/// Whatever can be known to be wrong before anything is touched.
pub(crate) fn see_that_they_can_be(stacks: &[&Stack], clients: &Clients) -> Result<(), DeployError> {
    check_account(stacks, clients.identity())?;
    let mut failures = Vec::new();
    for stack in stacks {
        for message in stack.messages.iter().filter(|message| message.level == Level::Error) {
            failures.push(Failure {
                stack: stack.display_name.clone(),
                text: format!("{}: {}", message.path, message.text),
                hint: Some("correct the app, and synthesize again".into()),
            });
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(DeployError::Failed { failures }) }
}
