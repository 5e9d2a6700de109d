//! Publishing the assets of stacks.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::error::AssetError;
use super::fingerprint::verify;
use super::job::jobs;
use super::publisher::{Publisher, blocking};
use crate::clients::Clients;
use crate::report::{Events, Report, telling};
use crate::stack::Stack;

/// How many assets are looked up or sent at a time.
const CONCURRENCY: usize = 8;

/// Publishes what `stacks` need and is not there yet. What happens is told to `report`.
///
/// # Errors
/// Assets are gone, have changed after synth, cannot be made, or AWS refuses them: all that is wrong is told together.
/// What is wrong with the files is told before anything is sent.
pub async fn publish_assets(stacks: &[&Stack], clients: &Clients, report: &mut impl Report) -> Result<(), AssetError> {
    telling(report, async |events| publish_all(stacks, clients, &events, CONCURRENCY).await).await
}

/// Publishes what a stack needs and is not there yet, `concurrency` assets at a time.
pub(crate) async fn publish(
    stack: &Stack,
    clients: &Clients,
    events: &Events,
    concurrency: usize,
) -> Result<(), AssetError> {
    publish_all(&[stack], clients, events, concurrency).await
}

async fn publish_all(
    stacks: &[&Stack],
    clients: &Clients,
    events: &Events,
    concurrency: usize,
) -> Result<(), AssetError> {
    let owned: Vec<Stack> = stacks.iter().map(|stack| (*stack).clone()).collect();
    let verified = blocking(move || {
        let errors = owned.iter().filter_map(|stack| verify(stack).err());
        AssetError::all(errors.flat_map(AssetError::apart).collect())
    });
    verified.await?;
    let publisher = Arc::new(Publisher::new(clients, events, concurrency));
    let mut running = JoinSet::new();
    for (index, job) in jobs(stacks, clients).into_iter().enumerate() {
        let publisher = publisher.clone();
        running.spawn(async move {
            let published = publisher.publish(&job).await;
            (index, published.map_err(|error| error.of(job.asset.name())))
        });
    }
    let mut errors: Vec<(usize, AssetError)> = Vec::new();
    while let Some(done) = running.join_next().await {
        match done {
            Ok((_, Ok(()))) => {}
            Ok((index, Err(error))) => errors.push((index, error)),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    errors.sort_by_key(|(index, _)| *index);
    AssetError::all(errors.into_iter().map(|(_, error)| error).collect())
}
