//! [`Receiver`]: where alerts go.

use belvedere_grafana::prometheus::yaml::Yaml;

use super::pager_duty_receiver::PagerDutyReceiver;
use super::sns_receiver::SnsReceiver;
use crate::scope::Scope;
use crate::secretsmanager::SecretRef;
use crate::sns::TopicRef;

/// Where alerts go. The managed alert manager sends to SNS topics of the same account and to PagerDuty, and to nothing
/// else. [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver.html).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Receiver {
    /// To an SNS topic.
    Sns(SnsReceiver),
    /// To PagerDuty.
    PagerDuty(PagerDutyReceiver),
}

impl Receiver {
    /// Sends to an SNS topic. The name tells receivers apart.
    ///
    /// The topic is a standard one, not FIFO, defined with
    /// [`accept_messages_from`](crate::sns::Topic::accept_messages_from)
    /// [`Publisher::ManagedPrometheus`](crate::sns::Publisher::ManagedPrometheus).
    #[must_use]
    pub fn sns(name: impl Into<String>, topic: &TopicRef) -> SnsReceiver {
        SnsReceiver::new(name.into(), topic)
    }

    /// Makes incidents in PagerDuty, with the integration's key (the routing key) from the member `key` of a secret. The
    /// name tells receivers apart.
    #[must_use]
    pub fn pager_duty(name: impl Into<String>, secret: &SecretRef, key: impl Into<String>) -> PagerDutyReceiver {
        PagerDutyReceiver::new(name.into(), secret, key.into())
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Sns(receiver) => receiver.name(),
            Self::PagerDuty(receiver) => receiver.name(),
        }
    }

    pub(super) fn report(&self, scope: &mut Scope<'_>) {
        if self.name().trim().is_empty() {
            scope.problem("a receiver needs a name");
        }
        match self {
            Self::Sns(receiver) => receiver.report(scope),
            Self::PagerDuty(receiver) => receiver.report(scope),
        }
    }

    pub(super) fn yaml(&self) -> Yaml {
        let (kind, settings) = match self {
            Self::Sns(receiver) => ("sns_configs", receiver.yaml()),
            Self::PagerDuty(receiver) => ("pagerduty_configs", receiver.yaml()),
        };
        Yaml::map().with("name", self.name()).with(kind, Yaml::List(vec![settings]))
    }
}

impl From<&Self> for Receiver {
    fn from(receiver: &Self) -> Self {
        receiver.clone()
    }
}

impl From<&SnsReceiver> for Receiver {
    fn from(receiver: &SnsReceiver) -> Self {
        Self::Sns(receiver.clone())
    }
}

impl From<&PagerDutyReceiver> for Receiver {
    fn from(receiver: &PagerDutyReceiver) -> Self {
        Self::PagerDuty(receiver.clone())
    }
}
