//! Bringing stacks that have failed back to how they were.

mod options;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

pub use self::options::RollbackOptions;
use self::way::{Move, Way};
use crate::account::clients_of;
use crate::clients::Clients;
use crate::deploy::existing::{self, Existing};
use crate::deploy::follow::Follower;
use crate::deploy::schedule::{self, Direction};
use crate::deploy::{Outcome, StackOutcome, see_that_they_can_be, told, undo};
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::report::{Event, Events, Operation, Question, Report, StackResult};
use crate::stack::Stack;
use crate::stack_state::StackState;

/// Rolls `stacks` back, each after those of them that depend on it: what failed without a roll back is undone, and a roll
/// back that has failed goes on. A stack that has not failed stays as it is. What happens is told to `report`.
///
/// # Errors
/// A stack is in a state that cannot be rolled back, or a resource to skip is not one that a roll back has failed at
/// (nothing was touched then); AWS refuses, or the roll back fails.
pub async fn rollback(
    stacks: &[&Stack],
    clients: &Clients,
    options: &RollbackOptions,
    report: &mut impl Report,
) -> Result<Outcome, DeployError> {
    see_that_they_can_be(stacks, clients)?;
    let names: Vec<String> = stacks.iter().map(|stack| stack.display_name.clone()).collect();
    report.event(&Event::Planned { operation: Operation::RollBack, stacks: names.clone() });
    let ways = find_ways(stacks, clients, options).await?;
    let details: Vec<String> = stacks.iter().flat_map(|stack| ways[&stack.display_name].details.clone()).collect();
    if !details.is_empty() && !options.yes {
        let text = "roll these stacks back?".to_owned();
        if !report.approve(&Question { stacks: names, text: text.clone(), details }) {
            return Err(DeployError::Declined { question: text });
        }
    }
    let work = |stack: &Stack, events: Events| {
        let (way, force) = (ways[&stack.display_name].clone(), options.force);
        let (name, stack_name) = (stack.display_name.clone(), stack.stack_name.clone());
        async move {
            let begin = Instant::now();
            let result = One { name: &name, way: &way, force, events: &events }.run().await;
            let elapsed = begin.elapsed();
            let done = result.as_ref().copied().unwrap_or(StackResult::Failed);
            events.send(Event::StackDone { stack: name.clone(), result: done, elapsed });
            let stack_id = way.existing.map(|stack| stack.id);
            Ok(StackOutcome::new((name, stack_name), stack_id, result?, elapsed))
        }
    };
    schedule::run(stacks, Direction::DependentsFirst, options.concurrency.unwrap_or(4), report, work).await
}

async fn find_ways(
    stacks: &[&Stack],
    clients: &Clients,
    options: &RollbackOptions,
) -> Result<BTreeMap<String, Way>, DeployError> {
    let (mut ways, mut failures) = (BTreeMap::new(), Vec::new());
    for stack in stacks {
        match Way::find(stack, clients_of(clients, stack), &options.skip).await? {
            Ok(way) => _ = ways.insert(stack.display_name.clone(), way),
            Err(failure) => failures.push(failure),
        }
    }
    let skipped: BTreeSet<&String> = ways.values().flat_map(|way| &way.skipped).collect();
    if let (true, Some(name)) = (failures.is_empty(), options.skip.iter().find(|name| !skipped.contains(name))) {
        failures.extend(stacks.iter().map(|stack| Failure {
            stack: stack.display_name.clone(),
            text: format!("its roll back has not failed at {name}, so it cannot be skipped"),
            hint: Some("see `belvedere status` and `belvedere events --failed` for what it has failed at".into()),
        }));
    }
    if failures.is_empty() { Ok(ways) } else { Err(DeployError::Failed { failures }) }
}

/// One stack that is being rolled back.
struct One<'a> {
    name: &'a str,
    way: &'a Way,
    force: bool,
    events: &'a Events,
}

impl One<'_> {
    async fn run(&self) -> Result<StackResult, DeployError> {
        let Some(stack) = &self.way.existing else { return Ok(StackResult::Absent) };
        match &self.way.chosen {
            Move::Absent => return Ok(StackResult::Absent),
            Move::Nothing => {
                self.note(format!("is in {}: there is nothing to roll back", stack.state));
                return Ok(StackResult::Unchanged);
            }
            Move::Wait | Move::RollBack | Move::GoOn { .. } => {}
        }
        self.events.send(Event::StackStarted {
            stack: self.name.to_owned(),
            operation: Operation::RollBack,
            resources: None,
        });
        let Way { clients, paths, .. } = self.way;
        let mut follower = Follower::begin(clients, &stack.id, self.name, paths, self.events).await?;
        let state = match &self.way.chosen {
            Move::GoOn { skip } => self.go_on(stack, skip, &mut follower).await?,
            Move::Wait => self.wait(stack, &mut follower).await?,
            _ => undo::roll_back(clients, stack, &mut follower).await?,
        };
        match state {
            StackState::UpdateRollbackComplete
            | StackState::RollbackComplete
            | StackState::ImportRollbackComplete
            | StackState::DeleteComplete => Ok(StackResult::RolledBack),
            state => Err(self.ended(&follower, &state)),
        }
    }

    async fn wait(&self, stack: &Existing, follower: &mut Follower<'_>) -> Result<StackState, AwsError> {
        self.note(format!("is in {} already: waiting for its end", stack.state));
        // It may have come to rest before the first look.
        match existing::describe(&self.way.clients, &stack.id).await? {
            Some(now) if !now.state.is_in_progress() => Ok(now.state),
            _ => Ok(StackState::parse(&follower.rest("the roll back").await?)),
        }
    }

    /// Goes on, and again without what it fails at, where that is wanted.
    async fn go_on(
        &self,
        stack: &Existing,
        skip: &[String],
        follower: &mut Follower<'_>,
    ) -> Result<StackState, AwsError> {
        let mut skip = skip.to_vec();
        loop {
            let state = undo::go_on(&self.way.clients, stack, &skip, follower).await?;
            let before = skip.len();
            if self.force && state == StackState::UpdateRollbackFailed {
                let stuck = undo::stuck(&self.way.clients, stack).await?;
                for resource in
                    stuck.into_iter().filter(|resource| !skip.contains(&resource.logical_id)).collect::<Vec<_>>()
                {
                    self.note(format!("cannot be rolled back, and is skipped: {}", resource.told(&self.way.paths)));
                    skip.push(resource.logical_id);
                }
            }
            if skip.len() == before {
                if state == StackState::UpdateRollbackComplete && !skip.is_empty() {
                    let names = skip.iter().map(|id| self.way.paths.get(id).unwrap_or(id).as_str());
                    let names: Vec<&str> = names.collect();
                    self.note(format!(
                        "what was skipped may differ from what its template says, see `belvedere drift`: {}",
                        names.join(", ")
                    ));
                }
                return Ok(state);
            }
        }
    }

    fn note(&self, text: String) {
        self.events.send(Event::Note { stack: Some(self.name.to_owned()), text });
    }

    fn ended(&self, follower: &Follower<'_>, state: &StackState) -> DeployError {
        let mut text: Vec<String> = follower.causes().into_iter().map(told).collect();
        text.push(format!("the stack is in {state}"));
        let hint = match state {
            StackState::UpdateRollbackFailed => {
                "correct the cause and roll back again, or leave what it fails at as it is by --skip, all of it by --force"
            }
            _ => "see `belvedere status` for what to do about it",
        };
        let failure = Failure { stack: self.name.to_owned(), text: text.join("\n"), hint: Some(hint.into()) };
        DeployError::Failed { failures: vec![failure] }
    }
}
