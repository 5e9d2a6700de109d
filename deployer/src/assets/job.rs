//! What is to be published, and where to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::placeholders::Placeholders;
use crate::asset::{Asset, Destination, Place};
use crate::clients::{Clients, account_of_role};
use crate::stack::Stack;

/// An asset, made once and published to each of its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// The display name of the stack that needs it first.
    pub(super) stack: String,
    pub(super) asset: Asset,
    /// The directory of the assembly, where commands that make images run.
    pub(super) directory: PathBuf,
    pub(super) targets: BTreeSet<Target>,
}

/// A destination, with nothing left open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) place: Place,
    /// Whose bucket or repository it must be.
    pub(super) account: String,
    pub(super) region: String,
    pub(super) role_arn: Option<String>,
}

/// What `stacks` need, each asset once, in the order in which they name it.
pub(super) fn jobs(stacks: &[&Stack], clients: &Clients) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for stack in stacks {
        let placeholders = Placeholders::of(stack, clients);
        for asset in &stack.assets {
            let targets = asset.destinations.iter().map(|destination| target(destination, &placeholders));
            let known = by_id.get(asset.id.as_str()).filter(|index| jobs[**index].asset.source == asset.source);
            if let Some(index) = known {
                jobs[*index].targets.extend(targets);
                continue;
            }
            by_id.insert(&asset.id, jobs.len());
            jobs.push(Job {
                stack: stack.display_name.clone(),
                asset: asset.clone(),
                directory: stack.directory.clone(),
                targets: targets.collect(),
            });
        }
    }
    jobs
}

/// Where `destination` is, with nothing left open.
pub(super) fn target(destination: &Destination, of_stack: &Placeholders) -> Target {
    let region = destination.region.as_deref().map_or(of_stack.region().to_owned(), |region| of_stack.fill(region));
    let placeholders = of_stack.in_region(&region);
    let fill = |text: &str| placeholders.fill(text);
    let place = match &destination.place {
        Place::Object { bucket, key } => Place::Object { bucket: fill(bucket), key: fill(key) },
        Place::Image { repository, tag } => Place::Image { repository: fill(repository), tag: fill(tag) },
    };
    let role_arn = destination.assume_role_arn.as_deref().map(fill);
    // Who publishes by a role of another account publishes into that account.
    let account = role_arn.as_deref().and_then(account_of_role).unwrap_or(placeholders.account()).to_owned();
    Target { place, account, region, role_arn }
}
