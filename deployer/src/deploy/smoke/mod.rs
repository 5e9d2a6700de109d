//! Invoking the canaries of stacks that are deployed, to see that these do what they are for.

mod payload;
mod verdict;

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, interval_at, sleep};

use self::verdict::Verdict;
use super::existing;
use super::{Outcome, StackOutcome};
use crate::account::clients_of;
use crate::canary::canaries;
use crate::clients::Clients;
use crate::construct_paths::construct_paths_in;
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::report::{Event, Report};
use crate::stack::Stack;

/// How often it is told which canary is waited for.
const SILENCE: Duration = Duration::from_secs(4);
/// For how long a canary may be busy with its own schedule, and how often it is asked meanwhile.
const BUSY: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_secs(5);
/// How many of the last lines of a log are told.
const LINES: usize = 10;

/// A canary of a deployed stack.
struct Canary<'a> {
    stack: &'a Stack,
    stack_id: &'a str,
    template: serde_json::Value,
    logical_id: String,
    /// The path of its construct.
    place: String,
}

/// Invokes all canaries of `stacks` at the same time, and tells what they say.
///
/// # Errors
/// Some are not content, or cannot be invoked. The stacks stay as they are.
pub(super) async fn run(
    stacks: &[&Stack],
    outcome: &Outcome,
    clients: &Clients,
    report: &mut impl Report,
) -> Result<(), DeployError> {
    let canaries: Vec<Canary<'_>> = stacks.iter().flat_map(|stack| canaries_of(stack, outcome)).collect();
    if canaries.is_empty() {
        let text = "none of the stacks has a canary: no function says that it is one".to_owned();
        report.event(&Event::Note { stack: None, text });
        return Ok(());
    }
    let begin = Instant::now();
    let invoke =
        |canary| async move { (canary, Instant::now(), invoke(canary, &clients_of(clients, canary.stack)).await) };
    let mut invoked: FuturesUnordered<_> = canaries.iter().map(invoke).collect();
    let mut waited_for: Vec<&Canary<'_>> = canaries.iter().collect();
    let mut ticks = interval_at(begin + SILENCE, SILENCE);
    let mut failures = Vec::new();
    loop {
        tokio::select! {
            biased;
            ended = invoked.next() => {
                let Some((canary, since, verdict)) = ended else { break };
                waited_for.retain(|other| !std::ptr::eq(*other, canary));
                let verdict = verdict.unwrap_or_else(|error| Verdict::not_invoked(&error));
                tell(canary, &verdict, since.elapsed(), report);
                if !verdict.passed {
                    failures.push(failure(canary, &verdict));
                }
            }
            _ = ticks.tick() => {
                for canary in &waited_for {
                    let (stack, what) = (canary.stack.display_name.clone(), format!("the canary {}", canary.place));
                    report.event(&Event::Waiting { stack, what, elapsed: begin.elapsed() });
                }
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(DeployError::Failed { failures }) }
}

fn canaries_of<'a>(stack: &'a Stack, outcome: &'a Outcome) -> Vec<Canary<'a>> {
    let deployed = outcome.stacks.iter().find(|it| it.stack == stack.display_name);
    let Some(StackOutcome { stack_id: Some(stack_id), .. }) = deployed else { return Vec::new() };
    // It was read before, so it is sound.
    let template = std::fs::read(&stack.template.path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let template: serde_json::Value = template.unwrap_or_default();
    let paths = construct_paths_in(&template);
    let canary = |logical_id: &str| Canary {
        stack,
        stack_id,
        template: template.clone(),
        logical_id: logical_id.to_owned(),
        place: paths.get(logical_id).map_or(logical_id, String::as_str).to_owned(),
    };
    canaries(&template).into_iter().map(canary).collect()
}

/// Invokes a canary as its schedule does, and waits for its answer.
async fn invoke(canary: &Canary<'_>, clients: &Clients) -> Result<Verdict, AwsError> {
    let function = existing::physical_id(clients, canary.stack_id, &canary.logical_id).await?;
    let function = function.unwrap_or_else(|| canary.logical_id.clone());
    let payload = payload::of(canary.stack_id, &canary.template, &canary.logical_id, &function, clients).await;
    let begin = Instant::now();
    loop {
        let request = clients.lambda.invoke().function_name(&function).log_type(LogType::Tail);
        match request.payload(Blob::new(payload.clone())).send().await {
            Ok(answer) => {
                let payload = answer.payload().map(|blob| blob.as_ref()).unwrap_or_default();
                return Ok(Verdict::read(answer.function_error(), payload, answer.log_result()));
            }
            Err(error) => {
                let error = AwsError::new("lambda:InvokeFunction", &error);
                // One that may run once at a time is at it, by its own schedule; or its update is not yet over.
                let busy = ["TooManyRequestsException", "ResourceConflictException"].contains(&error.code.as_str());
                if !busy || begin.elapsed() > BUSY {
                    return Err(error);
                }
            }
        }
        sleep(PAUSE).await;
    }
}

fn tell(canary: &Canary<'_>, verdict: &Verdict, elapsed: Duration, report: &mut impl Report) {
    let (stack, place) = (&canary.stack.display_name, &canary.place);
    for check in &verdict.checks {
        report.event(&Event::CanaryCheck {
            stack: stack.clone(),
            canary: place.clone(),
            check: check.name.clone(),
            passed: check.passed,
            text: check.text.clone(),
            elapsed: check.elapsed,
        });
    }
    report.event(&Event::Canary {
        stack: stack.clone(),
        canary: place.clone(),
        passed: verdict.passed,
        text: verdict.text.clone(),
        checks: verdict.checks.len(),
        elapsed,
    });
}

fn failure(canary: &Canary<'_>, verdict: &Verdict) -> Failure {
    let mut text = vec![format!("the canary {} failed", canary.place)];
    text[0] += &verdict.text.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    let from = verdict.log.len().saturating_sub(LINES);
    text.extend(verdict.log[from..].iter().map(|line| format!("  log: {line}")));
    let hint = match &verdict.hint {
        Some(hint) => hint.clone(),
        None => "the stack is deployed and stays so; correct what the canary names, and deploy again".into(),
    };
    Failure { stack: canary.stack.display_name.clone(), text: text.join("\n"), hint: Some(hint) }
}
