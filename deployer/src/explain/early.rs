//! Asking the services while a failure is fresh: the roll back that follows deletes what could tell of it.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};

use super::{Explanation, explain, stuck};
use crate::clients::Clients;
use crate::report::Events;
use crate::resource_event::ResourceEvent;

/// How many causes of one operation are explained.
const CAUSES: usize = 5;

/// Explains failures as they come, and tells of services that do not come up. What is asked ends with it.
#[derive(Debug)]
pub(crate) struct Early {
    happens: UnboundedSender<ResourceEvent>,
    task: JoinSet<BTreeMap<String, Explanation>>,
}

impl Early {
    /// Begins to wait for what happens to resources.
    pub(crate) fn begin(clients: &Clients, events: &Events) -> Self {
        let (happens, come) = unbounded_channel();
        let mut task = JoinSet::new();
        task.spawn(all(clients.clone(), come, events.clone()));
        Self { happens, task }
    }

    /// Where it is told what happens to resources.
    pub(crate) fn listener(&self) -> UnboundedSender<ResourceEvent> {
        self.happens.clone()
    }

    /// What is known of them once nobody tells any more, by the ids of their events.
    pub(crate) async fn end(self) -> BTreeMap<String, Explanation> {
        let Self { happens, mut task } = self;
        drop(happens);
        task.join_next().await.and_then(Result::ok).unwrap_or_default()
    }
}

async fn all(
    clients: Clients,
    mut come: UnboundedReceiver<ResourceEvent>,
    events: Events,
) -> BTreeMap<String, Explanation> {
    let (mut asking, mut begun) = (JoinSet::new(), 0);
    let (mut watching, mut watched) = (JoinSet::new(), BTreeMap::<String, AbortHandle>::new());
    while let Some(event) = come.recv().await {
        if stuck::is_waited_for(&event) {
            // The same is told several times.
            watched
                .entry(event.logical_id.clone())
                .or_insert_with(|| watching.spawn(stuck::watch(clients.clone(), event, events.clone())));
            continue;
        }
        if let Some(watch) = watched.remove(&event.logical_id) {
            watch.abort();
        }
        if event.is_cause() && begun < CAUSES {
            begun += 1;
            let clients = clients.clone();
            asking.spawn(async move { (event.id.clone(), explain(&clients, &event).await) });
        }
    }
    asking.join_all().await.into_iter().collect()
}
