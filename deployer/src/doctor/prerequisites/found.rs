//! What is deployed under the names of stacks that ask an account for something.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::Instant;

use super::wanted::Wanted;
use crate::account::clients_of;
use crate::clients::Clients;
use crate::deploy::existing::{self, Existing};
use crate::deploy_error::AwsError;
use crate::stack::Stack;
use crate::stack_state::StackState;

/// For how long what was found holds.
const FRESH: Duration = Duration::from_secs(10);

/// A stack as it was found, so that it need not be looked up again at once.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) existing: Option<Existing>,
    /// The template that it has.
    pub(crate) template: Option<Value>,
    at: Instant,
}

impl Found {
    /// Whether it was found a moment ago.
    pub(crate) fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }

    async fn look(stack: &Stack, clients: &Clients) -> Result<Self, AwsError> {
        let at = Instant::now();
        let existing = existing::describe(clients, &stack.stack_name).await?;
        let template = match existing.as_ref().filter(|stack| stack.state != StackState::ReviewInProgress) {
            Some(existing) => existing::template(clients, &existing.id).await?,
            None => None,
        };
        Ok(Self { existing, template, at })
    }
}

/// Looks up those of `stacks` that may ask for something, all at the same time. Returns what was found by display name,
/// and what is wanted newly in each region, with the display names of the stacks.
pub(crate) async fn look(
    stacks: &[&Stack],
    clients: &Clients,
) -> (BTreeMap<String, Found>, BTreeMap<String, (Vec<String>, Wanted)>) {
    let lookups = stacks.iter().filter_map(|stack| {
        // What cannot be read is told by whoever needs it.
        let template: Value = serde_json::from_slice(&fs::read(&stack.template.path).ok()?).ok()?;
        let asks = !Wanted::of(&template, None).is_nothing();
        let clients = clients_of(clients, stack);
        asks.then_some(
            async move { (*stack, template, clients.region().to_owned(), Found::look(stack, &clients).await) },
        )
    });
    let (mut found, mut wanted) = (BTreeMap::new(), BTreeMap::<String, (Vec<String>, Wanted)>::new());
    for (stack, template, region, one) in join_all(lookups).await {
        // Who may not look at the stack is told so soon enough.
        let Ok(one) = one else { continue };
        // Of a creation that was rolled back nothing is left.
        let gone = one.existing.as_ref().is_some_and(|stack| stack.state == StackState::RollbackComplete);
        let new = Wanted::of(&template, one.template.as_ref().filter(|_| !gone));
        if !new.is_nothing() {
            let (names, all) = wanted.entry(region).or_default();
            names.push(stack.display_name.clone());
            *all = std::mem::take(all).and(new);
        }
        found.insert(stack.display_name.clone(), one);
    }
    (found, wanted)
}
