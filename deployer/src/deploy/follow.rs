//! Watching CloudFormation work on a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cloudformation::types::StackEvent;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep};

use super::{estimate, told};
use crate::clients::Clients;
use crate::deploy_error::{AwsError, DeployError};
use crate::explain::Early;
use crate::report::{Event, Events};
use crate::resource_event::ResourceEvent;

/// How soon CloudFormation is asked again at the beginning, for what takes no time; how often while something happens; and
/// how rarely at most.
const SOON: Duration = Duration::from_millis(40);
const OFTEN: Duration = Duration::from_millis(500);
const RARELY: Duration = Duration::from_secs(5);
/// How long nothing may be said.
const SILENCE: Duration = Duration::from_secs(5);

/// The events of one stack from a moment on.
#[derive(Debug)]
pub(crate) struct Follower<'a> {
    clients: &'a Clients,
    /// By its ARN: the name means nothing any more once the stack is gone.
    id: String,
    stack: String,
    /// The paths of the constructs, by logical id.
    paths: &'a BTreeMap<String, String>,
    events: &'a Events,
    seen: BTreeSet<String>,
    /// How long the stack took before.
    pub(crate) earlier: Option<Duration>,
    /// What has happened since, in order.
    pub(crate) happened: Vec<ResourceEvent>,
    /// Who wants to know at once what happens to resources.
    listener: Option<UnboundedSender<ResourceEvent>>,
}

impl<'a> Follower<'a> {
    /// Begins now: what has happened before is no news.
    pub(crate) async fn begin(
        clients: &'a Clients,
        id: &str,
        stack: &str,
        paths: &'a BTreeMap<String, String>,
        events: &'a Events,
    ) -> Result<Self, AwsError> {
        let mut follower = Self::whole(clients, id, stack, paths, events);
        let before = follower.page(None).await?.0;
        follower.earlier = estimate::earlier(&before, id);
        follower.seen = before.into_iter().filter_map(|event| event.event_id).collect();
        Ok(follower)
    }

    /// Begins with the stack: everything that has happened to it is news.
    pub(crate) fn whole(
        clients: &'a Clients,
        id: &str,
        stack: &str,
        paths: &'a BTreeMap<String, String>,
        events: &'a Events,
    ) -> Self {
        let (id, stack) = (id.to_owned(), stack.to_owned());
        let (seen, earlier, happened, listener) = (BTreeSet::new(), None, Vec::new(), None);
        Self { clients, id, stack, paths, events, seen, earlier, happened, listener }
    }

    async fn page(&self, token: Option<String>) -> Result<(Vec<StackEvent>, Option<String>), AwsError> {
        let request = self.clients.cloudformation.describe_stack_events().stack_name(&self.id).set_next_token(token);
        let answer =
            request.send().await.map_err(|error| AwsError::new("cloudformation:DescribeStackEvents", &error))?;
        Ok((answer.stack_events.unwrap_or_default(), answer.next_token))
    }

    /// Tells what is new, the oldest first. Returns the state that the stack has come to, if it has come to rest.
    async fn look(&mut self) -> Result<Option<String>, AwsError> {
        let mut new = Vec::new();
        let mut token = None;
        loop {
            let (events, next) = self.page(token).await?;
            let known = |event: &StackEvent| event.event_id().is_some_and(|id| self.seen.contains(id));
            let end = events.iter().any(known);
            new.extend(events.into_iter().filter(|event| !known(event)));
            token = next;
            if end || token.is_none() {
                break;
            }
        }
        let mut rest = None;
        for event in new.into_iter().rev() {
            let Some(id) = event.event_id.clone() else { continue };
            self.seen.insert(id);
            let event = ResourceEvent::of(&event, &self.stack, self.paths);
            if event.is_of_stack(&self.id) {
                rest = (!event.status.ends_with("_IN_PROGRESS")).then(|| event.status.clone());
            }
            if let Some(listener) = self.listener.as_ref().filter(|_| !event.is_of_stack(&self.id)) {
                // Who listened may have ended.
                let _ = listener.send(event.clone());
            }
            self.events.send(Event::Resource(event.clone()));
            self.happened.push(event);
        }
        Ok(rest)
    }

    /// Whether something has happened since.
    pub(crate) async fn has_news(&self) -> Result<bool, AwsError> {
        let (events, _) = self.page(None).await?;
        Ok(events.iter().filter_map(StackEvent::event_id).any(|id| !self.seen.contains(id)))
    }

    /// Waits until the stack has come to rest, and returns the state that it has come to.
    pub(crate) async fn rest(&mut self, what: &str) -> Result<String, AwsError> {
        let begin = Instant::now();
        let (mut pause, mut spoken) = (SOON, Instant::now());
        loop {
            let before = self.happened.len();
            if let Some(status) = self.look().await? {
                return Ok(status);
            }
            if self.happened.len() > before {
                (pause, spoken) = (pause.min(OFTEN), Instant::now());
            } else if spoken.elapsed() + pause >= SILENCE {
                spoken = Instant::now();
                let (stack, what) = (self.stack.clone(), what.to_owned());
                self.events.send(Event::Waiting { stack, what, elapsed: begin.elapsed() });
            }
            sleep(pause).await;
            pause = if pause < OFTEN { pause * 2 } else { (pause * 5 / 4).min(RARELY) };
        }
    }

    /// Has what happens to resources told to `listener`, too.
    pub(crate) fn tell_to(&mut self, listener: UnboundedSender<ResourceEvent>) {
        self.listener = Some(listener);
    }

    /// The failure, with what the services themselves say of each cause below it, and what to do about it.
    pub(crate) async fn explained(&mut self, early: Early, mut error: DeployError) -> DeployError {
        self.listener = None;
        let explanations = early.end().await;
        let DeployError::Failed { failures } = &mut error else { return error };
        for failure in failures {
            let mut advice = None;
            for cause in self.causes() {
                let Some(explanation) = explanations.get(&cause.id) else { continue };
                let (line, mut told) = (told(cause), told(cause));
                told.extend(explanation.lines.iter().map(|line| format!("\n  {line}")));
                failure.text = failure.text.replacen(&line, &told, 1);
                advice = advice.or_else(|| explanation.advice.clone());
            }
            failure.hint = match (advice, failure.hint.take()) {
                (Some(advice), Some(hint)) => Some(format!("{advice}; {hint}")),
                (advice, hint) => advice.or(hint),
            };
        }
        error
    }

    /// What failed, the first cause first. What was cancelled because something else failed is no cause.
    pub(crate) fn causes(&self) -> Vec<&ResourceEvent> {
        let failed = |event: &&ResourceEvent| event.is_failure() && !event.is_of_stack(&self.id);
        let failed: Vec<&ResourceEvent> = self.happened.iter().filter(failed).collect();
        let causes: Vec<&ResourceEvent> = failed.iter().filter(|event| event.is_cause()).copied().collect();
        if causes.is_empty() { failed } else { causes }
    }
}
