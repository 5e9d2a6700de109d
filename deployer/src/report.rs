//! What happens while something is deployed, as it happens.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::grafana::Action;
use crate::resource_event::ResourceEvent;

/// Takes what happens. A terminal, a log and a test take it differently.
pub trait Report {
    /// Something has happened.
    fn event(&mut self, event: &Event);

    /// Asks whoever deploys; nobody approves by default.
    fn approve(&mut self, question: &Question) -> bool {
        let _ = question;
        false
    }
}

/// What whoever deploys is asked before something is done that is hard to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Question {
    /// The display names of the stacks.
    pub stacks: Vec<String>,
    /// What is about to be done, as a question.
    pub text: String,
    /// What it means, a line each.
    pub details: Vec<String>,
}

impl<F: FnMut(&Event)> Report for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

/// The way to a report from tasks that run at the same time.
#[derive(Clone, Debug)]
pub(crate) struct Events(pub(crate) mpsc::UnboundedSender<Message>);

/// What goes that way.
#[derive(Debug)]
pub(crate) enum Message {
    Event(Event),
    Question(Question, oneshot::Sender<bool>),
}

impl Message {
    /// Brings it to where it belongs.
    pub(crate) fn tell(self, report: &mut impl Report) {
        match self {
            Self::Event(event) => report.event(&event),
            // Whoever asked may be gone by now.
            Self::Question(question, answer) => _ = answer.send(report.approve(&question)),
        }
    }
}

impl Events {
    pub(crate) fn send(&self, event: Event) {
        // Nobody listens any more: what is done is done all the same.
        let _ = self.0.send(Message::Event(event));
    }

    /// Asks whoever deploys.
    pub(crate) async fn approve(&self, question: Question) -> bool {
        let (sender, answer) = oneshot::channel();
        self.0.send(Message::Question(question, sender)).is_ok() && answer.await.unwrap_or(false)
    }
}

/// Does `work`, and brings what it tells to `report` meanwhile.
pub(crate) async fn telling<T>(report: &mut impl Report, work: impl AsyncFnOnce(Events) -> T) -> T {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let mut working = std::pin::pin!(work(Events(sender)));
    let outcome = loop {
        tokio::select! {
            Some(message) = messages.recv() => message.tell(report),
            outcome = &mut working => break outcome,
        }
    };
    while let Ok(message) = messages.try_recv() {
        message.tell(report);
    }
    outcome
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// The stacks that are about to be worked on, in their order, each by its display name.
    Planned {
        /// What is done to them.
        operation: Operation,
        /// The display names.
        stacks: Vec<String>,
    },
    /// Something was noticed that whoever deploys should know.
    Note {
        /// The display name of the stack, if it is about one.
        stack: Option<String>,
        /// What was noticed, as a sentence in lower case without a full stop.
        text: String,
    },
    /// An asset is published, or was there already.
    Asset {
        /// The display name of the stack that needs it first.
        stack: String,
        /// What the asset is called.
        name: String,
        /// What has become of it.
        state: AssetState,
        /// How many bytes were sent.
        bytes: u64,
    },
    /// Work on a stack begins.
    StackStarted {
        /// The display name.
        stack: String,
        /// What is done.
        operation: Operation,
        /// How many resources are about to change, where that is known.
        resources: Option<usize>,
    },
    /// How long the stack took the last time that it was changed, or made, and all went well.
    Estimate {
        /// The display name.
        stack: String,
        /// How long that took.
        #[serde(serialize_with = "seconds")]
        duration: Duration,
    },
    /// CloudFormation says something of a resource, or of the stack itself.
    Resource(ResourceEvent),
    /// Nothing else has happened for a while.
    Waiting {
        /// The display name of the stack.
        stack: String,
        /// What is waited for.
        what: String,
        /// For how long.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// A thing in a Grafana was made, changed or removed.
    Grafana {
        /// The display name of the stack, or the content's name where there is none.
        stack: String,
        /// The content's name.
        content: String,
        /// What was done.
        action: Action,
        /// The thing.
        thing: String,
    },
    /// A canary was invoked, and tells of one of its checks.
    CanaryCheck {
        /// The display name of the stack.
        stack: String,
        /// The path of the canary's construct.
        canary: String,
        /// The name of the check.
        check: String,
        /// Whether all was as it must be.
        passed: bool,
        /// What was asked, and what came where something else was expected.
        text: Option<String>,
        /// How long it took, where that is known.
        #[serde(serialize_with = "seconds_if_known")]
        elapsed: Option<Duration>,
    },
    /// A canary was invoked, and gives its verdict.
    Canary {
        /// The display name of the stack.
        stack: String,
        /// The path of the canary's construct.
        canary: String,
        /// Whether it is content.
        passed: bool,
        /// What it says where it is not, or what else there is to know.
        text: Option<String>,
        /// How many checks it told.
        checks: usize,
        /// For how long it was waited for.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// Work on a stack is over.
    StackDone {
        /// The display name.
        stack: String,
        /// What has become of it.
        result: StackResult,
        /// For how long it was worked on.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
}

/// What is done to a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is created or changed, as it turns out.
    Deploy,
    /// It is brought back to how it was.
    RollBack,
    /// It is deleted.
    Destroy,
}

/// What has become of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssetState {
    /// It is being built or packed.
    Building,
    /// It is on its way.
    Publishing,
    /// It has arrived.
    Published,
    /// It was there already.
    Present,
}

/// What has become of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackResult {
    /// It was not there and is now.
    Created,
    /// It has changed.
    Updated,
    /// A change set was made for it, and left for review.
    Prepared,
    /// There was nothing to change.
    Unchanged,
    /// It is as it was before, or has nothing any more where it was never whole.
    RolledBack,
    /// It is gone.
    Destroyed,
    /// It was not there to be deleted.
    Absent,
    /// It could not be done; the error says why.
    Failed,
    /// It was not tried, as something that it depends on failed.
    Skipped,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

fn seconds_if_known<S: serde::Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => seconds(duration, serializer),
        None => serializer.serialize_none(),
    }
}
