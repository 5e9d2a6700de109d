//! Deleting stacks.

mod blockers;
mod by_hand;
mod delete;
mod proof;
mod protection;
mod removal;
mod stays;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

pub(crate) use self::blockers::is_kept;
use self::blockers::{Blocker, Found};
use self::delete::Delete;
pub use self::removal::{Removal, Retained};
use crate::account::clients_of;
use crate::clients::Clients;
use crate::construct_paths::construct_paths;
use crate::deploy::existing::{self, Existing};
use crate::deploy::schedule::{self, Direction};
use crate::deploy::template::{are_akin, value_of};
use crate::deploy::{Outcome, StackOutcome, see_that_they_can_be};
use crate::deploy_error::{DeployError, Failure};
use crate::grafana::left_behind;
use crate::report::{Event, Events, Operation, Question, Report, StackResult};
use crate::stack::Stack;
use crate::stack_state::StackState;

/// How stacks are destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct DestroyOptions {
    pub(crate) yes: bool,
    pub(crate) force: bool,
    pub(crate) concurrency: Option<usize>,
}

impl DestroyOptions {
    /// Nothing is deleted without being asked, and nothing is emptied that the app did not mark for it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Approves everything beforehand. By default [`Report::approve`] is asked.
    pub fn yes(mut self, yes: bool) -> Self {
        self.yes = yes;
        self
    }

    /// Takes back termination protection, and empties buckets and repositories that stand in the way. False by default.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// How many stacks are worked on at a time; at least 1. 4 by default.
    pub fn concurrency(mut self, stacks: usize) -> Self {
        self.concurrency = Some(stacks.max(1));
        self
    }
}

/// Deletes `stacks`, each after those of them that depend on it. What stands in the way is found before anything is
/// touched. What happens is told to `report`.
///
/// # Errors
/// Something stands in the way (nothing was touched then), AWS refuses, or a deletion fails.
pub async fn destroy(
    stacks: &[&Stack],
    clients: &Clients,
    options: &DestroyOptions,
    report: &mut impl Report,
) -> Result<Outcome, DeployError> {
    see_that_they_can_be(stacks, clients)?;
    let names: Vec<String> = stacks.iter().map(|stack| stack.display_name.clone()).collect();
    report.event(&Event::Planned { operation: Operation::Destroy, stacks: names.clone() });
    let (ways, details) = find_ways(stacks, clients, options, report).await?;
    if !options.yes && ways.iter().any(|way| way.existing.is_some()) {
        let text = "delete these stacks and what they have?".to_owned();
        let question = Question { stacks: names, text: text.clone(), details };
        if !report.approve(&question) {
            return Err(DeployError::Declined { question: text });
        }
    }
    let ways: BTreeMap<String, Way> = ways.into_iter().map(|way| (way.stack.clone(), way)).collect();
    let work = |stack: &Stack, events: Events| {
        let way = ways.get(&stack.display_name).cloned();
        let (name, stack_name) = (stack.display_name.clone(), stack.stack_name.clone());
        let paths = construct_paths(&stack.template.path);
        async move {
            let begin = Instant::now();
            let result = match &way {
                Some(Way { existing: Some(existing), clients, clear, snapshots, .. }) => {
                    let delete =
                        Delete { name: &name, existing, clients, clear, snapshots, paths: &paths, events: &events };
                    delete.run().await.map(|removal| (StackResult::Destroyed, Some(removal)))
                }
                _ => Ok((StackResult::Absent, None)),
            };
            let told = result.as_ref().map_or(StackResult::Failed, |(result, _)| *result);
            events.send(Event::StackDone { stack: name.clone(), result: told, elapsed: begin.elapsed() });
            let stack_id = way.and_then(|way| way.existing).map(|stack| stack.id);
            let (result, removal) = result?;
            let outcome = StackOutcome::new((name, stack_name), stack_id, result, begin.elapsed());
            Ok(StackOutcome { removal, ..outcome })
        }
    };
    schedule::run(stacks, Direction::DependentsFirst, options.concurrency.unwrap_or(4), report, work).await
}

/// How one stack goes.
#[derive(Clone)]
struct Way {
    stack: String,
    existing: Option<Existing>,
    clients: Clients,
    /// What is taken out of the way first.
    clear: Vec<Blocker>,
    /// The logical ids of what leaves a snapshot behind.
    snapshots: BTreeSet<String>,
}

/// Finds out how each stack can go, and what whoever deploys should know of it.
async fn find_ways(
    stacks: &[&Stack],
    clients: &Clients,
    options: &DestroyOptions,
    report: &mut impl Report,
) -> Result<(Vec<Way>, Vec<String>), DeployError> {
    let leaving: BTreeSet<String> = stacks.iter().map(|stack| stack.stack_name.clone()).collect();
    let (mut ways, mut details, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut templates = BTreeMap::new();
    let mut tell = |name: &String, text: String| {
        report.event(&Event::Note { stack: Some(name.clone()), text: text.clone() });
        details.push(format!("{name}: {text}"));
    };
    for stack in stacks {
        let name = &stack.display_name;
        let clients = clients_of(clients, stack);
        let existing = existing::describe(&clients, &stack.stack_name).await?;
        let (mut clear, mut snapshots) = (Vec::new(), BTreeSet::new());
        if let Some(existing) = &existing {
            let theirs = match existing.state {
                // There is nothing but a name.
                StackState::ReviewInProgress => None,
                _ => existing::template(&clients, &existing.id).await?,
            };
            if let (false, Some(theirs)) = (options.force, &theirs)
                && !are_akin(&value_of(stack)?, theirs)
            {
                let text = format!(
                    "there is a stack {} with none of these constructs: it was deployed by another app",
                    stack.stack_name
                );
                let hint = Some("see whether --app and --region are right, or give --force to delete it".to_owned());
                failures.push(Failure { stack: name.clone(), text, hint });
                continue;
            }
            let theirs = theirs.unwrap_or_default();
            let Found { blockers, to_empty, stays, snapshots: found } =
                blockers::find(&clients, existing, &theirs, &leaving).await?;
            templates.insert(stack.stack_name.clone(), theirs);
            let (forced, blocking): (Vec<_>, Vec<_>) =
                blockers.into_iter().partition(|blocker| options.force && blocker.can_be_forced());
            for blocker in blocking {
                failures.push(Failure { stack: name.clone(), text: blocker.told(), hint: Some(blocker.hint().into()) });
            }
            clear.extend(to_empty);
            clear.extend(forced);
            stays.into_iter().for_each(|text| tell(name, text));
            snapshots = found;
        }
        ways.push(Way { stack: name.clone(), existing, clients, clear, snapshots });
    }
    // A Grafana may be of another stack that goes, too.
    for (stack, existing) in stacks.iter().filter_map(|stack| {
        let way = ways.iter().find(|way: &&Way| way.stack == stack.display_name)?;
        Some((stack, way.existing.as_ref()?))
    }) {
        let left = left_behind(stack, &templates, &existing.outputs);
        // No reason to keep the stack.
        let left =
            left.unwrap_or_else(|error| vec![format!("whether something stays in a Grafana is not known: {error}")]);
        left.into_iter().for_each(|text| tell(&stack.display_name, text));
    }
    for way in &ways {
        let taken = way.clear.iter().map(|blocker| format!("{}: {}; that is taken away", way.stack, blocker.told()));
        details.extend(taken);
    }
    if failures.is_empty() { Ok((ways, details)) } else { Err(DeployError::Failed { failures }) }
}
