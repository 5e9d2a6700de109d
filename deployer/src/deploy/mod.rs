//! Bringing stacks to what their templates say.

mod approval;
mod by_change_set;
pub(crate) mod change_set;
mod check;
mod direct;
mod estimate;
pub(crate) mod existing;
mod express;
pub(crate) mod follow;
mod guard;
mod home;
pub(crate) mod left;
mod one;
mod pause;
mod prerequisites;
mod ready;
pub(crate) mod schedule;
mod seen;
mod serving;
mod smoke;
pub(crate) mod stack_options;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::account::{check_account, clients_of};
use crate::assembly::Assembly;
use crate::assets::{self, Placeholders, Staged};
use crate::clients::Clients;
use crate::deploy_error::{DeployError, Failure};
use crate::destroy::Removal;
use crate::grafana::{ApplyOptions, after_stacks};
use crate::parameters::see_that_they_are_known;
use crate::report::{Event, Events, Operation, Report, StackResult, telling};
use crate::secrets::Secrets;
use crate::stack::{Level, Stack};

pub(crate) use self::one::told;
use self::pause::Pauses;
use self::schedule::Direction;
use self::stack_options::StackOptions;
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
    pub(crate) wait: Duration,
    pub(crate) smoke: bool,
    pub(crate) grafana: Option<ApplyOptions>,
    pub(crate) pause_canary: bool,
    pub(crate) stack: StackOptions,
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
            wait: Duration::from_secs(900),
            smoke: false,
            grafana: Some(ApplyOptions::new()),
            pause_canary: false,
            stack: StackOptions::default(),
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
    /// At once, and in CloudFormation's Express mode, which does not wait until each resource is stable. What was deployed
    /// is waited for at the end, so that it serves when the deployment is over.
    Express,
    /// A change set is made and left for review. The next deployment of the very same by a change set executes it.
    PrepareChangeSet,
}

impl Method {
    /// The word for it, as in a file or on a command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChangeSet => "change-set",
            Self::Direct => "direct",
            Self::Express => "express",
            Self::PrepareChangeSet => "prepare-change-set",
        }
    }
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

    /// For how long what was deployed may take to serve: services to be stable, targets to be healthy, workspaces to be
    /// active. It is not waited for where this is zero. 15 minutes by default.
    pub fn wait(mut self, limit: Duration) -> Self {
        self.wait = limit;
        self
    }

    /// Invokes the canaries of the stacks once these serve; one that fails makes the deployment fail, and the stacks stay
    /// as they are. False by default.
    pub fn smoke(mut self, smoke: bool) -> Self {
        self.smoke = smoke;
        self
    }

    /// How the contents that stacks have for a Grafana are applied once the stacks serve; `None` leaves the Grafanas as they
    /// are. They are applied by default, and what is approved for the deployment is approved for them.
    pub fn grafana(mut self, options: Option<ApplyOptions>) -> Self {
        self.grafana = options;
        self
    }

    /// Disables the rules that invoke a stack's canaries while it is updated, and enables them again however that ends.
    /// False by default.
    pub fn pause_canary(mut self, pause_canary: bool) -> Self {
        self.pause_canary = pause_canary;
        self
    }

    /// Deploys although nothing seems to have changed, which gives outputs and tags anew, or although the account seems
    /// not to be ready. False by default.
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
    /// The ARN of the change set that was left for review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_set_id: Option<String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// How long it took.
    pub elapsed: Duration,
    /// What its deletion left behind; nothing where it was not deleted.
    #[serde(flatten)]
    pub removal: Option<Removal>,
}

impl StackOutcome {
    /// What has become of a stack that nothing else is known of.
    pub(crate) fn new(
        (stack, stack_name): (String, String),
        stack_id: Option<String>,
        result: StackResult,
        elapsed: Duration,
    ) -> Self {
        let (change_set_id, outputs, removal) = (None, BTreeMap::new(), None);
        Self { stack, stack_name, stack_id, result, change_set_id, outputs, elapsed, removal }
    }
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
    options.check()?;
    let stacks = if options.stack.exclusively { stacks.to_vec() } else { with_dependencies(assembly, stacks) };
    options.check_with(&stacks)?;
    see_that_they_can_be(&stacks, clients)?;
    see_that_assets_are_whole(&stacks).await?;
    see_that_they_are_known(&stacks, &options.parameters)?;
    let staged = Staged::of(&stacks, clients).await?;
    let stacks = staged.stacks();
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
    prerequisites::see(&stacks, &checked, clients, options.force, report).await?;
    telling(report, async |events| home::make(&staged, clients, &events).await).await?;
    let pauses = Pauses::default();
    // It ends after all that is under way.
    let _resuming = pauses.until_dropped();
    let work = |stack: &Stack, events: Events| {
        let (options, publisher, pauses) = (options.clone(), clients_of(clients, stack), pauses.clone());
        let (stack, checked) = (stack.clone(), checked[&stack.display_name].clone());
        async move {
            let seen::Checked { clients, placeholders, seen } = checked;
            let (stack, options, events) = (&stack, &options, &events);
            let (clients, publisher) = (&clients, &publisher);
            one::One { stack, clients, publisher, options, events, placeholders, pauses }.deploy(seen).await
        }
    };
    let outcome = schedule::run(&stacks, Direction::DependenciesFirst, options.concurrency, report, work).await;
    if let (Ok(outcome), Some(grafana)) = (&outcome, options.grafana) {
        let grafana = grafana.yes(options.yes || grafana.yes);
        after_stacks(&stacks, &outcome.stacks, clients, grafana, report).await?;
    }
    let outcome = secrets.masked(outcome)?;
    if options.smoke {
        smoke::run(&stacks, &outcome, clients, report).await?;
    }
    Ok(outcome)
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
