//! Working on several stacks at the same time, each in its turn.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Outcome, StackOutcome};
use crate::deploy_error::{DeployError, Failure};
use crate::report::{Event, Events, Report, StackResult};
use crate::stack::Stack;

/// How long nothing may be said; who waits for CloudFormation says so a bit sooner, and for what.
const SILENCE: Duration = Duration::from_millis(4900);

/// Which of two stacks comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The one that the other depends on.
    DependenciesFirst,
    /// The one that depends on the other.
    DependentsFirst,
}

/// Does `work` on each stack, on at most `concurrency` of them at a time, and on none before those that come before it
/// are done. After a failure whatever does not come after it is still done.
pub(crate) async fn run<F, W>(
    stacks: &[&Stack],
    direction: Direction,
    concurrency: usize,
    report: &mut impl Report,
    work: W,
) -> Result<Outcome, DeployError>
where
    F: Future<Output = Result<StackOutcome, DeployError>> + Send + 'static,
    W: Fn(&Stack, Events) -> F,
{
    let (sender, mut messages) = mpsc::unbounded_channel();
    let events = Events(sender);
    let before = before(stacks, direction);
    let mut state: Vec<State> = stacks.iter().map(|_| State::Waits).collect();
    let (mut tasks, mut failures, mut told) = (JoinSet::new(), Vec::new(), Instant::now());
    loop {
        for index in 0..stacks.len() {
            if !matches!(state[index], State::Waits) {
                continue;
            }
            if before[index].iter().any(|other| matches!(state[*other], State::Failed)) {
                // Those after it are skipped for the same reason, one by one.
                state[index] = State::Failed;
                let (stack, result) = (stacks[index].display_name.clone(), StackResult::Skipped);
                report.event(&Event::StackDone { stack, result, elapsed: Duration::ZERO });
            } else if tasks.len() < concurrency && before[index].iter().all(|other| state[*other].is_done()) {
                state[index] = State::Runs(Instant::now());
                let work = work(stacks[index], events.clone());
                tasks.spawn(async move { (index, work.await) });
            }
        }
        if tasks.is_empty() && !state.iter().any(|state| matches!(state, State::Waits)) {
            break;
        }
        tokio::select! {
            // What has happened is told before what comes of it.
            biased;
            Some(message) = messages.recv() => {
                told = Instant::now();
                message.tell(report);
            }
            Some(done) = tasks.join_next() => match done {
                Ok((index, Ok(outcome))) => state[index] = State::Done(Box::new(outcome)),
                Ok((index, Err(error))) => {
                    state[index] = State::Failed;
                    failures.push((index, error));
                }
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            },
            () = sleep_until(told + SILENCE) => {
                told = Instant::now();
                for (stack, state) in stacks.iter().zip(&state) {
                    let State::Runs(begin) = state else { continue };
                    let (stack, what) = (stack.display_name.clone(), "AWS".to_owned());
                    report.event(&Event::Waiting { stack, what, elapsed: begin.elapsed() });
                }
            }
            else => {}
        }
    }
    drop(events);
    while let Some(message) = messages.recv().await {
        message.tell(report);
    }
    finish(stacks, state, failures)
}

enum State {
    Waits,
    Runs(Instant),
    Done(Box<StackOutcome>),
    Failed,
}

impl State {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// The stacks that come right before each.
fn before(stacks: &[&Stack], direction: Direction) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> =
        stacks.iter().enumerate().map(|(index, stack)| (stack.display_name.as_str(), index)).collect();
    let mut before = vec![Vec::new(); stacks.len()];
    for (index, stack) in stacks.iter().enumerate() {
        for dependency in &stack.dependencies {
            if let Some(other) = places.get(dependency.as_str()) {
                match direction {
                    Direction::DependenciesFirst => before[index].push(*other),
                    Direction::DependentsFirst => before[*other].push(index),
                }
            }
        }
    }
    before
}

fn finish(stacks: &[&Stack], state: Vec<State>, failures: Vec<(usize, DeployError)>) -> Result<Outcome, DeployError> {
    // One stack alone tells its own error, with all that a program may want to know of it.
    if failures.len() == 1 && stacks.len() == 1 {
        return Err(failures
            .into_iter()
            .next()
            .map_or(DeployError::Failed { failures: Vec::new() }, |(_, error)| error));
    }
    if !failures.is_empty() {
        let failures: Vec<Failure> =
            failures.into_iter().flat_map(|(index, error)| error.into_failures(&stacks[index].display_name)).collect();
        return Err(DeployError::Failed { failures });
    }
    let done = state.into_iter().filter_map(|state| match state {
        State::Done(outcome) => Some(*outcome),
        _ => None,
    });
    Ok(Outcome { stacks: done.collect() })
}
