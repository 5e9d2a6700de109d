//! ECS services that do not come up: without a circuit breaker CloudFormation waits for them for three hours.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use tokio::time::sleep;

use super::service::service_of;
use super::task;
use crate::clients::Clients;
use crate::report::{Event, Events};
use crate::resource_event::ResourceEvent;

/// When a service is looked at first, and how often then.
const FIRST: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_secs(30);

/// Whether CloudFormation waits for a service to come up.
pub(super) fn is_waited_for(event: &ResourceEvent) -> bool {
    event.resource_type == "AWS::ECS::Service"
        && event.physical_id.is_some()
        && matches!(event.status.as_str(), "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS")
}

/// Looks at a service that is waited for until one of its tasks has failed, and tells that.
pub(super) async fn watch(clients: Clients, service: ResourceEvent, events: Events) {
    let Some((cluster, name)) = service.physical_id.as_deref().and_then(service_of) else { return };
    // Tasks that stopped before belong to what was there before.
    let since = DateTime::from_str(&service.time, Format::DateTime).ok().map(|time| time.secs());
    sleep(FIRST).await;
    loop {
        let lines = task::stopped(&clients, cluster, name, since).await;
        if !lines.is_empty() {
            let place = service.path.as_ref().unwrap_or(&service.logical_id);
            let text = format!("{place} does not come up: {}", lines.join("; "));
            events.send(Event::Note { stack: Some(service.stack.clone()), text });
            return;
        }
        sleep(PAUSE).await;
    }
}
