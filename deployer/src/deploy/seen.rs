//! Looking at all stacks before the first of them is touched.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::existing::Existing;
use super::one::One;
use super::pause::Pauses;
use super::template::Template;
use super::{DeployOptions, deploying};
use crate::account::clients_of;
use crate::assets::Placeholders;
use crate::clients::Clients;
use crate::deploy_error::{DeployError, Failure};
use crate::report::{Events, Report};
use crate::stack::Stack;

/// What is to be deployed, and what there is.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) template: Template,
    pub(super) existing: Option<Existing>,
    /// The template that the stack has.
    pub(super) theirs: Option<Value>,
    pub(super) at: Instant,
}

/// For how long what was seen holds.
const FRESH: Duration = Duration::from_secs(10);

impl Seen {
    /// Whether it was seen a moment ago.
    pub(super) fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }
}

/// A stack that can be deployed, as far as can be known beforehand, and by whom.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) clients: Clients,
    pub(super) placeholders: Placeholders,
    pub(super) seen: Seen,
}

/// Looks at each of `stacks`. What must end badly, such as the name of somebody else's stack or a parameter without a
/// value, is found here, of all stacks together.
pub(super) async fn look(
    stacks: &[&Stack],
    clients: &Clients,
    options: &DeployOptions,
    report: &mut impl Report,
) -> Result<BTreeMap<String, Checked>, DeployError> {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let places = Arc::new(Semaphore::new(options.concurrency.max(4)));
    let mut tasks = JoinSet::new();
    for (index, stack) in stacks.iter().enumerate() {
        let (stack, clients, options) = ((*stack).clone(), clients_of(clients, stack), options.clone());
        let (places, events) = (places.clone(), Events(sender.clone()));
        tasks.spawn(async move {
            let _place = places.acquire().await;
            (index, check(&stack, clients, &options, &events).await)
        });
    }
    drop(sender);
    let (mut checked, mut errors) = (BTreeMap::new(), BTreeMap::new());
    loop {
        tokio::select! {
            biased;
            Some(message) = messages.recv() => message.tell(report),
            Some(done) = tasks.join_next() => match done {
                Ok((index, Ok(stack))) => _ = checked.insert(stacks[index].display_name.clone(), stack),
                Ok((index, Err(error))) => _ = errors.insert(index, error),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            },
            else => break,
        }
    }
    if errors.is_empty() {
        return Ok(checked);
    }
    let mut failures: Vec<Failure> = Vec::new();
    for (index, error) in errors {
        // One stack alone tells its own error, with all that a program may want to know of it.
        if stacks.len() == 1 {
            return Err(error);
        }
        failures.extend(error.into_failures(&stacks[index].display_name));
    }
    Err(DeployError::Failed { failures })
}

async fn check(
    stack: &Stack,
    clients: Clients,
    options: &DeployOptions,
    events: &Events,
) -> Result<Checked, DeployError> {
    let placeholders = Placeholders::of(stack, &clients);
    let publisher = clients.clone();
    let clients = deploying(stack, clients, &placeholders, events).await;
    let (publisher, pauses) = (&publisher, Pauses::default());
    let one = One { stack, clients: &clients, publisher, options, events, placeholders: placeholders.clone(), pauses };
    let seen = one.see().await?;
    Ok(Checked { clients, placeholders, seen })
}
