//! How a subscriber receives messages.

use belvedere_cfn::sns::CfnSubscription;

use crate::scope::Scope;

/// How a subscriber receives messages, and which.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubscriptionOptions {
    raw_message_delivery: bool,
    filter_policy: Option<(serde_json::Value, Option<&'static str>)>,
}

impl SubscriptionOptions {
    /// Every message, in SNS's envelope.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether messages come as they were published, without the envelope. They come in it by default. Not for functions
    /// and e-mail.
    #[must_use]
    pub const fn raw_message_delivery(mut self, raw: bool) -> Self {
        self.raw_message_delivery = raw;
        self
    }

    /// Receives only messages whose attributes match the
    /// [filter policy](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html), such as
    /// `json!({"severity": ["critical"]})`. All messages by default.
    #[must_use]
    pub fn filter_attributes(mut self, policy: serde_json::Value) -> Self {
        self.filter_policy = Some((policy, None));
        self
    }

    /// Receives only messages whose body, in JSON, matches the
    /// [filter policy](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html). All messages by
    /// default.
    #[must_use]
    pub fn filter_body(mut self, policy: serde_json::Value) -> Self {
        self.filter_policy = Some((policy, Some("MessageBody")));
        self
    }

    pub(crate) fn apply(
        self,
        mut subscription: CfnSubscription,
        takes_raw: bool,
        scope: &mut Scope<'_>,
    ) -> CfnSubscription {
        if self.raw_message_delivery {
            if !takes_raw {
                scope.problem("raw_message_delivery is for queues and web addresses: leave it out");
            }
            subscription = subscription.raw_message_delivery(true);
        }
        if let Some((policy, of)) = self.filter_policy {
            let keys = policy.as_object().map_or(0, serde_json::Map::len);
            if !(1..=5).contains(&keys) {
                scope.problem(format!("a filter policy is a JSON object with 1 to 5 keys, got {policy}"));
            }
            subscription = subscription.filter_policy(policy);
            if let Some(of) = of {
                subscription = subscription.filter_policy_scope(of);
            }
        }
        subscription
    }
}
