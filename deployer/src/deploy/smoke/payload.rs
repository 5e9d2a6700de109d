//! What a canary is sent: what its schedule sends.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::existing;
use crate::canary::{Trigger, TriggerKind, triggers};
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::described::rfc3339;

/// The input that a rule or a schedule has for the function, or the event that it makes of the time. A function that
/// nothing invokes gets an empty object.
pub(super) async fn of(
    stack_id: &str,
    template: &Value,
    logical_id: &str,
    function: &str,
    clients: &Clients,
) -> String {
    let triggers = triggers(template, &[logical_id].into());
    let Some(trigger) = triggers.iter().find(|trigger| trigger.by_the_clock) else { return "{}".into() };
    if let Value::String(input) = trigger.input {
        return input.clone();
    }
    // Nobody else knows it better: the event has the name of the rule where that can be found out.
    let id = existing::physical_id(clients, stack_id, trigger.logical_id).await.ok().flatten();
    let id = id.as_deref().unwrap_or(trigger.logical_id);
    // An expression, of which only the rule itself knows the value.
    if !trigger.input.is_null()
        && trigger.kind == TriggerKind::Rule
        && let Ok(Some(input)) = input_of(id, function, clients).await
    {
        return input;
    }
    event(trigger, id, clients).to_string()
}

/// What the rule sends to the function.
async fn input_of(rule: &str, function: &str, clients: &Clients) -> Result<Option<String>, AwsError> {
    let (bus, name) = match rule.split_once('|') {
        Some((bus, name)) => (Some(bus.to_owned()), name),
        None => (None, rule),
    };
    let answer = clients.eventbridge.list_targets_by_rule().rule(name).set_event_bus_name(bus).send().await;
    let answer = answer.map_err(|error| AwsError::new("events:ListTargetsByRule", &error))?;
    let suffix = format!(":function:{function}");
    Ok(answer.targets().iter().find(|target| target.arn().ends_with(&suffix)).and_then(|target| target.input.clone()))
}

/// The event of a schedule.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html).
fn event(trigger: &Trigger<'_>, id: &str, clients: &Clients) -> Value {
    let (identity, region) = (clients.identity(), clients.region());
    let (source, path, detail) = match trigger.kind {
        TriggerKind::Rule => {
            ("aws.events", format!("events:{region}:{}:rule/{}", identity.account, id.replace('|', "/")), json!({}))
        }
        // The scheduler has the detail as text.
        TriggerKind::Schedule => {
            ("aws.scheduler", format!("scheduler:{region}:{}:schedule/default/{id}", identity.account), json!("{}"))
        }
    };
    json!({
        "version": "0",
        // No event of EventBridge has it, so a log tells this invocation from the others.
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Scheduled Event",
        "source": source,
        "account": identity.account,
        "time": rfc3339(&SystemTime::now().into()),
        "region": region,
        "resources": [format!("arn:{}:{path}", identity.partition)],
        "detail": detail,
    })
}
