//! The clients by which each target is reached.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::Mutex;

use super::bucket::Bucket;
use super::error::AssetError;
use super::job::Target;
use crate::clients::{Clients, account_of_role};
use crate::report::{Event, Events};

/// Clients by region and role, and the buckets that were seen to be there.
#[derive(Debug)]
pub(super) struct Targets {
    caller: Clients,
    events: Events,
    clients: Mutex<BTreeMap<(Option<String>, String), Clients>>,
    buckets: Mutex<BTreeSet<String>>,
}

impl Targets {
    pub(super) fn new(caller: &Clients, events: &Events) -> Self {
        Self { caller: caller.clone(), events: events.clone(), clients: Mutex::default(), buckets: Mutex::default() }
    }

    /// The clients of a target. Its role is assumed once; where it cannot be, the caller's own credentials do, as long as
    /// they are of the same account.
    pub(super) async fn clients(&self, target: &Target, stack: &str) -> Result<Clients, AssetError> {
        let key = (target.role_arn.clone(), target.region.clone());
        // Held while a role is assumed: others that need it wait for it.
        let mut known = self.clients.lock().await;
        if let Some(clients) = known.get(&key) {
            return Ok(clients.clone());
        }
        let callers = self.caller.in_region(&target.region);
        let clients = match &target.role_arn {
            None => callers,
            Some(role_arn) => match callers.assuming(role_arn).await {
                Ok(clients) => clients,
                Err(_) if account_of_role(role_arn) == Some(&callers.identity().account) => {
                    self.events.send(Event::Note {
                        stack: Some(stack.to_owned()),
                        text: format!(
                            "the role {role_arn} cannot be assumed; publishing with the caller's own credentials"
                        ),
                    });
                    callers
                }
                Err(error) => return Err(error.into()),
            },
        };
        known.insert(key, clients.clone());
        Ok(clients)
    }

    /// Sees that a bucket is there, once for all assets that go to it.
    pub(super) async fn see_bucket(&self, bucket: &Bucket) -> Result<(), AssetError> {
        let mut seen = self.buckets.lock().await;
        if !seen.contains(&bucket.name) {
            bucket.check().await?;
            seen.insert(bucket.name.clone());
        }
        Ok(())
    }
}
