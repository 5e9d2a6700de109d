//! [`QueueRef`]: a queue, of this program or not.

use std::time::Duration;

use belvedere_cfn::sqs::{CfnQueue, CfnQueuePolicy};
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, functions, kind, pseudo};

use super::message_source::MessageSource;
use crate::iam::{Grant, PolicyStatement};
use crate::kms::KeyRef;
use crate::limits::id_of_arn;

/// A queue, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueRef {
    pub(super) queue_arn: Value<kind::sqs::QueueArn>,
    pub(super) queue_url: Value<kind::sqs::QueueUrl>,
    pub(super) queue_name: Value<String>,
    pub(super) unique_id: String,
    pub(super) fifo: Option<bool>,
    pub(super) visibility_timeout: Option<Duration>,
    /// Nothing is known about a queue that this program does not define.
    pub(super) sources: Option<Vec<MessageSource>>,
    pub(super) key: Option<KeyRef>,
    pub(super) resource: Option<ResourceRef<CfnQueue>>,
    pub(super) policy: Option<ResourceRef<CfnQueuePolicy>>,
}

impl QueueRef {
    /// Stands for a queue of the stack's region and partition that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::sqs::QueueArn>) -> Self {
        let queue_arn: Value<kind::sqs::QueueArn> = arn.into_value();
        let part = |index: i64| match queue_arn.as_str() {
            Some(arn) => {
                Value::from(usize::try_from(index).ok().and_then(|index| arn.split(':').nth(index)).unwrap_or_default())
            }
            None => functions::select(index, functions::split(":", &queue_arn)),
        };
        let (account, queue_name): (Value<String>, Value<String>) = (part(4), part(5));
        let host = concat_values!("https://sqs.", pseudo::region(), ".", pseudo::url_suffix());
        Self {
            queue_url: concat_values!(host, "/", account, "/", &queue_name).cast(),
            unique_id: id_of_arn(&queue_arn),
            fifo: queue_name.as_str().map(|name| name.ends_with(".fifo")),
            visibility_timeout: None,
            sources: None,
            key: None,
            resource: None,
            policy: None,
            queue_arn,
            queue_name,
        }
    }

    /// The queue's ARN.
    #[must_use]
    pub fn queue_arn(&self) -> Value<kind::sqs::QueueArn> {
        self.queue_arn.clone()
    }

    /// The queue's URL, which programs use it by.
    #[must_use]
    pub fn queue_url(&self) -> Value<kind::sqs::QueueUrl> {
        self.queue_url.clone()
    }

    /// The queue's name.
    #[must_use]
    pub fn queue_name(&self) -> Value<String> {
        self.queue_name.clone()
    }

    /// The CloudFormation resource, if this program defines the queue.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnQueue>> {
        self.resource.as_ref()
    }

    /// The queue's policy, if it has one.
    #[must_use]
    pub const fn policy(&self) -> Option<&ResourceRef<CfnQueuePolicy>> {
        self.policy.as_ref()
    }

    /// Permission to receive and delete messages.
    #[must_use]
    pub fn consume(&self) -> Grant {
        let actions = [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
        ];
        self.with_key(PolicyStatement::allow(actions).on(self.queue_arn()).into(), KeyRef::decrypt)
    }

    /// Permission to send messages.
    #[must_use]
    pub fn send(&self) -> Grant {
        let actions = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"];
        self.with_key(PolicyStatement::allow(actions).on(self.queue_arn()).into(), KeyRef::encrypt_decrypt)
    }

    /// What a service needs that only ever sends, in the name of a role.
    pub(crate) fn send_only(&self) -> Grant {
        self.with_key(PolicyStatement::allow(["sqs:SendMessage"]).on(self.queue_arn()).into(), KeyRef::encrypt_decrypt)
    }

    fn with_key(&self, grant: Grant, needed: impl Fn(&KeyRef) -> Grant) -> Grant {
        match &self.key {
            Some(key) => grant.and(needed(key)),
            None => grant,
        }
    }

    /// Returns an id for what is made because of the queue in other scopes.
    pub(crate) fn unique_id(&self) -> &str {
        &self.unique_id
    }

    /// Returns how long a received message is hidden, if this program defines the queue.
    pub(crate) const fn visibility_timeout(&self) -> Option<Duration> {
        self.visibility_timeout
    }

    /// Returns whether the queue is a FIFO queue, if that is known.
    pub(crate) const fn is_fifo(&self) -> Option<bool> {
        self.fifo
    }

    /// Returns whether the queue is known to refuse what `source` sends.
    pub(crate) fn refuses(&self, source: MessageSource) -> bool {
        self.sources.as_ref().is_some_and(|sources| !sources.contains(&source))
    }
}
