//! What stacks ask of an account newly, beside what is deployed under their names.

use std::collections::BTreeMap;
use std::fs;

use futures_util::future::join_all;
use serde_json::Value;

use super::wanted::Wanted;
use crate::account::clients_of;
use crate::clients::Clients;
use crate::deploy::existing::{self, Existing};
use crate::deploy_error::AwsError;
use crate::stack::Stack;
use crate::stack_state::StackState;

/// What is wanted newly in each region, with the display names of the stacks.
pub(crate) type Regions = BTreeMap<String, (Vec<String>, Wanted)>;

/// Adds what a stack asks for newly with `template`, where `theirs` is that of the stack which is there.
pub(crate) fn add(
    regions: &mut Regions,
    stack: &Stack,
    region: &str,
    template: &Value,
    existing: Option<&Existing>,
    theirs: Option<&Value>,
) {
    // Of a creation that was rolled back nothing is left.
    let gone = existing.is_some_and(|stack| stack.state == StackState::RollbackComplete);
    let new = Wanted::of(template, theirs.filter(|_| !gone));
    if !new.is_nothing() {
        let (names, all) = regions.entry(region.to_owned()).or_default();
        names.push(stack.display_name.clone());
        *all = std::mem::take(all).and(new);
    }
}

/// Looks up those of `stacks` that may ask for something, all at the same time.
pub(crate) async fn look(stacks: &[&Stack], clients: &Clients) -> Regions {
    let lookups = stacks.iter().filter_map(|stack| {
        // What cannot be read is told by whoever needs it.
        let template: Value = serde_json::from_slice(&fs::read(&stack.template.path).ok()?).ok()?;
        let asks = !Wanted::of(&template, None).is_nothing();
        let clients = clients_of(clients, stack);
        asks.then_some(async move {
            let deployed = deployed(stack, &clients).await;
            (*stack, template, clients.region().to_owned(), deployed)
        })
    });
    let mut regions = Regions::new();
    for (stack, template, region, deployed) in join_all(lookups).await {
        // Who may not look at the stack is told so soon enough.
        let Ok((existing, theirs)) = deployed else { continue };
        add(&mut regions, stack, &region, &template, existing.as_ref(), theirs.as_ref());
    }
    regions
}

async fn deployed(stack: &Stack, clients: &Clients) -> Result<(Option<Existing>, Option<Value>), AwsError> {
    let existing = existing::describe(clients, &stack.stack_name).await?;
    let theirs = existing::deployed(clients, existing.as_ref()).await?;
    Ok((existing, theirs))
}
