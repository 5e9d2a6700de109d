//! Asking the services while a failure is fresh: the roll back that follows deletes what could tell of it.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::{Explanation, explain};
use crate::clients::Clients;
use crate::resource_event::ResourceEvent;

/// How many causes of one operation are explained.
const CAUSES: usize = 5;

/// Explains failures as they come. What is asked ends with it.
#[derive(Debug)]
pub(crate) struct Early {
    causes: UnboundedSender<ResourceEvent>,
    task: JoinSet<BTreeMap<String, Explanation>>,
}

impl Early {
    /// Begins to wait for failures.
    pub(crate) fn begin(clients: &Clients) -> Self {
        let (causes, come) = unbounded_channel();
        let mut task = JoinSet::new();
        task.spawn(all(clients.clone(), come));
        Self { causes, task }
    }

    /// Where failures are told.
    pub(crate) fn causes(&self) -> UnboundedSender<ResourceEvent> {
        self.causes.clone()
    }

    /// What is known of them once nobody tells any more, by the ids of their events.
    pub(crate) async fn end(self) -> BTreeMap<String, Explanation> {
        let Self { causes, mut task } = self;
        drop(causes);
        task.join_next().await.and_then(Result::ok).unwrap_or_default()
    }
}

async fn all(clients: Clients, mut come: UnboundedReceiver<ResourceEvent>) -> BTreeMap<String, Explanation> {
    let (mut asking, mut begun) = (JoinSet::new(), 0);
    while let Some(cause) = come.recv().await {
        if begun < CAUSES {
            begun += 1;
            let clients = clients.clone();
            asking.spawn(async move { (cause.id.clone(), explain(&clients, &cause).await) });
        }
    }
    asking.join_all().await.into_iter().collect()
}
